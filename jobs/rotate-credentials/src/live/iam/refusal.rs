//! What IAM's refusals mean, operation by operation. Pure.

use common::aws::{CallError, CallErrorKind};

use super::super::call::{effect_error, is_refusal};
use crate::outside::{Effect, EffectError};
use crate::verdict;
use common::trouble::Trouble;

fn code(error: &CallError) -> &str {
    error.code.as_deref().unwrap_or_default()
}

/// A list that could not be read.
pub(super) fn reading(error: &CallError, user: &str, trouble: Trouble) -> Trouble {
    if code(error) == "NoSuchEntity" {
        user_missing(user)
    } else {
        trouble
    }
}

/// Whether IAM has no owner to name. Where the policy allows to ask for our user's keys alone, it
/// denies what it would otherwise not find; such a key counts as gone only if its login is refused
/// as well.
pub(super) fn tells_no_owner(error: &CallError) -> bool {
    code(error) == "NoSuchEntity" || error.kind == CallErrorKind::Denied
}

/// A key that was not created, or perhaps was. A call that came too soon was not admitted.
pub(super) fn creating(error: &CallError, user: &str, trouble: Trouble) -> EffectError {
    match code(error) {
        "LimitExceeded" => {
            let text = format!("the user `{user}` has as many keys as IAM allows");
            EffectError::Refused(verdict::FOREIGN_KEY.because(text))
        }
        "NoSuchEntity" => EffectError::Refused(user_missing(user)),
        _ if is_refusal(error) || error.kind == CallErrorKind::Throttled => {
            EffectError::Refused(trouble)
        }
        _ => EffectError::Unclear(trouble),
    }
}

/// A status that was not set. A key that is gone was deleted by somebody.
pub(super) fn updating(error: &CallError, trouble: Trouble) -> EffectError {
    if code(error) == "NoSuchEntity" {
        EffectError::Overtaken
    } else {
        effect_error(error, trouble)
    }
}

/// A key that was not deleted, or is gone already.
pub(super) fn deleting(error: &CallError, trouble: Trouble) -> Effect {
    if code(error) == "NoSuchEntity" {
        Ok(())
    } else {
        Err(effect_error(error, trouble))
    }
}

/// A tag that was not written or removed.
pub(super) fn tagging(error: &CallError, user: &str, trouble: Trouble) -> EffectError {
    match code(error) {
        "NoSuchEntity" => EffectError::Refused(user_missing(user)),
        // The last one is what IAM says of a character that it does not take.
        "LimitExceeded" | "InvalidInput" | "ValidationError" => {
            EffectError::Refused(verdict::TAG_REFUSED.because(trouble.text))
        }
        _ if is_busy(error) => EffectError::Overtaken,
        _ => effect_error(error, trouble),
    }
}

/// Whether somebody else changes the same user at this moment.
pub(super) fn is_busy(error: &CallError) -> bool {
    code(error) == "ConcurrentModification"
}

fn user_missing(user: &str) -> Trouble {
    verdict::USER_MISSING.because(format!("the user `{user}` does not exist"))
}

#[cfg(test)]
mod tests {
    use super::super::super::call::{garbled, trouble};
    use super::*;

    /// Every class of the reference's table, with a code of each.
    const CLASSES: [(CallErrorKind, &str); 12] = [
        (CallErrorKind::Denied, "AccessDenied"),
        (CallErrorKind::Expired, "ExpiredToken"),
        (CallErrorKind::NoCredentials, ""),
        (CallErrorKind::Rejected, "ValidationError"),
        (CallErrorKind::Rejected, "NoSuchEntity"),
        (CallErrorKind::Rejected, "LimitExceeded"),
        (CallErrorKind::Rejected, "InvalidInput"),
        (CallErrorKind::Rejected, "ConcurrentModification"),
        (CallErrorKind::Throttled, "Throttling"),
        (CallErrorKind::Server, "ServiceFailure"),
        (CallErrorKind::Transport, ""),
        (CallErrorKind::Timeout, ""),
    ];

    /// What each class becomes, one word each: `refused:code`, `unclear`, `overtaken`, `done`.
    fn table(outcome: impl Fn(&CallError, Trouble) -> Effect) -> Vec<String> {
        CLASSES
            .iter()
            .map(|(kind, code)| {
                let error = CallError {
                    kind: *kind,
                    code: Some((*code).to_owned()).filter(|code| !code.is_empty()),
                    ..garbled("iam", "Operation", "")
                };
                match outcome(&error, trouble(&error, None)) {
                    Ok(()) => "done".to_owned(),
                    Err(EffectError::Refused(trouble)) => format!("refused:{}", trouble.code),
                    Err(EffectError::Overtaken) => "overtaken".to_owned(),
                    Err(EffectError::Unclear(_)) => "unclear".to_owned(),
                }
            })
            .collect()
    }

    #[test]
    fn a_create_is_unclear_unless_iam_said_no_and_too_soon_is_a_no() {
        let outcomes = table(|error, trouble| Err(creating(error, "mailer", trouble)));
        let expected = [
            "refused:aws-denied",
            "refused:aws-credentials-expired",
            "refused:aws-no-credentials",
            "refused:aws-rejected",
            "refused:user-missing",
            "refused:foreign-key",
            "refused:aws-rejected",
            "refused:aws-rejected",
            "refused:aws-throttled",
            "unclear",
            "unclear",
            "unclear",
        ];
        assert_eq!(outcomes, expected);
    }

    #[test]
    fn a_key_that_is_gone_was_deleted_by_us_or_by_somebody() {
        let updates = table(|error, trouble| Err(updating(error, trouble)));
        let deletes = table(deleting);
        assert_eq!((&*updates[4], &*deletes[4]), ("overtaken", "done"));
        for (index, outcome) in updates.iter().enumerate().filter(|(index, _)| *index != 4) {
            assert_eq!(*outcome, deletes[index]);
            let refused = outcome.starts_with("refused:");
            assert_eq!(refused, index < 8, "{outcome}");
        }
    }

    #[test]
    fn a_tag_that_iam_does_not_take_is_a_matter_of_configuration() {
        let outcomes = table(|error, trouble| Err(tagging(error, "mailer", trouble)));
        let expected = [
            "refused:aws-denied",
            "refused:aws-credentials-expired",
            "refused:aws-no-credentials",
            "refused:tag-refused",
            "refused:user-missing",
            "refused:tag-refused",
            "refused:tag-refused",
            "overtaken",
            "unclear",
            "unclear",
            "unclear",
            "unclear",
        ];
        assert_eq!(outcomes, expected);
    }
}
