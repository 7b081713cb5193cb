//! A call to an API server that failed: what was asked, and of the answer status and reason.
//!
//! The server's free text is no part of `Display`. It is kept beside it for callers who show it, but
//! never for Secrets, because there it can quote their fields: a 422 repeats the value that it
//! refuses. Nor for what a proxied pod may have said: that can be anything.

use std::time::Duration;

use jiff::SignedDuration;

use super::ClusterName;
use super::ask::{Ask, Verb};
use super::conflict::FieldConflict;
use crate::exit::Exit;
use crate::fault::Fault;

/// A failed call. `Display`: `prod-e1-1: get secrets/x in monitoring: 403 Forbidden`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{cluster}: {what}: {}{reason}", status.map(|status| format!("{status} ")).unwrap_or_default())]
pub struct ClusterError {
    /// Whose API server was called.
    pub cluster: ClusterName,
    /// What was asked of which object.
    pub what: Box<Ask>,
    /// What a caller decides on.
    pub kind: Kind,
    /// The HTTP status, when there was an answer.
    pub status: Option<u16>,
    /// The server's reason, one word such as `Forbidden`; or what went wrong on the way.
    pub reason: String,
    /// For a 401, how far this machine's clock is ahead of the server's, when that is too far for a
    /// token to be accepted. In a box, as all errors are moved around with it.
    pub skew: Option<Box<SignedDuration>>,
    /// For a 429 or 503, how long the server wants to be left alone, if it says so.
    pub retry_after: Option<Duration>,
    /// For a 409 of [`Cluster::apply`](super::Cluster::apply), who else holds which fields. Never
    /// for Secrets.
    pub conflicts: Vec<FieldConflict>,
    /// The server's own words, on one line of at most 500 characters without control characters.
    /// Never for Secrets and proxied pods.
    pub message: Option<Box<str>>,
}

/// Kinds of failure, by what to do about them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// No connection: refused, reset, name not found.
    Unreachable,
    /// Somebody answered who cannot prove to be this API server.
    Untrusted,
    /// No answer in time.
    Timeout,
    /// The server does not know who asks (401).
    Unauthorized,
    /// The server knows who asks and says no (403).
    Denied,
    /// There is no such object, or no such kind of object (404).
    NotFound,
    /// The object is not what the call assumed: somebody else has changed it (409).
    Conflict,
    /// What was asked for is no longer kept: the rest of a list whose pages were read too slowly (410).
    Expired,
    /// The request itself was refused (other 4xx).
    Invalid,
    /// Called too often (429).
    Throttled,
    /// The server failed (5xx).
    Server,
    /// An answer that cannot be understood.
    Undecodable,
    /// An answer beyond the limit, of which nothing is kept.
    TooLarge,
}

impl Kind {
    /// Of an answer with this status; `None` for a success.
    pub(super) const fn of_status(status: u16) -> Option<Self> {
        Some(match status {
            200..=299 => return None,
            401 => Self::Unauthorized,
            403 => Self::Denied,
            404 => Self::NotFound,
            409 => Self::Conflict,
            410 => Self::Expired,
            429 => Self::Throttled,
            400..=499 => Self::Invalid,
            500..=599 => Self::Server,
            // A redirect is not followed: it would carry the token to somewhere else.
            _ => Self::Undecodable,
        })
    }
}

impl ClusterError {
    /// A failure without an answer.
    pub(super) fn unanswered(
        cluster: &ClusterName,
        what: &Ask,
        kind: Kind,
        reason: String,
    ) -> Self {
        Self {
            cluster: cluster.clone(),
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

    /// An answer that is not the JSON that it should be: where, but not what, as the text of such an
    /// error quotes values.
    pub(super) fn unread(cluster: &ClusterName, what: &Ask, error: &serde_json::Error) -> Self {
        let place = format!("not read: line {} column {}", error.line(), error.column());
        Self::unanswered(cluster, what, Kind::Undecodable, place)
    }

    /// What is not allowed. That can be more than was asked for: an apply of what is not there makes it,
    /// and the server says that it may not be created.
    fn missing(&self) -> Ask {
        let asked = (*self.what).clone();
        let words = self.message.as_deref().unwrap_or_default();
        let refused = |verb: &Verb| {
            let said = format!("\" cannot {} resource \"{}\"", verb.word(), asked.resource);
            words.contains(&said)
        };
        match Verb::ALL.into_iter().find(refused) {
            Some(verb) if verb != asked.verb => Ask {
                verb,
                // To create cannot be limited to a name.
                name: asked.name.filter(|_| verb != Verb::Create),
                ..asked
            },
            Some(_) | None => asked,
        }
    }
}

impl Fault for ClusterError {
    fn exit(&self) -> Exit {
        match self.kind {
            Kind::Unauthorized | Kind::Denied => Exit::Denied,
            Kind::NotFound | Kind::Invalid | Kind::Untrusted => Exit::Config,
            Kind::Unreachable
            | Kind::Timeout
            | Kind::Conflict
            | Kind::Expired
            | Kind::Throttled
            | Kind::Server
            | Kind::Undecodable
            | Kind::TooLarge => Exit::Transient,
        }
    }

    fn code(&self) -> &'static str {
        match self.kind {
            Kind::Unreachable => "cluster-unreachable",
            Kind::Untrusted => "cluster-untrusted",
            Kind::Timeout => "cluster-timeout",
            Kind::Unauthorized => "cluster-unauthorized",
            Kind::Denied => "cluster-denied",
            Kind::NotFound => "cluster-not-found",
            Kind::Conflict => "cluster-conflict",
            Kind::Expired => "cluster-expired",
            Kind::Invalid => "cluster-invalid",
            Kind::Throttled => "cluster-throttled",
            Kind::Server => "cluster-server-error",
            Kind::Undecodable => "cluster-garbled-answer",
            Kind::TooLarge => "cluster-too-large",
        }
    }

    fn hint(&self) -> Option<String> {
        let Self { cluster, what, .. } = self;
        Some(match self.kind {
            Kind::Denied => {
                let missing = self.missing();
                format!(
                    "allow `{missing}`: add {} to the job's {} {cluster}",
                    missing.rule(),
                    match what.namespace.as_str() {
                        "" => "ClusterRole in".to_owned(),
                        namespace => format!("Role in namespace {namespace} of"),
                    }
                )
            }
            Kind::Unauthorized if self.skew.is_some() => {
                "set this machine's clock: tokens are only good near their time".to_owned()
            }
            Kind::Unauthorized => format!(
                "check who {cluster} knows: its access entries, and the identity that this run has"
            ),
            Kind::Untrusted => format!(
                "give the certificate of the authority that signed the API server of {cluster}, \
                 and its address as the certificate names it"
            ),
            Kind::Unreachable => {
                format!(
                    "check the network and the API server's address of {cluster}, then run again"
                )
            }
            Kind::NotFound => {
                "create it, or correct name and namespace in the configuration".into()
            }
            Kind::Conflict if !self.conflicts.is_empty() => {
                "settle who writes these fields: the other one will not let go by itself".into()
            }
            Kind::Conflict => "run again: it will start from what the other writer left".into(),
            Kind::Expired => "run again: a list has to be read to its end within minutes".into(),
            Kind::TooLarge => format!(
                "look for what has become so large in {cluster}, or read fewer objects at once"
            ),
            Kind::Invalid => format!(
                "look for the reason in the audit log of {cluster}: its words are not repeated here"
            ),
            Kind::Undecodable if what.resource.ends_with("/proxy") => format!(
                "look at what answers there in {cluster}: it wants a login, or is something else"
            ),
            Kind::Timeout | Kind::Throttled | Kind::Server | Kind::Undecodable => {
                format!("run again; if it stays, look at the API server of {cluster}")
            }
        })
    }
}
