//! The rotation as metrics: ages are computed by the rules, so that they go on when the job dies.

use common::exposition::Family;
use common::metrics;
use common::number::{from_count, from_time, from_truth};
use jiff::Timestamp;

use crate::key::KeyStatus;
use crate::plan::{Phase, Plan};
use crate::world::{ProbeAnswer, ProbeKind, Proof, World};

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
    families.extend(probe.map(|ok| metrics::CREDENTIALS_SMTP_PROBE_SUCCESS.single(from_truth(ok))));
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
        from_count(keys.count())
    };
    let counts = statuses.map(|(word, status)| ([("status", word)], count(status)));
    let active = iam.keys.values().filter(|key| key.is_active());
    let oldest = active.map(|key| key.created).min();
    let created = oldest.map(|at| metrics::CREDENTIALS_KEY_CREATED.single(from_time(at)));
    created
        .into_iter()
        .chain([metrics::CREDENTIALS_KEYS.family(counts)])
        .collect()
}

fn phase(plan: &Plan, since: Timestamp) -> [Family; 2] {
    let phases =
        Phase::ALL.map(|phase| ([("phase", phase.word())], from_truth(phase == plan.phase)));
    let since = [([("phase", plan.phase.word())], from_time(since))];
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
        ([("peer", cluster.name.as_str())], from_truth(proven))
    });
    Some(metrics::CREDENTIALS_CONVERGED.family(clusters))
}

#[cfg(test)]
mod tests {
    use common::exit::Exit;
    use common::exposition::render;

    use super::*;
    use crate::plan::plan;
    use crate::policy::Policy;
    use crate::sample::{ago, days, hours, key, quiet, soaked, trouble};
    use crate::world::Reading;

    fn pushed(world: &World, probe: Option<bool>) -> String {
        let plan = plan(world, &Policy::default());
        let families = families(world, &plan, ago(hours(25)), probe);
        let mut text = Vec::new();
        render(&families, &mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        lines.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_rotation_under_way_is_pushed_in_full() {
        let mut world = soaked();
        world.clusters[1].state = Err(trouble("cluster-unreachable", Exit::Transient));
        insta::assert_snapshot!(pushed(&world, Some(true)));
    }

    #[test]
    fn the_oldest_active_key_counts_whoever_it_belongs_to() {
        let mut world = quiet();
        world.add(key('F', days(70)), None);
        let text = pushed(&world, None);
        let created = text.lines().filter(|line| line.contains("key_created"));
        let values: Vec<f64> = created
            .filter_map(|line| line.rsplit_once(' ')?.1.parse().ok())
            .collect();
        assert_eq!(values, [from_time(ago(days(70)))], "{text}");
    }

    #[test]
    fn what_is_not_known_is_not_pushed() {
        let mut world = quiet();
        world.iam = Reading::NotMine;
        let text = pushed(&world, None);
        for absent in ["_keys", "_key_created", "_smtp_probe"] {
            assert!(!text.contains(absent), "{text}");
        }
        assert!(text.contains(r#"monitoring_credentials_converged{peer="prod-e1-1"} 1"#));
        world.store = Reading::Failed(trouble("secret-missing", Exit::Config));
        let text = pushed(&world, None);
        assert!(!text.contains("_converged"), "{text}");
        assert!(
            text.contains(r#"monitoring_credentials_phase{phase="blocked"} 1"#),
            "{text}"
        );
    }
}
