//! The Alertmanagers of a cluster.

use anyhow::Result;

use super::NAMESPACE;
use crate::kubernetes::{AlertmanagerSet, AlertmanagersOptions, Cluster};

/// The name of the Alertmanager resource.
const NAME: &str = "prod-monitoring-prometheus-alertmanager";
/// The Secret that it names.
const SOURCE: &str = "alertmanager-prod-monitoring";

/// Both clusters have the same. Nothing leads to the mail server.
const CONFIGURATION: &str = "\
global:
  smtp_smarthost: mail.sandbox.invalid:587
  smtp_from: prometheus-alerts@toolchain.com
  smtp_auth_username: AKIASANDBOX000000001
  smtp_auth_password: not-a-password
route:
  receiver: \"null\"
  group_by: [alertname, cluster]
  routes:
  - receiver: email
    matchers: [severity = critical]
receivers:
- name: \"null\"
- name: email
  email_configs:
  - to: ops-notify@toolchain.com
";

pub(super) async fn start(cluster: &Cluster) -> Result<AlertmanagerSet> {
    let options = AlertmanagersOptions {
        namespace: NAMESPACE.to_owned(),
        name: NAME.to_owned(),
        config_secret: Some(SOURCE.to_owned()),
        ..AlertmanagersOptions::new(CONFIGURATION)
    };
    cluster.alertmanagers(options).await
}
