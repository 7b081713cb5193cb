//! The policies in `k8s/iam` and the roles in `k8s/rbac` are exactly what the rotation uses: nothing
//! in them is unused, nothing beyond them is asked for, and whichever permission is taken away is
//! missed by its name.

use anyhow::{Context as _, Result};
use sandbox::company::{Company, GROUP, HOME, Site};
use scenarios::pod::Pod;
use scenarios::rights::{Grant, Subject};

mod follower;
mod missed;
mod whole;

const WRITER: &str = "k8s/iam/policies/rotate-credentials.json";
const FOLLOWER: &str = "k8s/iam/policies/rotate-credentials-follower.json";

/// As whom the job asks, and how its roles and its CronJob are called.
const JOB: &str = "rotate-credentials";

/// Where the job runs.
const NAMESPACE: &str = "monitoring-credentials";

/// The cluster with the Lease.
fn home(company: &Company) -> Result<&Site> {
    let mut sites = company.clusters.iter();
    let home = sites.find(|site| site.cluster.name() == HOME);
    home.context("no home cluster")
}

/// The objects that a run in the pod `Job::in_a_pod` has behind it.
async fn pod(site: &Site) -> Result<Pod> {
    Pod::create(&site.cluster, NAMESPACE, JOB).await
}

/// The job, for this cluster.
fn job(site: &Site) -> Subject<'_> {
    Subject {
        cluster: &site.cluster,
        user: JOB,
        group: Some(GROUP),
    }
}

/// What the job may do in `monitoring`, where it works.
async fn at_work(site: &Site) -> Result<Grant<'_>> {
    job(site).role("monitoring", JOB).await
}

/// What the job may do where it runs.
async fn at_home(site: &Site) -> Result<Grant<'_>> {
    job(site).role(NAMESPACE, JOB).await
}
