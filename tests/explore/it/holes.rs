//! Holes that a model of earlier drafts of the table had, one test each.

use explore::actors::Actor;
use explore::faults::Fault;
use explore::model::Terms;
use explore::search::{Settings, explore};

use crate::stage::{Stage, line};

// Boundaries of the run that rotates.
const ANNOUNCE: usize = 1;
const CREATE: usize = 2;
const STORE: usize = 3;
const PROMOTE: usize = 5;
const ROLL: usize = 8;

/// (a) A label left on the promoted version must not promote it again over a person's rollback.
#[test]
fn a_leftover_label_does_not_undo_a_persons_rollback() {
    let stage = Stage::with_key_of(41);
    stage.broken(&[(PROMOTE, Fault::CrashAfter)]);
    assert!(stage.world.borrow().secret.pending.is_some());
    stage.act(Actor::MovesBack);
    assert_eq!(line(&stage.run()), "3 rolled-back | 7");
    assert_eq!(line(&stage.days(2)), "3 rolled-back | 7");
    assert_eq!((stage.current(), stage.keys().as_str()), (1, "AA"));
}

/// (b) One announcement for all runs would lose the evidence of the first to the second.
#[test]
fn a_second_run_does_not_take_the_evidence_of_a_lost_key_away() {
    let stage = Stage::with_key_of(41);
    let dies = [
        (ANNOUNCE, Fault::SecondRunDies(1)),
        (CREATE, Fault::CrashAfter),
    ];
    stage.broken(&dies);
    let world = stage.world.borrow();
    let intents = world
        .iam
        .tags
        .keys()
        .filter(|name| name.contains(".intent."));
    assert_eq!(intents.count(), 2);
    drop(world);
    assert_eq!(line(&stage.run()), "0  | 24 23 27 32");
    assert_eq!(stage.keys(), "AI");
    stage.days(11);
    assert_eq!((stage.keys().as_str(), stage.current()), ("--A", 3));
}

/// (c) A refused creation takes its announcement back, or a person's key of that minute looks ours.
#[test]
fn a_refused_creation_leaves_no_announcement_behind() {
    let stage = Stage::with_key_of(41);
    let outcome = stage.broken(&[(CREATE, Fault::Denied)]);
    assert_eq!(line(&outcome), "4 aws-denied | 29 30");
    let world = stage.world.borrow();
    let marks = explore::model::marks(&world);
    assert!(marks.intents.is_empty(), "{marks:?}");
    drop(world);
    stage.act(Actor::CreatesKey);
    assert_eq!(line(&stage.days(3)), "3 foreign-key | 28");
    assert_eq!(stage.keys(), "AA");
}

/// (d) A key that is inactive before its mark says so is marked, whatever the mark says.
#[test]
fn an_inactive_key_is_marked_so_from_every_earlier_stage() {
    // Soaking: the run died between the two.
    let stage = Stage::with_key_of(41);
    stage.days(1);
    stage.run();
    assert_eq!(
        line(&stage.broken(&[(1, Fault::CrashAfter)])),
        "1 crashed | 22"
    );
    assert_eq!(line(&stage.run()), "0  | 23 32");
    // Orphan: so did it, twice.
    let stage = Stage::with_key_of(41);
    stage.broken(&[(STORE, Fault::CrashBefore)]);
    stage.broken(&[(2, Fault::CrashAfter)]);
    assert_eq!(line(&stage.run()), "0  | 23 27 32");
    // Abandoned.
    let stage = Stage::with_key_of(41);
    stage.broken(&[(PROMOTE, Fault::CrashBefore)]);
    stage.act(Actor::RemovesPending);
    stage.broken(&[(2, Fault::CrashAfter)]);
    assert_eq!(line(&stage.run()), "0  | 23 27 32");
    // New: a person disabled it when it was not wanted any more.
    let stage = Stage::with_key_of(41);
    stage.broken(&[(PROMOTE, Fault::CrashBefore)]);
    stage.act(Actor::RemovesPending);
    stage.act(Actor::DisablesOthers);
    assert_eq!(line(&stage.run()), "0  | 23 27 32");
    // None yet: a person disabled our predecessor before its soak began.
    let stage = Stage::with_key_of(41);
    stage.broken(&[(ROLL + 2, Fault::CrashBefore)]);
    stage.act(Actor::DisablesOthers);
    assert_eq!(line(&stage.run()), "0  | 23 27 32");
    stage.days(9);
    assert_eq!(stage.keys(), "-A");
}

/// (e) With the new key deleted right after its promotion, the old one is the way out.
#[test]
fn a_current_key_that_somebody_deleted_is_replaced_by_its_predecessor_in_one_run() {
    let stage = Stage::with_key_of(41);
    stage.run();
    stage.act(Actor::DeletesCurrent);
    let outcome = stage.run();
    assert!(
        line(&outcome).starts_with("0  | 5 6 15 16 17 16 17"),
        "{}",
        line(&outcome)
    );
    assert_eq!(stage.running(), vec![stage.current(); 4]);
    stage.days(9);
    assert_eq!(stage.keys(), "--A");
}

/// (f) A crash between mark and activation must not look like a person's doing.
#[test]
fn a_key_is_marked_before_it_is_activated_again() {
    let stage = Stage::with_key_of(41);
    stage.days(3);
    stage.act(Actor::RestoresCluster(0));
    assert_eq!(
        line(&stage.broken(&[(1, Fault::CrashAfter)])),
        "1 crashed | 4a"
    );
    let outcome = stage.run();
    assert!(
        line(&outcome).starts_with("5 reactivated-for-running | 4b 16 17"),
        "{}",
        line(&outcome)
    );
    assert_eq!(stage.running(), vec![2; 4]);
}

/// (g) A live key that is inactive was disabled by a person.
#[test]
fn a_live_key_that_a_person_disabled_is_never_activated() {
    let stage = Stage::with_key_of(41);
    stage.days(10);
    stage.act(Actor::DisablesCurrent);
    let outcome = stage.run();
    assert!(
        line(&outcome).starts_with("0  | 5 29 30 12 14"),
        "{}",
        line(&outcome)
    );
    assert_eq!((stage.keys().as_str(), stage.current()), ("-IA", 3));
    stage.days(9);
    assert_eq!(stage.keys(), "--A");
}

/// (h) Both labels on one version mean a rollback only if its key is not the current one.
#[test]
fn an_edit_right_after_the_promotion_is_no_rollback() {
    let stage = Stage::with_key_of(41);
    stage.broken(&[(PROMOTE, Fault::CrashAfter)]);
    stage.act(Actor::EditsMember);
    {
        let world = stage.world.borrow();
        assert_eq!(world.secret.pending, world.secret.previous);
    }
    let outcome = stage.run();
    assert!(
        line(&outcome).starts_with("0  | 3 15 16"),
        "{}",
        line(&outcome)
    );
    assert_eq!(stage.current(), 2);
}

/// (i) In an emergency our own lost key must not take the new one's place.
#[test]
fn in_an_emergency_a_lost_key_makes_room_at_once() {
    let stage = Stage::with_key_of(41);
    stage.broken(&[(CREATE, Fault::CrashAfter)]);
    stage.act(Actor::DisablesCurrent);
    assert_eq!(stage.keys(), "IA");
    stage.run();
    assert_eq!((stage.keys().as_str(), stage.current()), ("I-A", 3));
    assert_eq!(stage.running(), vec![3; 4]);
}

/// (j) Readings that lag by more than two looks are apart endanger nothing, although rotations are
/// begun anew and what a person broke may take more than a run to mend.
#[test]
fn a_lag_beyond_the_distance_of_two_looks_is_slow_and_safe() {
    let terms = Terms {
        iam_lag: 70,
        ..Terms::QUICK
    };
    let report = explore(Settings {
        terms: vec![terms],
        findings: 1_000,
        ..Settings::default()
    });
    let unsafe_ones = report
        .findings
        .iter()
        .filter(|it| it.violation.invariant != "I8")
        .filter(|it| !it.violation.text.ends_with("did not mend it"));
    let told: Vec<_> = unsafe_ones.map(ToString::to_string).collect();
    assert!(told.is_empty(), "{}", told.join("\n"));
}
