//! From what the mail library reports to a [`Reply`].

use std::error::Error as _;
use std::io;
use std::time::Duration;

use lettre::transport::smtp::Error;
use lettre::transport::smtp::response::Response;

use super::reply::{Reply, Step, Verdict, classify};

/// What the library says when the connection ends in the middle of an answer.
const CUT_SHORT: &str = "incomplete response";

impl Reply {
    /// What the server answered.
    pub(super) fn answered(step: Step, response: &Response) -> Self {
        let text = response.message().collect::<Vec<_>>().join(" ");
        Self::said(step, response.code().into(), text)
    }

    fn said(step: Step, code: u16, text: String) -> Self {
        Self {
            verdict: classify(step, code, &text),
            step,
            code: Some(code),
            text,
        }
    }

    /// A verdict of ours.
    pub(super) fn unsaid(step: Step, verdict: Verdict, text: impl Into<String>) -> Self {
        Self {
            verdict,
            step,
            code: None,
            text: text.into(),
        }
    }

    pub(super) fn silent(step: Step, limit: Duration) -> Self {
        let text = format!("no answer within {} s", limit.as_secs_f64());
        Self::unsaid(step, Verdict::Silent, text)
    }

    pub(super) fn failed(step: Step, error: &Error) -> Self {
        let cause = root_cause(error);
        if let Some(code) = error.status() {
            // Here the cause is the server's text.
            return Self::said(step, code.into(), cause);
        }
        if cause == CUT_SHORT {
            return Self::unsaid(step, Verdict::Unreachable, "the connection was cut");
        }
        if error.is_response() {
            return Self::unsaid(step, Verdict::Protocol, "the answer is not SMTP");
        }
        let verdict = if error.is_client() {
            Verdict::Protocol
        } else if error.is_tls() || is_handshake(step, error) {
            Verdict::Tls
        } else {
            Verdict::Unreachable
        };
        Self::unsaid(step, verdict, cause)
    }
}

fn causes(error: &Error) -> impl Iterator<Item = &(dyn std::error::Error + 'static)> {
    std::iter::successors(error.source(), |&cause| cause.source())
}

/// The innermost text, which says the most.
fn root_cause(error: &Error) -> String {
    causes(error)
        .last()
        .map(ToString::to_string)
        .unwrap_or_default()
}

/// Whether TLS was what failed: while it is being set up, what it objects to arrives as invalid data,
/// and a server that objects to us hangs up.
fn is_handshake(step: Step, error: &Error) -> bool {
    let kind = causes(error)
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .map(io::Error::kind)
        .last();
    match kind {
        Some(io::ErrorKind::InvalidData) => true,
        Some(io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset) => {
            step == Step::StartTls
        }
        // No I/O at all: the name cannot stand in a certificate.
        None => step == Step::StartTls,
        Some(_) => false,
    }
}
