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

#[cfg(test)]
mod tests {
    use super::{ExposeSecret as _, parse};

    #[test]
    fn a_secret_does_not_print() {
        let secret = parse("http://user:hunter2@gateway").unwrap();
        assert!(!format!("{secret:?} {secret:#?}").contains("hunter2"));
        assert_eq!(secret.expose_secret(), "http://user:hunter2@gateway");
    }
}
