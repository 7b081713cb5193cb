//! `PutSecretValue`: a new version, named by the caller's token.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Named;
use super::target::Target;
use crate::aws::error::{INVALID_PARAMETER, INVALID_REQUEST, ServiceError};
use crate::aws::node::Node;
use crate::aws::operation::Operation;
use crate::aws::operations::act::Act;
use crate::aws::operations::{Context, Response};
use crate::aws::policy::Need;
use crate::aws::secrets::{Put, SecretValue};
use crate::aws::shape::{Shape, Writer};

const MAX_BYTES: usize = 65_536;

/// The request.
#[derive(Debug)]
pub(crate) struct PutSecretValue<'a> {
    secret: Target<'a>,
    token: &'a str,
    value: SecretValue,
    stages: Vec<&'a str>,
}

/// The version that holds the value now.
#[derive(Debug)]
pub(crate) struct Stored {
    named: Named,
    version: String,
    stages: Vec<String>,
}

impl<'a> PutSecretValue<'a> {
    pub(crate) fn read(node: &'a Node<'_>) -> Result<Self, ServiceError> {
        let token = node.text("ClientRequestToken")?.ok_or_else(|| {
            let message = "You must provide a ClientRequestToken value. We recommend a UUID-type \
                           value.";
            ServiceError::new(INVALID_REQUEST, message)
        })?;
        if !(32..=64).contains(&token.chars().count()) {
            let message = "ClientRequestToken must be 32-64 characters long.";
            return Err(ServiceError::new(INVALID_PARAMETER, message));
        }
        let stages = node.texts("VersionStages")?;
        let fits = |stage: &&str| (1..=256).contains(&stage.chars().count());
        if stages.len() > 20 || !stages.iter().all(fits) {
            return Err(ServiceError::validation(
                "1 validation error detected: Value at 'versionStages' failed to satisfy \
                 constraint: Member must have length between 1 and 20, and each between 1 and 256",
            ));
        }
        Ok(Self {
            secret: Target::read(node)?,
            token,
            value: value(node)?,
            stages,
        })
    }
}

fn value(node: &Node<'_>) -> Result<SecretValue, ServiceError> {
    let value = match (node.text("SecretString")?, node.text("SecretBinary")?) {
        (Some(text), None) => SecretValue::Text(text.to_owned()),
        (None, Some(encoded)) => {
            let bytes = STANDARD.decode(encoded);
            let bytes = bytes.map_err(|_| ServiceError::malformed("SecretBinary is not Base64"))?;
            SecretValue::Binary(bytes)
        }
        (None, None) => {
            let message = "You must provide either SecretString or SecretBinary.";
            return Err(ServiceError::new(INVALID_REQUEST, message));
        }
        (Some(_), Some(_)) => {
            let message = "You can't specify both a binary secret value and a string secret value \
                           in the same secret.";
            return Err(ServiceError::new(INVALID_PARAMETER, message));
        }
    };
    if !(1..=MAX_BYTES).contains(&value.len()) {
        // AWS quotes the value here; nobody should log that, so the simulator has no such text.
        return Err(ServiceError::validation(format!(
            "1 validation error detected: Value at 'secretString' failed to satisfy constraint: \
             Member must have length between 1 and {MAX_BYTES}"
        )));
    }
    Ok(value)
}

impl Act for PutSecretValue<'_> {
    fn subject(&self) -> String {
        let parts = [self.secret.0, self.token].into_iter();
        let parts: Vec<_> = parts.chain(self.stages.iter().copied()).collect();
        parts.join(" ")
    }

    fn needs(&self, operation: Operation, context: &Context<'_>) -> Vec<Need> {
        let kms = ["GenerateDataKey", "Decrypt"];
        self.secret.needs(operation, context, &kms)
    }

    fn run(&self, context: &Context<'_>) -> Result<Response<'static>, ServiceError> {
        let (account, region) = (&context.account.id, context.region);
        let mut vault = context.ledger.vault();
        let secret = vault.find_mut(account, region, self.secret.0, context.at)?;
        let named = Named::of(secret);
        let wish = Put {
            id: self.token,
            value: self.value.clone(),
            stages: self.stages.clone(),
        };
        let version = secret.put(wish, context.at)?;
        Ok(Response::Secrets(super::Response::Stored(Stored {
            named,
            version: version.id.clone(),
            stages: version.stages.clone(),
        })))
    }
}

impl Shape for Stored {
    fn members<W: Writer>(&self, w: &mut W) {
        self.named.members(w);
        w.text_member("VersionId", &self.version);
        w.member("VersionStages", |w| {
            w.list(&self.stages, |w, stage| w.text(stage));
        });
    }
}
