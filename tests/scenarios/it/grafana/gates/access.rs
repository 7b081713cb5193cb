//! Rights in the cluster, ways in the network, and that the chart has no secret.

use serde_json::{Value, json};

use super::{Objects, holds, items, mounted, text};

fn rights(objects: &Objects) -> Vec<String> {
    let mut wrong = Vec::new();
    for object in &objects.0 {
        let kind = text(&object["kind"]);
        let name = text(&object["metadata"]["name"]);
        if object["metadata"]["namespace"] != "monitoring" {
            wrong.push(format!("{kind}/{name} is not in the namespace monitoring"));
        }
        if ["Secret", "ClusterRole", "ClusterRoleBinding"].contains(&kind) {
            wrong.push(format!("{kind}/{name} is none of the chart's business"));
        }
    }
    let roles: Vec<_> = objects.of("Role").collect();
    let expected = json!([
        {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list", "watch"]},
    ]);
    if roles.len() != 1 || roles[0]["rules"] != expected {
        wrong.push("the sidecar's rights are not to read ConfigMaps".to_owned());
    }
    let bindings: Vec<_> = objects.of("RoleBinding").collect();
    let pod = objects.pod();
    let account = &pod["serviceAccountName"];
    let subject = json!([{"kind": "ServiceAccount", "name": account, "namespace": "monitoring"}]);
    if bindings.len() != 1
        || bindings[0]["subjects"] != subject
        || objects
            .one("Role", text(&bindings[0]["roleRef"]["name"]))
            .is_null()
    {
        wrong.push("the rights are not those of the pod's account".to_owned());
    }
    if objects.one("ServiceAccount", text(account)).is_null() {
        wrong.push("the pod's account does not exist".to_owned());
    }
    wrong
}

/// Grafana, which people reach, holds no token; the sidecar, which nobody reaches, does.
fn token(objects: &Objects) -> Vec<String> {
    let mut wrong = Vec::new();
    let account = objects.one("ServiceAccount", "grafana");
    if objects.pod()["automountServiceAccountToken"] != false
        || account["automountServiceAccountToken"] != false
    {
        wrong.push("every container gets a token".to_owned());
    }
    if mounted(objects.container("grafana"), "token", "").is_some() {
        wrong.push("Grafana has a token".to_owned());
    }
    let place = "/var/run/secrets/kubernetes.io/serviceaccount";
    if mounted(objects.container("dashboards"), "token", "") != Some(place) {
        wrong.push("the sidecar finds no token".to_owned());
    }
    let volumes = items(&objects.pod()["volumes"]);
    let volume = volumes.iter().find(|it| it["name"] == "token");
    let sources = volume.map_or(&[][..], |it| items(&it["projected"]["sources"]));
    let mut files: Vec<&str> = Vec::new();
    for source in sources {
        files.push(text(&source["serviceAccountToken"]["path"]));
        for kind in ["configMap", "downwardAPI"] {
            files.extend(
                items(&source[kind]["items"])
                    .iter()
                    .map(|it| text(&it["path"])),
            );
        }
    }
    files.retain(|file| !file.is_empty());
    if files != ["token", "ca.crt", "namespace"] {
        wrong.push("a client in a pod finds other files".to_owned());
    }
    wrong
}

fn network(objects: &Objects) -> Vec<String> {
    let mut wrong = Vec::new();
    let policy = &objects.one("NetworkPolicy", "prod-grafana")["spec"];
    if policy["policyTypes"] != json!(["Ingress", "Egress"]) {
        wrong.push("one of the two ways is open".to_owned());
    }
    let port = &objects.container("grafana")["ports"][0]["containerPort"];
    for rule in items(&policy["ingress"]) {
        if rule["ports"] != json!([{"protocol": "TCP", "port": port}]) {
            wrong.push("another port than Grafana's is open".to_owned());
        }
        if items(&rule["from"]).is_empty() {
            wrong.push("everybody reaches it".to_owned());
        }
    }
    let everywhere: Vec<_> = items(&policy["egress"])
        .iter()
        .flat_map(|rule| items(&rule["to"]).iter().map(move |to| (rule, to)))
        .filter(|(_, to)| to["ipBlock"]["cidr"] == "0.0.0.0/0")
        .collect();
    for (rule, to) in &everywhere {
        let except = items(&to["ipBlock"]["except"]);
        if !except.contains(&"169.254.0.0/16".into()) {
            wrong.push("it reaches the node's metadata".to_owned());
        }
        if rule["ports"] != json!([{"protocol": "TCP", "port": 443}]) {
            wrong.push("it reaches more of the world than https".to_owned());
        }
    }
    if everywhere.len() != 1 {
        wrong.push("Google is not reached, or by more than one rule".to_owned());
    }
    if !items(&policy["egress"]).iter().any(reaches_prometheus) {
        wrong.push("it does not reach this cluster's Prometheus".to_owned());
    }
    if items(&policy["egress"])
        .iter()
        .any(|it| items(&it["to"]).is_empty())
    {
        wrong.push("it reaches everybody".to_owned());
    }
    wrong
}

/// Whether a rule lets through to the pods behind the service of this cluster's Prometheus.
fn reaches_prometheus(rule: &Value) -> bool {
    let home = Objects::read("k8s/rendered/prod-e1-1.yaml").unwrap();
    let service = home.one("Service", "prod-monitoring-prometheus-prometheus");
    let pods = &service["spec"]["selector"];
    let port = &service["spec"]["ports"][0]["targetPort"];
    let labels = rule["to"][0]["podSelector"]["matchLabels"].as_object();
    labels.is_some_and(|it| it.iter().all(|(name, value)| pods[name] == *value))
        && rule["to"][0]["namespaceSelector"].is_null()
        && rule["ports"] == json!([{"protocol": "TCP", "port": port}])
}

#[test]
fn the_sidecar_reads_config_maps_of_its_namespace_and_nothing_else() {
    holds(
        rights,
        &[
            (
                |it| {
                    it.at("Role", "grafana")["rules"][0]["resources"] =
                        json!(["configmaps", "secrets"]);
                },
                "rights",
            ),
            (
                |it| it.at("Role", "grafana")["rules"][0]["verbs"] = json!(["*"]),
                "rights",
            ),
            (
                |it| it.at("Role", "grafana")["kind"] = "ClusterRole".into(),
                "business",
            ),
            (
                |it| it.at("Service", "prod-grafana")["kind"] = "Secret".into(),
                "business",
            ),
            (
                |it| it.at("Role", "grafana")["metadata"]["namespace"] = "default".into(),
                "not in the namespace",
            ),
            (
                |it| {
                    it.at("RoleBinding", "grafana")["subjects"][0]["name"] = "default".into();
                },
                "pod's account",
            ),
            (
                |it| it.pod_mut()["serviceAccountName"] = "prod-grafana".into(),
                "does not exist",
            ),
        ],
    );
}

#[test]
fn only_the_sidecar_has_a_token() {
    holds(
        token,
        &[
            (
                |it| it.pod_mut()["automountServiceAccountToken"] = Value::Null,
                "every container",
            ),
            (
                |it| {
                    let mounts = it.container_mut(1)["volumeMounts"].clone();
                    it.container_mut(0)["volumeMounts"] = mounts;
                },
                "Grafana has",
            ),
            (
                |it| it.container_mut(1)["volumeMounts"] = json!([]),
                "finds no token",
            ),
            (
                |it| {
                    let volumes = it.pod_mut()["volumes"].as_array_mut().unwrap();
                    volumes.last_mut().unwrap()["projected"]["sources"]
                        .as_array_mut()
                        .unwrap()
                        .pop();
                },
                "other files",
            ),
        ],
    );
}

#[test]
fn the_network_lets_through_what_is_needed() {
    fn policy(objects: &mut Objects) -> &mut Value {
        &mut objects.at("NetworkPolicy", "prod-grafana")["spec"]
    }
    fn last(objects: &mut Objects) -> &mut Value {
        policy(objects)["egress"]
            .as_array_mut()
            .unwrap()
            .last_mut()
            .unwrap()
    }
    holds(
        network,
        &[
            (
                |it| policy(it)["policyTypes"] = json!(["Ingress"]),
                "two ways",
            ),
            (
                |it| policy(it)["ingress"][0]["ports"][0]["port"] = 8080.into(),
                "another port",
            ),
            (
                |it| policy(it)["ingress"][0]["from"] = json!([]),
                "everybody reaches",
            ),
            (
                |it| policy(it)["egress"][1]["ports"][0]["port"] = 80.into(),
                "this cluster's Prometheus",
            ),
            (
                |it| policy(it)["egress"][1]["to"] = json!([]),
                "reaches everybody",
            ),
            (
                |it| last(it)["to"][0]["ipBlock"]["except"][0] = "10.0.0.0/8".into(),
                "metadata",
            ),
            (|it| last(it)["ports"] = json!([]), "more of the world"),
            (
                |it| *last(it) = json!({"to": [{"podSelector": {}}]}),
                "Google",
            ),
        ],
    );
}
