//! One kubeconfig for several clusters.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Result;
use kube::config::Kubeconfig;

use super::cluster::Cluster;

/// A kubeconfig, as JSON (which is YAML), with one context for each cluster, called like it, made of a
/// kubeconfig file for each. With `through`, the clusters are reached at these addresses, in the same
/// order.
///
/// # Errors
/// When a file cannot be read.
pub(crate) fn joint_kubeconfig(
    files: &[(&Cluster, PathBuf)],
    through: Option<&[SocketAddr]>,
) -> Result<String> {
    let mut all = Kubeconfig::default();
    for (number, (cluster, file)) in files.iter().enumerate() {
        let mut one = Kubeconfig::read_from(file)?;
        // Names of users are per file, and may be the same in each.
        let user = format!("job@{}", cluster.name());
        for info in &mut one.auth_infos {
            info.name.clone_from(&user);
        }
        for context in one.contexts.iter_mut().flat_map(|it| &mut it.context) {
            context.user = Some(user.clone());
        }
        if let Some(address) = through.and_then(|addresses| addresses.get(number)) {
            for cluster in one.clusters.iter_mut().flat_map(|it| &mut it.cluster) {
                cluster.server = Some(format!("https://{address}"));
            }
        }
        all = all.merge(one)?;
    }
    Ok(serde_json::to_string_pretty(&all)?)
}
