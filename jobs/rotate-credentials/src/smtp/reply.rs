//! What a mail server's answer means. Pure: the one table of codes and texts.

use std::fmt;

#[cfg(test)]
mod tests;

/// An answer, or the reason why there was none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// What it means.
    pub verdict: Verdict,
    /// What it was about.
    pub step: Step,
    /// The reply code; `None` when the server did not get to say one.
    pub code: Option<u16>,
    /// The server's words, or ours when it said none: one line of at most 200 characters, without
    /// control characters and without the login.
    pub text: String,
}

/// The steps of a conversation, each with its own time limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// Name look-up and TCP; with TLS from the first byte also that and the greeting.
    Connect,
    /// The greeting and EHLO.
    Hello,
    /// STARTTLS, the handshake, and EHLO again.
    StartTls,
    /// The login.
    Auth,
    /// MAIL.
    Mail,
    /// RCPT.
    Recipient,
    /// DATA.
    Data,
    /// The message itself.
    Message,
}

/// What an answer means for the login and the mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// It works.
    Accepted,
    /// The pair is wrong, inactive, or so fresh that SES does not know it yet.
    Refused,
    /// The account has no SES in this region.
    NotSubscribed,
    /// The login works, and SES takes no mail at the moment: rate or quota.
    Throttled,
    /// The server asks to come back later.
    Temporary,
    /// The user may not send.
    NotAuthorized,
    /// The sender (or, in SES's sandbox, the recipient) is not verified.
    NotVerified,
    /// No encryption or no login is offered, the mail's form is objected to, or what answers does not
    /// speak SMTP.
    Protocol,
    /// No connection, or it was cut.
    Unreachable,
    /// The handshake failed: certificate, name, or protocol.
    Tls,
    /// Connected, and then nothing within the time limit.
    Silent,
}

/// What kind of failure that is, and so what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// None.
    Good,
    /// The login was refused: transient as long as the key is fresh, and a matter for a person after.
    Login,
    /// Try again later.
    Transient,
    /// Somebody must change a configuration.
    Config,
    /// Somebody must grant a right.
    Denied,
}

impl Verdict {
    /// What to do about it.
    pub const fn class(self) -> Class {
        match self {
            Self::Accepted => Class::Good,
            Self::Refused => Class::Login,
            Self::Throttled | Self::Temporary | Self::Unreachable | Self::Tls | Self::Silent => {
                Class::Transient
            }
            Self::NotSubscribed | Self::NotVerified | Self::Protocol => Class::Config,
            Self::NotAuthorized => Class::Denied,
        }
    }

    /// Whether it shows that the login works. A later step can still have failed.
    pub const fn proves_login(self) -> bool {
        matches!(self, Self::Accepted | Self::Throttled)
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Refused => "login refused",
            Self::NotSubscribed => "account not subscribed",
            Self::Throttled => "throttled",
            Self::Temporary => "temporary failure",
            Self::NotAuthorized => "not authorized",
            Self::NotVerified => "address not verified",
            Self::Protocol => "protocol error",
            Self::Unreachable => "unreachable",
            Self::Tls => "TLS failure",
            Self::Silent => "silent",
        }
    }
}

impl Step {
    const fn name(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Hello => "EHLO",
            Self::StartTls => "STARTTLS",
            Self::Auth => "AUTH",
            Self::Mail => "MAIL",
            Self::Recipient => "RCPT",
            Self::Data => "DATA",
            Self::Message => "message",
        }
    }

    /// The code that means yes.
    const fn wanted(self) -> u16 {
        match self {
            Self::Connect | Self::StartTls => 220,
            Self::Auth => 235,
            Self::Data => 354,
            Self::Hello | Self::Mail | Self::Recipient | Self::Message => 250,
        }
    }
}

/// What a server means that answers `code` and `text` to `step`.
///
/// Only the code that a step waits for counts as a yes; a code that is not in the table is a matter of
/// configuration when it is final (5xx), and transient when the server says so (4xx).
pub(super) fn classify(step: Step, code: u16, text: &str) -> Verdict {
    let text = text.to_ascii_lowercase();
    let says = |words: &str| text.contains(words);
    match code {
        _ if code == step.wanted() => Verdict::Accepted,
        535 if says("not subscribed") => Verdict::NotSubscribed,
        535 => Verdict::Refused,
        // Before the login was answered it says nothing about the login.
        454 if step > Step::Auth && says("throttling failure") => Verdict::Throttled,
        400..=499 => Verdict::Temporary,
        554 if says("not authorized") => Verdict::NotAuthorized,
        554 if says("not verified") => Verdict::NotVerified,
        // SES pauses accounts for bounces and complaints, and resumes them.
        554 if says("sending paused") => Verdict::Temporary,
        _ => Verdict::Protocol,
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Such as `AUTH: 535 Authentication Credentials Invalid`.
impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code {
            Some(code) => write!(f, "{}: {code} {}", self.step, self.text),
            None => write!(f, "{}: {}", self.step, self.text),
        }
    }
}
