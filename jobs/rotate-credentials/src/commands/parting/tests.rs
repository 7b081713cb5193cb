//! What the next run hears of.

use super::*;
use crate::plan::plan;
use crate::policy::Policy;
use crate::report::conclusion;
use crate::sample::{ago, days, id, key, minutes, now, quiet, soaked};
use crate::world::World;

fn ended(world: World) -> (Ended, Conclusion) {
    let plan = plan(&world, &Policy::default());
    let ended = Ended {
        world,
        plan,
        effects: 0,
        stopped: None,
    };
    let conclusion = conclusion::of_run(&ended, &common::process::Cancellation::default());
    (ended, conclusion)
}

/// A rotation is due, and somebody else's key takes the place.
fn blocked() -> (Ended, Conclusion) {
    let mut world = quiet();
    world.key_of('A').created = ago(days(41));
    world.add(key('F', days(3)), None);
    world.confirm();
    ended(world)
}

fn reasons(earlier: &Notes, (ended, conclusion): &(Ended, Conclusion)) -> Vec<&'static str> {
    let events = events(earlier, ended, conclusion);
    events.iter().map(|event| event.reason).collect()
}

#[test]
fn an_event_tells_of_a_change_and_of_nothing_else() {
    let fine = ended(quiet());
    let bad = blocked();
    let never = Notes::default();
    assert!(reasons(&never, &fine).is_empty());
    assert_eq!(reasons(&never, &bad), ["RotationBlocked", "RunFailed"]);
    let after_bad = never.after(&bad.0, &bad.1);
    assert!(reasons(&after_bad, &bad).is_empty(), "told once");
    assert_eq!(reasons(&after_bad, &fine), ["RunSucceeded"]);
    let after_fine = after_bad.after(&fine.0, &fine.1);
    assert!(reasons(&after_fine, &fine).is_empty());
}

#[test]
fn a_phase_began_when_a_run_saw_it_first() {
    let quiet = ended(quiet());
    let first = Notes::default().after(&quiet.0, &quiet.1);
    assert_eq!(first.phase_since, Some(now()));
    let mut later = quiet.0.world.clone();
    later.now = now() + minutes(60);
    let (later, conclusion) = ended(later);
    let second = first.after(&later, &conclusion);
    assert_eq!(second.phase_since, Some(now()), "it goes on");
    let mut soaking = soaked();
    soaking.now = now() + minutes(60);
    let (soaking, conclusion) = ended(soaking);
    let third = second.after(&soaking, &conclusion);
    assert_ne!(third.phase, second.phase);
    assert_eq!(third.phase_since, Some(now() + minutes(60)), "another one");
}

#[test]
fn the_last_answer_of_the_mail_server_is_kept() {
    let mut world = quiet();
    world.allow('A');
    let (tried, conclusion) = ended(world);
    let notes = Notes::default().after(&tried, &conclusion);
    assert_eq!(notes.probe, Some(true));
    let untried = ended(quiet());
    assert_eq!(notes.after(&untried.0, &untried.1).probe, Some(true));
    assert_eq!(tried.world.store.known().unwrap().current.key, id('A'));
}

#[test]
fn notes_that_cannot_be_read_count_as_lost() {
    let text = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let odd = [
        text("phase", "soak"),
        text("phase-since", "yesterday"),
        text("last-code", "999"),
        text("smtp-probe", "perhaps"),
    ];
    let notes = Notes::read(&odd.into());
    let phase = Some("soak".to_owned());
    assert_eq!(
        notes,
        Notes {
            phase,
            ..Notes::default()
        }
    );
}
