//! When a key may be created.

use rotate_credentials::marks::RunId;

use super::{Found, Moment, is_emergency, wrong};
use crate::model::{DAY, MINUTE, World, marks};

pub(super) fn rules(world: &World, moment: &Moment<'_>) -> Found {
    let then = world.now - world.terms.iam_lag;
    let intents = marks(world).intents;
    let Some(Ok(intent)) = intents.get(&RunId::new(moment.run)) else {
        let text = "nothing announces it, so a lost answer leaves no evidence";
        return wrong("I8", text);
    };
    if moment.looked - intent.at.as_second() > MINUTE {
        return wrong(
            "I3",
            "its announcement is old, so its evidence covers more than a minute",
        );
    }
    let seen = world.iam.list(then, world.terms).len();
    if seen.min(world.iam.present().count()) >= 2 {
        return wrong("I2", "the user has two keys");
    }
    if is_emergency(world) {
        return Ok(());
    }
    if let Some(pending) = &world.secret.pending
        && *pending != world.secret.current
    {
        return wrong("I8", "another pair is pending");
    }
    let Some(current) = world.current_key() else {
        return Ok(());
    };
    if world.now - current.created <= 40 * DAY {
        return wrong("I8", "the current key is young");
    }
    if !moment.logged_in.contains(&current.id) {
        return wrong("I1", "the current key did not log in, in this run");
    }
    let index = world.iam.index_of(&current.id);
    for cluster in &world.clusters {
        let all = cluster.replicas.iter().all(|it| Some(it.runs) == index);
        if cluster.unreachable || !all || Some(cluster.source) != index {
            return wrong("I1", format!("{} is behind already", cluster.name));
        }
    }
    Ok(())
}
