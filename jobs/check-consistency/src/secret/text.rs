//! Texts that hold a secret whatever they are called.

use common::secret::without_user_info;

use super::{is_secret_setting, is_secret_word};

/// Whether a text of any kind holds a secret: a URL with a user in it, a private key, or a flag such as
/// `--password=…`.
pub fn holds_secret(text: &str) -> bool {
    (text.contains("://") && without_user_info(text) != text)
        || text.contains("PRIVATE KEY-----")
        || is_secret_flag(text)
}

/// Whether a file that is no document, such as `grafana.ini`, assigns a value to a name that says that it
/// is secret.
pub fn assigns_secret(text: &str) -> bool {
    text.lines().any(|line| {
        line.split_once(['=', ':']).is_some_and(|(name, value)| {
            let name = name.trim();
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
            name.chars().all(plain) && is_secret_word(name) && !value.trim().is_empty()
        })
    })
}

/// A command line flag with its value. One that names a file or an object is not secret.
fn is_secret_flag(text: &str) -> bool {
    let Some((flag, value)) = text.split_once('=') else {
        return false;
    };
    flag.starts_with('-')
        && !flag.contains(char::is_whitespace)
        && !value.is_empty()
        && is_secret_setting(flag)
}
