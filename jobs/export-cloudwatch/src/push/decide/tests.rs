//! Every way that a group can go: written, left alone, carried, dropped, removed.

mod carrying;
mod ownership;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use common::exposition::{Family, Kind, Label, Labels, Sample};
use common::metrics::CLOUDWATCH_RULE_LAST_SUCCESS;
use common::pushgateway::{GroupKey, StoredFamily, StoredGroup};
use jiff::Timestamp;

use super::super::previous::{Owner, Previous};
use super::super::{Intent, ownership};
use super::{Action, Foreign, Removal, Situation, decide};
use crate::config::{Config, RuleNumber, UnknownKeys};
use crate::families::Group;
use crate::rule_label::rule_labels;

const NOW: &str = "2026-11-24T12:00:00Z";
const GRACE: Duration = Duration::from_mins(15);

const CONFIG: &str = "
metrics:
- {aws_namespace: AWS/ES, aws_metric_name: Nodes, aws_dimensions: [DomainName], aws_statistics: [Sum]}
- {aws_namespace: AWS/ES, aws_metric_name: Nodes, aws_dimensions: [DomainName, ClientId], aws_statistics: [Sum]}
- {aws_namespace: AWS/EFS, aws_metric_name: Load, aws_dimensions: [Id], aws_statistics: [Sum]}
";

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

fn minutes_ago(minutes: i64) -> f64 {
    let at = now() - jiff::SignedDuration::from_mins(minutes);
    at.as_duration().as_secs_f64()
}

fn sample(labels: &[(&str, &str)], value: f64) -> Sample {
    let labels = labels.iter().map(|(name, value)| Label::new(*name, *value));
    Sample {
        labels: labels.collect::<Labels>(),
        value,
    }
}

fn family(name: &str, samples: Vec<Sample>) -> Family {
    Family {
        name: name.into(),
        kind: Kind::Gauge,
        help: "h".into(),
        samples,
    }
}

fn nodes(domain: &str, value: f64) -> Sample {
    sample(
        &[("job", "aws_es"), ("instance", ""), ("domain_name", domain)],
        value,
    )
}

/// As the Pushgateway tells it: labels sorted.
fn stored_nodes(domain: &str, value: f64) -> Sample {
    sample(
        &[("domain_name", domain), ("instance", ""), ("job", "aws_es")],
        value,
    )
}

fn stored(key: GroupKey, minutes: i64, families: Vec<Family>) -> StoredGroup {
    StoredGroup {
        key,
        last_push_successful: true,
        push_time_seconds: minutes_ago(minutes),
        families: families
            .into_iter()
            .map(|family| StoredFamily {
                sample_count: family.samples.len(),
                family,
            })
            .collect(),
    }
}

fn data_group(job: &str, minutes: i64, families: Vec<Family>) -> StoredGroup {
    stored(GroupKey::new(job, []).unwrap(), minutes, families)
}

/// Our own group: the jobs that are ours, and when each rule succeeded, in minutes before now.
fn own(jobs: &[&str], successes: &[(&str, i64)]) -> StoredGroup {
    let successes = successes
        .iter()
        .map(|(rule, ago)| ([("rule", *rule)], minutes_ago(*ago)));
    let families = vec![
        ownership(jobs.iter().copied()),
        CLOUDWATCH_RULE_LAST_SUCCESS.family(successes),
    ];
    stored(owner(None).group().clone(), 5, families)
}

struct Case<'a> {
    config: &'a str,
    failed: &'a [usize],
    previous: Vec<StoredGroup>,
    read: Vec<Group>,
    only: Option<&'a str>,
    cronjob: Option<&'a str>,
    removal: Removal,
}

/// A full run of [`CONFIG`] that read everything and found nothing, with `previous` before it.
fn case<'a>(previous: Vec<StoredGroup>) -> Case<'a> {
    Case {
        config: CONFIG,
        failed: &[],
        previous,
        read: Vec::new(),
        only: None,
        cronjob: None,
        removal: Removal::Guarded,
    }
}

fn owner(cronjob: Option<&str>) -> Owner {
    Owner::of(cronjob).unwrap()
}

impl Case<'_> {
    fn decide(self) -> Intent {
        let (config, _) = Config::parse("f.yml", self.config, UnknownKeys::Reject).unwrap();
        let labels: BTreeMap<RuleNumber, String> = rule_labels(&config);
        let in_scope: Vec<_> = config
            .rules
            .iter()
            .filter(|rule| self.only.is_none_or(|only| rule.namespace == only))
            .collect();
        let failed: BTreeSet<_> = self.failed.iter().map(|n| RuleNumber::new(*n)).collect();
        let previous = Previous::new(owner(self.cronjob), self.previous);
        let situation = Situation {
            configured: &config.rules,
            in_scope: &in_scope,
            failed: &failed,
            labels: &labels,
            previous: &previous,
            now: now(),
            grace: GRACE,
            removal: self.removal,
        };
        decide(&situation, self.read)
    }
}

fn read(job: &str, families: Vec<Family>) -> Vec<Group> {
    vec![Group {
        job: job.into(),
        families,
    }]
}

fn action<'a>(intent: &'a Intent, job: &str) -> &'a Action {
    &intent
        .groups
        .iter()
        .find(|group| group.job == job)
        .unwrap()
        .action
}

#[test]
fn a_namespace_that_was_read_is_replaced_and_one_without_data_becomes_empty() {
    let families = vec![family("aws_es_nodes_sum", vec![nodes("a", 1.0)])];
    let full = Case {
        read: read("aws_es", families.clone()),
        ..case(vec![])
    };
    let intent = full.decide();
    assert_eq!(
        *action(&intent, "aws_es"),
        Action::Put {
            families,
            carried: 0
        }
    );
    assert_eq!(
        *action(&intent, "aws_efs"),
        Action::Put {
            families: vec![],
            carried: 0
        }
    );
    assert_eq!(intent.last_success.len(), 3);
}

#[test]
fn a_namespace_of_which_nothing_could_be_read_is_left_alone() {
    let previous = vec![data_group("aws_efs", 5, vec![])];
    let intent = Case {
        failed: &[3],
        ..case(previous)
    }
    .decide();
    assert_eq!(*action(&intent, "aws_efs"), Action::Keep);
    assert!(matches!(action(&intent, "aws_es"), Action::Put { .. }));
}

#[test]
fn a_failed_rule_keeps_its_last_series_within_the_grace() {
    let both = sample(
        &[
            ("client_id", "1"),
            ("domain_name", "a"),
            ("instance", ""),
            ("job", "aws_es"),
        ],
        9.0,
    );
    let old = family(
        "aws_es_nodes_sum",
        vec![stored_nodes("a", 7.0), both.clone()],
    );
    let previous = || {
        vec![
            data_group("aws_es", 5, vec![old.clone()]),
            own(&["aws_es"], &[("AWS/ES Nodes by DomainName", 14)]),
        ]
    };
    // Rule 1 failed; rule 2, of the same family but with other dimensions, was read and is silent.
    let intent = Case {
        failed: &[1],
        ..case(previous())
    }
    .decide();
    let Action::Put { families, carried } = action(&intent, "aws_es") else {
        panic!("not written")
    };
    assert_eq!(*carried, 1);
    assert_eq!(families[0].samples, [stored_nodes("a", 7.0)]);

    // A series that was read in spite of the failure is newer.
    let fresh = vec![family("aws_es_nodes_sum", vec![nodes("a", 8.0)])];
    let full = Case {
        failed: &[1],
        read: read("aws_es", fresh.clone()),
        ..case(previous())
    };
    assert_eq!(
        *action(&full.decide(), "aws_es"),
        Action::Put {
            families: fresh,
            carried: 0
        }
    );
}

#[test]
fn after_the_grace_a_failed_rule_is_silent_and_since_when_is_on_the_record() {
    let old = family("aws_es_nodes_sum", vec![stored_nodes("a", 7.0)]);
    let previous = vec![
        data_group("aws_es", 5, vec![old]),
        own(&["aws_es"], &[("AWS/ES Nodes by DomainName", 16)]),
    ];
    let intent = Case {
        failed: &[1],
        ..case(previous)
    }
    .decide();
    assert_eq!(
        *action(&intent, "aws_es"),
        Action::Put {
            families: vec![],
            carried: 0
        }
    );
    let since = intent.last_success[&RuleNumber::new(1)];
    assert_eq!(since, now() - jiff::SignedDuration::from_mins(16));
}

#[test]
fn when_the_record_is_lost_the_last_push_bounds_the_grace() {
    let old = family("aws_es_nodes_sum", vec![stored_nodes("a", 7.0)]);
    let previous = vec![data_group("aws_es", 10, vec![old])];
    let intent = Case {
        failed: &[1],
        ..case(previous)
    }
    .decide();
    assert!(matches!(
        action(&intent, "aws_es"),
        Action::Put { carried: 1, .. }
    ));
    let since = intent.last_success[&RuleNumber::new(1)];
    assert_eq!(
        since,
        now() - jiff::SignedDuration::from_mins(10),
        "not renewed, or the grace never ends"
    );
}
