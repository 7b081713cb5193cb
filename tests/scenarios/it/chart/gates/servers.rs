//! Prometheus, Alertmanager and the Pushgateway: who finds whom, and by which name.

use serde_json::{Value, json};

use super::super::Rendered;
use super::{CronJob, container, holds, items, text, variable};

const PROMETHEUS: &str = "prod-monitoring-prometheus-prometheus";
const ALERTMANAGER: &str = "prod-monitoring-prometheus-alertmanager";
pub(super) const PUSHGATEWAY: &str = "prod-monitoring-prometheus-pushgateway";

/// What people type, and jobs have rights to: service, port, name of the port.
const SERVICES: [(&str, u64, &str); 3] = [
    (PROMETHEUS, 80, "http-web"),
    (ALERTMANAGER, 9093, "http-web"),
    (PUSHGATEWAY, 9091, "http"),
];

/// Whether an object carries all labels that a selector names.
pub(super) fn selected(selector: &Value, labels: &Value) -> bool {
    selector.as_object().is_some_and(|wanted| {
        !wanted.is_empty()
            && wanted
                .iter()
                .all(|(key, value)| labels.get(key) == Some(value))
    })
}

fn names(renders: &[Rendered]) -> Vec<String> {
    let mut wrong = Vec::new();
    for render in renders {
        for (name, port, port_name) in SERVICES {
            let ports = &render.object("Service", name)["spec"]["ports"];
            let ports = items(ports).iter();
            let found = ports.filter(|it| it["port"] == port && it["name"] == port_name);
            if found.count() != 1 {
                wrong.push(format!("{}: {name} has no port {port}", render.cluster));
            }
        }
        for (kind, name, label) in [
            ("Prometheus", PROMETHEUS, "prometheus"),
            ("Alertmanager", ALERTMANAGER, "alertmanager"),
        ] {
            // The labels that the operator gives to the pods of a resource.
            let pods = json!({"app.kubernetes.io/name": label, label: name});
            let selector = &render.object("Service", name)["spec"]["selector"];
            if render.object(kind, name).is_null() || !selected(selector, &pods) {
                wrong.push(format!(
                    "{}: {name} is no way to the {kind}",
                    render.cluster
                ));
            }
        }
        let gateway = render.object("Deployment", PUSHGATEWAY);
        let pods = &gateway["spec"]["template"]["metadata"]["labels"];
        let service = render.object("Service", PUSHGATEWAY);
        if !selected(&service["spec"]["selector"], pods)
            || !selected(&gateway["spec"]["selector"]["matchLabels"], pods)
        {
            wrong.push(format!("{}: {PUSHGATEWAY} has no pods", render.cluster));
        }
        for job in CronJob::within(render).filter(|job| !job.is_plan()) {
            let url = format!("http://{PUSHGATEWAY}.monitoring:9091");
            if job.variable("PUSHGATEWAY_URL") != Some(&url) {
                wrong.push(job.says("it pushes elsewhere"));
            }
        }
    }
    wrong
}

fn custom_resources(renders: &[Rendered]) -> Vec<String> {
    let mut wrong = Vec::new();
    for render in renders {
        let prometheus = &render.object("Prometheus", PROMETHEUS)["spec"];
        if prometheus["externalLabels"]["cluster"] != render.cluster {
            wrong.push(format!(
                "{}: its series are another cluster's",
                render.cluster
            ));
        }
        let receiver = json!([{
            "namespace": "monitoring", "name": ALERTMANAGER, "port": "http-web", "apiVersion": "v2",
        }]);
        if prometheus["alerting"]["alertmanagers"] != receiver {
            wrong.push(format!("{}: its alerts go elsewhere", render.cluster));
        }
        let alertmanager = &render.object("Alertmanager", ALERTMANAGER)["spec"];
        if alertmanager["configSecret"] != "alertmanager-prod-monitoring" {
            wrong.push(format!(
                "{}: Alertmanager reads another Secret",
                render.cluster
            ));
        }
        // Rights to the replicas are given by their names.
        if alertmanager["replicas"] != 2 {
            wrong.push(format!("{}: not two Alertmanagers", render.cluster));
        }
        for spec in [prometheus, alertmanager] {
            if !text(&spec["image"]).contains("@sha256:") {
                wrong.push(format!("{}: an image without a digest", render.cluster));
            }
        }
        for (kind, spec) in [("Prometheus", prometheus), ("Alertmanager", alertmanager)] {
            let claim = &spec["storage"]["volumeClaimTemplate"]["spec"];
            if !claim["resources"]["requests"]["storage"].is_string() {
                wrong.push(format!("{}: a restart empties {kind}", render.cluster));
            }
        }
        wrong.extend(apart(render));
        for (kind, selector) in [
            ("PrometheusRule", "ruleSelector"),
            ("ServiceMonitor", "serviceMonitorSelector"),
            ("PodMonitor", "podMonitorSelector"),
        ] {
            for object in render.of(kind) {
                let of = &object["metadata"];
                if !selected(&prometheus[selector]["matchLabels"], &of["labels"]) {
                    let name = text(&of["name"]);
                    wrong.push(format!("{}: {kind} {name} is not seen", render.cluster));
                }
            }
        }
    }
    wrong
}

/// Both Alertmanagers are not taken away at once.
fn apart(render: &Rendered) -> Vec<String> {
    let mut wrong = Vec::new();
    // The labels that the operator gives to the pods.
    let pods = json!({"app.kubernetes.io/name": "alertmanager", "alertmanager": ALERTMANAGER});
    let spec = &render.object("Alertmanager", ALERTMANAGER)["spec"];
    // Not required: a cluster with one node has both.
    let wished =
        &spec["affinity"]["podAntiAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"];
    for key in ["kubernetes.io/hostname", "topology.kubernetes.io/zone"] {
        let mut terms = items(wished).iter().map(|it| &it["podAffinityTerm"]);
        let is_wished = terms.any(|term| {
            term["topologyKey"] == key && selected(&term["labelSelector"]["matchLabels"], &pods)
        });
        if !is_wished {
            wrong.push(format!(
                "{}: both Alertmanagers share a {key}",
                render.cluster
            ));
        }
    }
    let mut budgets = render.of("PodDisruptionBudget").map(|it| &it["spec"]);
    let leaves_one = budgets
        .any(|it| it["maxUnavailable"] == 1 && selected(&it["selector"]["matchLabels"], &pods));
    if !leaves_one {
        wrong.push(format!(
            "{}: a drain takes both Alertmanagers",
            render.cluster
        ));
    }
    wrong
}

/// Prometheus is asked from within the network alone, and the load balancer finds it well.
fn balanced(renders: &[Rendered]) -> Vec<String> {
    let mut wrong = Vec::new();
    for render in renders {
        for ingress in render.of("Ingress") {
            let annotations = &ingress["metadata"]["annotations"];
            if annotations["alb.ingress.kubernetes.io/scheme"] != "internal" {
                wrong.push(format!("{}: anybody asks Prometheus", render.cluster));
            }
            if annotations["alb.ingress.kubernetes.io/healthcheck-path"] != "/-/healthy" {
                wrong.push(format!(
                    "{}: the health check is redirected",
                    render.cluster
                ));
            }
        }
    }
    wrong
}

#[test]
fn the_load_balancer_is_inside_and_asks_whether_prometheus_is_well() {
    holds(
        balanced,
        &[
            (
                |it| ingress(it)["alb.ingress.kubernetes.io/scheme"] = "internet-facing".into(),
                "anybody",
            ),
            (
                |it| ingress(it)["alb.ingress.kubernetes.io/healthcheck-path"] = Value::Null,
                "redirected",
            ),
        ],
    );
}

#[test]
fn servers_have_the_names_and_ports_that_everybody_knows() {
    holds(
        names,
        &[
            (
                |it| {
                    it[0].object_mut("Service", PROMETHEUS)["spec"]["ports"][0]["port"] =
                        9090.into();
                },
                "no port 80",
            ),
            (
                |it| {
                    it[0].object_mut("Service", ALERTMANAGER)["spec"]["ports"][0]["name"] =
                        "web".into();
                },
                "no port 9093",
            ),
            (
                |it| {
                    it[0].object_mut("Service", PROMETHEUS)["spec"]["selector"] =
                        json!({"app": "prometheus"});
                },
                "no way",
            ),
            (
                |it| {
                    it[0].object_mut("Alertmanager", ALERTMANAGER)["metadata"]["name"] =
                        "alertmanager".into();
                },
                "no way",
            ),
            (
                |it| it[0].object_mut("Service", PUSHGATEWAY)["spec"]["selector"] = json!({}),
                "no pods",
            ),
            (
                |it| {
                    variable(it, "sync-dashboards", "PUSHGATEWAY_URL")["value"] =
                        "http://localhost:9091".into();
                },
                "elsewhere",
            ),
            (
                |it| container(it, "sync-dashboards")["env"] = json!([]),
                "elsewhere",
            ),
        ],
    );
}

#[test]
fn prometheus_sees_every_rule_and_monitor_and_finds_alertmanager() {
    holds(
        custom_resources,
        &[
            (
                |it| prometheus(it)["externalLabels"]["cluster"] = "staging".into(),
                "another cluster's",
            ),
            (
                |it| prometheus(it)["alerting"]["alertmanagers"][0]["port"] = "web".into(),
                "go elsewhere",
            ),
            (
                |it| prometheus(it)["image"] = "prometheus:v3.5.0".into(),
                "digest",
            ),
            (
                |it| {
                    prometheus(it)["ruleSelector"] =
                        json!({"matchLabels": {"role": "alert-rules"}});
                },
                "not seen",
            ),
            (
                |it| {
                    it[0].object_mut("PodMonitor", "monitor-workers")["metadata"]["labels"] =
                        json!({});
                },
                "not seen",
            ),
            (
                |it| {
                    it[0].object_mut("Alertmanager", ALERTMANAGER)["spec"]["configSecret"] =
                        Value::Null;
                },
                "another Secret",
            ),
            (
                |it| it[0].object_mut("Alertmanager", ALERTMANAGER)["spec"]["replicas"] = 3.into(),
                "not two",
            ),
            (
                |it| it[0].object_mut("Alertmanager", ALERTMANAGER)["spec"]["storage"] = json!({}),
                "empties Alertmanager",
            ),
            (
                |it| prometheus(it)["storage"] = json!({}),
                "empties Prometheus",
            ),
            (
                |it| it[0].object_mut("Alertmanager", ALERTMANAGER)["spec"]["affinity"] = json!({}),
                "share a topology.kubernetes.io/zone",
            ),
            (
                |it| {
                    let spec = &mut it[0].object_mut("Alertmanager", ALERTMANAGER)["spec"];
                    spec["affinity"]["podAntiAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"]
                        [0]["podAffinityTerm"]["labelSelector"] =
                        json!({"matchLabels": {"app": "x"}});
                },
                "share a kubernetes.io/hostname",
            ),
            (
                |it| {
                    it[0]
                        .documents
                        .retain(|it| it["kind"] != "PodDisruptionBudget");
                },
                "a drain takes both",
            ),
            (
                |it| {
                    it[0].object_mut("PodDisruptionBudget", ALERTMANAGER)["spec"]["maxUnavailable"] =
                        2.into();
                },
                "a drain takes both",
            ),
        ],
    );
}

fn prometheus(renders: &mut [Rendered]) -> &mut Value {
    &mut renders[0].object_mut("Prometheus", PROMETHEUS)["spec"]
}

fn ingress(renders: &mut [Rendered]) -> &mut Value {
    &mut renders[1].object_mut("Ingress", PROMETHEUS)["metadata"]["annotations"]
}
