//! The company's monitoring in two clusters, in small, for the job that compares them.
//!
//! The objects are the files in `tests/sandbox/content/monitoring`: those in `everywhere` are in both
//! clusters, those in a folder called like a cluster only there. Their kinds are the Prometheus
//! operator's own, with its own schemas. Servers run only where a scenario asks for them.

mod alertmanagers;
mod content;
mod kinds;
mod prometheus;
mod pushgateway;
mod scraping;
mod simulator;
mod stage;
#[cfg(test)]
mod tests;

pub use prometheus::Prometheus;
pub use pushgateway::Pushgateway;
pub use simulator::{ApiSimulator, Fleet};
pub use stage::{CLUSTERS, GROUP, HOME, NAMESPACE, Stage, USER};

/// The path of a `PrometheusRule`.
pub fn rule(name: &str) -> String {
    object("apis/monitoring.coreos.com/v1", "prometheusrules", name)
}

/// The path of an object in the namespace of the monitoring, by its API (`api/v1`, `apis/apps/v1`), the
/// plural of its kind, and its name.
pub fn object(api: &str, plural: &str, name: &str) -> String {
    format!("{}/{name}", collection(api, plural))
}

/// The path of all objects of a kind in the namespace of the monitoring.
pub fn collection(api: &str, plural: &str) -> String {
    format!("/{api}/namespaces/{NAMESPACE}/{plural}")
}
