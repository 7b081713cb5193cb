//! What the simulated accounts hold: metrics, tagged resources, aliases, and the users, secrets and
//! policies that they start with.
//!
//! A [`Content`] is a plain list, as a file states it after expansion; [`super::world`] indexes it.

use std::sync::Arc;

use self::secrets::SecretContent;
use self::users::UserContent;
use super::number::{mix, unit_interval};
use super::policy::RolePolicy;
use super::series::Series;

mod expand;
mod instant;
mod read;
pub(crate) mod secrets;
mod series;
mod synthetic;
pub(crate) mod users;

pub use read::ContentError;

/// The account that content belongs to unless it says otherwise.
pub const DEFAULT_ACCOUNT: &str = "123456789012";
/// The region that metrics belong to unless they say otherwise.
pub const DEFAULT_REGION: &str = "us-east-1";

/// Everything the simulated AWS knows, not yet indexed.
#[derive(Debug, Clone)]
pub struct Content {
    /// The region of requests that do not state one.
    pub(crate) region: Arc<str>,
    /// Never empty; the first one answers requests without credentials.
    pub(crate) accounts: Vec<Account>,
    pub(crate) metrics: Vec<Metric>,
    pub(crate) resources: Vec<Resource>,
    pub(crate) users: Vec<UserContent>,
    pub(crate) secrets: Vec<SecretContent>,
    /// What a caller may do, by the access key id that signs.
    pub(crate) callers: Vec<(String, RolePolicy)>,
}

/// An AWS account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) id: Arc<str>,
    pub(crate) alias: Option<String>,
    /// Access key ids that sign for this account. Where an account lists none and is the only
    /// one, any key does.
    pub(crate) access_keys: Vec<String>,
    /// Roles that `AssumeRole` grants. Empty: any role without an external id.
    pub(crate) roles: Vec<Role>,
    /// Accounts whose metrics this one may read (CloudWatch cross-account observability).
    pub(crate) linked: Vec<String>,
}

/// A role that can be assumed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Role {
    pub(crate) name: String,
    pub(crate) external_id: Option<String>,
}

impl Account {
    pub(crate) fn new(id: &str) -> Self {
        Self {
            id: id.into(),
            alias: None,
            access_keys: Vec::new(),
            roles: Vec::new(),
            linked: Vec::new(),
        }
    }
}

/// A metric of one account and region.
#[derive(Debug, Clone)]
pub(crate) struct Metric {
    pub(crate) account: Arc<str>,
    pub(crate) region: Arc<str>,
    pub(crate) namespace: Arc<str>,
    pub(crate) name: Arc<str>,
    /// In the order in which listings show them.
    pub(crate) dims: Vec<(Arc<str>, Arc<str>)>,
    pub(crate) unit: Arc<str>,
    pub(crate) series: Arc<Series>,
    /// What generated values are multiplied with.
    pub(crate) scale: f64,
}

impl Metric {
    /// Gives the metric its place in the spread of its series: the same for the same identity.
    pub(crate) fn with_scale(mut self) -> Self {
        if self.series.spread > 0.0 {
            let identity = [&self.namespace, &self.name]
                .into_iter()
                .chain(self.dims.iter().flat_map(|(name, value)| [name, value]));
            let seed = identity
                .flat_map(|part| part.bytes().chain([0]))
                .fold(0, |seed, byte| mix(seed ^ u64::from(byte)));
            self.scale = 1.0 + self.series.spread * (2.0 * unit_interval(seed) - 1.0);
        }
        self
    }
}

/// A tagged resource. Its region and type stand in its ARN.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Resource {
    pub(crate) account: Arc<str>,
    pub(crate) arn: String,
    pub(crate) tags: Vec<(String, String)>,
}

impl Default for Content {
    /// One account without anything in it.
    fn default() -> Self {
        Self {
            region: DEFAULT_REGION.into(),
            accounts: vec![Account::new(DEFAULT_ACCOUNT)],
            metrics: Vec::new(),
            resources: Vec::new(),
            users: Vec::new(),
            secrets: Vec::new(),
            callers: Vec::new(),
        }
    }
}

impl Content {
    /// How many metrics there are, over all accounts and regions.
    pub fn metric_count(&self) -> usize {
        self.metrics.len()
    }
}
