//! Expressions of dashboards: PromQL with Grafana's variables in it.
//!
//! No parser understands the variables, so they are replaced before and put back after ([`fill`]). What
//! does not parse then is *not understood by this parser*, which knows the language of Prometheus 2.45;
//! it is no proof that Prometheus would refuse it.

mod bounds;
pub mod fill;
mod names;
mod variable;

use std::borrow::Cow;
use std::collections::BTreeSet;

use common::promql::{folded, uncommented};
use promql_parser::parser::Expr;

use fill::Otherwise;

pub use names::{answered, names};

/// An expression that this parser does not understand, with the parser's own words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not understood by this parser: {0}")]
pub struct PromqlError(String);

/// Grafana's variables replaced by something that parses: durations in brackets and after `offset`,
/// numbers for `$__interval_ms` and the like, words elsewhere.
///
/// `rate(x{a="$a"}[$__rate_interval])` becomes `rate(x{a="grafanaVariable"}[5m])`.
pub fn substitute(expr: &str) -> Cow<'_, str> {
    fill::plain(expr, Otherwise::Word)
}

/// Parses an expression, variables and all. Where a word does not fit the place of a variable, as in
/// `topk($n, x)`, it is taken for a number.
///
/// # Errors
/// When this parser does not understand it.
pub fn parse(expr: &str) -> Result<Expr, PromqlError> {
    let words = substitute(expr);
    let error = match raw(&words) {
        Ok(expr) => return Ok(expr),
        Err(error) => error,
    };
    let numbers = fill::plain(expr, Otherwise::Number);
    if numbers == words {
        return Err(error);
    }
    raw(&numbers).map_err(|_| error)
}

/// The expression as it compares: equal for two that differ in blanks, line breaks, comments, the order
/// of label matchers or the way a variable is written, and for no others.
///
/// One that does not parse is its own text with every run of blanks outside of strings made one blank.
pub fn normal(expr: &str) -> String {
    let expr = &*uncommented(expr);
    // The parser's printer rounds a time after `@`, and writes one before 1970 as 0.
    let printable = !expr.contains('@');
    [Otherwise::Word, Otherwise::Number]
        .into_iter()
        .filter(|_| printable)
        .find_map(|otherwise| {
            let marked = fill::marked(expr, otherwise)?;
            let parsed = raw(&marked.text).ok()?;
            Some(marked.put_back(&parsed.to_string()))
        })
        .unwrap_or_else(|| folded(expr))
}

/// The names of the metrics and recording rules that an expression selects. Those with a variable in
/// them are left out, as is everything in an expression that does not parse.
pub fn selectors(expr: &str) -> BTreeSet<String> {
    parse(expr).map(|expr| names(&expr)).unwrap_or_default()
}

/// The names of Grafana's variables in any text. Those that Grafana itself defines (`__range`) are left
/// out, and so are references to groups of regular expressions (`$1`).
pub fn variables(text: &str) -> BTreeSet<String> {
    variable::find(text)
        .filter(|variable| !variable.name.starts_with("__"))
        .map(|variable| variable.name.to_owned())
        .collect()
}

/// Parses what has no variables any more.
fn raw(expr: &str) -> Result<Expr, PromqlError> {
    bounds::check(expr).map_err(|why| PromqlError(why.to_owned()))?;
    promql_parser::parser::parse(expr).map_err(PromqlError)
}

#[cfg(test)]
mod tests;
