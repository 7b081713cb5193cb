//! An address for test mail, as it is typed.

use std::fmt;
use std::str::FromStr;

/// Longest address that there is.
const ADDRESS_MAX: usize = 254;

/// An address that mail can be sent to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address(String);

/// A text that is no address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an e-mail address: write it like name@toolchain.com")]
pub struct AddressError;

impl FromStr for Address {
    type Err = AddressError;

    /// One address without a name, quotes or comments: Alertmanager would take a list.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, domain) = text.split_once('@').ok_or(AddressError)?;
        let in_name = |c: char| c.is_ascii_alphanumeric() || "._%+-".contains(c);
        let in_domain = |c: char| c.is_ascii_alphanumeric() || ".-".contains(c);
        let sound = !name.is_empty()
            && name.chars().all(in_name)
            && domain.contains('.')
            && domain.chars().all(in_domain)
            && !domain.starts_with(['.', '-'])
            && !domain.ends_with('.')
            && text.len() <= ADDRESS_MAX;
        sound.then(|| Self(text.to_owned())).ok_or(AddressError)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_plain_address_is_taken_and_nothing_that_alertmanager_would_read_as_more() {
        for right in ["ops@toolchain.com", "a.b+c%d_e-f@mail.example.co"] {
            assert_eq!(right.parse::<Address>().unwrap().to_string(), right);
        }
        for wrong in [
            "",
            "ops",
            "@toolchain.com",
            "ops@",
            "ops@localhost",
            "a@toolchain.com, b@example.com",
            "Ops <ops@toolchain.com>",
            "a@b@toolchain.com",
            "a\n@toolchain.com",
            "{{x}}@toolchain.com",
            "é@toolchain.com",
            "a@.toolchain.com",
        ] {
            assert_eq!(wrong.parse::<Address>(), Err(AddressError), "{wrong}");
        }
    }
}
