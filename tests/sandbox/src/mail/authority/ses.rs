//! Logins as SES grants them: the user is an access key id, the password is derived from its secret.

use std::fmt;

use common::secret::{ExposeSecret as _, SecretString};
use common::ses::smtp_password;

use super::{Authority, Login};

/// What SES knows about an access key at the moment.
#[derive(Debug, Clone)]
pub struct KeyState {
    /// The secret access key.
    pub secret: SecretString,
    /// Whether the key's status is `Active`.
    pub active: bool,
    /// Whether the key has reached SES yet: a new one takes seconds.
    pub usable: bool,
}

/// Grants the password that SES derives from an active key for the server's region.
pub struct SesAuthority {
    region: String,
    key: Box<KeyLookup>,
    record_use: Box<dyn Fn(&str) + Send + Sync>,
}

type KeyLookup = dyn Fn(&str) -> Option<KeyState> + Send + Sync;

impl SesAuthority {
    /// Looks access key ids up with `key`, and tells `record_use` of each login that it grants: it
    /// counts as a use of the key in `region`.
    pub fn new(
        region: &str,
        key: impl Fn(&str) -> Option<KeyState> + Send + Sync + 'static,
        record_use: impl Fn(&str) + Send + Sync + 'static,
    ) -> Self {
        Self {
            region: region.to_owned(),
            key: Box::new(key),
            record_use: Box::new(record_use),
        }
    }
}

impl Authority for SesAuthority {
    fn login(&self, user: &str, password: &str) -> Login {
        let Some(key) = (self.key)(user) else {
            return Login::Refused;
        };
        let derived = smtp_password(&key.secret, &self.region);
        if !key.active || !key.usable || derived.expose_secret() != password {
            return Login::Refused;
        }
        (self.record_use)(user);
        Login::Granted
    }
}

impl fmt::Debug for SesAuthority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SesAuthority")
            .field("region", &self.region)
            .finish_non_exhaustive()
    }
}
