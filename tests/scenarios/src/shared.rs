//! One cluster for all scenarios that need nothing of it but a namespace: to start an API server takes longer
//! than most of them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};

use anyhow::Result;
use sandbox::kubernetes::{Cluster, ClusterOptions};
use sandbox::tools::Tools;
use tokio::sync::Mutex;

static CLUSTER: Mutex<Weak<Cluster>> = Mutex::const_new(Weak::new());

static NAMESPACES: AtomicUsize = AtomicUsize::new(0);

/// The cluster that others use at this moment, or a new one. It ends with the last of them. Nobody may stop its
/// API server, and whoever reads its audit log reads of others too.
///
/// # Errors
/// When it does not start.
pub async fn cluster() -> Result<Arc<Cluster>> {
    let mut shared = CLUSTER.lock().await;
    if let Some(cluster) = shared.upgrade() {
        return Ok(cluster);
    }
    let options = ClusterOptions::new("shared");
    let cluster = Arc::new(Cluster::start(&Tools::from_process()?, options).await?);
    *shared = Arc::downgrade(&cluster);
    Ok(cluster)
}

/// The name of a namespace that nobody else has. Whoever wants it makes it.
pub fn namespace() -> String {
    let number = NAMESPACES.fetch_add(1, Ordering::Relaxed);
    format!("monitoring-{number}")
}
