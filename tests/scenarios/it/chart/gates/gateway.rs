//! The Pushgateway: there is one, it keeps what it has, and what is pushed stays what it is.

use serde_json::{Value, json};

use super::super::Rendered;
use super::servers::PUSHGATEWAY;
use super::{holds, items, text};

/// Labels that the operator makes of the pod and the service that are scraped.
const OF_TARGET: [&str; 4] = ["pod", "container", "service", "endpoint"];

/// Whether an endpoint of a monitor takes all of them away again. The expression is one of words and bars.
fn drops_target(endpoint: &Value) -> bool {
    let drops = items(&endpoint["relabelings"])
        .iter()
        .filter(|it| it["action"] == "labeldrop");
    let dropped: Vec<&str> = drops.flat_map(|it| text(&it["regex"]).split('|')).collect();
    OF_TARGET.iter().all(|label| dropped.contains(label))
}

fn gateway(renders: &[Rendered]) -> Vec<String> {
    let mut wrong = Vec::new();
    for render in renders {
        let spec = &render.object("Deployment", PUSHGATEWAY)["spec"];
        if spec["replicas"] != 1 || spec["strategy"]["type"] != "Recreate" {
            wrong.push(format!("{}: there could be two gateways", render.cluster));
        }
        // The chart's version among them would restart it with every release.
        if spec["template"]["metadata"]["labels"] != spec["selector"]["matchLabels"] {
            wrong.push(format!(
                "{}: a release restarts the gateway",
                render.cluster
            ));
        }
        let arguments = items(&spec["template"]["spec"]["containers"][0]["args"]);
        let keeps = arguments.contains(&"--persistence.file=/data/metrics".into());
        let volume = &spec["template"]["spec"]["volumes"][0]["persistentVolumeClaim"];
        let claim = text(&volume["claimName"]);
        if !keeps || render.object("PersistentVolumeClaim", claim).is_null() {
            wrong.push(format!("{}: a restart empties the gateway", render.cluster));
        }
        let monitor = render.object("ServiceMonitor", PUSHGATEWAY);
        if monitor["spec"]["endpoints"][0]["honorLabels"] != true {
            wrong.push(format!("{}: what is pushed loses its job", render.cluster));
        }
        // What is scraped for others is theirs, whichever pod tells it.
        for (kind, list) in [
            ("ServiceMonitor", "endpoints"),
            ("PodMonitor", "podMetricsEndpoints"),
        ] {
            for monitor in render.of(kind) {
                let honest = items(&monitor["spec"][list])
                    .iter()
                    .filter(|it| it["honorLabels"] == true);
                for endpoint in honest {
                    if !drops_target(endpoint) {
                        let name = text(&monitor["metadata"]["name"]);
                        wrong.push(format!(
                            "{}: with another pod, series of {name} are others",
                            render.cluster
                        ));
                    }
                }
            }
        }
    }
    wrong
}

#[test]
fn there_is_one_gateway_and_it_keeps_what_it_has() {
    holds(
        gateway,
        &[
            (
                |it| it[0].object_mut("Deployment", PUSHGATEWAY)["spec"]["replicas"] = 2.into(),
                "two gateways",
            ),
            (
                |it| {
                    it[0].object_mut("Deployment", PUSHGATEWAY)["spec"]["strategy"]["type"] =
                        "RollingUpdate".into();
                },
                "two gateways",
            ),
            (
                |it| {
                    it[0].object_mut("Deployment", PUSHGATEWAY)["spec"]["template"]["metadata"]["labels"]
                        ["helm.sh/chart"] = "monitoring-jobs-1.0.0".into();
                },
                "a release restarts",
            ),
            (
                |it| {
                    it[0].object_mut("Deployment", PUSHGATEWAY)["spec"]["template"]["spec"]["containers"]
                        [0]["args"] = json!([]);
                },
                "empties",
            ),
            (
                |it| {
                    it[0]
                        .documents
                        .retain(|it| it["kind"] != "PersistentVolumeClaim");
                },
                "empties",
            ),
            (
                |it| {
                    it[0].object_mut("ServiceMonitor", PUSHGATEWAY)["spec"]["endpoints"][0]["honorLabels"] =
                        false.into();
                },
                "loses its job",
            ),
            (
                |it| {
                    it[0].object_mut("ServiceMonitor", PUSHGATEWAY)["spec"]["endpoints"][0]["relabelings"] =
                        json!([]);
                },
                "with another pod",
            ),
            (
                |it| {
                    it[0].object_mut("ServiceMonitor", PUSHGATEWAY)["spec"]["endpoints"][0]["relabelings"]
                        [0]["regex"] = "pod|container|service".into();
                },
                "with another pod",
            ),
            (
                |it| {
                    it[0].object_mut("PodMonitor", "monitor-workers")["spec"]["podMetricsEndpoints"]
                        [0]["honorLabels"] = true.into();
                },
                "series of monitor-workers",
            ),
        ],
    );
}

/// Many reach it, and there is nothing in its pod for whoever comes to run there.
fn confined(renders: &[Rendered]) -> Vec<String> {
    let expected = json!({
        "allowPrivilegeEscalation": false,
        "readOnlyRootFilesystem": true,
        "capabilities": {"drop": ["ALL"]},
    });
    let mut wrong = Vec::new();
    for render in renders {
        let mut says = |what: &str| wrong.push(format!("{}: {what}", render.cluster));
        let pod = &render.object("Deployment", PUSHGATEWAY)["spec"]["template"]["spec"];
        let container = &pod["containers"][0];
        if pod["securityContext"]["runAsNonRoot"] != true
            || pod["securityContext"]["seccompProfile"]["type"] != "RuntimeDefault"
            || container["securityContext"] != expected
            || items(&pod["containers"]).len() != 1
        {
            says("the gateway may do more than it needs to");
        }
        if pod["automountServiceAccountToken"] != false {
            says("the gateway has a token");
        }
        if !text(&container["image"]).contains("@sha256:") {
            says("the gateway's image has no digest");
        }
        if container["resources"]["limits"]["memory"].is_null() {
            says("the gateway has no limit");
        }
    }
    wrong
}

#[test]
fn the_gateway_may_do_no_more_than_it_needs_to() {
    fn pod(renders: &mut [Rendered]) -> &mut Value {
        &mut renders[0].object_mut("Deployment", PUSHGATEWAY)["spec"]["template"]["spec"]
    }
    holds(
        confined,
        &[
            (
                |it| pod(it)["securityContext"] = Value::Null,
                "more than it needs to",
            ),
            (
                |it| {
                    pod(it)["containers"][0]["securityContext"]["readOnlyRootFilesystem"] =
                        false.into();
                },
                "more than it needs to",
            ),
            (
                |it| pod(it)["automountServiceAccountToken"] = Value::Null,
                "has a token",
            ),
            (
                |it| pod(it)["containers"][0]["image"] = "pushgateway:v1".into(),
                "no digest",
            ),
            (
                |it| pod(it)["containers"][0]["resources"] = json!({}),
                "no limit",
            ),
        ],
    );
}
