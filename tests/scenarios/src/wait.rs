//! Waits for a state instead of a time: bounded, and without keeping a core busy.

use std::time::Duration;

use anyhow::{Context as _, Result};

const PATIENCE: Duration = Duration::from_secs(20);
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Returns as soon as `condition` holds.
///
/// # Errors
/// When it does not within twenty seconds, or cannot be looked at.
pub async fn until(what: &str, mut condition: impl AsyncFnMut() -> Result<bool>) -> Result<()> {
    let looking = async {
        while !condition().await? {
            tokio::time::sleep(LOOK_EVERY).await;
        }
        anyhow::Ok(())
    };
    tokio::time::timeout(PATIENCE, looking)
        .await
        .with_context(|| format!("waited in vain until {what}"))?
}
