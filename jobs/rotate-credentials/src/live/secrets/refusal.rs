//! What makes a secret unusable, and what Secrets Manager's refusals mean. Pure.

use aws_sdk_secretsmanager::operation::describe_secret::DescribeSecretOutput;
use common::aws::{CallError, CallErrorKind};

use super::super::call::effect_error;
use crate::outside::EffectError;
use crate::verdict;
use common::trouble::Trouble;

/// Refuses a secret that nobody may work on: deleted, in other hands, or a copy.
///
/// # Errors
/// The reason.
pub(super) fn unusable(
    described: &DescribeSecretOutput,
    name: &str,
    region: &str,
) -> Result<(), Trouble> {
    if let Some(date) = described.deleted_date() {
        let text = format!("the secret `{name}` is scheduled for deletion ({date})");
        return Err(verdict::SECRET_DELETED.because(text));
    }
    if let Some(owner) = described.owning_service() {
        let text = format!("the secret `{name}` belongs to the service `{owner}`");
        return Err(verdict::SECRET_ROTATED_BY_AWS.because(text));
    }
    if described.rotation_enabled() == Some(true) {
        let text = format!("Secrets Manager rotates the secret `{name}` by itself");
        return Err(verdict::SECRET_ROTATED_BY_AWS.because(text));
    }
    match described.primary_region() {
        Some(primary) if primary != region => {
            let text = format!("the secret `{name}` in {region} is a replica of that in {primary}");
            Err(verdict::SECRET_REPLICA.because(text))
        }
        Some(_) | None => Ok(()),
    }
}

fn code(error: &CallError) -> &str {
    error.code.as_deref().unwrap_or_default()
}

/// A secret or a version that is not there.
pub(super) fn is_absent(error: &CallError) -> bool {
    code(error) == "ResourceNotFoundException"
}

/// A label or a version that is not where the call expected it: compare-and-swap has failed.
pub(super) fn is_elsewhere(error: &CallError) -> bool {
    matches!(
        code(error),
        "InvalidParameterException" | "ResourceNotFoundException"
    )
}

/// What could not be read, as far as the secret itself is to blame.
pub(super) fn reading(error: &CallError, name: &str, trouble: Trouble) -> Trouble {
    special(error, name).unwrap_or(trouble)
}

/// A version that was not stored, or perhaps was.
pub(super) fn putting(error: &CallError, name: &str, trouble: Trouble) -> EffectError {
    if code(error) == "ResourceExistsException" {
        let text = format!("the secret `{name}` holds other data under the token of this pair");
        return EffectError::Refused(verdict::FOREIGN_PENDING.because(text));
    }
    moving(error, name, trouble)
}

/// A change that failed for any other reason than that somebody was faster.
pub(super) fn moving(error: &CallError, name: &str, trouble: Trouble) -> EffectError {
    match special(error, name) {
        Some(trouble) => EffectError::Refused(trouble),
        None => effect_error(error, trouble),
    }
}

/// Refusals with a verdict of their own.
fn special(error: &CallError, name: &str) -> Option<Trouble> {
    // In the caller's name Secrets Manager asks KMS, and a missing permission there reads so.
    let kms = error.kind == CallErrorKind::Denied && error.message.contains("KMS");
    match code(error) {
        "ResourceNotFoundException" => {
            Some(verdict::SECRET_MISSING.because(format!("the secret `{name}` does not exist")))
        }
        "InvalidRequestException" if error.message.contains("delet") => {
            let text = format!("the secret `{name}` is scheduled for deletion");
            Some(verdict::SECRET_DELETED.because(text))
        }
        "DecryptionFailure" | "EncryptionFailure" => {
            Some(verdict::KMS_DENIED.because(error.to_string()))
        }
        _ if kms => Some(verdict::KMS_DENIED.because(error.to_string())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_secretsmanager::primitives::DateTime;

    use super::super::super::call::{garbled, trouble};
    use super::*;

    fn error(kind: CallErrorKind, code: &str, message: &str) -> CallError {
        CallError {
            kind,
            code: Some(code.to_owned()).filter(|code| !code.is_empty()),
            message: message.to_owned(),
            ..garbled("secretsmanager", "PutSecretValue", "")
        }
    }

    #[test]
    fn a_secret_that_is_not_ours_to_change_is_refused_for_its_reason() {
        let plain = DescribeSecretOutput::builder;
        let refused = |it: DescribeSecretOutput| {
            unusable(&it, "prod/monitoring", "us-east-1").map_err(|trouble| trouble.code)
        };
        assert_eq!(refused(plain().build()), Ok(()));
        let primary = plain().primary_region("us-east-1").rotation_enabled(false);
        assert_eq!(refused(primary.build()), Ok(()));
        for (described, code) in [
            (
                plain().deleted_date(DateTime::from_secs(0)),
                "secret-deleted",
            ),
            (plain().rotation_enabled(true), "secret-rotated-by-aws"),
            (plain().owning_service("rds"), "secret-rotated-by-aws"),
            (plain().primary_region("eu-west-1"), "secret-replica"),
        ] {
            assert_eq!(refused(described.build()), Err(code));
        }
    }

    #[test]
    fn each_refusal_of_a_put_has_its_meaning_and_silence_has_none() {
        use CallErrorKind::{Denied, Rejected, Server, Throttled, Timeout, Transport};
        let marked =
            "You can't perform this operation on the secret because it was marked for deletion.";
        let table = [
            (
                Rejected,
                "ResourceExistsException",
                "",
                "refused:foreign-pending",
            ),
            (
                Rejected,
                "ResourceNotFoundException",
                "",
                "refused:secret-missing",
            ),
            (
                Rejected,
                "InvalidRequestException",
                marked,
                "refused:secret-deleted",
            ),
            (
                Rejected,
                "InvalidRequestException",
                "else",
                "refused:aws-rejected",
            ),
            (
                Rejected,
                "LimitExceededException",
                "",
                "refused:aws-rejected",
            ),
            (Rejected, "EncryptionFailure", "", "refused:kms-denied"),
            (
                Denied,
                "AccessDeniedException",
                "Access to KMS is not allowed",
                "refused:kms-denied",
            ),
            (
                Denied,
                "AccessDeniedException",
                "not authorized",
                "refused:aws-denied",
            ),
            (Throttled, "ThrottlingException", "", "unclear"),
            (Server, "InternalServiceError", "", "unclear"),
            (Transport, "", "", "unclear"),
            (Timeout, "", "", "unclear"),
        ];
        for (kind, code, message, expected) in table {
            let error = error(kind, code, message);
            let outcome = match putting(&error, "prod/monitoring", trouble(&error, None)) {
                EffectError::Refused(trouble) => format!("refused:{}", trouble.code),
                EffectError::Overtaken => "overtaken".to_owned(),
                EffectError::Unclear(_) => "unclear".to_owned(),
            };
            assert_eq!(outcome, expected, "{code}: {message}");
        }
    }
}
