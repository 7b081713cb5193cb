//! The configuration: one strict YAML file, read completely and checked before anything else happens.
//!
//! A [`Config`] that exists is valid. All mistakes of a file are reported at once. Nothing here connects
//! to anything.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use common::cluster::{Access, ClusterName};

use crate::declared::Rule;
use crate::object::Kind;

/// A valid configuration.
#[derive(Debug, Clone)]
pub struct Config {
    /// At least two, in the order of every report.
    pub clusters: Vec<ClusterConfig>,
    /// The one that the others are measured by: an index into `clusters`.
    pub baseline: Option<usize>,
    /// When a difference counts.
    pub settle: Settle,
    /// What is compared.
    pub families: Vec<Family>,
    /// What is meant to differ.
    pub rules: Vec<Rule>,
    /// What is looked at of things that run.
    pub live: Live,
    /// Where it is remembered since when something differs.
    pub state: Option<StatePlace>,
    /// How much is read.
    pub limits: Limits,
}

/// A cluster and what its name stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterConfig {
    /// Its name: `{{cluster}}` in templates.
    pub name: ClusterName,
    /// How it is reached.
    pub access: Access,
    /// What else templates can name: `{{region}}`, `{{account}}`, ….
    pub vars: BTreeMap<String, String>,
}

/// When a difference counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settle {
    /// How long after the first look what differs is looked at again; zero: not.
    pub recheck: Duration,
    /// How long a difference must be known to count; zero: at once. Needs `state`.
    pub min_age: Duration,
}

/// Objects of one kind that are compared: one entry of `select` for each of its kinds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Family {
    /// The entry's `id`; several kinds of one entry share it.
    pub id: String,
    /// The kind.
    pub kind: Kind,
    /// Where; empty for kinds that live in no namespace.
    pub namespaces: Vec<String>,
    /// Label selector; empty matches all.
    pub labels: String,
    /// Name patterns with `*`; empty matches all.
    pub names: Vec<String>,
    /// Names that differ by cluster, such as `prometheus-{{cluster}}`: they are compared under the
    /// template's own text.
    pub name_templates: Vec<String>,
    /// Indexes of the clusters that are looked at.
    pub clusters: Vec<usize>,
    /// Whether objects that a controller owns are compared too.
    pub owned: bool,
}

/// What is looked at of things that run; everything is off unless it is configured.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Live {
    /// The namespace of everything below.
    pub namespace: String,
    /// Rules and configuration that each Prometheus has loaded.
    pub prometheus: Option<ServiceRef>,
    /// Whether the rules that it has loaded are compared with the `PrometheusRule` objects.
    pub rules: bool,
    /// The name of the alert that must always fire, such as `Watchdog`.
    pub watchdog: Option<String>,
    /// Configuration that each Alertmanager replica runs.
    pub alertmanager: Option<AlertmanagerRef>,
    /// Name patterns of the `CronJob`s that must be fresh, and after how long they are stale.
    pub cron_jobs: Vec<CronJobs>,
    /// Names of `CustomResourceDefinition`s whose versions are compared.
    pub definitions: Vec<String>,
    /// Whether the charts' versions, as labels of the compared objects tell them, are compared.
    pub charts: bool,
    /// Label selectors of pods whose images are compared by digest.
    pub images: Vec<String>,
    /// Groups of a Pushgateway that nobody writes any more.
    pub pushgateway: Option<PushgatewayRef>,
}

/// A service behind the API server's proxy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceRef {
    /// Its name.
    pub service: String,
    /// Its port, by number or name.
    pub port: String,
}

/// Alertmanagers: pods, for each replica has its own answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertmanagerRef {
    /// Label selector of the pods.
    pub selector: String,
    /// The port of their HTTP server.
    pub port: u16,
    /// Whether all clusters must run one and the same file; within a cluster that is always so.
    pub same_file: bool,
    /// Whether all clusters must send mail as the same user.
    pub same_user: bool,
}

/// `CronJob`s that must have succeeded lately.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CronJobs {
    /// Name pattern with `*`.
    pub name: String,
    /// How long after a slot its run must have succeeded.
    pub grace: Duration,
    /// Whether it may be suspended.
    pub may_be_suspended: bool,
}

/// A Pushgateway and what is done about groups that nobody writes any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushgatewayRef {
    /// The service in every cluster that has one; clusters without it are left out of the check.
    pub service: ServiceRef,
    /// Prefix of the `job` label of the groups that are looked at: `aws_`.
    pub prefix: String,
    /// A group is stale when its last push is older.
    pub stale_after: Duration,
    /// Whether `run` deletes stale groups of the Pushgateway that it pushes to.
    pub reap: bool,
}

/// Where drift is remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StatePlace {
    /// In a `ConfigMap`.
    ConfigMap {
        /// An index into the clusters.
        cluster: usize,
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
    },
    /// In a file.
    File(PathBuf),
}

/// How much is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Objects in a page.
    pub page: u32,
    /// Objects that are read in detail.
    pub details: usize,
    /// Calls to one cluster at the same time while details are read.
    pub in_flight: usize,
    /// Time for everything that is read from one cluster.
    pub per_cluster: Duration,
    /// The largest object that is compared, in bytes.
    pub object_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            page: 500,
            details: 500,
            in_flight: 16,
            per_cluster: Duration::from_mins(2),
            object_bytes: 3 << 20,
        }
    }
}
