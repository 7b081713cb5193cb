//! What a content is called by.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest as _, Sha256};

const ALGORITHM: &str = "sha256:";

/// The name of some bytes: `sha256:` and 64 lowercase hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Digest(String);

/// What is not such a name.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no digest; one is `sha256:` and 64 of the digits 0-9a-f")]
pub struct NoDigest(String);

impl Digest {
    /// The name of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        let mut text = ALGORITHM.to_owned();
        for byte in Sha256::digest(bytes) {
            for digit in [byte >> 4, byte & 0xf] {
                text.extend(char::from_digit(digit.into(), 16));
            }
        }
        Self(text)
    }

    /// The digits alone.
    pub fn digits(&self) -> &str {
        self.0.strip_prefix(ALGORITHM).unwrap_or(&self.0)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Digest {
    type Err = NoDigest;

    fn from_str(text: &str) -> Result<Self, NoDigest> {
        let digits = text.strip_prefix(ALGORITHM).unwrap_or_default();
        let all = digits
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if digits.len() == 64 && all {
            Ok(Self(text.to_owned()))
        } else {
            Err(NoDigest(text.to_owned()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Digest;

    /// `printf abc | sha256sum`
    const ABC: &str = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn it_is_what_sha256sum_says() {
        assert_eq!(Digest::of(b"abc").to_string(), ABC);
        assert_eq!(Some(Digest::of(b"abc")), ABC.parse().ok());
        assert_eq!(format!("sha256:{}", Digest::of(b"abc").digits()), ABC);
    }

    #[test]
    fn what_is_not_one_is_refused() {
        let short = ABC.trim_end_matches('d');
        let large = ABC.replace('b', "B");
        let other = ABC.replace("sha256", "sha512");
        for text in [short, &large, &other, &format!("{ABC}0"), "latest", ""] {
            let error = text.parse::<Digest>().unwrap_err().to_string();
            assert!(error.starts_with(&format!("`{text}` is no digest")));
        }
    }
}
