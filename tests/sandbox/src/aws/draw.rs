//! Names that AWS would make up, drawn from a seed: the same seed and the same order of acts give
//! the same names.

use super::number::mix;

const UPPER: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const BASE64: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/+";
const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const HEX: &[u8] = b"0123456789abcdef";

/// A source of names.
#[derive(Debug, Clone)]
pub(crate) struct Draw {
    state: u64,
}

impl Draw {
    pub(crate) const fn new(seed: u64) -> Self {
        Self { state: mix(seed) }
    }

    /// A source that depends on `text` alone.
    pub(crate) fn of(text: &str) -> Self {
        let seed = text
            .bytes()
            .fold(0, |seed, byte| mix(seed ^ u64::from(byte)));
        Self::new(seed)
    }

    /// `AKIA` and sixteen upper-case letters and digits.
    pub(crate) fn access_key_id(&mut self) -> String {
        format!("AKIA{}", self.text(UPPER, 16))
    }

    /// Forty characters, as a secret access key has them.
    pub(crate) fn secret_access_key(&mut self) -> String {
        self.text(BASE64, 40)
    }

    /// The six characters at the end of a secret's ARN.
    pub(crate) fn arn_suffix(&mut self) -> String {
        self.text(LETTERS, 6)
    }

    /// A version id: a UUID of random kind.
    pub(crate) fn uuid(&mut self) -> String {
        let groups = [("", 8), ("", 4), ("4", 3), ("8", 3), ("", 12)];
        groups
            .map(|(kind, len)| format!("{kind}{}", self.text(HEX, len)))
            .join("-")
    }

    fn text(&mut self, alphabet: &[u8], len: usize) -> String {
        (0..len)
            .filter_map(|_| {
                self.state = mix(self.state);
                let size = u64::try_from(alphabet.len()).unwrap_or(u64::MAX);
                let index = usize::try_from((self.state >> 32) % size).ok()?;
                alphabet.get(index).copied().map(char::from)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::Draw;

    #[test]
    fn names_have_the_form_of_aws_and_repeat_with_their_seed() {
        let names = |seed| {
            let mut draw = Draw::new(seed);
            [draw.access_key_id(), draw.secret_access_key(), draw.uuid()]
        };
        let [id, secret, uuid] = names(1);
        assert!(id.starts_with("AKIA") && id.len() == 20);
        assert!(
            id.bytes()
                .all(|it| it.is_ascii_uppercase() || it.is_ascii_digit())
        );
        let allowed = |it: u8| it.is_ascii_alphanumeric() || b"/+".contains(&it);
        assert!(secret.len() == 40 && secret.bytes().all(allowed));
        assert_eq!(uuid.len(), 36);
        assert_eq!(names(1), [id.clone(), secret, uuid]);
        assert_ne!(names(2)[0], id);
    }

    #[test]
    fn a_thousand_draws_are_a_thousand_names() {
        let mut draw = Draw::new(0);
        let ids: BTreeSet<_> = (0..1000).map(|_| draw.access_key_id()).collect();
        assert_eq!(ids.len(), 1000);
    }
}
