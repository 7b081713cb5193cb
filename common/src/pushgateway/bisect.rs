//! Finding the families that make a Pushgateway refuse a push.

use super::error::{Action, GatewayError};
use super::{Gateway, GroupKey};
use crate::exposition::Family;

/// Requests that the search may spend. A Pushgateway checks a push against everything it stores,
/// so that each of them can take a noticeable part of a second.
const REQUESTS_MAX: u32 = 64;

/// A family that the Pushgateway does not take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The family's name.
    pub family: String,
    /// What the Pushgateway says, in one line.
    pub reason: String,
}

impl Gateway {
    /// Replaces the group by `families`, without those that the Pushgateway refuses.
    ///
    /// The search updates the group with halves of the push, which never takes anything out of it;
    /// the last request replaces the group by what was accepted. So a scrape in between sees each
    /// family either old or new. Families that the search has no requests left for are given up.
    ///
    /// # Errors
    /// As [`Gateway::put`]; [`GatewayError::Rejected`] when no family at all is taken. Then the group
    /// holds what it held; a new one exists without families and with a push time of 0.
    pub async fn put_bisecting(
        &self,
        group: &GroupKey,
        families: &[Family],
    ) -> Result<Vec<Refused>, GatewayError> {
        let reason = match self.put(group, families).await {
            Err(GatewayError::Rejected { reason, .. }) => reason,
            other => return other.map(|()| Vec::new()),
        };
        let refused = self.search(group, families, &reason).await?;
        let is_good = |family: &&Family| refused.iter().all(|bad| bad.family != family.name);
        if !families.iter().any(|family| is_good(&family)) {
            return Err(GatewayError::Rejected {
                action: Action::Put(group.clone()),
                reason,
            });
        }
        self.put(group, families.iter().filter(is_good)).await?;
        Ok(refused)
    }

    /// Splits refused parts until they are accepted or hold one family.
    async fn search(
        &self,
        group: &GroupKey,
        families: &[Family],
        reason: &str,
    ) -> Result<Vec<Refused>, GatewayError> {
        let mut refused = Vec::new();
        let mut requests: u32 = 0;
        let mut suspects = vec![(families, reason.to_owned())];
        while let Some((part, reason)) = suspects.pop() {
            if part.len() < 2 || requests >= REQUESTS_MAX {
                let names = part.iter().map(|family| family.name.clone());
                refused.extend(names.map(|family| Refused {
                    family,
                    reason: reason.clone(),
                }));
                continue;
            }
            let (left, right) = part.split_at(part.len() / 2);
            // The part that is put last is taken first, which keeps the families' order.
            for half in [right, left] {
                requests = requests.saturating_add(1);
                match self.post(group, half).await {
                    Ok(()) => {}
                    Err(GatewayError::Rejected { reason, .. }) => suspects.push((half, reason)),
                    Err(other) => return Err(other),
                }
            }
        }
        Ok(refused)
    }
}
