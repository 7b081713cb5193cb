//! Each guard as a truth table: one condition after the other is made false, and unknown where it can
//! be, and the guard refuses for exactly that reason.

mod create;
mod deactivate;
mod delete;
mod promote;
mod roll;

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

/// What keeps a key from being retired, at whichever step.
const RETIRED: [(ConditionName, bool, Change); 10] = [
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
    (Is::NowhereInUse, true, unreachable),
    (Is::NowhereInUse, false, |world| {
        world
            .cluster(1)
            .source
            .users
            .anywhere
            .insert(id('B').to_string());
    }),
    (Is::LoginWorks, true, |world| world.run.probes.clear()),
    (Is::LoginWorks, false, |world| world.refuse('A')),
    (Is::Unused, true, |world| {
        world.key_of('B').last_used = LastUsed::Unknown;
    }),
    (Is::NothingInFuture, false, |world| {
        world.key_of('A').created = ago(minutes(-2));
    }),
];

fn with_retired(rows: &[(ConditionName, bool, Change)]) -> Vec<(ConditionName, bool, Change)> {
    let rows: Vec<_> = rows.iter().copied().chain(RETIRED).collect();
    with_anywhere(&rows)
}
