//! What a Pushgateway holds, as its API tells.

mod decode;

use super::error::{Action, GatewayError};
use super::{Gateway, GroupKey};
use crate::exposition::Family;

/// How much of the answer is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// Names and numbers of samples: all that a comparison needs.
    Counts,
    /// The samples too.
    Samples,
}

/// A group of a Pushgateway.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredGroup {
    /// Its labels.
    pub key: GroupKey,
    /// Whether the latest push to it was taken.
    pub last_push_successful: bool,
    /// When it was last written, by the Pushgateway's clock, in seconds since 1970; 0 when every
    /// push to it was refused.
    pub push_time_seconds: f64,
    /// Its families, sorted by name, without the two that the Pushgateway adds.
    pub families: Vec<StoredFamily>,
}

impl StoredGroup {
    /// The family called `name`.
    pub fn family(&self, name: &str) -> Option<&StoredFamily> {
        self.families
            .iter()
            .find(|stored| stored.family.name == name)
    }
}

/// A family in a group of a Pushgateway.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredFamily {
    /// Name, kind and help; with [`Detail::Samples`] also its samples, unless it is a histogram or
    /// summary. The labels include those of the group and an `instance`, and are sorted by name.
    pub family: Family,
    /// The number of its samples; a whole histogram or summary counts as one.
    pub sample_count: usize,
}

impl Gateway {
    /// Everything that the Pushgateway holds, sorted by group. `detail` tells how much of each group
    /// is kept: the samples of all groups together can be large.
    ///
    /// # Errors
    /// When there is no answer, or none that the API promises.
    pub async fn stored(
        &self,
        detail: impl Fn(&GroupKey) -> Detail,
    ) -> Result<Vec<StoredGroup>, GatewayError> {
        let action = Action::ReadBack;
        let answer = self
            .send(&action, self.client.get(self.address.stored()))
            .await?;
        decode::groups(&answer, &detail)
            .map_err(|source| GatewayError::Undecodable { action, source })
    }
}
