use proptest::prelude::*;

use super::JavaRegex;

/// Pattern, values that match whole, values that do not.
type Row = (
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
);

const FULL_MATCH: &[Row] = &[
    ("prod", &["prod"], &["prod-1", "xprod"]),
    ("prod-.*", &["prod-", "prod-1"], &["prod"]),
    ("a|ab", &["a", "ab"], &["abc"]),
    ("", &[""], &["a"]),
    ("a||b", &["a", "", "b"], &["ab"]),
    // Quoting.
    (r"\Qa.b\E-\d+", &["a.b-7"], &["axb-7"]),
    (r"\Q[x]*", &["[x]*"], &["x"]),
    (r"\Qab\E*", &["a", "abbb"], &["abab"]),
    (r"[\Q^-]\E]+", &["^", "-", "]"], &["a"]),
    (r"\\Q", &["\\Q"], &["Q"]),
    // Classes are ASCII.
    (r"\d+", &["42"], &["\u{0664}\u{0662}"]),
    (r"\w+", &["a_B1"], &["\u{e4}", "a-b"]),
    (r"\s", &[" ", "\t", "\u{b}"], &["\u{a0}"]),
    (r"\S\W\D", &["a-b"], &["a b1", "aab"]),
    (r"\h", &[" ", "\t", "\u{a0}"], &["a", "f", "\n"]),
    (r"\H\v\V", &["a\nb"], &[" \nb"]),
    (
        r"\p{Lower}\p{Upper}\p{Alpha}\p{Digit}",
        &["aBc1"],
        &["\u{e4}Bc1"],
    ),
    (r"\p{Punct}+", &["!-~"], &["a"]),
    (
        r"\pL\p{Lu}\p{IsAlphabetic}\P{Lu}",
        &["\u{e4}\u{c4}\u{3b1}b"],
        &["1Aab"],
    ),
    (
        r"\p{IsGreek}\p{script=Greek}\p{gc=Ll}",
        &["\u{3b1}\u{3b2}\u{3b3}"],
        &["abc"],
    ),
    // Unions, intersections, negation.
    ("[a-c[x-z]]+", &["abz"], &["d"]),
    ("[a-z&&[^aeiou]]+", &["xyz"], &["xyza"]),
    ("[a-z&&b-y&&[^m]]", &["b", "l"], &["a", "m", "z"]),
    ("[^a-c[x-z]]", &["d"], &["a", "y"]),
    ("[[:alpha:]]+", &[":alph"], &["beta"]),
    ("[:a]", &[":", "a"], &["b"]),
    ("[]a]", &["]", "a"], &["b"]),
    ("[^]a]", &["b"], &["]", "a"]),
    ("[a-]", &["a", "-"], &["b"]),
    ("[-a]", &["a", "-"], &["b"]),
    ("[a-c-z]", &["b", "-", "z"], &["d"]),
    ("[+--]", &["+", ",", "-"], &["."]),
    ("[a^~&.$]", &["a", "^", "~", "&", ".", "$"], &["b"]),
    ("[!--b~~c]", &["!", ",", "-", "b", "~", "c"], &["a", "d"]),
    (r"[\d\-x]+", &["1-x"], &["a"]),
    (r"[\D]", &["a"], &["1"]),
    (r"[\x41-\x43\u0044]", &["A", "C", "D"], &["E"]),
    // Characters.
    (
        r"\x41\x{1F600}\u0042\uD83D\uDE00",
        &["A\u{1f600}B\u{1f600}"],
        &["AB"],
    ),
    (
        r"\0101\07\cA\t\e\a\f\r\n",
        &["A\u{7}\u{1}\t\u{1b}\u{7}\u{c}\r\n"],
        &["A"],
    ),
    (r"\-\/\:\<\>\_\ ", &["-/:<>_ "], &["-/:<> "]),
    ("a#b c<d>", &["a#b c<d>"], &["ab"]),
    ("a}]", &["a}]"], &["a"]),
    // Repetition.
    ("a{2}b{1,}c{0,1}", &["aab", "aabbc"], &["ab"]),
    ("a*+a", &[], &["aaa"]),
    ("a{1,3}+a", &[], &["aaa"]),
    ("(?>a|ab)c", &["ac"], &["abc"]),
    ("a*?b??", &["", "aab"], &["c"]),
    // Look-around and references.
    ("(?=.*prod)(?!.*test).*", &["x-prod"], &["prod-test", "x"]),
    ("(?<=a)b|.(?<!b)", &["c"], &["b", "ab"]),
    (r"(a|b)\1", &["aa", "bb"], &["ab"]),
    (r"(a)\11", &["aa1"], &["aa"]),
    (r"(?<key>[a-z])(x)\k<key>\2", &["axax"], &["axxx"]),
    // Flags.
    ("(?i)prod", &["PROD", "Prod"], &["pro"]),
    ("(?i)\u{e4}", &["\u{e4}"], &["\u{c4}"]),
    ("(?i:p)rod", &["Prod"], &["PROD"]),
    ("p(?i)r(?-i)od", &["pRod"], &["pROD"]),
    ("(?d)a(?s-m:.)", &["ab"], &["a"]),
    // Anchors.
    ("^a$", &["a"], &["a "]),
    (r"\Aa\z|\Gb\Z", &["a", "b"], &["c"]),
    (r"\bprod\b.*", &["prod-1"], &["prod1"]),
    (r"a\Rb", &["a\r\nb", "a\nb"], &["ab"]),
];

#[test]
fn a_pattern_matches_what_java_matches() {
    for (pattern, yes, no) in FULL_MATCH {
        let regex = JavaRegex::full_match(pattern).unwrap_or_else(|e| panic!("{pattern}: {e}"));
        for text in *yes {
            assert!(regex.is_match(text), "/{pattern}/ should match {text:?}");
        }
        for text in *no {
            assert!(
                !regex.is_match(text),
                "/{pattern}/ should not match {text:?}"
            );
        }
    }
}

#[test]
fn what_java_refuses_or_reads_otherwise_is_refused_with_its_position() {
    let patterns = [
        "*prod*",
        "a**",
        "a{x}",
        "a{,3}",
        "{2}",
        "a{3,1}",
        "a{1}{2}",
        "(a",
        "a)",
        "[a",
        "[]",
        "a\\",
        "[z-a]",
        r"[a-\d]",
        "[a&&]",
        "[a&&&b]",
        "[&&a]",
        "[a&&[b]c]",
        r"\y",
        r"\E",
        r"\X",
        r"\N{DIGIT ONE}",
        r"[\b]",
        r"\p{InGreek}",
        r"\p{javaLowerCase}",
        r"\p{Greek}",
        r"\p{IsNowhere}",
        r"\p{Lower",
        "(?x)a # b",
        "(?iu)a",
        "(?U)a",
        "(?P<n>a)",
        "(?#c)",
        "(?(1)a)",
        "(?q)",
        "(?<1>a)",
        "(?<n>a)(?<n>b)",
        r"\1",
        r"(a)\k<b>",
        r"\uD83D",
        r"\x{110000}",
        r"\x4",
        r"\b{g}",
        "(?<=a+)b",
        "(?=a)*b",
        "((a{1000}){1000}){1000}",
    ];
    let refused = |pattern: &&str| {
        let error = JavaRegex::full_match(pattern).expect_err(pattern);
        let at = error
            .position
            .map_or_else(String::new, |position| format!(" at {position}"));
        format!("{pattern:16}{at}: {error}\n")
    };
    insta::assert_snapshot!(patterns.iter().map(refused).collect::<String>());
}

#[test]
fn the_first_group_that_took_part_is_the_id() {
    let default = JavaRegex::find(r"(?:([^:/]+)|[^:/]+/([^:]+))$").unwrap();
    for (arn, id) in [
        ("arn:aws:sqs:us-east-1:121212121212:queue", Some("queue")),
        (
            "arn:aws:ec2:us-east-1:121212121212:instance/i-1",
            Some("i-1"),
        ),
        (
            "arn:aws:elasticloadbalancing:us-east-1:121212121212:loadbalancer/app/myLB/123",
            Some("app/myLB/123"),
        ),
        ("arn:aws:s3:::", None),
        ("", None),
    ] {
        assert_eq!(default.first_group(arn), id, "{arn}");
    }
    assert_eq!(JavaRegex::find("a").unwrap().first_group("abc"), None);
    assert_eq!(
        JavaRegex::find("(x?)(b)").unwrap().first_group("abc"),
        Some("b")
    );
}

#[test]
fn a_match_that_would_take_for_ever_counts_as_none() {
    let regex = JavaRegex::full_match(r"(?=(a+)+$)(a|aa)+\1x").unwrap();
    assert!(!regex.is_match(&"a".repeat(60)));
}

#[test]
fn patterns_are_equal_when_their_text_and_scope_are() {
    let whole = JavaRegex::full_match("a").unwrap();
    assert_eq!(whole, JavaRegex::full_match("a").unwrap());
    assert_ne!(whole, JavaRegex::find("a").unwrap());
    assert_eq!(format!("{whole:?}"), "Whole(/a/)");
}

proptest! {
    #[test]
    fn no_pattern_makes_the_translation_panic(pattern in "(?s).{0,40}") {
        drop(JavaRegex::full_match(&pattern));
    }

    #[test]
    fn no_regex_like_pattern_makes_the_translation_panic(
        pattern in r"([\[\]{}()|*+?^$.,&\-:<>=!\\]|[abQEdpkx0-9]|\\Q|\(\?<|&&){0,30}",
    ) {
        if let Ok(regex) = JavaRegex::full_match(&pattern) {
            regex.is_match("aab0-:");
        }
    }

    #[test]
    fn a_quoted_pattern_matches_exactly_its_text(text in "[ -~äß]{0,20}") {
        prop_assume!(!text.contains(r"\E"));
        let regex = JavaRegex::full_match(&format!(r"\Q{text}\E")).unwrap();
        prop_assert!(regex.is_match(&text));
        let longer = format!("{text}x");
        prop_assert!(!regex.is_match(&longer));
    }
}
