//! The rotation as metrics: ages are computed by the rules, so that they go on when the job dies.

use common::exposition::Family;
use common::metrics;
use common::number::to_f64;
use jiff::Timestamp;

use crate::key::KeyStatus;
use crate::plan::{Phase, Plan};
use crate::world::{ProbeAnswer, ProbeKind, Proof, World};

/// Labels of the group, besides the job.
pub const GROUP: [(&str, &str); 1] = [("part", "state")];

/// Everything that is pushed about a world. `probe` is what the mail server said when it was last
/// asked, in this run or an earlier one. What is not known is left out.
pub fn families(
    world: &World,
    plan: &Plan,
    phase_since: Timestamp,
    probe: Option<bool>,
) -> Vec<Family> {
    let mut families = keys(world);
    families.extend(phase(plan, phase_since));
    families.extend(probe.map(|ok| metrics::CREDENTIALS_SMTP_PROBE_SUCCESS.single(flag(ok))));
    families.extend(converged(world));
    families
}

/// What this run learnt of the current login.
pub fn probe_of(world: &World) -> Option<bool> {
    let current = &world.store.known()?.current.key;
    match world.run.answer(current, ProbeKind::Auth)? {
        ProbeAnswer::Accepted => Some(true),
        ProbeAnswer::Refused | ProbeAnswer::Failed(_) => Some(false),
    }
}

fn keys(world: &World) -> Vec<Family> {
    let Some(iam) = world.iam.known() else {
        return Vec::new();
    };
    let statuses = [
        ("active", KeyStatus::Active),
        ("inactive", KeyStatus::Inactive),
        ("other", KeyStatus::Other),
    ];
    let count = |status| {
        let keys = iam.keys.values().filter(|key| key.status == status);
        to_f64(u64::try_from(keys.count()).unwrap_or(u64::MAX))
    };
    let counts = statuses.map(|(word, status)| ([("status", word)], count(status)));
    let active = iam.keys.values().filter(|key| key.is_active());
    let oldest = active.map(|key| key.created).min();
    let created = oldest.map(|at| metrics::CREDENTIALS_KEY_CREATED.single(seconds(at)));
    created
        .into_iter()
        .chain([metrics::CREDENTIALS_KEYS.family(counts)])
        .collect()
}

fn phase(plan: &Plan, since: Timestamp) -> [Family; 2] {
    let phases = Phase::ALL.map(|phase| ([("phase", phase.word())], flag(phase == plan.phase)));
    let since = [([("phase", plan.phase.word())], seconds(since))];
    [
        metrics::CREDENTIALS_PHASE.family(phases),
        metrics::CREDENTIALS_PHASE_SINCE.family(since),
    ]
}

/// Not seen is not proven.
fn converged(world: &World) -> Option<Family> {
    let current = &world.store.known()?.current.key;
    let clusters = world.clusters.iter().map(|cluster| {
        let proven = cluster.proof(current) == Proof::Proven;
        ([("peer", cluster.name.as_str())], flag(proven))
    });
    Some(metrics::CREDENTIALS_CONVERGED.family(clusters))
}

fn flag(yes: bool) -> f64 {
    if yes { 1.0 } else { 0.0 }
}

fn seconds(at: Timestamp) -> f64 {
    at.as_duration().as_secs_f64()
}
