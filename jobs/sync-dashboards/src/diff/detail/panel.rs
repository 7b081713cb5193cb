//! The lines of panels.

use common::output::counted;

use super::super::{FieldChange, Moved, PanelChange, Part, Verbosity, safe};
use super::{Line, Sign, VALUE_LIMIT, field, two_lines, versus};

/// Paths and titles that are named before "and 3 more".
const NAMED: usize = 4;

/// Panels in which the very same changed. Upstream's rewrites change one thing in twenty panels.
#[derive(Debug)]
struct Group<'p> {
    names: Vec<String>,
    parts: &'p [Part],
    body: Vec<Line>,
}

/// All panels: changed ones, then new ones, then those that are gone.
pub(super) fn panels(lines: &mut Vec<Line>, panels: &[PanelChange], verbosity: Verbosity) {
    let mut groups: Vec<Group<'_>> = Vec::new();
    let mut others = Vec::new();
    for panel in panels {
        match panel {
            PanelChange::Changed {
                title,
                r#type,
                id,
                moved,
                parts,
            } => {
                let mut name = name(title, r#type, *id);
                name.extend(moved.iter().map(place));
                let mut body = Vec::new();
                for part in parts {
                    part_lines(&mut body, part, verbosity);
                }
                match groups
                    .iter_mut()
                    .find(|group| group.body == body && words(group.parts) == words(parts))
                {
                    Some(group) => group.names.push(name),
                    None => groups.push(Group {
                        names: vec![name],
                        parts,
                        body,
                    }),
                }
            }
            PanelChange::Added {
                title,
                r#type,
                id,
                exprs,
            } => listed(&mut others, Sign::New, &name(title, r#type, *id), exprs),
            PanelChange::Removed {
                title,
                r#type,
                id,
                exprs,
            } => listed(&mut others, Sign::Old, &name(title, r#type, *id), exprs),
        }
    }
    for group in groups {
        let heading = format!(
            "{}: {}",
            several(&group.names),
            words(group.parts).join(", ")
        );
        lines.push(Line::new(Sign::Changed, 0, &heading));
        lines.extend(group.body);
    }
    lines.append(&mut others);
}

fn several(names: &[String]) -> String {
    let first = names.iter().take(NAMED).map(String::as_str);
    let first = first.collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(NAMED) {
        0 => first,
        more => format!(
            "{} and {more} more, {}",
            first,
            counted(names.len(), "panel")
        ),
    }
}

fn words(parts: &[Part]) -> Vec<&'static str> {
    let mut words: Vec<_> = parts.iter().map(Part::word).collect();
    words.dedup();
    words
}

fn name(title: &str, kind: &str, id: Option<i64>) -> String {
    let title = match title {
        "" => "(no title)".to_owned(),
        title => format!("\"{}\"", safe::clip(title, VALUE_LIMIT)),
    };
    let id = id.map(|id| format!("id {id}"));
    let kind = Some(kind.to_owned()).filter(|kind| !kind.is_empty());
    let facts: Vec<_> = kind.into_iter().chain(id).collect();
    if facts.is_empty() {
        return title;
    }
    format!("{title} ({})", facts.join(", "))
}

fn place(moved: &Moved) -> String {
    let mut said = Vec::new();
    let id = |id: Option<i64>| id.map_or("none".to_owned(), |id| id.to_string());
    said.extend(moved.id.map(|both| format!("id was {}", id(both.old))));
    said.extend(moved.row.as_ref().map(|row| match &row.old {
        Some(title) => format!("was in row {title:?}"),
        None => "was in no row".to_owned(),
    }));
    format!(" [{}]", said.join(", "))
}

fn listed(lines: &mut Vec<Line>, sign: Sign, name: &str, exprs: &[String]) {
    lines.push(Line::new(sign, 0, &format!("panel {name}")));
    for expr in exprs {
        let text = safe::clip(expr, 2 * VALUE_LIMIT);
        lines.push(Line::new(sign, 2, &text));
    }
}

fn part_lines(lines: &mut Vec<Line>, part: &Part, verbosity: Verbosity) {
    let or_none = |text: &str| match text {
        "" => "(none)".to_owned(),
        text => text.to_owned(),
    };
    let optional = |text: &Option<String>| or_none(text.as_deref().unwrap_or_default());
    match part {
        Part::Title { old, new } | Part::Type { old, new } | Part::DataSource { old, new } => {
            versus(
                lines,
                1,
                part.word(),
                &or_none(old),
                &or_none(new),
                verbosity,
            );
        }
        Part::Unit { old, new } => {
            versus(
                lines,
                1,
                part.word(),
                &optional(old),
                &optional(new),
                verbosity,
            );
        }
        Part::Expr { ref_id, old, new } => match (old, new) {
            (Some(old), Some(new)) => expressions(lines, ref_id, old, new, verbosity),
            (Some(old), None) => one_sided(lines, Sign::Old, ref_id, old),
            (None, Some(new)) => one_sided(lines, Sign::New, ref_id, new),
            (None, None) => {}
        },
        Part::Respelled { ref_id, old, new } if verbosity == Verbosity::Everything => {
            expressions(lines, ref_id, old, new, verbosity);
        }
        Part::Layout { changes } if verbosity == Verbosity::Everything => {
            paths(lines, part.word(), changes, verbosity);
        }
        // The heading says that there are some.
        Part::Respelled { .. } | Part::Layout { .. } => {}
        Part::Thresholds { changes }
        | Part::Legend { changes }
        | Part::Description { changes }
        | Part::Options { changes }
        | Part::Other { changes } => paths(lines, part.word(), changes, verbosity),
    }
}

fn expressions(lines: &mut Vec<Line>, ref_id: &str, old: &str, new: &str, verbosity: Verbosity) {
    let (old, new) = (safe::squeeze(old), safe::squeeze(new));
    two_lines(lines, 2, &letter(ref_id), &old, &new, verbosity);
}

fn one_sided(lines: &mut Vec<Line>, sign: Sign, ref_id: &str, expr: &str) {
    let text = letter(ref_id) + &safe::clip(&safe::squeeze(expr), 2 * VALUE_LIMIT);
    lines.push(Line::new(sign, 2, &text));
}

fn letter(ref_id: &str) -> String {
    match ref_id {
        "" => String::new(),
        ref_id => format!("{ref_id}  "),
    }
}

/// A single change with its values, several by their paths.
fn paths(lines: &mut Vec<Line>, word: &str, changes: &[FieldChange], verbosity: Verbosity) {
    match changes {
        [change] => field(lines, 1, change, verbosity),
        changes if verbosity == Verbosity::Everything => {
            for change in changes {
                field(lines, 1, change, verbosity);
            }
        }
        changes => {
            let names: Vec<_> = changes
                .iter()
                .take(NAMED)
                .map(|change| change.path.as_str())
                .collect();
            let names = names.join(", ");
            let text = match changes.len().saturating_sub(NAMED) {
                0 => format!("{word}: {names}"),
                more => format!("{word}: {names} and {more} more"),
            };
            lines.push(Line::new(Sign::None, 1, &text));
        }
    }
}
