//! What the pod may do, and that its parts find each other.

use serde_json::{Value, json};

use super::{Objects, holds, items, mounted, text};

fn hardened(objects: &Objects) -> Vec<String> {
    let mut wrong = Vec::new();
    let pod = objects.pod();
    let expected = json!({
        "runAsNonRoot": true, "runAsUser": 472, "runAsGroup": 472, "fsGroup": 472,
        "fsGroupChangePolicy": "OnRootMismatch", "seccompProfile": {"type": "RuntimeDefault"},
    });
    if pod["securityContext"] != expected {
        wrong.push("the pod may do more than it needs to".to_owned());
    }
    if pod["enableServiceLinks"] != false {
        wrong.push("services of the namespace are in its environment".to_owned());
    }
    let expected = json!({
        "allowPrivilegeEscalation": false,
        "readOnlyRootFilesystem": true,
        "capabilities": {"drop": ["ALL"]},
    });
    let containers = items(&pod["containers"]);
    if containers.len() != 2 || !items(&pod["initContainers"]).is_empty() {
        wrong.push("there are other containers than grafana and dashboards".to_owned());
    }
    for container in containers {
        let name = text(&container["name"]);
        let digest = text(&container["image"]).split_once("@sha256:");
        let digest = digest.map_or("", |(_, digest)| digest);
        if digest.len() != 64 || !digest.chars().all(|c| c.is_ascii_hexdigit()) {
            wrong.push(format!("{name}: its image has no digest"));
        }
        if container["securityContext"] != expected {
            wrong.push(format!("{name}: it may do more than it needs to"));
        }
        if container["resources"]["limits"]["memory"].is_null()
            || container["resources"]["requests"]["cpu"].is_null()
        {
            wrong.push(format!("{name}: it has no requests or limits"));
        }
        for probe in ["readinessProbe", "livenessProbe"] {
            let port = &container[probe]["httpGet"]["port"];
            let mut ports = items(&container["ports"]).iter();
            if !ports.any(|it| it["name"] == *port) {
                wrong.push(format!("{name}: its {probe} asks a port that it has not"));
            }
        }
    }
    wrong
}

/// One writer of the database, and volumes for all that is written.
fn alone(objects: &Objects) -> Vec<String> {
    let mut wrong = Vec::new();
    let deployment = &objects.one("Deployment", "prod-grafana")["spec"];
    if deployment["replicas"] != 1 || deployment["strategy"]["type"] != "Recreate" {
        wrong.push("two pods might write one database".to_owned());
    }
    // The chart's version among them would restart it with every dashboard.
    if deployment["template"]["metadata"]["labels"] != deployment["selector"]["matchLabels"] {
        wrong.push("a changed dashboard restarts Grafana".to_owned());
    }
    let volumes = items(&objects.pod()["volumes"]);
    let data = volumes.iter().find(|it| it["name"] == "data");
    let claim = data.map_or("", |it| text(&it["persistentVolumeClaim"]["claimName"]));
    let claim = objects.one("PersistentVolumeClaim", claim);
    if claim["metadata"]["annotations"]["helm.sh/resource-policy"] != "keep" {
        wrong.push("accounts go when the release does".to_owned());
    }
    let grafana = objects.container("grafana");
    for (volume, entry, path) in [
        ("data", "", "/var/lib/grafana"),
        ("scratch", "grafana", "/tmp"),
        ("scratch", "log", "/var/log/grafana"),
    ] {
        if mounted(grafana, volume, entry) != Some(path) {
            wrong.push(format!("Grafana cannot write to {path}"));
        }
    }
    let mounts = items(&objects.pod()["containers"]).iter();
    let mounts: Vec<_> = mounts.flat_map(|it| items(&it["volumeMounts"])).collect();
    for volume in volumes {
        if !mounts.iter().any(|it| it["name"] == volume["name"]) {
            wrong.push(format!("nobody uses the volume {}", volume["name"]));
        }
    }
    for mount in mounts {
        if !volumes.iter().any(|it| it["name"] == mount["name"]) {
            wrong.push(format!("there is no volume {}", mount["name"]));
        }
    }
    wrong
}

/// Service, monitor and ingress lead to the pod.
fn reached(objects: &Objects) -> Vec<String> {
    let mut wrong = Vec::new();
    let template = &objects.one("Deployment", "prod-grafana")["spec"]["template"];
    let service = objects.one("Service", "prod-grafana");
    let within = |wanted: &Value, labels: &Value| {
        let wanted = wanted.as_object();
        wanted.is_some_and(|it| !it.is_empty() && it.iter().all(|(k, v)| labels[k] == *v))
    };
    let labels = &template["metadata"]["labels"];
    let deployment = &objects.one("Deployment", "prod-grafana")["spec"];
    if !within(&deployment["selector"]["matchLabels"], labels) {
        wrong.push("the Deployment does not know its pods".to_owned());
    }
    if !within(&service["spec"]["selector"], labels) {
        wrong.push("the service leads to no pod".to_owned());
    }
    let policy = objects.one("NetworkPolicy", "prod-grafana");
    if !within(&policy["spec"]["podSelector"]["matchLabels"], labels) {
        wrong.push("the policy of the network is about no pod".to_owned());
    }
    let port = &service["spec"]["ports"][0];
    let mut ports = items(&objects.container("grafana")["ports"]).iter();
    if port["port"] != 80 || !ports.any(|it| it["name"] == port["targetPort"]) {
        wrong.push("the service's port is another one, or leads nowhere".to_owned());
    }
    let monitor = objects.one("ServiceMonitor", "prod-grafana");
    if !within(
        &monitor["spec"]["selector"]["matchLabels"],
        &service["metadata"]["labels"],
    ) || monitor["spec"]["endpoints"][0]["port"] != port["name"]
    {
        wrong.push("the monitor finds no service".to_owned());
    }
    let seen = json!({"release": "prod-monitoring", "services": "toolchain-monitoring"});
    if !within(&seen, &monitor["metadata"]["labels"]) {
        wrong.push("Prometheus does not take the monitor".to_owned());
    }
    let ingress = objects.one("Ingress", "prod-grafana");
    let backend = &ingress["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"];
    if backend["name"] != "prod-grafana" || backend["port"]["name"] != port["name"] {
        wrong.push("the ingress leads to another service".to_owned());
    }
    let annotations = &ingress["metadata"]["annotations"];
    if annotations["alb.ingress.kubernetes.io/scheme"] != "internal"
        || ingress["spec"]["ingressClassName"] != "alb"
    {
        wrong.push("the ingress is not the internal load balancer".to_owned());
    }
    let health = text(&annotations["alb.ingress.kubernetes.io/healthcheck-path"]);
    let probed = &objects.container("grafana")["readinessProbe"]["httpGet"]["path"];
    if *probed != health {
        wrong.push("the load balancer asks another path than the kubelet".to_owned());
    }
    wrong
}

#[test]
fn the_pod_may_do_no_more_than_it_needs_to() {
    holds(
        hardened,
        &[
            (
                |it| it.pod_mut()["securityContext"]["runAsUser"] = 0.into(),
                "the pod may",
            ),
            (
                |it| it.pod_mut()["enableServiceLinks"] = Value::Null,
                "environment",
            ),
            (
                |it| {
                    it.container_mut(0)["securityContext"]["readOnlyRootFilesystem"] = false.into();
                },
                "grafana: it may",
            ),
            (
                |it| it.container_mut(1)["securityContext"]["capabilities"] = json!({}),
                "dashboards: it may",
            ),
            (
                |it| it.container_mut(1)["image"] = "k8s-sidecar:2.0.0".into(),
                "no digest",
            ),
            (
                |it| it.container_mut(0)["resources"] = json!({}),
                "no requests",
            ),
            (
                |it| it.container_mut(1)["livenessProbe"]["httpGet"]["port"] = "http".into(),
                "livenessProbe",
            ),
            (
                |it| {
                    let another = it.container_mut(0).clone();
                    it.pod_mut()["containers"]
                        .as_array_mut()
                        .unwrap()
                        .push(another);
                },
                "other containers",
            ),
        ],
    );
}

#[test]
fn one_pod_writes_the_database_and_it_outlives_the_release() {
    holds(
        alone,
        &[
            (
                |it| it.at("Deployment", "prod-grafana")["spec"]["replicas"] = 2.into(),
                "two pods",
            ),
            (
                |it| it.at("Deployment", "prod-grafana")["spec"]["strategy"] = Value::Null,
                "two pods",
            ),
            (
                |it| {
                    it.at("Deployment", "prod-grafana")["spec"]["template"]["metadata"]["labels"]
                        ["helm.sh/chart"] = "monitoring-grafana-1.0.0".into();
                },
                "restarts Grafana",
            ),
            (
                |it| {
                    it.at("PersistentVolumeClaim", "prod-grafana")["metadata"]["annotations"] =
                        Value::Null;
                },
                "accounts go",
            ),
            (
                |it| {
                    it.container_mut(0)["volumeMounts"]
                        .as_array_mut()
                        .unwrap()
                        .retain(|mount| mount["mountPath"] != "/tmp");
                },
                "write to /tmp",
            ),
            (
                |it| it.pod_mut()["volumes"].as_array_mut().unwrap().truncate(1),
                "there is no volume",
            ),
            (
                |it| {
                    it.pod_mut()["volumes"]
                        .as_array_mut()
                        .unwrap()
                        .push(json!({"name": "more"}));
                },
                "nobody uses",
            ),
        ],
    );
}

#[test]
fn service_monitor_and_ingress_lead_to_the_pod() {
    holds(
        reached,
        &[
            (
                |it| it.at("Service", "prod-grafana")["spec"]["selector"] = json!({"app": "x"}),
                "no pod",
            ),
            (
                |it| it.at("NetworkPolicy", "prod-grafana")["spec"]["podSelector"] = json!({}),
                "about no pod",
            ),
            (
                |it| it.at("Service", "prod-grafana")["spec"]["ports"][0]["targetPort"] = 80.into(),
                "leads nowhere",
            ),
            (
                |it| {
                    it.at("ServiceMonitor", "prod-grafana")["spec"]["endpoints"][0]["port"] =
                        "metrics".into();
                },
                "finds no service",
            ),
            (
                |it| {
                    it.at("ServiceMonitor", "prod-grafana")["metadata"]["labels"]["release"] =
                        Value::Null;
                },
                "does not take",
            ),
            (
                |it| {
                    it.at("Ingress", "prod-grafana")["metadata"]["annotations"]["alb.ingress.kubernetes.io/scheme"] =
                        "internet-facing".into();
                },
                "internal load balancer",
            ),
            (
                |it| {
                    it.at("Ingress", "prod-grafana")["spec"]["rules"][0]["http"]["paths"][0]["backend"]
                        ["service"]["name"] = "grafana".into();
                },
                "another service",
            ),
            (
                |it| it.container_mut(0)["readinessProbe"]["httpGet"]["path"] = "/".into(),
                "another path",
            ),
        ],
    );
}
