//! What is kept of a failed AWS call: code, message and request id, never the raw response.

use std::error::Error as StdError;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::ErrorMetadata;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::profile::NothingInProfile;
use crate::exit::Exit;
use crate::fault::{Fault, chain};

/// A call that failed after all its attempts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{service} {operation}: {}{message}{}",
    code.as_deref().map(|code| format!("{code}: ")).unwrap_or_default(),
    request_id.as_deref().map(|id| format!(" (request {id})")).unwrap_or_default()
)]
pub struct CallError {
    /// Such as `cloudwatch`: the prefix of the IAM action.
    pub service: &'static str,
    /// Such as `GetMetricData`.
    pub operation: &'static str,
    /// What a caller decides on.
    pub kind: CallErrorKind,
    /// AWS's error code, when the service answered.
    pub code: Option<String>,
    /// AWS's message, or what went wrong on the way.
    pub message: String,
    /// AWS's name for the request, for its support.
    pub request_id: Option<String>,
}

/// Kinds of failure, by what to do about them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallErrorKind {
    /// Called too often.
    Throttled,
    /// The identity may not make this call.
    Denied,
    /// The credentials are expired or unknown to AWS.
    Expired,
    /// There are no credentials, or they could not be fetched.
    NoCredentials,
    /// The request itself was refused (other 4xx).
    Rejected,
    /// The service failed (5xx).
    Server,
    /// No answer: connection refused, reset, name not found, TLS.
    Transport,
    /// No answer in time.
    Timeout,
    /// An answer that could not be understood.
    Undecodable,
}

impl CallError {
    /// Takes from an SDK error what may be shown.
    pub fn from_sdk<E>(
        service: &'static str,
        operation: &'static str,
        error: &SdkError<E, HttpResponse>,
    ) -> Self
    where
        E: ProvideErrorMetadata + StdError + 'static,
    {
        let request_id = error
            .raw_response()
            .and_then(|response| response.headers().get("x-amzn-requestid"))
            .map(str::to_owned);
        let (kind, code, message) = match error {
            SdkError::ServiceError(context) => {
                let code = context.err().code().map(str::to_owned);
                let kind = kind_of(context.raw().status().as_u16(), code.as_deref());
                let message = context.err().message().unwrap_or("no message").to_owned();
                (kind, code, message)
            }
            SdkError::TimeoutError(_) => (
                CallErrorKind::Timeout,
                None,
                "no answer within the time limit".to_owned(),
            ),
            SdkError::DispatchFailure(failure) => match credentials_error(error) {
                Some(error) => (
                    CallErrorKind::NoCredentials,
                    None,
                    why_no_credentials(error),
                ),
                None if failure.is_timeout() => (
                    CallErrorKind::Timeout,
                    None,
                    "no connection within the time limit".to_owned(),
                ),
                None => (CallErrorKind::Transport, None, root_cause(error)),
            },
            SdkError::ResponseError(_) => (
                CallErrorKind::Undecodable,
                None,
                "the answer was cut short or garbled".to_owned(),
            ),
            SdkError::ConstructionFailure(_) | _ => {
                (CallErrorKind::Rejected, None, root_cause(error))
            }
        };
        Self {
            service,
            operation,
            kind,
            code,
            message,
            request_id,
        }
    }
}

fn kind_of(status: u16, code: Option<&str>) -> CallErrorKind {
    match (status, code.unwrap_or_default()) {
        (_, code) if code.contains("Thrott") || code == "RequestLimitExceeded" => {
            CallErrorKind::Throttled
        }
        (
            _,
            "ExpiredToken"
            | "ExpiredTokenException"
            | "InvalidClientTokenId"
            | "UnrecognizedClientException"
            | "SignatureDoesNotMatch"
            | "RequestExpired",
        ) => CallErrorKind::Expired,
        (401 | 403, _)
        | (_, "AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation") => {
            CallErrorKind::Denied
        }
        (429, _) => CallErrorKind::Throttled,
        (500.., _) => CallErrorKind::Server,
        (400..=499, _) => CallErrorKind::Rejected,
        _ => CallErrorKind::Undecodable,
    }
}

fn credentials_error<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a CredentialsError> {
    causes(error).find_map(|error| error.downcast_ref::<CredentialsError>())
}

/// One line of it: the SDK goes on with a paragraph on every place where it looked.
pub(crate) fn why_no_credentials(error: &CredentialsError) -> String {
    if matches!(error, CredentialsError::CredentialsNotLoaded(_)) {
        let named = causes(error).find_map(|cause| cause.downcast_ref::<NothingInProfile>());
        return named.map_or_else(
            || "no credentials in the environment, the profile, the pod or the instance".to_owned(),
            ToString::to_string,
        );
    }
    // A refused AssumeRole: its own words, not the SDK's debug output of them.
    let refusal = causes(error).find_map(|cause| cause.downcast_ref::<ErrorMetadata>());
    match refusal.map(|refusal| (refusal.code(), refusal.message())) {
        Some((Some(code), Some(message))) => format!("fetching credentials: {code}: {message}"),
        _ => chain(error).lines().next().unwrap_or_default().to_owned(),
    }
}

/// The innermost cause: outer layers only say "dispatch failure".
fn root_cause(error: &(dyn StdError + 'static)) -> String {
    causes(error)
        .last()
        .map(ToString::to_string)
        .unwrap_or_default()
}

/// The error itself, then its sources.
fn causes<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    let mut next = Some(error);
    std::iter::from_fn(move || {
        let error = next?;
        next = error.source();
        Some(error)
    })
}

impl Fault for CallError {
    fn exit(&self) -> Exit {
        match self.kind {
            CallErrorKind::Denied | CallErrorKind::Expired | CallErrorKind::NoCredentials => {
                Exit::Denied
            }
            CallErrorKind::Rejected => Exit::Config,
            CallErrorKind::Throttled
            | CallErrorKind::Server
            | CallErrorKind::Transport
            | CallErrorKind::Timeout
            | CallErrorKind::Undecodable => Exit::Transient,
        }
    }

    fn code(&self) -> &'static str {
        match self.kind {
            CallErrorKind::Throttled => "aws-throttled",
            CallErrorKind::Denied => "aws-denied",
            CallErrorKind::Expired => "aws-credentials-expired",
            CallErrorKind::NoCredentials => "aws-no-credentials",
            CallErrorKind::Rejected => "aws-rejected",
            CallErrorKind::Server => "aws-server-error",
            CallErrorKind::Transport => "aws-unreachable",
            CallErrorKind::Timeout => "aws-timeout",
            CallErrorKind::Undecodable => "aws-garbled-answer",
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self.kind {
            CallErrorKind::Denied => format!(
                "allow `{}:{}` for the identity that `aws sts get-caller-identity` shows",
                self.service, self.operation
            ),
            CallErrorKind::Expired => {
                "renew the credentials: log in again, or restart the pod so that it gets a new token"
                    .to_owned()
            }
            CallErrorKind::NoCredentials => {
                "export AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or check the pod's service account \
                 and the trust policy of the role that it assumes"
                    .to_owned()
            }
            CallErrorKind::Throttled => {
                "run again later; if it stays, lower the call rate or raise the account's quota"
                    .to_owned()
            }
            CallErrorKind::Server | CallErrorKind::Undecodable => {
                "run again; if it stays, look at the AWS health dashboard".to_owned()
            }
            CallErrorKind::Transport | CallErrorKind::Timeout => {
                "check the network, the region's name and AWS_ENDPOINT_URL, then run again".to_owned()
            }
            CallErrorKind::Rejected => {
                "`explain` shows what each rule asks for: compare it with what AWS objects to"
                    .to_owned()
            }
        };
        Some(hint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_decide_before_the_status_does() {
        assert_eq!(kind_of(400, Some("Throttling")), CallErrorKind::Throttled);
        assert_eq!(
            kind_of(400, Some("ThrottledException")),
            CallErrorKind::Throttled
        );
        assert_eq!(kind_of(403, Some("ExpiredToken")), CallErrorKind::Expired);
        assert_eq!(kind_of(403, Some("AccessDenied")), CallErrorKind::Denied);
        assert_eq!(kind_of(403, None), CallErrorKind::Denied);
        assert_eq!(
            kind_of(400, Some("ValidationError")),
            CallErrorKind::Rejected
        );
        assert_eq!(
            kind_of(500, Some("InternalServiceError")),
            CallErrorKind::Server
        );
        assert_eq!(kind_of(200, None), CallErrorKind::Undecodable);
    }

    #[test]
    fn the_text_keeps_code_message_and_request_id() {
        let error = CallError {
            service: "cloudwatch",
            operation: "ListMetrics",
            kind: CallErrorKind::Denied,
            code: Some("AccessDenied".into()),
            message: "not authorized".into(),
            request_id: Some("r-1".into()),
        };
        insta::assert_snapshot!(
            error,
            @"cloudwatch ListMetrics: AccessDenied: not authorized (request r-1)"
        );
        assert_eq!(
            error.hint().unwrap(),
            "allow `cloudwatch:ListMetrics` for the identity that `aws sts get-caller-identity` shows"
        );
    }

    #[test]
    fn whatever_goes_wrong_there_is_something_to_do() {
        let hint = |kind| {
            let error = CallError {
                service: "cloudwatch",
                operation: "GetMetricData",
                kind,
                code: None,
                message: String::new(),
                request_id: None,
            };
            error.hint()
        };
        for kind in [
            CallErrorKind::Throttled,
            CallErrorKind::Denied,
            CallErrorKind::Expired,
            CallErrorKind::NoCredentials,
            CallErrorKind::Server,
            CallErrorKind::Transport,
            CallErrorKind::Timeout,
            CallErrorKind::Undecodable,
        ] {
            assert!(hint(kind).is_some(), "{kind:?}");
        }
        let rejected = hint(CallErrorKind::Rejected);
        assert!(rejected.is_some_and(|hint| hint.contains("`explain`")));
    }
}
