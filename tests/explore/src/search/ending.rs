//! How stories end, and whether they may end so.

use common::exit::Exit;
use rotate_credentials::plan::Phase;

use crate::actors::Actor;
use crate::model::{DAY, Seconds, World};
use crate::run::Outcome;

/// How a story ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum End {
    /// One young key, in use everywhere, and nothing left over.
    Idle,
    /// The same, beside a key of somebody else's.
    IdleBesideForeign,
    /// A verdict that stays.
    Stuck(&'static str),
    /// An invariant was violated on the way.
    Broken,
}

/// An end and when it is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ending {
    /// How.
    pub end: End,
    /// When: in seconds from the world that it is remembered for, or of AWS's clock.
    pub at: Seconds,
}

/// Runs with the same verdict and without an effect after which it stays.
const SAME_VERDICTS: u32 = 5;
/// No story is followed for longer.
const HORIZON: Seconds = 25 * DAY;
/// Key ages that count as young.
const YOUNG: Seconds = 40 * DAY;

impl Ending {
    pub(super) fn now(end: End) -> Self {
        Self { end, at: 0 }
    }

    /// The same in seconds of AWS's clock, seen from a world at `now`.
    pub(super) fn later(self, after: Seconds, now: Seconds) -> Self {
        Self {
            at: now + self.at + after,
            ..self
        }
    }

    /// The same in seconds from a world at `now`.
    pub(super) fn seen_from(self, now: Seconds) -> Self {
        Self {
            at: self.at - now,
            ..self
        }
    }
}

/// Sees when a story without faults has come to its end.
#[derive(Debug, Default)]
pub(super) struct Patience {
    since: Option<Seconds>,
    verdict: &'static str,
    same: u32,
}

impl Patience {
    /// The end, if this run was it.
    pub(super) fn end(&mut self, world: &World, outcome: &Outcome, now: Seconds) -> Option<End> {
        let since = *self.since.get_or_insert(now);
        if is_idle(world, outcome) {
            return Some(End::Idle);
        }
        if is_idle_beside_foreign(world, outcome) {
            return Some(End::IdleBesideForeign);
        }
        if outcome.code == self.verdict && outcome.effects == 0 && outcome.exit != Exit::Done {
            self.same += 1;
        } else {
            self.same = 0;
        }
        self.verdict = outcome.code;
        let nothing_comes = world.later.is_empty() && world.stranger.is_none();
        let stays = self.same >= SAME_VERDICTS && nothing_comes && !passes(outcome.code);
        (stays || now - since > HORIZON).then_some(End::Stuck(outcome.code))
    }
}

/// Verdicts that time alone can change.
fn passes(code: &str) -> bool {
    matches!(
        code,
        "old-key-still-used" | "no-mail-proof" | "guard-refused" | "probe-failed"
    )
}

fn rests(outcome: &Outcome) -> bool {
    outcome.exit == Exit::Done && outcome.phase == Phase::Idle && outcome.effects == 0
}

/// Whether a rotation is over and nothing is left of it.
fn is_idle(world: &World, outcome: &Outcome) -> bool {
    rests(outcome) && is_fresh(world) && world.iam.present().count() == 1 && is_tidy(world)
}

fn is_idle_beside_foreign(world: &World, outcome: &Outcome) -> bool {
    let marks = crate::model::marks(world);
    let current = world.current_key().map(|key| &key.id);
    let mut others = world.iam.present().filter(|key| Some(&key.id) != current);
    let beside = world.iam.present().count() == crate::model::QUOTA;
    rests(outcome) && is_fresh(world) && beside && others.all(|key| marks.of(&key.id).is_none())
}

fn is_fresh(world: &World) -> bool {
    let Some(current) = world.current_key() else {
        return false;
    };
    let index = world.iam.index_of(&current.id);
    let runs = |cluster: &crate::model::Cluster| {
        Some(cluster.source) == index && cluster.replicas.iter().all(|it| Some(it.runs) == index)
    };
    current.is_usable(world.now)
        && world.now - current.created < YOUNG
        && world.secret.pending.is_none()
        && world.clusters.iter().all(runs)
}

/// Whether no mark is left but the current key's.
fn is_tidy(world: &World) -> bool {
    let ours = world.iam.tags.iter().filter(|(name, value)| {
        name.starts_with(rotate_credentials::marks::PREFIX) && value.now().is_some()
    });
    ours.count() <= 1
}

/// Verdicts that a story may end with because of what somebody did, beside idle.
pub(super) fn allowed(actor: Actor) -> &'static [&'static str] {
    match actor {
        Actor::CreatesKey
        | Actor::CreatesDescribedKey
        | Actor::StoresOwnPair
        | Actor::RemovesPending
        | Actor::EditsMark
        | Actor::RemovesMarks => &["foreign-key"],
        Actor::MovesBack | Actor::DisablesCurrent => &["rolled-back"],
        // Before it is current it is pending; right before its promotion it becomes the current one.
        Actor::DisablesOthers => &["pending-key-disabled", "rolled-back"],
        Actor::Reactivates => &["reactivated"],
        Actor::StoresForeignPending => &["foreign-pending"],
        Actor::EditsCluster(_) => &["config-drift"],
        // That it was used stays on record, so the job never deletes it.
        Actor::BorrowsOld => &["guard-refused"],
        Actor::EditsMember
        | Actor::DeletesCurrent
        | Actor::DeletesOthers
        | Actor::RestoresCluster(_)
        | Actor::Holds
        | Actor::UsesCurrent
        | Actor::DeletesSecret
        | Actor::RotatesByAws
        | Actor::ClusterAway(_)
        | Actor::OperatorPaused(_)
        | Actor::ReplicaStuck(_)
        | Actor::ClusterSilent(_)
        | Actor::PostdatesMarks => &[],
    }
}
