//! An answer as it came, and what of it may be told.

use std::time::Duration;

use http::{HeaderMap, HeaderName, header};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::conflict::FieldConflict;
use crate::stranger;

/// From here on a token's date is too far from the server's.
const SKEW_LIMIT: SignedDuration = SignedDuration::from_mins(5);

/// Longest text that is repeated after the server.
const WORDS_CHARS_MAX: usize = 500;

/// An answer of any status, read to its end.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

/// The server's own words about a refusal.
#[derive(Debug, Default)]
pub(super) struct Words {
    pub(super) message: Option<Box<str>>,
    pub(super) conflicts: Vec<FieldConflict>,
}

/// The object that an API server refuses with: what of it tells that it is one.
#[derive(Deserialize)]
struct Status {
    kind: String,
    #[serde(default)]
    reason: String,
}

/// The rest of it.
#[derive(Default, Deserialize)]
struct Explanation {
    #[serde(default)]
    message: Option<String>,
    #[serde(default)]
    details: Option<Details>,
}

#[derive(Deserialize)]
struct Details {
    #[serde(default)]
    causes: Option<Vec<Cause>>,
}

#[derive(Deserialize)]
struct Cause {
    #[serde(default)]
    reason: String,
    #[serde(default)]
    message: String,
    #[serde(default)]
    field: String,
}

impl Answer {
    fn refusal(&self) -> Option<Status> {
        let status: Status = serde_json::from_slice(&self.body).ok()?;
        (status.kind == "Status").then_some(status)
    }

    /// Whether an API server has said it: its refusals are `Status` objects.
    pub(super) fn is_refusal(&self) -> bool {
        self.refusal().is_some()
    }

    /// The reason in a `Status` object, if that is what was answered: one word of a known list.
    pub(super) fn reason(&self) -> Option<String> {
        let reason = self.refusal()?.reason;
        let word = reason.chars().all(|c| c.is_ascii_alphanumeric());
        (word && !reason.is_empty()).then_some(reason)
    }

    /// Message and conflicts of a `Status` object. Only for calls whose answers may be quoted.
    pub(super) fn words(&self) -> Words {
        if self.refusal().is_none() {
            return Words::default();
        }
        let status: Explanation = serde_json::from_slice(&self.body).unwrap_or_default();
        let causes = status.details.and_then(|details| details.causes);
        let causes = causes.unwrap_or_default().into_iter();
        let conflicts = causes
            .filter(|cause| self.status == 409 && cause.reason == "FieldManagerConflict")
            .filter_map(|cause| FieldConflict::read(&line(&cause.message), &line(&cause.field)));
        Words {
            conflicts: conflicts.collect(),
            message: status
                .message
                .map(|message| line(&message).into_boxed_str())
                .filter(|message| !message.is_empty()),
        }
    }

    /// For how long a server that has too much to do wants to be left alone.
    pub(super) fn retry_after(&self, now: Timestamp) -> Option<Duration> {
        if !matches!(self.status, 429 | 503) {
            return None;
        }
        let value = self.headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
        if let Ok(seconds) = value.parse() {
            return Some(Duration::from_secs(seconds));
        }
        // A date is the server's: its own clock says how far away it is.
        let now = self.date(&header::DATE).unwrap_or(now);
        let wait = self.date(&header::RETRY_AFTER)?.duration_since(now);
        // What is past has been waited for.
        Some(wait.try_into().unwrap_or_default())
    }

    /// How far `now` is ahead of the server's clock, if that is too far.
    pub(super) fn skew(&self, now: Timestamp) -> Option<SignedDuration> {
        let skew = now.duration_since(self.date(&header::DATE)?);
        let skew = SignedDuration::from_secs(skew.as_secs());
        (skew.abs() > SKEW_LIMIT).then_some(skew)
    }

    fn date(&self, name: &HeaderName) -> Option<Timestamp> {
        let date = self.headers.get(name)?.to_str().ok()?;
        Some(jiff::fmt::rfc2822::parse(date).ok()?.timestamp())
    }
}

/// The server's words as they may be told.
fn line(text: &str) -> String {
    stranger::line(text, WORDS_CHARS_MAX)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::{HeaderMap, HeaderName, HeaderValue};

    use super::Answer;

    #[test]
    fn the_time_to_wait_is_read_in_seconds_and_as_a_date_by_the_servers_own_clock() {
        let after = |status, headers: &[(&'static str, &'static str)]| {
            let headers = headers.iter().map(|(name, value)| {
                let (name, value) = (*name, *value);
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            });
            let answer = Answer {
                status,
                headers: headers.collect::<HeaderMap>(),
                body: Vec::new(),
            };
            answer.retry_after("2026-01-02T12:00:00Z".parse().unwrap())
        };
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        let (early, late) = (
            "Fri, 02 Jan 2026 11:59:50 GMT",
            "Fri, 02 Jan 2026 12:00:20 GMT",
        );
        assert_eq!(after(429, &[("retry-after", "7")]), seconds(7));
        assert_eq!(after(503, &[("retry-after", "0")]), seconds(0));
        assert_eq!(after(503, &[("retry-after", late)]), seconds(20));
        assert_eq!(
            after(429, &[("retry-after", late), ("date", early)]),
            seconds(30)
        );
        assert_eq!(after(429, &[("retry-after", early)]), seconds(0));
        for nothing in ["", "soon", "-1", "1.5"] {
            assert_eq!(after(429, &[("retry-after", nothing)]), None, "{nothing}");
        }
        assert_eq!(after(429, &[]), None);
        assert_eq!(after(500, &[("retry-after", "7")]), None);
    }
}
