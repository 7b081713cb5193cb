//! HTTP clients that cannot hang: every request has a connect and a total time-out.
//!
//! Redirects and proxies are off: the peers are services of our own clusters, and a redirect or a
//! stray `HTTP_PROXY` would carry a push to somewhere else.

use std::time::Duration;

use reqwest::redirect::Policy;

use crate::exit::Exit;
use crate::fault::Fault;

/// Time limits of one request.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    /// Until the connection stands.
    pub connect: Duration,
    /// Until the last byte of the answer.
    pub total: Duration,
}

/// The HTTP client could not be set up.
#[derive(Debug, thiserror::Error)]
#[error("setting up the HTTP client")]
pub struct ClientError(#[source] reqwest::Error);

impl Fault for ClientError {
    fn exit(&self) -> Exit {
        Exit::Config
    }

    fn code(&self) -> &'static str {
        "http-client"
    }

    fn hint(&self) -> Option<String> {
        Some("check SSL_CERT_FILE and SSL_CERT_DIR: they must name readable certificates".into())
    }
}

/// A client for services of our own.
///
/// # Errors
/// When the TLS set-up fails, for example because of unreadable root certificates.
pub fn client(timeouts: Timeouts) -> Result<reqwest::Client, ClientError> {
    reqwest::Client::builder()
        .connect_timeout(timeouts.connect)
        .timeout(timeouts.total)
        .redirect(Policy::none())
        .no_proxy()
        .user_agent(concat!("monitoring-jobs/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(ClientError)
}
