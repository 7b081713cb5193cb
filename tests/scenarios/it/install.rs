//! The installation against a real API server, with a real Helm and the simulated AWS: from nothing, again,
//! refused, back, away, and from an older chart. No node runs, so Helm does not wait.

mod away;
mod back;
mod chart;
mod helm;
mod migrate;
mod refused;
mod scene;
mod secrets;
mod stopped;
mod stuck;

use std::time::Duration;

/// For what takes a whole run of the program.
const PATIENCE: Duration = Duration::from_secs(90);

/// The cluster.
const CLUSTER: &str = "prod-e1-1";

/// What is filled from AWS.
const SECRET: &str = "/api/v1/namespaces/monitoring/secrets/alertmanager-prod-monitoring";
