//! What is remembered, run by run.

mod bounds;
mod file;
mod fingerprints;
mod life;
mod server;
mod store;

use common::exit::Exit;
use common::trouble::Trouble;
use jiff::Timestamp;

use super::Memory;
use crate::difference::{Class, Difference, Side};
use crate::finding::{Field, Finding, Presence, Standing, Unknown};
use crate::object::{Kind, ObjectName};
use crate::path::Path;
use crate::survey::{ClusterFacts, Gap, Part, Survey};

const FAMILY: &str = "rules";

fn kind() -> Kind {
    Kind::new("monitoring.coreos.com", "PrometheusRule")
}

fn object(name: &str) -> ObjectName {
    ObjectName {
        kind: kind(),
        namespace: Some("monitoring".to_owned()),
        name: name.to_owned(),
    }
}

/// An object that both clusters have.
fn finding(name: &str, standing: Standing) -> Finding {
    Finding {
        family: FAMILY.to_owned(),
        object: object(name),
        standing,
        presence: vec![Presence::Here, Presence::Here],
        fields: Vec::new(),
        text: None,
        hint: None,
        rule: None,
        age: None,
    }
}

/// An object that differs in these fields of its `spec`, with these values in the first cluster.
fn different(name: &str, fields: &[(&str, &str)]) -> Finding {
    Finding {
        fields: fields
            .iter()
            .map(|(path, value)| field(path, value))
            .collect(),
        ..finding(name, Standing::Different)
    }
}

fn field(path: &str, value: &str) -> Field {
    Field {
        difference: Difference {
            path: Path::default().field("spec").field(path),
            class: Class::Value,
            sides: vec![Side::Shown(value.to_owned()), Side::Shown("10m".to_owned())],
        },
        rule: None,
        note: None,
        fingerprint: None,
        age: None,
    }
}

/// A run that read everything.
fn survey(at: &str, findings: Vec<Finding>) -> Survey {
    let clusters = ["prod-e1-1", "remoting-prod-e1-1"];
    let facts = clusters.iter().enumerate().map(|(at, name)| ClusterFacts {
        name: (*name).to_owned(),
        identity: Some(format!("uid-{at}")),
        ..ClusterFacts::default()
    });
    let part = |cluster| Part {
        family: FAMILY.to_owned(),
        kind: kind(),
        cluster,
        read: Ok(findings.len()),
    };
    Survey {
        at: time(at),
        clusters: facts.collect(),
        baseline: None,
        parts: vec![part(0), part(1)],
        findings,
        rules: Vec::new(),
        warnings: Vec::new(),
        converged: 0,
        undetailed: 0,
        remembered: true,
    }
}

fn gap() -> Gap {
    Gap {
        reason: Unknown::Unreachable,
        trouble: Trouble {
            exit: Exit::Transient,
            code: "cluster-unreachable",
            text: "no connection".to_owned(),
            hint: None,
        },
    }
}

/// A time of day.
fn time(text: &str) -> Timestamp {
    format!("2026-03-01T{text}Z").parse().unwrap()
}

/// A memory with one drift in a field, first seen at this time.
fn memory(name: &str, at: &str) -> Memory {
    let mut survey = survey(at, vec![different(name, &[("for", "20m")])]);
    Memory::default().remember(&mut survey).0
}

#[test]
fn two_memories_become_one_with_the_first_and_the_last_time_and_the_larger_number() {
    let early = memory("a", "08:00:00");
    let (often, _) = early.remember(&mut survey(
        "09:00:00",
        vec![different("a", &[("for", "20m")])],
    ));
    let late = memory("a", "10:00:00");
    let other = memory("b", "10:00:00");
    for merged in [
        often.merge(&late).merge(&other),
        other.merge(&late.merge(&often)),
    ] {
        assert_eq!(merged.entries.len(), 4, "object and field of each");
        for entry in merged.entries.values() {
            let expected = if entry.object.ends_with("/a") {
                (time("08:00:00"), time("10:00:00"), 2)
            } else {
                (time("10:00:00"), time("10:00:00"), 1)
            };
            assert_eq!(
                (entry.first_seen, entry.last_seen, entry.occurrences),
                expected
            );
        }
    }
}

#[test]
fn own_counts_prevail_over_written_ones_and_written_identities_over_own_ones() {
    let mut one = survey("08:00:00", vec![finding("a", Standing::Equal)]);
    let ours = Memory::default().remember(&mut one).0;
    let mut two = survey("08:00:00", Vec::new());
    two.clusters[0].identity = Some("another".to_owned());
    two.clusters[1].name = "third".to_owned();
    let theirs = Memory::default().remember(&mut two).0;
    let merged = ours.merge(&theirs);
    assert_eq!(merged.identity("prod-e1-1"), Some("another"));
    assert_eq!(merged.identity("remoting-prod-e1-1"), Some("uid-1"));
    assert_eq!(merged.identity("third"), Some("uid-1"));
    assert_eq!(merged.count(FAMILY, &kind(), "prod-e1-1"), Some(1));
    assert_eq!(merged.count(FAMILY, &kind(), "third"), Some(0));
}
