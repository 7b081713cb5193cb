use std::collections::BTreeSet;

use proptest::prelude::*;

use super::{folded, parse};

#[test]
fn expressions_that_mean_the_same_are_equal() {
    for (one, other) in [
        ("sum(x) / y", "sum( x )\n  /\n y"),
        ("x # busy\n", "x"),
        ("x # ( [ \"", "x"),
        ("sum by(a)(x)", "sum(x) by (a)"),
        ("SUM(x)", "sum(x)"),
        ("x{a=\"b\"}", "x{a='b'}"),
        ("x{a=\"b\"}", "x{a=`b`}"),
        ("x{a=\"A\"}", "x{a=\"\\u0041\"}"),
        ("rate(x[60s])", "rate(x[1m])"),
        ("x offset 60s", "x offset 1m"),
        ("x > 1e3", "x > 1000"),
        ("x > .9", "x > 0.9"),
        ("x > 0x10", "x > 16"),
        ("x{}", "x"),
        ("x{a=\"b\",}", "x{a=\"b\"}"),
        ("sum by (a,) (x)", "sum by (a) (x)"),
        ("x * on (a) group_left y", "x * on (a) group_left () y"),
        ("x{a=\"1\",b=\"2\"}", "x{b=\"2\",a=\"1\"}"),
        ("sum by (a, b) (x)", "sum by (b, a) (x)"),
        ("sum without (a, b) (x)", "sum without (b, a) (x)"),
        ("x * on (a, b) y", "x * on (b, a) y"),
        ("x * ignoring (a, b) y", "x * ignoring (b, a) y"),
        (
            "x * on (c) group_left (a, b) y",
            "x * on (c) group_left (b, a) y",
        ),
        ("sum by () (x)", "sum(x)"),
        ("x * ignoring () y", "x * y"),
        ("(x)", "x"),
        ("((x)) > (1)", "x > 1"),
        ("(a * b) + c", "a * b + c"),
        ("a + (b * c)", "a + b * c"),
        ("(a - b) - c", "a - b - c"),
        ("a ^ (b ^ c)", "a ^ b ^ c"),
        ("(sum(rate(x[5m])))", "sum((rate(x[5m])))"),
        ("-(1)", "-1"),
        ("+x", "x"),
        ("max_over_time((x)[5m:1m])", "max_over_time(x[5m:1m])"),
        ("{__name__=\"x\"}", "x"),
        ("{\"x\"}", "x"),
        ("{\"x\"}", "{__name__=\"x\"}"),
        ("{__name__=\"x\",a=\"b\"}", "x{a=\"b\"}"),
        ("rate({\"x\",a=\"b\"}[5m])", "rate(x{a=\"b\"}[5m])"),
        ("x @ 1", "x @ 1.0"),
        ("a or b", "a OR b"),
        ("a == bool b", "a == BOOL b"),
    ] {
        let meaning = parse(one);
        assert!(meaning.is_some(), "{one}");
        assert_eq!(meaning, parse(other), "{one} and {other}");
    }
}

#[test]
fn expressions_that_mean_something_else_are_not_equal() {
    let all = [
        "x",
        "y",
        "-x",
        "x{a=\"\"}",
        "x{a=\"b\"}",
        "x{a!=\"b\"}",
        "x{a=~\"b\"}",
        "x{a!~\"b\"}",
        "x{a=\"b c\"}",
        "x{a=\"b  c\"}",
        "x{a=~\"a|b\"}",
        "x{a=~\"b|a\"}",
        "{__name__=~\"x\"}",
        "x[5m]",
        "x[5m1ms]",
        "rate(x[5m])",
        "rate(x[6m])",
        "x offset 5m",
        "x offset -5m",
        "x @ 1.001",
        "x @ 1.002",
        "x @ -1",
        "x @ start()",
        "x @ end()",
        "x @ 1 offset 5m",
        "max_over_time(x[5m:])",
        "max_over_time(x[5m:1m])",
        "max_over_time(x[5m:1m] offset 1h)",
        "a * b",
        "b * a",
        "a + b",
        "a - b",
        "a - b - c",
        "a - (b - c)",
        "(a + b) * c",
        "a + b * c",
        "a ^ b ^ c",
        "(a ^ b) ^ c",
        "a * on () b",
        "a * on (c) b",
        "a * ignoring (c) b",
        "a * on (c) group_left b",
        "a * on (c) group_left (d) b",
        "a * on (c) group_right b",
        "a > b",
        "a > bool b",
        "a or b",
        "a and b",
        "a unless b",
        "sum(x)",
        "sum by (a) (x)",
        "sum by (a, b) (x)",
        "sum without (a) (x)",
        "sum without () (x)",
        "avg(x)",
        "topk(1, x)",
        "topk(2, x)",
        "vector(1)",
        "vector(-1)",
        "-1 ^ 2",
        "(-1) ^ 2",
        "-(x ^ 2)",
        "(-x) ^ 2",
        "x > 9007199254740992",
        "x > Inf",
        "x > -Inf",
        "x > NaN",
        "label_replace(x, \"a\", \"$1\", \"b\", \"c\")",
        "label_replace(x, \"a\", \"$2\", \"b\", \"c\")",
        "absent(x)",
        "time()",
        "sort(x)",
        "sort_desc(x)",
    ];
    let meanings: BTreeSet<String> = all
        .iter()
        .map(|text| parse(text).unwrap_or_else(|| panic!("{text}")))
        .collect();
    assert_eq!(meanings.len(), all.len(), "{meanings:#?}");
}

#[test]
fn what_is_not_understood_or_would_be_misread_has_no_meaning() {
    for text in [
        "",
        "x{",
        "sum(x",
        "rate(x)",
        "rate(x[5m*2])",
        "smoothed(x)",
        "holt_winters(x[5m], 0.5, 0.5)",
        "x[1e30]",
        "x offset NaN",
        "x offset -Inf",
        "x[Inf]",
        "x[1s4294967296ms]",
        "x{a=\"\\xff\"}",
        "x{a=\"\\377\"}",
        "x @ 1e17",
    ] {
        assert_eq!(parse(text), None, "{text}");
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
        format!("{}x", "2^".repeat(480)),
        format!("{}1", "1 - ".repeat(10_000)),
        format!("x{}", "[5m:]".repeat(240)),
    ] {
        drop((parse(&long), folded(&long)));
    }
}

#[test]
fn blanks_are_folded_outside_of_strings_only() {
    for (text, expected) in [
        (" a\n\t b # c\n", "a b"),
        ("x{a=\"b  c\"}  +  y", "x{a=\"b  c\"} + y"),
        ("'\\'  '  # '", "'\\'  '"),
        ("`\\`  a", "`\\` a"),
    ] {
        assert_eq!(folded(text), expected, "{text}");
    }
}

proptest! {
    #[test]
    fn nothing_that_anybody_writes_makes_it_fall_over(tokens in prop::collection::vec(prop::sample::select(vec![
        "x", "sum", "rate", "(", ")", "[", "]", "{", "}", ":", "5m", "1e30", "99999999999999999999", "0x", "1y",
        "=", "=~", "!=", "\"a\"", "'", "`", "\\", "#", "\n", " ", ",", "by", "on", "offset", "@", "-", "+", "^",
        "group_left", "bool", "or", "start()", "__name__", "\"[\"", "ä", "\"(?P<\"", "NaN", "Inf", "1.5", ".",
        "fill", "topk", "99999999999y", "4294967296w", "nan", "+Inf", "infinity",
    ]), 0..24)) {
        let text = tokens.concat();
        drop(parse(&text));
        let once = folded(&text);
        prop_assert_eq!(folded(&once), once);
    }

    #[test]
    fn blanks_and_parentheses_never_change_the_meaning(
        parts in prop::collection::vec(prop::sample::select(vec!["x", "sum(y)", "rate(z[5m])", "1"]), 1..6),
        ops in prop::collection::vec(prop::sample::select(vec!["+", "*", "/", "^", "-", "> bool"]), 5),
        blanks in prop::collection::vec(prop::sample::select(vec![" ", "\n", "\t  ", " # c\n"]), 10),
    ) {
        let mut plain = String::new();
        let mut spread = String::new();
        for (at, part) in parts.iter().enumerate() {
            if at > 0 {
                plain.extend([" ", ops[at - 1], " "]);
                spread.extend([blanks[2 * at - 2], ops[at - 1], blanks[2 * at - 1]]);
            }
            plain.push_str(part);
            spread.extend(["(", part, ")"]);
        }
        let meaning = parse(&plain);
        prop_assert!(meaning.is_some());
        prop_assert_eq!(parse(&spread), meaning);
    }
}
