//! `ConfigMap`s in clusters, from which Grafana's sidecar makes files.
//!
//! One dashboard is one `ConfigMap`. Which of them are ours is written on them, and so is the digest of
//! what we wrote: nothing else is remembered anywhere. [`look`] reads, [`decide`] is a pure function from
//! what is there and what is wanted to a plan, [`act`] carries it out.
//!
//! The notes name the pin at which a text was *written*. A later pin with the same text, or one that
//! means the same, is no reason to write: upstream changes its file far more often than any dashboard.

pub mod act;
pub mod decide;
pub mod look;
pub mod object;
pub mod owner;
pub mod plan;

use common::cluster::{Access, ClusterName};

use super::guard::Grace;

/// Under which name the API servers note what this job writes.
pub const MANAGER: &str = "sync-dashboards";

/// One cluster that dashboards go to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterConfig {
    /// What it is called everywhere.
    pub name: ClusterName,
    /// How its API server is reached.
    pub access: Access,
    /// Where the `ConfigMap`s are.
    pub namespace: String,
}

/// How `ConfigMap`s are named and marked, the same in every cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Style {
    /// Which of several configurations of this job they belong to: label `app.kubernetes.io/instance`.
    pub instance: String,
    /// What stands before a dashboard's name.
    pub prefix: String,
    /// The label that the sidecar looks for.
    pub sidecar_label: String,
    /// Its value.
    pub sidecar_value: String,
    /// The folder in Grafana, as annotation and value.
    pub folder: Option<(String, String)>,
    /// Annotations for others, such as those that keep Argo CD and Flux away.
    pub annotations: Vec<(String, String)>,
    /// Whether a person's change is overwritten without an order.
    pub on_edit: OnEdit,
    /// For how long something stays that upstream no longer has.
    pub grace: Grace,
}

/// What happens to a person's change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnEdit {
    /// It stays, and somebody is told.
    Refuse,
    /// It is overwritten, and that is told.
    Restore,
}

impl Default for Style {
    fn default() -> Self {
        Self {
            instance: "kube-prometheus".to_owned(),
            prefix: "monitoring-dashboard-".to_owned(),
            sidecar_label: "grafana_dashboard".to_owned(),
            sidecar_value: "1".to_owned(),
            folder: None,
            annotations: Vec::new(),
            on_edit: OnEdit::Refuse,
            grace: Grace::default(),
        }
    }
}

impl Style {
    /// The name of a dashboard's `ConfigMap`.
    pub fn object_name(&self, key: &crate::key::Key) -> String {
        format!("{}{}", self.prefix, key.base())
    }
}
