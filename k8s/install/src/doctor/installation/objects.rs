//! What matters of each object.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde_json::Value;

use super::{CronJob, Monitor, PART_OF, RuleObject, SUITE, Server};
use crate::manifest::Id;

/// The recording rule that names the jobs that must be there.
const STALE_AFTER: &str = "cronjob:monitoring_stale_after:seconds";

/// Limits by namespace and name.
pub type Limits = BTreeMap<(String, String), SignedDuration>;

pub(super) fn kind(object: &Value) -> &str {
    text(object, "/kind")
}

pub(super) fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    let text = object.pointer(pointer).and_then(Value::as_str);
    text.unwrap_or_default()
}

pub(super) fn items<'a>(object: &'a Value, pointer: &str) -> &'a [Value] {
    let items = object.pointer(pointer).and_then(Value::as_array);
    items.map_or(&[], Vec::as_slice)
}

pub(super) fn strings(object: &Value, pointer: &str) -> Vec<String> {
    let items = items(object, pointer).iter();
    items
        .filter_map(|it| it.as_str().map(str::to_owned))
        .collect()
}

fn namespace(object: &Value) -> String {
    text(object, "/metadata/namespace").to_owned()
}

fn name(object: &Value) -> String {
    text(object, "/metadata/name").to_owned()
}

/// The limits that the rules record, one for each job that must be there.
pub(super) fn stale_after<'a>(rules: impl Iterator<Item = &'a Value>) -> Limits {
    let groups = rules.flat_map(|object| items(object, "/spec/groups"));
    let rules = groups.flat_map(|group| items(group, "/rules"));
    let limits = rules.filter(|rule| text(rule, "/record") == STALE_AFTER);
    limits
        .filter_map(|rule| {
            let expression = text(rule, "/expr").trim();
            let seconds = expression.strip_prefix("vector(")?.strip_suffix(')')?;
            let limit = SignedDuration::from_secs(seconds.trim().parse().ok()?);
            let label = |name: &str| text(rule, &format!("/labels/{name}")).to_owned();
            Some(((label("namespace"), label("cronjob")), limit))
        })
        .collect()
}

pub(in crate::doctor) fn id(object: &Value) -> Id {
    let version = text(object, "/apiVersion");
    let group = version.split_once('/').map_or("", |(group, _)| group);
    Id {
        group: group.to_owned(),
        kind: kind(object).to_owned(),
        namespace: Some(namespace(object)).filter(|it| !it.is_empty()),
        name: name(object),
    }
}

impl CronJob {
    pub(super) fn of(object: &Value, stale: &Limits) -> Self {
        let (namespace, name) = (namespace(object), name(object));
        let limit = stale.get(&(namespace.clone(), name.clone())).copied();
        let variant = "/metadata/labels/monitoring-jobs.toolchain.private~1variant";
        Self {
            schedule: Some(text(object, "/spec/schedule").to_owned()),
            is_twin: text(object, variant) == "plan",
            stale_after: limit,
            namespace,
            name,
        }
    }
}

impl RuleObject {
    pub(super) fn of(object: &Value) -> Self {
        let groups = items(object, "/spec/groups").iter().map(|group| {
            let rules = items(group, "/rules").iter();
            let names = rules.map(|rule| match text(rule, "/alert") {
                "" => text(rule, "/record").to_owned(),
                alert => alert.to_owned(),
            });
            (text(group, "/name").to_owned(), names.collect())
        });
        Self {
            namespace: namespace(object),
            name: name(object),
            groups: groups.collect(),
        }
    }
}

impl Monitor {
    pub(super) fn of(object: &Value) -> Self {
        let endpoints = match kind(object) {
            "PodMonitor" => "/spec/podMetricsEndpoints",
            _ => "/spec/endpoints",
        };
        let labels = object.pointer("/spec/selector/matchLabels");
        let part_of = labels.and_then(|labels| labels.get(PART_OF));
        Self {
            kind: kind(object).to_owned(),
            namespace: namespace(object),
            name: name(object),
            endpoints: items(object, endpoints).len(),
            is_own: part_of.and_then(Value::as_str) == Some(SUITE),
        }
    }

    /// The names of the scrape pools that the operator makes of it.
    pub fn pools(&self) -> impl Iterator<Item = String> {
        let mut kind = self.kind.clone();
        if let Some(first) = kind.get_mut(..1) {
            first.make_ascii_lowercase();
        }
        let Self {
            namespace, name, ..
        } = self;
        (0..self.endpoints).map(move |index| format!("{kind}/{namespace}/{name}/{index}"))
    }
}

impl Server {
    pub(super) fn of(object: &Value) -> Self {
        let replicas = object.pointer("/spec/replicas").and_then(Value::as_u64);
        let secret = text(object, "/spec/configSecret");
        Self {
            kind: kind(object).to_owned(),
            namespace: namespace(object),
            name: name(object),
            replicas: replicas.unwrap_or(1),
            config_secret: Some(secret.to_owned()).filter(|it| !it.is_empty()),
        }
    }

    /// The `StatefulSet` that the operator makes of it.
    pub fn stateful_set(&self) -> String {
        format!("{}-{}", self.kind.to_ascii_lowercase(), self.name)
    }
}
