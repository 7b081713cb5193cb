//! Real Kubernetes API servers, each a cluster without nodes, for an ordinary user.
//!
//! A cluster is etcd and kube-apiserver in a *cell*: a network of its own, entered by way of a user
//! namespace, in which addresses can be given out freely. That is what makes the API server's proxy
//! to pods work: it refuses loopback addresses. There is no kubelet, no controller and no scheduler.
//! Instead the sandbox plays the parts that a scenario needs: an [`AlertmanagerSet`] is what the
//! Prometheus operator makes of an Alertmanager resource, with real Alertmanagers that pose as pods.
//!
//! ```text
//! test ── 127.0.0.1:PORT ──┐ Unix sockets ┌── kube-apiserver ── pod proxy ── 10.77.1.1:9093
//!                          ╞══════════════╡        │                        10.77.1.2:9093
//! mail server ◀────────────┘              └──◀── Alertmanagers ──── gossip ────┘
//!        outside                     the cell
//! ```

mod alertmanagers;
mod audit;
mod background;
mod cell;
mod client;
mod cluster;
mod control_plane;
mod joint;
mod kubeconfig;
mod pki;
mod port;
mod posed;

pub use alertmanagers::{AlertmanagerSet, AlertmanagersOptions};
pub use audit::{AuditEntry, Mark};
pub(crate) use cell::{Cell, Program};
pub use cell::{NoCell, supervise};
pub use client::{Change, Client};
pub use cluster::{Cluster, ClusterOptions, Passage};
pub use control_plane::Encryption;
pub(crate) use control_plane::Layout;
pub(crate) use joint::joint_kubeconfig;
pub(crate) use pki::Credential;
pub(crate) use posed::{Guise, Posed};
