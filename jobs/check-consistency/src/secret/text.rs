//! Texts that hold a secret whatever they are called.

use common::secret::without_user_info;

use super::{is_secret_setting, is_secret_word};

/// Addresses that anybody can call who knows them.
const WEBHOOKS: &[&str] = &[
    "api.telegram.org/bot",
    "discord.com/api/webhooks/",
    "hooks.slack.com/",
    "nosnch.in/",
    "webhook.office.com/",
];

/// Whether a text of any kind holds a secret: a URL with a user or a token in it, the address of a webhook,
/// a private key, or a flag such as `--password=…`.
pub fn holds_secret(text: &str) -> bool {
    let url = text.contains("://");
    (url && (without_user_info(text) != text || has_secret_parameter(text)))
        || WEBHOOKS.iter().any(|webhook| text.contains(webhook))
        || text.contains("PRIVATE KEY-----")
        || is_secret_flag(text)
}

/// Whether a file assigns a value to a name that says that it is secret, also in a comment: `password = x`,
/// `# token: x`, `{"apiKey": "x"`.
pub fn assigns_secret(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let assigns = |line: &str| {
        let mut name = "";
        for part in line.split(['=', ':']) {
            if is_secret_word(name) && !part.trim().is_empty() {
                return true;
            }
            let before = part.trim_end().trim_end_matches(['"', '\'']);
            name = before.rsplit(|c| !plain(c)).next().unwrap_or_default();
        }
        false
    };
    text.lines().any(assigns)
}

/// `?token=…` behind a URL.
fn has_secret_parameter(text: &str) -> bool {
    text.split(['?', '&']).skip(1).any(|parameter| {
        let (name, value) = parameter.split_once('=').unwrap_or_default();
        is_secret_word(name) && !name.contains(char::is_whitespace) && !value.is_empty()
    })
}

/// Whether an item of a command line is a flag of which the next item is the secret value: `--password`.
pub fn announces_secret(item: &str) -> bool {
    is_flag(item) && is_secret_setting(item)
}

/// A command line flag with its value.
fn is_secret_flag(text: &str) -> bool {
    text.split_once('=')
        .is_some_and(|(flag, value)| is_flag(flag) && !value.is_empty() && is_secret_setting(flag))
}

fn is_flag(text: &str) -> bool {
    text.starts_with('-') && !text.contains(|c: char| c.is_whitespace() || c == '=')
}
