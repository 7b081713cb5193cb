//! A parsed expression as one text for each meaning.
//!
//! The crate's own printer keeps the order of labels and every parenthesis, and rounds times behind `@`.
//! Here every operation stands in parentheses, so that those that were written need not be looked at.

use std::fmt::Write as _;
use std::time::SystemTime;

use promql_parser::label::{Labels, MatchOp, Matcher};
use promql_parser::parser::{
    AggregateExpr, AtModifier, BinModifier, Expr, LabelModifier, Offset, VectorMatchCardinality,
    VectorSelector,
};

/// Times behind `@` beyond this are not told apart by the parser, in milliseconds.
const LATEST: u128 = 1 << 62;

/// Prints an expression. Nothing when it holds something that has no printed form.
pub(super) fn expression(expr: &Expr, out: &mut String) -> Option<()> {
    match expr {
        Expr::Paren(it) => expression(&it.expr, out),
        Expr::NumberLiteral(it) => write!(out, "{}", it.val).ok(),
        Expr::StringLiteral(it) => write!(out, "{:?}", it.val).ok(),
        Expr::Unary(it) => {
            // `-(1)` is the number -1.
            if let Expr::NumberLiteral(number) = bare(&it.expr) {
                return write!(out, "{}", -number.val).ok();
            }
            out.push_str("-(");
            expression(&it.expr, out)?;
            out.push(')');
            Some(())
        }
        Expr::Binary(it) => {
            out.push('(');
            expression(&it.lhs, out)?;
            write!(out, " {} ", it.op).ok()?;
            if let Some(it) = &it.modifier {
                modifier(it, out)?;
            }
            expression(&it.rhs, out)?;
            out.push(')');
            Some(())
        }
        Expr::Aggregate(it) => aggregate(it, out),
        Expr::Call(it) => {
            write!(out, "{}(", it.func.name).ok()?;
            arguments(it.args.args.iter().map(AsRef::as_ref), out)
        }
        Expr::VectorSelector(it) => {
            selector(it, out)?;
            times(it.at.as_ref(), it.offset.as_ref(), out)
        }
        Expr::MatrixSelector(it) => {
            selector(&it.vs, out)?;
            write!(out, "[{}]", it.range.as_nanos()).ok()?;
            times(it.vs.at.as_ref(), it.vs.offset.as_ref(), out)
        }
        Expr::Subquery(it) => {
            out.push('(');
            expression(&it.expr, out)?;
            write!(out, ")[{}:", it.range.as_nanos()).ok()?;
            if let Some(step) = it.step {
                write!(out, "{}", step.as_nanos()).ok()?;
            }
            out.push(']');
            times(it.at.as_ref(), it.offset.as_ref(), out)
        }
        Expr::Extension(_) => None,
    }
}

/// Without parentheses around it.
fn bare(expr: &Expr) -> &Expr {
    let mut expr = expr;
    while let Expr::Paren(it) = expr {
        expr = &it.expr;
    }
    expr
}

fn arguments<'e>(args: impl Iterator<Item = &'e Expr>, out: &mut String) -> Option<()> {
    for (index, arg) in args.enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        expression(arg, out)?;
    }
    out.push(')');
    Some(())
}

fn aggregate(it: &AggregateExpr, out: &mut String) -> Option<()> {
    write!(out, "{}", it.op).ok()?;
    match &it.modifier {
        // `by ()` is what no `by` means.
        Some(LabelModifier::Include(list)) if !list.is_empty() => labels(" by", list, out)?,
        Some(LabelModifier::Exclude(list)) => labels(" without", list, out)?,
        Some(LabelModifier::Include(_)) | None => {}
    }
    out.push('(');
    arguments(
        it.param.iter().map(AsRef::as_ref).chain([it.expr.as_ref()]),
        out,
    )
}

/// What stands behind an operator.
fn modifier(it: &BinModifier, out: &mut String) -> Option<()> {
    if it.return_bool {
        out.push_str("bool ");
    }
    match &it.matching {
        Some(LabelModifier::Include(list)) => labels("on", list, out)?,
        Some(LabelModifier::Exclude(list)) if !list.is_empty() => labels("ignoring", list, out)?,
        Some(LabelModifier::Exclude(_)) | None => {}
    }
    match &it.card {
        VectorMatchCardinality::ManyToOne(list) => labels("group_left", list, out)?,
        VectorMatchCardinality::OneToMany(list) => labels("group_right", list, out)?,
        VectorMatchCardinality::OneToOne | VectorMatchCardinality::ManyToMany => {}
    }
    if let Some(value) = it.fill_values.lhs {
        write!(out, "fill_left {value} ").ok()?;
    }
    if let Some(value) = it.fill_values.rhs {
        write!(out, "fill_right {value} ").ok()?;
    }
    Some(())
}

/// The order of labels has no meaning.
fn labels(word: &str, list: &Labels, out: &mut String) -> Option<()> {
    let mut names: Vec<&str> = list.labels.iter().map(String::as_str).collect();
    names.sort_unstable();
    write!(out, "{word} {names:?} ").ok()
}

/// A name is a matcher like others.
fn selector(it: &VectorSelector, out: &mut String) -> Option<()> {
    let mut matchers: Vec<String> = it.matchers.matchers.iter().map(matcher).collect();
    matchers.extend(it.name.as_ref().map(|name| format!("__name__={name:?}")));
    matchers.sort_unstable();
    write!(out, "{{{}", matchers.join(",")).ok()?;
    for group in &it.matchers.or_matchers {
        let mut matchers: Vec<String> = group.iter().map(matcher).collect();
        matchers.sort_unstable();
        write!(out, " or {}", matchers.join(",")).ok()?;
    }
    out.push('}');
    Some(())
}

fn matcher(it: &Matcher) -> String {
    let op = match it.op {
        MatchOp::Equal => "=",
        MatchOp::NotEqual => "!=",
        MatchOp::Re(_) => "=~",
        MatchOp::NotRe(_) => "!~",
    };
    if it.name == "__name__" {
        format!("__name__{op}{:?}", it.value)
    } else {
        format!("{:?}{op}{:?}", it.name, it.value)
    }
}

fn times(at: Option<&AtModifier>, offset: Option<&Offset>, out: &mut String) -> Option<()> {
    match at {
        None => {}
        Some(AtModifier::Start) => out.push_str(" @ start"),
        Some(AtModifier::End) => out.push_str(" @ end"),
        Some(AtModifier::At(time)) => {
            let (sign, distance) = match time.duration_since(SystemTime::UNIX_EPOCH) {
                Ok(after) => ("", after),
                Err(before) => ("-", before.duration()),
            };
            if distance.as_millis() >= LATEST {
                return None;
            }
            write!(out, " @ {sign}{}", distance.as_millis()).ok()?;
        }
    }
    match offset {
        None => Some(()),
        Some(Offset::Pos(by)) => write!(out, " offset {}", by.as_nanos()).ok(),
        Some(Offset::Neg(by)) => write!(out, " offset -{}", by.as_nanos()).ok(),
    }
}
