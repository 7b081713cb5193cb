//! A run as metrics.

use common::exposition::Family;
use common::metrics;
use common::number::to_f64;

use super::View;
use crate::target::State;

/// Everything that is pushed. What could not be seen is left out.
pub fn families(view: &View<'_>) -> Vec<Family> {
    let seen = || {
        view.targets
            .iter()
            .filter(|target| target.trouble.is_none())
    };
    let states = seen().flat_map(|target| {
        State::ALL.map(|state| {
            let labels = [("target", target.target.as_str()), ("state", state.word())];
            (labels, number(target.count(state)))
        })
    });
    let drifted = seen().map(|target| {
        let drifted = target.count(State::Edited) + target.count(State::Foreign);
        let conflicts = target.failed.iter();
        let conflicts = conflicts.filter(|(_, it)| it.code == crate::verdict::FIELD_CONFLICT.code);
        let drifted = drifted + conflicts.count() + target.strays.len();
        ([("target", target.target.as_str())], number(drifted))
    });
    let changed =
        seen().map(|target| ([("target", target.target.as_str())], number(target.changed)));
    let looked = view.targets.iter().map(|target| {
        let seen = if target.trouble.is_none() { 1.0 } else { 0.0 };
        ([("target", target.target.as_str())], seen)
    });
    let rejected = view.desired.rejected.len() + view.desired.unreadable.len();
    let behind = view.behind.and_then(|behind| {
        let dashboards = number(behind.dashboards?);
        let labels = [("reference", behind.reference.as_str())];
        Some(metrics::DASHBOARDS_BEHIND.family([(labels, dashboards)]))
    });
    [
        metrics::DASHBOARDS_WANTED.single(number(view.desired.dashboards.len())),
        metrics::DASHBOARDS_REJECTED.single(number(rejected)),
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

fn number(count: usize) -> f64 {
    to_f64(u64::try_from(count).unwrap_or(u64::MAX))
}
