//! Rows 15 to 18: the clusters are brought to the current pair, one after the other.

use common::exit::Exit;

use super::super::{Decision, Next};
use super::before_login;
use crate::facts::Facts;
use crate::guard::{Checklist, ConditionName, Truth, may_roll, rolling};
use crate::marks::Stage;
use crate::step::{Step, restaged};
use crate::verdict;
use crate::world::{Cluster, Fit, Proof};
use common::trouble::Trouble;

/// Row 15.
pub(crate) fn mark_live(facts: &Facts<'_>) -> Option<Decision> {
    let cur = facts.cur();
    if facts.is_unreadable(cur) {
        let text = format!(
            "the mark of {}, the current key, cannot be read",
            cur.short()
        );
        return Some(Decision::stop(verdict::FOREIGN_KEY.because(text)));
    }
    let mark = facts.mark(cur)?;
    if mark.stage == Stage::Live {
        return None;
    }
    let step = Step::Mark {
        key: cur.clone(),
        mark: restaged(mark, Stage::Live, facts.now()),
    };
    Some(Decision::act(
        step,
        format!("{} is the current key", cur.short()),
    ))
}

/// Row 16.
pub(crate) fn write(facts: &Facts<'_>) -> Option<Decision> {
    if facts.emergency() {
        return None;
    }
    let (index, cluster) = first_to_write(facts)?;
    let name = &cluster.name;
    let beyond = matches!(
        rolling(facts, index).find(ConditionName::OnlyLoginDiffers),
        Some(Truth::No(_))
    );
    if beyond {
        let text = format!("{name} is configured differently in {}", differing(cluster));
        return Some(
            Decision::stop(verdict::CONFIG_DRIFT.because(text)).guarded(rolling(facts, index)),
        );
    }
    let waits = |list: &Checklist| list.find(ConditionName::EarlierClusters) != Some(&Truth::Yes);
    if waits(&rolling(facts, index)) {
        // Row 17 waits for the cluster before it.
        return None;
    }
    if let Some(instead) = before_login(facts, facts.cur()) {
        return Some(instead.guarded(rolling(facts, index)));
    }
    match may_roll(facts, index) {
        Ok(proof) => {
            let because = format!("{name} has another login than the secret");
            Some(Decision::act(Step::Roll(proof), because).guarded(rolling(facts, index)))
        }
        Err(list) => Some(super::refusal(facts, &format!("writing {name}"), list)),
    }
}

/// Row 17.
pub(crate) fn wait(facts: &Facts<'_>) -> Option<Decision> {
    if facts.emergency() {
        return None;
    }
    let cur = facts.cur();
    for cluster in &facts.world.clusters {
        let Proof::Unproven(missing) = cluster.proof(cur) else {
            continue;
        };
        let name = &cluster.name;
        let text = format!(
            "{name} does not run what was written: {}",
            missing.join("; ")
        );
        let since = facts.world.run.waiting.get(name);
        let over = since.is_some_and(|since| facts.age(*since) >= facts.policy.proof_timeout);
        if !over {
            let next = Next::Poll {
                cluster: name.clone(),
                after: facts.policy.poll,
            };
            return Some(Decision::of(next, text));
        }
        let verdict = if cluster.refuses_to_reload() {
            verdict::RELOAD_FAILED
        } else {
            verdict::NOT_CONVERGED
        };
        return Some(Decision::stop(verdict.because(text)));
    }
    None
}

/// Row 18.
pub(crate) fn incomplete(facts: &Facts<'_>) -> Option<Decision> {
    if facts.emergency() {
        return None;
    }
    let unseen =
        facts
            .world
            .clusters
            .iter()
            .filter_map(|cluster| match cluster.proof(facts.cur()) {
                Proof::Unseen(trouble) => Some((cluster, trouble)),
                Proof::Proven | Proof::Unproven(_) | Proof::NotWritten => None,
            });
    // What only a person can mend is told before what may pass by itself.
    let (cluster, trouble) = unseen.min_by_key(|(_, trouble)| trouble.exit == Exit::Transient)?;
    if trouble.exit != Exit::Transient {
        return Some(Decision::stop(trouble));
    }
    let text = format!("{}: {trouble}", cluster.name);
    let another = facts.retired().next().is_some();
    Some(Decision::stop(if another {
        verdict::PEER_UNREACHABLE.because(text)
    } else {
        Trouble { text, ..trouble }
    }))
}

/// The first cluster in the order whose Secret is not the template with the current pair.
fn first_to_write<'w>(facts: &Facts<'w>) -> Option<(usize, &'w Cluster)> {
    let clusters = facts.world.clusters.iter().enumerate();
    let mut differing = clusters.filter(|(_, cluster)| match &cluster.state {
        Ok(state) => state.source.fit != Fit::Same,
        Err(_) => false,
    });
    differing.next()
}

fn differing(cluster: &Cluster) -> String {
    match cluster.state.as_ref().map(|state| &state.source.fit) {
        Ok(Fit::Beyond(paths)) => paths.join(", "),
        Ok(Fit::Same | Fit::Login) | Err(_) => String::new(),
    }
}
