//! The deeds. Each tells whether there was anything to do.

use rotate_credentials::key::AccessKeyId;
use rotate_credentials::marks::{KeyMark, Stage, name_of};

use super::{HALF_A_DAY, SCRIBBLE};
use crate::model::{
    By, Closed, DAY, HOUR, KeyRecord, Later, Origin, Presence, Seconds, Stranger, World, at, marks,
};

pub(super) fn later(world: &mut World, after: Seconds, what: Later) -> bool {
    world.later.push((world.now + after, what));
    true
}

pub(super) fn closes(world: &mut World, how: Closed) -> bool {
    world.secret.closed = Some(how);
    later(world, HALF_A_DAY, Later::Reopen)
}

pub(super) fn creates_key(world: &mut World, described: bool) -> bool {
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

pub(super) fn moves_back(world: &mut World) -> bool {
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

pub(super) fn switches(
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

pub(super) fn restores_cluster(world: &mut World, index: usize) -> bool {
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

pub(super) fn stores_own_pair(world: &mut World) -> bool {
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

pub(super) fn stores_foreign_pending(world: &mut World) -> bool {
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

pub(super) fn edits_mark(world: &mut World) -> bool {
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

pub(super) fn removes_marks(world: &mut World) -> bool {
    let (marks, now) = (marks(world), world.now);
    for key in marks.keys.keys() {
        world.iam.untag(&name_of(key), now);
    }
    !marks.keys.is_empty()
}

pub(super) fn borrows_old(world: &mut World) -> bool {
    let now = world.now;
    let mut done = false;
    for key in world
        .iam
        .keys
        .iter_mut()
        .filter(|key| key.is_there() && !key.is_active())
    {
        key.switch(Presence::Active, By::Other, now);
        key.use_at(now);
        key.switch(Presence::Inactive, By::Other, now);
        done = true;
    }
    done
}

pub(super) fn postdates_marks(world: &mut World) -> bool {
    let current = world.secret.key_in(&world.secret.current);
    let now = world.now;
    let mut done = false;
    for (id, mark) in marks(world).keys {
        if let Ok(mark) = mark
            && Some(&id) != current.as_ref()
        {
            let since = at(now + 30 * DAY);
            let tag = KeyMark { since, ..mark }.tag(&id);
            world.iam.tag(&tag.name, &tag.value, now);
            done = true;
        }
    }
    done
}

pub(super) fn uses_current(world: &mut World) -> bool {
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
