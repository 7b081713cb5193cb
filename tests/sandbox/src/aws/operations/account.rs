//! STS `AssumeRole` and `GetCallerIdentity`, IAM `ListAccountAliases`: what a client asks about
//! accounts before it reads metrics.

use super::super::content::Account;
use super::super::error::{ACCESS_DENIED, ServiceError, VALIDATION};
use super::super::node::Node;
use super::super::shape::{Shape, Writer};
use super::super::world::World;
use super::Context;

/// Temporary keys carry their account, so that the simulator need not remember them.
const TEMPORARY_PREFIX: &str = "ASIA";
const DEFAULT_SESSION_SECONDS: i64 = 3_600;

/// Finds the account behind an access key id. Without one the first account answers.
pub(crate) fn of_access_key<'w>(world: &'w World, access_key: Option<&str>) -> Option<&'w Account> {
    match (access_key, world.accounts.as_slice()) {
        (None, [first, ..]) => Some(first),
        (Some(key), accounts) => {
            let temporary = key
                .strip_prefix(TEMPORARY_PREFIX)
                .and_then(|rest| rest.get(..12))
                .and_then(|id| world.account(id));
            let listed = || {
                accounts
                    .iter()
                    .find(|it| it.access_keys.iter().any(|own| own == key))
            };
            let only = || match accounts {
                [only] if only.access_keys.is_empty() => Some(only),
                _ => None,
            };
            temporary.or_else(listed).or_else(only)
        }
        (None, []) => None,
    }
}

/// A request for the credentials of a role.
#[derive(Debug)]
pub(crate) struct AssumeRole<'a> {
    pub(crate) role_arn: &'a str,
    session: &'a str,
    seconds: i64,
    external_id: Option<&'a str>,
}

/// Credentials of an assumed role.
#[derive(Debug)]
pub(crate) struct Credentials {
    access_key: String,
    expiration: i64,
    role_id: String,
    arn: String,
}

impl<'a> AssumeRole<'a> {
    pub(crate) fn read(node: &'a Node<'_>) -> Result<Self, ServiceError> {
        let seconds = node
            .integer("DurationSeconds")?
            .unwrap_or(DEFAULT_SESSION_SECONDS);
        if !(900..=43_200).contains(&seconds) {
            return Err(ServiceError::new(
                VALIDATION,
                format!("DurationSeconds is {seconds}, not in 900..=43200."),
            ));
        }
        Ok(Self {
            role_arn: node.required_text("RoleArn")?,
            session: node.required_text("RoleSessionName")?,
            seconds,
            external_id: node.text("ExternalId")?,
        })
    }

    pub(crate) fn run(&self, context: &Context<'_>) -> Result<Credentials, ServiceError> {
        let denied = || {
            let identity = identity(context).arn;
            let message = format!(
                "User: {identity} is not authorized to perform: sts:AssumeRole on resource: {}",
                self.role_arn
            );
            ServiceError::new(ACCESS_DENIED, message)
        };
        let rest = self.role_arn.strip_prefix("arn:aws:iam::").ok_or_else(|| {
            ServiceError::new(VALIDATION, format!("{} is invalid", self.role_arn))
        })?;
        let (id, role) = rest.split_once(":role/").ok_or_else(denied)?;
        let account = context.world.account(id).ok_or_else(denied)?;
        let name = role.rsplit('/').next().unwrap_or(role);
        let granted = account.roles.is_empty()
            || account.roles.iter().any(|it| {
                it.name == name
                    && it
                        .external_id
                        .as_deref()
                        .is_none_or(|id| self.external_id == Some(id))
            });
        if !granted {
            return Err(denied());
        }
        Ok(Credentials {
            access_key: format!("{TEMPORARY_PREFIX}{id}SBOX"),
            expiration: context.now + self.seconds,
            role_id: format!("AROA{id}SBOX:{}", self.session),
            arn: format!("arn:aws:sts::{id}:assumed-role/{name}/{}", self.session),
        })
    }
}

impl Shape for Credentials {
    fn members<W: Writer>(&self, w: &mut W) {
        w.member("Credentials", |w| {
            w.structure(|w| {
                w.text_member("AccessKeyId", &self.access_key);
                w.text_member("SecretAccessKey", "sandbox-secret-access-key");
                w.text_member("SessionToken", "sandbox-session-token");
                w.member("Expiration", |w| w.instant(self.expiration));
            });
        });
        w.member("AssumedRoleUser", |w| {
            w.structure(|w| {
                w.text_member("AssumedRoleId", &self.role_id);
                w.text_member("Arn", &self.arn);
            });
        });
    }
}

/// Who the caller is.
#[derive(Debug)]
pub(crate) struct Identity {
    account: String,
    arn: String,
}

pub(crate) fn identity(context: &Context<'_>) -> Identity {
    Identity {
        account: context.account.id.to_string(),
        arn: context.caller.arn.clone(),
    }
}

impl Shape for Identity {
    fn members<W: Writer>(&self, w: &mut W) {
        w.text_member("Arn", &self.arn);
        w.text_member("UserId", "AIDASANDBOX");
        w.text_member("Account", &self.account);
    }
}

/// The aliases of the caller's account: one or none.
#[derive(Debug)]
pub(crate) struct Aliases(Option<String>);

pub(crate) fn aliases(context: &Context<'_>) -> Aliases {
    Aliases(context.account.alias.clone())
}

impl Shape for Aliases {
    fn members<W: Writer>(&self, w: &mut W) {
        w.member("AccountAliases", |w| {
            w.list(self.0.as_slice(), |w, alias| w.text(alias));
        });
        w.member("IsTruncated", |w| w.boolean(false));
    }
}
