//! One dashboard's difference on one line.

use std::collections::BTreeMap;

use common::output::counted;

use super::fields::shown;
use super::set::{Change, Side};
use super::{Both, DashboardDiff, PanelChange, safe};

/// What happened to a dashboard: `5 panels: 2 expr, 3 layout; uid unchanged; schema 39→39`.
///
/// Safe for a terminal; Markdown has to be escaped still.
pub fn summary(change: &Change) -> String {
    safe::line(&match change {
        Change::Added { title, uid, panels } => format!(
            "new: {title:?}, {}, {}",
            counted(*panels, "panel"),
            uid.as_ref()
                .map_or("no uid".to_owned(), |uid| format!("uid {uid}")),
        ),
        Change::Removed { title, uid, panels } => format!(
            "gone: {title:?}, {}{}",
            counted(*panels, "panel"),
            uid.as_ref()
                .map_or(String::new(), |uid| format!(", /d/{uid} ends")),
        ),
        Change::Renamed { from, diff } => format!("was {}; {}", from.base(), changed(diff)),
        Change::Changed(diff) => changed(diff),
        Change::PluginVersionOnly => "pluginVersion only".to_owned(),
        Change::FormatOnly => "format only".to_owned(),
        Change::Unreadable { side, reason } => {
            let side = match side {
                Side::Old => "old",
                Side::New => "new",
            };
            format!("the {side} text is no dashboard: {reason}")
        }
    })
}

fn changed(diff: &DashboardDiff) -> String {
    let mut said = Vec::new();
    said.extend(panels(diff));
    if !diff.variables.is_empty() {
        said.push(counted(diff.variables.len(), "variable"));
    }
    let rest = diff.head.iter().map(|change| top(&change.path));
    let mut rest: Vec<_> = rest
        .filter(|name| !matches!(*name, "uid" | "schemaVersion"))
        .collect();
    rest.dedup();
    if !rest.is_empty() {
        said.push(rest.join(", "));
    }
    said.push(match &diff.uid {
        Both { old, new } if old != new => format!(
            "uid {}→{}",
            or_none(old.as_deref()),
            or_none(new.as_deref())
        ),
        Both { new: Some(_), .. } => "uid unchanged".to_owned(),
        Both { new: None, .. } => "no uid".to_owned(),
    });
    let schema = |version: Option<u64>| version.map_or("(none)".to_owned(), |v| v.to_string());
    let versions = diff.schema_version;
    said.push(format!(
        "schema {}→{}",
        schema(versions.old),
        schema(versions.new)
    ));
    said.join("; ")
}

fn top(path: &str) -> &str {
    path.split(['.', '[']).next().unwrap_or(path)
}

fn or_none(uid: Option<&str>) -> String {
    let value = uid.map(|uid| serde_json::Value::String(uid.to_owned()));
    shown(value.as_ref())
}

/// `5 panels: 1 new, 2 expr, 3 layout`: a panel counts for every part of it that changed.
fn panels(diff: &DashboardDiff) -> Option<String> {
    let (mut added, mut removed, mut moved) = (0, 0, diff.moved_only);
    let mut words: BTreeMap<(usize, &str), usize> = BTreeMap::new();
    for panel in &diff.panels {
        match panel {
            PanelChange::Added { .. } => added += 1,
            PanelChange::Removed { .. } => removed += 1,
            PanelChange::Changed {
                moved: at, parts, ..
            } => {
                moved += usize::from(at.is_some());
                let mut here: Vec<_> = parts
                    .iter()
                    .map(|part| (part.rank(), part.word()))
                    .collect();
                here.dedup();
                for word in here {
                    *words.entry(word).or_default() += 1;
                }
            }
        }
    }
    let quiet = diff.layout_only + diff.moved_only + diff.respelled_only;
    let total = diff.panels.len() + quiet;
    let mut said = Vec::new();
    let mut say = |count: usize, word: &str| {
        if count > 0 {
            said.push(format!("{count} {word}"));
        }
    };
    say(added, "new");
    say(removed, "gone");
    let layout = words.remove(&super::Part::LAYOUT).unwrap_or(0);
    let spelling = words.remove(&super::Part::SPELLING).unwrap_or(0);
    for ((_, word), count) in words {
        say(count, word);
    }
    say(spelling + diff.respelled_only, "spelling");
    say(layout + diff.layout_only, "layout");
    say(moved, "moved");
    if diff.reordered && said.is_empty() {
        return Some("panels in another order".to_owned());
    }
    (total > 0).then(|| format!("{}: {}", counted(total, "panel"), said.join(", ")))
}
