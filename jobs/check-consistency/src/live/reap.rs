//! Deletes the groups of a Pushgateway that nobody writes any more, so that alerts on their absence can
//! fire. It is the one thing that this job ever removes.
//!
//! A group goes when its `job` begins with the configured prefix and its last push is too old, both as
//! the Pushgateway itself says right before the request. A push that comes in between the two is lost,
//! and made good by the next one: who writes a group writes it whole.

use common::cancel::Cancellation;
use common::clock::Clock;
use common::pushgateway::{Detail, Gateway, GatewayError, GroupKey, Retry, StoredGroup};
use common::trouble::Trouble;
use jiff::Timestamp;

use super::pushgateway::Pushed;
use crate::config::PushgatewayRef;

/// What became of the groups that nobody writes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reaped {
    /// They are gone.
    pub deleted: Vec<GroupKey>,
    /// They were written meanwhile, and stay.
    pub spared: Vec<GroupKey>,
    /// What went wrong; nothing more was deleted then.
    pub trouble: Option<Trouble>,
}

/// The groups that nobody writes any more. None without a prefix: that would be those of every job. One
/// that was never written successfully is not among them: it holds no values.
pub fn abandoned(groups: &[StoredGroup], config: &PushgatewayRef, now: Timestamp) -> Vec<GroupKey> {
    if config.prefix.is_empty() {
        return Vec::new();
    }
    let ours = groups
        .iter()
        .filter(|group| group.key.job().starts_with(&config.prefix));
    let stale = ours.filter(|group| Pushed::of(group.push_time_seconds).is_stale(config, now));
    stale.map(|group| group.key.clone()).collect()
}

/// Deletes the groups that nobody writes any more, if the configuration wants that. Each is looked at
/// again right before, and its request is made once: a repetition could come after a push.
pub async fn reap(
    gateway: &Gateway,
    config: &PushgatewayRef,
    clock: &Clock,
    cancel: &Cancellation,
) -> Reaped {
    let mut reaped = Reaped::default();
    reap_into(gateway, config, clock, cancel, &mut reaped).await;
    reaped
}

/// The same for a caller whose time may be over before it ends: what was done until then is in `reaped`.
pub async fn reap_into(
    gateway: &Gateway,
    config: &PushgatewayRef,
    clock: &Clock,
    cancel: &Cancellation,
    reaped: &mut Reaped,
) {
    if !config.reap {
        return;
    }
    if let Err(error) = delete_all(gateway, config, clock, cancel, reaped).await {
        reaped.trouble = Some(Trouble::of(&error));
    }
}

async fn delete_all(
    gateway: &Gateway,
    config: &PushgatewayRef,
    clock: &Clock,
    cancel: &Cancellation,
    reaped: &mut Reaped,
) -> Result<(), GatewayError> {
    let once = gateway.clone().with_retry(Retry {
        attempts: 1,
        ..Retry::STANDARD
    });
    let groups = gateway.stored(|_| Detail::Counts).await?;
    for group in abandoned(&groups, config, clock.now()) {
        if cancel.is_cancelled() {
            break;
        }
        let groups = gateway.stored(|_| Detail::Counts).await?;
        if !abandoned(&groups, config, clock.now()).contains(&group) {
            reaped.spared.push(group);
            continue;
        }
        once.delete(&group).await?;
        tracing::info!(group = %group, "a group that nobody writes any more was deleted");
        reaped.deleted.push(group);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
