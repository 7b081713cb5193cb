use std::collections::BTreeSet;

use promql_parser::parser::Expr;
use proptest::prelude::*;

use super::names::walk;
use super::{answered, names, normal, parse, selectors, substitute, variables};
use crate::validate::upstream::{REFS, expressions, load};

fn set<const N: usize>(names: [&str; N]) -> BTreeSet<String> {
    names.into_iter().map(str::to_owned).collect()
}

#[test]
fn a_variable_becomes_what_fits_its_place() {
    for (expr, plain) in [
        ("up", "up"),
        ("rate(x[$__rate_interval])", "rate(x[5m])"),
        ("x[$interval:$resolution]", "x[5m:5m]"),
        ("x[$__interval:]", "x[5m:]"),
        ("x[${n}m]", "x[5m]"),
        ("x[5$unit]", "x[5m]"),
        ("x[${__range_s}s]", "x[5s]"),
        ("x offset $shift", "x offset 5m"),
        ("x OFFSET -${shift}", "x OFFSET -5m"),
        ("x @ $__to", "x @ 1"),
        ("x / $__range_s * $__interval_ms", "x / 1 * 1"),
        ("x{a=\"$a\"}", "x{a=\"grafanaVariable\"}"),
        (
            "x{a=~\"${a:regex}|[[b]]|[[c:pipe]]\"}",
            "x{a=~\"grafanaVariable|grafanaVariable|grafanaVariable\"}",
        ),
        ("x{a=~\"[$a]\"}", "x{a=~\"[grafanaVariable]\"}"),
        ("x{a='\\'$a'}[$b]", "x{a='\\'grafanaVariable'}[5m]"),
        (
            "sum by ($by) (node_${what}_total)",
            "sum by (grafanaVariable) (node_grafanaVariable_total)",
        ),
        (
            "label_replace(x, \"a\", \"$1${2}\", \"b\", \"(.*)$\")",
            "label_replace(x, \"a\", \"$1${2}\", \"b\", \"(.*)$\")",
        ),
        ("x # [$a\n+ $b", "x \n+ grafanaVariable"),
        ("$", "$"),
        ("${", "${"),
        ("${a", "${a"),
        ("[[a", "[[a"),
        ("ä$ä", "ä$ä"),
    ] {
        assert_eq!(substitute(expr), plain, "{expr}");
    }
}

#[test]
fn a_number_is_tried_where_a_word_does_not_fit() {
    for expr in [
        "topk($n, x)",
        "histogram_quantile($q, sum by (le) (rate(x_bucket[$__rate_interval])))",
        "topk([[n]], node_${what}_total{a=\"$a\"})",
    ] {
        assert!(parse(expr).is_ok(), "{expr}");
    }
}

#[test]
fn what_this_parser_does_not_understand_is_told_in_its_words() {
    for (expr, text) in [
        ("", "no expression found in input"),
        (
            "rate(x)",
            "expected type matrix in call to function 'rate', got vector",
        ),
        ("sum(x", "unclosed left parenthesis"),
        ("x{a=\"b\"", "unexpected end of input inside braces"),
        ("x[1e30]", "a number above 10^18"),
        ("x offset 1e+30", "a number above 10^18"),
    ] {
        let said = parse(expr).unwrap_err().to_string();
        assert_eq!(
            said,
            format!("not understood by this parser: {text}"),
            "{expr}"
        );
    }
    for newer in ["rate(x[5m*2])", "holt_winters(x[5m], 0.5, 0.5)"] {
        assert!(parse(newer).is_err(), "{newer}");
    }
}

#[test]
fn no_expression_is_too_much() {
    for long in [
        format!("{}x", "-".repeat(200_000)),
        format!("{}x{}", "(".repeat(999), ")"),
        format!("{}x", "-".repeat(990)),
        format!("{}x{}", "(".repeat(490), ")".repeat(490)),
        format!("{}x{}", "abs(".repeat(320), ")".repeat(320)),
        format!("{}x", "x or ".repeat(480)),
        format!("{}x", "x+".repeat(480)),
        format!("{}x", "2^".repeat(480)),
        format!("{}1", "1 - ".repeat(10_000)),
        format!("x{}", "[5m:]".repeat(240)),
    ] {
        drop((parse(&long), normal(&long), selectors(&long)));
    }
}

#[test]
fn expressions_that_differ_in_layout_are_equal() {
    for (one, other) in [
        (
            "sum(rate(x{a=\"$a\"}[5m]))by(b)",
            "sum by (b) (\n  rate(x{a=\"${a}\"}[5m])\n)",
        ),
        ("x{a=\"1\",b=\"2\"}", "x{ b = '2', a = \"1\", }"),
        ("x{a=~\"$b\",a!=\"$a\"}", "x{a!=\"$a\", a=~\"[[b]]\"}"),
        (
            "rate(x[$__rate_interval])",
            "rate( x [ $__rate_interval ] )",
        ),
        ("topk($n,x)", "topk( $n , x ) # the busiest"),
        ("x[1h]", "x[60m]"),
        ("$a # @ (", "[[a]]"),
        ("smoothed(x[5m*2],  $a)", "smoothed(x[5m*2], $a)"),
    ] {
        assert_eq!(normal(one), normal(other));
    }
    assert_eq!(normal("sum(a{b=\"$b\"}[$c:$d])"), "sum(a{b=\"$b\"}[$c:$d])");
    assert_eq!(
        normal("topk($n, sum(rate(a{b=\"[[b]]\"}[$__rate_interval])) by (c)) > $__range_s"),
        "topk(${n}, sum by (c) (rate(a{b=\"${b}\"}[${__rate_interval}]))) > ${__range_s}"
    );
}

#[test]
fn expressions_that_mean_something_else_are_not_equal() {
    let all = [
        "x",
        "x{a=\"$a\"}",
        "x{a=\"$b\"}",
        "x{a=\"${a:regex}\"}",
        "x{a=\" $a\"}",
        "x{a=\"  $a\"}",
        "x{a=~\"$a\"}",
        "rate(x[$a])",
        "rate(x[$b])",
        "rate(x[5m])",
        "x offset $a",
        "x offset $b",
        "x * y",
        "x * on () y",
        "x * on (a) y",
        "x * ignoring (a) y",
        "x * on (a) group_left y",
        "x * on (a) group_right y",
        "y * x",
        "(x * y)",
        "x * $__range_s",
        "x * $__range_ms",
        "topk($a, x)",
        "topk($b, x)",
        "topk(1, x)",
        "-x",
        "x or y",
        "x and y",
        "x > bool y",
        "x > y",
        "x @ 1.0001",
        "x @ 1.0002",
        "x @ -1",
        "x{a=\"\\\\d\"}",
        "x{a=\"\\\\\\\\d\"}",
        "${m}_total",
        "${n}_total",
        "x[5m*2]",
        "x[5m*3]",
        "grafanaVariable001x",
        "$x{a=\"grafanaVariable001x\"}",
        "grafanaVariable001x{a=\"$x\"}",
        "x > 9000001",
        "x > $__range_s + 9000001",
        "x > 9000001 + $__range_s",
    ];
    let normals: BTreeSet<String> = all.iter().map(|expr| normal(expr)).collect();
    assert_eq!(normals.len(), all.len(), "{normals:#?}");
}

#[test]
fn metrics_are_found_wherever_they_are_selected() {
    for (expr, found) in [
        ("1 + vector(2)", set([])),
        (
            "topk(scalar(a), sum(rate(b[5m])) / on () c) or -d",
            set(["a", "b", "c", "d"]),
        ),
        ("max_over_time((a + b:c:d)[1h:5m])", set(["a", "b:c:d"])),
        (
            "{__name__=\"a\",b=\"c\"} + {__name__=~\"d.*\"} + {e=\"f\"}",
            set(["a"]),
        ),
        (
            "$metric + node_${what}_total + {__name__=\"$x\"} + a",
            set(["a"]),
        ),
        ("a +", set([])),
    ] {
        assert_eq!(selectors(expr), found, "{expr}");
    }
}

#[test]
fn an_expression_has_an_answer_when_what_it_needs_exists() {
    let provided = set(["a", "b"]);
    for (expr, can) in [
        ("a", true),
        ("c", false),
        ("c or a", true),
        ("c or d", false),
        ("a / c", false),
        ("a unless c", true),
        ("c unless a", false),
        ("absent(c)", true),
        ("sum(rate(c[5m]))", false),
        ("sum(rate(a[5m])) / sum(rate(b[5m]))", true),
        ("max_over_time(c[1h:])", false),
        ("-(c)", false),
        ("$c", true),
        ("vector(1)", true),
    ] {
        assert_eq!(answered(&parse(expr).unwrap(), &provided), can, "{expr}");
    }
}

#[test]
fn variables_are_found_in_any_text() {
    assert_eq!(
        variables(
            "$a/${b:queryparam}?x=[[c]]&${__url_time_range}&$__cell&$1&${d.text}&[[e:csv]]&$$f [[:alpha:]] $ä"
        ),
        set(["a", "b", "c", "d", "e", "f"])
    );
}

#[test]
fn every_expression_of_upstream_parses_and_prints_as_what_it_is() {
    let counts = [("main-2026-08-10", 581), ("v0.13.0", 486)];
    for name in REFS {
        let Some(dashboards) = load(name) else { return };
        let expressions: Vec<String> = dashboards
            .iter()
            .flat_map(|(_, value)| expressions(value))
            .collect();
        if let Some((_, count)) = counts.iter().find(|(it, _)| *it == name) {
            assert_eq!(expressions.len(), *count, "{name}");
        }
        let metrics: BTreeSet<String> = expressions
            .iter()
            .flat_map(|expr| selectors(expr))
            .collect();
        let rules = metrics.iter().filter(|metric| metric.contains(':')).count();
        println!(
            "{name}: {} expressions, {} metrics, {rules} of them recorded",
            expressions.len(),
            metrics.len()
        );
        for expr in &expressions {
            let parsed = parse(expr).unwrap_or_else(|error| panic!("{name}: {expr}: {error}"));
            let normal = normal(expr);
            assert_eq!(super::normal(&normal), normal, "{name}: {expr}");
            assert_eq!(variables(&normal), variables(expr), "{name}: {expr}");
            let again = parse(&normal).unwrap();
            assert_eq!(names(&again), names(&parsed), "{name}: {expr}");
            assert_eq!(kinds(&again), kinds(&parsed), "{name}: {expr}");
        }
    }
}

/// The tree without its details.
fn kinds(expr: &Expr) -> Vec<String> {
    let mut found = Vec::new();
    walk(expr, &mut |expr| {
        found.push(if let Expr::Binary(it) = expr {
            format!("{} {:?}", it.op, it.modifier)
        } else if let Expr::Aggregate(it) = expr {
            format!("{} {:?}", it.op, it.modifier)
        } else if matches!(expr, Expr::VectorSelector(_) | Expr::MatrixSelector(_)) {
            expr.to_string()
        } else {
            format!("{:?}", std::mem::discriminant(expr))
        });
    });
    found
}

proptest! {
    #[test]
    fn nothing_that_anybody_writes_makes_it_fall_over(tokens in prop::collection::vec(prop::sample::select(vec![
        "x", "sum", "rate", "(", ")", "[", "]", "{", "}", ":", "5m", "1e30", "99999999999999999999", "0x", "1y",
        "=", "=~", "!=", "\"a\"", "'", "`", "\\", "#", "\n", " ", ",", "by", "on", "offset", "@", "-", "+", "^",
        "group_left", "bool", "or", "start()", "$a", "${b}", "[[c]]", "${", "$__range_s", "__name__", "\"[\"",
        "ä", "\"(?P<\"", "NaN", "Inf", "1.5", ".", "fill", "topk", "99999999999y", "4294967296w",
    ]), 0..24)) {
        let expr = tokens.concat();
        drop((parse(&expr), selectors(&expr), variables(&expr)));
        let once = normal(&expr);
        prop_assert_eq!(normal(&once), once);
    }
}
