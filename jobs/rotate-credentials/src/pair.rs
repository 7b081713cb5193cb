//! The pair that mail goes out with: a key id and its secret.

use common::secret::{ExposeSecret as _, SecretString};

use crate::key::AccessKeyId;

/// Characters of a secret access key.
const SECRET_LENGTH: usize = 40;

/// An access key with its secret. `Debug` shows the id alone.
#[derive(Debug)]
pub struct Pair {
    /// The id, which is also the SMTP user.
    pub id: AccessKeyId,
    /// The secret access key; the SMTP password is derived from it for each region.
    pub secret: SecretString,
}

impl Pair {
    /// Another owner of the same pair.
    #[must_use]
    pub fn duplicate(&self) -> Self {
        Self {
            id: self.id.clone(),
            secret: self.secret.expose_secret().into(),
        }
    }
}

/// Whether `text` has the shape of a secret access key. One with a line end or a blank at its end
/// would give a well-formed and wrong SMTP password.
pub fn is_secret_access_key(text: &str) -> bool {
    let valid = |c: u8| c.is_ascii_alphanumeric() || c == b'/' || c == b'+';
    text.len() == SECRET_LENGTH && text.bytes().all(valid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_has_forty_characters_and_none_around_them() {
        let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
        assert!(is_secret_access_key(secret));
        for wrong in ["", "short", &format!("{secret}\n"), &format!(" {secret}")] {
            assert!(!is_secret_access_key(wrong), "{wrong:?}");
        }
    }

    #[test]
    fn a_pair_does_not_print_its_secret() {
        let pair = Pair {
            id: "AKIAIOSFODNN7EXAMPLE".parse().unwrap(),
            secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".into(),
        };
        assert!(!format!("{pair:?} {:?}", pair.duplicate()).contains("wJalr"));
    }
}
