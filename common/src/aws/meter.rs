//! Counts remote calls, attempt by attempt, for `monitoring_job_api_calls`, and logs each at debug
//! level, without anything of its content.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextMut,
    FinalizerInterceptorContextRef,
};
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::orchestrator::{HttpResponse, Metadata};
use aws_smithy_runtime_api::client::retries::RequestAttempts;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};
use tokio::time::Instant;

use super::unreachable::{host_of, name_host};

/// What became of one attempt; a closed list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CallResult {
    /// Answered.
    Ok,
    /// Refused for calling too often.
    Throttled,
    /// Refused for lack of permission.
    Denied,
    /// Anything else: other refusals, server errors, no answer.
    Error,
}

impl CallResult {
    /// The word in the metric's label.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Throttled => "throttled",
            Self::Denied => "denied",
            Self::Error => "error",
        }
    }
}

/// One line of the count.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CallKind {
    /// Such as `CloudWatch`.
    pub service: String,
    /// Such as `GetMetricData`.
    pub operation: String,
    /// What became of it.
    pub result: CallResult,
}

/// Counts attempts. Clones share the counts.
#[derive(Debug, Clone, Default)]
pub struct CallMeter(Arc<Mutex<BTreeMap<CallKind, u64>>>);

impl CallMeter {
    /// All counts so far.
    pub fn counts(&self) -> Vec<(CallKind, u64)> {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts
            .iter()
            .map(|(kind, count)| (kind.clone(), *count))
            .collect()
    }

    /// Attempts of one operation, whatever became of them.
    pub fn attempts(&self, operation: &str) -> u64 {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts
            .iter()
            .filter(|(kind, _)| kind.operation == operation)
            .map(|(_, count)| count)
            .sum()
    }

    /// Attempts with one result, whatever the operation.
    pub fn with_result(&self, result: CallResult) -> u64 {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts
            .iter()
            .filter(|(kind, _)| kind.result == result)
            .map(|(_, count)| count)
            .sum()
    }

    /// Counts one attempt.
    pub fn add(&self, kind: CallKind) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry(kind).or_default() += 1;
    }
}

#[dyn_dispatch_hint]
impl Intercept for CallMeter {
    fn name(&self) -> &'static str {
        "CallMeter"
    }

    fn read_before_attempt(
        &self,
        _context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let begun = AttemptBegun(Instant::now());
        config.interceptor_state().store_put(begun);
        Ok(())
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(host) = host_of(context.request().uri()) {
            config.interceptor_state().store_put(Host(host));
        }
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let Some(metadata) = config.load::<Metadata>() else {
            return Ok(());
        };
        let response = context.response();
        tracing::debug!(
            service = metadata.service(),
            operation = metadata.name(),
            status = response.map(|response| response.status().as_u16()),
            request_id = response.and_then(|answer| answer.headers().get("x-amzn-requestid")),
            elapsed_ms = config
                .load::<AttemptBegun>()
                .and_then(|begun| u64::try_from(begun.0.elapsed().as_millis()).ok()),
            retries = config
                .load::<RequestAttempts>()
                .map(|made| made.attempts().saturating_sub(1)),
            "AWS called"
        );
        self.add(CallKind {
            service: metadata.service().to_owned(),
            operation: metadata.name().to_owned(),
            result: response.map_or(CallResult::Error, classify),
        });
        Ok(())
    }

    fn modify_before_completion(
        &self,
        context: &mut FinalizerInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let host = config.load::<Host>();
        if let (Some(Host(host)), Some(Err(error))) = (host, context.output_or_error_mut()) {
            name_host(error, host);
        }
        Ok(())
    }
}

/// When the attempt that is under way began.
#[derive(Debug)]
struct AttemptBegun(Instant);

impl Storable for AttemptBegun {
    type Storer = StoreReplace<Self>;
}

/// Where it goes: known only once it is signed, and gone with the request that is sent.
#[derive(Debug)]
struct Host(String);

impl Storable for Host {
    type Storer = StoreReplace<Self>;
}

fn classify(response: &HttpResponse) -> CallResult {
    let status = response.status().as_u16();
    let code_is_throttling = || {
        let header = response
            .headers()
            .get("x-amzn-query-error")
            .or_else(|| response.headers().get("x-amzn-errortype"));
        header.is_some_and(|code| code.contains("Thrott"))
            || response
                .body()
                .bytes()
                .is_some_and(|body| contains(body, b"Thrott"))
    };
    match status {
        200..=299 => CallResult::Ok,
        429 => CallResult::Throttled,
        400 | 503 if code_is_throttling() => CallResult::Throttled,
        401 | 403 => CallResult::Denied,
        _ => CallResult::Error,
    }
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack
        .windows(needle.len())
        .any(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
    use aws_smithy_types::body::SdkBody;

    use super::*;

    fn response(status: u16, body: &str) -> HttpResponse {
        HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body))
    }

    #[test]
    fn throttling_is_told_from_other_refusals() {
        let mut with_header = response(400, "");
        with_header
            .headers_mut()
            .insert("x-amzn-query-error", "Throttling;Sender");
        assert_eq!(classify(&with_header), CallResult::Throttled);
        assert_eq!(
            classify(&response(400, r#"{"__type":"ThrottledException"}"#)),
            CallResult::Throttled
        );
        assert_eq!(
            classify(&response(400, r#"{"__type":"ValidationError"}"#)),
            CallResult::Error
        );
        assert_eq!(classify(&response(403, "")), CallResult::Denied);
        assert_eq!(classify(&response(500, "")), CallResult::Error);
        assert_eq!(classify(&response(200, "Throttling")), CallResult::Ok);
    }
}
