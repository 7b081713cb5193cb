//! The table, row by row: what a world leads to, in the words `row: decision`.

use common::exit::Exit;
use jiff::SignedDuration;

use super::*;
use crate::key::{KeyStatus, LastUsed};
use crate::marks::{Intent, Stage, Unreadable};
use crate::policy::Orphans;
use crate::sample::*;
use crate::version::VersionId;
use crate::world::{Contents, Fit, InHand, MailFlow, ProbeAnswer, Version};

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

fn used_at(at: jiff::Timestamp) -> LastUsed {
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

#[test]
fn a_young_key_is_left_alone_until_it_is_strictly_older_than_allowed() {
    let mut world = quiet();
    assert_eq!(decision(&world), "32 idle: rest until 2026-12-24T12:00:00Z");
    world.key_of('A').created = ago(days(40));
    assert_eq!(decision(&world), "32 idle: rest until 2026-11-24T12:00:00Z");
    world.key_of('A').created = ago(days(40) + SignedDuration::from_nanos(1));
    assert_eq!(decision(&world), "29 create: look again in 60s, afresh");
}

#[test]
fn a_rotation_goes_step_by_step() {
    let mut world = due();
    world.run.earlier = None;
    assert_eq!(decision(&world), "29 create: look again in 60s, afresh");
    world.confirm();
    world.run.probes.clear();
    assert_eq!(decision(&world), "29 create: probe Auth AAAA after 0s");
    world.allow('A');
    assert_eq!(
        decision(&world),
        "29 create: announce that a key is created · rotate-credentials.intent.this-run"
    );
    let intent = Intent {
        at: now(),
        base: version('1'),
        known: [id('A')].into(),
    };
    let run = world.run.id.clone();
    world.iam().marks.intents.insert(run, Ok(intent));
    assert_eq!(decision(&world), "30 create: create · a new access key");

    let mut new = key('N', SignedDuration::from_secs(1));
    new.last_used = LastUsed::Never;
    world.add(new, None);
    world.run.in_hand = Some(InHand {
        key: id('N'),
        refused: false,
    });
    let stored = VersionId::token(&id('N'), &version('1'));
    assert_eq!(
        decision(&world),
        format!("31 stage: store the new pair as AWSPENDING · version {stored}")
    );
    world.run.in_hand = None;
    world.store().pending = Some(pending('N', '1'));
    assert_eq!(
        decision(&world),
        "12 stage: mark as new · rotate-credentials.key.AKIANNNNNNNNNNNNNNNN"
    );
    let mut mark = mark(Stage::New, SignedDuration::ZERO);
    mark.replaces = Some(id('A'));
    world.iam().marks.keys.insert(id('N'), Ok(mark));
    assert_eq!(decision(&world), "14 probe: probe Auth NNNN after 0s");
    world.refuse('N');
    assert_eq!(decision(&world), "14 probe: probe Auth NNNN after 2s");
    world.allow('N');
    world.run.probes.get_mut(&id('N')).unwrap().send = None;
    assert_eq!(decision(&world), "14 probe: probe Send NNNN after 0s");
    world.allow('N');
    assert_eq!(
        decision(&world),
        format!("14 promote: make it AWSCURRENT · version {stored}")
    );

    world.store().previous = Some(Version {
        version: version('1'),
        contents: Contents::Pair(id('A')),
    });
    world.store().current = crate::world::Held {
        version: stored.clone(),
        key: id('N'),
    };
    assert_eq!(
        decision(&world),
        format!("3 roll: remove AWSPENDING · version {stored}")
    );
    world.store().pending = None;
    for index in 0..2 {
        world.cluster(index).source.fit = Fit::Login;
    }
    assert_eq!(
        decision(&world),
        "15 roll: mark as live · rotate-credentials.key.AKIANNNNNNNNNNNNNNNN"
    );
    world.mark_of('N').stage = Stage::Live;
    for (index, name) in ["remoting-prod-e1-1", "prod-e1-1"].into_iter().enumerate() {
        assert_eq!(
            decision(&world),
            format!("16 roll: write the login · cluster {name}")
        );
        world.cluster(index).source.fit = Fit::Same;
        assert_eq!(decision(&world), format!("17 roll: poll {name} after 10s"));
        runs(&mut world, index, 'N');
    }
    assert_eq!(
        decision(&world),
        "19 soak: mark as soaking · rotate-credentials.key.AKIAAAAAAAAAAAAAAAAA"
    );
}

/// Every replica of the cluster runs the key.
fn runs(world: &mut World, index: usize, key: char) {
    let users: std::collections::BTreeSet<_> = [id(key).to_string()].into();
    let state = world.cluster(index);
    state.source.users.clone_from(&users);
    state.generated.as_mut().unwrap().users.clone_from(&users);
    for replica in &mut state.replicas {
        replica.state.as_mut().unwrap().users.clone_from(&users);
    }
}

#[test]
fn the_old_key_goes_step_by_step() {
    let mut world = soaked();
    world.mark_of('B').since = ago(hours(2));
    world.key_of('B').last_used = used_at(ago(hours(2)) + minutes(30));
    assert_eq!(decision(&world), "32 soak: rest until 2026-11-25T10:00:00Z");
    assert_eq!(
        decision(&soaked()),
        "22 soak: deactivate · AKIABBBBBBBBBBBBBBBB"
    );
    world = soaked();
    world.key_of('B').status = KeyStatus::Inactive;
    assert_eq!(
        decision(&world),
        "23 watch: mark as inactive · rotate-credentials.key.AKIABBBBBBBBBBBBBBBB"
    );
    *world.mark_of('B') = mark(Stage::Inactive, hours(1));
    assert_eq!(
        decision(&world),
        "32 watch: rest until 2026-12-01T11:00:00Z"
    );
    world = watched();
    assert_eq!(decision(&world), "26 watch: delete · AKIABBBBBBBBBBBBBBBB");
    world.iam().keys.remove(&id('B'));
    assert_eq!(decision(&world), "27 idle: look again in 60s, afresh");
    world.confirm();
    assert_eq!(
        decision(&world),
        "27 idle: remove the mark of a key that is gone · rotate-credentials.key.AKIABBBBBBBBBBBBBBBB"
    );
}

#[test]
fn what_could_not_be_read_ends_the_run_with_its_own_class() {
    for exit in [Exit::Config, Exit::Transient, Exit::Denied] {
        let mut world = due();
        world.store = Reading::Failed(trouble("x", exit));
        assert_eq!(
            plan(&world, &Policy::default()).next,
            Next::Stop(trouble("x", exit))
        );
        let mut world = due();
        world.iam = Reading::Failed(trouble("x", exit));
        assert_eq!(
            plan(&world, &Policy::default()).next,
            Next::Stop(trouble("x", exit))
        );
    }
    let mut world = due();
    world.iam = Reading::Failed(trouble("later", Exit::Transient));
    world.store = Reading::Failed(trouble("mend", Exit::Config));
    assert_eq!(decision(&world), "0 blocked: stop 2 mend");
    let mut world = due();
    world.iam().stranger = Some("somebody".into());
    assert_eq!(decision(&world), "0 blocked: stop 2 key-of-other-user");
    let mut world = due();
    world.skew = SignedDuration::from_secs(-61);
    assert_eq!(decision(&world), "2 idle: stop 1 clock-skew");
}

#[test]
fn a_hold_stops_everything_but_the_return_of_a_key_in_use() {
    let mut world = due();
    world.iam().marks.hold = true;
    assert_eq!(decision(&world), "1 idle: rest");
    let mut world = watched();
    world.iam().marks.hold = true;
    world.cluster(1).source.users.insert(id('B').to_string());
    assert_eq!(
        decision(&world),
        "4a watch: mark as soaking · rotate-credentials.key.AKIABBBBBBBBBBBBBBBB"
    );
    world.mark_of('B').stage = Stage::Soaking;
    assert_eq!(
        decision(&world),
        "4b watch: activate · AKIABBBBBBBBBBBBBBBB"
    );
    let mut world = due();
    world.run.lease_held = Some(false);
    assert_eq!(decision(&world), "1 idle: stop 1 lease-lost");
}

#[test]
fn a_key_that_a_person_disabled_is_never_activated() {
    let mut world = soaked();
    world.key_of('B').status = KeyStatus::Inactive;
    world.mark_of('B').stage = Stage::Live;
    world.cluster(1).source.users.insert(id('B').to_string());
    assert_eq!(
        decision(&world),
        "23 watch: mark as inactive · rotate-credentials.key.AKIABBBBBBBBBBBBBBBB"
    );
}

#[test]
fn a_current_key_that_is_gone_is_believed_only_after_three_witnesses() {
    let mut world = quiet();
    world.iam().keys.remove(&id('A'));
    assert_eq!(decision(&world), "5 idle: look again in 60s, afresh");
    world.confirm();
    assert_eq!(decision(&world), "5 idle: probe Auth AAAA after 0s");
    world.allow('A');
    assert_eq!(decision(&world), "5 idle: stop 1 iam-inconsistent");
    assert_eq!(
        decision(&emergency()),
        "29 create: announce that a key is created · rotate-credentials.intent.this-run"
    );
}

#[test]
fn in_an_emergency_an_earlier_key_of_ours_comes_before_a_new_one() {
    let mut world = emergency();
    world.add(key('B', days(50)), Some(mark(Stage::Soaking, hours(1))));
    previous(&mut world, 'B');
    world.confirm();
    assert_eq!(
        decision(&world),
        "6 soak: probe Auth BBBB after 0s".replace("soak", "roll")
    );
    world.allow('B');
    assert_eq!(
        decision(&world),
        format!(
            "6 roll: move AWSCURRENT back to it · version {}",
            version('0')
        )
    );
    world.key_of('B').status = KeyStatus::Inactive;
    world.mark_of('B').stage = Stage::Inactive;
    assert_eq!(
        decision(&world),
        "6 roll: mark as soaking · rotate-credentials.key.AKIABBBBBBBBBBBBBBBB"
    );
}

#[test]
fn in_an_emergency_a_foreign_key_stands_in_the_way_only_when_both_places_are_taken() {
    let mut world = emergency();
    world.add(key('X', days(3)), None);
    world.confirm();
    assert_eq!(
        decision(&world),
        "29 create: announce that a key is created · rotate-credentials.intent.this-run"
    );
    world.add(key('Y', days(3)), None);
    world.confirm();
    assert_eq!(decision(&world), "28 blocked: stop 3 foreign-key");
}

#[test]
fn a_persons_rollback_is_left_alone_until_it_is_acknowledged() {
    let mut world = quiet();
    let mut newer = mark(Stage::Live, hours(3));
    newer.replaces = Some(id('A'));
    world.add(key('N', hours(4)), Some(newer));
    previous(&mut world, 'N');
    assert_eq!(decision(&world), "7 blocked: stop 3 rolled-back");
    // An edit of another member moves AWSPREVIOUS on.
    previous(&mut world, 'A');
    assert_eq!(decision(&world), "7 blocked: stop 3 rolled-back");
    world.mark_of('N').stage = Stage::Soaking;
    world.key_of('N').last_used = LastUsed::Never;
    assert_eq!(decision(&world), "32 soak: rest until 2026-11-25T09:00:00Z");
    // Labels left on the version that was promoted once.
    let mut world = staged();
    world.store().previous = world.store().pending.clone();
    assert_eq!(decision(&world), "7 blocked: stop 3 rolled-back");
}

#[test]
fn a_pending_version_is_promoted_only_if_it_is_ours_wanted_and_usable() {
    let mut world = staged();
    world.store().pending.as_mut().unwrap().version = version('9');
    assert_eq!(decision(&world), "8 blocked: stop 3 foreign-pending");
    for contents in [Contents::Empty, Contents::Malformed] {
        let mut world = staged();
        world.store().pending.as_mut().unwrap().contents = contents;
        assert_eq!(decision(&world), "8 blocked: stop 3 foreign-pending");
    }
    let mut world = staged();
    world.iam().marks.keys.insert(id('N'), Err(Unreadable));
    assert_eq!(decision(&world), "8 blocked: stop 3 foreign-key");
    let label = |base| VersionId::token(&id('N'), &version(base));
    let mut world = staged();
    world.iam().keys.remove(&id('N'));
    world.confirm();
    assert_eq!(
        decision(&world),
        format!("9 idle: remove AWSPENDING · version {}", label('1'))
    );
    let mut world = staged();
    world.key_of('N').status = KeyStatus::Inactive;
    assert_eq!(decision(&world), "10 blocked: stop 3 pending-key-disabled");
    let mut world = staged();
    world.mark_of('N').replaces = Some(id('Z'));
    assert_eq!(
        decision(&world),
        format!("11 idle: remove AWSPENDING · version {}", label('1'))
    );
    let mut world = staged();
    world.store().current.version = version('2');
    assert_eq!(
        decision(&world),
        format!(
            "13 stage: store the new pair as AWSPENDING · version {}",
            label('2')
        )
    );
}

#[test]
fn a_refused_login_means_patience_with_a_fresh_key_and_a_verdict_on_any_other() {
    let mut world = staged();
    for pause in [2, 4, 8, 16, 30, 30] {
        world.refuse('N');
        assert_eq!(
            decision(&world),
            format!("14 probe: probe Auth NNNN after {pause}s")
        );
    }
    world.run.probes.get_mut(&id('N')).unwrap().first = Some(ago(minutes(5)));
    assert_eq!(decision(&world), "14 probe: stop 1 key-not-yet-valid");
    world.key_of('N').created = ago(minutes(15));
    assert_eq!(decision(&world), "14 blocked: stop 3 probe-failed");
    let mut world = due();
    world.refuse('A');
    assert_eq!(decision(&world), "29 blocked: stop 3 mail-auth-failing");
    let mut world = tried();
    world.refuse('A');
    world.cluster(0).source.fit = Fit::Login;
    assert_eq!(decision(&world), "16 blocked: stop 3 mail-auth-failing");
}

#[test]
fn each_failure_of_the_mail_server_ends_the_run_with_its_class() {
    for verdict in [
        verdict::SMTP_PROTOCOL,
        verdict::DENIED_BY_SES,
        verdict::SMTP_SENDER,
        verdict::SMTP_BUSY,
        verdict::SMTP_NOT_SUBSCRIBED,
        verdict::SMTP_UNREACHABLE,
    ] {
        let mut world = staged();
        world.allow('N');
        let failed = ProbeAnswer::Failed(verdict.because("said so"));
        world.run.probes.get_mut(&id('N')).unwrap().send = Some(failed);
        let phase = if verdict.exit == Exit::Transient {
            "probe"
        } else {
            "blocked"
        };
        let expected = format!(
            "14 {phase}: stop {} {}",
            verdict.exit.status(),
            verdict.code
        );
        assert_eq!(decision(&world), expected);
    }
}

#[test]
fn a_cluster_that_does_not_follow_is_waited_for_and_then_told_of() {
    let mut world = tried();
    world.cluster(0).replicas[1].state.as_mut().unwrap().loaded = Some(false);
    let name = world.clusters[0].name.clone();
    assert_eq!(
        decision(&world),
        "17 roll: poll remoting-prod-e1-1 after 10s"
    );
    world.run.waiting.insert(name, ago(minutes(10)));
    assert_eq!(decision(&world), "17 roll: stop 5 not-converged");
    world.cluster(0).replicas[1]
        .state
        .as_mut()
        .unwrap()
        .reload_ok = Some(false);
    assert_eq!(decision(&world), "17 roll: stop 5 reload-failed");
    world.cluster(0).paused = true;
    let because = plan(&world, &Policy::default()).because;
    assert!(
        because.contains("the custom resource is paused"),
        "{because}"
    );
}

#[test]
fn configuration_that_differs_in_more_than_the_login_is_not_overwritten() {
    let mut world = tried();
    world.cluster(1).source.fit = Fit::Beyond(vec!["/route/receiver".into()]);
    assert_eq!(decision(&world), "16 blocked: stop 3 config-drift");
}

#[test]
fn an_unreachable_cluster_is_half_done_only_during_a_rotation() {
    let away = |world: &mut World| {
        world.clusters[1].state = Err(trouble("cluster-unreachable", Exit::Transient));
    };
    let mut world = due();
    away(&mut world);
    assert_eq!(decision(&world), "18 idle: stop 1 cluster-unreachable");
    let mut world = soaked();
    away(&mut world);
    assert_eq!(decision(&world), "18 roll: stop 5 cluster-left-behind");
    world.clusters[1].state = Err(trouble("cluster-denied", Exit::Denied));
    assert_eq!(decision(&world), "18 blocked: stop 4 cluster-denied");
    world.clusters[0].state = Err(trouble("cluster-unreachable", Exit::Transient));
    assert_eq!(decision(&world), "18 blocked: stop 4 cluster-denied");
}

#[test]
fn an_old_key_that_is_used_soaks_anew_and_says_who_uses_it() {
    let mut world = soaked();
    world.key_of('B').last_used = used_at(ago(hours(3)));
    assert_eq!(
        decision(&world),
        "21 soak: mark as soaking · rotate-credentials.key.AKIABBBBBBBBBBBBBBBB"
    );
    world.mark_of('B').since = ago(hours(3));
    assert_eq!(decision(&world), "21 blocked: stop 3 old-key-still-used");
    let because = plan(&world, &Policy::default()).because;
    assert!(because.contains("ses in eu-west-1"), "{because}");
}

#[test]
fn a_guard_that_refuses_when_the_time_is_over_says_why() {
    let mut world = soaked();
    world.key_of('B').last_used = LastUsed::Unknown;
    assert_eq!(decision(&world), "22 soak: stop 1 last-used-unknown");
    let mut world = soaked();
    world.cluster(0).mail = MailFlow::Unknown;
    assert_eq!(decision(&world), "22 soak: rest until 2026-11-24T14:00:00Z");
    world.key_of('B').last_used = LastUsed::Never;
    world.mark_of('B').since = ago(hours(27));
    world.cluster(0).mail = MailFlow::Flowing {
        since: ago(hours(3)),
        sent: 0,
    };
    assert_eq!(decision(&world), "22 blocked: stop 3 no-mail-proof");
}

#[test]
fn a_key_that_nobody_has_the_secret_of_is_retired_on_evidence_alone() {
    let mut world = lost();
    assert_eq!(
        decision(&world),
        "24 idle: mark as orphan · rotate-credentials.key.AKIALLLLLLLLLLLLLLLL"
    );
    let block = Policy {
        orphans: Orphans::Block,
        ..Policy::default()
    };
    assert_eq!(
        decision_under(&world, &block),
        "24 blocked: stop 3 orphan-blocked"
    );
    world.add(key('L', minutes(20)), Some(mark(Stage::Orphan, minutes(1))));
    world.key_of('L').last_used = LastUsed::Never;
    assert_eq!(decision(&world), "24 soak: probe Auth AAAA after 0s");
    world.allow('A');
    assert_eq!(
        decision(&world),
        "24 soak: deactivate · AKIALLLLLLLLLLLLLLLL"
    );
    // Anything that speaks for another owner, or is not known, is no evidence.
    let not_evidence: [fn(&mut World); 7] = [
        |world| world.key_of('L').last_used = used_at(now()),
        |world| world.key_of('L').last_used = LastUsed::Unknown,
        |world| drop(world.iam().marks.described.insert(id('L'))),
        |world| world.store().searched.clear(),
        |world| {
            drop(
                world
                    .store()
                    .others
                    .insert(version('5'), Contents::Pair(id('L'))),
            )
        },
        |world| drop(world.cluster(0).source.users.insert(id('L').to_string())),
        |world| world.key_of('L').created = ago(minutes(22)),
    ];
    for change in not_evidence {
        let mut world = lost();
        world.key_of('A').created = ago(days(41));
        change(&mut world);
        let decided = decision(&world);
        assert!(!decided.starts_with("24"), "{decided}");
    }
    let mut young = lost();
    young.key_of('L').created = ago(minutes(14));
    for intent in young.iam().marks.intents.values_mut() {
        intent.as_mut().unwrap().at = ago(minutes(14));
    }
    assert!(
        decision(&young).starts_with("32 idle: rest"),
        "{}",
        decision(&young)
    );
}

#[test]
fn keys_that_never_served_and_keys_that_came_back_have_their_rows() {
    let mut world = tried();
    world.add(key('N', hours(1)), Some(mark(Stage::New, hours(1))));
    world.confirm();
    assert_eq!(
        decision(&world),
        "20 soak: mark as abandoned · rotate-credentials.key.AKIANNNNNNNNNNNNNNNN"
    );
    let mut world = tried();
    world.add(key('B', days(50)), Some(mark(Stage::Inactive, hours(1))));
    world.confirm();
    assert_eq!(decision(&world), "25 blocked: stop 3 reactivated");
    let mut world = due();
    world.add(key('X', days(3)), None);
    world.confirm();
    assert_eq!(decision(&world), "28 blocked: stop 3 foreign-key");
    world.key_of('A').created = ago(days(10));
    assert_eq!(decision(&world), "32 idle: rest until 2026-12-24T12:00:00Z");
}

#[test]
fn a_refused_creation_takes_its_announcement_back_at_once() {
    let mut world = due();
    let intent = Intent {
        at: now(),
        base: version('1'),
        known: [id('A')].into(),
    };
    let run = world.run.id.clone();
    world.iam().marks.intents.insert(run, Ok(intent));
    world.run.create_refused = true;
    assert_eq!(
        decision(&world),
        "30 create: take back the announcement · rotate-credentials.intent.this-run"
    );
    world.run.create_refused = false;
    world.add(key('X', SignedDuration::ZERO), None);
    assert_eq!(
        decision(&world),
        "30 create: take back the announcement · rotate-credentials.intent.this-run"
    );
}

#[test]
fn a_refused_pair_marks_its_key_for_removal() {
    let mut world = due();
    world.add(key('N', SignedDuration::ZERO), None);
    world.run.in_hand = Some(InHand {
        key: id('N'),
        refused: true,
    });
    assert_eq!(
        decision(&world),
        "31 stage: mark as orphan · rotate-credentials.key.AKIANNNNNNNNNNNNNNNN"
    );
}

#[test]
fn a_follower_rolls_its_own_cluster_and_nothing_else() {
    let follower = |change: fn(&mut World)| {
        let mut world = tried();
        world.clusters.truncate(1);
        change(&mut world);
        world.iam = Reading::NotMine;
        decision(&world)
    };
    assert_eq!(follower(|_| {}), "32 idle: rest");
    assert_eq!(
        follower(|world| world.cluster(0).source.fit = Fit::Login),
        "16 roll: write the login · cluster remoting-prod-e1-1"
    );
    assert_eq!(
        follower(|world| world.store().pending = Some(pending('N', '1'))),
        "32 idle: rest"
    );
    assert_eq!(
        follower(|world| world.clusters[0].state = Err(trouble("x", Exit::Transient))),
        "18 idle: stop 1 x"
    );
}

#[test]
fn once_a_day_the_current_login_is_tried() {
    let mut world = quiet();
    world.now = "2026-11-24T06:17:00Z".parse().unwrap();
    assert_eq!(decision(&world), "32 idle: probe Auth AAAA after 0s");
    world.refuse('A');
    assert_eq!(decision(&world), "32 blocked: stop 3 mail-auth-failing");
    world.allow('A');
    assert_eq!(decision(&world), "32 idle: rest until 2026-12-24T12:00:00Z");
}

#[test]
fn the_numbers_of_the_rows_are_those_of_the_reference_each_once() {
    let mut numbers: Vec<_> = TABLE.iter().map(|row| row.number).collect();
    numbers.sort_unstable();
    let count = numbers.len();
    numbers.dedup();
    assert_eq!(numbers.len(), count);
    for number in 1..=32 {
        let number = number.to_string();
        let found = numbers
            .iter()
            .any(|it| it.trim_end_matches(['a', 'b']) == number);
        assert!(found, "row {number}");
    }
}
