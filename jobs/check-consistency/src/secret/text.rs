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

/// Sections of files in which names say nothing and values are secret.
const SECTIONS: &[&str] = &[
    "http_headers",
    "secureJsonData",
    "webhook_configs",
    "webhookConfigs",
];

/// Whether a file assigns a value to a name that says that it is secret, also in a comment: `password = x`,
/// `# token: x`, `{"apiKey": "x"`. What is indented below a name is its value.
pub fn assigns_secret(text: &str) -> bool {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let mut next = lines.next();
    let below = |line: &str, next: &str| {
        let name = line.trim_end().strip_suffix(':');
        let indent = |line: &str| line.len() - line.trim_start().len();
        name.is_some_and(|name| is_secret_setting(last_name(name)))
            && (indent(next) > indent(line) || next.trim_start().starts_with("- "))
    };
    while let Some(line) = next {
        next = lines.next();
        if assigns(line) || next.is_some_and(|next| below(line, next)) {
            return true;
        }
    }
    SECTIONS.iter().any(|section| text.contains(section))
}

fn assigns(line: &str) -> bool {
    let mut name = "";
    for part in line.split(['=', ':']) {
        if is_secret_word(name) && !part.trim().is_empty() {
            return true;
        }
        name = last_name(part);
    }
    false
}

/// Whether a text that may be prose sets something secret as a shell, JSON, YAML or a header does it:
/// `export DB_PASSWORD=x`, `{"password":"x"}`, `Authorization: Bearer x`.
pub fn sets_secret(text: &str) -> bool {
    text.match_indices(['=', ':']).any(|(at, sign)| {
        let (before, after) = text.split_at_checked(at).unwrap_or_default();
        let after = after.get(sign.len()..).unwrap_or_default();
        if sign == "=" {
            // `==` compares, and `=~` matches.
            return before.ends_with(is_of_name)
                && is_secret_setting(last_name(before))
                && after.starts_with(|c: char| !c.is_whitespace() && !matches!(c, '=' | '~'));
        }
        let name = last_name(before);
        let left = before
            .trim_end()
            .trim_end_matches(QUOTES)
            .strip_suffix(name)
            .unwrap_or_default();
        let stands_out = left.ends_with(['"', '\''])
            || left.trim_end().is_empty()
            || left.trim_end().ends_with(['{', ',']);
        !after.trim().is_empty()
            && (name.eq_ignore_ascii_case("authorization")
                || (stands_out && is_secret_setting(name)))
    })
}

/// What may stand around a name, also where JSON stands in JSON.
const QUOTES: [char; 3] = ['"', '\'', '\\'];

/// The name at the end of a text, which may be in quotes.
fn last_name(text: &str) -> &str {
    let text = text.trim_end().trim_end_matches(QUOTES);
    text.rsplit(|c| !is_of_name(c)).next().unwrap_or_default()
}

fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-')
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
