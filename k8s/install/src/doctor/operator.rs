//! What comes from elsewhere: the operator with its definitions, and kube-state-metrics. Whether the
//! operator works is seen by what it makes.

use common::cluster::Discovery;
use futures_util::future::try_join;
use k8s_openapi::api::apps::v1::{Deployment, StatefulSet};

use super::installation::{Installation, title};
use super::report::{Area, Check, Finding};
use crate::mend::Mend;
use crate::seen::prometheus::{Server, Target};
use crate::seen::{Asking, NAMESPACE, OPERATOR_GROUP, Seen};

/// The job label that the rules about jobs ask for.
const STATE_METRICS: &str = "kube-state-metrics";

/// Something that keeps pods running.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Workload {
    pub(super) name: String,
    pub(super) ready: u64,
    pub(super) wanted: u64,
}

/// What keeps the pods of the monitoring running.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Workloads {
    pub(super) stateful_sets: Vec<Workload>,
    pub(super) deployments: Vec<Workload>,
}

/// Reads it.
pub(super) async fn read(asking: Asking<'_>) -> Seen<Workloads> {
    let (sets, deployments) = try_join(
        asking.list::<StatefulSet>(NAMESPACE, ""),
        asking.list::<Deployment>(NAMESPACE, ""),
    )
    .await?;
    let number = |count: Option<i32>| u64::try_from(count.unwrap_or(0)).unwrap_or(0);
    let sets = sets.into_iter().map(|set| Workload {
        name: set.metadata.name.unwrap_or_default(),
        ready: number(set.status.and_then(|it| it.ready_replicas)),
        wanted: number(set.spec.and_then(|it| it.replicas).or(Some(1))),
    });
    let deployments = deployments.into_iter().map(|it| Workload {
        name: it.metadata.name.unwrap_or_default(),
        ready: number(it.status.and_then(|status| status.ready_replicas)),
        wanted: number(it.spec.and_then(|spec| spec.replicas).or(Some(1))),
    });
    Ok(Workloads {
        stateful_sets: sets.collect(),
        deployments: deployments.collect(),
    })
}

/// Holds what should be there against it.
pub(super) fn judge(
    expected: &Installation,
    discovery: &Seen<Discovery>,
    workloads: &Seen<Workloads>,
    prometheus: &Seen<Server>,
    mend: Mend<'_>,
) -> Check {
    let mut findings = Vec::new();
    let kinds = expected.operated_kinds();
    match discovery {
        Ok(discovery) => {
            let missing = kinds
                .iter()
                .filter(|kind| discovery.served(OPERATOR_GROUP, kind).is_empty());
            let missing: Vec<_> = missing.copied().collect();
            if !missing.is_empty() && !discovery.is_stale(OPERATOR_GROUP) {
                let text = format!("the cluster does not know the kinds {}", missing.join(", "));
                let title = format!("definitions of {OPERATOR_GROUP}");
                findings.push(Finding::wrong(title, text, mend.definitions()));
            }
        }
        Err(why) => findings.push(Finding::unseen("the kinds that the cluster has", why)),
    }
    match workloads {
        Ok(workloads) => findings.extend(judge_workloads(expected, workloads, mend)),
        Err(why) => findings.push(Finding::unseen(format!("workloads in {NAMESPACE}"), why)),
    }
    match prometheus {
        Ok(server) => findings.extend(state_metrics(server, mend)),
        Err(why) => findings.push(Finding::unseen(STATE_METRICS, why)),
    }
    let servers = expected.servers.len();
    Check {
        area: Area::Operator,
        well: format!(
            "{} kinds defined, {servers} servers asked for, kube-state-metrics",
            kinds.len()
        ),
        details: Vec::new(),
        findings,
    }
}

fn judge_workloads(expected: &Installation, seen: &Workloads, mend: Mend<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for server in &expected.servers {
        let (namespace, name) = (&server.namespace, &server.name);
        let set = server.stateful_set();
        let title = format!("{} {namespace}/{name}", server.kind);
        match seen.stateful_sets.iter().find(|it| it.name == set) {
            None => {
                let text = "nothing has made pods of it: the operator is missing, or stands still";
                findings.push(Finding::wrong(title, text, mend.stack()));
            }
            Some(workload) if workload.ready < server.replicas => {
                let text = format!("{} of {} pods are ready", workload.ready, server.replicas);
                let describe = format!("describe statefulset {set}");
                let mend = mend.kubectl(namespace, describe);
                findings.push(Finding::wrong(title, text, mend));
            }
            Some(_) => {}
        }
    }
    for object in &expected.deployments {
        // That it is not there is told with the other objects.
        let name = &object.name;
        let found = seen.deployments.iter().find(|it| it.name == *name);
        if let Some(workload) = found.filter(|it| it.ready < it.wanted) {
            let text = format!("{} of {} pods are ready", workload.ready, workload.wanted);
            let describe = mend.kubectl(NAMESPACE, format!("describe deployment {name}"));
            findings.push(Finding::wrong(title(object), text, describe));
        }
    }
    findings
}

/// Without it, the rules about jobs see nothing and stay silent.
fn state_metrics(server: &Server, mend: Mend<'_>) -> Option<Finding> {
    let is_it = |it: &&Target| it.labels.get("job").map(String::as_str) == Some(STATE_METRICS);
    let targets: Vec<_> = server.targets.iter().filter(is_it).collect();
    if targets.iter().any(|it| it.is_up()) {
        return None;
    }
    let text = if targets.is_empty() {
        "Prometheus scrapes none, so the alerts about jobs see nothing and stay silent"
    } else {
        "it is down, so the alerts about jobs see nothing and stay silent"
    };
    Some(Finding::wrong(STATE_METRICS, text, mend.stack()))
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::super::installation::Server as Wanted;
    use super::*;
    use crate::manifest::Id;

    const MEND: Mend<'_> = Mend::of("c");

    fn expected() -> Installation {
        Installation {
            source: String::new(),
            objects: Vec::new(),
            cron_jobs: Vec::new(),
            rules: Vec::new(),
            monitors: Vec::new(),
            servers: vec![Wanted {
                kind: "Alertmanager".to_owned(),
                namespace: "monitoring".to_owned(),
                name: "am".to_owned(),
                replicas: 2,
                config_secret: None,
            }],
            selection: None,
            deployments: vec![Id {
                group: "apps".to_owned(),
                kind: "Deployment".to_owned(),
                namespace: Some("monitoring".to_owned()),
                name: "gateway".to_owned(),
            }],
            rights: BTreeSet::new(),
        }
    }

    fn workload(name: &str, ready: u64) -> Workload {
        Workload {
            name: name.to_owned(),
            ready,
            wanted: 1,
        }
    }

    fn texts(sets: Vec<Workload>, deployments: Vec<Workload>, health: &[&str]) -> Vec<String> {
        let targets = health.iter().map(|health| Target {
            scrape_pool: "p".to_owned(),
            health: (*health).to_owned(),
            labels: BTreeMap::from([("job".to_owned(), STATE_METRICS.to_owned())]),
            last_error: String::new(),
        });
        let server = Server {
            targets: targets.collect(),
            ..Server::default()
        };
        let seen = Ok(Workloads {
            stateful_sets: sets,
            deployments,
        });
        let discovery = Ok(Discovery::default());
        let check = judge(&expected(), &discovery, &seen, &Ok(server), MEND);
        check.findings.into_iter().map(|it| it.text).collect()
    }

    #[test]
    fn the_operator_is_seen_by_what_it_makes() {
        let well = texts(
            vec![workload("alertmanager-am", 2)],
            vec![workload("gateway", 1)],
            &["up"],
        );
        assert_eq!(well, Vec::<String>::new());
        let missing = texts(Vec::new(), vec![workload("gateway", 0)], &["up"]);
        assert!(missing[0].starts_with("nothing has made pods of it"));
        assert_eq!(missing[1], "0 of 1 pods are ready");
        let slow = texts(vec![workload("alertmanager-am", 1)], Vec::new(), &["up"]);
        assert_eq!(slow, ["1 of 2 pods are ready"]);
    }

    #[test]
    fn kube_state_metrics_must_be_scraped_and_up() {
        let sets = || vec![workload("alertmanager-am", 2)];
        assert!(texts(sets(), Vec::new(), &[])[0].starts_with("Prometheus scrapes none"));
        assert!(texts(sets(), Vec::new(), &["down"])[0].starts_with("it is down"));
    }
}
