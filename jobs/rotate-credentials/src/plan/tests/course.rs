//! What a rotation and its end look like when nothing goes wrong.

use super::*;

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
