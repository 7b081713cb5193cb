//! The rotation's probe of mail servers, against a server that answers as SES does.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result};
use common::secret::SecretString;
use common::ses::{Smarthost, TlsMode};
use rotate_credentials::smtp::{
    self, Certificate, Endpoint, Login, ProbeMail, Reply, Timeouts, Trust, simulator,
};
use sandbox::mail::{Authority, MailServer, Options};

mod answers;
mod encryption;
mod leaks;
mod silence;

const USER: &str = "AKIAIOSFODNN7EXAMPLE";
const PASSWORD: &str = "BLBM/9hSUELfq8Gw+rU1YcBjkOxGbhT2XG763xVLGWL9";
const RUN: &str = "rc-20261124-120030";
const SENDER: &str = "Prometheus <prometheus-alerts@example.com>";

/// Lets in one pair, and counts who asks.
#[derive(Debug, Default)]
struct Doorman {
    asked: AtomicUsize,
}

impl Authority for Doorman {
    fn login(&self, user: &str, password: &str) -> sandbox::mail::Login {
        self.asked.fetch_add(1, Ordering::Relaxed);
        if (user, password) == (USER, PASSWORD) {
            sandbox::mail::Login::Granted
        } else {
            sandbox::mail::Login::Refused
        }
    }
}

/// A server, and a client that trusts it.
struct Scene {
    server: MailServer,
    doorman: Arc<Doorman>,
    endpoint: Endpoint,
    timeouts: Timeouts,
}

impl Scene {
    fn start(options: Options) -> Result<Self> {
        let doorman = Arc::new(Doorman::default());
        let authority: Arc<dyn Authority> = Arc::<Doorman>::clone(&doorman);
        let server = MailServer::start(authority, options)?;
        let endpoint = endpoint("localhost", server.addr(), TlsMode::StartTls, &server)?;
        Ok(Self {
            server,
            doorman,
            endpoint,
            timeouts: Timeouts::default(),
        })
    }

    async fn auth(&self) -> Reply {
        self.auth_with(PASSWORD).await
    }

    async fn auth_with(&self, password: &str) -> Reply {
        let password = SecretString::from(password);
        smtp::auth(&self.endpoint, &login(&password), self.timeouts).await
    }

    async fn send(&self) -> Result<Reply> {
        let password = SecretString::from(PASSWORD);
        let mail = ProbeMail {
            from: &SENDER.parse()?,
            to: &simulator(RUN),
            run: RUN,
            at: "2026-11-24T12:00:30Z".parse()?,
        };
        Ok(smtp::send(&self.endpoint, &login(&password), &mail, self.timeouts).await)
    }

    /// How many logins reached whoever decides about them.
    fn logins(&self) -> usize {
        self.doorman.asked.load(Ordering::Relaxed)
    }
}

fn login(password: &SecretString) -> Login<'_> {
    Login {
        user: USER,
        password,
    }
}

fn endpoint(host: &str, at: SocketAddr, tls: TlsMode, trusted: &MailServer) -> Result<Endpoint> {
    let smarthost = Smarthost::with_tls(&format!("{host}:{}", at.port()), tls)?;
    let ca = Certificate::from_pem(trusted.ca_pem().as_bytes()).context("reading the CA")?;
    let mut endpoint = Endpoint::new(smarthost);
    endpoint.trust = Trust::SystemAnd(ca);
    Ok(endpoint)
}

fn millis(step: u64) -> Timeouts {
    Timeouts {
        step: Duration::from_millis(step),
    }
}
