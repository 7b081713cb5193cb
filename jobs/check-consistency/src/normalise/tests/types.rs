use serde_json::{Value, json};

use super::same;

/// An object with a value at a place; items are named by their number.
fn object(path: &str, value: Value) -> Value {
    path.rsplit('/').fold(value, |value, name| match name {
        "0" => json!([value]),
        _ => json!({name: value}),
    })
}

#[test]
fn texts_are_compared_by_what_they_mean_where_their_place_says_so() {
    for (kind, path, one, other) in [
        (
            "monitoring.coreos.com/PrometheusRule",
            "spec/groups/0/interval",
            "60s",
            "1m",
        ),
        (
            "monitoring.coreos.com/PrometheusRule",
            "spec/groups/0/query_offset",
            "60s",
            "1m",
        ),
        (
            "monitoring.coreos.com/PrometheusRule",
            "spec/groups/0/rules/0/expr",
            "(x)",
            "x",
        ),
        (
            "monitoring.coreos.com/PrometheusRule",
            "spec/groups/0/rules/0/for",
            "24h",
            "1d",
        ),
        (
            "monitoring.coreos.com/PrometheusRule",
            "spec/groups/0/rules/0/keep_firing_for",
            "7d",
            "1w",
        ),
        (
            "monitoring.coreos.com/ServiceMonitor",
            "spec/endpoints/0/interval",
            "60s",
            "1m",
        ),
        (
            "monitoring.coreos.com/ServiceMonitor",
            "spec/endpoints/0/scrapeTimeout",
            "60s",
            "1m",
        ),
        (
            "monitoring.coreos.com/PodMonitor",
            "spec/podMetricsEndpoints/0/interval",
            "60s",
            "1m",
        ),
        ("monitoring.coreos.com/Probe", "spec/interval", "60s", "1m"),
        (
            "monitoring.coreos.com/ScrapeConfig",
            "spec/httpSDConfigs/0/refreshInterval",
            "60s",
            "1m",
        ),
        (
            "monitoring.coreos.com/Prometheus",
            "spec/retention",
            "16w",
            "112d",
        ),
        (
            "monitoring.coreos.com/Prometheus",
            "spec/retentionSize",
            "150GiB",
            "150GB",
        ),
        (
            "monitoring.coreos.com/Prometheus",
            "spec/scrapeInterval",
            "60s",
            "1m",
        ),
        (
            "monitoring.coreos.com/Prometheus",
            "spec/evaluationInterval",
            "60s",
            "1m",
        ),
        (
            "monitoring.coreos.com/Prometheus",
            "spec/remoteWrite/0/remoteTimeout",
            "60s",
            "1m",
        ),
        (
            "monitoring.coreos.com/Prometheus",
            "spec/image",
            "docker.io/a/b:1",
            "a/b:1",
        ),
        (
            "monitoring.coreos.com/Prometheus",
            "spec/storage/volumeClaimTemplate/spec/resources/requests/storage",
            "1Gi",
            "1024Mi",
        ),
        (
            "monitoring.coreos.com/Alertmanager",
            "spec/retention",
            "120h",
            "120h0m0s",
        ),
        (
            "monitoring.coreos.com/AlertmanagerConfig",
            "spec/route/groupWait",
            "60s",
            "1m",
        ),
        (
            "apps/Deployment",
            "spec/template/spec/containers/0/resources/limits/cpu",
            "100m",
            "0.1",
        ),
        (
            "apps/Deployment",
            "spec/template/spec/containers/0/image",
            "x",
            "x:latest",
        ),
        (
            "apps/Deployment",
            "spec/template/spec/initContainers/0/image",
            "x",
            "x:latest",
        ),
        (
            "apps/Deployment",
            "spec/template/spec/volumes/0/emptyDir/sizeLimit",
            "1Gi",
            "1024Mi",
        ),
        ("batch/CronJob", "spec/schedule", "@hourly", "0 * * * *"),
        (
            "batch/CronJob",
            "spec/jobTemplate/spec/template/spec/containers/0/resources/requests/memory",
            "1Gi",
            "1024Mi",
        ),
        (
            "PersistentVolumeClaim",
            "spec/resources/requests/storage",
            "1Gi",
            "1024Mi",
        ),
        ("PersistentVolume", "spec/capacity/storage", "1Gi", "1024Mi"),
        (
            "autoscaling/HorizontalPodAutoscaler",
            "spec/metrics/0/pods/target/averageValue",
            "1k",
            "1000",
        ),
    ] {
        assert!(
            same(kind, &object(path, json!(one)), &object(path, json!(other))),
            "{kind} {path}"
        );
        let elsewhere = |value| json!({"spec": {"elsewhere": value}});
        assert!(
            !same(kind, &elsewhere(one), &elsewhere(other)),
            "{kind} elsewhere"
        );
        assert!(
            !same(
                "x.io/Y",
                &object(path, json!(one)),
                &object(path, json!(other))
            ),
            "{path}"
        );
    }
}

#[test]
fn a_quantity_can_be_a_number() {
    let cpu = "spec/template/spec/containers/0/resources/limits/cpu";
    let of = |value| object(cpu, value);
    assert!(same("apps/Deployment", &of(json!(1)), &of(json!("1000m"))));
    assert!(same("apps/Deployment", &of(json!(0.5)), &of(json!("500m"))));
    assert!(!same("apps/Deployment", &of(json!(1)), &of(json!("1m"))));
}
