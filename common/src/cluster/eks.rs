//! Bearer tokens for EKS: a presigned `GetCallerIdentity` that the API server carries out in our
//! name. Making one takes AWS credentials and no call of its own.
//!
//! <https://github.com/kubernetes-sigs/aws-iam-authenticator#api-authorization-from-outside-a-cluster>

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials as _, SharedCredentialsProvider};
use aws_sigv4::http_request::{
    SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign,
};
use aws_sigv4::sign::v4;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Mutex;

use crate::aws::why_no_credentials;
use crate::clock::Clock;
use crate::secret::{ExposeSecret as _, SecretString};

/// What `X-Amz-Expires` says. The server takes a token for 15 minutes after its date in any case.
const EXPIRES: Duration = Duration::from_mins(1);

/// How long a token is reused: a minute less than the server takes it.
const REUSE: SignedDuration = SignedDuration::from_mins(14);

const PREFIX: &str = "k8s-aws-v1.";

/// No token could be made.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// There are no AWS credentials, or they could not be fetched.
    #[error("no token: {0}")]
    Credentials(String),
    /// Cluster name, region or credentials hold characters that no request can carry.
    #[error("no token: cluster name, region or credentials cannot be put into a request")]
    Unsignable,
}

/// Makes a token for the EKS cluster of this name, dated `at`.
///
/// # Errors
/// When one of the arguments cannot stand in a URL or header.
pub fn eks_token(
    credentials: &Credentials,
    cluster: &str,
    region: &str,
    at: Timestamp,
) -> Result<SecretString, TokenError> {
    // Anything else could make the URL one of another host.
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if region.is_empty() || !region.chars().all(plain) {
        return Err(TokenError::Unsignable);
    }
    let suffix = if region.starts_with("cn-") { ".cn" } else { "" };
    let url = format!(
        "https://sts.{region}.amazonaws.com{suffix}/?Action=GetCallerIdentity&Version=2011-06-15"
    );
    let mut settings = SigningSettings::default();
    settings.signature_location = SignatureLocation::QueryParams;
    settings.expires_in = Some(EXPIRES);
    let identity = credentials.clone().into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name("sts")
        .time(SystemTime::from(at))
        .settings(settings)
        .build()
        .map_err(|_| TokenError::Unsignable)?
        .into();
    // The server sends this header along when it carries the request out: the token is good for
    // one cluster only.
    let headers = [("x-k8s-aws-id", cluster)];
    let request = SignableRequest::new("GET", &url, headers.into_iter(), SignableBody::empty())
        .map_err(|_| TokenError::Unsignable)?;
    let signed = sign(request, &params).map_err(|_| TokenError::Unsignable)?;
    let mut request = http::Request::new(());
    *request.uri_mut() = url.parse().map_err(|_| TokenError::Unsignable)?;
    signed.into_parts().0.apply_to_request_http1x(&mut request);
    let url = SecretString::from(request.uri().to_string());
    let token = PREFIX.to_owned() + &URL_SAFE_NO_PAD.encode(url.expose_secret());
    Ok(token.into())
}

/// Tokens of one identity for one cluster, each made when it is needed.
#[derive(Debug)]
pub(super) struct Tokens {
    cluster: String,
    region: String,
    credentials: SharedCredentialsProvider,
    clock: Clock,
    current: Mutex<Option<Token>>,
}

#[derive(Debug)]
struct Token {
    text: SecretString,
    made: Timestamp,
    until: Timestamp,
}

impl Tokens {
    pub(super) fn new(
        cluster: String,
        region: String,
        credentials: SharedCredentialsProvider,
        clock: Clock,
    ) -> Self {
        Self {
            cluster,
            region,
            credentials,
            clock,
            current: Mutex::new(None),
        }
    }

    /// The token to use now.
    pub(super) async fn current(&self) -> Result<SecretString, TokenError> {
        let mut current = self.current.lock().await;
        let now = self.clock.now();
        if let Some(token) = &*current
            && (token.made..token.until).contains(&now)
        {
            return Ok(token.text.clone());
        }
        let token = self.make(now).await?;
        let text = token.text.clone();
        *current = Some(token);
        Ok(text)
    }

    /// Forgets a token that the server has refused. One that somebody else has renewed meanwhile
    /// stays.
    pub(super) async fn refused(&self, text: &SecretString) {
        let mut current = self.current.lock().await;
        let held = current.as_ref().map(|token| token.text.expose_secret());
        if held == Some(text.expose_secret()) {
            *current = None;
        }
    }

    async fn make(&self, now: Timestamp) -> Result<Token, TokenError> {
        let credentials = self.credentials.provide_credentials().await;
        let credentials =
            credentials.map_err(|error| TokenError::Credentials(why_no_credentials(&error)))?;
        let text = eks_token(&credentials, &self.cluster, &self.region, now)?;
        let reusable = now.saturating_add(REUSE).unwrap_or(Timestamp::MAX);
        // The server asks STS, which does not take a signature of credentials that have expired.
        let expiry = credentials.expiry();
        let expiry = expiry.and_then(|expiry| Timestamp::try_from(expiry).ok());
        Ok(Token {
            text,
            made: now,
            until: expiry.map_or(reusable, |expiry| expiry.min(reusable)),
        })
    }
}

#[cfg(test)]
mod tests;
