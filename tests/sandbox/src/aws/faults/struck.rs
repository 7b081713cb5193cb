//! What faults do to the call that they strike: refuse it, bend its request or response, or break
//! its way to the client.

use std::time::Duration;

use super::{Fault, FaultKind};
use crate::aws::caller::Caller;
use crate::aws::error::{self, Code, ServiceError};
use crate::aws::operation::{Operation, Service};
use crate::aws::operations::get_metric_data::{QueryResult, StatusCode};
use crate::aws::operations::{Request, Response};

/// The token of [`FaultKind::RepeatToken`].
const REPEATED_TOKEN: &str = "the-same-token-again";

/// The faults that strike one call.
#[derive(Debug)]
pub(crate) struct Struck(pub(super) Vec<Fault>);

/// How an answer travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Transport {
    #[default]
    Whole,
    Reset,
    Truncated,
    Never,
}

impl Struck {
    /// The names of the faults, for the call log.
    pub(crate) fn names(&self) -> Option<String> {
        let names: Vec<_> = self.0.iter().map(|fault| fault.kind.to_string()).collect();
        (!names.is_empty()).then(|| names.join(", "))
    }

    /// The refusal, if one of the faults is one.
    pub(crate) fn refusal(
        &self,
        operation: Operation,
        caller: &Caller<'_>,
    ) -> Result<(), ServiceError> {
        let refusal = self.0.iter().find_map(|fault| match &fault.kind {
            FaultKind::Throttle => Some(ServiceError::new(
                error::throttling(operation.service()),
                "Rate exceeded",
            )),
            // Nobody hears of the second one: it only keeps the call from taking effect.
            FaultKind::Internal | FaultKind::ResetBefore => Some(internal(operation)),
            FaultKind::Unavailable => {
                Some(ServiceError::new(error::UNAVAILABLE, "Service unavailable"))
            }
            FaultKind::AccessDenied => Some(denied(operation, caller)),
            FaultKind::KmsDenied => kms(operation),
            FaultKind::ExpiredToken => Some(ServiceError::new(
                error::EXPIRED_TOKEN,
                "The security token included in the request is expired",
            )),
            FaultKind::Refuse {
                code,
                status,
                message,
            } => {
                let (name, shape) = (code.clone().into(), code.clone().into());
                Some(ServiceError::new(
                    Code {
                        name,
                        shape,
                        status: *status,
                    },
                    message,
                ))
            }
            FaultKind::InternalAfter
            | FaultKind::Reset
            | FaultKind::Truncate
            | FaultKind::Hang
            | FaultKind::Delay(_)
            | FaultKind::SmallPages(_)
            | FaultKind::PartialWithoutToken
            | FaultKind::RepeatToken
            | FaultKind::Forbidden
            | FaultKind::InternalStatus
            | FaultKind::Unsorted
            | FaultKind::Message { .. } => None,
        });
        refusal.map_or(Ok(()), Err)
    }

    /// The refusal that hides that the call took effect.
    pub(crate) fn regret(&self, operation: Operation) -> Result<(), ServiceError> {
        let regrets = |fault: &Fault| fault.kind == FaultKind::InternalAfter;
        if self.0.iter().any(regrets) {
            return Err(internal(operation));
        }
        Ok(())
    }

    /// What becomes of the bytes, and how much later they come.
    pub(crate) fn transport(&self) -> (Transport, Duration) {
        let mut transport = Transport::Whole;
        let mut delay = Duration::ZERO;
        for fault in &self.0 {
            if let FaultKind::Delay(more) = fault.kind {
                delay += more;
            } else if [FaultKind::Reset, FaultKind::ResetBefore].contains(&fault.kind) {
                transport = Transport::Reset;
            } else if fault.kind == FaultKind::Truncate {
                transport = Transport::Truncated;
            } else if fault.kind == FaultKind::Hang {
                transport = Transport::Never;
            }
        }
        (transport, delay)
    }

    /// Changes a request before it is performed.
    pub(crate) fn bend_request(&self, request: &mut Request<'_>) {
        for fault in &self.0 {
            if let (FaultKind::SmallPages(points), Request::GetMetricData(request)) =
                (&fault.kind, &mut *request)
            {
                request.max_datapoints = request.max_datapoints.min((*points).max(1));
            }
            if fault.kind == FaultKind::RepeatToken {
                request.drop_token(REPEATED_TOKEN);
            }
        }
    }

    /// Changes a response before it is sent.
    pub(crate) fn bend_response(&self, response: &mut Response<'_>) {
        for fault in &self.0 {
            if fault.kind == FaultKind::RepeatToken {
                response.set_token(REPEATED_TOKEN);
            }
            let Response::GetMetricData(response) = &mut *response else {
                continue;
            };
            if let FaultKind::Message { code, value } = &fault.kind {
                response.messages.push((code.clone(), value.clone()));
            }
            if fault.kind == FaultKind::PartialWithoutToken {
                response.next_token = None;
            }
            let pattern = fault.metric.as_ref();
            response
                .results
                .iter_mut()
                .filter(|it| pattern.is_none_or(|pattern| pattern.matches(it.metric)))
                .for_each(|result| bend_result(&fault.kind, result));
        }
    }
}

fn internal(operation: Operation) -> ServiceError {
    ServiceError::new(error::internal(operation.service()), "Internal failure")
}

fn denied(operation: Operation, caller: &Caller<'_>) -> ServiceError {
    let message = match operation.service() {
        Service::Iam | Service::SecretsManager => format!(
            "User: {} is not authorized to perform: {action} because no identity-based policy \
             allows the {action} action",
            caller.arn,
            action = operation.action()
        ),
        Service::CloudWatch | Service::Tagging | Service::Sts => {
            format!("User: sandbox is not authorized to perform: {operation}")
        }
    };
    ServiceError::new(error::ACCESS_DENIED, message)
}

/// What Secrets Manager says when KMS refuses it the key; other operations need no key.
fn kms(operation: Operation) -> Option<ServiceError> {
    let (code, verb) = if operation == Operation::PutSecretValue {
        (error::ENCRYPTION_FAILURE, "encrypt")
    } else if operation == Operation::GetSecretValue {
        (error::DECRYPTION_FAILURE, "decrypt")
    } else {
        return None;
    };
    let message = format!(
        "Secrets Manager can't {verb} the protected secret text using the provided KMS key."
    );
    Some(ServiceError::new(code, message))
}

fn bend_result(kind: &FaultKind, result: &mut QueryResult<'_>) {
    let message = |code: &str, value: &str| (code.to_owned(), value.to_owned());
    if *kind == FaultKind::Forbidden {
        result.status = StatusCode::Forbidden;
        result.points.clear();
        result.messages.push(message(
            "Forbidden",
            "Access to the metric is not permitted",
        ));
    } else if *kind == FaultKind::InternalStatus {
        result.status = StatusCode::InternalError;
        result.points.clear();
        result.messages.push(message(
            "InternalError",
            "An error occurred for this metric",
        ));
    } else if *kind == FaultKind::Unsorted && !result.points.is_empty() {
        result.points.rotate_left(1);
    } else if *kind == FaultKind::PartialWithoutToken {
        result.status = StatusCode::PartialData;
        result.points.truncate(result.points.len() / 2);
    }
}
