//! The secret that a request is about.

use crate::aws::error::ServiceError;
use crate::aws::node::Node;
use crate::aws::operation::Operation;
use crate::aws::operations::Context;
use crate::aws::policy::Need;

/// A secret by name or ARN.
#[derive(Debug, Clone, Copy)]
pub(super) struct Target<'a>(pub(super) &'a str);

impl<'a> Target<'a> {
    pub(super) fn read(node: &'a Node<'_>) -> Result<Self, ServiceError> {
        node.required_text("SecretId").map(Self)
    }

    /// What a caller of `operation` must be allowed to do to it, and then, if it is encrypted with
    /// a customer's key, to that key.
    pub(super) fn needs(
        self,
        operation: Operation,
        context: &Context<'_>,
        kms_actions: &[&str],
    ) -> Vec<Need> {
        let Self(id) = self;
        let (account, region) = (&*context.account.id, context.region);
        let vault = context.ledger.vault();
        let found = vault.find(account, region, id, context.at).ok();
        // AWS asks for permission before it looks whether the secret is there.
        let arn = found.map_or_else(
            || format!("arn:aws:secretsmanager:{region}:{account}:secret:{id}"),
            |secret| secret.arn.clone(),
        );
        let mut needs = vec![Need {
            action: operation.action(),
            resource: arn.clone(),
            shown: id.to_owned(),
            context: Vec::new(),
        }];
        if let Some(key) = found.and_then(|secret| secret.kms_key.as_ref()) {
            needs.extend(kms_actions.iter().map(|action| Need {
                action: format!("kms:{action}"),
                resource: key.clone(),
                shown: key.clone(),
                context: vec![
                    (
                        "kms:ViaService",
                        vec![format!("secretsmanager.{region}.amazonaws.com")],
                    ),
                    ("kms:EncryptionContext:SecretARN", vec![arn.clone()]),
                ],
            }));
        }
        needs
    }
}
