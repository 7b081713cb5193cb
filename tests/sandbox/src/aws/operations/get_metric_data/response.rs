//! A page of values and how it is written.

use crate::aws::shape::{Shape, Writer};
use crate::aws::world::MetricRef;

/// One page.
#[derive(Debug)]
pub(crate) struct Response<'a> {
    pub(crate) results: Vec<QueryResult<'a>>,
    pub(crate) messages: Vec<(String, String)>,
    pub(crate) next_token: Option<String>,
}

/// What a page holds of one query.
#[derive(Debug)]
pub(crate) struct QueryResult<'a> {
    pub(crate) id: &'a str,
    pub(super) label: &'a str,
    /// The metric asked for.
    pub(crate) metric: &'a MetricRef<'a>,
    /// Bin starts in epoch seconds with their values.
    pub(crate) points: Vec<(i64, f64)>,
    pub(crate) status: StatusCode,
    pub(crate) messages: Vec<(String, String)>,
}

/// How complete the points of a query are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StatusCode {
    Complete,
    PartialData,
    InternalError,
    Forbidden,
}

impl StatusCode {
    const fn name(self) -> &'static str {
        match self {
            Self::Complete => "Complete",
            Self::PartialData => "PartialData",
            Self::InternalError => "InternalError",
            Self::Forbidden => "Forbidden",
        }
    }
}

impl Shape for Response<'_> {
    fn members<W: Writer>(&self, w: &mut W) {
        w.member("MetricDataResults", |w| {
            w.list(&self.results, |w, result| {
                w.structure(|w| result.members(w));
            });
        });
        w.optional_text("NextToken", self.next_token.as_deref());
        w.member("Messages", |w| write_messages(w, &self.messages));
    }
}

impl Shape for QueryResult<'_> {
    fn members<W: Writer>(&self, w: &mut W) {
        w.text_member("Id", self.id);
        w.text_member("Label", self.label);
        w.member("Timestamps", |w| {
            w.list(&self.points, |w, (at, _)| w.instant(*at));
        });
        w.member("Values", |w| {
            w.list(&self.points, |w, (_, value)| w.double(*value));
        });
        w.text_member("StatusCode", self.status.name());
        if !self.messages.is_empty() {
            w.member("Messages", |w| write_messages(w, &self.messages));
        }
    }
}

fn write_messages<W: Writer>(w: &mut W, messages: &[(String, String)]) {
    let pairs = messages
        .iter()
        .map(|(code, value)| (code.as_str(), value.as_str()));
    w.pairs("Code", "Value", pairs);
}
