//! All checks of one cluster.

use std::collections::BTreeSet;

use common::trouble::Trouble;
use serde_json::Value;

use super::alertmanagers::Secrets;
use super::installation::Installation;
use super::jobs::Place;
use super::report::Report;
use super::{
    alertmanagers, gateway, jobs, mail, monitors, objects, operator, rights, rotation, rules,
    selection,
};
use crate::manifest::Id;
use crate::mend::Mend;
use crate::seen::prometheus;
use crate::seen::{Asking, Seen};
use crate::seen::{alertmanager, cron_jobs, pushgateway};

/// Who looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// A person, who may look at Secrets, and knows from the chart which objects there should be.
    Operator,
    /// A pod of the cluster itself, which may not.
    Pod,
}

/// Holds what a cluster shows against what should be there. Whatever cannot be looked at is in the report
/// as such.
pub async fn examine(
    asking: Asking<'_>,
    mend: Mend<'_>,
    view: View,
    expected: &Installation,
) -> Report {
    // On the heap: all that is asked of a cluster makes large futures.
    let cluster = Box::pin(read_cluster(asking, view, expected));
    let servers = Box::pin(read_servers(asking, view, expected));
    let (cluster, servers) = tokio::join!(cluster, servers);
    let now = asking.context.clock.now();
    let mut checks = Vec::new();
    if view == View::Operator {
        checks.push(objects::judge(&cluster.objects, mend));
    }
    checks.push(jobs::judge(&expected.cron_jobs, &cluster.jobs, now, mend));
    checks.push(operator::judge(
        expected,
        &cluster.discovery,
        &cluster.workloads,
        &servers.prometheus,
        mend,
    ));
    checks.push(rules::judge(&expected.rules, &servers.prometheus, mend));
    checks.push(monitors::judge(
        &expected.monitors,
        &servers.prometheus,
        mend,
    ));
    if let Some(others) = &cluster.others {
        checks.extend(selection::judge(expected, others, mend));
    }
    checks.push(gateway::judge(
        &servers.groups,
        &expected.cron_jobs,
        &cluster.jobs,
        now,
        mend,
    ));
    if let Some(server) = expected.server("Alertmanager") {
        let judged = alertmanagers::judge(server, &servers.replicas, &servers.secrets, mend);
        checks.push(judged);
        checks.push(mail::judge(&servers.replicas, &servers.mails, now, mend));
    }
    checks.push(rotation::judge(&servers.groups, now, mend));
    checks.push(rights::judge(&cluster.rights, mend));
    Report {
        cluster: asking.cluster.name().to_string(),
        at: now,
        expected_from: expected.source.clone(),
        checks,
    }
}

/// What the API server knows.
struct FromCluster {
    discovery: Seen<common::cluster::Discovery>,
    objects: Vec<(Id, Seen<objects::Presence>)>,
    /// Rules and monitors of all namespaces; a pod does not look at them.
    others: Option<Seen<Vec<Value>>>,
    jobs: Vec<Place>,
    workloads: Seen<operator::Workloads>,
    rights: Vec<rights::Answer>,
}

async fn read_cluster(asking: Asking<'_>, view: View, expected: &Installation) -> FromCluster {
    let cluster = asking.cluster;
    let discovery = asking.ask(|| cluster.discover()).await;
    let served = match &discovery {
        Ok(served) => served,
        Err(why) => return FromCluster::out_of_reach(why, view, expected),
    };
    let (objects, others) = match view {
        View::Operator => (
            objects::read(asking, &discovery, &expected.objects).await,
            Some(Box::pin(selection::read(asking, served)).await),
        ),
        // They are what was found.
        View::Pod => (Vec::new(), None),
    };
    let mut jobs = Vec::new();
    for namespace in places(expected) {
        let seen = Box::pin(cron_jobs::read(asking, namespace)).await;
        let namespace = namespace.to_owned();
        jobs.push(Place { namespace, seen });
    }
    FromCluster {
        discovery,
        objects,
        others,
        jobs,
        workloads: operator::read(asking).await,
        rights: rights::read(asking, &expected.rights).await,
    }
}

/// Where there should be `CronJob`s.
fn places(expected: &Installation) -> BTreeSet<&str> {
    let jobs = expected.cron_jobs.iter();
    jobs.map(|job| job.namespace.as_str()).collect()
}

impl FromCluster {
    /// A server that does not even say what it serves is not asked for anything else.
    fn out_of_reach(why: &Trouble, view: View, expected: &Installation) -> Self {
        let objects = expected.objects.iter();
        let rights = expected.rights.iter();
        let jobs = places(expected).into_iter().map(|namespace| Place {
            namespace: namespace.to_owned(),
            seen: Err(why.clone()),
        });
        Self {
            discovery: Err(why.clone()),
            objects: objects.map(|it| (it.clone(), Err(why.clone()))).collect(),
            others: (view == View::Operator).then(|| Err(why.clone())),
            jobs: jobs.collect(),
            workloads: Err(why.clone()),
            rights: rights
                .map(|(who, right)| (who.clone(), right.clone(), Err(why.clone())))
                .collect(),
        }
    }
}

/// What the servers of the monitoring say of themselves.
struct FromServers {
    prometheus: Seen<prometheus::Server>,
    mails: Seen<mail::Recent>,
    groups: Seen<Vec<pushgateway::Group>>,
    replicas: Seen<Vec<alertmanager::Replica>>,
    secrets: Secrets,
}

async fn read_servers(asking: Asking<'_>, view: View, expected: &Installation) -> FromServers {
    let of_prometheus = async {
        let server = Box::pin(prometheus::read(asking)).await;
        // One that does not answer is not asked again.
        let mails = match &server {
            Ok(_) => mail::recent(asking).await,
            Err(why) => Err(why.clone()),
        };
        (server, mails)
    };
    let server = expected.server("Alertmanager");
    let of_alertmanager = async {
        let Some(server) = server else {
            return (Ok(Vec::new()), Secrets::NotAsked);
        };
        let replicas = alertmanager::replicas(asking, &server.name).await;
        let secrets = match (view, &server.config_secret) {
            (View::Operator, Some(source)) => {
                Secrets::Asked(alertmanager::written(asking, &server.name, source).await)
            }
            (View::Operator, None) | (View::Pod, _) => Secrets::NotAsked,
        };
        (replicas, secrets)
    };
    let ((prometheus, mails), groups, (replicas, secrets)) =
        tokio::join!(of_prometheus, pushgateway::read(asking), of_alertmanager);
    FromServers {
        prometheus,
        mails,
        groups,
        replicas,
        secrets,
    }
}

#[cfg(test)]
mod tests {
    use common::exit::Exit;
    use jiff::Timestamp;

    use super::*;
    use crate::doctor::installation::CronJob;
    use crate::doctor::report::Severity;

    const MEND: Mend<'_> = Mend::of("prod-e1-1");

    #[test]
    fn a_job_is_looked_for_in_whatever_namespace_it_should_be() {
        let mut expected = Installation::of_manifests("", "the chart").unwrap();
        let jobs = ["monitoring", "elsewhere"].map(|namespace| CronJob {
            namespace: namespace.to_owned(),
            name: "check".to_owned(),
            schedule: None,
            is_twin: false,
            stale_after: None,
        });
        expected.cron_jobs = jobs.into();
        let why = Trouble {
            exit: Exit::Transient,
            code: "cluster-timeout",
            text: "no answer".to_owned(),
            hint: None,
        };
        let seen = FromCluster::out_of_reach(&why, View::Pod, &expected);
        let now = Timestamp::UNIX_EPOCH;
        let check = jobs::judge(&expected.cron_jobs, &seen.jobs, now, MEND);
        let severities: Vec<_> = check.findings.iter().map(|it| it.severity).collect();
        assert_eq!(severities, [Severity::Unseen; 2]);
    }
}
