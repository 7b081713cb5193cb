//! What Grafana is provisioned with: each cluster's Prometheus, where the other chart has it, and the
//! directory that the sidecar fills.

use serde_json::Value;

use super::{Objects, holds, items, mounted, text, variable};
use crate::chart::documents::documents;

/// A file of the configuration as a value.
fn parsed(objects: &Objects, name: &str) -> Value {
    let mut all = documents(objects.file(name)).unwrap();
    assert_eq!(all.len(), 1, "{name}");
    all.remove(0)
}

fn data_sources(objects: &Objects) -> Vec<String> {
    const CLUSTERS: [&str; 2] = ["prod-e1-1", "remoting-prod-e1-1"];
    let mut wrong = Vec::new();
    let file = parsed(objects, "datasources.yaml");
    let sources = items(&file["datasources"]);
    let of = |key: &str| sources.iter().map(|it| text(&it[key])).collect::<Vec<_>>();
    if of("uid") != CLUSTERS {
        wrong.push("the uids are not the clusters' names".to_owned());
    }
    // Dashboards that people made know these names.
    if of("name") != ["prod-cluster", "remoting-cluster"] {
        wrong.push("they are called otherwise than before".to_owned());
    }
    let default = |it: &&Value| it["isDefault"] == true;
    if sources.iter().filter(default).count() != 1 || !default(&&sources[0]) {
        wrong.push("a dashboard does not begin with the home cluster".to_owned());
    }
    let urls = of("url");
    // Where the jobs' chart has this cluster's Prometheus.
    let home = Objects::read("k8s/rendered/prod-e1-1.yaml").unwrap();
    let prometheus = "prod-monitoring-prometheus-prometheus";
    let service = home.one("Service", prometheus);
    let namespace = text(&service["metadata"]["namespace"]);
    let port = &service["spec"]["ports"][0]["port"];
    if urls.first() != Some(&&*format!("http://{prometheus}.{namespace}:{port}")) {
        wrong.push("the first is not the service of this cluster's Prometheus".to_owned());
    }
    // And where it lets the other one be read.
    let other = Objects::read("k8s/rendered/remoting-prod-e1-1.yaml").unwrap();
    let ingress = other.one("Ingress", prometheus);
    let host = text(&ingress["spec"]["rules"][0]["host"]);
    if host.is_empty() || urls.get(1) != Some(&&*format!("http://{host}:80")) {
        wrong.push("the second is not the ingress of the other cluster's Prometheus".to_owned());
    }
    for source in sources {
        let proxied = source["type"] == "prometheus" && source["access"] == "proxy";
        if !proxied || source["editable"] != false {
            wrong.push("one is not a Prometheus that Grafana itself asks".to_owned());
        }
        for key in ["basicAuth", "secureJsonData", "user", "password"] {
            if !source[key].is_null() {
                wrong.push(format!("{key} is a secret"));
            }
        }
    }
    wrong
}

/// From the label of a ConfigMap to a dashboard in a folder.
fn delivered(objects: &Objects) -> Vec<String> {
    let mut wrong = Vec::new();
    let file = parsed(objects, "dashboards.yaml");
    let provider = &file["providers"][0];
    if items(&file["providers"]).len() != 1 || provider["type"] != "file" {
        wrong.push("there is not one provider of files".to_owned());
    }
    let path = text(&provider["options"]["path"]);
    let (grafana, sidecar) = (
        objects.container("grafana"),
        objects.container("dashboards"),
    );
    for (who, container) in [("Grafana", grafana), ("the sidecar", sidecar)] {
        if mounted(container, "dashboards", "") != Some(path) {
            wrong.push(format!("{who} has the dashboards elsewhere"));
        }
    }
    if variable(sidecar, "FOLDER") != path {
        wrong.push("the sidecar writes elsewhere".to_owned());
    }
    if provider["options"]["foldersFromFilesStructure"] != true {
        wrong.push("directories make no folders".to_owned());
    }
    if provider["allowUiUpdates"] != false || provider["disableDeletion"] != false {
        wrong.push("Grafana shows something else than the cluster has".to_owned());
    }
    for (file, place) in [
        ("grafana.ini", "/etc/grafana/grafana.ini"),
        (
            "datasources.yaml",
            "/etc/grafana/provisioning/datasources/datasources.yaml",
        ),
        (
            "dashboards.yaml",
            "/etc/grafana/provisioning/dashboards/dashboards.yaml",
        ),
    ] {
        if mounted(grafana, "config", file) != Some(place) {
            wrong.push(format!("Grafana does not read {file}"));
        }
    }
    // As the job writes them that brings upstream's.
    let config = Objects::read("k8s/rendered/prod-e1-1.yaml").unwrap();
    let config = config.one("ConfigMap", "sync-dashboards-config")["data"]["config.yaml"].clone();
    let config = sync_dashboards::config::Config::parse("config", text(&config)).unwrap();
    for (name, value) in [
        ("LABEL", config.style.sidecar_label.as_str()),
        ("LABEL_VALUE", config.style.sidecar_value.as_str()),
        // Where nothing else is configured.
        ("FOLDER_ANNOTATION", "grafana_folder"),
        ("NAMESPACE", "monitoring"),
        ("RESOURCE", "configmap"),
        ("METHOD", "WATCH"),
    ] {
        if variable(sidecar, name) != value {
            wrong.push(format!("the sidecar's {name} is not {value}"));
        }
    }
    for name in ["REQ_URL", "SCRIPT", "SKIP_TLS_VERIFY"] {
        if !variable(sidecar, name).is_empty() {
            wrong.push(format!("the sidecar does more than to write files: {name}"));
        }
    }
    wrong
}

#[test]
fn each_clusters_prometheus_is_a_data_source_where_the_other_chart_has_it() {
    const FILE: &str = "datasources.yaml";
    holds(
        data_sources,
        &[
            (
                |it| it.edit(FILE, "uid: prod-e1-1", "uid: prometheus"),
                "uids",
            ),
            (
                |it| it.edit(FILE, "name: prod-cluster", "name: prod"),
                "called otherwise",
            ),
            (
                |it| it.edit(FILE, "isDefault: false", "isDefault: true"),
                "begin",
            ),
            (
                |it| it.edit(FILE, "monitoring:80", "monitoring:9090"),
                "service of this",
            ),
            (
                |it| it.edit(FILE, "prometheus.remoting", "prometheus.remote"),
                "ingress",
            ),
            (
                |it| it.edit(FILE, "access: proxy", "access: direct"),
                "itself asks",
            ),
            (
                |it| {
                    it.edit(
                        FILE,
                        "editable: false",
                        "editable: false\n    basicAuth: true",
                    );
                },
                "secret",
            ),
        ],
    );
}

#[test]
fn the_sidecar_fills_the_directory_that_grafana_reads() {
    fn set(objects: &mut Objects, name: &str, value: &str) {
        let all = objects.container_mut(1)["env"].as_array_mut().unwrap();
        let variable = all.iter_mut().find(|it| it["name"] == name).unwrap();
        variable["value"] = value.into();
    }
    const FILE: &str = "dashboards.yaml";
    holds(
        delivered,
        &[
            (
                |it| it.edit(FILE, "/var/lib/dashboards", "/dashboards"),
                "elsewhere",
            ),
            (
                |it| set(it, "FOLDER", "/tmp/dashboards"),
                "writes elsewhere",
            ),
            (
                |it| it.edit(FILE, "Structure: true", "Structure: false"),
                "no folders",
            ),
            (
                |it| it.edit(FILE, "allowUiUpdates: false", "allowUiUpdates: true"),
                "something else",
            ),
            (|it| set(it, "LABEL", "grafana_board"), "LABEL"),
            (
                |it| set(it, "FOLDER_ANNOTATION", "k8s-sidecar-target-directory"),
                "FOLDER_ANNOTATION",
            ),
            (|it| set(it, "NAMESPACE", "ALL"), "NAMESPACE"),
            (|it| set(it, "RESOURCE", "both"), "RESOURCE"),
            (
                |it| {
                    let all = it.container_mut(1)["env"].as_array_mut().unwrap();
                    all.push(serde_json::json!({"name": "SKIP_TLS_VERIFY", "value": "true"}));
                },
                "more than to write",
            ),
            (
                |it| it.container_mut(0)["volumeMounts"][1]["mountPath"] = "/etc/x".into(),
                "datasources.yaml",
            ),
        ],
    );
}
