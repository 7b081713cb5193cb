//! The job's seam to the outside, as the model answers it.

use std::time::Duration;

use common::cluster::ClusterName;
use common::exit::Exit;
use common::secret::{ExposeSecret as _, SecretString};
use common::trouble::Trouble;
use jiff::{SignedDuration, Timestamp};
use rotate_credentials::document::FieldNames;
use rotate_credentials::key::{AccessKeyId, KeyStatus};
use rotate_credentials::marks::Tag;
use rotate_credentials::outside::{Effect, EffectError, Fill, IamReading, Outside, SecretReading};
use rotate_credentials::pair::Pair;
use rotate_credentials::version::VersionId;
use rotate_credentials::world::{ClusterState, ProbeAnswer, ProbeKind};

use super::{Runner, gone, refused};
use crate::faults::Blind;
use crate::lies::Lie;
use crate::model::{Act, KeyRecord};

impl Outside for Runner<'_> {
    fn now(&self) -> Timestamp {
        let skew = SignedDuration::from_secs(self.skew());
        let now = self.world.borrow().timestamp();
        now.saturating_add(skew).unwrap_or(now)
    }

    async fn sleep(&self, duration: Duration) {
        if !self.dead.get() {
            let seconds = i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
            self.world.borrow_mut().advance(seconds);
        }
    }

    fn is_follower(&self) -> bool {
        false
    }

    fn field_names(&self) -> &FieldNames {
        &self.names
    }

    fn clusters(&self) -> Vec<ClusterName> {
        let world = self.world.borrow();
        world.clusters.iter().map(|it| it.name.clone()).collect()
    }

    async fn read_iam(&self) -> Result<IamReading, Trouble> {
        self.see_iam()
    }

    async fn owner_of(&self, key: &AccessKeyId) -> Result<Option<String>, Trouble> {
        self.alive(Blind::Iam)?;
        let ours = self
            .world
            .borrow()
            .key(key)
            .is_some_and(KeyRecord::is_there);
        Ok(ours.then(|| "prod-monitoring-email-user".to_owned()))
    }

    async fn read_secret(&self) -> Result<SecretReading, Trouble> {
        self.see_secret()
    }

    async fn read_version(&self, version: &VersionId) -> Result<Option<SecretString>, Trouble> {
        self.alive(Blind::Secret)?;
        let world = self.world.borrow();
        let text = world.secret.versions.get(version);
        Ok(text.map(|text| text.to_string().into()))
    }

    async fn read_cluster(
        &self,
        cluster: &ClusterName,
        fill: Fill<'_>,
    ) -> Result<ClusterState, Trouble> {
        let place = self.place(cluster);
        self.see_cluster(place.unwrap_or(usize::MAX), fill)
    }

    async fn probe(&self, pair: &Pair, kind: ProbeKind) -> ProbeAnswer {
        let answer = self.ask_mail_server(pair, kind);
        self.tell(|| {
            format!(
                "  asked the mail server about {}: {answer:?}",
                pair.id.short()
            )
        });
        if answer == ProbeAnswer::Accepted {
            let asked = match kind {
                ProbeKind::Auth => &self.logged_in,
                ProbeKind::Send => &self.mailed,
            };
            asked.borrow_mut().insert(pair.id.clone());
        }
        self.lie_about_probe(answer, kind)
    }

    async fn check_lease(&self) -> Option<Result<(), Trouble>> {
        if self.is_blind(Blind::Lease) && !self.lies.contains(&Lie::LeaseIsOurs) {
            return Some(Err(Blind::Lease.trouble()));
        }
        Some(Ok(()))
    }

    async fn create_key(&self) -> Effect<Pair> {
        match self.perform(&Act::Create)? {
            Some(pair) => Ok(pair),
            None => Err(gone()),
        }
    }

    async fn set_status(&self, key: &AccessKeyId, status: KeyStatus) -> Effect {
        self.perform(&Act::Switch(key.clone(), status)).map(drop)
    }

    async fn delete_key(&self, key: &AccessKeyId) -> Effect {
        self.perform(&Act::Delete(key.clone())).map(drop)
    }

    async fn tag(&self, tag: &Tag) -> Effect {
        self.perform(&Act::Tag(tag.clone())).map(drop)
    }

    async fn untag(&self, name: &str) -> Effect {
        self.perform(&Act::Untag(name.to_owned())).map(drop)
    }

    async fn put_pending(&self, version: &VersionId, text: &SecretString) -> Effect {
        let text = text.expose_secret().into();
        self.perform(&Act::Put(version.clone(), text)).map(drop)
    }

    async fn move_current(&self, from: &VersionId, to: &VersionId) -> Effect {
        let (from, to) = (from.clone(), to.clone());
        self.perform(&Act::Move { from, to }).map(drop)
    }

    async fn drop_pending(&self, version: &VersionId) -> Effect {
        self.perform(&Act::DropPending(version.clone())).map(drop)
    }

    async fn write_cluster(&self, cluster: &ClusterName, revision: &str, fill: Fill<'_>) -> Effect {
        let key = self.world.borrow().iam.index_of(&fill.pair.id);
        let (Some(cluster), Some(key)) = (self.place(cluster), key) else {
            return Err(refused(Exit::Config, "aws-invalid"));
        };
        if self.is_blind(Blind::Cluster(cluster)) {
            return Err(EffectError::Unclear(Blind::Cluster(cluster).trouble()));
        }
        let revision = revision.parse().unwrap_or_default();
        let act = Act::Write {
            cluster,
            revision,
            key,
        };
        self.perform(&act).map(drop)
    }
}
