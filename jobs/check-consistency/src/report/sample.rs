//! Made-up surveys with everything in them that can occur, for tests and for looking at.

mod drift;
mod parts;
mod rest;

use common::exit::Exit;
use common::trouble::Trouble;
use jiff::Timestamp;

use crate::difference::{Class, Difference, Side};
use crate::finding::{Age, Field, Finding, Presence, Standing, Unknown};
use crate::object::{Kind, ObjectName};
use crate::path::{Path, Segment};
use crate::survey::{ClusterFacts, Gap, Part, PeerFacts, RuleUse, Survey};

use Presence::{Absent, Here, Unknown as NotSeen};
use drift::drift;
use parts::{parts, rules};
use rest::{quiet, undecided};

const MONITORING: &str = "monitoring.coreos.com";

pub(super) fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn shown(text: &str) -> Side {
    Side::Shown(text.to_owned())
}

fn age(first_seen: &str, occurrences: u64) -> Age {
    Age {
        first_seen: time(first_seen),
        occurrences,
    }
}

/// Steps by `/`; `alert=X` is an item, `#` a document, and `~1` stands for `/`.
fn path(text: &str) -> Path {
    let parts = text.split('/').skip(1).map(|part| part.replace("~1", "/"));
    let segments = parts.map(|part| match part.split_once('=') {
        Some((key, value)) => Segment::Item(vec![(key.to_owned(), value.to_owned())]),
        None if part == "#" => Segment::Document,
        None => part
            .parse()
            .map_or_else(|_| Segment::Field(part.clone()), Segment::Index),
    });
    Path(segments.collect())
}

fn field(at: &str, class: Class, sides: Vec<Side>) -> Field {
    Field {
        difference: Difference {
            path: path(at),
            class,
            sides,
        },
        rule: None,
        note: None,
        fingerprint: None,
        age: None,
    }
}

/// An object that stands so: `PrometheusRule monitoring/core-alerts-rules`.
fn finding(family: &str, group: &str, name: &str, standing: Standing, at: &[Presence]) -> Finding {
    let (kind, name) = name.split_once(' ').unwrap();
    let (namespace, name) = match name.split_once('/') {
        Some((namespace, name)) => (Some(namespace.to_owned()), name),
        None => (None, name),
    };
    Finding {
        family: family.to_owned(),
        object: ObjectName {
            kind: Kind::new(group, kind),
            namespace,
            name: name.to_owned(),
        },
        standing,
        presence: at.to_vec(),
        fields: Vec::new(),
        text: None,
        hint: None,
        rule: None,
        age: None,
    }
}

fn rule(name: &str, standing: Standing, at: &[Presence]) -> Finding {
    let name = format!("PrometheusRule monitoring/{name}");
    finding("rules", MONITORING, &name, standing, at)
}

fn trouble(exit: Exit, code: &'static str, text: &str, hint: &str) -> Trouble {
    Trouble {
        exit,
        code,
        text: text.to_owned(),
        hint: Some(hint.to_owned()),
    }
}

fn part(family: &str, kind: Kind, cluster: usize, read: usize) -> Part {
    Part {
        family: family.to_owned(),
        kind,
        cluster,
        read: Ok(read),
    }
}

fn rule_use(id: &str, summary: &str, reason: &str, used: usize) -> RuleUse {
    RuleUse {
        id: id.to_owned(),
        summary: summary.to_owned(),
        reason: reason.to_owned(),
        expires: None,
        expired: false,
        used,
    }
}

/// Two clusters, no baseline: every standing, gaps, and texts that want to be obeyed.
pub(super) fn two() -> Survey {
    let both = [Here, Here];
    let mut findings = drift();
    findings.extend(undecided());
    findings.extend(quiet());
    for name in [
        "alertmanager.rules",
        "kubernetes-apps",
        "node-exporter",
        "prometheus",
        "etcd",
    ] {
        findings.push(rule(name, Standing::Equal, &both));
    }
    Survey {
        at: time("2026-11-29T05:51:29Z"),
        clusters: vec![
            ClusterFacts {
                name: "prod-e1-1".to_owned(),
                version: Some("v1.34.0".to_owned()),
                identity: Some("b7d6a3a0-4a5a-4be0-9f0c-0c7f4f1f3a11".to_owned()),
                trouble: None,
                peer: Some(PeerFacts {
                    watchdog_since: Some(time("2026-11-01T00:00:00Z")),
                    watchdog_seen: Some(time("2026-11-29T05:51:29Z")),
                    replicas: vec![("alertmanager-0".to_owned(), true)],
                }),
            },
            ClusterFacts {
                name: "remoting-prod-e1-1".to_owned(),
                version: Some("v1.33.2".to_owned()),
                ..ClusterFacts::default()
            },
        ],
        baseline: None,
        parts: parts(),
        findings,
        rules: rules(),
        warnings: vec![
            "both sides of PrometheusRule monitoring/etcd hold an expression that does not parse: \
             it was compared as text"
                .to_owned(),
        ],
        converged: 1,
        undetailed: 0,
        remembered: true,
    }
}

/// Three clusters, the second of them the baseline; one kind of the third was not seen.
pub(super) fn three() -> Survey {
    let mut mixed = rule(
        "core-alerts-rules",
        Standing::Different,
        &[Here, Here, Here],
    );
    mixed.fields = vec![
        field(
            "/spec/groups/name=core/rules/alert=Down/for",
            Class::Value,
            vec![shown("20m"), shown("20m"), shown("10m")],
        ),
        field(
            "/spec/groups/name=core/interval",
            Class::Presence,
            vec![Side::Absent, shown("30s"), shown("1m")],
        ),
        field(
            "/metadata/annotations/token",
            Class::Value,
            vec![
                Side::Hidden { group: 0 },
                Side::Hidden { group: 1 },
                Side::Hidden { group: 2 },
            ],
        ),
    ];
    let mut partly = rule("dns", Standing::Different, &[Here, Here, Absent]);
    partly.rule = Some("only_in[0]".to_owned());
    partly.fields = vec![field(
        "/spec/groups/name=dns/interval",
        Class::Value,
        vec![shown("30s"), shown("1m"), Side::NoObject],
    )];
    let kind = || Kind::new(MONITORING, "PrometheusRule");
    let monitors = || Kind::new(MONITORING, "ServiceMonitor");
    let slow = Part {
        read: Err(Gap {
            reason: Unknown::Timeout,
            trouble: trouble(
                Exit::Transient,
                "cluster-timeout",
                "cluster `staging-w2-1`: no answer within 10s",
                "run again; if it stays so, look at the API server",
            ),
        }),
        ..part("monitors", monitors(), 2, 0)
    };
    let cluster = |name: &str, version: &str| ClusterFacts {
        name: name.to_owned(),
        version: Some(version.to_owned()),
        ..ClusterFacts::default()
    };
    let timeout = Standing::Unknown(Unknown::Timeout);
    let monitor = |name: &str, at: [Presence; 3]| {
        let name = format!("ServiceMonitor monitoring/{name}");
        finding("monitors", MONITORING, &name, timeout, &at)
    };
    Survey {
        at: time("2026-11-29T05:51:29Z"),
        clusters: vec![
            cluster("prod-e1-1", "v1.34.0"),
            cluster("remoting-prod-e1-1", "v1.34.0"),
            cluster("staging-w2-1", "v1.33.2"),
        ],
        baseline: Some(1),
        parts: vec![
            part("rules", kind(), 0, 3),
            part("rules", kind(), 1, 3),
            part("rules", kind(), 2, 1),
            part("monitors", monitors(), 0, 2),
            part("monitors", monitors(), 1, 1),
            slow,
        ],
        findings: vec![
            monitor("etcd", [Here, Here, NotSeen]),
            monitor("nodes", [Here, Absent, NotSeen]),
            partly,
            mixed,
        ],
        rules: Vec::new(),
        warnings: Vec::new(),
        converged: 0,
        undetailed: 2,
        remembered: false,
    }
}

/// Two clusters that are equal, and everything was read.
pub(super) fn equal() -> Survey {
    let mut survey = two();
    survey.parts.retain(|part| part.read.is_ok());
    survey
        .findings
        .retain(|finding| !finding.standing.is_drift() && !finding.standing.is_unknown());
    survey.rules.retain(|rule| rule.used > 0);
    survey.warnings.clear();
    survey.converged = 0;
    survey
}

/// Two clusters, one of them out of reach.
pub(super) fn lost() -> Survey {
    let lost = trouble(
        Exit::Transient,
        "cluster-unreachable",
        "cluster `remoting-prod-e1-1`: connecting to https://10.0.0.1: connection refused",
        "look whether the API server answers",
    );
    let mut survey = equal();
    survey.clusters[1].version = None;
    for part in survey.parts.iter_mut().filter(|part| part.cluster == 1) {
        part.read = Err(Gap {
            reason: Unknown::Unreachable,
            trouble: lost.clone(),
        });
    }
    survey.clusters[1].trouble = Some(lost);
    for finding in &mut survey.findings {
        finding.standing = Standing::Unknown(Unknown::Unreachable);
        finding.presence = vec![Here, NotSeen];
        finding.fields.clear();
        finding.rule = None;
    }
    survey
}
