//! The rotation's view of the world outside, in this process: for scenarios that ask its adapters
//! one thing at a time.

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_iam::config::{Credentials, SharedCredentialsProvider};
use common::aws::{Aws, CallMeter};
use common::clock::Clock;
use common::cluster::Access;
use common::env::Env;
use common::lease::Guard;
use common::process::{Cancellation, Context};
use common::report::{Identity, Mode};
use rotate_credentials::config::{
    ClusterConfig, Config, LeaseConfig, MailConfig, Role, SecretConfig,
};
use rotate_credentials::document::FieldNames;
use rotate_credentials::live::Live;
use rotate_credentials::policy::Policy;

/// The user whose keys are rotated.
pub const USER: &str = "mailer";
/// The secret with its pair, in the members `id` and `key`.
pub const SECRET: &str = "prod/monitoring";
/// The name of the run.
pub const RUN: &str = "rotate-credentials-29401922-x7k2p";
/// The region of everything.
pub const REGION: &str = "us-east-1";

/// An identity whose calls go to `endpoint`, signed with `access_key` at the time of `clock`; three
/// attempts, almost without pauses.
pub fn aws(endpoint: &str, access_key: &str, clock: Clock) -> Aws {
    let credentials = Credentials::new(access_key, "sandbox", None, None, "test");
    let retries = RetryConfig::standard()
        .with_max_attempts(3)
        .with_initial_backoff(Duration::from_millis(1));
    let timeouts = TimeoutConfig::builder().operation_timeout(Duration::from_secs(5));
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new(REGION))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .retry_config(retries)
        .timeout_config(timeouts.build())
        .time_source(clock)
        .endpoint_url(endpoint);
    Aws {
        config: config.build(),
        meter: CallMeter::default(),
    }
}

/// A run whose clock is `clock`.
pub fn context(clock: Clock) -> Context {
    let identity = Identity {
        job: "rotate-credentials",
        version: "0.1.0",
        revision: "unknown".to_owned(),
        run: RUN.to_owned(),
        cluster: String::new(),
        namespace: String::new(),
        pod: String::new(),
        cronjob: None,
        mode: Mode::Run,
    };
    Context {
        identity,
        clock,
        env: Env::default(),
        cancel: Cancellation::default(),
        started: tokio::time::Instant::now(),
        deadline: None,
        meter: CallMeter::default(),
    }
}

/// A writer's configuration with these clusters.
#[expect(clippy::unwrap_used, reason = "a constant")]
pub fn config(clusters: Vec<ClusterConfig>) -> Config {
    let home = clusters.first().map(|cluster| cluster.name.clone());
    Config {
        role: Role::Writer,
        user: USER.to_owned(),
        secret: SecretConfig {
            name: SECRET.to_owned(),
            region: None,
            fields: FieldNames {
                access_key_id: "id".to_owned(),
                secret_access_key: "key".to_owned(),
            },
        },
        mail: MailConfig {
            from: "Prometheus <prometheus-alerts@example.com>"
                .parse()
                .unwrap(),
        },
        home: home.unwrap_or_else(|| unreachable_cluster().name),
        lease: LeaseConfig {
            namespace: "monitoring-credentials".to_owned(),
            name: "rotate-credentials".to_owned(),
        },
        clusters,
        policy: Policy::default(),
    }
}

/// A cluster whose access cannot be set up: its kubeconfig does not exist.
#[expect(clippy::unwrap_used, reason = "constants")]
pub fn unreachable_cluster() -> ClusterConfig {
    ClusterConfig {
        name: "prod-e1-1".parse().unwrap(),
        access: Access::Kubeconfig {
            path: Some("/does/not/exist".into()),
            context: None,
        },
        namespace: "monitoring".to_owned(),
        alertmanager: "prod-monitoring".to_owned(),
        template: "alertmanager-template".to_owned(),
        smarthost: "email-smtp.us-east-1.amazonaws.com:587".parse().unwrap(),
        region: common::ses::Region::parse(REGION).unwrap(),
    }
}

/// The adapters of a run.
pub async fn open(aws: &Aws, config: &Config, clock: Clock, lease: Option<Guard>) -> Live {
    let live = Live::with_aws(aws, config, &context(clock)).await;
    match lease {
        Some(lease) => live.holding(lease),
        None => live,
    }
}
