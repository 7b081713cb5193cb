//! What SES says, to the letter: "SMTP response codes returned by Amazon SES" in its developer guide.

use std::borrow::Cow;
use std::fmt;

/// A code and its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// Three digits.
    pub code: u16,
    /// One line.
    pub text: Cow<'static, str>,
}

impl Reply {
    /// A login was granted.
    pub const AUTHENTICATED: Self = Self::new(235, "Authentication successful");
    /// A command was accepted.
    pub const OK: Self = Self::new(250, "Ok");
    /// Too many clients at once; ends the connection.
    pub const TOO_MANY_CONNECTIONS: Self = Self::new(421, "Too many concurrent SMTP connections");
    /// SES could not process the request.
    pub const LOCAL_ERROR: Self = Self::new(451, "Temporary service failure");
    /// The client was too slow.
    pub const TIMEOUT: Self = Self::new(451, "Timeout waiting for data from client");
    /// The quota of the day is used up. The login was good.
    pub const QUOTA_EXCEEDED: Self =
        Self::new(454, "Throttling failure: Daily message quota exceeded");
    /// Too many mails a second. The login was good.
    pub const RATE_EXCEEDED: Self =
        Self::new(454, "Throttling failure: Maximum sending rate exceeded");
    /// SES could not check the login.
    pub const AUTH_UNAVAILABLE: Self = Self::new(454, "Temporary authentication failure");
    /// SES could not receive the request.
    pub const UNAVAILABLE: Self = Self::new(454, "Temporary service failure");
    /// TLS cannot be had at the moment (RFC 3207).
    pub const TLS_UNAVAILABLE: Self = Self::new(454, "TLS not available due to temporary reason");
    /// A command that is not known, or not offered.
    pub const NOT_IMPLEMENTED: Self = Self::new(502, "Unrecognized command");
    /// A command at the wrong time.
    pub const BAD_SEQUENCE: Self = Self::new(503, "Bad sequence of commands");
    /// A command whose argument cannot be read.
    pub const SYNTAX: Self = Self::new(501, "Syntax error in parameters or arguments");
    /// Mail without a login.
    pub const AUTH_REQUIRED: Self = Self::new(530, "Authentication required");
    /// A login or a mail in the clear.
    pub const STARTTLS_REQUIRED: Self = Self::new(530, "Must issue a STARTTLS command first");
    /// The pair is wrong, inactive, or too fresh.
    pub const INVALID_CREDENTIALS: Self = Self::new(535, "Authentication Credentials Invalid");
    /// The account does not use SES.
    pub const NOT_SUBSCRIBED: Self = Self::new(535, "Account not subscribed to SES");
    /// The message is larger than the limit.
    pub const TOO_LONG: Self = Self::new(552, "Message is too long.");
    /// An address that is none.
    pub const INVALID_ADDRESS: Self = Self::new(553, "Invalid email address.");
    /// The user's policy does not allow it.
    pub const NOT_AUTHORIZED: Self = Self::new(
        554,
        "Access denied: User `arn:aws:iam::123456789012:user/prod-monitoring-email-user' is not \
         authorized to perform `ses:SendRawEmail' on resource \
         `arn:aws:ses:us-east-1:123456789012:identity/example.com'",
    );
    /// The account may not send at the moment.
    pub const SENDING_PAUSED: Self = Self::new(
        554,
        "Message rejected: Sending paused for this account. For more information, please check \
         the inbox of the email address associated with your AWS account.",
    );

    /// Any other.
    pub const fn new(code: u16, text: &'static str) -> Self {
        Self {
            code,
            text: Cow::Borrowed(text),
        }
    }

    /// The sender is not verified in this region.
    pub fn not_verified(sender: &str, region: &str) -> Self {
        let region = region.to_uppercase();
        Self {
            code: 554,
            text: Cow::Owned(format!(
                "Message rejected: Email address is not verified. The following identities failed \
                 the check in region {region}: {sender}"
            )),
        }
    }

    pub(super) fn accepted(id: u64) -> Self {
        Self {
            code: 250,
            text: Cow::Owned(format!(
                "Ok 01000000{id:08x}-5a4d-4b9c-8f0e-000000000000-000000"
            )),
        }
    }

    pub(super) fn is_refusal(&self) -> bool {
        self.code >= 400
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code, self.text)
    }
}
