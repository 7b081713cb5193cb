//! A run as metrics.

use common::exposition::Family;
use common::metrics;
use common::number::{from_count, from_truth};

use super::View;
use crate::sync::Ended;
use crate::target::{Action, Item, State};

/// Everything that is pushed. What could not be seen is left out.
pub fn families(view: &View<'_>) -> Vec<Family> {
    let is_seen = |target: &&Ended| target.trouble.is_none() && !target.stopped;
    let seen = || view.targets.iter().filter(is_seen);
    let states = seen().flat_map(|target| {
        State::ALL.map(|state| {
            let labels = [("target", target.target.as_str()), ("state", state.word())];
            (labels, from_count(target.count(state)))
        })
    });
    let drifted = seen().map(|target| {
        // A person's own dashboards are foreign too, and nobody's concern.
        let drift = |item: &&Item| {
            item.action == Action::Refuse && matches!(item.state, State::Edited | State::Foreign)
        };
        let drifted = target.items.iter().filter(drift).count();
        let conflicts = target.failed.iter();
        let conflicts = conflicts.filter(|(_, it)| it.code == crate::verdict::FIELD_CONFLICT.code);
        let drifted = drifted + conflicts.count() + target.strays.len();
        ([("target", target.target.as_str())], from_count(drifted))
    });
    let changed = seen().map(|target| {
        (
            [("target", target.target.as_str())],
            from_count(target.changed),
        )
    });
    let looked = view.targets.iter().map(|target| {
        let seen = from_truth(is_seen(&target));
        ([("target", target.target.as_str())], seen)
    });
    let rejected = view.desired.rejected.len() + view.desired.unreadable.len();
    let behind = view.behind.and_then(|behind| {
        let dashboards = from_count(behind.dashboards?);
        let labels = [("reference", behind.reference.as_str())];
        Some(metrics::DASHBOARDS_BEHIND.family([(labels, dashboards)]))
    });
    [
        metrics::DASHBOARDS_WANTED.single(from_count(view.desired.dashboards.len())),
        metrics::DASHBOARDS_REJECTED.single(from_count(rejected)),
        metrics::DASHBOARDS_SEEN.family(looked),
        metrics::DASHBOARDS_STATE.family(states),
        metrics::DASHBOARDS_CHANGED.family(changed),
        metrics::DASHBOARDS_DRIFTED.family(drifted),
    ]
    .into_iter()
    .chain(behind)
    .filter(|family| !family.samples.is_empty())
    .collect()
}
