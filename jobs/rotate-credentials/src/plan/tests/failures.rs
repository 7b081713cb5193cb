//! What can fail, and the exit status and code that it leads to.

use super::*;

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

/// IAM's lists lag: a reading from before a key was created does not confirm that it is gone.
#[test]
fn a_new_key_is_not_gone_because_an_earlier_reading_did_not_have_it_yet() {
    let mut world = staged();
    world.iam().keys.remove(&id('N'));
    world.confirm();
    assert_eq!(
        decision(&world).split(" · ").next(),
        Some("9 idle: remove AWSPENDING")
    );
    if let Some(earlier) = &mut world.run.earlier {
        earlier.pending = None;
    }
    assert_eq!(decision(&world), "9 idle: look again in 60s, afresh");
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
        |world| world.iam().marks.described.extend([id('L')]),
        |world| world.store().searched.clear(),
        |world| {
            let stored = (version('5'), Contents::Pair(id('L')));
            world.store().others.extend([stored]);
        },
        |world| {
            world
                .cluster(0)
                .source
                .users
                .anywhere
                .extend([id('L').to_string()]);
        },
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
fn a_cluster_that_is_written_back_again_and_again_is_told_of() {
    let mut world = quiet();
    let name = world.clusters[0].name.clone();
    for hour in [8, 6, 4] {
        world.run.rolls.add(crate::world::Roll {
            at: ago(hours(hour)),
            cluster: name.clone(),
            over: Some("helm".into()),
        });
    }
    assert!(decision(&world).starts_with("32 idle: rest"));
    world.run.rolls.add(crate::world::Roll {
        at: ago(hours(1)),
        cluster: name,
        over: Some("helm".into()),
    });
    assert_eq!(decision(&world), "32 idle: stop 5 flapping");
    let because = plan(&world, &Policy::default()).because;
    assert!(because.contains("helm wrote it last"), "{because}");
}
