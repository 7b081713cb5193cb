//! Monitors: they find what they are for, with the labels that alerts ask for.

use serde_json::{Value, json};

use super::super::Rendered;
use super::servers::{PUSHGATEWAY, selected};
use super::{holds, items, text};

/// The names that the company's alerts ask for.
fn monitors(renders: &[Rendered]) -> Vec<String> {
    let mut wrong = Vec::new();
    for render in renders {
        // A monitor of something of ours finds it, and its port.
        for monitor in render.of("ServiceMonitor") {
            let name = text(&monitor["metadata"]["name"]);
            let selector = &monitor["spec"]["selector"]["matchLabels"];
            let services = render.of("Service");
            let found = services.filter(|it| selected(selector, &it["metadata"]["labels"]));
            let found: Vec<&Value> = found.collect();
            let ports = items(&monitor["spec"]["endpoints"]).iter();
            let finds = |port: &Value| {
                let ports = found.iter().flat_map(|it| items(&it["spec"]["ports"]));
                ports.filter(|it| it["name"] == port["port"]).count() == 1
            };
            if found.len() != 1 || !ports.clone().all(finds) {
                wrong.push(format!("{}: {name} finds nothing", render.cluster));
            }
        }
        let services = render.object("PodMonitor", "monitor-toolchain-services");
        let workers = render.object("PodMonitor", "monitor-workers");
        if render.cluster != "prod-e1-1" {
            if !services.is_null() || !workers.is_null() {
                wrong.push(format!("{}: there are no such services", render.cluster));
            }
            continue;
        }
        let labels = |monitor: &Value, wanted: &[&str]| {
            let has = items(&monitor["spec"]["podTargetLabels"]);
            wanted.iter().all(|label| has.contains(&(*label).into()))
        };
        // up{toolchain_service_type=~"web-ui|api|admin"}
        if services["spec"]["jobLabel"] != "app"
            || !labels(
                services,
                &[
                    "app",
                    "toolchain_service_type",
                    "toolchain_product",
                    "services",
                ],
            )
        {
            wrong.push("up of the services has other labels".to_owned());
        }
        // up{job="monitoring/monitor-workers"}
        if workers["metadata"]["namespace"] != "monitoring"
            || workers["spec"].get("jobLabel").is_some()
            || !labels(
                workers,
                &[
                    "app",
                    "toolchain_service_type",
                    "toolchain_product",
                    "chart",
                ],
            )
        {
            wrong.push("up of the workers has other labels".to_owned());
        }
    }
    wrong
}

#[test]
fn monitors_find_what_they_are_for_and_give_it_the_labels_that_alerts_ask_for() {
    holds(
        monitors,
        &[
            (
                |it| {
                    it[0].object_mut("ServiceMonitor", PUSHGATEWAY)["spec"]["endpoints"][0]["port"] =
                        "web".into();
                },
                "finds nothing",
            ),
            (
                |it| it[0].object_mut("Service", PUSHGATEWAY)["metadata"]["labels"] = json!({}),
                "finds nothing",
            ),
            (
                |it| {
                    it[0].object_mut("PodMonitor", "monitor-toolchain-services")["spec"]["jobLabel"] =
                        Value::Null;
                },
                "the services",
            ),
            (
                |it| {
                    it[0].object_mut("PodMonitor", "monitor-toolchain-services")["spec"]["podTargetLabels"] =
                        json!(["app"]);
                },
                "the services",
            ),
            (
                |it| {
                    it[0].object_mut("PodMonitor", "monitor-workers")["spec"]["jobLabel"] =
                        "app".into();
                },
                "the workers",
            ),
            (
                |it| {
                    let more = it[0].object("PodMonitor", "monitor-workers").clone();
                    it[1].documents.push(more);
                },
                "no such services",
            ),
        ],
    );
}

/// A dashboard that is told which `job` Prometheus scrapes itself under shows that one. Without a job label
/// in its monitor that is the name of the Service.
fn overview(renders: &[Rendered]) -> Vec<String> {
    let mut wrong = Vec::new();
    for render in renders {
        let config = render.object("ConfigMap", "sync-dashboards-config");
        let config = text(&config["data"]["config.yaml"]).lines();
        let mut asked = config.filter_map(|line| line.trim().strip_prefix("overview_job: "));
        let Some(asked) = asked.next() else {
            continue;
        };
        let monitor = render.object("ServiceMonitor", asked);
        let selector = &monitor["spec"]["selector"]["matchLabels"];
        let service = render.object("Service", asked);
        if monitor["spec"].get("jobLabel").is_some()
            || !selected(selector, &service["metadata"]["labels"])
            || render.object("Prometheus", asked).is_null()
        {
            wrong.push(format!(
                "{}: no Prometheus is the job {asked}",
                render.cluster
            ));
        }
    }
    wrong
}

#[test]
fn the_overview_asks_for_the_job_that_prometheus_is() {
    holds(
        overview,
        &[
            (
                |it| {
                    let config = it[0].object_mut("ConfigMap", "sync-dashboards-config");
                    let text = config["data"]["config.yaml"].as_str().unwrap();
                    config["data"]["config.yaml"] =
                        text.replace("overview_job: ", "overview_job: x-").into();
                },
                "is the job x-prod",
            ),
            (
                |it| {
                    it[0].object_mut("ServiceMonitor", "prod-monitoring-prometheus-prometheus")["spec"]
                        ["jobLabel"] = "app".into();
                },
                "is the job prod",
            ),
        ],
    );
}
