//! The table, row by row: what a world leads to, in the words `row: decision`.

mod course;
mod explored;
mod failures;
mod people;

use common::exit::Exit;
use jiff::SignedDuration;

use super::*;
use crate::key::{KeyStatus, LastUsed};
use crate::marks::{Intent, Stage, Unreadable};
use crate::policy::Orphans;
use crate::sample::*;
use crate::version::VersionId;
use crate::world::{Contents, Fit, InHand, MailFlow, ProbeAnswer, Reading, Version};

/// The decision on `world` in a few words.
fn decision(world: &World) -> String {
    decision_under(world, &Policy::default())
}

fn decision_under(world: &World, policy: &Policy) -> String {
    let plan = plan(world, policy);
    let what = match &plan.next {
        Next::Act(step) => format!("{} · {}", step.verb(), step.object()),
        Next::Probe { key, kind, after } => {
            format!(
                "probe {kind:?} {} after {}s",
                key.last_four(),
                after.as_secs()
            )
        }
        Next::LookAgain { after, afresh } => {
            format!(
                "look again in {}s{}",
                after.as_secs(),
                if *afresh { ", afresh" } else { "" }
            )
        }
        Next::Poll { cluster, after } => format!("poll {cluster} after {}s", after.as_secs()),
        Next::Rest { until } => match until {
            Some(until) => format!("rest until {until}"),
            None => "rest".to_owned(),
        },
        Next::Stop(trouble) => format!("stop {} {}", trouble.exit.status(), trouble.code),
    };
    format!("{} {}: {what}", plan.row, plan.phase.word())
}

fn used_at(at: Timestamp) -> LastUsed {
    LastUsed::At {
        at,
        service: "ses".into(),
        region: "eu-west-1".into(),
    }
}

fn pending(key: char, base: char) -> Version {
    Version {
        version: VersionId::token(&id(key), &version(base)),
        contents: Contents::Pair(id(key)),
    }
}

fn previous(world: &mut World, key: char) {
    world.store().previous = Some(Version {
        version: version('0'),
        contents: Contents::Pair(id(key)),
    });
}

/// A rotation is due, and all that it takes was tried.
fn due() -> World {
    let mut world = tried();
    world.key_of('A').created = ago(days(41));
    world.confirm();
    world
}

/// Everybody agrees that the current key is gone.
fn emergency() -> World {
    let mut world = quiet();
    world.iam().keys.remove(&id('A'));
    world.confirm();
    world.refuse('A');
    world
}

/// A key that a run announced and nobody has the secret of.
fn lost() -> World {
    let mut world = quiet();
    let mut key = key('L', minutes(20));
    key.last_used = LastUsed::Never;
    let intent = Intent {
        at: ago(minutes(20) + SignedDuration::from_secs(2)),
        base: version('1'),
        known: [id('A')].into(),
    };
    world.add(key, None);
    world
        .iam()
        .marks
        .intents
        .insert(crate::marks::RunId::new("dead"), Ok(intent));
    world.store().searched.insert(id('L'));
    world
}

/// Every replica of the cluster runs the key.
fn runs(world: &mut World, index: usize, key: char) {
    let users = common::alertmanager::SmtpUsers::one(id(key).as_str());
    let state = world.cluster(index);
    state.source.users.clone_from(&users);
    state.generated.as_mut().unwrap().users.clone_from(&users);
    for replica in &mut state.replicas {
        replica.state.as_mut().unwrap().users.clone_from(&users);
    }
}
