//! The chart: what it renders, who accepts that, and what no schema can say about it.
//!
//! `k8s/rendered` holds what Helm makes of the chart for each cluster; `helm` compares it, and writes it
//! anew when `UPDATE_RENDERED` is set. The gates read these files alone. Each has defects planted: a gate
//! that lets one through fails.

mod admission;
pub(crate) mod documents;
mod gates;
mod helm;
mod mail;
mod schedules;
mod server;
mod stale;
pub(crate) mod version;
mod waits;

use documents::Rendered;

/// The clusters that the chart is for.
pub(crate) const CLUSTERS: [&str; 2] = ["prod-e1-1", "remoting-prod-e1-1"];

/// One Helm release a cluster; its services carry the names that people type.
const RELEASE: &str = "prod-monitoring";
