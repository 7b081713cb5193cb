//! `k8s/stack`: what Helm makes of it, and whether k8s/chart finds there what it stands on.
//!
//! The upstream chart is fetched when somebody installs, not here: stubs of its name and version stand in for
//! it, and show the values that it would get. What upstream's own templates make of those is not tested;
//! `upstream.yaml` has the keys of upstream's values files. Each check has defects planted.

mod adapter;
mod exporter;
mod keys;
pub(crate) mod server;
mod stub;
mod subject;
mod values;
