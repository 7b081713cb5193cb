use serde_json::{Value, json};

use super::{Server, external_labels, judge, reloaded, version};
use crate::config::ServiceRef;
use crate::finding::{Standing, Unknown};
use crate::live::gap;
use crate::live::reading::Reading;

const METRICS: &str = "\
# HELP prometheus_config_last_reload_successful Whether the last configuration reload attempt was successful.
# TYPE prometheus_config_last_reload_successful gauge
prometheus_config_last_reload_successful 1
# HELP prometheus_build_info A metric with a constant '1' value labeled by version.
# TYPE prometheus_build_info gauge
prometheus_build_info{branch=\"HEAD\",goversion=\"go1.19.5\",version=\"2.42.0\"} 1
";

fn config(yaml: &str) -> String {
    json!({"status": "success", "data": {"yaml": yaml}}).to_string()
}

#[test]
fn the_three_pages_are_read_as_a_real_server_writes_them() {
    let build = r#"{"status":"success","data":{"version":"2.42.0","revision":"225c61","branch":"HEAD",
        "buildUser":"root@x","buildDate":"20230201-12:02:53","goVersion":"go1.19.5"}}"#;
    assert_eq!(version("x", build).unwrap(), "2.42.0");
    assert_eq!(reloaded("x", METRICS).unwrap(), Some(true));
    let failed = METRICS.replace("successful 1", "successful 0");
    assert_eq!(reloaded("x", &failed).unwrap(), Some(false));
    assert_eq!(reloaded("x", "").unwrap(), None);
    let yaml = "global:\n  scrape_interval: 30s\n  external_labels:\n    cluster: prod-e1-1\n    \
                zone: \"0123\"\nscrape_configs:\n- job_name: a\n  basic_auth:\n    password: <secret>\n";
    let labels = external_labels("x", &config(yaml)).unwrap();
    let expected = [("cluster", "prod-e1-1"), ("zone", "0123")];
    let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(labels, expected.into());
    for without in ["", "global: {}\n", "global:\n  external_labels: {}\n", "[]"] {
        assert!(external_labels("x", &config(without)).unwrap().is_empty());
    }
}

#[test]
fn what_is_no_answer_of_a_prometheus_is_a_gap_that_quotes_nothing() {
    let login = "<html><title>hunter2</title></html>";
    let gaps = [
        version("x", login).unwrap_err(),
        version("x", "").unwrap_err(),
        version("x", r#"{"data":{"release":"hunter2"}}"#).unwrap_err(),
        external_labels("x", login).unwrap_err(),
        external_labels("x", &config("a: [hunter2")).unwrap_err(),
        reloaded("x", login).unwrap_err(),
    ];
    for gap in gaps {
        assert_eq!(gap.reason, Unknown::Garbled);
        assert!(
            !gap.trouble.text.contains("hunter2"),
            "{}",
            gap.trouble.text
        );
    }
}

fn server(labels: &Value, resources: &Value) -> Server {
    Server {
        version: "2.42.0".to_owned(),
        reloaded: Some(true),
        external_labels: serde_json::from_value(labels.clone()).unwrap(),
        resources: Ok(serde_json::from_value(resources.clone()).unwrap()),
    }
}

fn resource(name: &str, spec: &Value) -> Value {
    json!({"metadata": {"name": name, "namespace": "monitoring"}, "spec": spec})
}

fn told(server: Server) -> Vec<(String, Standing, String)> {
    let service = ServiceRef {
        service: "prometheus-operated".to_owned(),
        port: "9090".to_owned(),
    };
    let (findings, parts) = judge(&[Reading::Seen(server)], &["e1"], "monitoring", &service);
    assert_eq!(parts.len(), 1);
    let told = findings.into_iter().map(|finding| {
        let text = finding.text.unwrap_or_default();
        (finding.object.name, finding.standing, text)
    });
    told.collect()
}

#[test]
fn running_labels_are_held_against_the_object_and_the_operators_own_are_no_difference() {
    let declared = json!({"externalLabels": {"cluster": "e1", "pod": "$(POD_NAME)"}});
    let own = json!({"prometheusExternalLabelName": "prom", "replicaExternalLabelName": "",
        "externalLabels": {"cluster": "e1"}});
    let added = json!({"cluster": "e1", "pod": "prometheus-main-0", "prometheus": "monitoring/main",
        "prometheus_replica": "prometheus-main-0"});
    let table = [
        (&declared, added, ""),
        (
            &own,
            json!({"cluster": "e1", "prom": "monitoring/main"}),
            "",
        ),
        (
            &declared,
            json!({"cluster": "e2", "pod": "x"}),
            "e1: external labels: cluster is declared e1 and runs as e2",
        ),
        (
            &declared,
            json!({"pod": "x", "extra": "y"}),
            "e1: external labels: cluster is declared and does not run; extra runs and is not declared",
        ),
        (
            &own,
            json!({"cluster": "e1", "prometheus": "monitoring/main"}),
            "e1: external labels: prometheus runs and is not declared",
        ),
    ];
    for (spec, labels, text) in table {
        let told = told(server(&labels, &json!([resource("main", spec)])));
        let standing = match text {
            "" => Standing::Equal,
            _ => Standing::NotLoaded,
        };
        assert_eq!(told, [("main".to_owned(), standing, text.to_owned())]);
    }
}

#[test]
fn of_several_objects_the_one_that_the_server_names_counts() {
    let labels = json!({"cluster": "e1", "prometheus": "monitoring/b"});
    let spec = |cluster: &str| json!({"externalLabels": {"cluster": cluster}});
    let two = json!([resource("a", &spec("e0")), resource("b", &spec("e1"))]);
    assert_eq!(
        told(server(&labels, &two)),
        [("b".to_owned(), Standing::Equal, String::new())]
    );
    let told = told(server(&json!({"cluster": "e1"}), &two));
    assert_eq!(told[0].1, Standing::Unknown(Unknown::NotComparable));
}

#[test]
fn without_an_operator_labels_are_compared_with_nothing() {
    let told = told(server(&json!({"cluster": "e1"}), &json!([])));
    assert_eq!(told[0].0, "prometheus-operated");
    assert_eq!(told[0].1, Standing::Equal);
}

#[test]
fn objects_that_may_not_be_read_leave_a_gap() {
    let mut server = server(&json!({}), &json!([]));
    server.resources = Err(gap::late("x"));
    let service = ServiceRef {
        service: "p".to_owned(),
        port: "80".to_owned(),
    };
    let (_, parts) = judge(&[Reading::Seen(server)], &["e1"], "monitoring", &service);
    assert!(parts[0].read.is_err());
}

#[test]
fn a_failed_reload_and_one_of_which_nothing_is_known_are_told() {
    let with = |reloaded| {
        let mut server = server(&json!({}), &json!([]));
        server.reloaded = reloaded;
        told(server)[0].1
    };
    assert_eq!(with(Some(true)), Standing::Equal);
    assert_eq!(with(Some(false)), Standing::NotLoaded);
    assert_eq!(with(None), Standing::Unknown(Unknown::NotComparable));
}
