//! What a run needs, besides what it compares.

use k8s_openapi::api::core::v1::Pod;
use serde_json::{from_value, json};

use super::{proxied, remembered};
use crate::config::Config;

const MAP: &str =
    "state: {config_map: {cluster: a, namespace: monitoring, name: check-consistency}}";

/// What is asked for beside the comparison: `a` is where the job runs, if it runs in one of the clusters.
fn asked(at_home: bool, state: &str, index: usize, pod_namespace: &str) -> Vec<String> {
    let home = if at_home {
        "in_cluster: true"
    } else {
        "context: a"
    };
    let text = format!(
        "clusters: [{{name: a, {home}}}, {{name: b, context: b}}]\n\
         select: [{{id: rules, kinds: [monitoring.coreos.com/PrometheusRule]}}]\n{state}\n"
    );
    let config = Config::parse("f.yaml", &text).unwrap().0;
    let asks = remembered(&config, index, pod_namespace);
    asks.iter().map(ToString::to_string).collect()
}

#[test]
fn where_it_runs_events_need_the_pod_and_its_job_and_elsewhere_nothing_does() {
    let map =
        ["get", "update"].map(|verb| format!("{verb} configmaps/check-consistency in monitoring"));
    let events = |namespace: &str| {
        ["create events", "get pods", "get jobs"].map(|what| format!("{what} in {namespace}"))
    };
    let file = "state: {file: /tmp/x}";
    for (at_home, state, index, pod_namespace, expected) in [
        (
            true,
            MAP,
            0,
            "jobs",
            [map.as_slice(), &events("jobs")].concat(),
        ),
        (
            true,
            MAP,
            0,
            "",
            [map.as_slice(), &events("monitoring")].concat(),
        ),
        (true, MAP, 1, "jobs", Vec::new()),
        (false, MAP, 0, "jobs", map.to_vec()),
        (true, file, 0, "jobs", events("jobs").to_vec()),
        (true, file, 0, "", Vec::new()),
        (true, "", 0, "jobs", Vec::new()),
    ] {
        let asked = asked(at_home, state, index, pod_namespace);
        assert_eq!(asked, expected, "{at_home} {state} {index} {pod_namespace}");
    }
}

#[test]
fn each_replica_that_is_asked_needs_a_right_of_its_own() {
    let pods = json!([
        {"metadata": {"name": "a-0"}, "status": {"phase": "Running"}},
        {"metadata": {"name": "a-1"}, "status": {"phase": "Pending"}},
        {"metadata": {"name": "a-2"}, "status": {"phase": "Failed"}},
        {"metadata": {"name": "a-3", "deletionTimestamp": "2026-11-29T00:00:00Z"}},
    ]);
    let pods: Vec<Pod> = from_value(pods).unwrap();
    let asks = proxied("monitoring", 9093, pods);
    let asked: Vec<_> = asks.iter().map(ToString::to_string).collect();
    assert_eq!(
        asked,
        [
            "get pods/proxy/a-0:9093 in monitoring",
            "get pods/proxy/a-1:9093 in monitoring"
        ]
    );
}
