//! Reads CloudWatch and pushes to a Prometheus Pushgateway.
pub mod config;
pub mod metric;
