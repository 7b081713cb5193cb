//! The company's AWS account: the mail user with a young key, the secret with what Alertmanager needs, and
//! the roles of the jobs.

use std::fs;

use anyhow::{Context as _, Result};
use common::clock::Clock;
use jiff::SignedDuration;
use serde_json::Value;

use super::identity;
use crate::aws::{Content, Limits, Options};
use crate::checkout;
use crate::company::{self, SECRET};

/// Whoever installs may everything.
pub(super) const ADMINISTRATOR: &str = "AKIAADMINISTRATOR000";

/// What Alertmanager's template asks of the secret besides the mail credentials. The addresses are those
/// of stand-ins.
const MEMBERS: [(&str, &str); 3] = [
    (
        "pagerduty_integration_key",
        "0123456789abcdef0123456789abcdef",
    ),
    ("slack-webhook", "http://receivers.sandbox:8080/slack"),
    ("deadmanssnitch", "http://receivers.sandbox:8080/snitch"),
];

/// The account with a key of this age.
pub(super) fn content(key_age: SignedDuration) -> Result<Content> {
    let created = Clock::system().now() - key_age;
    let text = company::content::company(created)?;
    let mut account: Value = serde_json::from_str(&text).context("reading the account")?;
    let text = account.pointer_mut("/secrets/0/versions/0/text");
    let text = text.context("the account has no secret")?;
    let mut document: Value = serde_json::from_str(text.as_str().unwrap_or_default())
        .with_context(|| format!("reading {SECRET}"))?;
    let members = document
        .as_object_mut()
        .context("the secret is no object")?;
    members.extend(MEMBERS.map(|(name, value)| (name.to_owned(), value.into())));
    *text = Value::String(document.to_string());
    let callers = identity::callers()?;
    // Nobody else signs: a key of a pod that is none of these would be anybody's, who may do everything.
    let keys = callers
        .iter()
        .filter_map(|it| it.get("access_key").cloned());
    let keys: Vec<Value> = keys.chain([Value::from(ADMINISTRATOR)]).collect();
    let place = account.pointer_mut("/callers");
    *place.context("the account has no callers")? = Value::Array(callers);
    let place = account.pointer_mut("/accounts/0");
    let place = place.and_then(Value::as_object_mut);
    let place = place.context("there is no account")?;
    place.insert("access_keys".to_owned(), Value::Array(keys));
    Ok(Content::from_yaml("estate", &account.to_string())?)
}

/// The only address that the mail user may send as, by its policy.
pub(super) fn sender() -> Result<String> {
    const POLICY: &str = "k8s/iam/rendered/mail-user/policy.json";
    const SENDER: &str = "/Statement/0/Condition/StringEquals/ses:FromAddress";
    let text = fs::read_to_string(checkout::file(POLICY));
    let text = text.with_context(|| format!("reading {POLICY}"))?;
    let policy: Value =
        serde_json::from_str(&text).with_context(|| format!("understanding {POLICY}"))?;
    let sender = policy.pointer(SENDER).and_then(Value::as_str);
    let sender = sender.with_context(|| format!("{POLICY} lets nobody send"))?;
    Ok(sender.to_owned())
}

/// No quota: time is short, and quotas are counted in real seconds.
pub(super) fn options() -> Options {
    Options {
        limits: Limits::NONE,
        ..Options::default()
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::{content, sender};

    #[test]
    fn the_account_can_be_made() {
        content(SignedDuration::from_hours(24)).unwrap();
    }

    #[test]
    fn mail_is_sent_as_somebody() {
        assert!(sender().unwrap().contains('@'));
    }
}
