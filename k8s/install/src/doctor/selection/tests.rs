use serde_json::json;

use super::*;

/// What the chart is in the cluster of the company's services.
const RENDERED: &str = include_str!("../../../../rendered/prod-e1-1.yaml");

const MEND: Mend<'_> = Mend::of("c");

fn object(kind: &str, namespace: &str, labels: &Value) -> Value {
    json!({
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": kind,
        "metadata": {"name": "external-dns", "namespace": namespace, "labels": labels},
    })
}

fn chart() -> Installation {
    Installation::of_manifests(RENDERED, "the chart").unwrap()
}

fn left_out(object: Value) -> Vec<LeftOut> {
    let selection = chart().selection.unwrap();
    selection.left_out(&[object], |_| false)
}

#[test]
fn a_service_monitor_with_the_older_label_alone_is_told_with_the_label_that_it_lacks() {
    let labels = json!({"services": "toolchain-monitoring"});
    let found = left_out(object("ServiceMonitor", "kube-system", &labels));
    let [found] = found.as_slice() else {
        panic!("{found:?}")
    };
    assert_eq!(found.title(), "ServiceMonitor kube-system/external-dns");
    assert!(
        found.text().ends_with("it lacks release=prod-monitoring"),
        "{}",
        found.text()
    );
    assert_eq!(
        found.mend(MEND),
        "kubectl --context c --namespace kube-system label servicemonitor external-dns \
         release=prod-monitoring --overwrite"
    );
    let both = json!({"services": "toolchain-monitoring", "release": "prod-monitoring"});
    assert_eq!(left_out(object("ServiceMonitor", "kube-system", &both)), []);
}

#[test]
fn a_rule_in_a_namespace_that_is_not_looked_into_is_told_and_a_pod_monitor_there_is_taken() {
    let labels = json!({"release": "prod-monitoring"});
    let found = left_out(object("PrometheusRule", "prod", &labels));
    let [found] = found.as_slice() else {
        panic!("{found:?}")
    };
    assert_eq!(found.lacks, Lacks::Place);
    let mend = found.mend(MEND);
    assert!(mend.starts_with("kubectl --context c --namespace prod get prometheusrule"));
    assert!(mend.ends_with("kubectl --context c --namespace monitoring apply --filename -"));
    assert_eq!(
        left_out(object("PrometheusRule", "monitoring", &labels)),
        []
    );
    assert_eq!(left_out(object("PodMonitor", "prod", &labels)), []);
}

#[test]
fn what_the_older_one_did_not_take_either_is_not_told() {
    for (kind, labels) in [
        ("ServiceMonitor", json!({})),
        ("ServiceMonitor", json!({"release": "other"})),
        (
            "PrometheusRule",
            json!({"services": "toolchain-monitoring"}),
        ),
        ("ConfigMap", json!({"release": "prod-monitoring"})),
    ] {
        assert_eq!(
            left_out(object(kind, "prod", &labels)),
            [],
            "{kind} {labels}"
        );
    }
}

#[test]
fn the_charts_own_objects_have_their_own_checks() {
    let chart = chart();
    let own = chart.objects.iter().find(|it| it.kind == "ServiceMonitor");
    let own = own.unwrap();
    let labels = json!({"services": "toolchain-monitoring"});
    let mut monitor = object("ServiceMonitor", own.namespace.as_deref().unwrap(), &labels);
    monitor["metadata"]["name"] = own.name.clone().into();
    let others = object("ServiceMonitor", "prod", &labels);
    let check = judge(&chart, &Ok(vec![monitor, others]), MEND).unwrap();
    assert_eq!(check.findings.len(), 1);
    assert_eq!(check.findings[0].object, "ServiceMonitor prod/external-dns");
    assert_eq!(check.well, "0 of 1 rules and monitors taken");
}

#[test]
fn a_selector_is_read_as_the_operator_reads_it() {
    let takes = |selector: Value| {
        let prometheus = json!({
            "metadata": {"namespace": "monitoring"},
            "spec": {
                "ruleSelector": selector,
                "ruleNamespaceSelector": {},
            },
        });
        let labels = json!({"release": "prod-monitoring", "team": "x"});
        let rule = object("PrometheusRule", "prod", &labels);
        let left_out = Selection::of(&prometheus).left_out(&[rule], |_| false);
        left_out.is_empty()
    };
    let expression = |operator: &str, values: &Value| {
        let expression = json!({"key": "team", "operator": operator, "values": values});
        json!({"matchExpressions": [expression]})
    };
    assert!(takes(json!({})));
    assert!(!takes(json!(null)));
    assert!(takes(json!({"matchLabels": {"team": "x"}})));
    assert!(!takes(json!({"matchLabels": {"team": "y"}})));
    assert!(takes(expression("In", &json!(["x", "y"]))));
    assert!(!takes(expression("NotIn", &json!(["x"]))));
    assert!(takes(expression("Exists", &json!(null))));
    assert!(!takes(expression("DoesNotExist", &json!(null))));
    assert!(!takes(expression("Near", &json!(["x"]))));
}
