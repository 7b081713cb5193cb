//! What stands under a dashboard's summary: lines with a sign, for a terminal and for Markdown alike.

mod panel;

use common::output::counted;

use super::fields::{FieldChange, shown};
use super::marks::{Stretch, marks};
use super::paint::Tone;
use super::set::Change;
use super::{DashboardDiff, VariableChange, Verbosity, safe};

/// What the reader sees at the beginning of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sign {
    /// `+`
    New,
    /// `-`
    Old,
    /// `~`: the name of something that changed.
    Changed,
    /// Nothing.
    None,
}

impl Sign {
    pub(super) const fn char(self) -> char {
        match self {
            Self::New => '+',
            Self::Old => '-',
            Self::Changed => '~',
            Self::None => ' ',
        }
    }
}

/// One line. Its texts are [safe](safe::line).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) sign: Sign,
    /// Steps to the right.
    pub(super) depth: usize,
    pub(super) spans: Vec<(Tone, String)>,
}

impl Line {
    fn new(sign: Sign, depth: usize, text: &str) -> Self {
        let tone = match sign {
            Sign::New => Tone::New,
            Sign::Old => Tone::Old,
            Sign::Changed | Sign::None => Tone::Plain,
        };
        Self {
            sign,
            depth,
            spans: vec![(tone, safe::line(text))],
        }
    }
}

/// Longest value on a line with others.
const VALUE_LIMIT: usize = 160;

/// Longest `old → new` on one line; else they stand one below the other.
const ONE_LINE: usize = 76;

/// Everything under the summary.
pub(super) fn lines(change: &Change, verbosity: Verbosity) -> Vec<Line> {
    match change {
        Change::Renamed { diff, .. } | Change::Changed(diff) if verbosity > Verbosity::Summary => {
            dashboard(diff, verbosity)
        }
        Change::Renamed { .. }
        | Change::Changed(_)
        | Change::Added { .. }
        | Change::Removed { .. }
        | Change::PluginVersionOnly
        | Change::FormatOnly
        | Change::Unreadable { .. } => Vec::new(),
    }
}

fn dashboard(diff: &DashboardDiff, verbosity: Verbosity) -> Vec<Line> {
    let mut lines = Vec::new();
    lines.extend(bookmarks(diff));
    for change in &diff.head {
        match change.path.as_str() {
            // The summary has them.
            "uid" | "schemaVersion" if verbosity < Verbosity::Everything => {}
            _ => field(&mut lines, 0, change, verbosity),
        }
    }
    for change in &diff.variables {
        variable(&mut lines, change, verbosity);
    }
    panel::panels(&mut lines, &diff.panels, verbosity);
    let mut quiet = |panels: usize, what: &str| {
        if panels > 0 {
            let text = format!("{}: {what} only", counted(panels, "panel"));
            lines.push(Line::new(Sign::None, 0, &text));
        }
    };
    quiet(diff.layout_only, "layout");
    quiet(diff.moved_only, "moved or numbered anew");
    quiet(diff.respelled_only, "spelling of expressions");
    quiet(diff.plugin_version_only, "pluginVersion");
    if diff.reordered {
        lines.push(Line::new(
            Sign::None,
            0,
            "panels stand in another order in the file",
        ));
    }
    lines
}

fn bookmarks(diff: &DashboardDiff) -> Option<Line> {
    let text = match (&diff.uid.old, &diff.uid.new) {
        (old, new) if old == new => return None,
        (Some(old), Some(new)) => format!("bookmarks break: /d/{old} → /d/{new}"),
        (None, Some(new)) => format!("bookmarks break: the uid that Grafana made up → /d/{new}"),
        (Some(old), None) => format!("bookmarks break: /d/{old} → a uid that Grafana makes up"),
        (None, None) => return None,
    };
    let mut line = Line::new(Sign::Changed, 0, &text);
    line.spans
        .iter_mut()
        .for_each(|span| span.0 = Tone::Warning);
    Some(line)
}

fn variable(lines: &mut Vec<Line>, change: &VariableChange, verbosity: Verbosity) {
    let named = |name: &str| match name {
        "" => "a variable without a name".to_owned(),
        name => format!("variable ${name}"),
    };
    let asked = |query: &Option<String>| match query {
        Some(query) => format!(": {}", safe::clip(query, VALUE_LIMIT)),
        None => String::new(),
    };
    match change {
        VariableChange::Added { name, query } => {
            let text = named(name) + &asked(query);
            lines.push(Line::new(Sign::New, 0, &text));
        }
        VariableChange::Removed { name, query } => {
            let text = named(name) + &asked(query);
            lines.push(Line::new(Sign::Old, 0, &text));
        }
        VariableChange::Changed { name, changes } => {
            lines.push(Line::new(Sign::Changed, 0, &named(name)));
            for change in changes {
                field(lines, 1, change, verbosity);
            }
        }
        VariableChange::Reordered => {
            lines.push(Line::new(Sign::None, 0, "variables stand in another order"));
        }
    }
}

fn field(lines: &mut Vec<Line>, depth: usize, change: &FieldChange, verbosity: Verbosity) {
    let (old, new) = (shown(change.old.as_ref()), shown(change.new.as_ref()));
    versus(lines, depth, &change.path, &old, &new, verbosity);
}

/// `label: old → new` on one line if that is short, else on two with what changed marked.
fn versus(
    lines: &mut Vec<Line>,
    depth: usize,
    label: &str,
    old: &str,
    new: &str,
    verbosity: Verbosity,
) {
    let length = |text: &str| text.chars().count();
    if length(label) + length(old) + length(new) <= ONE_LINE {
        let text = format!("{label}: {old} → {new}");
        lines.push(Line::new(Sign::None, depth, &text));
        return;
    }
    lines.push(Line::new(Sign::None, depth, &format!("{label}:")));
    two_lines(lines, depth + 1, "", old, new, verbosity);
}

/// The old version above the new one.
fn two_lines(
    lines: &mut Vec<Line>,
    depth: usize,
    label: &str,
    old: &str,
    new: &str,
    verbosity: Verbosity,
) {
    let (old, new) = (safe::line(old), safe::line(new));
    let (one, two) = if verbosity == Verbosity::Everything {
        (vec![Stretch::Changed(old)], vec![Stretch::Changed(new)])
    } else {
        marks(&old, &new)
    };
    for (sign, stretches) in [(Sign::Old, one), (Sign::New, two)] {
        let (equal, changed) = match sign {
            Sign::Old => (Tone::Old, Tone::OldMark),
            Sign::New | Sign::Changed | Sign::None => (Tone::New, Tone::NewMark),
        };
        let mut spans = vec![(equal, safe::line(label))];
        spans.extend(stretches.into_iter().map(|stretch| match stretch {
            Stretch::Equal(text) => (equal, text),
            Stretch::Changed(text) if verbosity == Verbosity::Everything => (equal, text),
            Stretch::Changed(text) => (changed, safe::clip(&text, 4 * VALUE_LIMIT)),
        }));
        lines.push(Line { sign, depth, spans });
    }
}
