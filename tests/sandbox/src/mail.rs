//! A simulated SES: an SMTP server on loopback with TLS, logins, a mailbox and the provider's replies.
//!
//! It speaks STARTTLS and, on a second port, TLS from the first byte; its certificate comes from a
//! [`Ca`] whose PEM clients are given. Who may log in is decided by an injected [`Authority`]: a fixed
//! pair, or the password that SES derives from an active key of a simulated IAM. What goes wrong is
//! scripted per connection ([`Fault`]). Every mail is kept ([`Mail`]), and so is everything that was
//! refused ([`Refusal`]): a test can claim that nobody ever was.
//!
//! It relays nothing, looks up no domain, keeps no quota, and never gives up on an idle client.
//!
//! The layers, outermost first: `server` (listeners, TLS), `session` (the dialogue), `command` (what a
//! client says), [`reply`] (what SES says), `state` (mailbox, refusals, faults).
//!
//! ```no_run
//! use std::sync::Arc;
//! use sandbox::mail::{Fault, FixedAuthority, MailServer, Options, Reply, Stage};
//!
//! let pair = Arc::new(FixedAuthority::new("AKIAEXAMPLE", "password"));
//! let server = MailServer::start(pair, Options::default())?;
//! server.inject(Fault::answer(Stage::Message, Reply::RATE_EXCEEDED).connections(1, Some(2)));
//! // … run a client with SSL_CERT_FILE naming a file that holds `server.ca_pem()` …
//! assert!(server.refusals().is_empty());
//! # Ok::<(), anyhow::Error>(())
//! ```

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context as _, Result};
use common::clock::Clock;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

mod authority;
mod certificate;
mod command;
mod fault;
mod message;
mod reply;
mod server;
mod session;
mod state;
#[cfg(test)]
mod tests;

pub use authority::{Authority, FixedAuthority, KeyState, Login, SesAuthority};
pub use certificate::Ca;
pub use fault::{Fault, FaultKind, Stage};
pub use message::Mail;
pub use reply::Reply;
pub use state::Refusal;

use self::server::Encryption;
use self::state::State;

/// How a server behaves, apart from who may log in.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where it speaks SMTP with STARTTLS; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Where it speaks TLS from the first byte, if anywhere.
    pub wrapper: Option<SocketAddr>,
    /// Host names and addresses that its certificate is for, besides `localhost` and `127.0.0.1`.
    pub names: Vec<String>,
    /// Who signs its certificate; without one it makes its own. Several servers may share one, so
    /// that clients need one file.
    pub ca: Option<Ca>,
    /// What time mails and refusals are stamped with.
    pub clock: Clock,
    /// The region that it names in greetings and refusals.
    pub region: String,
    /// The mechanisms that it offers, in this order.
    pub mechanisms: Vec<Mechanism>,
    /// Bytes of the largest message.
    pub size_limit: usize,
    /// Which senders are verified.
    pub senders: Senders,
    /// What goes wrong from the start.
    pub faults: Vec<Fault>,
}

impl Default for Options {
    /// A free loopback port with STARTTLS, a CA of its own, the system's clock, `us-east-1`, PLAIN and
    /// LOGIN, 10 MiB, every sender verified, no faults.
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            wrapper: None,
            names: Vec::new(),
            ca: None,
            clock: Clock::system(),
            region: "us-east-1".to_owned(),
            mechanisms: vec![Mechanism::Plain, Mechanism::Login],
            size_limit: 10 * 1024 * 1024,
            senders: Senders::AllVerified,
            faults: Vec::new(),
        }
    }
}

/// How a client may log in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mechanism {
    /// User and password in one word.
    Plain,
    /// The server asks for one after the other.
    Login,
}

/// Which senders SES has seen a proof of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Senders {
    /// All.
    AllVerified,
    /// These addresses, and every address of these domains.
    Verified(Vec<String>),
}

impl Senders {
    fn verified(&self, address: &str) -> bool {
        let domain = address.rsplit_once('@').map(|(_, domain)| domain);
        match self {
            Self::AllVerified => true,
            Self::Verified(identities) => identities.iter().any(|identity| {
                identity.eq_ignore_ascii_case(address)
                    || domain.is_some_and(|domain| identity.eq_ignore_ascii_case(domain))
            }),
        }
    }
}

/// A running server. It has a thread of its own, so that a test may block while a child process
/// talks to it. Dropping it stops it and cuts its connections.
pub struct MailServer {
    addr: SocketAddr,
    wrapper_addr: Option<SocketAddr>,
    ca: Ca,
    state: Arc<State>,
    stop: CancellationToken,
    thread: Option<JoinHandle<()>>,
}

/// Mails did not come in time.
#[derive(Debug, thiserror::Error)]
#[error("the mailbox did not become what was waited for within {} s", .patience.as_secs_f64())]
pub struct InVain {
    patience: Duration,
    /// What had come by then.
    pub mails: Vec<Mail>,
}

impl MailServer {
    /// Starts one that lets in whom `authority` knows. Its ports accept connections when this returns.
    ///
    /// # Errors
    /// When an address cannot be bound, or a name is none that a certificate can carry.
    pub fn start(authority: Arc<dyn Authority>, options: Options) -> Result<Self> {
        let ca = match options.ca.clone() {
            Some(ca) => ca,
            None => Ca::generate()?,
        };
        let tls = TlsAcceptor::from(ca.server_config(&options.names)?);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (plain, addr) = server::listen(&runtime, options.listen)?;
        let wrapped = options
            .wrapper
            .map(|address| server::listen(&runtime, address))
            .transpose()?;
        let wrapper_addr = wrapped.as_ref().map(|(_, addr)| *addr);
        let state = Arc::new(State::new(authority, options));
        let stop = CancellationToken::new();
        let mut listeners = vec![(plain, Encryption::StartTls)];
        listeners.extend(wrapped.map(|(listener, _)| (listener, Encryption::Wrapper)));
        let serving = server::serve(listeners, tls, Arc::clone(&state), stop.clone());
        let thread = thread::Builder::new()
            .name("mail-server".to_owned())
            .spawn(move || runtime.block_on(serving))
            .context("starting the mail server's thread")?;
        Ok(Self {
            addr,
            wrapper_addr,
            ca,
            state,
            stop,
            thread: Some(thread),
        })
    }

    /// Where it speaks SMTP with STARTTLS.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Where it speaks TLS from the first byte.
    pub fn wrapper_addr(&self) -> Option<SocketAddr> {
        self.wrapper_addr
    }

    /// What clients must trust, for `SSL_CERT_FILE` or a client's `ca_file`.
    pub fn ca_pem(&self) -> &str {
        self.ca.pem()
    }

    /// Every mail that was accepted, in the order of arrival.
    pub fn mails(&self) -> Vec<Mail> {
        self.state.mails()
    }

    /// Everything that a client was refused, in the order of its happening.
    pub fn refusals(&self) -> Vec<Refusal> {
        self.state.refusals()
    }

    /// How many connections were accepted.
    pub fn connections(&self) -> u64 {
        self.state.connections()
    }

    /// Waits until the mailbox is as `predicate` wants it, and returns it. `patience` is real time.
    ///
    /// # Errors
    /// When it does not become so in time.
    pub async fn wait_for(
        &self,
        predicate: impl Fn(&[Mail]) -> bool,
        patience: Duration,
    ) -> Result<Vec<Mail>, InVain> {
        let mut deliveries = self.state.deliveries();
        let waiting = async {
            loop {
                // Seen before the look, so that a delivery during it is a change.
                deliveries.mark_unchanged();
                let mails = self.mails();
                if predicate(&mails) {
                    return mails;
                }
                // The sender lives in `self.state`.
                if deliveries.changed().await.is_err() {
                    std::future::pending::<()>().await;
                }
            }
        };
        timeout(patience, waiting).await.map_err(|_| InVain {
            patience,
            mails: self.mails(),
        })
    }

    /// Adds a fault; its count of connections starts now.
    pub fn inject(&self, fault: Fault) {
        self.state.inject(fault);
    }

    /// Removes all faults. Connections that are struck already stay so.
    pub fn clear_faults(&self) {
        self.state.clear_faults();
    }
}

impl fmt::Debug for MailServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MailServer")
            .field("addr", &self.addr)
            .field("wrapper_addr", &self.wrapper_addr)
            .finish_non_exhaustive()
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.stop.cancel();
        if let Some(thread) = self.thread.take() {
            // A panic of the server has been printed by then; the test fails by its own means.
            drop(thread.join());
        }
    }
}
