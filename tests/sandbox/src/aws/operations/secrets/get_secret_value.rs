//! `GetSecretValue`: the value of a version by label, id, or both where they agree.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;

use super::Named;
use super::target::Target;
use crate::aws::error::{INVALID_REQUEST, RESOURCE_NOT_FOUND, ServiceError};
use crate::aws::node::Node;
use crate::aws::operation::Operation;
use crate::aws::operations::act::Act;
use crate::aws::operations::{Context, Response};
use crate::aws::policy::Need;
use crate::aws::secrets::{CURRENT, Secret, SecretValue, Version};
use crate::aws::shape::{Shape, Writer};

/// The request.
#[derive(Debug)]
pub(crate) struct GetSecretValue<'a> {
    secret: Target<'a>,
    version: Option<&'a str>,
    stage: Option<&'a str>,
}

/// The value.
#[derive(Debug)]
pub(crate) struct Held {
    named: Named,
    version: String,
    value: SecretValue,
    stages: Vec<String>,
    created: Timestamp,
}

impl<'a> GetSecretValue<'a> {
    pub(crate) fn read(node: &'a Node<'_>) -> Result<Self, ServiceError> {
        Ok(Self {
            secret: Target::read(node)?,
            version: node.text("VersionId")?,
            stage: node.text("VersionStage")?,
        })
    }

    fn choose<'s>(&self, secret: &'s Secret) -> Result<&'s Version, ServiceError> {
        let Some(id) = self.version else {
            let stage = self.stage.unwrap_or(CURRENT);
            let staged = secret.staged(stage);
            return staged.ok_or_else(|| nothing(&format!("staging label: {stage}")));
        };
        let version = secret.version(id);
        let version = version.ok_or_else(|| nothing(&format!("VersionId: {id}")))?;
        if self.stage.is_some_and(|stage| !version.has(stage)) {
            return Err(ServiceError::new(
                INVALID_REQUEST,
                "You provided a VersionStage that is not associated to the provided VersionId.",
            ));
        }
        Ok(version)
    }
}

fn nothing(what: &str) -> ServiceError {
    let message = format!("Secrets Manager can't find the specified secret value for {what}");
    ServiceError::new(RESOURCE_NOT_FOUND, message)
}

impl Act for GetSecretValue<'_> {
    fn subject(&self) -> String {
        let parts = [Some(self.secret.0), self.version, self.stage];
        let parts: Vec<_> = parts.into_iter().flatten().collect();
        parts.join(" ")
    }

    fn needs(&self, operation: Operation, context: &Context<'_>) -> Vec<Need> {
        let mut needs = self.secret.needs(operation, context, &["Decrypt"]);
        if let (Some(need), Some(stage)) = (needs.first_mut(), self.stage) {
            // Only what the caller says: the default is not filled in.
            let stages = vec![stage.to_owned()];
            need.context.push(("secretsmanager:VersionStage", stages));
        }
        needs
    }

    fn run(&self, context: &Context<'_>) -> Result<Response<'static>, ServiceError> {
        let (account, region) = (&context.account.id, context.region);
        let mut vault = context.ledger.vault();
        let secret = vault.find_mut(account, region, self.secret.0, context.at)?;
        secret.refuse_deleted()?;
        let version = self.choose(secret)?;
        let value = version.value.clone();
        let value = value.ok_or_else(|| nothing(&format!("VersionId: {}", version.id)))?;
        Ok(Response::Secrets(super::Response::Held(Held {
            named: Named::of(secret),
            version: version.id.clone(),
            value,
            stages: version.stages.clone(),
            created: version.created,
        })))
    }
}

impl Shape for Held {
    fn members<W: Writer>(&self, w: &mut W) {
        self.named.members(w);
        w.text_member("VersionId", &self.version);
        match &self.value {
            SecretValue::Text(text) => w.text_member("SecretString", text),
            SecretValue::Binary(bytes) => w.text_member("SecretBinary", &STANDARD.encode(bytes)),
        }
        w.member("VersionStages", |w| {
            w.list(&self.stages, |w, stage| w.text(stage));
        });
        w.member("CreatedDate", |w| w.instant(self.created.as_second()));
    }
}
