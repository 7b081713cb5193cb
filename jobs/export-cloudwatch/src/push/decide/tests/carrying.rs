//! What is taken over for a rule that failed, and what is not.

use super::*;

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
