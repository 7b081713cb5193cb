//! Why a request to a Pushgateway failed.

use std::fmt;

use reqwest::StatusCode;

use super::address::Address;
use super::group::GroupKey;
use crate::exit::Exit;
use crate::fault::Fault;

/// Characters of an answer that are kept as the reason.
const REASON_CHARS_MAX: usize = 300;

/// Bytes of an answer that are read to find the reason.
const REASON_BYTES_MAX: usize = 8 * 1024;

/// What was asked of the Pushgateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Replace the group.
    Put(GroupKey),
    /// Replace some families of the group.
    Post(GroupKey),
    /// Remove the group.
    Delete(GroupKey),
    /// List everything that is stored.
    ReadBack,
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Put(group) => write!(f, "pushing group `{group}`"),
            Self::Post(group) => write!(f, "updating group `{group}`"),
            Self::Delete(group) => write!(f, "deleting group `{group}`"),
            Self::ReadBack => f.write_str("reading what the Pushgateway holds"),
        }
    }
}

/// A request to a Pushgateway that did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// No whole answer: refused, reset or timed out.
    #[error("{action}: no answer from {gateway}")]
    Unreachable {
        /// What was asked.
        action: Action,
        /// Whom, without user name and password.
        gateway: String,
        /// What the HTTP client says.
        #[source]
        source: reqwest::Error,
    },
    /// 429 or 5xx.
    #[error("{action}: the Pushgateway answered {status}{}", Reason(.reason))]
    Unavailable {
        /// What was asked.
        action: Action,
        /// The status of the last attempt.
        status: StatusCode,
        /// One line of the answer.
        reason: String,
    },
    /// 400: the push itself is wrong, or contradicts what is stored.
    #[error("{action}: the Pushgateway refused it{}", Reason(.reason))]
    Rejected {
        /// What was asked.
        action: Action,
        /// One line of the answer.
        reason: String,
    },
    /// 401 or 403.
    #[error("{action}: the Pushgateway answered {status}{}", Reason(.reason))]
    Denied {
        /// What was asked.
        action: Action,
        /// 401 or 403.
        status: StatusCode,
        /// One line of the answer.
        reason: String,
    },
    /// Anything else, such as a redirect or 404: probably not a Pushgateway.
    #[error("{action}: unexpected answer {status} from {gateway}{}", Reason(.reason))]
    Unexpected {
        /// What was asked.
        action: Action,
        /// Whom, without user name and password.
        gateway: String,
        /// The status.
        status: StatusCode,
        /// One line of the answer.
        reason: String,
    },
    /// The answer is not what the Pushgateway's API promises.
    #[error("{action}: the answer cannot be understood")]
    Undecodable {
        /// What was asked.
        action: Action,
        /// Where the answer differs.
        #[source]
        source: serde_json::Error,
    },
}

/// A reason behind a colon, or nothing.
struct Reason<'a>(&'a str);

impl fmt::Display for Reason<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            Ok(())
        } else {
            write!(f, ": {}", self.0)
        }
    }
}

impl GatewayError {
    /// The fault that an answer which is not 2xx stands for.
    pub(super) async fn from_response(
        action: Action,
        gateway: &Address,
        response: reqwest::Response,
    ) -> Self {
        let status = response.status();
        let reason = reason(response).await;
        match status {
            StatusCode::BAD_REQUEST => Self::Rejected { action, reason },
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Self::Denied {
                action,
                status,
                reason,
            },
            _ if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() => {
                Self::Unavailable {
                    action,
                    status,
                    reason,
                }
            }
            _ => Self::Unexpected {
                action,
                gateway: gateway.to_string(),
                status,
                reason,
            },
        }
    }

    /// The fault that a failed exchange stands for.
    pub(super) fn from_transport(
        action: Action,
        gateway: &Address,
        source: reqwest::Error,
    ) -> Self {
        Self::Unreachable {
            action,
            gateway: gateway.to_string(),
            source: source.without_url(),
        }
    }

    /// Whether the same request may succeed in a moment.
    ///
    /// Not after a time-out of the whole request: more pushes make a slow Pushgateway slower.
    pub(super) fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable { source, .. } => source.is_connect() || !source.is_timeout(),
            Self::Unavailable { .. } => true,
            Self::Rejected { .. }
            | Self::Denied { .. }
            | Self::Unexpected { .. }
            | Self::Undecodable { .. } => false,
        }
    }
}

impl Fault for GatewayError {
    fn exit(&self) -> Exit {
        match self {
            Self::Denied { .. } => Exit::Denied,
            Self::Unreachable { .. }
            | Self::Unavailable { .. }
            | Self::Rejected { .. }
            | Self::Unexpected { .. }
            | Self::Undecodable { .. } => Exit::Transient,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Unreachable { .. } => "push-unreachable",
            Self::Unavailable { .. } => "push-unavailable",
            Self::Rejected { .. } => "push-rejected",
            Self::Denied { .. } => "push-denied",
            Self::Unexpected { .. } => "push-unexpected",
            Self::Undecodable { .. } => "push-undecodable",
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Unreachable { .. } => {
                "check that the Pushgateway runs and that the network policy lets this pod reach it"
            }
            Self::Unavailable { .. } => "look at the Pushgateway's own log",
            Self::Rejected { .. } => {
                "find the other group with the family that the reason names: types must agree in all groups"
            }
            Self::Denied { .. } => "check user name and password in the Pushgateway's URL",
            Self::Unexpected { .. } => {
                "check the Pushgateway's URL and what stands between it and this pod"
            }
            Self::Undecodable { .. } => {
                "check that the URL leads to a Pushgateway of release 1.0 or later"
            }
        };
        Some(hint.to_owned())
    }
}

/// The start of an answer as one line. What cannot be read counts as absent: the status says more.
async fn reason(mut response: reqwest::Response) -> String {
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        body.extend_from_slice(&chunk);
        if body.len() >= REASON_BYTES_MAX {
            break;
        }
    }
    one_line(&String::from_utf8_lossy(&body))
}

fn one_line(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    let line = words
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    match line.char_indices().nth(REASON_CHARS_MAX.saturating_sub(1)) {
        Some((cut, last)) if line.len() > cut.saturating_add(last.len_utf8()) => {
            line.get(..cut).unwrap_or_default().to_owned() + "…"
        }
        _ => line,
    }
}

#[cfg(test)]
mod tests {
    use super::{REASON_CHARS_MAX, one_line};

    #[test]
    fn a_reason_is_one_line_of_at_most_300_characters() {
        assert_eq!(one_line(" a\r\n\tb\u{1b}[1m \n"), "a b [1m");
        assert_eq!(
            one_line(&"é".repeat(REASON_CHARS_MAX)),
            "é".repeat(REASON_CHARS_MAX)
        );
        let cut = one_line(&"é".repeat(REASON_CHARS_MAX + 1));
        assert_eq!(cut, "é".repeat(REASON_CHARS_MAX - 1) + "…");
    }
}
