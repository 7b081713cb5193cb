//! What should be there.
//!
//! An operator's machine has the chart, and what it renders is what should be there. A pod in the cluster
//! has no chart: it takes the objects that carry the suite's label for what should be there, so it does
//! not miss one that was deleted; except a `CronJob`, because the rules name those that must run. What
//! the jobs may do is compiled in for it, from the files that the chart takes it from.

mod deployed;
mod objects;
mod rights;

use std::collections::{BTreeMap, BTreeSet};

use common::cluster::{Grantee, Right};
use common::trouble::Trouble;
use jiff::SignedDuration;
use serde_json::Value;

use super::selection::Selection;
use crate::manifest::{self, Id};
use crate::seen::OPERATOR_GROUP;

pub use deployed::{RESOURCES, limits, of_cluster};
pub use objects::Limits;
pub(super) use objects::id;

/// The label of every object of the chart.
pub const PART_OF: &str = "app.kubernetes.io/part-of";

/// Its value.
pub const SUITE: &str = "monitoring-jobs";

/// Everything that should be there in one cluster.
#[derive(Debug, Clone, PartialEq)]
pub struct Installation {
    /// Where it is known from, in words.
    pub source: String,
    /// Every object.
    pub objects: Vec<Id>,
    /// The `CronJob`s.
    pub cron_jobs: Vec<CronJob>,
    /// The `PrometheusRule`s.
    pub rules: Vec<RuleObject>,
    /// The monitors.
    pub monitors: Vec<Monitor>,
    /// What the operator runs.
    pub servers: Vec<Server>,
    /// What Prometheus takes of rules and monitors; absent where there should be none.
    pub selection: Option<Selection>,
    /// Deployments.
    pub deployments: Vec<Id>,
    /// What the jobs may do.
    pub rights: BTreeSet<(Grantee, Right)>,
}

/// A `CronJob`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CronJob {
    /// Where it is.
    pub namespace: String,
    /// What it is called.
    pub name: String,
    /// When it runs; absent where only its name is known.
    pub schedule: Option<String>,
    /// Whether it is a twin that only shows a plan: suspended, run by people alone.
    pub is_twin: bool,
    /// The age from which on its last success is too old.
    pub stale_after: Option<SignedDuration>,
}

/// A `PrometheusRule`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleObject {
    /// Where it is.
    pub namespace: String,
    /// What it is called.
    pub name: String,
    /// The names of its rules, group by group, in order.
    pub groups: BTreeMap<String, Vec<String>>,
}

/// A `ServiceMonitor` or `PodMonitor`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Monitor {
    /// Which of the two.
    pub kind: String,
    /// Where it is.
    pub namespace: String,
    /// What it is called.
    pub name: String,
    /// How many endpoints it has: so many scrape pools come of it.
    pub endpoints: usize,
    /// Whether it looks at what the chart itself installs, so that it must find something.
    pub is_own: bool,
}

/// A `Prometheus` or `Alertmanager`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Which of the two.
    pub kind: String,
    /// Where it is.
    pub namespace: String,
    /// What it is called.
    pub name: String,
    /// How many there should be.
    pub replicas: u64,
    /// The Secret that its configuration is in.
    pub config_secret: Option<String>,
}

impl Installation {
    /// What the output of `helm template` says that should be there. `source` says in words what was
    /// rendered.
    ///
    /// # Errors
    /// When it is not what Helm writes.
    pub fn of_manifests(text: &str, source: impl Into<String>) -> Result<Self, Trouble> {
        let objects = values(text)?;
        Ok(Self::of_objects(&objects, &objects, source.into()))
    }

    /// `rights` are the objects that say who may do what.
    fn of_objects(objects: &[Value], rights: &[Value], source: String) -> Self {
        let of = |kind: &'static str| objects.iter().filter(move |it| objects::kind(it) == kind);
        let rules: Vec<_> = of("PrometheusRule").map(RuleObject::of).collect();
        let stale = objects::stale_after(of("PrometheusRule"));
        let mut cron_jobs: Vec<_> = of("CronJob")
            .map(|object| CronJob::of(object, &stale))
            .collect();
        for ((namespace, name), limit) in &stale {
            let is_known = |it: &CronJob| it.namespace == *namespace && it.name == *name;
            if !cron_jobs.iter().any(is_known) {
                cron_jobs.push(CronJob {
                    namespace: namespace.clone(),
                    name: name.clone(),
                    schedule: None,
                    is_twin: false,
                    stale_after: Some(*limit),
                });
            }
        }
        cron_jobs.sort_by(|a, b| (&a.namespace, &a.name).cmp(&(&b.namespace, &b.name)));
        let monitors = of("ServiceMonitor").chain(of("PodMonitor"));
        let servers = of("Prometheus").chain(of("Alertmanager"));
        Self {
            source,
            cron_jobs,
            rules,
            monitors: monitors.map(Monitor::of).collect(),
            servers: servers.map(Server::of).collect(),
            selection: of("Prometheus").next().map(Selection::of),
            deployments: of("Deployment").map(id).collect(),
            objects: objects.iter().map(id).collect(),
            rights: rights::rights(rights),
        }
    }

    /// The server of a kind, if there is one.
    pub fn server(&self, kind: &str) -> Option<&Server> {
        self.servers.iter().find(|it| it.kind == kind)
    }

    /// The kinds of the operator that are used.
    pub fn operated_kinds(&self) -> BTreeSet<&str> {
        let objects = self.objects.iter();
        let operated = objects.filter(|it| it.group == OPERATOR_GROUP);
        operated.map(|it| it.kind.as_str()).collect()
    }
}

/// The objects of a manifest.
fn values(text: &str) -> Result<Vec<Value>, Trouble> {
    let items = manifest::parse(text)?.into_iter();
    Ok(items.map(|item| item.value).collect())
}

/// As findings name an object: `CronJob monitoring/check-consistency`.
pub(super) fn title(id: &Id) -> String {
    let Id {
        kind,
        namespace,
        name,
        ..
    } = id;
    match namespace {
        Some(namespace) => format!("{kind} {namespace}/{name}"),
        None => format!("{kind} {name}"),
    }
}

#[cfg(test)]
mod tests;
