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

/// The same for all objects of a namespace in one answer: 50 dashboards are 2 MB, and 10 MB if they
/// are large.
const LIST_LIMIT_BYTES: usize = 32 << 20;

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
        let token = self.token(what).await?;
        let first = self.attempt(what, with_token(&request, token.as_ref()));
        let answer = first.await?;
        match (&self.0.tokens, token) {
            (Some(tokens), Some(token)) if answer.status == 401 => {
                tokens.refused(&token).await;
                let token = self.token(what).await?;
                self.attempt(what, with_token(&request, token.as_ref()))
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

    async fn attempt(&self, what: &Ask, request: Request<Vec<u8>>) -> Result<Answer, ClusterError> {
        let begun = Instant::now();
        // On the heap: kube's future is a large one.
        let call = tokio::time::timeout(self.0.timeouts.call, Box::pin(self.send(what, request)));
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

    async fn send(&self, what: &Ask, request: Request<Vec<u8>>) -> Result<Answer, NoAnswer> {
        let request = request.map(kube::client::Body::from);
        let sent = self.0.client.send(request).await;
        let response = sent.map_err(|error| transport::classify(&error))?;
        let (parts, body) = response.into_parts();
        // The body is decompressed on its way here, piece by piece: the limit counts what comes out.
        let body = Limited::new(body, limit_bytes(what.verb)).collect().await;
        let body = body.map_err(|error| transport::classify_body(&*error))?;
        Ok(Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: body.to_bytes().into(),
        })
    }

    /// A failure without an answer.
    pub(super) fn failure(&self, what: &Ask, kind: Kind, reason: String) -> ClusterError {
        ClusterError {
            cluster: self.0.name.clone(),
            what: Box::new(what.clone()),
            kind,
            status: None,
            reason,
            skew: None,
            retry_after: None,
            conflicts: Vec::new(),
            message: None,
        }
    }

    /// Reads an object out of a success; a failure becomes an error.
    pub(super) fn decode<T: DeserializeOwned>(
        &self,
        what: &Ask,
        answer: &Answer,
    ) -> Result<T, ClusterError> {
        if let Some(kind) = Kind::of_status(answer.status) {
            return Err(self.refusal(what, answer, kind));
        }
        serde_json::from_slice(&answer.body).map_err(|error| {
            // Its text quotes values.
            let place = format!("not read: line {} column {}", error.line(), error.column());
            self.failure(what, Kind::Undecodable, place)
        })
    }

    /// Takes a proxied answer as it is: 200 and text, or an error.
    pub(super) fn text(&self, what: &Ask, answer: Answer) -> Result<String, ClusterError> {
        match Kind::of_status(answer.status) {
            None if answer.status == 200 => String::from_utf8(answer.body)
                .map_err(|_| self.failure(what, Kind::Undecodable, "not text".to_owned())),
            None => Err(self.refusal(what, &answer, Kind::Undecodable)),
            Some(kind) if answer.reason().is_some() => Err(self.refusal(what, &answer, kind)),
            // Not the API server has spoken but the pod behind it, and its refusals are not RBAC's.
            Some(kind) => {
                let kind = if matches!(kind, Kind::Unauthorized | Kind::Denied | Kind::Conflict) {
                    Kind::Invalid
                } else {
                    kind
                };
                let mut error = self.refusal(what, &answer, kind);
                error.reason += ", said by the pod";
                Err(error)
            }
        }
    }

    fn refusal(&self, what: &Ask, answer: &Answer, kind: Kind) -> ClusterError {
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
