//! What a cluster itself says that should be there, for who has no chart.

use futures_util::future::try_join_all;
use kube::api::ApiResource;

use super::objects::{Limits, stale_after};
use super::{Installation, PART_OF, SUITE, values};
use crate::seen::{Asking, CREDENTIALS_NAMESPACE, NAMESPACE, OPERATOR_GROUP, Seen};

/// Group, version, kind, plural.
type Names = (&'static str, &'static str, &'static str, &'static str);

const RULES: Names = (OPERATOR_GROUP, "v1", "PrometheusRule", "prometheusrules");

/// The kinds that carry the label, in the namespace of the monitoring.
pub const RESOURCES: [Names; 9] = [
    ("", "v1", "ConfigMap", "configmaps"),
    ("", "v1", "Service", "services"),
    ("", "v1", "ServiceAccount", "serviceaccounts"),
    ("apps", "v1", "Deployment", "deployments"),
    (OPERATOR_GROUP, "v1", "Alertmanager", "alertmanagers"),
    (OPERATOR_GROUP, "v1", "PodMonitor", "podmonitors"),
    (OPERATOR_GROUP, "v1", "Prometheus", "prometheuses"),
    RULES,
    (OPERATOR_GROUP, "v1", "ServiceMonitor", "servicemonitors"),
];

/// The one that is in two namespaces.
const CRON_JOBS: Names = ("batch", "v1", "CronJob", "cronjobs");

/// Who may do what: the files that the chart takes it from, each with the job that has to be there.
const RIGHTS: [(&str, &str); 5] = [
    ("", include_str!("../../../../rbac/check-consistency.yaml")),
    (
        "check-consistency",
        include_str!("../../../../rbac/check-consistency-home.yaml"),
    ),
    ("", include_str!("../../../../rbac/rotate-credentials.yaml")),
    (
        "rotate-credentials",
        include_str!("../../../../rbac/rotate-credentials-home.yaml"),
    ),
    (
        "sync-dashboards",
        include_str!("../../../../rbac/sync-dashboards.yaml"),
    ),
];

/// Takes what carries the suite's label for what should be there.
///
/// # Errors
/// When a kind cannot be listed.
pub async fn of_cluster(asking: Asking<'_>) -> Seen<Installation> {
    let places = RESOURCES.iter().map(|resource| (resource, NAMESPACE));
    let jobs = [NAMESPACE, CREDENTIALS_NAMESPACE];
    let places = places.chain(jobs.map(|namespace| (&CRON_JOBS, namespace)));
    let selector = format!("{PART_OF}={SUITE}");
    let lists = places.map(|(names, namespace)| {
        let (selector, resource) = (selector.as_str(), resource(names));
        async move {
            let listing = asking.list_values(&resource, Some(namespace), selector);
            listing.await
        }
    });
    let objects = try_join_all(lists).await?.concat();
    let is_here = |job: &str| {
        let mut names = objects
            .iter()
            .map(|it| super::objects::text(it, "/metadata/name"));
        job.is_empty() || names.any(|name| name == job)
    };
    let mut rights = Vec::new();
    for (job, file) in RIGHTS {
        if is_here(job) {
            rights.extend(values(file)?);
        }
    }
    let source = "what carries the suite's label in the cluster itself; of what was deleted only \
                  CronJobs are missed";
    Ok(Installation::of_objects(
        &objects,
        &rights,
        source.to_owned(),
    ))
}

/// The age from which on the last success of each job is too old, as the rules in the cluster say.
///
/// # Errors
/// When rules cannot be listed.
pub async fn limits(asking: Asking<'_>) -> Seen<Limits> {
    let selector = format!("{PART_OF}={SUITE}");
    let rules = asking
        .list_values(&resource(&RULES), Some(NAMESPACE), &selector)
        .await?;
    Ok(stale_after(rules.iter()))
}

fn resource((group, version, kind, plural): &Names) -> ApiResource {
    let api_version = match *group {
        "" => (*version).to_owned(),
        group => format!("{group}/{version}"),
    };
    ApiResource {
        group: (*group).to_owned(),
        version: (*version).to_owned(),
        api_version,
        kind: (*kind).to_owned(),
        plural: (*plural).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{RIGHTS, values};

    #[test]
    fn the_files_of_rights_can_be_read() {
        for (job, file) in RIGHTS {
            let objects = values(file).unwrap();
            let rights = super::super::rights::rights(&objects);
            assert!(rights.len() > 2, "{job}");
        }
    }
}
