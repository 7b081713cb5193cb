//! The SMTP password of an access key.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;
use zeroize::Zeroizing;

/// The "date" of the signature: a constant, so that passwords do not expire.
const DATE: &str = "11111111";

/// The first byte of a password of today's derivation.
const VERSION: u8 = 0x04;

/// The first byte of a password from before 2019.
const LEGACY_VERSION: u8 = 0x02;

/// Bytes of a decoded password: the version and a SHA-256.
const DECODED: usize = 33;

/// Derives the password that SES in `region` accepts together with the id of this access key.
///
/// Always 44 characters, `^B[A-P][A-Za-z0-9+/]{42}$`. Any text gives a well-formed password, also
/// a secret with a line break at its end or none at all: check it where it is read.
pub fn smtp_password(secret_access_key: &SecretString, region: &str) -> SecretString {
    let secret = secret_access_key.expose_secret();
    let key = Zeroizing::new([b"AWS4", secret.as_bytes()].concat());
    let steps = [DATE, region, "ses", "aws4_request", "SendRawEmail"];
    let signature = steps
        .into_iter()
        .fold(key, |key, message| sign(&key, message));
    let signed = Zeroizing::new([&[VERSION], signature.as_slice()].concat());
    let password = Zeroizing::new(STANDARD.encode(signed.as_slice()));
    password.as_str().into()
}

#[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
fn sign(key: &[u8], message: &str) -> Zeroizing<Vec<u8>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length");
    mac.update(message.as_bytes());
    Zeroizing::new(mac.finalize().into_bytes().to_vec())
}

/// What a password looks like. The looks alone do not say which key or region it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordShape {
    /// As [`smtp_password`] derives it.
    Current,
    /// From before 2019, the same for every region. SES refuses it by now.
    Legacy,
}

impl PasswordShape {
    /// Recognises a password of SES; `None` for one of any other mail service.
    pub fn of(password: &SecretString) -> Option<Self> {
        let decoded = Zeroizing::new(STANDARD.decode(password.expose_secret()).ok()?);
        match decoded.as_slice() {
            [VERSION, ..] if decoded.len() == DECODED => Some(Self::Current),
            [LEGACY_VERSION, ..] if decoded.len() == DECODED => Some(Self::Legacy),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use secrecy::ExposeSecret as _;

    use super::{PasswordShape, smtp_password};

    /// Published in the test suites of several independent implementations.
    const VECTORS: [(&str, &str, &str); 6] = [
        (
            "eu-central-1",
            "some+secret+key",
            "BMXhUYlu5Z3gSXVQORxlVa7XPaz91aGWdfHxvkOZdWZ2",
        ),
        (
            "eu-central-1",
            "another+secret+key",
            "BBbphbrQmrKMx42d1N6+C7VINYEBGI5v9VsZeTxwskfh",
        ),
        (
            "us-west-1",
            "some+secret+key",
            "BH+jbMzper5WwlwUar9E1ySBqHa9whi0GPo+sJ0mVYJj",
        ),
        (
            "us-east-1",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "BLBM/9hSUELfq8Gw+rU1YcBjkOxGbhT2XG763xVLGWL9",
        ),
        (
            "eu-west-1",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "BMW5RDrXmmVs0lV7GpI4oLkHXpZ4stDsk6q91z1g38Pk",
        ),
        (
            "us-west-2",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "BF2PynzbSCAjX08zhZZnP/kW+T9P5zs/1Er0pi5vTEmd",
        ),
    ];

    #[test]
    fn passwords_equal_the_published_ones() {
        for (region, secret, password) in VECTORS {
            let derived = smtp_password(&secret.into(), region);
            assert_eq!(derived.expose_secret(), password, "{region} {secret}");
            assert_eq!(PasswordShape::of(&derived), Some(PasswordShape::Current));
        }
    }

    #[test]
    fn passwords_from_before_2019_and_of_other_services_are_told_apart() {
        for legacy in [
            "AnkqhOiWEcszZZzTMCQbOY1sPGoLFgMH9zhp4eNgSjo4",
            "Akwqr0Giwi8FsQFgW3DXWCC2DiiQ/jZjqLDWK8TeTBgL",
        ] {
            let shape = PasswordShape::of(&legacy.into());
            assert_eq!(shape, Some(PasswordShape::Legacy), "{legacy}");
        }
        let (_, _, good) = VECTORS[0];
        let longer = format!("{good}AAAA");
        for other in [
            "",
            "SG.abcdef",
            good.trim_end_matches('2'),
            &longer,
            &format!("{good}\n"),
            &good.replacen('B', "C", 1),
        ] {
            assert_eq!(PasswordShape::of(&other.into()), None, "{other:?}");
        }
    }

    proptest! {
        #[test]
        fn every_password_has_44_characters_of_base64_and_the_version_in_front(
            secret in any::<String>(), region in "[a-z]{2}-[a-z]{4,9}-[1-9]",
        ) {
            let password = smtp_password(&secret.as_str().into(), &region);
            let password = password.expose_secret();
            prop_assert_eq!(password.len(), 44);
            let base64 = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/');
            prop_assert!(password.chars().all(base64));
            prop_assert!(password.starts_with('B') && matches!(password.as_bytes()[1], b'A'..=b'P'));
        }

        #[test]
        fn another_region_or_secret_gives_another_password(secret in "[A-Za-z0-9/+]{40}") {
            let base = smtp_password(&secret.as_str().into(), "us-east-1");
            for other in [
                smtp_password(&secret.as_str().into(), "us-east-2"),
                smtp_password(&format!("{secret}\n").into(), "us-east-1"),
            ] {
                prop_assert_ne!(base.expose_secret(), other.expose_secret());
            }
        }
    }
}
