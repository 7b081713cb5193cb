//! What is configured to be looked at, and a cluster in which all of it is well.

use std::time::Duration;

use serde_json::{Value, json as object};

use crate::config::{AlertmanagerRef, CronJobs, Live, PushgatewayRef, ServiceRef};
use crate::live::testing::{Reply, json};

const PROMETHEUS: &str = "/api/v1/namespaces/monitoring/services/http:prometheus:web/proxy";
const PUSHGATEWAY: &str = "/api/v1/namespaces/monitoring/services/http:pushgateway:9091/proxy";
const ALERTMANAGER: &str = "/api/v1/namespaces/monitoring/pods/am-0:9093/proxy";
const UID: &str = "6f1c1f0e-3c43-4c5e-9a53-0d1a3f8f6b11";

/// Every check.
pub(super) fn live() -> Live {
    let service = |name: &str, port: &str| ServiceRef {
        service: name.to_owned(),
        port: port.to_owned(),
    };
    Live {
        namespace: "monitoring".to_owned(),
        prometheus: Some(service("prometheus", "web")),
        rules: true,
        watchdog: Some("Watchdog".to_owned()),
        alertmanager: Some(AlertmanagerRef {
            selector: "app=am".to_owned(),
            port: 9093,
            same_file: true,
            same_user: true,
        }),
        cron_jobs: vec![CronJobs {
            name: "sync".to_owned(),
            grace: Duration::from_hours(1),
            may_be_suspended: false,
        }],
        definitions: vec!["prometheusrules.monitoring.coreos.com".to_owned()],
        charts: false,
        images: vec!["app=am".to_owned()],
        pushgateway: Some(PushgatewayRef {
            service: service("pushgateway", "9091"),
            prefix: "aws_".to_owned(),
            stale_after: Duration::from_mins(30),
            reap: false,
        }),
    }
}

fn list(items: &Value) -> Reply {
    json(object!({"kind": "List", "apiVersion": "v1", "metadata": {}, "items": items}).to_string())
}

/// A cluster in which all is well.
pub(super) fn well(cluster: &str, line: &str) -> Reply {
    let path = line.strip_prefix("GET ").unwrap();
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    if let Some(page) = path.strip_prefix(PROMETHEUS) {
        return prometheus(cluster, page, query);
    }
    if let Some(page) = path.strip_prefix(ALERTMANAGER) {
        return alertmanager(page);
    }
    if path.starts_with(PUSHGATEWAY) {
        return json(r#"{"status":"success","data":[]}"#);
    }
    match path {
        "/apis/monitoring.coreos.com/v1/namespaces/monitoring/prometheuses" => list(&object!([{
            "metadata": {"name": "main", "namespace": "monitoring"},
            "spec": {"externalLabels": {"cluster": cluster}},
        }])),
        "/apis/monitoring.coreos.com/v1/namespaces/monitoring/prometheusrules" => list(&object!([{
            "metadata": {"name": "general", "namespace": "monitoring", "uid": UID},
            "spec": {"groups": [{"name": "general", "rules": [
                {"alert": "Watchdog", "expr": "vector(1)", "labels": {"severity": "none"}}]}]},
        }])),
        "/apis/batch/v1/namespaces/monitoring/cronjobs" => list(&object!([{
            "metadata": {"name": "sync", "creationTimestamp": "2026-01-01T00:00:00Z"},
            "spec": {"schedule": "*/5 * * * *", "timeZone": "Etc/UTC",
                "jobTemplate": {"spec": {"template": {}}}},
            "status": {"lastSuccessfulTime": "2026-11-29T05:55:03Z"},
        }])),
        "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/prometheusrules.monitoring.coreos.com" =>
        {
            let metadata = object!({"name": "prometheusrules.monitoring.coreos.com"});
            json(object!({"metadata": metadata, "spec": {"versions": []}}).to_string())
        }
        "/api/v1/namespaces/monitoring/pods" => list(&object!([{
            "metadata": {"name": "am-0", "labels": {"app.kubernetes.io/name": "am"}},
            "spec": {"containers": []},
            "status": {"phase": "Running", "containerStatuses": [{"name": "am", "image": "am:v1",
                "imageID": "q.io/am@sha256:aa", "ready": true, "restartCount": 0}]},
        }])),
        other => panic!("{other}"),
    }
}

fn prometheus(cluster: &str, page: &str, query: &str) -> Reply {
    let rule = object!({
        "type": "alerting", "name": "Watchdog", "query": "vector(1)", "duration": 0,
        "labels": {"severity": "none"}, "health": "ok", "lastEvaluation": "2026-11-29T05:59:50Z",
    });
    let file = format!("/etc/prometheus/rules/x-0/monitoring-general-{UID}.yaml");
    let group = object!({"name": "general", "file": file, "interval": 30, "rules": [rule]});
    let groups = match query {
        "type=alert&exclude_alerts=true&group_limit=500" => object!({
            "groups": [], "groupNextToken": "abc"}),
        "type=alert&exclude_alerts=true&group_limit=500&group_next_token=abc" => {
            object!({"groups": [group]})
        }
        _ => object!({"groups": []}),
    };
    let yaml = format!("global:\n  external_labels:\n    cluster: {cluster}\n");
    json(match page {
        "/metrics" => "prometheus_config_last_reload_successful 1\n".to_owned(),
        "/api/v1/status/buildinfo" => object!({"data": {"version": "3.5.0"}}).to_string(),
        "/api/v1/status/config" => object!({"data": {"yaml": yaml}}).to_string(),
        "/api/v1/rules" => object!({"status": "success", "data": groups}).to_string(),
        "/api/v1/alerts" => object!({"data": {"alerts": [{"labels": {"alertname": "Watchdog"},
            "state": "firing", "activeAt": "2026-11-20T00:00:00Z"}]}})
        .to_string(),
        other => panic!("{other}"),
    })
}

fn alertmanager(page: &str) -> Reply {
    let config = "global:\n  smtp_auth_username: AKIAEXAMPLE\n";
    json(match page {
        "/metrics" => "alertmanager_config_hash 1\n\
                       alertmanager_config_last_reload_successful 1\n"
            .to_owned(),
        "/api/v2/status" => {
            object!({"config": {"original": config}, "versionInfo": {"version": "0.28.1"}})
                .to_string()
        }
        other => panic!("{other}"),
    })
}
