//! The company's AWS account: the mail user with a young key, the secret with what Alertmanager needs, and
//! the roles of the jobs.

use anyhow::{Context as _, Result};
use common::clock::Clock;
use jiff::SignedDuration;
use serde_json::Value;

use super::identity;
use crate::aws::{Content, Limits, Options};
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
    let callers = account.pointer_mut("/callers");
    *callers.context("the account has no callers")? = Value::Array(identity::callers()?);
    Ok(Content::from_yaml("estate", &account.to_string())?)
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

    use super::content;

    #[test]
    fn the_account_can_be_made() {
        content(SignedDuration::from_hours(24)).unwrap();
    }
}
