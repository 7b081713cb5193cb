//! Reports of worlds made by hand, as a person reads them.

use common::alertmanager::SmtpUsers;
use common::exit::Exit;

use super::*;
use crate::marks::Intent;
use crate::plan::plan;
use crate::sample::{
    ago, days, hours, id, key, minutes, now, quiet, soaked, staged, tried, trouble, version,
};
use crate::world::{Fit, Reading};

fn shown(world: &World, render: impl FnOnce(&View<'_>, &mut Vec<u8>)) -> String {
    let policy = Policy::default();
    let plan = plan(world, &policy);
    let view = View {
        user: "prod-monitoring-email-user",
        secret: "prod/monitoring",
        policy: &policy,
        world,
        plan: &plan,
        purpose: Purpose::Look,
    };
    let mut out = Vec::new();
    render(&view, &mut out);
    let text = String::from_utf8(out).unwrap();
    anstream::adapter::strip_str(&text).to_string()
}

fn report(world: &World) -> String {
    shown(world, |view, out| view.render_plan("plan", out).unwrap())
}

fn screen(world: &World) -> String {
    shown(world, |view, out| view.render_status(out).unwrap())
}

/// A key of 41 days, seen as `plan` sees it: without the Lease.
fn due() -> World {
    let mut world = quiet();
    world.key_of('A').created = ago(days(41) + hours(3));
    world.run.lease_held = None;
    world
}

fn soaking() -> World {
    let mut world = soaked();
    world.mark_of('B').since = ago(hours(5));
    world.key_of('B').last_used = crate::key::LastUsed::At {
        at: ago(hours(6)),
        service: "ses".into(),
        region: "us-east-1".into(),
    };
    world
}

/// One replica of the second cluster still runs the old login.
fn lagging() -> World {
    let mut world = soaking();
    let replica = &mut world.cluster(1).replicas[1];
    let state = replica.state.as_mut().unwrap();
    state.users = SmtpUsers::one(id('B').as_str());
    state.loaded = Some(false);
    world
}

fn blocked() -> World {
    let mut world = due();
    world.add(key('F', days(3)), None);
    world.confirm();
    world
}

fn unreachable() -> World {
    let mut world = soaking();
    world.clusters[0].state = Err(trouble("cluster-unreachable", Exit::Transient));
    world
}

/// Somebody deleted the current key, and an older one of ours is still there.
fn emergency() -> World {
    let mut world = soaking();
    world.iam().keys.remove(&id('A'));
    world.confirm();
    world.refuse('A');
    world
}

#[test]
fn idle() {
    insta::assert_snapshot!(report(&quiet()));
    insta::assert_snapshot!("idle_status", screen(&quiet()));
}

#[test]
fn due_for_rotation() {
    insta::assert_snapshot!(report(&due()));
    insta::assert_snapshot!("due_for_rotation_status", screen(&due()));
    let mut probed = due();
    probed.allow('A');
    probed.confirm();
    insta::assert_snapshot!("due_for_rotation_probed", report(&probed));
}

#[test]
fn old_key_soaks() {
    insta::assert_snapshot!(report(&soaking()));
    insta::assert_snapshot!("old_key_soaks_status", screen(&soaking()));
}

#[test]
fn one_replica_lags() {
    insta::assert_snapshot!(report(&lagging()));
    insta::assert_snapshot!("one_replica_lags_status", screen(&lagging()));
}

#[test]
fn blocked_by_a_foreign_key() {
    insta::assert_snapshot!(report(&blocked()));
    insta::assert_snapshot!("blocked_by_a_foreign_key_status", screen(&blocked()));
}

#[test]
fn cluster_out_of_reach() {
    insta::assert_snapshot!(report(&unreachable()));
    insta::assert_snapshot!("cluster_out_of_reach_status", screen(&unreachable()));
}

#[test]
fn current_key_gone() {
    insta::assert_snapshot!(report(&emergency()));
    insta::assert_snapshot!("current_key_gone_status", screen(&emergency()));
}

#[test]
fn new_pair_pending() {
    insta::assert_snapshot!(report(&staged()));
}

#[test]
fn configuration_differs() {
    let mut world = tried();
    world.cluster(0).source.fit = Fit::Beyond(vec!["route.receiver".into()]);
    insta::assert_snapshot!(report(&world));
}

#[test]
fn a_follower_shows_no_keys() {
    let mut world = quiet();
    world.iam = Reading::NotMine;
    world.clusters.remove(0);
    insta::assert_snapshot!(report(&world));
    insta::assert_snapshot!("a_follower_shows_no_keys_status", screen(&world));
}

#[test]
fn nothing_was_seen() {
    let mut world = quiet();
    let denied = trouble("aws-denied", Exit::Denied);
    world.iam = Reading::Failed(denied.clone());
    world.store = Reading::Failed(denied);
    insta::assert_snapshot!(report(&world));
    insta::assert_snapshot!("nothing_was_seen_status", screen(&world));
}

#[test]
fn a_held_rotation_says_so() {
    let mut world = due();
    world.iam().marks.hold = true;
    insta::assert_snapshot!(screen(&world));
}

#[test]
fn what_stands_in_a_logins_place_is_not_repeated() {
    let mut world = quiet();
    world.cluster(0).source.users = SmtpUsers::one("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
    let (plan, status) = (report(&world), screen(&world));
    assert!(
        !plan.contains("wJalr") && !status.contains("wJalr"),
        "{plan}"
    );
    assert!(plan.contains("no key"), "{plan}");
}

#[test]
fn the_same_world_is_shown_the_same() {
    assert_eq!(report(&soaking()), report(&soaking()));
    let late = minutes(1);
    let mut later = soaking();
    later.now += late;
    assert_ne!(report(&soaking()), report(&later));
}

#[test]
fn the_json_document_has_a_version_and_everything_that_was_decided_on() {
    let world = due();
    let policy = Policy::default();
    let plan = plan(&world, &policy);
    let view = View {
        user: "u",
        secret: "s",
        policy: &policy,
        world: &world,
        plan: &plan,
        purpose: Purpose::Look,
    };
    let document = serde_json::to_value(view.document("plan", &[])).unwrap();
    assert_eq!(document["v"], 1);
    assert_eq!(document["command"], "plan");
    assert_eq!(document["standing"], "due");
    assert_eq!(document["plan"]["row"], "29");
    assert_eq!(document["plan"]["phase"], "create");
    let keys = &document["world"]["iam"]["known"]["keys"];
    assert_eq!(keys[id('A').as_str()]["status"], "active");
    assert!(document["ahead"].as_array().unwrap().len() > 5);
}

#[test]
fn the_creation_of_a_key_announces_that_its_pair_is_stored_at_once() {
    let mut world = due();
    world.run.lease_held = Some(true);
    world.confirm();
    world.allow('A');
    let intent = Intent {
        at: now(),
        base: version('1'),
        known: [id('A')].into(),
    };
    let run = world.run.id.clone();
    world.iam().marks.intents.insert(run, Ok(intent));
    let text = report(&world);
    let both = "  WOULD create: a new access key\n  then store its pair as AWSPENDING (row 31)\n";
    assert!(text.contains(both), "{text}");
    let plan = plan(&world, &Policy::default());
    let json = serde_json::to_value(&plan).unwrap();
    assert_eq!(json["then"], "store its pair as AWSPENDING (row 31)");
}
