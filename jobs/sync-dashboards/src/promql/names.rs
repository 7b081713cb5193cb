//! What an expression selects, and whether anything can answer it.

use std::collections::BTreeSet;

use promql_parser::label::MatchOp;
use promql_parser::parser::{Expr, VectorSelector};

use super::fill;

/// The names of the metrics and recording rules that it selects, those with a variable in them left out.
pub fn names(expr: &Expr) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    walk(expr, &mut |expr| {
        if let Some(name) = selector(expr).and_then(name) {
            found.insert(name.to_owned());
        }
    });
    found
}

/// Whether it can have a result when only these metrics exist: `a or b` needs one of the two, `a / b`
/// needs both, and `absent(a)` none.
pub fn answered(expr: &Expr, provided: &BTreeSet<String>) -> bool {
    let can = |expr: &Expr| answered(expr, provided);
    match expr {
        Expr::Binary(it) => match it.op.to_string().as_str() {
            "or" => can(&it.lhs) || can(&it.rhs),
            "unless" => can(&it.lhs),
            _ => can(&it.lhs) && can(&it.rhs),
        },
        Expr::Call(it) if it.func.name.starts_with("absent") => true,
        Expr::Call(it) => it.args.args.iter().all(|arg| can(arg)),
        Expr::Aggregate(it) => can(&it.expr),
        Expr::Unary(it) => can(&it.expr),
        Expr::Paren(it) => can(&it.expr),
        Expr::Subquery(it) => can(&it.expr),
        Expr::VectorSelector(_) | Expr::MatrixSelector(_) => selector(expr)
            .and_then(name)
            .is_none_or(|name| provided.contains(name)),
        Expr::NumberLiteral(_) | Expr::StringLiteral(_) | Expr::Extension(_) => true,
    }
}

/// Goes through all of a tree, parameters of `topk` and the like among it.
pub(super) fn walk<'e>(expr: &'e Expr, seen: &mut impl FnMut(&'e Expr)) {
    seen(expr);
    match expr {
        Expr::Aggregate(it) => {
            if let Some(param) = &it.param {
                walk(param, seen);
            }
            walk(&it.expr, seen);
        }
        Expr::Binary(it) => {
            walk(&it.lhs, seen);
            walk(&it.rhs, seen);
        }
        Expr::Call(it) => it.args.args.iter().for_each(|arg| walk(arg, seen)),
        Expr::Unary(it) => walk(&it.expr, seen),
        Expr::Paren(it) => walk(&it.expr, seen),
        Expr::Subquery(it) => walk(&it.expr, seen),
        Expr::VectorSelector(_)
        | Expr::MatrixSelector(_)
        | Expr::NumberLiteral(_)
        | Expr::StringLiteral(_)
        | Expr::Extension(_) => {}
    }
}

fn selector(expr: &Expr) -> Option<&VectorSelector> {
    if let Expr::VectorSelector(it) = expr {
        return Some(it);
    }
    if let Expr::MatrixSelector(it) = expr {
        return Some(&it.vs);
    }
    None
}

/// The one name that a selector asks for.
fn name(selector: &VectorSelector) -> Option<&str> {
    let labelled = || {
        let matchers = &selector.matchers;
        matchers
            .matchers
            .iter()
            .find(|it| it.name == "__name__" && it.op == MatchOp::Equal)
            .map(|it| it.value.as_str())
    };
    let name = selector.name.as_deref().or_else(labelled)?;
    (!name.is_empty() && !name.contains(fill::WORD)).then_some(name)
}
