//! What nobody may see, and how it is compared all the same.
//!
//! Values are compared by a keyed digest. The key is made when the process starts and is nowhere else, so
//! a digest says nothing outside of it, not even to somebody who can guess the value. Digests are kept in
//! memory, compared and dropped; they are never shown, written or counted.

mod names;
#[cfg(test)]
mod tests;
mod text;

use std::fmt;

use common::exit::Exit;
use common::fault::Fault;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::verdict::NO_RANDOM_NUMBERS;

pub use names::{is_secret, is_secret_setting, is_secret_word};
pub use text::{announces_secret, assigns_secret, holds_secret, sets_secret};

/// Makes digests of what must not be seen. Its key is wiped when it is dropped, and does not print.
pub struct Hider {
    key: Zeroizing<[u8; 32]>,
}

impl Hider {
    /// With a new key from the operating system.
    ///
    /// # Errors
    /// When the operating system has no random numbers to give.
    pub fn new() -> Result<Self, NoRandomNumbers> {
        let mut key = Zeroizing::new([0; 32]);
        getrandom::fill(key.as_mut_slice()).map_err(NoRandomNumbers)?;
        Ok(Self { key })
    }

    /// The digest of a value at a place: HMAC-SHA-256 of the path's length, the path and the value.
    ///
    /// Equal for equal values at one path by one hider, and for nothing else.
    pub fn digest(&self, path: &str, value: &[u8]) -> [u8; 32] {
        #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
        let mut mac =
            Hmac::<Sha256>::new_from_slice(self.key.as_slice()).expect("a key of any length");
        // 128 bits whatever the platform: the length keeps ("a", "bc") and ("ab", "c") apart.
        let length = u128::try_from(path.len()).unwrap_or(u128::MAX);
        mac.update(&length.to_be_bytes());
        mac.update(path.as_bytes());
        mac.update(value);
        mac.finalize().into_bytes().into()
    }
}

impl fmt::Debug for Hider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hider").finish_non_exhaustive()
    }
}

/// The operating system gives no random numbers, and without them nothing can be hidden.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("no random numbers from the operating system")]
pub struct NoRandomNumbers(#[source] getrandom::Error);

impl Fault for NoRandomNumbers {
    fn exit(&self) -> Exit {
        NO_RANDOM_NUMBERS.exit
    }

    fn code(&self) -> &'static str {
        NO_RANDOM_NUMBERS.code
    }

    fn hint(&self) -> Option<String> {
        Some(NO_RANDOM_NUMBERS.remedy.to_owned())
    }
}
