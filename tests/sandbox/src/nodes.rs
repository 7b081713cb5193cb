//! Whole Kubernetes clusters that run real pods on this machine, for root.
//!
//! Each is a *cell* with namespaces of its own for networks, mounts and processes, and a branch of its
//! own in every tree of cgroups. In it run, as processes: etcd, API server, controller manager,
//! scheduler, containerd, kubelet, kube-proxy, a DNS server, kube-router (it enforces network policies)
//! and the Prometheus operator. Images come from files: there is no registry. Two of them are joined by
//! a cable: a [`Pair`].
//!
//! ```text
//! test ── 127.0.0.1:PORT ──▶ API server 10.77.0.1:443 ──┐ cable ┌── 10.78.0.1:443 API server
//!                                │                      ╞═══════╡
//! mail server ◀── 10.77.0.2 ◀── pods 10.88.0.0/24 ──────┘       └── pods 10.89.0.0/24
//!   outside                        cell a                                cell b
//! ```
//!
//! One process is to be killed, and the kernel ends everything inside and unmounts it. Nothing of the
//! machine is changed: neither its networks nor its mounts, and its packages only by being read.
//!
//! Where it cannot be had, [`NoNodes`] says why.

mod daemons;
pub mod estate;
mod files;
mod inside;
mod memory;
mod no_nodes;
mod node_cluster;
mod pair;
mod plan;
mod runs;
mod walls;

pub use no_nodes::NoNodes;
pub use node_cluster::NodeCluster;
pub use pair::Pair;
pub use plan::Side;
pub use runs::Run;

/// The image that every pod needs, whatever else it runs: it holds the pod's namespaces.
pub const PAUSE_IMAGE: &str = files::PAUSE;

/// Whether this machine and this user can have nodes.
///
/// # Errors
/// The first thing that stands in the way.
pub fn possible() -> Result<(), NoNodes> {
    no_nodes::check(&common::env::Env::from_process())
}
