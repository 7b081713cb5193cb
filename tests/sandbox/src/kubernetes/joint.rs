//! One kubeconfig for several clusters.

use std::net::SocketAddr;

use anyhow::Result;
use kube::config::Kubeconfig;

use super::cluster::Cluster;

/// A kubeconfig, as JSON (which is YAML), with one context for each cluster, called like it, in which
/// `user`, a member of `group`, acts. With `through`, the clusters are reached at these addresses, in
/// the same order.
///
/// # Errors
/// When a certificate cannot be made.
pub(crate) fn joint_kubeconfig(
    clusters: &[Cluster],
    user: &str,
    group: &str,
    through: Option<&[SocketAddr]>,
) -> Result<String> {
    let mut all = Kubeconfig::default();
    for (number, cluster) in clusters.iter().enumerate() {
        let file = cluster.kubeconfig_for(user, Some(group))?;
        let mut one = Kubeconfig::read_from(file)?;
        // Names of users are per file, and every certificate is for the same user.
        let user = format!("{user}@{}", cluster.name());
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
