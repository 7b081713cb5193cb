//! Which Job and CronJob a pod belongs to, beyond their names: `kubectl describe` finds the Events
//! of an object by its uid.
//!
//! Best effort. The pod may be read anyway (the Lease needs that); without the right to read Jobs,
//! Events lack the CronJob's uid and are only found by its name.

use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference};

use crate::cluster::Cluster;
use crate::fault::chain;

/// What could be found out.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Owners {
    pub(super) job: Option<JobIdentity>,
    pub(super) cronjob_uid: Option<String>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct JobIdentity {
    pub(super) name: String,
    pub(super) uid: String,
}

pub(super) async fn look_up(cluster: &Cluster, namespace: &str, pod: &str) -> Owners {
    let mut owners = Owners::default();
    let pod: Pod = match cluster.get(namespace, pod).await {
        Ok(pod) => pod,
        Err(error) => {
            tracing::debug!("Events do not name their Job: {}", chain(&error));
            return owners;
        }
    };
    let Some(OwnerReference { name, uid, .. }) = owner(pod.metadata, "Job") else {
        return owners;
    };
    match cluster.get::<Job>(namespace, &name).await {
        Ok(job) => owners.cronjob_uid = owner(job.metadata, "CronJob").map(|owner| owner.uid),
        Err(error) => tracing::debug!("Events lack their CronJob's uid: {}", chain(&error)),
    }
    owners.job = Some(JobIdentity { name, uid });
    owners
}

fn owner(metadata: ObjectMeta, kind: &str) -> Option<OwnerReference> {
    let mut owners = metadata.owner_references.into_iter().flatten();
    owners.find(|owner| owner.kind == kind && owner.api_version.starts_with("batch/"))
}
