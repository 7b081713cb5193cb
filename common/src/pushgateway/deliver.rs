//! The state of a job's domain in one group: put whole, and read back.

use crate::exposition::Family;
use crate::fault::Failure;
use crate::report::Identity;
use crate::secret::{ExposeSecret as _, SecretString};

use super::{Expected, Gateway, GroupKey, TIMEOUTS};

/// Replaces the group `/job/JOB/part/state` by these families and makes sure that they are there.
///
/// # Errors
/// When the address, the push or what is read back is not right.
pub(crate) async fn deliver(
    url: &SecretString,
    identity: &Identity,
    families: &[Family],
) -> Result<(), Failure> {
    let gateway = Gateway::new(url.expose_secret(), TIMEOUTS)?;
    let group = GroupKey::new(identity.job, [("part", "state")])?;
    gateway.put(&group, families).await?;
    let expected = Expected::after_put(&group, families);
    gateway.verify(&[expected]).await?;
    Ok(())
}
