//! What the company's AWS account holds, and how its Alertmanagers send.

use anyhow::Result;
use jiff::Timestamp;
use serde_json::json;

use super::{CALLER, OTHER_USER, REGION, SECRET, USER, read};

const ACCOUNT: &str = "123456789012";

/// The user's key at the beginning.
const KEY: &str = "AKIAIOSFODNN7EXAMPLE";
const KEY_SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

/// What the job may do.
pub(super) fn policy() -> Result<String> {
    Ok(read("k8s/iam/policies/rotate-credentials.json")?.replace("ACCOUNT", ACCOUNT))
}

/// The account as a content file.
pub(crate) fn company(created: Timestamp) -> Result<String> {
    let policy = policy()?;
    // Other programs' members, in a layout of their own: not one byte of it may change.
    let document = format!(
        "{{\n  \"deadmanssnitch\": \"https://nosnch.in/0000000000\",\n  \
         \"slack-webhook\": \"https:\\/\\/hooks.slack.com\\/services\\/T0\\/B0\\/xyz\",\n  \
         \"email_access_key_id\": \"{KEY}\",\n  \"email_secret_access_key\": \"{KEY_SECRET}\",\n  \
         \"grafana_google_client_id\":\"id\", \"grafana_google_client_secret\":\"s\\u00e9same\"\n}}\n"
    );
    let content = json!({
        "region": REGION,
        "accounts": [{"id": ACCOUNT}],
        "callers": [{"access_key": CALLER, "role": "rotate-credentials", "policy": policy}],
        "users": [{
            "name": USER,
            "tags": {"notify_emails": "ops@example.com night@example.com", "team": "devops"},
            "access_keys": [{
                "id": KEY, "secret": KEY_SECRET, "created": created.to_string(),
            }],
        }, {"name": OTHER_USER}],
        "secrets": [{
            "name": SECRET,
            "versions": [{
                "id": "3b1c0c3f-7a52-4d0f-9f64-1d8f6f2f0a11",
                "created": created.to_string(),
                "stages": ["AWSCURRENT"],
                "text": document,
            }],
        }],
    });
    Ok(content.to_string())
}

/// The company's routes for mail, with pauses of a second. The port is the mail server's, which
/// every program reaches at `localhost`.
pub(super) fn template(port: u16) -> String {
    format!(
        "global:
  smtp_smarthost: localhost:{port}
  smtp_from: prometheus-alerts@example.com
  smtp_auth_username: '@@smtp_username@@'
  smtp_auth_password: '@@smtp_password@@'
  smtp_require_tls: true
route:
  receiver: email
  group_by: [alertname]
  group_wait: 0s
  group_interval: 1s
  repeat_interval: 4h
  routes:
    - receiver: email-canary
      matchers: [alertname = EmailCanary]
      repeat_interval: 1s
receivers:
  - name: email-canary
    email_configs:
      - to: success@simulator.amazonses.com
        send_resolved: false
  - name: email
    email_configs:
      - to: ops-notify@example.com
        send_resolved: true
  - name: slack
    slack_configs:
      - api_url: '@@secret/slack-webhook@@'
        channel: '#devops'
"
    )
}
