//! The world outside, in this job's words: the one seam between deciding and calling.
//!
//! There are two of it: [`crate::live`] talks to AWS, Kubernetes and the mail server; the explorer's
//! talks to a model in memory, and breaks between any two calls.

use std::collections::BTreeMap;
use std::time::Duration;

use common::cluster::ClusterName;
use common::secret::SecretString;
use jiff::{SignedDuration, Timestamp};

use crate::document::{Document, FieldNames};
use crate::key::{AccessKeyId, Key, KeyStatus};
use crate::marks::Tag;
use crate::pair::Pair;
use crate::version::VersionId;
use crate::world::{ClusterState, ProbeAnswer, ProbeKind};
use common::trouble::Trouble;

/// Staging labels of Secrets Manager.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Label {
    /// What readers get.
    Current,
    /// What they got before.
    Previous,
    /// What is being prepared.
    Pending,
}

impl Label {
    /// The name in Secrets Manager.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Current => "AWSCURRENT",
            Self::Previous => "AWSPREVIOUS",
            Self::Pending => "AWSPENDING",
        }
    }
}

/// AWS's clock beside ours, from the `Date` of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServerTime {
    /// AWS's time.
    pub now: Timestamp,
    /// Ours minus AWS's.
    pub skew: SignedDuration,
}

/// The IAM user as it was read.
#[derive(Debug, Clone)]
pub struct IamReading {
    /// When.
    pub time: ServerTime,
    /// The keys, each with its last use.
    pub keys: Vec<Key>,
    /// All tags of the user.
    pub tags: BTreeMap<String, String>,
}

/// The secret as it was read: where it is unusable as a whole, reading it failed.
#[derive(Debug)]
pub struct SecretReading {
    /// When.
    pub time: ServerTime,
    /// The versions with a label of interest; `None` for a version without a value.
    pub labelled: BTreeMap<Label, (VersionId, Option<SecretString>)>,
}

/// What a cluster's configuration is filled with.
#[derive(Debug, Clone, Copy)]
pub struct Fill<'a> {
    /// The pair; the SMTP password depends on the cluster's region.
    pub pair: &'a Pair,
    /// Where the other members come from.
    pub document: &'a Document,
    /// Since when mails matter, if a key is soaking: an older count begins anew.
    pub soaking_since: Option<Timestamp>,
}

/// Why an effect was not made, or may not have been.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EffectError {
    /// It was refused: nothing changed.
    Refused(Trouble),
    /// Somebody changed the object first: nothing changed, look again.
    Overtaken,
    /// No answer came: it may have been made.
    Unclear(Trouble),
}

/// An effect's result.
pub type Effect<T = ()> = Result<T, EffectError>;

/// Everything that the job reads and changes.
#[expect(
    async_fn_in_trait,
    reason = "one thread, and two implementations of ours"
)]
pub trait Outside {
    /// Our own clock.
    fn now(&self) -> Timestamp;

    /// Waits on our own clock.
    async fn sleep(&self, duration: Duration);

    /// Whether this runner may not look at IAM.
    fn is_follower(&self) -> bool;

    /// Names of the secret's members.
    fn field_names(&self) -> &FieldNames;

    /// The clusters in the order in which they are rolled.
    fn clusters(&self) -> Vec<ClusterName>;

    /// Keys, their last use, and tags of the user.
    async fn read_iam(&self) -> Result<IamReading, Trouble>;

    /// The user that a key belongs to which is not listed; `None` when IAM does not know it.
    async fn owner_of(&self, key: &AccessKeyId) -> Result<Option<String>, Trouble>;

    /// Labels and the values of labelled versions.
    async fn read_secret(&self) -> Result<SecretReading, Trouble>;

    /// The value of a version, label or not; `None` when it is gone or has none.
    async fn read_version(&self, version: &VersionId) -> Result<Option<SecretString>, Trouble>;

    /// What is written and running in a cluster, compared with what `fill` gives.
    async fn read_cluster(
        &self,
        cluster: &ClusterName,
        fill: Fill<'_>,
    ) -> Result<ClusterState, Trouble>;

    /// Asks the mail server, once.
    async fn probe(&self, pair: &Pair, kind: ProbeKind) -> ProbeAnswer;

    /// Whether the Lease is still ours; renews it when it is time. `None` when none was taken.
    async fn check_lease(&self) -> Option<Result<(), Trouble>>;

    /// Creates a key. Called once and never repeated.
    async fn create_key(&self) -> Effect<Pair>;

    /// Activates or deactivates a key.
    async fn set_status(&self, key: &AccessKeyId, status: KeyStatus) -> Effect;

    /// Deletes a key; one that is gone already is a success.
    async fn delete_key(&self, key: &AccessKeyId) -> Effect;

    /// Writes one tag of the user.
    async fn tag(&self, tag: &Tag) -> Effect;

    /// Removes one tag of the user.
    async fn untag(&self, name: &str) -> Effect;

    /// Stores a version as `AWSPENDING`. Calling it again with the same arguments is harmless.
    async fn put_pending(&self, version: &VersionId, text: &SecretString) -> Effect;

    /// Moves `AWSCURRENT`, if it still is where it is expected.
    async fn move_current(&self, from: &VersionId, to: &VersionId) -> Effect;

    /// Removes `AWSPENDING` from a version.
    async fn drop_pending(&self, version: &VersionId) -> Effect;

    /// Fills the template and writes it, if the Secret still has that revision.
    async fn write_cluster(&self, cluster: &ClusterName, revision: &str, fill: Fill<'_>) -> Effect;
}
