//! The company's content: what its 24 rules resolve to, and what they must not pick.

use std::collections::BTreeSet;

use serde_json::json;

use super::{now, perform, world};
use crate::aws::operation::Operation;
use crate::aws::operations::Response;

const COMPANY: &str = include_str!("../../../content/company.yaml");

/// Namespace, metrics, dimensions, the table selected, how many metrics that gives.
type Rule = (
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
    usize,
);

const RULES: [Rule; 9] = [
    (
        "AWS/Lambda",
        &["Duration", "Invocations", "Errors"],
        &["FunctionName", "Resource"],
        24,
    ),
    (
        "AWS/ES",
        &["FreeStorageSpace", "CPUUtilization", "JVMMemoryPressure"],
        &["DomainName", "NodeId", "ClientId"],
        36,
    ),
    (
        "AWS/ES",
        &["Nodes", "ClusterStatus.red", "ClusterStatus.yellow"],
        &["DomainName", "ClientId"],
        6,
    ),
    (
        "AWS/DynamoDB",
        &["ThrottledRequests", "SystemErrors"],
        &["TableName", "Operation"],
        12,
    ),
    (
        "AWS/DynamoDB",
        &["ConsumedWriteCapacityUnits", "ConsumedReadCapacityUnits"],
        &["TableName"],
        2,
    ),
    (
        "AWS/ApplicationELB",
        &["HTTPCode_ELB_4XX_Count", "HTTPCode_ELB_5XX_Count"],
        &["LoadBalancer", "AvailabilityZone"],
        18,
    ),
    (
        "AWS/ElastiCache",
        &["CPUUtilization", "EngineCPUUtilization", "CurrConnections"],
        &["CacheClusterId", "CacheNodeId"],
        42,
    ),
    (
        "AWS/ElastiCache",
        &[
            "DatabaseMemoryUsagePercentage",
            "Evictions",
            "ReplicationLag",
        ],
        &["CacheClusterId", "CacheNodeId"],
        37,
    ),
    (
        "AWS/EFS",
        &["ClientConnections", "MeteredIOBytes", "PermittedThroughput"],
        &["FileSystemId"],
        15,
    ),
];

/// What a rule's listing returns, and which of it the rule keeps.
fn listed(namespace: &str, name: &str, dims: &[&str]) -> (usize, usize) {
    let world = world(COMPANY);
    let filters: Vec<_> = dims.iter().map(|name| json!({ "Name": name })).collect();
    let body = json!({
        "Namespace": namespace,
        "MetricName": name,
        "Dimensions": filters,
        "RecentlyActive": "PT3H",
    });
    perform(&world, Operation::ListMetrics, &body, |response| {
        let Response::ListMetrics(response) = response else {
            panic!("{response:?}")
        };
        let kept = response.metrics.iter().filter(|metric| {
            metric.dims.len() == dims.len()
                && metric
                    .dims
                    .iter()
                    .all(|(name, value)| &**name != "TableName" || &**value == "prod-runinfo-v1")
        });
        (response.metrics.len(), kept.count())
    })
    .unwrap()
}

#[test]
fn the_24_rules_resolve_to_192_metrics() {
    let mut total = 0;
    for (namespace, names, dims, expected) in RULES {
        let kept: usize = names
            .iter()
            .map(|name| listed(namespace, name, dims).1)
            .sum();
        assert_eq!(kept, expected, "{namespace} {names:?}");
        total += kept;
    }
    let rules: usize = RULES.iter().map(|(_, names, _, _)| names.len()).sum();
    assert_eq!((rules, total), (24, 192));
}

#[test]
fn every_namespace_holds_metrics_of_the_same_names_that_the_rules_must_not_pick() {
    let world = world(COMPANY);
    let mut tempting = BTreeSet::new();
    for (namespace, names, dims, _) in RULES {
        for name in names {
            let all = world
                .place("123456789012", "us-east-1")
                .named(Some(namespace), Some(name));
            let others = all.filter(|it| {
                it.dims.len() != dims.len()
                    || it.dims.iter().any(|(_, value)| value.contains("dev-"))
            });
            if others.count() > 0 {
                tempting.insert(namespace);
            }
        }
    }
    let tempting: Vec<_> = tempting.into_iter().collect();
    // The decoys of AWS/EFS are other metrics of the same file system.
    let expected = [
        "AWS/ApplicationELB",
        "AWS/DynamoDB",
        "AWS/ES",
        "AWS/ElastiCache",
        "AWS/Lambda",
    ];
    assert_eq!(tempting, expected);
}

/// Namespace, metric, some of its dimensions, statistic, and a bound that keeps the alert silent:
/// at least, at most.
type Alerted = (
    &'static str,
    &'static str,
    &'static [&'static str],
    &'static str,
    f64,
    f64,
);

/// The 13 series that alerts use.
const ALERTED: [Alerted; 13] = [
    (
        "AWS/ElastiCache",
        "EngineCPUUtilization",
        &["CacheNodeId"],
        "Average",
        0.0,
        10.0,
    ),
    (
        "AWS/ElastiCache",
        "CurrConnections",
        &["CacheNodeId"],
        "Average",
        3.0,
        1e9,
    ),
    (
        "AWS/EFS",
        "ClientConnections",
        &["FileSystemId"],
        "Sum",
        3.0,
        1e9,
    ),
    (
        "AWS/ES",
        "FreeStorageSpace",
        &["NodeId"],
        "Average",
        51_200.0,
        1e9,
    ),
    (
        "AWS/ES",
        "CPUUtilization",
        &["NodeId"],
        "Average",
        0.0,
        40.0,
    ),
    (
        "AWS/ES",
        "JVMMemoryPressure",
        &["NodeId"],
        "Average",
        0.0,
        75.0,
    ),
    (
        "AWS/ES",
        "ClusterStatus.red",
        &["DomainName"],
        "Average",
        0.0,
        0.0,
    ),
    (
        "AWS/ES",
        "ClusterStatus.yellow",
        &["DomainName"],
        "Average",
        0.0,
        0.0,
    ),
    ("AWS/Lambda", "Errors", &["Resource"], "Minimum", 0.0, 5.0),
    (
        "AWS/Lambda",
        "Duration",
        &["Resource"],
        "Average",
        1.0,
        1_500.0,
    ),
    (
        "AWS/DynamoDB",
        "ThrottledRequests",
        &["Operation"],
        "Average",
        0.0,
        0.0,
    ),
    (
        "AWS/DynamoDB",
        "ConsumedReadCapacityUnits",
        &["TableName"],
        "SampleCount",
        1.0,
        1e9,
    ),
    (
        "AWS/DynamoDB",
        "SystemErrors",
        &["Operation"],
        "Average",
        0.0,
        4.0,
    ),
];

#[test]
fn all_13_alerted_series_exist_at_any_hour_and_stay_inside_their_bounds() {
    let world = world(COMPANY);
    let place = world.place("123456789012", "us-east-1");
    for (namespace, name, dims, stat, least, most) in ALERTED {
        let statistic = crate::aws::statistic::Statistic::parse(stat).unwrap();
        let metrics = place.named(Some(namespace), Some(name)).filter(|metric| {
            dims.iter()
                .all(|wanted| metric.dims.iter().any(|(name, _)| &**name == *wanted))
                && metric.series.until.is_none()
        });
        let mut seen = 0;
        for metric in metrics {
            for hour in 0..24 {
                let at = now() + hour * 3600;
                // Ten minutes, as the rules ask for: some minute in it has a value.
                let values: Vec<f64> = (1..=10)
                    .filter_map(|minute| {
                        let start = at - minute * 60;
                        metric
                            .series
                            .value(stat, statistic, start..start + 60, at, metric.scale)
                    })
                    .collect();
                assert!(!values.is_empty(), "{name} {:?} at +{hour} h", metric.dims);
                for value in values {
                    assert!(
                        (least..=most).contains(&value),
                        "{name} {:?}: {value}",
                        metric.dims
                    );
                }
            }
            seen += 1;
        }
        assert!(seen > 0, "{namespace} {name}");
    }
}

#[test]
fn engine_cpu_stands_still_because_an_alert_takes_its_rate() {
    let world = world(COMPANY);
    let place = world.place("123456789012", "us-east-1");
    for metric in place.named(Some("AWS/ElastiCache"), Some("EngineCPUUtilization")) {
        let average = crate::aws::statistic::Statistic::Average;
        let at = |minute: i64| {
            let start = now() - minute * 60;
            metric
                .series
                .value("Average", average, start..start + 60, now(), metric.scale)
        };
        assert_eq!(at(1), at(1000), "{:?}", metric.dims);
    }
}
