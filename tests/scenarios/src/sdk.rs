//! The AWS SDK for Rust against a simulator: clients that do not retry, so that every refusal and
//! every lost reply is seen.

use std::time::Duration;

use aws_sdk_iam::config::http::HttpResponse;
use aws_sdk_iam::config::retry::RetryConfig;
use aws_sdk_iam::config::timeout::TimeoutConfig;
use aws_sdk_iam::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_iam::error::{ProvideErrorMetadata, SdkError};

/// The access key id that clients sign with unless they are told another.
pub const CALLER: &str = "AKIACALLER0000000000";

/// Loopback answers at once; what takes longer is not coming.
const PATIENCE: Duration = Duration::from_secs(5);

macro_rules! client {
    ($sdk:ident, $endpoint:expr, $access_key:expr) => {{
        let timeouts = TimeoutConfig::builder().operation_timeout(PATIENCE).build();
        let config = $sdk::Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new("us-east-1"))
            .credentials_provider(Credentials::new($access_key, "sandbox", None, None, "test"))
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts)
            .endpoint_url($endpoint)
            .build();
        $sdk::Client::from_conf(config)
    }};
}

/// A client of IAM that signs with `access_key`.
pub fn iam(endpoint: &str, access_key: &str) -> aws_sdk_iam::Client {
    client!(aws_sdk_iam, endpoint, access_key)
}

/// A client of Secrets Manager that signs with `access_key`.
pub fn secrets(endpoint: &str, access_key: &str) -> aws_sdk_secretsmanager::Client {
    client!(aws_sdk_secretsmanager, endpoint, access_key)
}

/// How a call failed: the error code, or `no answer`.
pub fn code<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> String {
    match error.raw_response() {
        None => "no answer".to_owned(),
        Some(_) => error.code().unwrap_or("no code").to_owned(),
    }
}

/// Status, code and message of a refusal.
pub fn refusal<E: ProvideErrorMetadata>(
    error: &SdkError<E, HttpResponse>,
) -> (u16, String, String) {
    let status = error.raw_response().map_or(0, |it| it.status().as_u16());
    let message = error.message().unwrap_or_default().to_owned();
    (status, code(error), message)
}
