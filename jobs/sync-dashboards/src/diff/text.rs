//! For a terminal, or for a log.

use std::io::{self, Write};

use common::output::counted;

use super::detail::{self, Sign};
use super::paint::Tone;
use super::set::{Change, SetDiff};
use super::summary::summary;
use super::{Verbosity, safe};

/// How it is to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Style {
    /// How much of it.
    pub verbosity: Verbosity,
    /// With colours.
    pub colour: bool,
}

/// Longest name that others are aligned to.
const NAME_LIMIT: usize = 34;

/// Writes the difference, the last line with the totals.
///
/// # Errors
/// When `out` takes no more.
pub fn render(set: &SetDiff, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let told = || set.changes.iter().filter(|(_, change)| !is_quiet(change));
    let width = told().map(|(key, _)| key.base().len()).max().unwrap_or(0);
    let width = width.min(NAME_LIMIT);
    for (key, change) in told() {
        let (sign, tone) = sign(change);
        tone.write(&sign.to_string(), style.colour, out)?;
        write!(out, " ")?;
        Tone::Name.write(key.base(), style.colour, out)?;
        let gap = width.saturating_sub(key.base().len());
        writeln!(out, "{:gap$}  {}", "", summary(change))?;
        details(change, style, 4, out)?;
    }
    for line in quiet(set) {
        Tone::Quiet.write(&format!("= {line}"), style.colour, out)?;
        writeln!(out)?;
    }
    writeln!(out, "{}", safe::line(&totals(set)))
}

/// Writes the lines below a dashboard's own, indented by so many blanks.
///
/// # Errors
/// When `out` takes no more.
pub fn details(
    change: &Change,
    style: Style,
    indent: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    for line in detail::lines(change, style.verbosity) {
        write!(out, "{:depth$}", "", depth = indent + 2 * line.depth)?;
        let tone = match line.sign {
            Sign::New => Tone::New,
            Sign::Old => Tone::Old,
            Sign::Changed => Tone::Warning,
            Sign::None => Tone::Plain,
        };
        tone.write(&line.sign.char().to_string(), style.colour, out)?;
        write!(out, " ")?;
        for (tone, text) in line.spans {
            tone.write(&text, style.colour, out)?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// The sign before a dashboard's name.
pub(super) const fn sign(change: &Change) -> (char, Tone) {
    match change {
        Change::Added { .. } => ('+', Tone::New),
        Change::Removed { .. } => ('-', Tone::Old),
        Change::Renamed { .. } | Change::Changed(_) => ('~', Tone::Warning),
        Change::PluginVersionOnly | Change::FormatOnly => ('=', Tone::Quiet),
        Change::Unreadable { .. } => ('!', Tone::Old),
    }
}

/// Whether it shares a line with all others of its kind.
pub(super) const fn is_quiet(change: &Change) -> bool {
    matches!(change, Change::PluginVersionOnly | Change::FormatOnly)
}

/// `32 dashboards: pluginVersion only`.
pub(super) fn quiet(set: &SetDiff) -> Vec<String> {
    let lines = [&Change::PluginVersionOnly, &Change::FormatOnly].into_iter();
    let lines = lines.filter_map(|kind| {
        let dashboards = set
            .changes
            .values()
            .filter(|change| *change == kind)
            .count();
        (dashboards > 0).then(|| format!("{}: {}", counted(dashboards, "dashboard"), summary(kind)))
    });
    lines.collect()
}

/// `25 changed, 1 new, 7 unchanged`, or that nothing differs.
pub(super) fn totals(set: &SetDiff) -> String {
    let totals = set.totals();
    let said = [
        (totals.changed, "changed"),
        (totals.renamed, "renamed"),
        (totals.added, "new"),
        (totals.removed, "gone"),
        (totals.unreadable, "unreadable"),
        (totals.same_meaning, "with the same meaning"),
        (set.unchanged, "unchanged"),
    ];
    let said = said.into_iter().filter(|(count, _)| *count > 0);
    let said: Vec<_> = said
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    if said.is_empty() {
        return "no dashboards".to_owned();
    }
    said.join(", ")
}
