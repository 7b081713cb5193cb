//! What a cluster shows of its monitoring: readers that look and judge nothing.
//!
//! Whatever cannot be seen is a [`Trouble`] with the words for whoever asks, never an empty answer.

pub mod alertmanager;
pub mod asking;
pub mod cron_jobs;
pub mod prometheus;
pub mod pushgateway;

use common::trouble::Trouble;

pub use crate::installation::NAMESPACE;
pub use asking::Asking;

/// What was seen, or why not.
pub type Seen<T> = Result<T, Trouble>;

/// The API group of the operator's kinds.
pub const OPERATOR_GROUP: &str = "monitoring.coreos.com";

/// Where the rotation of credentials runs.
pub const CREDENTIALS_NAMESPACE: &str = "monitoring-credentials";

/// The service before Prometheus, and the name of the resource that the operator makes it of.
pub const PROMETHEUS: &str = "prod-monitoring-prometheus-prometheus";

/// The service before the Alertmanagers, and the name of their resource.
pub const ALERTMANAGER: &str = "prod-monitoring-prometheus-alertmanager";

/// The service before the Pushgateway.
pub const PUSHGATEWAY: &str = "prod-monitoring-prometheus-pushgateway";
