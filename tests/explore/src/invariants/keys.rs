//! What may be done to a key.

use rotate_credentials::key::AccessKeyId;
use rotate_credentials::marks::Stage;

use super::{Found, Moment, is_emergency, stage, wrong};
use crate::model::{By, DAY, KeyRecord, MINUTE, Origin, Seconds, World};

/// How long an old key must be unused.
const SOAK: Seconds = DAY;
/// How long a key that served stays deactivated.
const GRACE: Seconds = 7 * DAY;
/// The same for one that never did.
const SHORT_GRACE: Seconds = DAY;
/// How wrong "last used" can be: what the job allows for, and a step of IAM's record.
const USE_MARGIN: Seconds = 45 * MINUTE;

pub(super) fn activation(world: &World, id: &AccessKeyId) -> Found {
    let Some(key) = world.key(id) else {
        return Ok(());
    };
    if key.origin == Origin::Person {
        return wrong("I3", "it is somebody else's");
    }
    let ours = matches!(stage(world, key), Some(Stage::Inactive | Stage::Soaking));
    if key.switched_by == By::Other && !ours {
        return wrong("I7", "a person switched it off");
    }
    Ok(())
}

pub(super) fn deactivation(world: &World, id: &AccessKeyId, moment: &Moment<'_>) -> Found {
    let Some(key) = world.key(id) else {
        return Ok(());
    };
    touching(world, key)?;
    if !key.was_current {
        return Ok(());
    }
    way_out(world)?;
    login(world, moment)?;
    let reported = world.now - world.terms.used_delay - world.terms.iam_lag;
    let used = key.served_until;
    if used > world.now - SOAK + USE_MARGIN && used <= reported {
        return wrong("I1", "somebody used it within the soak");
    }
    let current = world
        .current_key()
        .and_then(|it| world.iam.index_of(&it.id));
    for cluster in &world.clusters {
        if Some(cluster.last_sender) != current || cluster.in_a_row == 0 {
            let text = format!("{} has sent no mail with the current key", cluster.name);
            return wrong("I1", text);
        }
    }
    Ok(())
}

pub(super) fn deletion(world: &World, id: &AccessKeyId, moment: &Moment<'_>) -> Found {
    let Some(key) = world.key(id).filter(|key| key.is_there()) else {
        return Ok(());
    };
    touching(world, key)?;
    if key.is_active() {
        return wrong("I4", "it is active");
    }
    let grace = match (key.was_current, is_emergency(world)) {
        (true, _) => GRACE,
        (false, true) => 0,
        (false, false) => SHORT_GRACE,
    };
    if key.was_current {
        way_out(world)?;
    }
    let inactive = world.now - key.inactive_since;
    if inactive < grace {
        return wrong("I4", format!("it is inactive for {inactive} s alone"));
    }
    if is_emergency(world) {
        Ok(())
    } else {
        login(world, moment)
    }
}

/// What holds for both.
fn touching(world: &World, key: &KeyRecord) -> Found {
    if key.origin == Origin::Person {
        return wrong("I3", "it is somebody else's");
    }
    if key.reactivated {
        return wrong("I7", "a person activated it again");
    }
    let secret = &world.secret;
    let names = |version| secret.key_in(version).as_ref() == Some(&key.id);
    if names(&secret.current) {
        return wrong("I1", "the secret gives it to readers");
    }
    if secret.pending.as_ref().is_some_and(names) {
        return wrong("I3", "it is about to become current");
    }
    let index = world.iam.index_of(&key.id);
    for cluster in &world.clusters {
        let runs = cluster.replicas.iter().any(|it| Some(it.runs) == index);
        let comes = cluster.on_its_way.iter().any(|it| Some(it.key) == index);
        if runs || comes || Some(cluster.source) == index || Some(cluster.generated) == index {
            return wrong("I1", format!("{} uses it", cluster.name));
        }
    }
    Ok(())
}

/// While the current key is out of order, an older one is the way out.
fn way_out(world: &World) -> Found {
    if is_emergency(world) {
        wrong("I1", "the current key is out of order, and this one works")
    } else {
        Ok(())
    }
}

/// The current key must have logged in before another one goes.
fn login(world: &World, moment: &Moment<'_>) -> Found {
    let current = world.current_key();
    if current.is_some_and(|key| moment.logged_in.contains(&key.id)) {
        Ok(())
    } else {
        wrong("I1", "the current key did not log in, in this run")
    }
}
