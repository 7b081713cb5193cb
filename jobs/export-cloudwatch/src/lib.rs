//! Reads CloudWatch and pushes to a Prometheus Pushgateway.
pub mod config;
pub mod metric;
pub mod naming;
pub mod plan;
pub mod fetch;
pub mod rule_fault;
pub mod families;
pub mod observe;
