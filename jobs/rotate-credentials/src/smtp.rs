//! Asks a mail server whether a login works, and whether a mail goes through.
//!
//! Two probes: [`auth`] logs in and leaves; [`send`] also hands over one small mail. Each attempt has
//! its own connection, is encrypted, checks the server's certificate against the machine's roots
//! (`SSL_CERT_FILE` and `SSL_CERT_DIR` are honoured), and gives every step a time limit. What the
//! server said becomes a [`Reply`] with a [`Verdict`]; nothing else of it gets out, and no secret does.
//!
//! It does not retry, and it does not judge a refused login by the age of the key: callers do.
//!
//! Codes and texts of SES: <https://docs.aws.amazon.com/ses/latest/dg/troubleshoot-smtp.html>

use std::time::Duration;

use common::secret::SecretString;
use common::ses::Smarthost;
use tokio::time::Instant;

mod conversation;
mod failure;
mod mail;
mod one_line;
mod redaction;
mod reply;

pub use lettre::Address;
pub use lettre::message::Mailbox;
pub use lettre::transport::smtp::client::Certificate;
pub use mail::{ProbeMail, simulator};
pub use reply::{Class, Reply, Step, Verdict};

use self::conversation::Conversation;
use self::redaction::Redaction;

/// A mail server and how to speak to it.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// Where it is, and when TLS begins.
    pub smarthost: Smarthost,
    /// What this machine calls itself. SES takes any name.
    pub hello_name: String,
    /// Whom its certificate may be signed by.
    pub trust: Trust,
}

impl Endpoint {
    /// That server, with the machine's roots, greeted by `localhost` as Alertmanager does.
    pub fn new(smarthost: Smarthost) -> Self {
        Self {
            smarthost,
            hello_name: "localhost".to_owned(),
            trust: Trust::System,
        }
    }
}

/// Who may sign a server's certificate. There is no way to do without.
#[derive(Debug, Clone)]
pub enum Trust {
    /// The authorities that the machine trusts, read anew for each connection.
    System,
    /// These too: a relay with a private authority.
    SystemAnd(Certificate),
}

/// A pair to try.
#[derive(Debug, Clone, Copy)]
pub struct Login<'a> {
    /// For SES the access key id.
    pub user: &'a str,
    /// For SES derived from the access key's secret and the server's region.
    pub password: &'a SecretString,
}

/// How long a server may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// For each step: to connect, to greet, to begin TLS, to answer a command.
    pub step: Duration,
}

impl Default for Timeouts {
    /// 10 s a step.
    fn default() -> Self {
        Self {
            step: Duration::from_secs(10),
        }
    }
}

/// Logs in and leaves. No mail is sent.
pub async fn auth(endpoint: &Endpoint, login: &Login<'_>, timeouts: Timeouts) -> Reply {
    probe(endpoint, login, timeouts, None).await
}

/// Logs in and sends `mail`. Accepted means that the server took it, not that it was delivered.
pub async fn send(
    endpoint: &Endpoint,
    login: &Login<'_>,
    mail: &ProbeMail<'_>,
    timeouts: Timeouts,
) -> Reply {
    probe(endpoint, login, timeouts, Some(mail)).await
}

async fn probe(
    endpoint: &Endpoint,
    login: &Login<'_>,
    timeouts: Timeouts,
    mail: Option<&ProbeMail<'_>>,
) -> Reply {
    let started = Instant::now();
    let reply = match Conversation::open(endpoint, timeouts.step).await {
        Err(reply) => reply,
        Ok(mut conversation) => {
            let mut reply = conversation.log_in(login).await;
            if let (Verdict::Accepted, Some(mail)) = (reply.verdict, mail) {
                reply = conversation.deliver(mail).await;
            }
            // One that has fallen silent is not waited for again.
            if reply.verdict != Verdict::Silent {
                conversation.leave().await;
            }
            reply
        }
    };
    let reply = Redaction::of(login).apply(reply);
    tracing::debug!(
        smtp.host = endpoint.smarthost.host(),
        smtp.verdict = %reply.verdict,
        smtp.code = reply.code,
        smtp.step = %reply.step,
        elapsed_ms = started.elapsed().as_millis(),
        "mail server probed"
    );
    reply
}
