//! What a person asks the job for, from the beginning to where nothing is left of it.

use explore::actors::Actor;
use explore::faults::Fault;
use rotate_credentials::plan::Request;

use crate::stage::{Stage, line};

const PROMOTE: usize = 5;

#[test]
fn a_rollback_brings_the_older_key_back_everywhere_and_retires_the_newer_one() {
    let stage = Stage::with_key_of(41);
    stage.run();
    stage.run();
    let request = Request::Rollback(stage.key(1).id);
    let outcome = stage.asked(&request);
    assert_eq!(outcome.exit.status(), 0, "{}", stage.told());
    assert_eq!((stage.current(), stage.running()), (1, vec![1; 4]));
    // It is old, so once the newer one is gone it is replaced again.
    stage.days(20);
    assert_eq!((stage.keys().as_str(), stage.current()), ("--A", 3));
}

#[test]
fn a_rollback_to_a_deactivated_key_activates_it_first() {
    let stage = Stage::with_key_of(41);
    stage.days(3);
    assert_eq!(stage.keys(), "IA");
    let outcome = stage.asked(&Request::Rollback(stage.key(1).id));
    assert_eq!(outcome.exit.status(), 0, "{}", stage.told());
    assert_eq!((stage.current(), stage.running()), (1, vec![1; 4]));
}

#[test]
fn an_aborted_rotation_leaves_the_old_key_and_begins_anew_when_the_other_is_gone() {
    let stage = Stage::with_key_of(41);
    stage.broken(&[(PROMOTE, Fault::CrashBefore)]);
    let outcome = stage.asked(&Request::Abort);
    assert_eq!(line(&outcome), "0  | abort");
    stage.run();
    assert_eq!((stage.keys().as_str(), stage.current()), ("AI", 1));
    stage.days(11);
    assert_eq!((stage.keys().as_str(), stage.current()), ("--A", 3));
}

#[test]
fn resume_acknowledges_a_persons_rollback() {
    let stage = Stage::with_key_of(41);
    stage.run();
    stage.act(Actor::MovesBack);
    assert_eq!(line(&stage.run()), "3 rolled-back | 7");
    assert_eq!(line(&stage.asked(&Request::Resume)), "0  | resume");
    stage.run();
    assert_eq!((stage.current(), stage.running()), (1, vec![1; 4]));
    stage.days(20);
    assert_eq!((stage.keys().as_str(), stage.current()), ("--A", 3));
}

#[test]
fn resume_acknowledges_a_persons_activation() {
    let stage = Stage::with_key_of(41);
    stage.days(3);
    stage.act(Actor::Reactivates);
    assert_eq!(line(&stage.run()), "3 reactivated | 25");
    assert_eq!(line(&stage.days(2)), "3 reactivated | 25");
    // The person agrees now: what the job does to the key from here on is what they want.
    for key in &mut stage.world.borrow_mut().iam.keys {
        key.reactivated = false;
    }
    assert_eq!(line(&stage.asked(&Request::Resume)), "0  | resume");
    stage.days(9);
    assert_eq!(stage.keys(), "-A");
}

#[test]
fn an_adopted_key_is_retired_like_an_old_one() {
    let stage = Stage::with_key_of(10);
    stage.act(Actor::CreatesKey);
    // It is a person's no longer.
    stage.world.borrow_mut().iam.keys[1].origin = explore::model::Origin::Adopted;
    let request = Request::Adopt(stage.key(2).id);
    assert_eq!(line(&stage.asked(&request)), "0  | adopt");
    stage.days(9);
    assert_eq!(stage.keys(), "A-");
}
