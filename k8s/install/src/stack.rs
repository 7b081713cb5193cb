//! What must be in a cluster before the chart: the operator's kinds, the operator, kube-state-metrics.

use common::cluster::{Cluster, ClusterError, Discovery, PageRequest};
use common::trouble::Trouble;
use k8s_openapi::api::apps::v1::Deployment;
use kube::api::ApiResource;
use serde::Deserialize;

use crate::cli::Stack;
use crate::manifest::Item;
use crate::verdict;

/// The group of the operator's kinds.
const OPERATOR_GROUP: &str = "monitoring.coreos.com";

/// What runs in Deployments, by the last part of their images' names.
const PROGRAMS: [&str; 2] = ["prometheus-operator", "kube-state-metrics"];

/// So many Deployments are read at a time.
const PAGE: u32 = 200;

#[derive(Deserialize)]
struct Running {
    spec: Spec,
}

#[derive(Deserialize)]
struct Spec {
    template: Template,
}

#[derive(Deserialize)]
struct Template {
    spec: Pod,
}

#[derive(Deserialize)]
struct Pod {
    containers: Vec<Container>,
}

#[derive(Deserialize)]
struct Container {
    #[serde(default)]
    image: String,
}

/// What is missing of what the items of a chart need, in words; nothing if all of it is there.
///
/// # Errors
/// When a call fails.
pub async fn missing(
    api: &Cluster,
    discovery: &Discovery,
    items: &[Item],
    wanted: Stack,
) -> Result<Vec<String>, ClusterError> {
    let mut missing = kinds(discovery, items);
    if wanted == Stack::All {
        let images = images(api).await?;
        let programs = PROGRAMS.into_iter();
        let programs = programs.filter(|program| !images.iter().any(|it| is_of(it, program)));
        missing.extend(programs.map(|program| format!("a Deployment of {program}")));
    }
    Ok(missing)
}

/// Refuses what cannot be installed yet.
///
/// # Errors
/// When something is missing.
pub fn require(missing: &[String]) -> Result<(), Trouble> {
    if missing.is_empty() {
        return Ok(());
    }
    let text = format!("the cluster lacks {}", missing.join(", "));
    Err(verdict::STACK_MISSING.because(text))
}

/// The kinds of the operator that are not served, each once.
fn kinds(discovery: &Discovery, items: &[Item]) -> Vec<String> {
    let mut kinds: Vec<String> = items
        .iter()
        .filter(|item| item.id.group == OPERATOR_GROUP)
        .filter(|item| {
            let versions = discovery.served(&item.id.group, &item.id.kind);
            let mut versions = versions.iter().map(|it| &it.resource.api_version);
            !versions.any(|version| *version == item.api_version)
        })
        .map(|item| format!("the kind {} of {}", item.id.kind, item.api_version))
        .collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

/// The images of all Deployments.
async fn images(api: &Cluster) -> Result<Vec<String>, ClusterError> {
    let deployments = ApiResource::erase::<Deployment>(&());
    let mut images = Vec::new();
    let mut next = None;
    loop {
        let page = PageRequest {
            namespace: None,
            labels: "",
            limit: PAGE,
            continue_token: next.as_deref(),
        };
        let page = api.list_page(&deployments, page).await?;
        for item in page.items()? {
            // One that is not understood is none of the two.
            if let Ok(Running { spec }) = serde_json::from_str(item.get()) {
                let containers = spec.template.spec.containers.into_iter();
                images.extend(containers.map(|container| container.image));
            }
        }
        next = page.continue_token().map(str::to_owned);
        if next.is_none() {
            return Ok(images);
        }
    }
}

/// Whether an image is one of `program`: `quay.io/x/kube-state-metrics:v2.15.0`.
fn is_of(image: &str, program: &str) -> bool {
    let name = image.rsplit('/').next().unwrap_or_default();
    let name = name.split(['@', ':']).next().unwrap_or_default();
    name == program
}

#[cfg(test)]
mod tests {
    use super::is_of;

    #[test]
    fn an_image_is_known_by_the_last_part_of_its_name() {
        for image in [
            "kube-state-metrics",
            "registry.k8s.io/kube-state-metrics/kube-state-metrics:v2.15.0",
            "host:5000/kube-state-metrics@sha256:00",
        ] {
            assert!(is_of(image, "kube-state-metrics"), "{image}");
        }
        for image in [
            "",
            "quay.io/kube-state-metrics/other:v1",
            "quay.io/prometheus-operator/prometheus-config-reloader:v0.85.0",
        ] {
            assert!(!is_of(image, "kube-state-metrics"), "{image}");
            assert!(!is_of(image, "prometheus-operator"), "{image}");
        }
    }
}
