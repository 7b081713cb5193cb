//! The one door to an API server: every call goes through here and is limited, counted and, when it
//! fails, reduced to what may be told.
//!
//! kube's own methods are not used behind the connection: they log answers that they cannot read,
//! and a Secret can be among them.

use http::{HeaderValue, Request, header};
use http_body_util::{BodyExt as _, Limited};
use jiff::SignedDuration;
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use super::answer::{Answer, Words};
use super::ask::{Ask, Verb};
use super::error::{ClusterError, Kind};
use super::{Cluster, transport};
use crate::aws::{CallKind, CallResult};
use crate::secret::{ExposeSecret as _, SecretString};

/// The largest answer that is read, after it has been decompressed.
const BODY_LIMIT_BYTES: usize = 8 << 20;

/// The same for all objects of a namespace in one answer (50 dashboards are 2 MB, and 10 MB if they are
/// large), and for what a server behind the proxy says.
pub(super) const LIST_LIMIT_BYTES: usize = 32 << 20;

/// No answer, or none that could be read.
#[derive(Debug)]
pub(super) struct NoAnswer {
    pub(super) kind: Kind,
    pub(super) reason: String,
}

impl Cluster {
    /// Makes one call. A token that is refused is renewed once and the call repeated: a server that
    /// does not know who asks has done nothing.
    pub(super) async fn exchange(
        &self,
        what: &Ask,
        request: Request<Vec<u8>>,
    ) -> Result<Answer, ClusterError> {
        self.exchange_up_to(limit_bytes(what.verb), what, request)
            .await
    }

    /// The same with another limit for the answer.
    pub(super) async fn exchange_up_to(
        &self,
        limit_bytes: usize,
        what: &Ask,
        request: Request<Vec<u8>>,
    ) -> Result<Answer, ClusterError> {
        let token = self.token(what).await?;
        let first = self.attempt(limit_bytes, what, with_token(&request, token.as_ref()));
        let answer = first.await?;
        match (&self.0.tokens, token) {
            (Some(tokens), Some(token)) if answer.status == 401 => {
                tokens.refused(&token).await;
                let token = self.token(what).await?;
                self.attempt(limit_bytes, what, with_token(&request, token.as_ref()))
                    .await
            }
            _ => Ok(answer),
        }
    }

    async fn token(&self, what: &Ask) -> Result<Option<SecretString>, ClusterError> {
        let Some(tokens) = &self.0.tokens else {
            return Ok(None);
        };
        match tokens.current().await {
            Ok(token) => Ok(Some(token)),
            Err(error) => Err(self.failure(what, Kind::Unauthorized, error.to_string())),
        }
    }

    async fn attempt(
        &self,
        limit_bytes: usize,
        what: &Ask,
        request: Request<Vec<u8>>,
    ) -> Result<Answer, ClusterError> {
        let begun = Instant::now();
        // On the heap: kube's future is a large one.
        let sending = Box::pin(self.send(limit_bytes, request));
        let call = tokio::time::timeout(self.0.timeouts.call, sending);
        let outcome = call.await.unwrap_or_else(|_| Err(NoAnswer::late()));
        let status = outcome.as_ref().ok().map(|answer| answer.status);
        let elapsed = begun.elapsed();
        tracing::debug!(
            service = "kubernetes",
            operation = what.operation(),
            cluster.name = self.0.name.as_str(),
            status,
            elapsed_ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
            "Kubernetes called"
        );
        self.0.meter.add(CallKind {
            service: "kubernetes".to_owned(),
            operation: what.operation(),
            result: result(status),
        });
        outcome.map_err(|NoAnswer { kind, reason }| self.failure(what, kind, reason))
    }

    async fn send(
        &self,
        limit_bytes: usize,
        request: Request<Vec<u8>>,
    ) -> Result<Answer, NoAnswer> {
        let request = request.map(kube::client::Body::from);
        let sent = self.0.client.send(request).await;
        let response = sent.map_err(|error| transport::classify(&error))?;
        let (parts, body) = response.into_parts();
        // The body is decompressed on its way here, piece by piece: the limit counts what comes out.
        let mut rest = Limited::new(body, limit_bytes);
        // Piece by piece into one place: large pages are not held twice.
        let mut body = Vec::new();
        while let Some(frame) = rest.frame().await {
            let frame = frame.map_err(|error| transport::classify_body(&*error))?;
            if let Ok(data) = frame.into_data() {
                body.extend_from_slice(&data);
            }
        }
        Ok(Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body,
        })
    }

    /// A failure without an answer.
    pub(super) fn failure(&self, what: &Ask, kind: Kind, reason: String) -> ClusterError {
        ClusterError::unanswered(&self.0.name, what, kind, reason)
    }

    /// Reads an object out of a success; a failure becomes an error.
    pub(super) fn decode<T: DeserializeOwned>(
        &self,
        what: &Ask,
        answer: &Answer,
    ) -> Result<T, ClusterError> {
        self.accept(what, answer)?;
        serde_json::from_slice(&answer.body)
            .map_err(|error| ClusterError::unread(&self.0.name, what, &error))
    }

    /// Lets a success pass; a failure becomes an error.
    pub(super) fn accept(&self, what: &Ask, answer: &Answer) -> Result<(), ClusterError> {
        match Kind::of_status(answer.status) {
            Some(kind) => Err(self.refusal(what, answer, kind)),
            None => Ok(()),
        }
    }

    pub(super) fn refusal(&self, what: &Ask, answer: &Answer, kind: Kind) -> ClusterError {
        let now = self.0.clock.now();
        let skew = (kind == Kind::Unauthorized)
            .then(|| answer.skew(now))
            .flatten();
        let known = http::StatusCode::from_u16(answer.status).ok();
        let known = known.and_then(|status| status.canonical_reason());
        let mut reason = answer
            .reason()
            .unwrap_or_else(|| known.unwrap_or("unknown").to_owned());
        if let Some(skew) = skew {
            reason += &clock_is_off(skew);
        }
        let Words { message, conflicts } = if what.may_be_quoted() {
            answer.words()
        } else {
            Words::default()
        };
        ClusterError {
            status: Some(answer.status),
            skew: skew.map(Box::new),
            retry_after: answer.retry_after(now),
            conflicts,
            message,
            ..self.failure(what, kind, reason)
        }
    }
}

impl NoAnswer {
    pub(super) fn late() -> Self {
        Self {
            kind: Kind::Timeout,
            reason: "no answer within the time limit".to_owned(),
        }
    }
}

const fn limit_bytes(verb: Verb) -> usize {
    match verb {
        Verb::List => LIST_LIMIT_BYTES,
        Verb::Get | Verb::Create | Verb::Update | Verb::Patch | Verb::Delete => BODY_LIMIT_BYTES,
    }
}

fn clock_is_off(skew: SignedDuration) -> String {
    let by = skew.abs();
    let direction = if skew.is_negative() {
        "behind"
    } else {
        "ahead of"
    };
    format!(": this machine's clock is {by:#} {direction} the server's")
}

fn with_token(request: &Request<Vec<u8>>, token: Option<&SecretString>) -> Request<Vec<u8>> {
    let mut request = request.clone();
    let value = token.map(|token| format!("Bearer {}", token.expose_secret()));
    // A token is made of characters that a header can carry.
    if let Some(Ok(mut value)) = value.map(HeaderValue::try_from) {
        value.set_sensitive(true);
        request.headers_mut().insert(header::AUTHORIZATION, value);
    }
    request
}

const fn result(status: Option<u16>) -> CallResult {
    match status {
        Some(200..=299) => CallResult::Ok,
        Some(401 | 403) => CallResult::Denied,
        Some(429) => CallResult::Throttled,
        Some(_) | None => CallResult::Error,
    }
}
