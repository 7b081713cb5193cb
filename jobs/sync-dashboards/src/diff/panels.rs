//! Which panel is which, and what of it changed.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

use super::fields::same;
use super::items::{self, Item};
use super::pairing::Pairing;
use super::parts::{Part, parts};
use super::{Both, DashboardDiff};

/// How a panel changed.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "change")]
pub enum PanelChange {
    /// It is new.
    Added {
        /// Empty when it has none.
        title: String,
        /// Such as `timeseries`; empty when it has none.
        r#type: String,
        /// Absent when it is no whole number.
        id: Option<i64>,
        /// Its expressions.
        exprs: Vec<String>,
    },
    /// It is gone.
    Removed {
        /// Empty when it had none.
        title: String,
        /// Such as `timeseries`; empty when it had none.
        r#type: String,
        /// Absent when it was no whole number.
        id: Option<i64>,
        /// Its expressions.
        exprs: Vec<String>,
    },
    /// It is there in both.
    Changed {
        /// The new one.
        title: String,
        /// The new one.
        r#type: String,
        /// The new one.
        id: Option<i64>,
        /// Whether it was recognised at another place.
        moved: Option<Moved>,
        /// What of it changed.
        parts: Vec<Part>,
    },
}

/// From where to where a panel went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Moved {
    /// Its ids, when they differ.
    pub id: Option<Both<Option<i64>>>,
    /// The titles of the rows that hold it, when it is another row.
    pub row: Option<Both<Option<String>>>,
}

/// Adds what changed in the panels.
pub(super) fn compare(old: &Value, new: &Value, diff: &mut DashboardDiff) {
    let (old, new) = (items::all(old), items::all(new));
    let pairing = pair(&old, &new);
    for (one, two) in pairing.pairs() {
        let moved = moved(one, two, &old, &new, &pairing);
        let parts = parts(one.value, two.value);
        if moved.is_none() && parts.is_empty() {
            diff.plugin_version_only += usize::from(versions_differ(one.value, two.value));
            continue;
        }
        let only = |quiet: fn(&Part) -> bool| parts.iter().all(quiet);
        if only(|part| matches!(part, Part::Layout { .. })) {
            match moved {
                None => diff.layout_only += 1,
                Some(_) => diff.moved_only += 1,
            }
        } else if only(|part| matches!(part, Part::Layout { .. } | Part::Respelled { .. })) {
            diff.respelled_only += 1;
        } else {
            diff.panels.push(PanelChange::Changed {
                title: two.title.to_owned(),
                r#type: two.kind.to_owned(),
                id: two.id,
                moved,
                parts,
            });
        }
    }
    diff.panels
        .extend(pairing.added().map(|item| PanelChange::Added {
            title: item.title.to_owned(),
            r#type: item.kind.to_owned(),
            id: item.id,
            exprs: item.exprs.clone(),
        }));
    diff.panels
        .extend(pairing.removed().map(|item| PanelChange::Removed {
            title: item.title.to_owned(),
            r#type: item.kind.to_owned(),
            id: item.id,
            exprs: item.exprs.clone(),
        }));
    diff.reordered = pairing.reordered();
}

/// The surest sign first; what it leaves is tried by the next.
///
/// Upstream numbers panels from the top of the file: one new panel at the top, and every other one has
/// its neighbour's id. So an id alone counts only after title and expressions had their say, and only
/// in dashboards that kept most of their ids.
fn pair<'i, 'd>(old: &'i [Item<'d>], new: &'i [Item<'d>]) -> Pairing<'i, Item<'d>> {
    let titled = |item: &Item<'d>| Some(item.title).filter(|title| !title.is_empty());
    let asking = |item: &Item<'d>| Some(item.exprs.clone()).filter(|exprs| !exprs.is_empty());
    let mut pairing = Pairing::new(old, new);
    pairing
        .by(|item| Some((item.id?, item.kind, item.title, item.exprs.clone())))
        .by(|item| Some((item.kind, item.title, asking(item)?)))
        .by(|item| Some((item.id?, item.kind, item.title)))
        .by(|item| Some((item.kind, titled(item)?)));
    if ids_kept(old, new) {
        pairing
            .by(|item| Some((item.id?, item.is_row(), asking(item)?)))
            .by(|item| Some((item.id?, item.is_row(), titled(item)?)))
            .by(|item| Some((item.id?, item.kind)));
    }
    pairing
        .by(|item| Some((item.kind, asking(item)?)))
        .by(|item| Some((item.is_row(), titled(item)?, item.exprs.clone())))
        .by(|item| Some((item.is_row(), titled(item)?)))
        .by(|item| (item.id.is_none() && item.title.is_empty()).then(|| item.value.to_string()));
    pairing
}

/// Whether at least four of five ids are in both.
fn ids_kept(old: &[Item<'_>], new: &[Item<'_>]) -> bool {
    let ids = |items: &[Item<'_>]| {
        items
            .iter()
            .filter_map(|item| item.id)
            .collect::<BTreeSet<_>>()
    };
    let (old, new) = (ids(old), ids(new));
    let kept = old.intersection(&new).count();
    kept > 0 && kept * 5 >= old.len().max(new.len()) * 4
}

fn moved(
    one: &Item<'_>,
    two: &Item<'_>,
    old: &[Item<'_>],
    new: &[Item<'_>],
    pairing: &Pairing<'_, Item<'_>>,
) -> Option<Moved> {
    let id = (one.id != two.id).then_some(Both {
        old: one.id,
        new: two.id,
    });
    let same_row = match (one.parent, two.parent) {
        (None, None) => one.old_row == two.old_row,
        (Some(one), Some(two)) => pairing.partner(one) == Some(two),
        (Some(_), None) | (None, Some(_)) => false,
    };
    let title = |items: &[Item<'_>], item: &Item<'_>| {
        let row = item.parent.and_then(|parent| items.get(parent));
        row.map(|row| row.title.to_owned())
    };
    let row = (!same_row).then(|| Both {
        old: title(old, one),
        new: title(new, two),
    });
    (id.is_some() || row.is_some()).then_some(Moved { id, row })
}

/// Two panels that mean the same, and are not the same apart from what is in them.
fn versions_differ(one: &Value, two: &Value) -> bool {
    let bare = |value: &Value| super::fields::without_items(value, &["panels"]).into_owned();
    let (one, two) = (bare(one), bare(two));
    same(&one, &two) && one != two
}
