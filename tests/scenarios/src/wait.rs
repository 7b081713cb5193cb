//! Waits for a state instead of a time: bounded, and without keeping a core busy.

use std::time::Duration;

use anyhow::{Context as _, Result};

const PATIENCE: Duration = Duration::from_secs(20);
const LOOK_EVERY: Duration = Duration::from_millis(20);
const LOOK_SELDOM: Duration = Duration::from_millis(250);

/// Returns as soon as `condition` holds.
///
/// # Errors
/// When it does not within twenty seconds, or cannot be looked at.
pub async fn until(what: &str, condition: impl AsyncFnMut() -> Result<bool>) -> Result<()> {
    looking(PATIENCE, LOOK_EVERY, what, condition).await
}

/// Returns as soon as `condition` holds: for what takes minutes, and costs more to be looked at.
///
/// # Errors
/// When it does not hold within `patience`, or cannot be looked at.
pub async fn until_within(
    patience: Duration,
    what: &str,
    condition: impl AsyncFnMut() -> Result<bool>,
) -> Result<()> {
    looking(patience, LOOK_SELDOM, what, condition).await
}

async fn looking(
    patience: Duration,
    pause: Duration,
    what: &str,
    mut condition: impl AsyncFnMut() -> Result<bool>,
) -> Result<()> {
    let looking = async {
        while !condition().await? {
            tokio::time::sleep(pause).await;
        }
        anyhow::Ok(())
    };
    tokio::time::timeout(patience, looking)
        .await
        .with_context(|| format!("waited in vain until {what}"))?
}
