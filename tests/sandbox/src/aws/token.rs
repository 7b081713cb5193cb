//! Pagination tokens: opaque, bound to the request they belong to, and without state in the server.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::number::mix;

/// A hash of everything in a request that must not change between pages.
pub(crate) fn fingerprint(request: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    request.hash(&mut hasher);
    hasher.finish()
}

/// Hides `position` in a token for the request `fingerprint`.
pub(crate) fn seal(fingerprint: u64, position: u64) -> String {
    let check = mix(fingerprint ^ mix(position));
    format!("{:016x}{check:016x}", position ^ mix(check ^ fingerprint))
}

/// The position in a token, if it was made by [`seal`] for the same request.
pub(crate) fn open(token: &str, fingerprint: u64) -> Option<u64> {
    let (hidden, check) = token.split_at_checked(16)?;
    let hidden = u64::from_str_radix(hidden, 16).ok()?;
    let check = u64::from_str_radix(check, 16).ok()?;
    let position = hidden ^ mix(check ^ fingerprint);
    (check == mix(fingerprint ^ mix(position))).then_some(position)
}

#[cfg(test)]
mod tests {
    use super::{open, seal};

    #[test]
    fn a_token_opens_only_for_the_request_it_was_made_for() {
        let token = seal(7, 500);
        assert_eq!(open(&token, 7), Some(500));
        assert_eq!(open(&token, 8), None);
        assert_eq!(open("not a token", 7), None);
        assert_eq!(open(&token.replacen(|c| c != '0', "0", 1), 7), None);
    }
}
