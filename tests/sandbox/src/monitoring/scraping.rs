//! What the Prometheus operator makes of monitors: a scrape configuration for each endpoint, called like its
//! pool. Where the real one has Prometheus look for addresses, these are those of the moment.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::kinds;
use crate::kubernetes::Client;

/// The scrape configurations of all monitors in `namespace` that the Prometheus `resource` selects. None
/// where it selects no monitors.
pub(super) async fn configurations(
    admin: &Client,
    resource: &Value,
    namespace: &str,
) -> Result<Vec<Value>> {
    let mut made = Vec::new();
    for (plural, kind, selector) in [
        (
            "servicemonitors",
            "serviceMonitor",
            "serviceMonitorSelector",
        ),
        ("podmonitors", "podMonitor", "podMonitorSelector"),
    ] {
        let selector = resource.pointer(&format!("/spec/{selector}"));
        let Some(selector) = selector else { continue };
        let path = format!("/apis/monitoring.coreos.com/v1/namespaces/{namespace}/{plural}");
        for monitor in items(&admin.get(&path).await?) {
            if kinds::selects(selector, monitor)? {
                made.extend(of_monitor(admin, monitor, kind).await?);
            }
        }
    }
    Ok(made)
}

async fn of_monitor(admin: &Client, monitor: &Value, kind: &str) -> Result<Vec<Value>> {
    let (namespace, name) = (
        text(monitor, "/metadata/namespace"),
        text(monitor, "/metadata/name"),
    );
    let (endpoints, found) = if kind == "podMonitor" {
        let found = Targets::of_pods(admin, monitor).await?;
        ("/spec/podMetricsEndpoints", found)
    } else {
        let found = Targets::of_services(admin, monitor).await?;
        ("/spec/endpoints", found)
    };
    let endpoints = monitor.pointer(endpoints).and_then(Value::as_array);
    let endpoints = endpoints.context("a monitor without endpoints")?;
    let made = endpoints.iter().enumerate().map(|(index, endpoint)| {
        let path = endpoint.get("path").and_then(Value::as_str);
        json!({
            "job_name": format!("{kind}/{namespace}/{name}/{index}"),
            "scrape_interval": "250ms",
            "scrape_timeout": "250ms",
            "metrics_path": path.unwrap_or("/metrics"),
            "honor_labels": endpoint.get("honorLabels").and_then(Value::as_bool).unwrap_or(false),
            "static_configs": found.on(text(endpoint, "/port")),
        })
    });
    Ok(made.collect())
}

/// Addresses with the name of their port and the labels that they give to series.
#[derive(Debug, Default)]
struct Targets(Vec<(String, String, Value)>);

impl Targets {
    async fn of_services(admin: &Client, monitor: &Value) -> Result<Self> {
        let mut found = Self::default();
        for namespace in namespaces(monitor) {
            let path = format!("/api/v1/namespaces/{namespace}");
            for service in items(&admin.get(&format!("{path}/services")).await?) {
                if !kinds::selects(selector(monitor), service)? {
                    continue;
                }
                let name = text(service, "/metadata/name");
                let job = match text(monitor, "/spec/jobLabel") {
                    "" => name,
                    label => label_of(service, label).unwrap_or(name),
                };
                let labels = json!({"job": job, "namespace": namespace, "service": name});
                let endpoints = admin.find(&format!("{path}/endpoints/{name}")).await?;
                found.of_endpoints(&endpoints.unwrap_or_default(), &labels);
            }
        }
        Ok(found)
    }

    fn of_endpoints(&mut self, endpoints: &Value, labels: &Value) {
        for subset in array(endpoints, "/subsets") {
            for port in array(subset, "/ports") {
                for address in array(subset, "/addresses") {
                    let address = format!("{}:{}", text(address, "/ip"), number(port, "port"));
                    let name = text(port, "/name").to_owned();
                    self.0.push((name, address, labels.clone()));
                }
            }
        }
    }

    async fn of_pods(admin: &Client, monitor: &Value) -> Result<Self> {
        let mut found = Self::default();
        let job = format!(
            "{}/{}",
            text(monitor, "/metadata/namespace"),
            text(monitor, "/metadata/name")
        );
        for namespace in namespaces(monitor) {
            let path = format!("/api/v1/namespaces/{namespace}/pods");
            for pod in items(&admin.get(&path).await?) {
                if !kinds::selects(selector(monitor), pod)? {
                    continue;
                }
                let labels = json!({"job": job, "namespace": namespace});
                for container in array(pod, "/spec/containers") {
                    for port in array(container, "/ports") {
                        let ip = text(pod, "/status/podIP");
                        let address = format!("{ip}:{}", number(port, "containerPort"));
                        let name = text(port, "/name").to_owned();
                        found.0.push((name, address, labels.clone()));
                    }
                }
            }
        }
        Ok(found)
    }

    fn on(&self, port: &str) -> Vec<Value> {
        let on_port = self.0.iter().filter(|(name, _, _)| name == port);
        on_port
            .map(|(_, address, labels)| json!({"targets": [address], "labels": labels}))
            .collect()
    }
}

/// Which pods or Services a monitor is about.
fn selector(monitor: &Value) -> &Value {
    monitor.pointer("/spec/selector").unwrap_or(&Value::Null)
}

/// Labels have slashes in their names, which a pointer would take for its own.
fn label_of<'a>(object: &'a Value, name: &str) -> Option<&'a str> {
    let labels = object.pointer("/metadata/labels")?;
    labels.get(name)?.as_str()
}

fn number(value: &Value, member: &str) -> u64 {
    let number = value.get(member).and_then(Value::as_u64);
    number.unwrap_or_default()
}

/// Where a monitor looks: the namespaces that it names, else its own.
fn namespaces(monitor: &Value) -> Vec<&str> {
    let named = array(monitor, "/spec/namespaceSelector/matchNames");
    if named.is_empty() {
        return vec![text(monitor, "/metadata/namespace")];
    }
    named.iter().filter_map(Value::as_str).collect()
}

fn items(list: &Value) -> &[Value] {
    array(list, "/items")
}

fn array<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    let array = value.pointer(pointer).and_then(Value::as_array);
    array.map_or(&[], Vec::as_slice)
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    let text = value.pointer(pointer).and_then(Value::as_str);
    text.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Targets, namespaces};

    #[test]
    fn a_target_is_an_address_of_the_named_port() {
        let endpoints = json!({"subsets": [{
            "addresses": [{"ip": "10.77.1.1"}, {"ip": "10.77.1.2"}],
            "ports": [{"name": "http", "port": 9091}, {"name": "grpc", "port": 1}],
        }]});
        let mut targets = Targets::default();
        targets.of_endpoints(&endpoints, &json!({"job": "x"}));
        let found = targets.on("http");
        assert_eq!(found.len(), 2);
        assert_eq!(
            found[1],
            json!({"targets": ["10.77.1.2:9091"], "labels": {"job": "x"}})
        );
        assert_eq!(targets.on("web").len(), 0);
    }

    #[test]
    fn a_monitor_looks_where_it_says() {
        let monitor = |selector| json!({"metadata": {"namespace": "a"}, "spec": selector});
        let own = monitor(json!({}));
        assert_eq!(namespaces(&own), ["a"]);
        let named = monitor(json!({"namespaceSelector": {"matchNames": ["b", "c"]}}));
        assert_eq!(namespaces(&named), ["b", "c"]);
    }
}
