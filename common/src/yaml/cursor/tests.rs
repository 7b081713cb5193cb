use super::Cursor;
use crate::exit::Exit;
use crate::fault::Fault as _;
use crate::yaml::{Dialect, Document, Invalid, Problems};

/// Reads a file of our own: `name` and `retries` are required, `dry` and `hosts` are not.
fn job(text: &str, dialect: Dialect) -> Result<Problems, Invalid> {
    let document = Document::parse("jobs.yaml", text, dialect)?;
    if let Some(mut fields) = document.root().fields() {
        fields.required("name").and_then(|name| name.string());
        fields
            .required("retries")
            .and_then(|retries| retries.integer(0..=9_u8));
        fields.get("dry").and_then(|dry| dry.boolean());
        let hosts = fields
            .get("hosts")
            .and_then(|hosts| hosts.items())
            .unwrap_or_default();
        for host in hosts {
            host.source_text();
        }
        fields.deny_unknown();
    }
    document.finish()
}

fn root<T>(text: &str, dialect: Dialect, read: impl Fn(Cursor<'_>) -> T) -> T {
    read(Document::parse("f.yaml", text, dialect).unwrap().root())
}

#[test]
fn mistakes_in_a_strict_file_come_together_with_paths_and_hints() {
    let text = "\
name: 5
retires: 3
dry: yes
hosts: [a, ~, {b: c}]
colour: red
";
    let invalid = job(text, Dialect::Strict).unwrap_err();
    assert_eq!(
        (invalid.exit(), invalid.code()),
        (Exit::Config, "config-invalid")
    );
    insta::assert_snapshot!(invalid);
}

#[test]
fn a_required_key_is_told_as_misspelt_also_where_the_file_begins_with_it() {
    let invalid = job("nmae: nightly\nretries: 3\n", Dialect::Strict).unwrap_err();
    insta::assert_snapshot!(invalid.problems(), @r"
    jobs.yaml:1:1: error: the file must have the key `name`
      1 | nmae: nightly
        | ^

    jobs.yaml:1:1: error: unknown key `nmae`
      1 | nmae: nightly
        | ^
    hint: did you mean `name`?
    ");
}

#[test]
fn a_sound_file_has_nothing_to_say() {
    let text = "name: nightly\nretries: 3\ndry: true\nhosts: [0123, yes]\n";
    assert!(job(text, Dialect::Strict).unwrap().is_empty());
}

#[test]
fn a_file_that_is_no_mapping_is_told_so_once() {
    insta::assert_snapshot!(job("- a\n", Dialect::Strict).unwrap_err().problems(), @r"
    jobs.yaml:1:1: error: the file must be a mapping, not a list
      1 | - a
        | ^
    hint: write `key: value`, one pair a line
    ");
}

#[test]
fn a_quoted_number_is_a_warning_in_one_dialect_and_an_error_in_the_other() {
    let text = "name: nightly\nretries: '3'\n";
    assert_eq!(job(text, Dialect::Yaml11).unwrap().len(), 1);
    insta::assert_snapshot!(job(text, Dialect::Strict).unwrap_err().problems(), @r#"
    jobs.yaml:2:10: error: `retries` must be a whole number from 0 to 9, not the text "3"
      2 | retries: '3'
        |          ^
    hint: remove the quotes
    "#);
}

#[test]
fn whole_numbers_are_read_however_they_are_written() {
    let read = |text| {
        root(text, Dialect::Yaml11, |cursor| {
            cursor.integer(-5..=1000_i64)
        })
    };
    for (text, expected) in [
        ("60", Some(60)),
        ("60.0", Some(60)),
        ("6e2", Some(600)),
        ("-5", Some(-5)),
        ("-6", None),
        ("1001", None),
        ("1.5", None),
        (".inf", None),
        (".nan", None),
        ("1e300", None),
        ("[1]", None),
    ] {
        assert_eq!(read(text), expected, "{text}");
    }
}

#[test]
fn a_type_without_room_for_the_number_does_not_get_it() {
    assert_eq!(
        root("300", Dialect::Strict, |cursor| cursor.integer(0..=u8::MAX)),
        None
    );
    assert_eq!(
        root("255", Dialect::Strict, |cursor| cursor.integer(0..=u8::MAX)),
        Some(255)
    );
}

#[test]
fn absent_null_and_present_are_told_apart() {
    let text = "null: ~\nempty:\nthere: ''\n";
    root(text, Dialect::Strict, |cursor| {
        let mut fields = cursor.fields().unwrap();
        assert!(fields.get("null").is_none() && fields.get_or_null("null").is_some());
        assert!(fields.get("empty").is_none() && fields.get_or_null("empty").is_some());
        assert!(fields.get("there").is_some());
        assert!(fields.get_or_null("absent").is_none());
        assert_eq!(fields.unread().count(), 0);
        assert_eq!(fields.key("there").map(|key| key.position.line), Some(3));
    });
}

#[test]
fn long_text_is_shortened_in_messages() {
    let text = format!("name: {}\nretries: {}\n", "n".repeat(80), "x".repeat(80));
    let message = job(&text, Dialect::Strict).unwrap_err().to_string();
    assert!(
        message.contains(&format!("not the text \"{}…\"", "x".repeat(60))),
        "{message}"
    );
}
