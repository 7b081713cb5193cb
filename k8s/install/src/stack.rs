//! What must be in a cluster before the chart: the operator's kinds, the operator, kube-state-metrics.

use common::cluster::{Cluster, ClusterError, Discovery, PageRequest};
use common::trouble::Trouble;
use k8s_openapi::api::apps::v1::Deployment;
use kube::api::ApiResource;
use serde::Deserialize;

use crate::cli::Stack;
use crate::manifest::{Id, Item};
use crate::seen::OPERATOR_GROUP;
use crate::verdict;

/// What runs in Deployments, by the last part of their images' names.
const PROGRAMS: [&str; 2] = ["prometheus-operator", "kube-state-metrics"];

/// So many Deployments are read at a time.
const PAGE: u32 = 200;

#[derive(Deserialize)]
struct Running {
    metadata: Names,
    spec: Spec,
    #[serde(default)]
    status: Status,
}

#[derive(Deserialize)]
struct Names {
    name: String,
    namespace: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    #[serde(default)]
    ready_replicas: u32,
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

/// What is missing of what the items of a chart need, in words; nothing if all of it is there. What is
/// `leaving` with the installation is no help.
///
/// # Errors
/// When a call fails.
pub async fn missing(
    api: &Cluster,
    discovery: &Discovery,
    items: &[Item],
    wanted: Stack,
    leaving: &[&Id],
) -> Result<Vec<String>, ClusterError> {
    let mut missing = kinds(discovery, items);
    if wanted == Stack::All {
        let running = running(api).await?;
        let programs = PROGRAMS.into_iter();
        let programs = programs.filter(|program| !running.iter().any(|it| it.is(program, leaving)));
        missing
            .extend(programs.map(|program| format!("a Deployment of {program} with a ready pod")));
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

impl Running {
    /// Whether it runs `program`, and goes on to.
    fn is(&self, program: &str, leaving: &[&Id]) -> bool {
        let Names { name, namespace } = &self.metadata;
        let leaves = |id: &&Id| {
            id.kind == "Deployment" && id.name == *name && id.namespace.as_ref() == Some(namespace)
        };
        let containers = &self.spec.template.spec.containers;
        self.status.ready_replicas > 0
            && containers.iter().any(|it| is_of(&it.image, program))
            && !leaving.iter().any(leaves)
    }
}

/// All Deployments.
async fn running(api: &Cluster) -> Result<Vec<Running>, ClusterError> {
    let deployments = ApiResource::erase::<Deployment>(&());
    let mut running = Vec::new();
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
            running.extend(serde_json::from_str::<Running>(item.get()).ok());
        }
        next = page.continue_token().map(str::to_owned);
        if next.is_none() {
            return Ok(running);
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
    use serde_json::json;

    use super::{Id, Running, is_of};

    #[test]
    fn a_program_counts_that_is_ready_and_stays() {
        let running = |ready: &serde_json::Value| -> Running {
            let image = "quay.io/prometheus-operator/prometheus-operator:v0.85.0";
            serde_json::from_value(json!({
                "metadata": {"name": "old-operator", "namespace": "monitoring"},
                "spec": {"template": {"spec": {"containers": [{"image": image}]}}},
                "status": ready,
            }))
            .unwrap()
        };
        let id = |kind: &str, name: &str| Id {
            group: "apps".to_owned(),
            kind: kind.to_owned(),
            namespace: Some("monitoring".to_owned()),
            name: name.to_owned(),
        };
        let ready = running(&json!({"readyReplicas": 1}));
        assert!(ready.is("prometheus-operator", &[]));
        assert!(!ready.is("kube-state-metrics", &[]));
        let others = [&id("Deployment", "other"), &id("Service", "old-operator")];
        assert!(ready.is("prometheus-operator", &others));
        assert!(!ready.is("prometheus-operator", &[&id("Deployment", "old-operator")]));
        // Scaled to nothing, or not ready.
        for status in [json!({}), json!({"replicas": 1, "unavailableReplicas": 1})] {
            assert!(!running(&status).is("prometheus-operator", &[]), "{status}");
        }
    }

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
