//! Reads what a cluster holds: one request, and more only when something is to be made.

use std::collections::BTreeSet;

use common::cluster::{Cluster, ClusterError};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::ApiResource;

use super::decide::Observed;
use super::object::Object;
use super::{ClusterConfig, Style};
use crate::desired::Desired;

/// Lists what the sidecar reads. Our own objects are among them: they all have its label.
///
/// # Errors
/// When the call fails.
pub async fn observe(
    cluster: &Cluster,
    config: &ClusterConfig,
    style: &Style,
) -> Result<Observed, ClusterError> {
    let maps: Vec<ConfigMap> = cluster
        .list(&config.namespace, &style.sidecar_label)
        .await?;
    Ok(Observed {
        objects: maps.into_iter().map(Object::from).collect(),
    })
}

/// Those that have a name which is about to be made and no label, which the first look does not see:
/// somebody else's, or ours without its label.
///
/// # Errors
/// When a call fails.
pub async fn without_label(
    cluster: &Cluster,
    config: &ClusterConfig,
    style: &Style,
    desired: &Desired,
    observed: &Observed,
) -> Result<Vec<Object>, ClusterError> {
    let seen = |name: &str| {
        observed
            .objects
            .iter()
            .any(|object| object.name == name && object.namespace == config.namespace)
    };
    let absent: BTreeSet<_> = desired
        .dashboards
        .keys()
        .map(|key| style.object_name(key))
        .filter(|name| !seen(name))
        .collect();
    let mut found = Vec::new();
    if absent.is_empty() {
        return Ok(found);
    }
    let resource = ApiResource::erase::<ConfigMap>(&());
    let all = cluster
        .list_metadata(&resource, &config.namespace, "")
        .await?;
    for name in all.into_iter().filter_map(|meta| meta.metadata.name) {
        if absent.contains(&name) {
            let map: ConfigMap = cluster.get(&config.namespace, &name).await?;
            found.push(Object::from(map));
        }
    }
    Ok(found)
}
