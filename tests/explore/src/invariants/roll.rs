//! What may be written into a cluster.

use super::{Found, Moment, wrong};
use crate::model::{Cluster, World};

pub(super) fn rules(world: &World, index: usize, key: usize, moment: &Moment<'_>) -> Found {
    let Some(record) = world.iam.keys.get(key) else {
        return wrong("I1", "no such key");
    };
    if world.current_key().map(|it| &it.id) != Some(&record.id) {
        return wrong("I1", "it is not the current key");
    }
    if !record.is_usable(world.now) {
        return wrong("I1", "its key cannot log in");
    }
    if !moment.logged_in.contains(&record.id) {
        return wrong("I1", "its key did not log in, in this run");
    }
    if world.clusters.get(index).is_some_and(|it| it.edited) {
        return wrong("I7", "more than the login would change");
    }
    let behind = |(index, it): &(usize, &Cluster)| {
        let seen = !it.unreachable && !moment.out_of_reach.contains(index);
        seen && it.replicas.iter().any(|it| it.runs != key)
    };
    match world.clusters.iter().enumerate().take(index).find(behind) {
        Some((_, before)) => wrong("I1", format!("{} does not run it yet", before.name)),
        None => Ok(()),
    }
}
