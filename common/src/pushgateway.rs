//! Delivers families to a Prometheus Pushgateway and proves that they arrived.
//!
//! Pushes are text, gzipped when large. Network failures, 429 and 5xx are tried again; a refusal
//! (400) never is, but [`Gateway::put_bisecting`] keeps one bad family from taking the others with
//! it. [`Gateway::stored`] and [`verify`](Gateway::verify) read back what is held. Which groups a
//! job owns, and which families belong into them, is the job's business.
//!
//! API: <https://github.com/prometheus/pushgateway#api>

mod address;
mod bisect;
mod body;
mod deliver;
mod error;
mod group;
mod readback;
mod retry;
#[cfg(test)]
mod tests;
mod verify;

use std::fmt;
use std::time::Duration;

use backon::Retryable;
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE};
use reqwest::{Client, Method, Request, RequestBuilder};

use self::address::Address;
pub use self::address::AddressError;
pub use self::bisect::Refused;
use self::body::Body;
pub(crate) use self::deliver::deliver;
pub use self::error::{Action, GatewayError};
pub use self::group::{GroupKey, GroupKeyError};
pub use self::readback::{Detail, StoredFamily, StoredGroup};
pub use self::retry::Retry;
pub use self::verify::{Difference, Expected, ReadbackMismatch, VerifyError, compare};
use crate::exit::Exit;
use crate::exposition::Family;
use crate::fault::{self, Fault};
use crate::http::{self, ClientError, Timeouts};

/// Limits of one request: a Pushgateway with 50,000 series needs up to a second to check a push.
pub const TIMEOUTS: Timeouts = Timeouts {
    connect: Duration::from_secs(2),
    total: Duration::from_secs(10),
};

/// A client of one Pushgateway. `Display` and `Debug` hide user name and password.
#[derive(Debug, Clone)]
pub struct Gateway {
    client: Client,
    address: Address,
    retry: Retry,
}

/// A client could not be made.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The URL is wrong.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// TLS is set up wrongly.
    #[error(transparent)]
    Client(#[from] ClientError),
}

impl Fault for SetupError {
    fn exit(&self) -> Exit {
        match self {
            Self::Address(error) => error.exit(),
            Self::Client(error) => error.exit(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Address(error) => error.code(),
            Self::Client(error) => error.code(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Address(error) => error.hint(),
            Self::Client(error) => error.hint(),
        }
    }
}

impl Gateway {
    /// A client of the Pushgateway at `url`, which may hold a user name, a password and the
    /// Pushgateway's `--web.route-prefix`. [`TIMEOUTS`] suit a push.
    ///
    /// # Errors
    /// When the URL is not one of a Pushgateway, or TLS cannot be set up. Nothing is sent yet.
    pub fn new(url: &str, timeouts: Timeouts) -> Result<Self, SetupError> {
        let address = Address::parse(url)?;
        Ok(Self {
            client: http::client(timeouts)?,
            address,
            retry: Retry::STANDARD,
        })
    }

    /// The same client with other pauses between attempts.
    #[must_use]
    pub fn with_retry(self, retry: Retry) -> Self {
        Self { retry, ..self }
    }

    /// Replaces everything in `group` by `families`. Without any, the group stays as an empty one
    /// with a new push time.
    ///
    /// # Errors
    /// When the Pushgateway cannot be reached or does not take all of it; then the group is as it
    /// was.
    pub async fn put<'a>(
        &self,
        group: &GroupKey,
        families: impl IntoIterator<Item = &'a Family>,
    ) -> Result<(), GatewayError> {
        self.push(
            Action::Put(group.clone()),
            Method::PUT,
            group,
            Body::render(families),
        )
        .await
    }

    /// Replaces the families of the same names in `group`, and leaves its others.
    ///
    /// # Errors
    /// As [`Gateway::put`].
    pub async fn post<'a>(
        &self,
        group: &GroupKey,
        families: impl IntoIterator<Item = &'a Family>,
    ) -> Result<(), GatewayError> {
        self.push(
            Action::Post(group.clone()),
            Method::POST,
            group,
            Body::render(families),
        )
        .await
    }

    /// Removes `group`. The Pushgateway does so a moment later, and is content with a group that
    /// does not exist.
    ///
    /// # Errors
    /// When the Pushgateway cannot be reached or does not accept it.
    pub async fn delete(&self, group: &GroupKey) -> Result<(), GatewayError> {
        let action = Action::Delete(group.clone());
        let request = self.client.delete(self.address.group(group));
        self.send(&action, request).await.map(drop)
    }

    async fn push(
        &self,
        action: Action,
        method: Method,
        group: &GroupKey,
        body: Body,
    ) -> Result<(), GatewayError> {
        let request = self.client.request(method, self.address.group(group));
        let request = request.header(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8");
        let request = match body {
            Body::Plain(text) => request.body(text),
            Body::Gzip(bytes) => request.header(CONTENT_ENCODING, "gzip").body(bytes),
        };
        self.send(&action, request).await.map(drop)
    }

    /// Sends a request until it succeeds, fails for good or has been tried often enough; gives the
    /// answer's body.
    async fn send(
        &self,
        action: &Action,
        request: RequestBuilder,
    ) -> Result<Vec<u8>, GatewayError> {
        let request = request
            .build()
            .map_err(|e| GatewayError::from_transport(action.clone(), &self.address, e))?;
        let attempt = || async {
            #[expect(clippy::expect_used, reason = "only streamed bodies have no copy")]
            let copy = request.try_clone().expect("the body is in memory");
            self.attempt(action, copy).await
        };
        attempt
            .retry(self.retry.backoff())
            .when(GatewayError::is_passing)
            .notify(|error, pause| {
                tracing::info!(
                    error = fault::chain(error),
                    pause_ms = pause.as_millis(),
                    "Pushgateway will be asked again"
                );
            })
            .await
    }

    async fn attempt(&self, action: &Action, request: Request) -> Result<Vec<u8>, GatewayError> {
        let transport = |error| GatewayError::from_transport(action.clone(), &self.address, error);
        let response = self.client.execute(request).await.map_err(transport)?;
        if !response.status().is_success() {
            return Err(GatewayError::from_response(action.clone(), &self.address, response).await);
        }
        Ok(response.bytes().await.map_err(transport)?.into())
    }
}

impl fmt::Display for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.address.fmt(f)
    }
}
