//! Holes that the exploration of faults found, each as the world in which it shows.

use super::*;
use crate::world::Contents;

/// The run that brings a cluster back must not deactivate what that cluster may still load.
#[test]
fn nothing_is_deactivated_in_a_run_in_which_a_cluster_was_written() {
    let mut world = soaked();
    assert_eq!(
        decision(&world),
        "22 soak: deactivate · AKIABBBBBBBBBBBBBBBB"
    );
    let name = world.clusters[1].name.clone();
    world.run.revisions.insert(name.clone(), "100".to_owned());
    assert_eq!(
        decision(&world),
        "22 soak: deactivate · AKIABBBBBBBBBBBBBBBB"
    );
    world.run.revisions.insert(name, "99".to_owned());
    assert!(decision(&world).starts_with("32 soak: rest until"));
}

/// A was replaced by N, which somebody deleted; what replaced N then must not make A a stranger.
#[test]
fn the_predecessor_of_a_key_that_is_gone_stays_ours() {
    let mut world = tried();
    world.add(key('B', days(41)), None);
    let mut gone = mark(Stage::Live, days(1));
    gone.replaces = Some(id('B'));
    world.iam().marks.keys.insert(id('N'), Ok(gone));
    world.mark_of('A').replaces = Some(id('N'));
    assert_eq!(
        decision(&world),
        "19 soak: mark as soaking · rotate-credentials.key.AKIABBBBBBBBBBBBBBBB"
    );
}

/// A later run's probe is a use that looks like somebody's.
#[test]
fn an_abandoned_key_that_was_used_later_is_watched_for_a_day_before_it_goes() {
    let mut world = tried();
    let mut spare = key('N', hours(10));
    spare.last_used = used_at(ago(hours(5)));
    let mut abandoned = mark(Stage::Abandoned, hours(4));
    abandoned.at = ago(hours(10));
    world.add(spare, Some(abandoned));
    assert!(decision(&world).starts_with("24 soak: rest until"));
    world.mark_of('N').since = ago(hours(24));
    world.key_of('N').last_used = used_at(ago(hours(25)));
    world.mark_of('N').at = ago(hours(30));
    assert_eq!(
        decision(&world),
        "24 soak: deactivate · AKIANNNNNNNNNNNNNNNN"
    );
    world.key_of('N').last_used = used_at(ago(hours(5)));
    assert!(decision(&world).ends_with("stop 3 guard-refused"));
}

/// Going back to an older version would undo what others wrote since.
#[test]
fn an_emergency_goes_back_by_the_label_only_when_nothing_else_was_edited() {
    let mut world = emergency();
    let mut old = mark(Stage::Soaking, hours(1));
    old.base = None;
    world.add(key('B', days(41)), Some(old));
    world.allow('B');
    world.store().previous = Some(Version {
        version: version('0'),
        contents: Contents::Pair(id('B')),
    });
    world.confirm();
    let stored = VersionId::token(&id('B'), &version('1'));
    assert_eq!(
        decision(&world),
        format!("6 roll: store the new pair as AWSPENDING · version {stored}")
    );
    let built_on_it = VersionId::token(&id('A'), &version('0'));
    world.store().current.version = built_on_it;
    assert_eq!(
        decision(&world),
        format!(
            "6 roll: move AWSCURRENT back to it · version {}",
            version('0')
        )
    );
}

/// A key that was brought back has served; what is known of it is not what is known of a new one.
#[test]
fn a_key_that_was_brought_back_soaks_when_that_is_given_up() {
    let mut world = tried();
    let mut back = mark(Stage::New, minutes(10));
    back.replaces = Some(id('A'));
    world.add(key('B', days(50)), Some(back));
    world.confirm();
    assert_eq!(
        decision(&world),
        "20 soak: mark as soaking · rotate-credentials.key.AKIABBBBBBBBBBBBBBBB"
    );
}

/// A current key that somebody deleted is not among those that existed at the announcement.
#[test]
fn an_announcement_in_an_emergency_is_not_taken_back_at_once() {
    let mut world = emergency();
    let intent = Intent {
        at: now(),
        base: version('1'),
        known: std::collections::BTreeSet::new(),
    };
    let run = world.run.id.clone();
    world.iam().marks.intents.insert(run, Ok(intent));
    world.confirm();
    assert_eq!(decision(&world), "30 create: create · a new access key");
}
