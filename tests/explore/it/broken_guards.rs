//! A guard without one of its conditions makes the exploration fail: one check for each condition of
//! each guard. The condition is taken out by readings that always say what it wants to hear.
//!
//! Some conditions say what another one, or a row above, says too. For those the table has two
//! entries: alone they are not missed (`covered`), and without both the effect happens.

use std::collections::{BTreeMap, BTreeSet};

use explore::actors::Actor;
use explore::faults::{Blind, Fault};
use explore::lies::Lie;
use explore::search::{Settings, explore};
use rotate_credentials::guard::ConditionName as Is;

use crate::stage::Stage;

/// The guards by what they guard, as the model tells it.
const DEACTIVATE: &str = "deactivate";
const DELETE: &str = "delete";
const PROMOTE: &str = "move AWSCURRENT";
const ROLL: &str = "write";
const CREATE: &str = "create";
/// The announcement, which has all conditions of the creation but its own.
const ANNOUNCE: &str = "tag rotate-credentials.intent";
/// What a promotion over somebody's edit does.
const EDIT_LOST: &str = "another program's bytes";
/// Whatever breaks: where the harm shows in something else than the guarded effect.
const ANYTHING: &str = "";

/// What was violated under these lies, when these faults may strike, one in a story.
fn broken(lies: &[Lie], faults: &[Fault]) -> Vec<String> {
    violations(lies, faults, 1)
}

fn violations(lies: &[Lie], faults: &[Fault], count: usize) -> Vec<String> {
    let report = explore(Settings {
        faults: count,
        only: faults.to_vec(),
        lies: lies.to_vec(),
        several_people: true,
        findings: 5_000,
        ..Settings::default()
    });
    let findings = report.findings.iter();
    findings.map(|it| it.violation.text.clone()).collect()
}

fn shows(violations: &[String], effect: &str) -> bool {
    violations.iter().any(|text| text.starts_with(effect))
}

/// A condition, what takes it out, what strikes, and the effect that must not have been made.
type Row = (
    &'static str,
    Is,
    &'static [Lie],
    &'static [Fault],
    &'static str,
);

const NOTHING: &[Fault] = &[Fault::CrashAfter];
const REFUSED: &[Fault] = &[Fault::Blind(Blind::MailRefuses)];
const CLOCK: &[Fault] = &[Fault::Blind(Blind::Clock)];
const LEASE: &[Fault] = &[Fault::Blind(Blind::Lease)];
const HOLD: &[Fault] = &[Fault::Actor(Actor::Holds)];
const NEW_KEY: &[Fault] = &[Fault::Actor(Actor::CreatesKey)];
const BACK: &[Fault] = &[Fault::Actor(Actor::MovesBack)];
const DISABLED: &[Fault] = &[Fault::Actor(Actor::DisablesCurrent)];
const OTHERS_DISABLED: &[Fault] = &[Fault::Actor(Actor::DisablesOthers)];
const RESTORED: &[Fault] = &[
    Fault::Actor(Actor::RestoresCluster(0)),
    Fault::Actor(Actor::RestoresCluster(1)),
];

#[rustfmt::skip]
const TABLE: &[Row] = &[
    (DEACTIVATE, Is::Listed, &[Lie::KeyIsActive], NOTHING, ANYTHING),
    (DEACTIVATE, Is::NotCurrent, &[Lie::CurrentNeverMovesBack], BACK, DEACTIVATE),
    (DEACTIVATE, Is::NotPending, &[Lie::NothingPending], NOTHING, DEACTIVATE),
    (DEACTIVATE, Is::Ours, &[Lie::KeyIsOurs], NEW_KEY, DEACTIVATE),
    (DEACTIVATE, Is::EveryReplica, &[Lie::NobodyRestores], RESTORED, DEACTIVATE),
    (DEACTIVATE, Is::NowhereInUse, &[Lie::NobodyRestores, Lie::NowhereNamed], RESTORED, DEACTIVATE),
    (DEACTIVATE, Is::LoginWorks, &[Lie::LoginWorks], REFUSED, DEACTIVATE),
    (DEACTIVATE, Is::Unused, &[Lie::NeverUsed], &[Fault::Actor(Actor::UsesCurrent)], DEACTIVATE),
    (DEACTIVATE, Is::SoakOver, &[Lie::SoakIsOver], NOTHING, DEACTIVATE),
    (DEACTIVATE, Is::MailCounted, &[Lie::MailWasCounted], &[Fault::Actor(Actor::ClusterSilent(1))], DEACTIVATE),
    (DEACTIVATE, Is::ClockRight, &[Lie::ClockIsRight], CLOCK, DEACTIVATE),
    (DEACTIVATE, Is::NothingInFuture, &[Lie::NothingInFuture, Lie::SoakIsOverForEver], NOTHING, DEACTIVATE),
    (DEACTIVATE, Is::LeaseOurs, &[Lie::LeaseIsOurs], LEASE, DEACTIVATE),
    (DEACTIVATE, Is::NoHold, &[Lie::NoHold], HOLD, DEACTIVATE),

    (DELETE, Is::Listed, &[Lie::KeyIsInactive], NOTHING, DELETE),
    (DELETE, Is::NotCurrent, &[Lie::CurrentNeverMovesBack], BACK, DELETE),
    (DELETE, Is::NotPending, &[Lie::NothingPending, Lie::KeyIsInactive], NOTHING, DELETE),
    (DELETE, Is::Ours, &[Lie::KeyIsOurs, Lie::KeyIsInactive], NEW_KEY, DELETE),
    (DELETE, Is::EveryReplica, &[Lie::NobodyRestores], RESTORED, DELETE),
    (DELETE, Is::NowhereInUse, &[Lie::NobodyRestores, Lie::NowhereNamed], RESTORED, DELETE),
    (DELETE, Is::GraceOver, &[Lie::GraceIsOver], NOTHING, DELETE),
    (DELETE, Is::Unused, &[Lie::NeverUsed], &[Fault::Actor(Actor::BorrowsOld)], DELETE),
    (DELETE, Is::CurrentActive, &[Lie::CurrentIsActive, Lie::LoginWorks], DISABLED, DELETE),
    (DELETE, Is::LoginWorks, &[Lie::LoginWorks], REFUSED, DELETE),
    (DELETE, Is::ClockRight, &[Lie::ClockIsRight], CLOCK, DELETE),
    (DELETE, Is::NothingInFuture, &[Lie::NothingInFuture, Lie::GraceIsOverForEver], NOTHING, DELETE),
    (DELETE, Is::LeaseOurs, &[Lie::LeaseIsOurs], LEASE, DELETE),
    (DELETE, Is::NoHold, &[Lie::NoHold], HOLD, DELETE),

    (PROMOTE, Is::Listed, &[Lie::KeyIsActive, Lie::LoginWorks, Lie::MailWorks], OTHERS_DISABLED, PROMOTE),
    (PROMOTE, Is::Ours, &[Lie::PendingIsMarked], NOTHING, ANYTHING),
    (PROMOTE, Is::BuiltOnCurrent, &[Lie::NobodyEdits, Lie::LabelsMoveFreely], &[Fault::Actor(Actor::EditsMember)], EDIT_LOST),
    (PROMOTE, Is::LoginWorks, &[Lie::LoginWorks, Lie::MailWorks], NOTHING, PROMOTE),
    (PROMOTE, Is::MailWorks, &[Lie::MailWorks], &[Fault::Blind(Blind::MailDenied)], PROMOTE),

    (ROLL, Is::EarlierClusters, &[Lie::EarlierClustersAreProven], NOTHING, ROLL),
    (ROLL, Is::LoginWorks, &[Lie::LoginWorks], &[Fault::Actor(Actor::StoresOwnPair)], ROLL),
    (ROLL, Is::OnlyLoginDiffers, &[Lie::OnlyLoginDiffers], &[Fault::Actor(Actor::EditsCluster(0))], ROLL),

    (CREATE, Is::Due, &[Lie::CurrentIsOld], NOTHING, CREATE),
    (CREATE, Is::NoOtherKey, &[Lie::NoOtherKey], NEW_KEY, CREATE),
    (CREATE, Is::NothingPending, &[Lie::NothingPending, Lie::NoOtherKey], NOTHING, CREATE),
    (CREATE, Is::EveryReplica, &[Lie::EveryReplicaRunsIt], &[Fault::Actor(Actor::ClusterAway(1))], CREATE),
    (CREATE, Is::LoginWorks, &[Lie::LoginWorks], REFUSED, CREATE),
    (CREATE, Is::ClockRight, &[Lie::ClockIsRight], CLOCK, CREATE),
    (CREATE, Is::NothingInFuture, &[Lie::NothingInFuture, Lie::CurrentIsOld], NOTHING, CREATE),
    (CREATE, Is::LeaseOurs, &[Lie::LeaseIsOurs], LEASE, CREATE),
    (CREATE, Is::NoHold, &[Lie::NoHold], HOLD, ANNOUNCE),
    (CREATE, Is::Announced, &[Lie::Announced], NOTHING, CREATE),
];

/// Conditions that are covered by something else: alone, the effect is not made.
#[rustfmt::skip]
const COVERED: &[Row] = &[
    // A cluster is proven only when no replica, Secret or generated Secret names another key.
    (DEACTIVATE, Is::NowhereInUse, &[Lie::NowhereNamed], RESTORED, DEACTIVATE),
    // Marks from the future make the soak and the grace end later, never earlier.
    (DEACTIVATE, Is::NothingInFuture, &[Lie::NothingInFuture], &[Fault::Actor(Actor::PostdatesMarks)], DEACTIVATE),
    (DELETE, Is::NothingInFuture, &[Lie::NothingInFuture], &[Fault::Actor(Actor::PostdatesMarks)], DELETE),
    // A key from the future is young.
    (CREATE, Is::NothingInFuture, &[Lie::NothingInFuture], NOTHING, CREATE),
    // A disabled key does not log in.
    (DELETE, Is::CurrentActive, &[Lie::CurrentIsActive], DISABLED, DELETE),
    (PROMOTE, Is::Listed, &[Lie::KeyIsActive], OTHERS_DISABLED, PROMOTE),
    // Nor does it send.
    (PROMOTE, Is::LoginWorks, &[Lie::LoginWorks], NOTHING, PROMOTE),
    // Secrets Manager moves a label only from where it is.
    (PROMOTE, Is::BuiltOnCurrent, &[Lie::NobodyEdits], &[Fault::Actor(Actor::EditsMember)], EDIT_LOST),
    // The key of a pending version is another key.
    (CREATE, Is::NothingPending, &[Lie::NothingPending], NOTHING, CREATE),
];

#[test]
fn without_any_one_condition_the_exploration_fails() {
    let mut missed = Vec::new();
    for (guard, condition, lies, faults, effect) in TABLE {
        let violations = broken(lies, faults);
        let missed_it = if effect.is_empty() {
            violations.is_empty()
        } else {
            !shows(&violations, effect)
        };
        if missed_it {
            missed.push(format!("{guard} {condition:?}: {:?}", violations.first()));
        }
    }
    assert!(missed.is_empty(), "not found:\n{}", missed.join("\n"));
}

#[test]
fn what_another_condition_covers_is_not_missed_alone() {
    for (guard, condition, lies, faults, effect) in COVERED {
        let violations = broken(lies, faults);
        assert!(
            !shows(&violations, effect),
            "{guard} {condition:?}: {violations:?}"
        );
        let both = TABLE
            .iter()
            .any(|row| (row.0, row.1) == (*guard, *condition) && row.2.len() > 1);
        assert!(
            both,
            "{guard} {condition:?} has no row without what covers it"
        );
    }
}

/// The last look is no condition of a checklist: it is the engine's, before what cannot be undone.
#[test]
fn without_the_last_look_the_exploration_fails() {
    let early = [
        Actor::Reactivates,
        Actor::CreatesKey,
        Actor::DisablesCurrent,
    ]
    .map(Fault::Early);
    assert_eq!(broken(&[], &early), Vec::<String>::new());
    let violations = broken(&[Lie::NothingChangedSince], &early);
    for effect in [DEACTIVATE, DELETE, CREATE] {
        assert!(shows(&violations, effect), "{effect}: {violations:?}");
    }
}

#[test]
fn every_condition_of_every_guard_is_taken_out_once() {
    let stage = Stage::with_key_of(41);
    let mut seen: BTreeMap<&str, BTreeSet<Is>> = BTreeMap::new();
    for _ in 0..24 * 9 {
        for (row, names) in stage.run().guards {
            let guard = match row {
                "22" | "24" => DEACTIVATE,
                "26" => DELETE,
                "14" => PROMOTE,
                "16" => ROLL,
                "29" | "30" => CREATE,
                _ => panic!("row {row} has a guard of its own"),
            };
            seen.entry(guard).or_default().extend(names);
        }
    }
    assert_eq!(seen.len(), 5, "{seen:?}");
    for (guard, names) in seen {
        let listed = TABLE.iter().filter(|row| row.0 == guard).map(|row| row.1);
        assert_eq!(listed.collect::<BTreeSet<_>>(), names, "{guard}");
    }
}

#[test]
fn the_same_faults_break_nothing_when_nothing_lies() {
    for (guard, condition, _, faults, _) in TABLE {
        let violations = broken(&[], faults);
        let own = ["it ends with Stuck(\"guard-refused\")"];
        let fine = violations.iter().all(|text| own.contains(&text.as_str()));
        assert!(fine, "{guard} {condition:?}: {violations:?}");
    }
}
