//! The world outside as it is: AWS, the clusters' API servers, the mail servers.
//!
//! Each module below is one of them and turns its answers into the words of [`crate::outside`].
//! Nothing is decided here but what an answer means; in particular, whether an effect that brought
//! no answer may have been made.

mod call;
mod clusters;
mod iam;
mod mail;
mod secrets;
mod server_time;

use std::time::Duration;

use aws_sdk_iam::config::AppName;
use common::aws::{Aws, CallPolicy, SetUpError, Settings};
use common::clock::Clock;
use common::cluster::ClusterName;
use common::fault::{Failure, Fault as _};
use common::lease::Guard;
use common::process::Context;
use common::secret::SecretString;
use futures_util::future::join_all;
use jiff::Timestamp;

use crate::config::{Config, Role};
use crate::document::FieldNames;
use crate::key::{AccessKeyId, KeyStatus};
use crate::marks::{RunId, Tag};
use crate::outside::{Effect, EffectError, Fill, IamReading, Outside, SecretReading};
use crate::pair::Pair;
use crate::smtp::Trust;
use crate::verdict;
use crate::version::VersionId;
use crate::world::{ClusterState, ProbeAnswer, ProbeKind};
use clusters::{Counting, ManagedCluster};
use common::trouble::Trouble;
use iam::Iam;
use mail::Mail;
use secrets::Secrets;
use server_time::ServerClock;

/// For calls that only read. Effects have limits of their own.
const READING: CallPolicy = CallPolicy {
    attempts: 3,
    connect: Duration::from_secs(3),
    attempt: Duration::from_secs(10),
    operation: Duration::from_secs(30),
};

/// The production implementation of [`Outside`].
#[derive(Debug)]
pub struct Live {
    role: Role,
    clock: Clock,
    server: ServerClock,
    fields: FieldNames,
    run: RunId,
    iam: Iam,
    secrets: Secrets,
    clusters: Vec<ManagedCluster>,
    mail: Mail,
    lease: Option<Guard>,
}

impl Live {
    /// Prepares all clients. Makes no call yet. Without a lease mails are not counted, and nothing
    /// that needs one may be done.
    ///
    /// # Errors
    /// When AWS access cannot be set up. A cluster's is told when the cluster is read.
    pub async fn open(config: &Config, context: &Context) -> Result<Self, Failure> {
        let settings = Settings {
            region: config.secret.region.clone(),
            roles: Vec::new(),
        };
        let connecting = common::aws::connect(
            &settings,
            READING,
            context.clock.clone(),
            context.meter.clone(),
            &context.env,
        );
        // On the heap: the SDK's loader makes a large future.
        let aws = Box::pin(connecting).await;
        let aws = aws.map_err(|error| Trouble {
            hint: set_up_hint(&error),
            ..Trouble::of(&error)
        })?;
        Ok(Self::with_aws(&aws, config, context).await)
    }

    /// The same with an AWS identity that is at hand.
    pub async fn with_aws(aws: &Aws, config: &Config, context: &Context) -> Self {
        let server = ServerClock::beside(context.clock.clone());
        let run = RunId::new(&context.identity.run);
        // CloudTrail shows it with each call.
        let app = AppName::new(run.as_str().to_owned()).ok();
        let clusters = config.clusters.iter();
        let clusters = clusters.map(|cluster| ManagedCluster::connect(cluster, context));
        Self {
            role: config.role,
            clock: context.clock.clone(),
            iam: Iam::new(aws, &config.user, app.clone(), server.clone()),
            secrets: Secrets::new(aws, &config.secret.name, app, server.clone()),
            server,
            fields: config.secret.fields.clone(),
            mail: Mail::new(config.mail.from.clone(), run.clone(), &config.clusters),
            run,
            clusters: join_all(clusters).await,
            lease: None,
        }
    }

    /// From now on in possession of the Lease. It is taken when everything else is set up, so that a
    /// wrong setting does not leave it behind.
    #[must_use]
    pub fn holding(mut self, lease: Guard) -> Self {
        self.lease = Some(lease);
        self
    }

    /// Trusts the mail servers' certificates as `trust` says, instead of as the machine does.
    #[must_use]
    pub fn trusting(mut self, trust: Trust) -> Self {
        self.mail.trust = trust;
        self
    }

    /// The name of the run: marks and mails carry it.
    pub fn run(&self) -> &RunId {
        &self.run
    }

    /// The Lease, if one was taken.
    pub fn lease(&self) -> Option<&Guard> {
        self.lease.as_ref()
    }

    /// Gives the Lease back to whoever releases it.
    pub fn into_lease(self) -> Option<Guard> {
        self.lease
    }

    fn cluster(&self, name: &ClusterName) -> Result<&ManagedCluster, Trouble> {
        let mut clusters = self.clusters.iter();
        let found = clusters.find(|cluster| cluster.config().name == *name);
        found.ok_or_else(|| {
            verdict::NOT_POSSIBLE.because(format!("no cluster `{name}` is configured"))
        })
    }
}

/// What to do, with the key of this job's configuration.
fn set_up_hint(error: &SetUpError) -> Option<String> {
    match error {
        SetUpError::NoRegion => {
            Some("set `secret.region` in the configuration file, or AWS_REGION".to_owned())
        }
        SetUpError::Endpoint { .. } => error.hint(),
    }
}

impl Outside for Live {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    async fn sleep(&self, duration: Duration) {
        self.clock.sleep(duration).await;
    }

    fn is_follower(&self) -> bool {
        self.role == Role::Follower
    }

    fn field_names(&self) -> &FieldNames {
        &self.fields
    }

    fn clusters(&self) -> Vec<ClusterName> {
        let clusters = self.clusters.iter();
        clusters
            .map(|cluster| cluster.config().name.clone())
            .collect()
    }

    async fn read_iam(&self) -> Result<IamReading, Trouble> {
        self.iam.read().await
    }

    async fn owner_of(&self, key: &AccessKeyId) -> Result<Option<String>, Trouble> {
        self.iam.owner_of(key).await
    }

    async fn read_secret(&self) -> Result<SecretReading, Trouble> {
        self.secrets.read().await
    }

    async fn read_version(&self, version: &VersionId) -> Result<Option<SecretString>, Trouble> {
        self.secrets.read_version(version).await
    }

    async fn read_cluster(
        &self,
        cluster: &ClusterName,
        fill: Fill<'_>,
    ) -> Result<ClusterState, Trouble> {
        let counting = Counting {
            lease: self.lease.as_ref(),
            now: self.server.now(),
        };
        self.cluster(cluster)?.read(fill, counting).await
    }

    async fn probe(&self, pair: &Pair, kind: ProbeKind) -> ProbeAnswer {
        self.mail.probe(pair, kind, self.now()).await
    }

    async fn check_lease(&self) -> Option<Result<(), Trouble>> {
        let checked = self.lease.as_ref()?.check().await;
        Some(checked.map_err(|lost| Trouble::of(&lost)))
    }

    async fn create_key(&self) -> Effect<Pair> {
        self.iam.create().await
    }

    async fn set_status(&self, key: &AccessKeyId, status: KeyStatus) -> Effect {
        self.iam.set_status(key, status).await
    }

    async fn delete_key(&self, key: &AccessKeyId) -> Effect {
        self.iam.delete(key).await
    }

    async fn tag(&self, tag: &Tag) -> Effect {
        self.iam.tag(tag).await
    }

    async fn untag(&self, name: &str) -> Effect {
        self.iam.untag(name).await
    }

    async fn put_pending(&self, version: &VersionId, text: &SecretString) -> Effect {
        self.secrets.put_pending(version, text).await
    }

    async fn move_current(&self, from: &VersionId, to: &VersionId) -> Effect {
        self.secrets.move_current(from, to).await
    }

    async fn drop_pending(&self, version: &VersionId) -> Effect {
        self.secrets.drop_pending(version).await
    }

    async fn write_cluster(&self, cluster: &ClusterName, revision: &str, fill: Fill<'_>) -> Effect {
        let cluster = self.cluster(cluster).map_err(EffectError::Refused)?;
        cluster.write(revision, fill).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_region_is_told_with_the_key_that_this_job_reads() {
        let hint = set_up_hint(&SetUpError::NoRegion).unwrap();
        assert!(hint.contains("`secret.region`"), "{hint}");
        let variable = "AWS_ENDPOINT_URL";
        let hint = set_up_hint(&SetUpError::Endpoint { variable }).unwrap();
        assert!(hint.contains(variable), "{hint}");
    }
}
