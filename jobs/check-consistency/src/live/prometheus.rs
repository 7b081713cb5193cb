//! What each Prometheus says of the configuration that it runs, beside the object that it was made of.

use std::collections::BTreeMap;

use common::exposition::{self, Timestamps};
use common::number;
use common::yaml::{Dialect, Document, Key};
use serde::Deserialize;

use super::findings::{Found, findings, named};
use super::gap;
use super::names::{PROMETHEUS, operator, operator_resource};
use super::reader::Reader;
use super::reading::{Reading, gaps, parts, seen};
use crate::config::ServiceRef;
use crate::finding::{Finding, Standing, Unknown};
use crate::survey::{Gap, Part};

/// The metric that tells whether the server runs the file that it was given last.
const RELOADED: &str = "prometheus_config_last_reload_successful";

/// One server.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Server {
    /// Its release.
    pub(super) version: String,
    /// Whether it took the last configuration that it was told to load; absent when it does not say so.
    reloaded: Option<bool>,
    external_labels: BTreeMap<String, String>,
    /// The `Prometheus` objects of the namespace; none where there is no operator.
    resources: Result<Vec<Resource>, Gap>,
}

/// A `Prometheus` object: what of it can be seen in the server.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Resource {
    metadata: Metadata,
    #[serde(default)]
    spec: Spec,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Metadata {
    name: String,
    #[serde(default)]
    namespace: String,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Spec {
    external_labels: Option<BTreeMap<String, String>>,
    enforced_namespace_label: Option<String>,
    /// Empty: the operator adds no such label.
    prometheus_external_label_name: Option<String>,
    replica_external_label_name: Option<String>,
}

impl Resource {
    /// The label that the operator puts into every expression, if it does so.
    pub(super) fn enforced_label(&self) -> Option<String> {
        let label = self.spec.enforced_namespace_label.clone();
        label.filter(|label| !label.is_empty())
    }

    fn label(name: Option<&String>, default: &str) -> String {
        name.map_or(default, String::as_str).to_owned()
    }

    /// The label by which the operator names the object.
    fn own_label(&self) -> String {
        let name = self.spec.prometheus_external_label_name.as_ref();
        Self::label(name, "prometheus")
    }

    fn replica_label(&self) -> String {
        let name = self.spec.replica_external_label_name.as_ref();
        Self::label(name, "prometheus_replica")
    }
}

impl Server {
    pub(super) fn reload_failed(&self) -> bool {
        self.reloaded == Some(false)
    }

    /// The object that the server was made of: the only one, or the one that it names.
    pub(super) fn resource(&self) -> Option<&Resource> {
        let resources = self.resources.as_deref().unwrap_or_default();
        if let [only] = resources {
            return Some(only);
        }
        let is_named = |resource: &&Resource| {
            let Metadata { name, namespace } = &resource.metadata;
            let said = self.external_labels.get(&resource.own_label());
            said.is_some_and(|said| *said == format!("{namespace}/{name}"))
        };
        resources.iter().find(is_named)
    }
}

/// Reads what the server in one cluster says, and the objects.
pub(super) async fn read(reader: &Reader<'_>, service: &ServiceRef) -> Result<Server, Gap> {
    // One by one: if the server does not answer, it is asked once.
    let build = read_page(reader, service, "api/v1/status/buildinfo", version).await?;
    let labels = read_page(reader, service, "api/v1/status/config", external_labels).await?;
    let reloaded = read_page(reader, service, "metrics", reloaded).await?;
    let resource = operator_resource("Prometheus", "prometheuses");
    let resources = reader.list_dynamic(&resource).await;
    Ok(Server {
        version: build,
        reloaded,
        external_labels: labels,
        resources: resources.map(Option::unwrap_or_default),
    })
}

async fn read_page<T>(
    reader: &Reader<'_>,
    service: &ServiceRef,
    path: &str,
    parse: impl FnOnce(&str, &str) -> Result<T, Gap>,
) -> Result<T, Gap> {
    let page = reader.service(service, path).await?;
    parse(&reader.place(&service.service, path), &page)
}

/// The answer to `GET /api/v1/status/buildinfo`.
fn version(what: &str, page: &str) -> Result<String, Gap> {
    #[derive(Deserialize)]
    struct Answer {
        data: Build,
    }
    #[derive(Deserialize)]
    struct Build {
        version: String,
    }
    let answer = serde_json::from_str::<Answer>(page);
    Ok(answer
        .map_err(|error| gap::not_json(what, &error))?
        .data
        .version)
}

/// The answer to `GET /api/v1/status/config`.
fn external_labels(what: &str, page: &str) -> Result<BTreeMap<String, String>, Gap> {
    #[derive(Deserialize)]
    struct Answer {
        data: Running,
    }
    #[derive(Deserialize)]
    struct Running {
        yaml: String,
    }
    let answer = serde_json::from_str::<Answer>(page);
    let yaml = answer
        .map_err(|error| gap::not_json(what, &error))?
        .data
        .yaml;
    let document = Document::parse("running configuration", &yaml, Dialect::Strict);
    // The message of the error would quote the configuration.
    let document = document.map_err(|_| gap::garbled(what, "the configuration is not YAML"))?;
    let root = document.root();
    let global = root.entries().and_then(|entries| entry(entries, "global"));
    let labels = global
        .and_then(|global| global.entries())
        .and_then(|entries| entry(entries, "external_labels"))
        .and_then(|labels| labels.entries());
    let labels = labels.unwrap_or_default().into_iter();
    let labels = labels.filter_map(|(key, value)| Some((key.text.clone(), value.source_text()?)));
    Ok(labels.collect())
}

fn entry<V>(entries: Vec<(&Key, V)>, name: &str) -> Option<V> {
    let mut entries = entries.into_iter();
    let (_, value) = entries.find(|(key, _)| key.text == name)?;
    Some(value)
}

/// The answer to `GET /metrics`.
fn reloaded(what: &str, page: &str) -> Result<Option<bool>, Gap> {
    let families = exposition::parse_with(page.as_bytes(), Timestamps::Dropped)
        .map_err(|error| gap::garbled(what, &format!("line {} is no metric", error.line)))?;
    let family = families.iter().find(|family| family.name == RELOADED);
    let sample = family.and_then(|family| family.samples.first());
    Ok(sample.map(|sample| number::to_u64(sample.value) == 1))
}

/// Judges the servers of all clusters.
pub(super) fn judge(
    readings: &[Reading<Server>],
    names: &[&str],
    namespace: &str,
    service: &ServiceRef,
) -> (Vec<Finding>, Vec<Part>) {
    let mut found = Vec::new();
    for (cluster, server) in seen(readings) {
        let name = names.get(cluster).copied().unwrap_or_default();
        let resource = server.resource();
        let object = resource.map_or(service.service.as_str(), |resource| &resource.metadata.name);
        let object = named(&operator("Prometheus"), namespace, object);
        let before = found.len();
        for (standing, text, hint) in server.troubles() {
            let text = format!("{name}: {text}");
            found.push(Found::wrong(object.clone(), cluster, standing, text).hint(hint));
        }
        if found.len() == before {
            found.push(Found::well(object, cluster));
        }
    }
    // Without the object nobody can say what the labels should be.
    let parts = parts(PROMETHEUS, &operator("Prometheus"), readings, |server| {
        server.resources.clone().map(|_| 1)
    });
    (findings(PROMETHEUS, &gaps(readings), found), parts)
}

impl Server {
    fn troubles(&self) -> Vec<(Standing, String, &'static str)> {
        let mut troubles = Vec::new();
        match self.reloaded {
            Some(true) => {}
            Some(false) => troubles.push((
                Standing::NotLoaded,
                "its last reload failed: it runs the configuration before".to_owned(),
                "see in its log what it objects to",
            )),
            None => troubles.push((
                Standing::Unknown(Unknown::NotComparable),
                "it does not say whether its last reload succeeded".to_owned(),
                "look at its metrics: they lack prometheus_config_last_reload_successful",
            )),
        }
        let several = self.resources.as_ref().is_ok_and(|all| !all.is_empty());
        match self.resource() {
            Some(resource) => {
                let differences = self.label_differences(resource);
                if !differences.is_empty() {
                    let text = format!("external labels: {}", differences.join("; "));
                    let hint = "see whether the operator has taken the object, then the reload";
                    troubles.push((Standing::NotLoaded, text, hint));
                }
            }
            None if several => troubles.push((
                Standing::Unknown(Unknown::NotComparable),
                "which Prometheus object it was made of cannot be told".to_owned(),
                "leave the external label `prometheus` to the operator",
            )),
            None => {}
        }
        troubles
    }

    /// Labels that it runs with and that it was not given, and the other way round.
    fn label_differences(&self, resource: &Resource) -> Vec<String> {
        let declared = resource.spec.external_labels.clone().unwrap_or_default();
        let mut differences = Vec::new();
        for (label, wanted) in &declared {
            match self.external_labels.get(label) {
                Some(running) if running == wanted => {}
                // The reloader fills in the environment of each replica.
                Some(_) if wanted.contains("$(") => {}
                Some(running) => {
                    differences.push(format!(
                        "{label} is declared {wanted} and runs as {running}"
                    ));
                }
                None => differences.push(format!("{label} is declared and does not run")),
            }
        }
        let added = [resource.own_label(), resource.replica_label()];
        for label in self.external_labels.keys() {
            if !declared.contains_key(label) && !added.contains(label) {
                differences.push(format!("{label} runs and is not declared"));
            }
        }
        differences
    }
}

#[cfg(test)]
mod tests;
