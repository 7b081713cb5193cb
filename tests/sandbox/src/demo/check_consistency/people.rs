//! What people do in the scene: edit rules, take a right away, declare a difference.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::super::stage::Stage;
use super::program::Program;
use super::{LOOK_EVERY, PATIENCE};
use crate::checkout;
use crate::monitoring::{self, NAMESPACE, rule};

/// The cluster that people touch. The job does not run in it.
pub(super) const OTHER: &str = "remoting-prod-e1-1";

/// The object that people touch.
pub(super) const RULES: &str = "core-alerts-rules";

/// The job that somebody suspends.
pub(super) const SUSPENDED: &str = "sync-dashboards";

/// A change of one field of an alert: of which, what it was and what it becomes.
#[derive(Debug)]
pub(super) struct Edit {
    pub(super) alert: &'static str,
    field: &'static str,
    was: &'static str,
    becomes: &'static str,
}

/// The alert comes twenty minutes later.
pub(super) const WAITS_LONGER: Edit = Edit {
    alert: "CoreDNSDown",
    field: "for",
    was: "20m",
    becomes: "40m",
};

/// Five times as many errors pass.
pub(super) const LOOSENED: Edit = Edit {
    alert: "CoreDNSErrorsHigh",
    field: "expr",
    was: "sum(rate(coredns_dns_responses_total{rcode=\"SERVFAIL\"}[5m])) by (pod) > 1",
    becomes: "sum(rate(coredns_dns_responses_total{rcode=\"SERVFAIL\"}[5m])) by (pod) > 5",
};

/// The same in other words.
pub(super) const RESPELLED: Edit = Edit {
    alert: "CoreDNSLatencyHigh",
    field: "expr",
    was: "histogram_quantile(0.99, sum(rate(coredns_dns_request_duration_seconds_bucket[5m])) by (le)) > 4",
    becomes: "histogram_quantile(0.99, sum by (le) (rate(coredns_dns_request_duration_seconds_bucket[300s]))) > 4.0",
};

impl Edit {
    /// Where a report shows it.
    pub(super) fn path(&self) -> String {
        let Self { alert, field, .. } = self;
        format!("/spec/groups[name=./core-dns]/rules[alert={alert}]/{field}")
    }

    /// The way back.
    pub(super) const fn undone(&self) -> Self {
        Self {
            alert: self.alert,
            field: self.field,
            was: self.becomes,
            becomes: self.was,
        }
    }
}

/// Somebody edits alerts of [`RULES`] in [`OTHER`], and the Prometheus there loads them.
pub(super) async fn edit(world: &monitoring::Stage, edits: &[&Edit]) -> Result<()> {
    Stage::command(&format!(
        "kubectl --context {OTHER} --namespace {NAMESPACE} edit prometheusrule {RULES}"
    ));
    let path = rule(RULES);
    let mut object = world.get(OTHER, &path).await?;
    let groups = object.pointer_mut("/spec/groups");
    let groups = groups.context("a PrometheusRule without groups")?;
    for edit in edits {
        let Edit {
            alert,
            field,
            was,
            becomes,
        } = edit;
        let value = field_of(groups, alert, field);
        let value = value.with_context(|| format!("no {field} of {alert}"))?;
        if value.as_str() != Some(was) {
            bail!("{field} of {alert} is {value} and not {was}")
        }
        *value = json!(becomes);
        Stage::quote(&format!(
            "{alert}\n  -{field}: {was}\n  +{field}: {becomes}"
        ));
    }
    let change = json!({"spec": {"groups": groups}});
    let as_kubectl = format!("{path}?fieldManager=kubectl-edit");
    world.patch(OTHER, &as_kubectl, &change).await?;
    world.prometheus(OTHER)?.sync().await
}

fn field_of<'a>(groups: &'a mut Value, alert: &str, field: &str) -> Option<&'a mut Value> {
    let groups = groups.as_array_mut()?.iter_mut();
    let rules = groups.filter_map(|group| group.get_mut("rules")?.as_array_mut());
    let mut rules = rules.flatten();
    let rule = rules.find(|rule| rule.get("alert").is_some_and(|name| name == alert));
    rule?.get_mut(field)
}

/// Somebody takes what the job may do away from it in [`OTHER`].
pub(super) async fn forbid(world: &monitoring::Stage, program: &Program) -> Result<()> {
    Stage::command(&format!(
        "kubectl --context {OTHER} --namespace {NAMESPACE} delete rolebinding check-consistency"
    ));
    let all = "apis/rbac.authorization.k8s.io/v1";
    let path = monitoring::object(all, "rolebindings", "check-consistency");
    world.delete(OTHER, &path).await?;
    until(program, 4).await
}

/// Somebody gives it back.
pub(super) async fn allow(world: &monitoring::Stage, program: &Program) -> Result<()> {
    let file = "k8s/rbac/check-consistency.yaml";
    Stage::command(&format!(
        "kubectl --context {OTHER} apply --filename {file}"
    ));
    let path = checkout::file(file);
    let text = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    world.cluster(OTHER)?.apply(&[&text]).await?;
    until(program, 0).await
}

/// An API server heeds changed rights a moment later.
async fn until(program: &Program, status: i32) -> Result<()> {
    let started = Instant::now();
    loop {
        let answer = program.ask(&format!("cluster {OTHER}")).await?;
        if answer.status == status {
            return Ok(());
        }
        if started.elapsed() > PATIENCE {
            bail!("`cluster {OTHER}` still ends with {}", answer.status)
        }
        sleep(LOOK_EVERY).await;
    }
}

/// The declaration of the difference that is meant.
const DECLARED: &str = concat!(
    "  ignore:\n",
    "    - objects: [PrometheusRule/monitoring/core-alerts-rules]\n",
    "      path: /spec/groups[name=./core-dns]/rules[alert=CoreDNSDown]/for\n",
    "      reason: its nodes restart for half an hour\n",
);

/// The reason that it gives.
pub(super) const REASON: &str = "its nodes restart for half an hour";

/// What the servers that run are asked for.
const LIVE: &str = "\
live:
  prometheus: {service: prod-monitoring-prometheus-prometheus, port: 80, watchdog: Watchdog}
";

/// Writes the configuration that declares what is meant today, and that of later, with one difference
/// more.
pub(super) fn configurations(world: &monitoring::Stage) -> Result<[PathBuf; 2]> {
    let write = |name: &str, extra: &str| {
        let path = world.directory().join(name);
        fs::write(&path, world.configuration(extra)?)
            .with_context(|| format!("writing {}", path.display()))?;
        Ok::<PathBuf, anyhow::Error>(path)
    };
    let today = write("today.yaml", LIVE)?;
    let later = write("later.yaml", &format!("{DECLARED}{LIVE}"))?;
    Ok([today, later])
}

/// Shows what somebody writes into the configuration.
pub(super) fn declare() {
    Stage::command("$EDITOR check-consistency.yaml");
    Stage::quote("declared:");
    Stage::quote(DECLARED);
}

/// Somebody suspends a job in the cluster `name`.
pub(super) async fn suspend(world: &monitoring::Stage, name: &str) -> Result<()> {
    let patch = json!({"spec": {"suspend": true}});
    Stage::command(&format!(
        "kubectl --context {name} --namespace {NAMESPACE} patch cronjob {SUSPENDED} --patch '{patch}'"
    ));
    let path = monitoring::object("apis/batch/v1", "cronjobs", SUSPENDED);
    let as_kubectl = format!("{path}?fieldManager=kubectl-patch");
    world.patch(name, &as_kubectl, &patch).await?;
    Ok(())
}
