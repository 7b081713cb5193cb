//! The chart `k8s/grafana`: what it renders, who accepts that, and its dashboards against what the suite
//! pushes. Each check has defects planted: one that lets a defect through fails.
//!
//! Grafana itself is not among the sandbox's servers: what it reads when it starts is checked by the
//! files' text, and what dashboards ask is asked of a real Prometheus.
// Marks what follows as test code, in which unwrapping, indexing and panics are welcome.
#![cfg(test)]

mod answers;
mod beside;
mod boards;
mod closure;
mod form;
mod gates;
mod render;
mod server;

/// The chart's folder.
const CHART: &str = "k8s/grafana";

/// What it is in the one cluster that it is installed in, and from which values.
const RENDERED: &str = "k8s/rendered/grafana-prod-e1-1.yaml";
const VALUES: &str = "k8s/grafana/values/prod-e1-1.yaml";

/// Its Helm release; Grafana's service is called like it.
const RELEASE: &str = "prod-grafana";

/// What links begin with in the files of dashboards; the chart puts the repository's address there.
const REPOSITORY: &str = "https://repository.invalid";
