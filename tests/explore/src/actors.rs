//! What people and other programs do to the world, at any moment.

use rotate_credentials::key::AccessKeyId;
use rotate_credentials::marks::{HOLD, Stage, name_of};

use crate::model::{
    By, Closed, DAY, HOUR, KeyRecord, Later, Origin, Presence, Seconds, Stranger, World, marks,
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
    /// Writes the previous pair into a cluster, as Helm or GitOps does.
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
}

/// Stands in a mark that a person edited.
pub const SCRIBBLE: &str = "edited by hand";
const HALF_A_DAY: Seconds = 12 * HOUR;
const LONG: Seconds = 30 * HOUR;

impl Actor {
    /// All of them.
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

    /// Whether it is something that passes by itself, and no person's decision.
    pub const fn is_outage(self) -> bool {
        matches!(
            self,
            Self::ClusterAway(_)
                | Self::OperatorPaused(_)
                | Self::ReplicaStuck(_)
                | Self::ClusterSilent(_)
        )
    }

    /// How much later than usual a story may end well because of it.
    pub const fn delay(self) -> Seconds {
        match self {
            Self::UsesCurrent => 3 * DAY,
            Self::ClusterAway(_)
            | Self::OperatorPaused(_)
            | Self::ReplicaStuck(_)
            | Self::ClusterSilent(_) => 2 * DAY,
            Self::Holds | Self::DeletesSecret | Self::RotatesByAws => DAY,
            _ => 0,
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
            Self::ClusterSilent(index) => {
                world.change_cluster(index, |it| it.silent = true);
                later(world, LONG, Later::Speak(index))
            }
        }
    }
}

fn later(world: &mut World, after: Seconds, what: Later) -> bool {
    world.later.push((world.now + after, what));
    true
}

fn closes(world: &mut World, how: Closed) -> bool {
    world.secret.closed = Some(how);
    later(world, HALF_A_DAY, Later::Reopen)
}

fn creates_key(world: &mut World, described: bool) -> bool {
    if !world.iam.has_room() {
        return false;
    }
    let now = world.now;
    let pair = world.iam.create(now, Origin::Person, world.terms);
    if described {
        world.iam.tag(pair.id.as_str(), "my laptop", now);
    }
    if let Some(key) = world.iam.keys.last_mut() {
        key.described = described;
    }
    true
}

fn moves_back(world: &mut World) -> bool {
    let Some(previous) = world.secret.previous.clone() else {
        return false;
    };
    let from = world.current_key().map(|key| key.id.clone());
    world.secret.make_current(previous.clone());
    // What others wrote in that version is what they want now.
    if let Some(text) = world.secret.versions.get(&previous) {
        world.secret.others_text = crate::model::Secret::others_of(text).into();
    }
    let to = world.current_key().map(|key| key.id.clone());
    if to != from {
        world.ledger.went_back_from = from;
    }
    adopt_current(world);
    true
}

/// What a person makes current is the job's from then on.
fn adopt_current(world: &mut World) {
    let Some(current) = world.secret.key_in(&world.secret.current) else {
        return;
    };
    if let Some(key) = world.iam.keys.iter_mut().find(|key| key.id == current) {
        key.was_current = true;
        if key.origin == Origin::Person {
            key.origin = Origin::Adopted;
        }
    }
}

fn switches(
    world: &mut World,
    to: Presence,
    which: impl Fn(&KeyRecord, &AccessKeyId) -> bool,
) -> bool {
    let Some(current) = world.secret.key_in(&world.secret.current) else {
        return false;
    };
    let (now, marks) = (world.now, marks(world));
    let in_use: Vec<_> = world.clusters.iter().map(|it| it.source).collect();
    let in_use: Vec<_> = in_use
        .iter()
        .map(|it| world.iam.keys.get(*it).map(|it| it.id.clone()))
        .collect();
    let mut done = false;
    for key in &mut world.iam.keys {
        if key.is_there() && which(key, &current) {
            // That it was retired stands in its mark; before that nobody can tell.
            let retired = marks
                .of(&key.id)
                .is_some_and(|it| it.stage == Stage::Inactive);
            // Where something runs with it, they do what the job does.
            let retired = retired && !in_use.contains(&Some(key.id.clone()));
            key.reactivated = to == Presence::Active && retired;
            key.switch(to, By::Other, now);
            done = true;
        }
    }
    done
}

fn restores_cluster(world: &mut World, index: usize) -> bool {
    let current = world
        .current_key()
        .and_then(|key| world.iam.index_of(&key.id));
    // The pair before the current one, or before that of the secret if nothing was rotated yet.
    let Some(older) = current.and_then(|it| it.checked_sub(1)) else {
        return false;
    };
    let now = world.now;
    world.change_cluster(index, |it| it.write(older, By::Other, now));
    true
}

fn stores_own_pair(world: &mut World) -> bool {
    if !world.iam.has_room() {
        return false;
    }
    world.iam.create(world.now, Origin::Adopted, world.terms);
    let text = world.iam.keys.last().map(|key| world.secret.filled(key));
    if let Some(text) = text {
        world.secret.put_by_person(text);
        adopt_current(world);
    }
    true
}

fn stores_foreign_pending(world: &mut World) -> bool {
    let text = world.secret.versions.get(&world.secret.current).cloned();
    let version =
        rotate_credentials::version::VersionId::new("somebody-elses-version-of-the-secret");
    world.secret.versions.insert(
        version.clone(),
        text.unwrap_or_default()
            .replace("AKIAMODEL", "AKIAOTHER")
            .into(),
    );
    world.secret.pending = Some(version);
    true
}

fn edits_mark(world: &mut World) -> bool {
    let current = world.secret.key_in(&world.secret.current);
    let marks = marks(world);
    let not_current = marks.keys.keys().find(|key| Some(*key) != current.as_ref());
    let Some(key) = not_current.or(marks.keys.keys().next()) else {
        return false;
    };
    let (name, now) = (name_of(key), world.now);
    world.iam.tag(&name, SCRIBBLE, now);
    true
}

fn removes_marks(world: &mut World) -> bool {
    let (marks, now) = (marks(world), world.now);
    for key in marks.keys.keys() {
        world.iam.untag(&name_of(key), now);
    }
    !marks.keys.is_empty()
}

fn uses_current(world: &mut World) -> bool {
    let index = world
        .current_key()
        .and_then(|key| world.iam.index_of(&key.id));
    let usable = |key: &usize| {
        world
            .iam
            .keys
            .get(*key)
            .is_some_and(|it| it.is_usable(world.now))
    };
    world.stranger = index.filter(usable).map(|key| Stranger {
        key,
        until: world.now + 2 * DAY,
        next: world.now + HOUR,
    });
    world.stranger.is_some()
}
