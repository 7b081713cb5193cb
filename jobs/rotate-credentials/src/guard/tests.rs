//! Each guard as a truth table: one condition after the other is made false, and unknown where it can
//! be, and the guard refuses for exactly that reason.

use jiff::SignedDuration;

use super::*;
use crate::facts::Facts;
use crate::key::{KeyStatus, LastUsed};
use crate::marks::{Stage, Unreadable};
use crate::policy::{MailProof, Policy};
use crate::sample::*;
use crate::world::{Fit, MailFlow, ProbeAnswer, Version, World};

fn facts<'w>(world: &'w World, policy: &'w Policy) -> Facts<'w> {
    Facts {
        world,
        policy,
        store: world.store.known().unwrap(),
        iam: world.iam.known(),
    }
}

/// Changes a world.
type Change = fn(&mut World);

fn unreachable(world: &mut World) {
    world.clusters[1].state = Err(trouble(
        "cluster-unreachable",
        common::exit::Exit::Transient,
    ));
}

/// Which conditions refuse after `change`, and whether each is unknown.
fn refused(list: &Checklist) -> Vec<(ConditionName, bool)> {
    list.refused()
        .map(|it| (it.name, matches!(it.truth, Truth::Unknown(_))))
        .collect()
}

fn each<P: std::fmt::Debug>(
    start: fn() -> World,
    guard: impl Fn(&Facts<'_>) -> Result<P, Checklist>,
    table: &[(ConditionName, bool, Change)],
) {
    let policy = Policy::default();
    let world = start();
    let proof = guard(&facts(&world, &policy));
    assert!(proof.is_ok(), "{proof:?}");
    for (index, (name, unknown, change)) in table.iter().enumerate() {
        let mut world = start();
        change(&mut world);
        let list = guard(&facts(&world, &policy)).unwrap_err();
        assert!(
            refused(&list).contains(&(*name, *unknown)),
            "{index}: {name:?} should refuse: {list:?}"
        );
    }
    // Every condition that the guard has is in the table.
    let mut broken = start();
    broken.run.lease_held = Some(false);
    for condition in guard(&facts(&broken, &policy)).unwrap_err().conditions() {
        let covered = table.iter().any(|(name, ..)| *name == condition.name);
        assert!(covered, "{:?} has no row", condition.name);
    }
}

use ConditionName as Is;

const ANYWHERE: [(ConditionName, bool, Change); 5] = [
    (Is::ClockRight, false, |world| {
        world.skew = SignedDuration::from_secs(61);
    }),
    (Is::ClockRight, false, |world| {
        world.skew = SignedDuration::from_secs(-61);
    }),
    (Is::LeaseOurs, false, |world| {
        world.run.lease_held = Some(false);
    }),
    (Is::LeaseOurs, true, |world| world.run.lease_held = None),
    (Is::NoHold, false, |world| world.iam().marks.hold = true),
];

fn with_anywhere(rows: &[(ConditionName, bool, Change)]) -> Vec<(ConditionName, bool, Change)> {
    rows.iter().copied().chain(ANYWHERE).collect()
}

#[test]
fn a_key_is_deactivated_only_when_every_condition_holds() {
    let rows: &[(ConditionName, bool, Change)] = &[
        (Is::Listed, false, |world| {
            world.key_of('B').status = KeyStatus::Inactive;
        }),
        (Is::Listed, false, |world| {
            drop(world.iam().keys.remove(&id('B')));
        }),
        (Is::NotCurrent, false, |world| {
            world.store().current.key = id('B');
        }),
        (Is::NotPending, false, |world| {
            world.store().pending = Some(Version {
                version: version('7'),
                contents: crate::world::Contents::Pair(id('B')),
            });
        }),
        (Is::Ours, false, |world| {
            world.iam().marks.keys.insert(id('B'), Err(Unreadable));
        }),
        (Is::EveryReplica, true, unreachable),
        (Is::EveryReplica, false, |world| {
            world.cluster(0).source.fit = Fit::Login;
        }),
        (Is::EveryReplica, false, |world| {
            world.cluster(1).replicas.clear();
        }),
        (Is::EveryReplica, false, |world| world.clusters.clear()),
        (Is::EveryReplica, false, |world| {
            world.cluster(1).generated = None;
        }),
        (Is::EveryReplica, false, |world| {
            world.cluster(1).replicas[1].state.as_mut().unwrap().loaded = None;
        }),
        (Is::NowhereInUse, true, unreachable),
        (Is::NowhereInUse, false, |world| {
            world
                .cluster(1)
                .source
                .users
                .anywhere
                .insert(id('B').to_string());
        }),
        (Is::NowhereInUse, false, |world| {
            let replica = &mut world.cluster(0).replicas[1];
            replica
                .state
                .as_mut()
                .unwrap()
                .users
                .anywhere
                .insert(id('B').to_string());
        }),
        (Is::LoginWorks, true, |world| world.run.probes.clear()),
        (Is::LoginWorks, false, |world| world.refuse('A')),
        (Is::LoginWorks, true, |world| {
            let failed = trouble("smtp-unreachable", common::exit::Exit::Transient);
            world.run.probes.get_mut(&id('A')).unwrap().auth = Some(ProbeAnswer::Failed(failed));
        }),
        (Is::Unused, true, |world| {
            world.key_of('B').last_used = LastUsed::Unknown;
        }),
        (Is::Unused, false, |world| {
            world.key_of('B').last_used = LastUsed::At {
                at: ago(hours(24)),
                service: "ses".into(),
                region: "us-east-1".into(),
            };
        }),
        (Is::SoakOver, false, |world| {
            world.mark_of('B').since = ago(hours(23));
        }),
        (Is::MailCounted, true, |world| {
            world.cluster(0).mail = MailFlow::Unknown;
        }),
        (Is::MailCounted, false, |world| {
            world.cluster(1).mail = MailFlow::Flowing {
                since: ago(hours(1)),
                sent: 0,
            };
        }),
        (Is::MailCounted, false, |world| {
            world.cluster(1).mail = MailFlow::Flowing {
                since: ago(hours(26)),
                sent: 5,
            };
        }),
        (Is::MailCounted, false, |world| {
            world.cluster(1).mail = MailFlow::Refused {
                since: ago(hours(1)),
            };
        }),
        (Is::NothingInFuture, false, |world| {
            world.key_of('A').created = ago(minutes(-2));
        }),
    ];
    each(
        soaked,
        |facts| may_deactivate(facts, &id('B')),
        &with_anywhere(rows),
    );
}

#[test]
fn a_cluster_without_canary_mails_can_be_excused_from_them_by_configuration_alone() {
    let mut world = soaked();
    world.cluster(0).mail = MailFlow::Unknown;
    let policy = Policy {
        mail_proof: MailProof::Off,
        ..Policy::default()
    };
    assert!(may_deactivate(&facts(&world, &policy), &id('B')).is_ok());
}

#[test]
fn a_key_is_deleted_only_when_every_condition_holds() {
    let rows: &[(ConditionName, bool, Change)] = &[
        (Is::Listed, false, |world| {
            world.key_of('B').status = KeyStatus::Active;
        }),
        (Is::Listed, false, |world| {
            world.key_of('B').status = KeyStatus::Other;
        }),
        (Is::NotCurrent, false, |world| {
            world.store().current.key = id('B');
        }),
        (Is::NotPending, false, |world| {
            world.store().pending = Some(Version {
                version: version('7'),
                contents: crate::world::Contents::Pair(id('B')),
            });
        }),
        (Is::Ours, false, |world| {
            world.iam().marks.keys.insert(id('B'), Err(Unreadable));
        }),
        (Is::EveryReplica, true, unreachable),
        (Is::EveryReplica, false, |world| {
            let replica = &mut world.cluster(1).replicas[1];
            replica.state.as_mut().unwrap().ready = false;
        }),
        (Is::EveryReplica, false, |world| {
            let name = world.clusters[0].name.clone();
            world.run.revisions.insert(name, "99".to_owned());
        }),
        (Is::NowhereInUse, true, unreachable),
        (Is::NowhereInUse, false, |world| {
            world
                .cluster(1)
                .source
                .users
                .anywhere
                .insert(id('B').to_string());
        }),
        (Is::GraceOver, false, |world| {
            world.mark_of('B').since = ago(days(6));
        }),
        (Is::GraceOver, false, |world| {
            world.mark_of('B').stage = Stage::Soaking;
        }),
        (Is::Unused, true, |world| {
            world.key_of('B').last_used = LastUsed::Unknown;
        }),
        (Is::Unused, false, |world| {
            world.key_of('B').last_used = LastUsed::At {
                at: ago(hours(1)),
                service: "ses".into(),
                region: "us-east-1".into(),
            };
        }),
        (Is::CurrentActive, false, |world| {
            world.key_of('A').status = KeyStatus::Inactive;
        }),
        (Is::LoginWorks, true, |world| world.run.probes.clear()),
        (Is::LoginWorks, false, |world| world.refuse('A')),
        (Is::NothingInFuture, false, |world| {
            world.key_of('A').created = ago(minutes(-2));
        }),
    ];
    each(
        watched,
        |facts| may_delete(facts, &id('B')),
        &with_anywhere(rows),
    );
}

fn probed() -> World {
    let mut world = staged();
    world.allow('N');
    world
}

#[test]
fn a_version_becomes_current_only_when_every_condition_holds() {
    let policy = Policy::default();
    let table: [(ConditionName, bool, Change); 6] = [
        (Is::Listed, false, |world| {
            world.key_of('N').status = KeyStatus::Inactive;
        }),
        (Is::Ours, false, |world| {
            world.iam().marks.keys.remove(&id('N'));
        }),
        (Is::BuiltOnCurrent, false, |world| {
            world.store().current.version = version('2');
        }),
        (Is::LoginWorks, true, |world| world.run.probes.clear()),
        (Is::LoginWorks, false, |world| world.refuse('N')),
        (Is::MailWorks, true, |world| {
            world.run.probes.get_mut(&id('N')).unwrap().send = None;
        }),
    ];
    assert!(may_promote(&facts(&probed(), &policy)).is_ok());
    for (name, unknown, change) in table {
        let mut world = probed();
        change(&mut world);
        // What the version was built on stays known through the mark of its key, or the announcement.
        world.store().previous = Some(Version {
            version: version('1'),
            contents: crate::world::Contents::Pair(id('A')),
        });
        let list = may_promote(&facts(&world, &policy)).unwrap_err();
        assert!(
            refused(&list).contains(&(name, unknown)),
            "{name:?}: {list:?}"
        );
    }
}

fn to_be_rolled() -> World {
    let mut world = tried();
    world.cluster(1).source.fit = Fit::Login;
    world
}

#[test]
fn a_cluster_is_written_only_when_every_condition_holds() {
    let policy = Policy::default();
    let table: [(ConditionName, bool, Change); 6] = [
        (Is::EarlierClusters, false, |world| {
            world.cluster(0).source.fit = Fit::Login;
        }),
        (Is::EarlierClusters, false, |world| {
            world.cluster(0).replicas[0].state.as_mut().unwrap().ready = false;
        }),
        (Is::LoginWorks, true, |world| world.run.probes.clear()),
        (Is::LoginWorks, false, |world| world.refuse('A')),
        (Is::OnlyLoginDiffers, false, |world| {
            world.cluster(1).source.fit = Fit::Beyond(vec!["/route/receiver".into()]);
        }),
        (Is::OnlyLoginDiffers, true, unreachable),
    ];
    let proof = may_roll(&facts(&to_be_rolled(), &policy), 1).unwrap();
    assert_eq!(
        (proof.cluster().as_str(), proof.revision()),
        ("prod-e1-1", "100")
    );
    for (name, unknown, change) in table {
        let mut world = to_be_rolled();
        change(&mut world);
        let list = may_roll(&facts(&world, &policy), 1).unwrap_err();
        assert!(
            refused(&list).contains(&(name, unknown)),
            "{name:?}: {list:?}"
        );
    }
}

#[test]
fn an_absent_canary_cluster_does_not_hold_the_next_one_back() {
    let policy = Policy::default();
    let mut world = to_be_rolled();
    world.clusters[0].state = Err(trouble(
        "cluster-unreachable",
        common::exit::Exit::Transient,
    ));
    assert!(may_roll(&facts(&world, &policy), 1).is_ok());
}

fn announced() -> World {
    let mut world = tried();
    world.key_of('A').created = ago(days(41));
    let intent = crate::marks::Intent {
        at: ago(SignedDuration::from_secs(1)),
        base: version('1'),
        known: [id('A')].into(),
    };
    let run = world.run.id.clone();
    world.iam().marks.intents.insert(run, Ok(intent));
    world.confirm();
    world
}

#[test]
fn a_key_is_created_only_when_every_condition_holds() {
    let rows: &[(ConditionName, bool, Change)] = &[
        (Is::Due, false, |world| {
            world.key_of('A').created = ago(days(40));
        }),
        (Is::NoOtherKey, false, |world| {
            world.add(key('X', days(1)), None);
        }),
        (Is::NothingPending, false, |world| {
            world.store().pending = Some(Version {
                version: version('7'),
                contents: crate::world::Contents::Empty,
            });
        }),
        (Is::EveryReplica, false, unreachable),
        (Is::LoginWorks, true, |world| world.run.probes.clear()),
        (Is::NothingInFuture, false, |world| {
            world.key_of('A').created = ago(minutes(-2));
        }),
        (Is::Announced, false, |world| {
            world.iam().marks.intents.clear();
        }),
        (Is::Announced, false, |world| {
            let run = world.run.id.clone();
            let intent = world.iam().marks.intents.get_mut(&run).unwrap();
            intent.as_mut().unwrap().at = ago(SignedDuration::from_secs(61));
        }),
    ];
    each(announced, may_create, &with_anywhere(rows));
}
