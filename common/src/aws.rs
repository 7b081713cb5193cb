//! AWS clients: one place that decides on region, roles, time-outs, retries and what is counted.
//!
//! Credentials, region and endpoints come from the standard environment variables and profile files
//! (`AWS_REGION`, `AWS_ACCESS_KEY_ID`, web identity of IRSA, EKS Pod Identity, `AWS_ENDPOINT_URL`,
//! `AWS_ENDPOINT_URL_<SERVICE>` …), exactly as every AWS tool reads them. Single sign-on and
//! credential processes are not built in: export credentials first.

mod error;
mod meter;
mod profile;
mod unreachable;

use std::time::Duration;

use aws_config::sts::AssumeRoleProvider;
use aws_config::{AppName, BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use reqwest::Url;

use crate::clock::Clock;
use crate::env::Env;
use crate::exit::Exit;
use crate::fault::Fault;

pub(crate) use error::why_no_credentials;
pub use error::{CallError, CallErrorKind};
pub use meter::{CallKind, CallMeter, CallResult};
use profile::NamesProfile;

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
    /// A variable that redirects calls holds something else than a URL. It is not quoted: it can
    /// hold a password.
    #[error("{variable} is not an http or https URL")]
    Endpoint {
        /// Its name.
        variable: &'static str,
    },
}

/// Variables that send the calls of all or of one of our services elsewhere. The SDK falls over a
/// wrong one at the first call only, and does not say which.
const ENDPOINTS: [&str; 6] = [
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_CLOUDWATCH",
    "AWS_ENDPOINT_URL_IAM",
    "AWS_ENDPOINT_URL_RESOURCE_GROUPS_TAGGING_API",
    "AWS_ENDPOINT_URL_SECRETS_MANAGER",
    "AWS_ENDPOINT_URL_STS",
];

fn check_endpoints(env: &Env) -> Result<(), SetUpError> {
    let usable = |text: &str| {
        let url = Url::parse(text);
        url.is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
    };
    let wrong = |variable: &&str| env.get(variable).is_some_and(|text| !usable(text));
    match ENDPOINTS.into_iter().find(wrong) {
        Some(variable) => Err(SetUpError::Endpoint { variable }),
        None => Ok(()),
    }
}

impl Fault for SetUpError {
    fn exit(&self) -> Exit {
        Exit::Config
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NoRegion => "aws-no-region",
            Self::Endpoint { .. } => "aws-endpoint",
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoRegion => {
                "put `region:` into the configuration file or set AWS_REGION".to_owned()
            }
            Self::Endpoint { variable } => {
                format!(
                    "write {variable} like http://localhost:4566, or unset it to call AWS itself"
                )
            }
        })
    }
}

/// Reads the environment and prepares the clients' configuration. Makes no call yet. What the
/// clients call is counted by `meter`.
///
/// # Errors
/// When no region is known, or a variable that redirects calls is no URL.
pub async fn connect(
    settings: &Settings,
    policy: CallPolicy,
    clock: Clock,
    meter: CallMeter,
    env: &Env,
) -> Result<Aws, SetUpError> {
    check_endpoints(env)?;
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
    if let (Some(profile), Some(provider)) = (env.get("AWS_PROFILE"), config.credentials_provider())
    {
        let provider = NamesProfile::new(profile, provider);
        config = config
            .into_builder()
            .credentials_provider(SharedCredentialsProvider::new(provider))
            .build();
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

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(variable: &str, value: &str) -> Option<String> {
        let env = [(variable, value)].into_iter().collect();
        check_endpoints(&env).err().map(|error| error.to_string())
    }

    #[test]
    fn an_endpoint_is_an_http_url_or_is_not_set() {
        for variable in ENDPOINTS {
            for right in [
                "",
                "http://localhost:4566",
                "https://vpce-1.example.com/path",
            ] {
                assert_eq!(wrong(variable, right), None, "{right}");
            }
            for value in [
                "localhost:4566",
                "127.0.0.1",
                "ftp://host",
                "http://",
                "s3cret",
            ] {
                let said = wrong(variable, value);
                let expected = format!("{variable} is not an http or https URL");
                assert_eq!(said, Some(expected), "{value}");
            }
        }
        assert_eq!(wrong("AWS_ENDPOINT_URL_S3", "nobody asks"), None);
    }
}
