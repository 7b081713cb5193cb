//! Expressions of PromQL in one spelling for each that means the same.
//!
//! Layout, comments, quotes, units, parentheses that change nothing, and the order of matchers and of
//! labels in `by`, `on` and the like do not count. Everything else does: the order of operands, of
//! alternatives in a regular expression, `x{a=""}` and `x`.

mod bounds;
mod print;
#[cfg(test)]
mod tests;

pub(super) use common::promql::folded;
use common::promql::uncommented;

/// Reads an expression. Nothing when the parser, which knows the language of Prometheus 2.45 and some of
/// what came later, does not understand it; that is no proof that Prometheus would not.
pub(super) fn parse(text: &str) -> Option<String> {
    let text = uncommented(text);
    if !bounds::fits(&text) {
        return None;
    }
    let parsed = promql_parser::parser::parse(&text).ok()?;
    let mut printed = String::with_capacity(text.len());
    print::expression(&parsed, &mut printed)?;
    Some(printed)
}
