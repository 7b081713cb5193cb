//! The tree and its diagnostics, through the public door.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::{Dialect, Document, Kind, Node, Problems};

/// The tree in one line: `{a: [1, "b"]}` with quoted scalars in quotes.
fn show(node: &Node) -> String {
    match &node.kind {
        Kind::Scalar(scalar) if scalar.style == super::Style::Plain => scalar.text.clone(),
        Kind::Scalar(scalar) => format!("{:?}", scalar.text),
        Kind::Sequence(items) => {
            format!(
                "[{}]",
                items.iter().map(show).collect::<Vec<_>>().join(", ")
            )
        }
        Kind::Mapping(entries) => {
            let entry =
                |entry: &super::Entry| format!("{}: {}", entry.key.text, show(&entry.value));
            format!(
                "{{{}}}",
                entries.iter().map(entry).collect::<Vec<_>>().join(", ")
            )
        }
    }
}

fn tree(text: &str) -> String {
    show(
        &Document::parse("f.yaml", text, Dialect::Yaml11)
            .unwrap()
            .root,
    )
}

fn warnings(text: &str, dialect: Dialect) -> Result<Problems, super::Invalid> {
    Document::parse("f.yaml", text, dialect).and_then(Document::finish)
}

/// What a person reads, for each text.
fn transcript(texts: &[&str], dialect: Dialect) -> String {
    let mut out = String::new();
    for text in texts {
        let outcome = match warnings(text, dialect) {
            Ok(problems) if problems.is_empty() => "fine".to_owned(),
            Ok(problems) => problems.to_string(),
            Err(invalid) => invalid.problems().to_string(),
        };
        writeln!(out, "{outcome}\n────").unwrap();
    }
    out
}

#[test]
fn an_empty_file_a_lone_document_mark_and_comments_are_null() {
    for text in ["", "---\n", "# nothing\n", "---\n...\n", "\u{feff}"] {
        let document = Document::parse("f.yaml", text, Dialect::Yaml11).unwrap();
        assert!(document.root().is_null(), "{text:?}");
    }
}

#[test]
fn a_byte_order_mark_and_crlf_do_not_matter() {
    assert_eq!(
        tree("\u{feff}a: 1\r\nb:\r\n- x\r\n- y\r\n"),
        "{a: 1, b: [x, y]}"
    );
}

#[test]
fn json_is_yaml() {
    assert_eq!(
        tree(r#"{"a": [1, "b", null], "c": {"d": true}}"#),
        r#"{a: [1, "b", null], c: {d: true}}"#
    );
}

#[test]
fn aliases_and_merge_keys_are_resolved_with_own_keys_first() {
    assert_eq!(tree("a: &x [1, 2]\nb: *x\n"), "{a: [1, 2], b: [1, 2]}");
    assert_eq!(
        tree("a: &a {p: 1, q: 2}\nb: {<<: *a, q: 3}\n"),
        "{a: {p: 1, q: 2}, b: {q: 3, p: 1}}"
    );
    assert_eq!(
        tree("a: &a {p: 1}\nb: &b {p: 2, r: 2}\nc: {<<: [*a, *b], s: 3}\n"),
        "{a: {p: 1}, b: {p: 2, r: 2}, c: {s: 3, p: 1, r: 2}}"
    );
    assert_eq!(tree("'<<': 1\n"), "{<<: 1}");
}

#[test]
fn of_equal_keys_the_last_counts_in_one_dialect_and_none_in_the_other() {
    assert_eq!(tree("a: 1\nb: 2\na: 3\n"), "{a: 3, b: 2}");
    insta::assert_snapshot!(warnings("a: 1\nb: 2\na: 3\n", Dialect::Yaml11).unwrap(), @r"
    f.yaml:3:1: warning: `a` is given twice; this one counts, the one in line 1 does not
      3 | a: 3
        | ^
    hint: remove one of the two
    ");
    insta::assert_snapshot!(warnings("a: 1\nb: 2\na: 3\n", Dialect::Strict).unwrap_err(), @r"
    1 error in f.yaml

    f.yaml:3:1: error: `a` is given already in line 1
      3 | a: 3
        | ^
    hint: remove one of the two
    ");
}

#[test]
fn positions_count_lines_and_characters_from_one() {
    // A block scalar is where its first line is.
    let text =
        "ä: x\nlist:\n  - {k: 'v'}\n  - |\n    block\n  - &anchor bare\n  - !!str tagged\n  -\n";
    let document = Document::parse("f.yaml", text, Dialect::Yaml11).unwrap();
    let mut seen = Vec::new();
    visit(&document.root, "", &mut seen);
    assert_eq!(
        seen,
        [
            " 1:1",
            ".ä 1:4",
            ".list 3:3",
            ".list[0] 3:5",
            ".list[0].k 3:9",
            ".list[1] 5:5",
            ".list[2] 6:13",
            ".list[3] 7:5",
            ".list[4] 8:4",
        ]
    );
}

fn visit(node: &Node, path: &str, seen: &mut Vec<String>) {
    seen.push(format!(
        "{path} {}:{}",
        node.position.line, node.position.column
    ));
    match &node.kind {
        Kind::Scalar(_) => {}
        Kind::Sequence(items) => {
            for (index, item) in items.iter().enumerate() {
                visit(item, &format!("{path}[{index}]"), seen);
            }
        }
        Kind::Mapping(entries) => {
            for entry in entries {
                visit(&entry.value, &format!("{path}.{}", entry.key.text), seen);
            }
        }
    }
}

#[test]
fn what_is_not_yaml_is_explained_with_a_way_out() {
    let texts = [
        "a:\n\tb: 1\n",
        "a: %d\n",
        "a: *.example\n",
        "a: \"\\d+\"\n",
        "a: @x\n",
        "a: \0\n",
        "a: x\u{1b}[0m\n",
        "a: 'x\u{7}'\n",
        "\u{2}\u{3}",
        "a: b: c\n",
        "a: 'open\n",
        "a: [1, 2\nb: 3\n",
        "a:\n  - 1\n b: 2\n",
        "a: 1\n---\nb: 2\n",
        "a: &x [*x]\n",
        "a: !!binary aGk=\n",
        "a: !!set {x, y}\n",
        "a: !local x\n",
        "{{ .Values.name }}: x\n",
        ": x\n",
        "a: {<<: 1}\n",
    ];
    insta::assert_snapshot!(transcript(&texts, Dialect::Yaml11));
}

#[test]
fn core_tags_are_understood() {
    let text = "a: !!str 1\nb: !!int '1'\nc: !!float 1\nd: !!bool 'yes'\ne: !!null ''\nf: !!map {}\ng: !!seq []\nh: ! 1\n";
    assert!(warnings(text, Dialect::Yaml11).unwrap().is_empty());
}

#[test]
fn nesting_is_limited_whether_written_out_or_built_from_aliases() {
    let flow = format!("{}{}", "[".repeat(100), "]".repeat(100));
    let block = (0..100).fold(String::new(), |text, depth| {
        text + &" ".repeat(depth) + "a:\n"
    });
    let inner = format!("{}1{}", "[".repeat(40), "]".repeat(40));
    let aliased = format!("a: &a {inner}\nb: {}*a{}\n", "[".repeat(40), "]".repeat(40));
    for text in [flow, block, aliased] {
        let error = warnings(&text, Dialect::Yaml11).unwrap_err().to_string();
        assert!(
            error.contains("64 levels") || error.contains("recursion limit"),
            "{error}"
        );
    }
}

#[test]
fn an_alias_bomb_is_refused() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..10 {
        let items = vec![format!("*a{}", level - 1); 10].join(", ");
        writeln!(text, "a{level}: &a{level} [{items}]").unwrap();
    }
    let error = warnings(&text, Dialect::Yaml11).unwrap_err().to_string();
    assert!(
        error.contains("aliases expand to more than 100000 values"),
        "{error}"
    );
}

#[test]
fn a_long_line_is_cut_around_the_caret() {
    let text = format!(
        "{{\"a\": \"{}\", \"a\": 1, \"b\": \"{}\"}}",
        "x".repeat(200),
        "y".repeat(200)
    );
    insta::assert_snapshot!(warnings(&text, Dialect::Strict).unwrap_err().problems());
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in "(?s).{0,200}") {
        drop(warnings(&text, Dialect::Yaml11));
    }

    #[test]
    fn no_yaml_like_text_makes_the_parser_panic(text in "([\\[\\]{}:,&*!|>'\"%@#?~<\\- \n\t]|a|b|1|<<: |\\*a|&a |- |: ){0,60}") {
        drop(warnings(&text, Dialect::Yaml11));
        drop(warnings(&text, Dialect::Strict));
    }
}

#[test]
fn an_excerpt_shows_no_login_of_a_url() {
    let text = "a: 'https://user:hunter2@host/x@y' # http://u@h\n";
    let document = Document::parse("f", text, Dialect::Strict).unwrap();
    document.root().fields().unwrap().deny_unknown();
    let told = document.finish().unwrap_err().to_string();
    assert!(
        told.contains("https://************@host/x@y' # http://*@h"),
        "{told}"
    );
}
