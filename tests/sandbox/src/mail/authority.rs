//! Who may log in: the seam between the mail server and whatever keeps the accounts.

use std::fmt;

mod ses;

pub use ses::{KeyState, SesAuthority};

/// Decides about logins. Asked once per login that a client completes, from the server's thread.
pub trait Authority: Send + Sync {
    /// What becomes of this pair now.
    fn login(&self, user: &str, password: &str) -> Login;
}

/// What becomes of a login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Login {
    /// 235.
    Granted,
    /// 535, the credentials are invalid: unknown, inactive, or too fresh.
    Refused,
    /// 535, the account does not use SES.
    NotSubscribed,
    /// 454, SES cannot say at the moment.
    Temporary,
}

/// One user with one password.
pub struct FixedAuthority {
    user: String,
    password: String,
}

impl FixedAuthority {
    /// Lets in this pair and no other.
    pub fn new(user: &str, password: &str) -> Self {
        Self {
            user: user.to_owned(),
            password: password.to_owned(),
        }
    }
}

impl Authority for FixedAuthority {
    fn login(&self, user: &str, password: &str) -> Login {
        if self.user == user && self.password == password {
            Login::Granted
        } else {
            Login::Refused
        }
    }
}

impl fmt::Debug for FixedAuthority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FixedAuthority")
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}
