//! The configuration: one strict YAML file, read completely and checked before anything else happens.
//!
//! A [`Config`] that exists is valid. All mistakes of a file are reported at once. Nothing here connects
//! to anything.

mod clusters;
mod declared;
mod live;
mod places;
mod select;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use common::cluster::{Access, ClusterName};
use common::config_file;
pub use common::config_file::ConfigError;
use common::config_file::names::optional;
use common::yaml::{Dialect, Document, Problems};

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

impl Config {
    /// Reads and checks a file; what is only doubtful is told in the log.
    ///
    /// # Errors
    /// When it cannot be read, or with everything that is wrong in it.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let (config, warnings) = Self::read(path)?;
        for warning in warnings.iter() {
            tracing::warn!("{warning}");
        }
        Ok(config)
    }

    /// Reads and checks a file, and hands over what is only doubtful in it.
    ///
    /// # Errors
    /// When it cannot be read, or with everything that is wrong in it.
    pub fn read(path: &Path) -> Result<(Self, Problems), ConfigError> {
        let text = config_file::read(path)?;
        Self::parse(&path.display().to_string(), &text)
    }

    /// Checks the text of a file; `file` is its name in messages.
    ///
    /// # Errors
    /// Everything that is wrong in it.
    pub fn parse(file: &str, text: &str) -> Result<(Self, Problems), ConfigError> {
        let document = Document::parse(file, text, Dialect::Strict)?;
        let config = read(&document);
        let warnings = document.finish()?;
        #[expect(
            clippy::expect_used,
            reason = "what is missing was reported as an error"
        )]
        Ok((config.expect("the file has no error"), warnings))
    }

    /// The cluster that this process runs in.
    pub fn home(&self) -> Option<usize> {
        let home = |cluster: &ClusterConfig| cluster.access == Access::InCluster;
        self.clusters.iter().position(home)
    }
}

fn read(document: &Document) -> Option<Config> {
    let root = document.root();
    if root.is_null() {
        let problem = root.problem("is empty");
        root.report(
            problem.hint("`clusters` and `select` are needed; `init` proposes a whole file"),
        );
        return None;
    }
    let mut fields = root.fields()?;
    let listed = fields
        .required("clusters")
        .and_then(|list| clusters::read(&list));
    let empty = Vec::new();
    // Without the clusters everything else is still checked, but for their names.
    let known = listed.as_ref().unwrap_or(&empty);
    let baseline = optional(&mut fields, "baseline", |it| clusters::one(it, known));
    let settle = optional(&mut fields, "settle", places::settle);
    let families = fields
        .required("select")
        .and_then(|list| select::read(&list, known));
    let rules = optional(&mut fields, "declared", |it| declared::read(it, known));
    let live = optional(&mut fields, "live", live::read);
    let state = optional(&mut fields, "state", |it| places::state(it, known));
    let limits = optional(&mut fields, "limits", places::limits);
    let waits = settle
        .flatten()
        .is_some_and(|it| it.min_age > Duration::ZERO);
    if waits && state == Some(None) {
        let problem = root.problem("has `settle.min_age` and no `state`");
        root.report(problem.hint("an age is only known where it is remembered: add `state`"));
    }
    fields.deny_unknown();
    Some(Config {
        baseline: baseline?,
        settle: settle?.unwrap_or_default(),
        families: families?,
        rules: rules?.unwrap_or_default(),
        live: live?.unwrap_or_default(),
        state: state?,
        limits: limits?.unwrap_or_default(),
        clusters: listed?,
    })
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
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

#[cfg(test)]
mod tests;
