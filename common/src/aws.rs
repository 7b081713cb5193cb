//! AWS clients: one place that decides on region, roles, time-outs, retries and what is counted.
//!
//! Credentials, region and endpoints come from the standard environment variables and profile files
//! (`AWS_REGION`, `AWS_ACCESS_KEY_ID`, web identity of IRSA, EKS Pod Identity, `AWS_ENDPOINT_URL`,
//! `AWS_ENDPOINT_URL_<SERVICE>` …), exactly as every AWS tool reads them. Single sign-on and
//! credential processes are not built in: export credentials first.

mod error;
mod meter;

use std::time::Duration;

use aws_config::sts::AssumeRoleProvider;
use aws_config::{AppName, BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;

use crate::clock::Clock;
use crate::exit::Exit;
use crate::fault::Fault;

pub use error::{CallError, CallErrorKind};
pub use meter::{CallKind, CallMeter, CallResult};

/// How long and how often one call is tried.
#[derive(Debug, Clone, Copy)]
pub struct CallPolicy {
    /// Attempts in all; 1 for calls that must not be repeated.
    pub attempts: u32,
    /// Until the connection stands.
    pub connect: Duration,
    /// One attempt, to the last byte.
    pub attempt: Duration,
    /// All attempts and the pauses between them.
    pub operation: Duration,
}

impl CallPolicy {
    /// For calls that only read: they may be repeated at will.
    pub const READ: Self = Self {
        attempts: 6,
        connect: Duration::from_secs(3),
        attempt: Duration::from_secs(10),
        operation: Duration::from_secs(45),
    };
}

/// Which identity calls which region.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Overrides the region of the environment.
    pub region: Option<String>,
    /// Roles to assume one after the other; the last one does the work.
    pub roles: Vec<Role>,
}

/// A role to assume.
#[derive(Debug, Clone)]
pub struct Role {
    /// Its ARN.
    pub arn: String,
    /// Shows up in CloudTrail.
    pub session_name: String,
}

/// Shared configuration of the service clients of one identity, and what counts their calls.
#[derive(Debug, Clone)]
pub struct Aws {
    /// To build service clients from.
    pub config: SdkConfig,
    /// To be added to each client as an interceptor.
    pub meter: CallMeter,
}

/// The AWS clients could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum SetUpError {
    /// Neither the configuration nor the environment names one.
    #[error("no AWS region is configured")]
    NoRegion,
}

impl Fault for SetUpError {
    fn exit(&self) -> Exit {
        Exit::Config
    }

    fn code(&self) -> &'static str {
        "aws-no-region"
    }

    fn hint(&self) -> Option<String> {
        Some("put `region:` into the configuration file or set AWS_REGION".to_owned())
    }
}

/// Reads the environment and prepares the clients' configuration. Makes no call yet. What the
/// clients call is counted by `meter`.
///
/// # Errors
/// When no region is known.
pub async fn connect(
    settings: &Settings,
    policy: CallPolicy,
    clock: Clock,
    meter: CallMeter,
) -> Result<Aws, SetUpError> {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(policy.connect)
        .operation_attempt_timeout(policy.attempt)
        .operation_timeout(policy.operation)
        .build();
    let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
        .retry_config(RetryConfig::standard().with_max_attempts(policy.attempts))
        .timeout_config(timeouts)
        .time_source(clock);
    if let Ok(name) = AppName::new("monitoring-jobs") {
        loader = loader.app_name(name);
    }
    if let Some(region) = &settings.region {
        loader = loader.region(Region::new(region.clone()));
    }
    let mut config = loader.load().await;
    if config.region().is_none() {
        return Err(SetUpError::NoRegion);
    }
    for role in &settings.roles {
        let provider = AssumeRoleProvider::builder(&role.arn)
            .session_name(&role.session_name)
            .configure(&config)
            .build()
            .await;
        config = config
            .into_builder()
            .credentials_provider(SharedCredentialsProvider::new(provider))
            .build();
    }
    Ok(Aws { config, meter })
}
