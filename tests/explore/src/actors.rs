//! What people and other programs do to the world, at any moment.

mod deeds;

use rotate_credentials::marks::HOLD;

use crate::model::{Closed, DAY, HOUR, Later, Presence, Seconds, World};
use deeds::{
    borrows_old, closes, creates_key, edits_mark, later, moves_back, postdates_marks,
    removes_marks, restores_cluster, stores_foreign_pending, stores_own_pair, switches,
    uses_current,
};

/// One thing that somebody does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Actor {
    /// Creates a key for a purpose of their own, and says nowhere for which.
    CreatesKey,
    /// The same, with a description in the console.
    CreatesDescribedKey,
    /// Edits another member of the secret.
    EditsMember,
    /// Moves `AWSCURRENT` back to where it was.
    MovesBack,
    /// Deletes the current key.
    DeletesCurrent,
    /// Switches the current key off.
    DisablesCurrent,
    /// Deletes every other key.
    DeletesOthers,
    /// Switches every other key off.
    DisablesOthers,
    /// Switches on whatever is off.
    Reactivates,
    /// Writes the previous pair into a cluster, as Helm or `GitOps` does.
    RestoresCluster(usize),
    /// Removes `AWSPENDING`.
    RemovesPending,
    /// Stores a pair of their own making as the current one.
    StoresOwnPair,
    /// Stores something of their own as `AWSPENDING`.
    StoresForeignPending,
    /// Holds the rotation for half a day.
    Holds,
    /// Scribbles into the mark of the key that is not current, or of the current one.
    EditsMark,
    /// Removes every mark.
    RemovesMarks,
    /// Sends mail with the current key from somewhere else, for two days.
    UsesCurrent,
    /// Edits more than the login in a cluster's configuration.
    EditsCluster(usize),
    /// Schedules the secret for deletion, and takes it back half a day later.
    DeletesSecret,
    /// Switches AWS's own rotation on, and off half a day later.
    RotatesByAws,
    /// A cluster is away for thirty hours.
    ClusterAway(usize),
    /// The operator rests for thirty hours.
    OperatorPaused(usize),
    /// A replica loads nothing for thirty hours.
    ReplicaStuck(usize),
    /// No alert is mailed from a cluster for thirty hours.
    ClusterSilent(usize),
    /// Switches the old key on, sends a mail with it, and switches it off again.
    BorrowsOld,
    /// Postdates the marks of keys that are not current by a month.
    PostdatesMarks,
}

/// Stands in a mark that a person edited.
pub const SCRIBBLE: &str = "edited by hand";
/// How long a hold, and what closes the secret, lasts.
const HALF_A_DAY: Seconds = 12 * HOUR;
const LONG: Seconds = 30 * HOUR;

impl Actor {
    /// All that the search tries unless it is told which; the last two are for particular guards.
    pub const ALL: [Self; 29] = [
        Self::CreatesKey,
        Self::CreatesDescribedKey,
        Self::EditsMember,
        Self::MovesBack,
        Self::DeletesCurrent,
        Self::DisablesCurrent,
        Self::DeletesOthers,
        Self::DisablesOthers,
        Self::Reactivates,
        Self::RestoresCluster(0),
        Self::RestoresCluster(1),
        Self::RemovesPending,
        Self::StoresOwnPair,
        Self::StoresForeignPending,
        Self::Holds,
        Self::EditsMark,
        Self::RemovesMarks,
        Self::UsesCurrent,
        Self::EditsCluster(0),
        Self::EditsCluster(1),
        Self::DeletesSecret,
        Self::RotatesByAws,
        Self::ClusterAway(0),
        Self::ClusterAway(1),
        Self::OperatorPaused(0),
        Self::OperatorPaused(1),
        Self::ReplicaStuck(0),
        Self::ReplicaStuck(1),
        Self::ClusterSilent(1),
    ];

    /// Whether it happens in a cluster.
    pub const fn is_in_a_cluster(self) -> bool {
        matches!(
            self,
            Self::RestoresCluster(_)
                | Self::EditsCluster(_)
                | Self::ClusterAway(_)
                | Self::OperatorPaused(_)
                | Self::ReplicaStuck(_)
                | Self::ClusterSilent(_)
        )
    }

    /// How much later than usual a story may end well because of it.
    pub const fn delay(self) -> Seconds {
        if matches!(self, Self::UsesCurrent) {
            3 * DAY
        } else if self.is_in_a_cluster() {
            2 * DAY
        } else if matches!(
            self,
            // A pair that more than one run has tried is watched for a day before it goes.
            Self::RemovesPending | Self::Holds | Self::DeletesSecret | Self::RotatesByAws
        ) {
            DAY
        } else {
            0
        }
    }

    /// Does it; `false` when there is nothing to do it to.
    pub fn act(self, world: &mut World) -> bool {
        let now = world.now;
        match self {
            Self::CreatesKey => creates_key(world, false),
            Self::CreatesDescribedKey => creates_key(world, true),
            Self::EditsMember => {
                world.secret.edit_other_member();
                true
            }
            Self::MovesBack => moves_back(world),
            Self::DeletesCurrent => switches(world, Presence::Gone, |key, cur| key.id == *cur),
            Self::DisablesCurrent => switches(world, Presence::Inactive, |key, cur| key.id == *cur),
            Self::DeletesOthers => switches(world, Presence::Gone, |key, cur| key.id != *cur),
            Self::DisablesOthers => switches(world, Presence::Inactive, |key, cur| {
                key.id != *cur && key.is_active()
            }),
            Self::Reactivates => switches(world, Presence::Active, |key, _| !key.is_active()),
            Self::RestoresCluster(index) => restores_cluster(world, index),
            Self::RemovesPending => world.secret.pending.take().is_some(),
            Self::StoresOwnPair => stores_own_pair(world),
            Self::StoresForeignPending => stores_foreign_pending(world),
            Self::Holds => {
                world.iam.tag(HOLD, "by a person", now);
                later(world, HALF_A_DAY, Later::Unhold)
            }
            Self::EditsMark => edits_mark(world),
            Self::RemovesMarks => removes_marks(world),
            Self::UsesCurrent => uses_current(world),
            Self::EditsCluster(index) => {
                world.change_cluster(index, |it| {
                    it.edited = true;
                    it.revision += 1;
                });
                true
            }
            Self::DeletesSecret => closes(world, Closed::Deleted),
            Self::RotatesByAws => closes(world, Closed::RotatedByAws),
            Self::ClusterAway(index) => {
                world.change_cluster(index, |it| it.unreachable = true);
                later(world, LONG, Later::Reach(index))
            }
            Self::OperatorPaused(index) => {
                world.change_cluster(index, |it| it.paused = true);
                later(world, LONG, Later::Unpause(index))
            }
            Self::ReplicaStuck(index) => {
                world.change_cluster(index, |it| it.stuck = true);
                later(world, LONG, Later::Unstick(index))
            }
            Self::BorrowsOld => borrows_old(world),
            Self::PostdatesMarks => postdates_marks(world),
            Self::ClusterSilent(index) => {
                world.change_cluster(index, |it| it.silent = true);
                later(world, LONG, Later::Speak(index))
            }
        }
    }
}
