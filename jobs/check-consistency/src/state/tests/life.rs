//! The life of a drift over runs.

use super::super::{Changes, Memory};
use super::{FAMILY, different, field, finding, gap, kind, survey, time};
use crate::finding::{Age, Finding, Presence, Standing, Unknown};
use crate::survey::Survey;

/// Runs one after the other, each with the memory of the one before.
struct Runs {
    memory: Memory,
}

impl Runs {
    fn new() -> Self {
        Self {
            memory: Memory::default(),
        }
    }

    fn run(&mut self, at: &str, findings: Vec<Finding>) -> (Survey, Changes) {
        self.survey(survey(at, findings))
    }

    fn survey(&mut self, mut survey: Survey) -> (Survey, Changes) {
        let (memory, changes) = self.memory.remember(&mut survey);
        // What is read back is what was remembered.
        assert_eq!(Memory::parse(&memory.to_text()).unwrap(), memory);
        self.memory = memory;
        (survey, changes)
    }
}

fn age(first_seen: &str, occurrences: u64) -> Age {
    Age {
        first_seen: time(first_seen),
        occurrences,
    }
}

#[test]
fn a_drift_appears_moves_is_out_of_sight_and_is_cleared() {
    let mut runs = Runs::new();
    let (seen, changes) = runs.run("08:00:00", vec![different("a", &[("for", "20m")])]);
    let fingerprint = seen.findings[0].fields[0].fingerprint.clone().unwrap();
    assert_eq!(seen.findings[0].age, Some(age("08:00:00", 1)));
    assert_eq!(seen.findings[0].fields[0].age, Some(age("08:00:00", 1)));
    assert_eq!(changes.appeared.len(), 2, "the object and its field");
    assert!(changes.appeared.iter().all(|new| new.finding == 0));
    assert_eq!(changes.appeared[1].fingerprint, fingerprint);

    // Its value moves.
    let (seen, changes) = runs.run("09:00:00", vec![different("a", &[("for", "30m")])]);
    assert_eq!(
        seen.findings[0].fields[0].fingerprint,
        Some(fingerprint.clone())
    );
    assert_eq!(seen.findings[0].fields[0].age, Some(age("08:00:00", 2)));
    assert_eq!(changes, Changes::default());

    // Nobody can look: it neither goes nor grows.
    let before = runs.memory.entries.clone();
    let unknown = finding("a", Standing::Unknown(Unknown::Unreachable));
    let (seen, changes) = runs.run("10:00:00", vec![unknown]);
    assert_eq!(seen.findings[0].age, None);
    assert_eq!(changes, Changes::default());
    assert_eq!(runs.memory.entries, before);

    let (seen, _) = runs.run("11:00:00", vec![different("a", &[("for", "30m")])]);
    assert_eq!(seen.findings[0].age, Some(age("08:00:00", 3)));

    let (_, changes) = runs.run("12:00:00", vec![finding("a", Standing::Equal)]);
    assert_eq!(changes.cleared.len(), 2);
    let object = "monitoring.coreos.com/PrometheusRule monitoring/a";
    assert_eq!(changes.mended, [object]);
    for cleared in &changes.cleared {
        assert_eq!(cleared.family, FAMILY);
        assert_eq!(cleared.object, object);
        assert_eq!(cleared.first_seen, time("08:00:00"));
    }

    // When it comes back it is new.
    let (seen, changes) = runs.run("13:00:00", vec![different("a", &[("for", "20m")])]);
    assert_eq!(seen.findings[0].age, Some(age("13:00:00", 1)));
    assert_eq!(changes.appeared.len(), 2);
}

#[test]
fn every_look_that_finds_an_object_consistent_clears_its_drift() {
    for standing in [
        Standing::Equal,
        Standing::Explained,
        Standing::Ignored,
        Standing::Cosmetic,
    ] {
        let mut runs = Runs::new();
        runs.run("08:00:00", vec![different("a", &[("for", "20m")])]);
        let (_, changes) = runs.run("09:00:00", vec![finding("a", standing)]);
        assert_eq!(changes.cleared.len(), 2, "{standing:?}");
        assert!(runs.memory.entries.is_empty());
    }
}

#[test]
fn a_field_that_was_mended_is_cleared_while_another_goes_on() {
    let mut runs = Runs::new();
    runs.run(
        "08:00:00",
        vec![different("a", &[("for", "20m"), ("expr", "up")])],
    );
    let (seen, changes) = runs.run("09:00:00", vec![different("a", &[("expr", "up")])]);
    assert_eq!(changes.cleared.len(), 1);
    assert!(changes.mended.is_empty(), "the object still differs");
    assert_eq!(seen.findings[0].fields[0].age, Some(age("08:00:00", 2)));
    let (seen, _) = runs.run(
        "10:00:00",
        vec![different("a", &[("for", "20m"), ("expr", "up")])],
    );
    assert_eq!(seen.findings[0].fields[0].age, Some(age("10:00:00", 1)));
    assert_eq!(seen.findings[0].age, Some(age("08:00:00", 3)));
}

#[test]
fn a_field_that_is_declared_now_is_no_drift_any_more() {
    let mut runs = Runs::new();
    let fields = [("for", "20m"), ("expr", "up")];
    runs.run("08:00:00", vec![different("a", &fields)]);
    let mut declared = different("a", &fields);
    declared.fields[0].rule = Some("ignore[0]".to_owned());
    let (seen, changes) = runs.run("09:00:00", vec![declared]);
    assert_eq!(changes.cleared.len(), 1);
    assert_eq!(seen.findings[0].fields[0].fingerprint, None);
    assert_eq!(seen.findings[0].fields[0].age, None);
}

#[test]
fn what_a_look_leaves_open_is_kept() {
    let partly = |standing, presence| {
        let mut it = finding("a", standing);
        it.presence[1] = presence;
        it
    };
    let table = [
        // Not read in detail, for too many differ: it goes on, and its fields are not known.
        (finding("a", Standing::Different), 0),
        // Being deleted: the field's drift is not over.
        (partly(Standing::Terminating, Presence::Terminating), 1),
        // Equal as far as one could see.
        (partly(Standing::Equal, Presence::Unknown), 0),
        (finding("a", Standing::Unknown(Unknown::NotSettled)), 0),
        (finding("a", Standing::Settling), 0),
        // The object is gone from one of them, and its field with it.
        (partly(Standing::Missing, Presence::Absent), 2),
    ];
    for (now, cleared) in table {
        let mut runs = Runs::new();
        runs.run("08:00:00", vec![different("a", &[("for", "20m")])]);
        let (_, changes) = runs.run("09:00:00", vec![now.clone()]);
        assert_eq!(changes.cleared.len(), cleared, "{:?}", now.standing);
    }
}

#[test]
fn an_object_that_is_gone_everywhere_is_cleared_once_all_of_its_family_was_read() {
    let mut runs = Runs::new();
    let mut other = different("b", &[("for", "20m")]);
    other.family = "live/rules".to_owned();
    runs.run("08:00:00", vec![different("a", &[("for", "20m")]), other]);

    let mut partial = survey("09:00:00", Vec::new());
    partial.parts[1].read = Err(gap());
    let (_, changes) = runs.survey(partial);
    assert_eq!(changes, Changes::default(), "it may be where nobody looked");

    let (_, changes) = runs.run("10:00:00", Vec::new());
    assert_eq!(changes.cleared.len(), 2);
    assert!(changes.cleared.iter().all(|it| it.object.ends_with("/a")));
    assert_eq!(runs.memory.entries.len(), 2, "nobody looked for the other");
}

#[test]
fn things_that_run_have_several_findings_and_one_that_is_unknown_leaves_all_open() {
    let only = |cluster: usize, standing| {
        let mut it = finding("a", standing);
        it.presence = vec![Presence::NotAsked; 2];
        it.presence[cluster] = Presence::Here;
        it
    };
    let mut runs = Runs::new();
    let stale = [only(0, Standing::Stale), only(1, Standing::Stale)];
    let (_, changes) = runs.run("08:00:00", stale.to_vec());
    assert_eq!(changes.appeared.len(), 2, "one in each cluster");
    let unknown = only(1, Standing::Unknown(Unknown::Timeout));
    let (_, changes) = runs.run("09:00:00", vec![only(0, Standing::Equal), unknown]);
    assert_eq!(changes.cleared.len(), 0);
    let (seen, changes) = runs.run(
        "10:00:00",
        vec![only(0, Standing::Equal), only(1, Standing::Stale)],
    );
    assert_eq!(changes.cleared.len(), 1);
    assert_eq!(seen.findings[1].age, Some(age("08:00:00", 2)));
}

#[test]
fn one_drift_that_is_met_twice_in_a_run_counts_once() {
    let mut runs = Runs::new();
    let twice = || {
        let mut it = different("a", &[("for", "20m")]);
        it.fields.push(field("for", "20m"));
        vec![it.clone(), it]
    };
    let (_, changes) = runs.run("08:00:00", twice());
    assert_eq!(changes.appeared.len(), 2);
    let (seen, _) = runs.run("09:00:00", twice());
    assert_eq!(seen.findings[1].fields[1].age, Some(age("08:00:00", 2)));
}

#[test]
fn a_clock_that_steps_makes_no_age_negative_and_no_time_in_the_future() {
    let mut runs = Runs::new();
    let drift = || {
        vec![
            different("a", &[("for", "20m")]),
            different("b", &[("for", "1m")]),
        ]
    };
    runs.run("12:00:00", drift());
    let unknown = finding("b", Standing::Unknown(Unknown::Timeout));
    let mut back = survey("09:00:00", vec![drift().remove(0), unknown]);
    // A fraction of a second never makes an age negative either.
    back.at = "2026-03-01T09:00:00.9Z".parse().unwrap();
    let (seen, _) = runs.survey(back);
    assert_eq!(seen.findings[0].age, Some(age("09:00:00", 2)));
    for entry in runs.memory.entries.values() {
        assert!(entry.first_seen <= time("09:00:00"), "{entry:?}");
        assert!(entry.last_seen <= time("09:00:00"), "{entry:?}");
    }
    let (seen, _) = runs.run("13:00:00", drift());
    assert_eq!(seen.findings[0].age, Some(age("09:00:00", 3)));
}

#[test]
fn counts_are_those_of_the_last_complete_look_and_identities_those_of_the_last_seen() {
    let mut runs = Runs::new();
    let (prod, remoting) = ("prod-e1-1", "remoting-prod-e1-1");
    assert_eq!(runs.memory.count(FAMILY, &kind(), prod), None);
    assert_eq!(runs.memory.identity(prod), None);
    runs.run("08:00:00", vec![finding("a", Standing::Equal)]);
    let mut partial = survey("09:00:00", Vec::new());
    partial.parts[1].read = Err(gap());
    partial.clusters[0].identity = Some("built anew".to_owned());
    partial.clusters[1].identity = None;
    runs.survey(partial);
    assert_eq!(runs.memory.count(FAMILY, &kind(), prod), Some(0));
    assert_eq!(runs.memory.count(FAMILY, &kind(), remoting), Some(1));
    assert_eq!(runs.memory.count("others", &kind(), remoting), None);
    assert_eq!(runs.memory.identity(prod), Some("built anew"));
    assert_eq!(runs.memory.identity(remoting), Some("uid-1"));
}

#[test]
fn an_object_that_stands_otherwise_and_still_not_as_it_has_to_keeps_its_age() {
    let mut runs = Runs::new();
    runs.run("08:00:00", vec![different("a", &[("for", "20m")])]);
    let (seen, changes) = runs.run("09:00:00", vec![finding("a", Standing::Missing)]);
    assert_eq!(seen.findings[0].age, Some(age("08:00:00", 1)));
    assert_eq!(changes.appeared.len(), 1);
    let (seen, _) = runs.run("10:00:00", vec![different("a", &[("for", "20m")])]);
    assert_eq!(seen.findings[0].age, Some(age("08:00:00", 1)));
    runs.run("11:00:00", vec![finding("a", Standing::Equal)]);
    let (seen, _) = runs.run("12:00:00", vec![finding("a", Standing::Missing)]);
    assert_eq!(seen.findings[0].age, Some(age("12:00:00", 1)));
}
