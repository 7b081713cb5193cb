use common::cluster::{Grantee, Right};

use super::*;

/// What the chart is in the cluster of the company's services.
const RENDERED: &str = include_str!("../../../../rendered/prod-e1-1.yaml");

fn prod() -> Installation {
    Installation::of_manifests(RENDERED, "the chart").unwrap()
}

#[test]
fn the_render_says_which_jobs_must_run_and_how_often() {
    let jobs = prod().cron_jobs;
    let must: Vec<_> = jobs
        .iter()
        .filter(|it| !it.is_twin)
        .map(|it| (it.name.as_str(), it.stale_after.unwrap().as_secs()))
        .collect();
    assert_eq!(
        must,
        [
            ("check-consistency", 7200),
            ("export-cloudwatch", 1200),
            ("sync-dashboards", 180_000),
            ("rotate-credentials", 10_800),
        ]
    );
    let twins = jobs.iter().filter(|it| it.is_twin);
    assert!(
        twins
            .clone()
            .all(|it| it.stale_after.is_none() && it.name.ends_with("-plan"))
    );
    assert_eq!(twins.count(), 3);
}

#[test]
fn rules_monitors_and_servers_are_known_by_what_they_become() {
    let prod = prod();
    let rules = prod
        .rules
        .iter()
        .find(|it| it.groups.contains_key("monitoring-jobs"));
    let names = &rules.unwrap().groups["monitoring-jobs"];
    assert!(names.iter().any(|it| it == "EmailCanary"), "{names:?}");
    let pools: Vec<_> = prod.monitors.iter().flat_map(Monitor::pools).collect();
    let gateway = "serviceMonitor/monitoring/prod-monitoring-prometheus-pushgateway/0";
    assert!(pools.iter().any(|it| it == gateway), "{pools:?}");
    assert!(
        pools
            .iter()
            .any(|it| it == "podMonitor/monitoring/monitor-workers/0")
    );
    let own = prod.monitors.iter().filter(|it| it.is_own).count();
    assert_eq!((own, prod.monitors.len()), (3, 5));
    let alertmanager = prod.server("Alertmanager").unwrap();
    assert_eq!(alertmanager.replicas, 2);
    assert_eq!(
        alertmanager.config_secret.as_deref(),
        Some("alertmanager-prod-monitoring")
    );
    assert_eq!(
        alertmanager.stateful_set(),
        "alertmanager-prod-monitoring-prometheus-alertmanager"
    );
    assert!(prod.operated_kinds().contains("PrometheusRule"));
}

#[test]
fn rights_are_those_of_every_subject_of_every_binding() {
    let rights = prod().rights;
    let account = |namespace: &str, name: &str| Grantee::ServiceAccount {
        namespace: namespace.to_owned(),
        name: name.to_owned(),
    };
    let right = |verb: &str, resource: &str, name: Option<&str>, namespace: Option<&str>| Right {
        verb: verb.to_owned(),
        group: String::new(),
        resource: resource.to_owned(),
        name: name.map(str::to_owned),
        namespace: namespace.map(str::to_owned),
    };
    let secret = Some("alertmanager-prod-monitoring");
    let patch = right("patch", "secrets", secret, Some("monitoring"));
    let rotation = account("monitoring-credentials", "rotate-credentials");
    let group = Grantee::Group("monitoring-jobs:rotate-credentials".to_owned());
    assert!(rights.contains(&(rotation, patch.clone())));
    assert!(rights.contains(&(group, patch.clone())));
    let plan = account("monitoring-credentials", "rotate-credentials-plan");
    assert!(!rights.contains(&(plan, patch)));
    let who = account("monitoring", "check-consistency");
    let cluster = right("get", "namespaces", Some("kube-system"), None);
    assert!(rights.contains(&(who, cluster)));
}

#[test]
fn a_job_that_the_rules_name_must_be_there_though_nothing_else_does() {
    let mut objects = values(RENDERED).unwrap();
    objects.retain(|it| objects::kind(it) != "CronJob");
    let rest = Installation::of_objects(&objects, &[], String::new());
    let names: Vec<_> = rest.cron_jobs.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names.len(), 4, "{names:?}");
    assert!(rest.cron_jobs.iter().all(|it| it.schedule.is_none()));
}

#[test]
fn what_helm_runs_itself_is_no_part_of_it() {
    let hook = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: doctor\n  annotations: {helm.sh/hook: test}\n";
    let installation = Installation::of_manifests(hook, "").unwrap();
    assert_eq!(installation.objects, []);
}
