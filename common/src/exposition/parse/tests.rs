//! What is accepted, what is refused and where, and the law that nothing is lost on the way.

use proptest::prelude::*;

use super::super::{Family, Kind, Label, Labels, NAME_LABEL, Sample, render, validate};
use super::{Timestamps, parse, parse_with};

fn read(text: &str) -> Vec<Family> {
    parse(text.as_bytes()).unwrap_or_else(|error| panic!("{text:?}: {error}"))
}

fn refusal(text: impl AsRef<[u8]>) -> String {
    parse(text.as_ref()).expect_err("refused").to_string()
}

fn written(families: &[Family]) -> String {
    let mut text = Vec::new();
    render(families, &mut text).unwrap();
    String::from_utf8(text).unwrap()
}

#[test]
fn what_a_pushgateway_refuses_is_refused_with_its_place() {
    let table = [
        // Whole text.
        ("a 1", "line 1, column 4: the last line lacks its newline"),
        (
            "a 1\nb 2",
            "line 2, column 4: the last line lacks its newline",
        ),
        (
            "a 1\r\n",
            "line 1, column 3: expected a float as value, found `1\r`",
        ),
        (
            "# TYPE a gauge\r\n",
            "line 1, column 10: unknown metric type `gauge\r`",
        ),
        // Comments.
        (
            "# TYPE a gauge\n# TYPE a gauge\n",
            "line 2, column 8: second TYPE line for `a`, or TYPE after samples",
        ),
        (
            "a 1\n# TYPE a gauge\n",
            "line 2, column 8: second TYPE line for `a`, or TYPE after samples",
        ),
        (
            "# HELP a x\n# HELP a x\n",
            "line 2, column 8: second HELP line for `a`",
        ),
        (
            "# TYPE a gauge \n",
            "line 1, column 10: unknown metric type `gauge `",
        ),
        (
            "# TYPE a stateset\n",
            "line 1, column 10: unknown metric type `stateset`",
        ),
        (
            "# TYPE 9a gauge\n",
            "line 1, column 8: expected a metric name",
        ),
        ("# HELP a-b x\n", "line 1, column 8: expected a metric name"),
        (
            "# HELP a 1\\d\n",
            "line 1, column 11: invalid escape sequence `\\d`",
        ),
        (
            "# HELP a 1\\\"\n",
            "line 1, column 11: invalid escape sequence `\\\"`",
        ),
        (
            "# HELP a 1\\\n",
            "line 1, column 11: a backslash ends the line",
        ),
        // Names and labels.
        ("9a 1\n", "line 1, column 1: expected a metric name"),
        ("a-b 1\n", "line 1, column 1: expected a metric name"),
        ("{a=\"b\"} 1\n", "line 1, column 1: expected a metric name"),
        ("{\"a\"} 1\n", "line 1, column 1: expected a metric name"),
        ("  é 1\n", "line 1, column 3: expected a metric name"),
        ("a{5x=\"1\"} 1\n", "line 1, column 3: expected a label name"),
        (
            "a{x:y=\"1\"} 1\n",
            "line 1, column 3: expected a label name",
        ),
        ("a{,} 1\n", "line 1, column 3: expected a label name"),
        (
            "a{x=\"1\",,} 1\n",
            "line 1, column 9: expected a label name",
        ),
        (
            "a{__name__=\"b\"} 1\n",
            "line 1, column 3: label `__name__` starts with two underscores, which is reserved",
        ),
        (
            "a{x=\"1\",x=\"1\"} 1\n",
            "line 1, column 9: label `x` occurs twice",
        ),
        (
            "a{x} 1\n",
            "line 1, column 4: expected `=` after the label name",
        ),
        (
            "a{x=1} 1\n",
            "line 1, column 5: expected `\"` before the label value",
        ),
        (
            "a{x=\"ü\\d\"} 1\n",
            "line 1, column 7: invalid escape sequence `\\d`",
        ),
        (
            "a{x=\"1\\\n\"} 1\n",
            "line 1, column 7: a backslash ends the line",
        ),
        (
            "a{x=\"1\n\"} 1\n",
            "line 1, column 7: the label value does not end",
        ),
        (
            "a{x=\"\\\"1\n",
            "line 1, column 9: the label value does not end",
        ),
        (
            "a{x=\"1\" y=\"2\"} 1\n",
            "line 1, column 9: expected `,` or `}` after the label value",
        ),
        (
            "a{x=\"1\"\n",
            "line 1, column 8: expected `,` or `}` after the label value",
        ),
        // Values.
        (
            "a\n",
            "line 1, column 2: expected a float as value, found ``",
        ),
        (
            "a{} \n",
            "line 1, column 5: expected a float as value, found ``",
        ),
        (
            "a 1e400\n",
            "line 1, column 3: expected a float as value, found `1e400`",
        ),
        (
            "a 0x10\n",
            "line 1, column 3: expected a float as value, found `0x10`",
        ),
        (
            "a 1 1763985600000\n",
            "line 1, column 5: timestamps are not allowed, found `1763985600000`",
        ),
        ("a 1 \n", "line 1, column 4: blanks after the value"),
        ("a 1\t \n", "line 1, column 4: blanks after the value"),
        (
            "a 1 2 3\n",
            "line 1, column 5: unexpected text after the value: `2 3`",
        ),
        (
            "a 1 # {}\n",
            "line 1, column 5: unexpected text after the value: `# {}`",
        ),
        // Series and parts of histograms and summaries.
        (
            "a 1\nb 1\na 2\n",
            "line 3, column 1: the series of line 1 again",
        ),
        (
            "a{x=\"1\",y=\"2\"} 1\na{y=\"2\",x=\"1\"} 1\n",
            "line 2, column 1: the series of line 1 again",
        ),
        (
            "# TYPE h histogram\nh 1\n",
            "line 2, column 1: `h` is no name for a sample of a histogram",
        ),
        (
            "# TYPE h histogram\nh_bucket 1\n",
            "line 2, column 1: expected the label `le` with a number",
        ),
        (
            "# TYPE s summary\ns{quantile=\"half\"} 1\n",
            "line 2, column 1: expected the label `quantile` with a number",
        ),
        (
            "h_sum 1\n# TYPE h histogram\n",
            "line 2, column 8: `h_sum`, a part of this histogram or summary, is a family of its own",
        ),
        (
            "# TYPE h histogram\n# TYPE h_sum gauge\n# TYPE h_sum gauge\n",
            "line 2, column 8: second TYPE line for `h_sum`, or TYPE after samples",
        ),
    ];
    for (text, problem) in table {
        assert_eq!(refusal(text), problem, "{text:?}");
    }
}

#[test]
fn bytes_that_are_not_utf_8_are_refused_with_their_place() {
    assert_eq!(
        refusal(b"a 1\nb{x=\"\xff\"} 1\n"),
        "line 2, column 6: invalid UTF-8"
    );
    assert_eq!(refusal(b"# caf\xc3"), "line 1, column 6: invalid UTF-8");
}

#[test]
fn what_a_pushgateway_takes_is_taken() {
    let text = "\n# a comment\n#\n# TYPE\n# TYPE a\n# HELP a\n# EOF\n# UNIT a seconds\n#HELP a  two \\\\ words\\n \n\
                #\tTYPE\ta\tGAUGE\n  a  1.0E10\na{x=\"1\",} NaN\nb:c -Inf\na { y = \"\" , x = \"\\\\\\\"\\n\" } +Inf\n";
    let families = read(text);
    assert_eq!(families.len(), 2);
    assert_eq!(families[0].help, "two \\ words\n ");
    assert_eq!(
        written(&families),
        "# HELP a two \\\\ words\\n \n# TYPE a gauge\na 10000000000\na{x=\"1\"} NaN\n\
         a{y=\"\",x=\"\\\\\\\"\\n\"} +Inf\n# TYPE b:c untyped\nb:c -Inf\n"
    );
    assert_eq!(read(""), []);
}

#[test]
fn parts_of_histograms_and_summaries_stay_with_their_family() {
    let text = "# TYPE h histogram\nh_bucket{le=\"0.5\"} 1\nh_bucket{le=\"+Inf\"} 2\nh_sum 3\nh_count 2\n\
                # TYPE s summary\ns{quantile=\"0.9\"} 1\ns_sum 3\ns_count 2\n# TYPE g_sum gauge\ng_sum 1\n";
    let families = read(text);
    let names: Vec<_> = families
        .iter()
        .map(|f| (f.name.as_str(), f.samples.len()))
        .collect();
    assert_eq!(names, [("h", 4), ("s", 3), ("g_sum", 1)]);
    assert_eq!(
        families[0].samples[0].labels.get(NAME_LABEL),
        Some("h_bucket")
    );
    assert_eq!(validate(&families), Ok(()));
    assert_eq!(written(&families), text);
}

#[test]
fn timestamps_can_be_dropped_and_everything_else_stays_strict() {
    let text = "a{x=\"1\"} 2 1763985600000\n";
    assert_eq!(
        parse_with(text.as_bytes(), Timestamps::Dropped).unwrap(),
        read("a{x=\"1\"} 2\n")
    );
    assert!(parse_with(b"a 1 soon\n", Timestamps::Dropped).is_err());
}

#[test]
fn equal_label_lists_are_held_once() {
    let families = read("a{x=\"1\"} 1\nb{x=\"1\"} 2\n");
    let [first, second] = [
        &families[0].samples[0].labels,
        &families[1].samples[0].labels,
    ];
    assert!(std::ptr::eq(first.as_ptr(), second.as_ptr()));
}

/// Text with everything that needs care: quotes, backslashes, line ends, blanks, other scripts.
fn nasty() -> impl Strategy<Value = String> {
    prop_oneof![
        "[\\\\\"\n\r\t {}=,#n]{0,8}",
        ".{0,8}",
        Just("\u{0}\u{85}\u{2028}日本\\n".to_owned()),
    ]
}

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<f64>(),
        Just(f64::NAN),
        any::<i32>().prop_map(f64::from),
        any::<f32>().prop_map(f64::from)
    ]
}

prop_compose! {
    fn family()(
        name in "[a-zA-Z_:][a-zA-Z0-9_:]{0,6}",
        kind in prop::sample::select(vec![Kind::Gauge, Kind::Counter, Kind::Untyped]),
        help in nasty(),
        series in prop::collection::vec(
            (prop::collection::vec(("[a-z][a-zA-Z0-9_]{0,2}", nasty()), 0..4), number()),
            0..6,
        ),
    ) -> Family {
        let labels = |pairs: Vec<(String, String)>| -> Labels {
            pairs.into_iter().map(|(name, value)| Label::new(name, value)).collect()
        };
        let samples = series.into_iter().map(|(l, value)| Sample { labels: labels(l), value }).collect();
        Family { name, kind, help, samples }
    }
}

/// What a reader of the text can know: leading blanks of a help are gone, `NaN` equals itself and
/// `-0` is not `0`.
fn readable(families: &[Family]) -> Vec<String> {
    let readable = |family: &Family| {
        let help = family.help.trim_start_matches([' ', '\t']);
        format!(
            "{:?}",
            Family {
                help: help.to_owned(),
                ..family.clone()
            }
        )
    };
    families.iter().map(readable).collect()
}

proptest! {
    #[test]
    fn valid_families_survive_being_written_and_read(families in prop::collection::vec(family(), 0..5)) {
        let text = written(&families);
        match validate(&families) {
            Ok(()) => {
                let back = parse(text.as_bytes()).map_err(|e| TestCaseError::fail(format!("{e}: {text}")))?;
                prop_assert_eq!(readable(&back), readable(&families));
            }
            Err(_) => prop_assert!(parse(text.as_bytes()).is_err(), "invalid yet read: {}", text),
        }
    }

    #[test]
    fn whatever_is_read_is_valid_and_reads_the_same_when_written(
        lines in prop::collection::vec(
            prop_oneof![
                "# (TYPE|HELP) (a|b|a_sum) (gauge|summary|histogram|text)",
                "(a|b|a_sum)(\\{(x|quantile|le)=\"[1\\\\n]?\",?\\})? [0-9]",
            ],
            0..6,
        )
    ) {
        let text: String = lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect();
        if let Ok(families) = parse(text.as_bytes()) {
            prop_assert_eq!(validate(&families), Ok(()));
            prop_assert_eq!(readable(&read(&written(&families))), readable(&families));
        }
    }

    #[test]
    fn no_input_makes_the_parser_panic(text in prop::collection::vec(any::<u8>(), 0..64)) {
        // The result does not matter; reaching the end does.
        prop_assert!(parse(&text).is_ok() || parse(&text).is_err());
    }
}
