//! Who asks: the account and principal behind an access key id, and what it may do.

use jiff::Timestamp;

use super::content::Account;
use super::error::{ACCESS_DENIED, ServiceError, UNKNOWN_CLIENT};
use super::ledger::Ledger;
use super::operations::account;
use super::policy::{Need, RolePolicy, Verdict};
use super::world::World;

/// The principal of a call.
#[derive(Debug)]
pub(crate) struct Caller<'w> {
    pub(crate) account: &'w Account,
    pub(crate) arn: String,
    /// The user whose key signed, if it is a user of the content.
    pub(crate) user: Option<String>,
    role: Option<RolePolicy>,
}

impl<'w> Caller<'w> {
    /// Finds the principal behind `access_key`. A key of a user signs while it is usable, any
    /// other key as the content says.
    ///
    /// # Errors
    /// When the key means nothing.
    pub(crate) fn identify(
        world: &'w World,
        ledger: &Ledger,
        access_key: Option<&str>,
        now: Timestamp,
    ) -> Result<Self, ServiceError> {
        let iam = ledger.iam();
        let own = access_key.and_then(|id| iam.key(id));
        if own.is_some_and(|(_, key)| !iam.is_usable(key, now)) {
            return Err(unknown());
        }
        let user = own.map(|(user, _)| user);
        let account = match user {
            Some(user) => world.account(&user.account).ok_or_else(unknown)?,
            None => account::of_access_key(world, access_key).ok_or_else(unknown)?,
        };
        let role = access_key.and_then(|id| ledger.policies().of(id));
        let id = &account.id;
        let arn = match (user, &role) {
            (Some(user), _) => user.arn.clone(),
            (None, Some(RolePolicy { role, .. })) => {
                format!("arn:aws:sts::{id}:assumed-role/{role}/sandbox")
            }
            (None, None) => format!("arn:aws:iam::{id}:user/sandbox"),
        };
        Ok(Self {
            account,
            arn,
            user: user.map(|user| user.name.clone()),
            role,
        })
    }

    /// Refuses what the caller's policy does not allow.
    pub(crate) fn authorise(&self, needs: &[Need]) -> Result<(), ServiceError> {
        let Some(RolePolicy { policy, .. }) = &self.role else {
            return Ok(());
        };
        for need in needs {
            let why = match policy.judge(need) {
                Verdict::Allowed => continue,
                Verdict::NotAllowed => {
                    let action = &need.action;
                    format!("because no identity-based policy allows the {action} action")
                }
                Verdict::Denied => "with an explicit deny in an identity-based policy".to_owned(),
            };
            return Err(self.denied(need, &why));
        }
        Ok(())
    }

    fn denied(&self, need: &Need, why: &str) -> ServiceError {
        let Need { action, shown, .. } = need;
        if action.starts_with("kms:") {
            // Secrets Manager asks KMS in the caller's name and does not pass on what KMS said.
            return ServiceError::new(ACCESS_DENIED, "Access to KMS is not allowed");
        }
        let arn = &self.arn;
        ServiceError::new(
            ACCESS_DENIED,
            format!(
                "User: {arn} is not authorized to perform: {action} on resource: {shown} {why}"
            ),
        )
    }
}

fn unknown() -> ServiceError {
    ServiceError::new(
        UNKNOWN_CLIENT,
        "The security token included in the request is invalid.",
    )
}
