//! Every way that a group can go: written, left alone, carried, dropped, removed.

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

#[test]
fn only_groups_of_ours_that_are_no_longer_configured_are_removed() {
    let previous = || {
        vec![
            data_group("aws_lambda", 60, vec![]),
            data_group("pants_demo_depgraph", 60, vec![]),
            own(&["aws_es", "aws_lambda"], &[]),
        ]
    };
    let intent = case(previous()).decide();
    assert_eq!(intent.delete, BTreeSet::from(["aws_lambda".to_owned()]));

    let part = Case {
        only: Some("AWS/ES"),
        ..case(previous())
    };
    let intent = part.decide();
    assert_eq!(
        intent.delete,
        BTreeSet::new(),
        "a run of one namespace tidies nothing up"
    );
    assert_eq!(intent.groups.len(), 1);
}

#[test]
fn another_file_or_a_run_by_hand_does_not_take_all_groups_away() {
    let previous = || vec![own(&["aws_lambda", "aws_s3"], &[])];
    let both = BTreeSet::from(["aws_lambda".to_owned(), "aws_s3".to_owned()]);
    let guarded = case(previous()).decide();
    assert_eq!(
        (guarded.delete, guarded.left),
        (BTreeSet::new(), both.clone())
    );
    let forced = Case {
        removal: Removal::Always,
        ..case(previous())
    }
    .decide();
    assert_eq!((forced.delete, forced.left), (both, BTreeSet::new()));
    let some_stay = || vec![own(&["aws_es", "aws_s3"], &[])];
    let by_hand = Case {
        removal: Removal::Never,
        ..case(some_stay())
    }
    .decide();
    assert_eq!(by_hand.left, BTreeSet::from(["aws_s3".to_owned()]));
    assert_eq!(by_hand.delete, BTreeSet::new());
}

/// The own group of another exporter, with these jobs on its list.
fn of_another(jobs: &[&str], minutes: i64) -> StoredGroup {
    let key = owner(Some("export-second")).group().clone();
    stored(key, minutes, vec![ownership(jobs.iter().copied())])
}

#[test]
fn a_group_on_two_lists_goes_with_the_one_that_wrote_it_last() {
    let decide = |written, listed| {
        let group = data_group("aws_lambda", written, vec![]);
        let previous = vec![
            group,
            own(&["aws_es", "aws_lambda"], &[]),
            of_another(&["aws_lambda"], listed),
        ];
        case(previous).decide()
    };
    let lambda = BTreeSet::from(["aws_lambda".to_owned()]);
    // Our last run was five minutes ago.
    let moved = decide(1, 1);
    assert_eq!(
        (moved.released, moved.left, moved.delete),
        (lambda.clone(), [].into(), [].into())
    );
    let listed_by_hand = decide(6, 60);
    assert_eq!(
        (listed_by_hand.left, listed_by_hand.delete),
        (lambda.clone(), [].into())
    );
    let list_is_old = decide(6, 25 * 60);
    assert_eq!((list_is_old.left, list_is_old.delete), ([].into(), lambda));
}

#[test]
fn the_guard_holds_although_a_group_is_shared() {
    let previous = vec![
        own(&["aws_lambda", "aws_s3"], &[]),
        of_another(&["aws_s3"], 1),
    ];
    assert_eq!(case(previous).decide().delete, BTreeSet::new());
}

#[test]
fn a_group_on_another_list_is_not_taken_over() {
    let known = data_group("aws_efs", 5, vec![family("aws_efs_load_sum", vec![])]);
    let intent = case(vec![known, of_another(&["aws_efs"], 1)]).decide();
    let other = owner(Some("export-second")).group().clone();
    assert_eq!(
        *action(&intent, "aws_efs"),
        Action::Foreign(Foreign::Owned(other))
    );
}

#[test]
fn a_group_of_which_only_resources_could_be_read_is_left_alone() {
    let read = read("aws_rds", vec![info("aws_rds")]);
    let previous = vec![own(&["aws_rds"], &[])];
    let intent = Case {
        config: TAGS,
        failed: &[1, 3],
        read,
        ..case(previous)
    }
    .decide();
    assert_eq!(*action(&intent, "aws_rds"), Action::Keep);
}

#[test]
fn a_group_that_somebody_else_writes_is_left_and_named() {
    let foreign = || data_group("aws_efs", 5, vec![family("pants_jobs", vec![])]);
    let intent = case(vec![foreign()]).decide();
    let named = Action::Foreign(Foreign::Family("pants_jobs".to_owned()));
    assert_eq!(*action(&intent, "aws_efs"), named);
    assert_eq!(intent.written().collect::<Vec<_>>(), ["aws_es"]);

    // On our list it is ours, and so is one that holds only what we write.
    let listed = case(vec![foreign(), own(&["aws_efs"], &[])]).decide();
    assert!(matches!(action(&listed, "aws_efs"), Action::Put { .. }));
    let known = data_group("aws_efs", 5, vec![family("aws_efs_load_sum", vec![])]);
    assert!(matches!(
        action(&case(vec![known]).decide(), "aws_efs"),
        Action::Put { .. }
    ));
}

const SELECTS: &str = "
metrics:
- {aws_namespace: AWS/ES, aws_metric_name: Nodes, aws_dimensions: [DomainName], aws_dimension_select: {DomainName: [a]}, aws_statistics: [Sum]}
- {aws_namespace: AWS/ES, aws_metric_name: Nodes, aws_dimensions: [DomainName], aws_dimension_select_regex: {DomainName: ['b.*']}, aws_statistics: [Sum]}
- {aws_namespace: AWS/ES, aws_metric_name: Nodes, aws_dimensions: [DomainName], aws_dimension_select: {DomainName: [c, b9]}, aws_statistics: [Sum]}
";

#[test]
fn a_failed_rule_does_not_speak_for_one_that_was_read_and_is_silent() {
    let series = ["a", "b1", "b9", "c"].map(|domain| stored_nodes(domain, 1.0));
    let old = family("aws_es_nodes_sum", series.to_vec());
    let previous = vec![
        data_group("aws_es", 1, vec![old]),
        own(&["aws_es"], &[("AWS/ES Nodes by DomainName #2", 1)]),
    ];
    // `b9` is selected by the failed rule too, but rule 3 was asked for it.
    let intent = Case {
        config: SELECTS,
        failed: &[2],
        ..case(previous)
    }
    .decide();
    let Action::Put { families, .. } = action(&intent, "aws_es") else {
        panic!("not written")
    };
    assert_eq!(families[0].samples, [stored_nodes("b1", 1.0)]);
}

const TAGS: &str = "
metrics:
- aws_namespace: AWS/RDS
  aws_metric_name: Load
  aws_dimensions: [Id]
  aws_statistics: [Sum]
  aws_tag_select: {resource_type_selection: 'rds:db', resource_id_dimension: Id}
- aws_namespace: Custom/RDS
  aws_metric_name: Load
  aws_dimensions: [Id]
  aws_statistics: [Sum]
  aws_tag_select: {resource_type_selection: 'rds:db', resource_id_dimension: Id}
- {aws_namespace: AWS/RDS, aws_metric_name: Idle, aws_statistics: [Sum]}
";

fn info(job: &str) -> Family {
    let labels = [
        ("arn", "arn:1"),
        ("id", "1"),
        ("instance", ""),
        ("job", job),
    ];
    family("aws_resource_info", vec![sample(&labels, 1.0)])
}

#[test]
fn what_is_known_of_resources_is_carried_with_their_rule_and_stands_in_one_group() {
    let previous = || {
        vec![
            data_group("aws_rds", 1, vec![info("aws_rds")]),
            own(&["aws_rds", "custom_rds"], &[("AWS/RDS Load by Id", 1)]),
        ]
    };
    let taken_over = || read("custom_rds", vec![info("custom_rds")]);
    // Its first rule failed: the group keeps the resource, and the other group does not get it.
    let failed = Case {
        config: TAGS,
        failed: &[1],
        read: taken_over(),
        ..case(previous())
    };
    let intent = failed.decide();
    let kept = Action::Put {
        families: vec![info("aws_rds")],
        carried: 1,
    };
    assert_eq!(*action(&intent, "aws_rds"), kept);
    let nothing = Action::Put {
        families: vec![],
        carried: 0,
    };
    assert_eq!(*action(&intent, "custom_rds"), nothing);
    // A run of one namespace does not take it over either.
    let only = Some("Custom/RDS");
    let part = Case {
        config: TAGS,
        only,
        read: taken_over(),
        ..case(previous())
    }
    .decide();
    assert_eq!(*action(&part, "custom_rds"), nothing);
}

#[test]
fn a_resource_whose_tags_have_changed_stands_once_with_the_new_ones() {
    let mut fresh = info("aws_rds");
    fresh.samples[0].labels = [("arn", "arn:1"), ("id", "1"), ("tag_Name", "new")]
        .map(|(name, value)| Label::new(name, value))
        .into_iter()
        .collect();
    let previous = vec![
        data_group("aws_rds", 1, vec![info("aws_rds")]),
        own(&["aws_rds"], &[("AWS/RDS Load by Id", 1)]),
    ];
    let read = read("aws_rds", vec![fresh.clone()]);
    let intent = Case {
        config: TAGS,
        failed: &[1],
        read,
        ..case(previous)
    }
    .decide();
    let expected = Action::Put {
        families: vec![fresh],
        carried: 0,
    };
    assert_eq!(*action(&intent, "aws_rds"), expected);
}
