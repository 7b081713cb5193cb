//! Values that never print: `Debug` of a [`SecretString`] shows `[REDACTED]`, it has no `Display`
//! and no `Serialize`, and its memory is wiped when it is dropped.
//!
//! A value becomes one the moment it is read, and `expose_secret()` stands only in the line that
//! sends it.

pub use secrecy::{ExposeSecret, SecretString};

/// Takes a flag's or a variable's value. Never fails, so that no message can quote it.
///
/// # Errors
/// Never; the signature is the one that `clap` wants.
pub fn parse(text: &str) -> Result<SecretString, std::convert::Infallible> {
    Ok(text.into())
}

/// Hides user name and password of every URL in `text`: for messages that quote what was given.
pub fn without_user_info(text: &str) -> String {
    let mut pieces = text.split("://");
    let mut shown = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let end = piece.find(char::is_whitespace).unwrap_or(piece.len());
        let (url, rest) = piece.split_at(end);
        shown.push_str("://");
        match url.rsplit_once('@') {
            Some((_, host)) => shown.extend(["…@", host]),
            None => shown.push_str(url),
        }
        shown.push_str(rest);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::{ExposeSecret as _, parse, without_user_info};

    #[test]
    fn urls_lose_user_name_and_password_and_nothing_else() {
        let table = [
            ("a 'http://u:p@gw:9091' b", "a 'http://…@gw:9091' b"),
            (
                "http://u:p@w/d@gw http://gw x@y",
                "http://…@gw http://gw x@y",
            ),
            ("ftp://t@a\nhttps://b/@c", "ftp://…@a\nhttps://…@c"),
            ("no URL: x@y", "no URL: x@y"),
        ];
        for (text, shown) in table {
            assert_eq!(without_user_info(text), shown);
        }
    }

    #[test]
    fn a_secret_does_not_print() {
        let secret = parse("http://user:hunter2@gateway").unwrap();
        assert!(!format!("{secret:?} {secret:#?}").contains("hunter2"));
        assert_eq!(secret.expose_secret(), "http://user:hunter2@gateway");
    }
}
