//! The situations of the design, as rows and exits.

use explore::actors::Actor;
use explore::faults::Fault;
use explore::model::{DAY, Terms};

use crate::stage::{Stage, line};

// Boundaries of the run that rotates.
const CREATE: usize = 2;
const STORE: usize = 3;
const MARK: usize = 4;
const PROMOTE: usize = 5;
const SECOND_ROLL: usize = 9;

#[test]
fn the_first_run_ever_adopts_the_key_that_is_there() {
    assert_eq!(line(&Stage::with_key_of(10).run()), "0  | 32");
    assert_eq!(line(&Stage::with_key_of(40).run()), "0  | 32");
}

#[test]
fn a_secret_without_the_pair_is_a_persons_to_mend() {
    let stage = Stage::with_key_of(41);
    stage.world.borrow_mut().secret.put_by_person("{}".into());
    assert_eq!(line(&stage.run()), "2 secret-malformed | 0");
}

#[test]
fn an_unknown_key_is_left_alone_and_told_of_when_its_place_is_needed() {
    let stage = Stage::with_key_of(38);
    stage.act(Actor::CreatesKey);
    assert_eq!(line(&stage.run()), "0  | 32");
    assert_eq!(line(&stage.days(3)), "3 foreign-key | 28");
    assert_eq!(stage.keys(), "AA");
}

#[test]
fn a_key_that_a_person_creates_before_ours_is_untouched() {
    let stage = Stage::with_key_of(41);
    let outcome = stage.broken(&[(CREATE, Fault::Actor(Actor::CreatesKey))]);
    assert_eq!(line(&outcome), "3 foreign-key | 29 30");
    assert_eq!(line(&stage.days(2)), "3 foreign-key | 28");
    assert_eq!(stage.keys(), "AA");
}

#[test]
fn after_ours_the_quota_stops_the_person() {
    let stage = Stage::with_key_of(41);
    stage.run();
    assert!(!Actor::CreatesKey.act(&mut stage.world.borrow_mut()));
}

#[test]
fn a_pair_that_was_created_and_not_stored_is_retired_and_the_rotation_begins_anew() {
    let stage = Stage::with_key_of(41);
    assert_eq!(
        stage.broken(&[(STORE, Fault::CrashBefore)]).exit.status(),
        1
    );
    assert_eq!(line(&stage.run()), "0  | 24 23 27 32");
    assert_eq!(
        line(&stage.days(1)),
        "0  | 26 27 29 30 12 14 3 15 16 17 16 17 19 32"
    );
    stage.days(9);
    assert_eq!(stage.keys(), "--A");
}

#[test]
fn a_pair_that_was_stored_is_gone_on_with() {
    let stage = Stage::with_key_of(41);
    stage.broken(&[(MARK, Fault::CrashBefore)]);
    assert_eq!(line(&stage.run()), "0  | 12 14 3 15 16 17 16 17 19 27 32");
    let stage = Stage::with_key_of(41);
    stage.broken(&[(PROMOTE, Fault::CrashBefore)]);
    assert_eq!(line(&stage.run()), "0  | 14 3 15 16 17 16 17 19 27 32");
}

#[test]
fn a_cluster_that_is_away_for_a_day_keeps_the_old_key_active() {
    let stage = Stage::with_key_of(41);
    let away = Fault::Actor(Actor::ClusterAway(1));
    let outcome = stage.broken(&[(SECOND_ROLL, away)]);
    assert_eq!(outcome.exit.status(), 5, "{}", line(&outcome));
    assert_eq!(line(&stage.run()), "5 cluster-left-behind | 18");
    assert_eq!(line(&stage.days(1)), "5 cluster-left-behind | 18");
    assert_eq!(
        (stage.keys().as_str(), stage.running()),
        ("AA", vec![2, 2, 1, 1])
    );
    stage.days(10);
    assert_eq!((stage.keys().as_str(), stage.running()), ("-A", vec![2; 4]));
}

#[test]
fn an_old_key_that_somebody_else_uses_stays_until_they_stop() {
    let stage = Stage::with_key_of(41);
    stage.act(Actor::UsesCurrent);
    stage.run();
    stage.days(1);
    assert_eq!(line(&stage.run()), "3 old-key-still-used | 21");
    assert_eq!(stage.keys(), "AA");
    stage.days(11);
    assert_eq!(stage.keys(), "-A");
}

#[test]
fn an_old_pair_that_comes_back_into_a_cluster_is_rolled_away_again() {
    // Before the deactivation.
    let stage = Stage::with_key_of(41);
    stage.run();
    stage.act(Actor::RestoresCluster(1));
    stage.world.borrow_mut().advance(60);
    assert_eq!(line(&stage.run()), "0  | 16 17 27 32");
    // After it: mail first.
    stage.days(2);
    assert_eq!(stage.keys(), "IA");
    stage.act(Actor::RestoresCluster(1));
    stage.world.borrow_mut().advance(60);
    assert_eq!(
        line(&stage.run()),
        "5 reactivated-for-running | 4a 4b 16 17 32"
    );
    assert_eq!((stage.keys().as_str(), stage.running()), ("AA", vec![2; 4]));
    // After the deletion nothing can bring it back.
    stage.days(10);
    assert_eq!(stage.keys(), "-A");
    stage.act(Actor::RestoresCluster(1));
    stage.world.borrow_mut().advance(60);
    assert_eq!(line(&stage.run()), "0  | 16 17 32");
    assert_eq!(stage.running(), vec![2; 4]);
}

#[test]
fn a_current_key_that_is_gone_is_an_emergency() {
    let stage = Stage::with_key_of(10);
    stage.act(Actor::DeletesCurrent);
    let outcome = stage.run();
    assert!(
        line(&outcome).starts_with("0  | 5 29 30 12 14 3 15 16 17 16 17"),
        "{}",
        line(&outcome)
    );
    assert_eq!((stage.keys().as_str(), stage.running()), ("-A", vec![2; 4]));
}

#[test]
fn an_edit_of_another_member_amid_the_rotation_is_kept() {
    let stage = Stage::with_key_of(41);
    let edits = Fault::Actor(Actor::EditsMember);
    let outcome = stage.broken(&[(MARK, edits)]);
    assert_eq!(line(&outcome), "0  | 29 30 12 13 14 3 15 16 17 16 17 19 32");
    assert_eq!(stage.current(), 2);
}

#[test]
fn a_secret_that_is_to_be_deleted_or_rotated_by_aws_stops_everything() {
    for actor in [Actor::DeletesSecret, Actor::RotatesByAws] {
        let stage = Stage::with_key_of(41);
        let outcome = stage.broken(&[(PROMOTE, Fault::Actor(actor))]);
        assert_eq!(outcome.exit.status(), 2, "{}", line(&outcome));
        let second = stage.run();
        assert_eq!(
            (second.exit.status(), second.rows.join(" ")),
            (2, "0".to_owned())
        );
        assert_eq!((stage.keys().as_str(), stage.running()), ("AA", vec![1; 4]));
        stage.days(10);
        assert_eq!(stage.keys(), "-A");
    }
}

#[test]
fn a_new_key_may_take_its_time_but_not_for_ever() {
    let stage = Stage::under(41, Terms::SLOW);
    assert_eq!(line(&stage.run()), "1 key-not-yet-valid | 29 30 9 12 14");
    assert!(line(&stage.run()).starts_with("0  | 14 3 15 16"));
    let never = Terms {
        valid_lag: 100 * DAY,
        ..Terms::QUICK
    };
    let stage = Stage::under(41, never);
    assert_eq!(line(&stage.run()), "1 key-not-yet-valid | 29 30 12 14");
    assert_eq!(line(&stage.run()), "3 probe-failed | 14");
    assert_eq!(stage.running(), vec![1; 4]);
}
