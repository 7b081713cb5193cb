//! AWS calls, whatever the service: how often an effect is tried, and what a failure means. Pure.

use std::time::Duration;

use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use common::aws::{CallError, CallErrorKind};
use jiff::SignedDuration;

use crate::outside::EffectError;
use crate::verdict;
use common::trouble::Trouble;

/// Codes with which AWS refuses a signature, also when only its time is wrong.
const SIGNATURE: [&str; 3] = [
    "RequestExpired",
    "SignatureDoesNotMatch",
    "InvalidSignatureException",
];

/// How far clocks may be apart before a refused signature is put down to them.
const SKEW_LIMIT: SignedDuration = SignedDuration::from_mins(1);

/// An effect that is tried once has an answer by then, or none.
const TRY: Duration = Duration::from_secs(10);

/// How an effect may be tried: so often, and each time so long.
pub(super) fn tries(count: u32) -> (RetryConfig, TimeoutConfig) {
    let retry = match count {
        1 => RetryConfig::disabled(),
        _ => RetryConfig::standard().with_max_attempts(count),
    };
    let timeouts = TimeoutConfig::builder()
        .operation_attempt_timeout(TRY)
        .operation_timeout(TRY.saturating_mul(count))
        .build();
    (retry, timeouts)
}

/// What an operator is told. `skew` is our clock minus AWS's, where it is known.
pub(super) fn trouble(error: &CallError, skew: Option<SignedDuration>) -> Trouble {
    let code = error.code.as_deref().unwrap_or_default();
    match skew {
        Some(skew) if SIGNATURE.contains(&code) && skew.abs() > SKEW_LIMIT => {
            let seconds = skew.as_secs();
            verdict::CLOCK_SKEW.because(format!("{error}: our clock is {seconds} s ahead of AWS's"))
        }
        Some(_) | None if error.kind == CallErrorKind::Rejected => Trouble {
            hint: Some(
                "correct what AWS objects to: a name in the configuration, or its quota".into(),
            ),
            ..Trouble::of(error)
        },
        Some(_) | None => Trouble::of(error),
    }
}

/// Whether AWS itself said no, so that nothing was done.
pub(super) fn is_refusal(error: &CallError) -> bool {
    // An answer to a request that did not arrive in time: it may be about an earlier attempt.
    let late = error
        .code
        .as_deref()
        .is_some_and(|code| code.starts_with("RequestTimeout"));
    match error.kind {
        CallErrorKind::Denied
        | CallErrorKind::Expired
        | CallErrorKind::NoCredentials
        | CallErrorKind::Rejected => !late,
        CallErrorKind::Throttled
        | CallErrorKind::Server
        | CallErrorKind::Transport
        | CallErrorKind::Timeout
        | CallErrorKind::Undecodable => false,
    }
}

/// An effect that failed in no way that is special to it.
pub(super) fn effect_error(error: &CallError, trouble: Trouble) -> EffectError {
    if is_refusal(error) {
        EffectError::Refused(trouble)
    } else {
        EffectError::Unclear(trouble)
    }
}

/// An answer of the right kind that lacks what it must have.
pub(super) fn garbled(service: &'static str, operation: &'static str, lacks: &str) -> CallError {
    CallError {
        service,
        operation,
        kind: CallErrorKind::Undecodable,
        code: None,
        message: format!("the answer lacks {lacks}"),
        request_id: None,
    }
}

#[cfg(test)]
mod tests {
    use common::exit::Exit;

    use super::*;

    fn error(kind: CallErrorKind, code: Option<&str>) -> CallError {
        CallError {
            code: code.map(str::to_owned),
            kind,
            ..garbled("iam", "TagUser", "")
        }
    }

    #[test]
    fn only_an_answer_that_says_no_is_a_refusal() {
        let table = [
            (CallErrorKind::Denied, Some("AccessDenied"), true),
            (CallErrorKind::Expired, Some("ExpiredToken"), true),
            (CallErrorKind::NoCredentials, None, true),
            (CallErrorKind::Rejected, Some("ValidationError"), true),
            (CallErrorKind::Rejected, Some("RequestTimeout"), false),
            (CallErrorKind::Throttled, Some("Throttling"), false),
            (CallErrorKind::Server, Some("ServiceFailure"), false),
            (CallErrorKind::Transport, None, false),
            (CallErrorKind::Timeout, None, false),
            (CallErrorKind::Undecodable, None, false),
        ];
        for (kind, code, refused) in table {
            let error = error(kind, code);
            let effect = effect_error(&error, trouble(&error, None));
            assert_eq!(
                matches!(effect, EffectError::Refused(_)),
                refused,
                "{kind:?} {code:?}"
            );
        }
    }

    #[test]
    fn a_refused_signature_is_put_down_to_a_wrong_clock_and_to_nothing_less() {
        let expired = error(CallErrorKind::Expired, Some("SignatureDoesNotMatch"));
        let seconds = SignedDuration::from_secs;
        let told = trouble(&expired, Some(seconds(-61)));
        assert_eq!((told.code, told.exit), ("clock-skew", Exit::Transient));
        for skew in [None, Some(seconds(60)), Some(seconds(-60))] {
            assert_eq!(trouble(&expired, skew).code, "aws-credentials-expired");
        }
        let denied = error(CallErrorKind::Denied, Some("AccessDenied"));
        assert_eq!(trouble(&denied, Some(seconds(3600))).code, "aws-denied");
    }

    #[test]
    fn a_denial_names_the_permission_and_a_rejection_does_not_speak_of_another_job() {
        let denied = error(CallErrorKind::Denied, Some("AccessDenied"));
        let hint = trouble(&denied, None).hint.unwrap();
        assert!(hint.contains("`iam:TagUser`"), "{hint}");
        let rejected = error(CallErrorKind::Rejected, Some("ValidationError"));
        let hint = trouble(&rejected, None).hint.unwrap();
        assert!(!hint.contains("rule"), "{hint}");
    }
}
