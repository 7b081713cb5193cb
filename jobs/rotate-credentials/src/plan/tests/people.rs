//! What people do meanwhile, and what is made of it.

use super::*;

#[test]
fn a_hold_stops_everything_but_the_return_of_a_key_in_use() {
    let mut world = due();
    world.iam().marks.hold = true;
    assert_eq!(decision(&world), "1 idle: rest");
    let mut world = watched();
    world.iam().marks.hold = true;
    world
        .cluster(1)
        .source
        .users
        .anywhere
        .insert(id('B').to_string());
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
    world
        .cluster(1)
        .source
        .users
        .anywhere
        .insert(id('B').to_string());
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
    // Nobody edited the secret since it was made from that version.
    world.store().current.version = VersionId::token(&id('A'), &version('0'));
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
    assert_eq!(decision(&world), "28 blocked: stop 3 current-key-gone");
}

#[test]
fn after_a_disabled_key_the_clusters_are_brought_back_before_a_person_is_asked() {
    let mut world = quiet();
    let mut newer = mark(Stage::Live, hours(3));
    newer.replaces = Some(id('A'));
    world.add(key('N', hours(4)), Some(newer));
    world.key_of('N').status = KeyStatus::Inactive;
    previous(&mut world, 'N');
    assert_eq!(decision(&world), "7 blocked: stop 3 rolled-back");
    world.allow('A');
    world.cluster(1).source.fit = Fit::Login;
    let roll = decision(&world);
    assert!(roll.starts_with("16 roll: "), "{roll}");
    // One that works is what the clusters run on: a person's rollback is not gone on with.
    world.key_of('N').status = KeyStatus::Active;
    assert_eq!(decision(&world), "7 blocked: stop 3 rolled-back");
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
fn a_rotation_is_given_up_only_when_its_key_will_still_be_known_as_ours() {
    let asked = |world: &World| {
        let plan = plan_request(world, &Policy::default(), &Request::Abort);
        plan.map(|plan| match plan.next {
            Next::Act(step) => format!("{} · {}", step.verb(), step.object()),
            Next::Probe { .. }
            | Next::LookAgain { .. }
            | Next::Poll { .. }
            | Next::Rest { .. }
            | Next::Stop(_) => String::new(),
        })
    };
    let tag = "rotate-credentials.key.AKIANNNNNNNNNNNNNNNN";
    let mut world = staged();
    let marked = world.iam().marks.keys.remove(&id('N')).unwrap();
    let done = asked(&world).unwrap();
    assert_eq!(done, format!("mark as new · {tag}"));
    world.iam().marks.keys.insert(id('N'), marked);
    let pending = VersionId::token(&id('N'), &version('1'));
    let done = asked(&world).unwrap();
    assert_eq!(done, format!("remove AWSPENDING · version {pending}"));
    world.store().pending = None;
    let done = asked(&world).unwrap();
    assert_eq!(done, format!("mark as abandoned · {tag}"));
    world.mark_of('N').stage = Stage::Abandoned;
    assert_eq!(asked(&world), None);
}

#[test]
fn a_pair_that_is_brought_back_on_request_is_not_taken_for_a_persons_rollback() {
    let mut world = quiet();
    let mut live = mark(Stage::Live, hours(3));
    live.replaces = Some(id('B'));
    world.iam().marks.keys.insert(id('A'), Ok(live));
    world.add(key('B', days(41)), Some(mark(Stage::Soaking, hours(2))));
    previous(&mut world, 'B');
    let request = Request::Rollback(id('B'));
    let asked = |world: &World| {
        let plan = plan_request(world, &Policy::default(), &request);
        plan.map(|plan| format!("{:?}", plan.next))
    };
    // Both marks, then the version; from there the table goes on.
    let mut back = mark(Stage::New, hours(0));
    back.replaces = Some(id('A'));
    back.base = Some(version('1'));
    world.iam().marks.keys.insert(id('B'), Ok(back));
    world.mark_of('A').replaces = None;
    assert!(asked(&world).unwrap().contains("Store"));
    world.store().pending = Some(pending('B', '1'));
    assert_eq!(asked(&world), None);
    assert_eq!(decision(&world), "14 probe: probe Auth BBBB after 0s");
}

#[test]
fn a_key_that_was_activated_to_become_current_again_is_no_repair() {
    let mut world = quiet();
    let rests = decision(&world);
    world.run.repaired.insert(id('A'));
    assert_eq!(decision(&world), rests);
    world.run.repaired.insert(id('B'));
    let told = decision(&world);
    assert!(told.ends_with("stop 5 reactivated-for-running"), "{told}");
}
