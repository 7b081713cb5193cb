use proptest::prelude::*;
use secrecy::SecretString;

use super::{FillError, Filled, SmtpLogin};
use crate::alertmanager::Template;
use crate::exit::Exit;
use crate::fault::{Fault as _, chain};
use crate::yaml::{Dialect, Document};

/// No value of a secret; wherever it turns up it should not have.
const SENTINEL: &str = "hunter2";

fn login() -> SmtpLogin {
    SmtpLogin {
        username: "AKIAEXAMPLE".to_owned(),
        password: "p+w/1".into(),
    }
}

fn template(rest: &str) -> Template {
    let text = format!(
        "global:\n  smtp_auth_username: '@@smtp_username@@'\n  smtp_auth_password: '@@smtp_password@@'\n{rest}"
    );
    Template::parse("am.yaml", &text).unwrap()
}

/// What `rest` becomes when every field of the secret is `value`.
fn filled(rest: &str, value: &str) -> Result<String, FillError> {
    let head = "global:\n  smtp_auth_username: \"AKIAEXAMPLE\"\n  smtp_auth_password: \"p+w/1\"\n";
    let filled = template(rest).fill(&login(), |_| Some(value.into()))?;
    Ok(filled.expose().strip_prefix(head).unwrap().to_owned())
}

#[test]
fn only_values_with_placeholders_change_whatever_their_quotes() {
    for (before, after) in [
        ("a: '@@secret/x@@'  # why\n", "a: \"V\"  # why\n"),
        (
            "a: \"@@secret/x@@\"\r\nb: 'é' \r\n",
            "a: \"V\"\r\nb: 'é' \r\n",
        ),
        (
            "a: https://@@secret/x@@/y # z\n",
            "a: \"https://V/y\" # z\n",
        ),
        ("a: 'it''s \"@@secret/x@@\\'\n", "a: \"it's \\\"V\\\\\"\n"),
        (
            "a: x@@secret/x@@\n  y\n\n  z   \nb: 1\n",
            "a: \"xV y\\nz\"   \nb: 1\n",
        ),
        (
            "a: {b: x@@secret/x@@, \"c\":'@@secret/x@@'}",
            "a: {b: \"xV\", \"c\":\"V\"}",
        ),
        (
            "a: &n !!str '@@secret/x@@'\nb: *n\n",
            "a: &n !!str \"V\"\nb: *n\n",
        ),
        ("a: é \"@@secret/x@@\"\n", "a: \"\\xe9 \\\"V\\\"\"\n"),
    ] {
        assert_eq!(filled(before, "V").as_deref(), Ok(after), "{before}");
    }
}

#[test]
fn a_block_becomes_one_line_and_the_comments_around_it_stay() {
    for (before, after) in [
        (
            "a: |\n  x @@secret/x@@\n  y\nb: 1\n",
            "a: \"x V\\ny\\n\"\nb: 1\n",
        ),
        (
            "a: >-  # why\n  @@secret/x@@\n  y\n\n# next\nb: 1\n",
            "a: \"V y\"  # why\n\n# next\nb: 1\n",
        ),
        (
            "a: |2+ # | x\n\n    @@secret/x@@\n\n",
            "a: \"\\n  V\\n\\n\" # | x\n\n",
        ),
        ("a: |\n  @@secret/x@@", "a: \"V\\n\"\n"),
        (
            "'a | b': >\n  @@secret/x@@\n   # not a comment\n # a comment\nb: 1\n",
            "'a | b': \"V\\n # not a comment\\n\"\n # a comment\nb: 1\n",
        ),
        (
            "a:\n  - |\n    @@secret/x@@\n  - 1\n",
            "a:\n  - \"V\\n\"\n  - 1\n",
        ),
        (
            "a: |\r\n  @@secret/x@@\r\n  y\r\nb: 1\r\n",
            "a: \"V\\ny\\n\"\r\nb: 1\r\n",
        ),
        (
            "a: !!str |-\n  @@secret/x@@\n...\n",
            "a: !!str \"V\"\n...\n",
        ),
    ] {
        assert_eq!(filled(before, "V").as_deref(), Ok(after), "{before}");
    }
}

#[test]
fn a_block_whose_header_cannot_be_told_is_refused_with_the_way_out() {
    let text = "\
global:
  smtp_auth_username: '@@smtp_username@@'
  smtp_auth_password: '@@smtp_password@@'
'a | # b': |
  @@secret/x@@
";
    let error = Template::parse("am.yaml", text).unwrap_err().to_string();
    assert!(
        error.contains("am.yaml:4:1: error: this value cannot be replaced"),
        "{error}"
    );
    assert!(
        error.ends_with("hint: write it in double quotes on one line"),
        "{error}"
    );
}

#[test]
fn the_same_input_gives_the_same_bytes_and_hash() {
    let template = template("a: '@@secret/x@@'\n");
    let fill = |value: &str| template.fill(&login(), |_| Some(value.into())).unwrap();
    assert_eq!(fill("v").expose(), fill("v").expose());
    assert_eq!(fill("v").hash(), fill("v").hash());
    assert_ne!(fill("v").hash(), fill("w").hash());
}

#[test]
fn each_field_is_asked_for_once_by_its_name() {
    let template = template("a: '@@secret/x@@@@secret/x@@ @@secret/y@@'\n");
    let asked = std::cell::RefCell::new(Vec::new());
    let secret = |field: &str| {
        asked.borrow_mut().push(field.to_owned());
        Some(SecretString::from(format!("<{field}>")))
    };
    let filled = template.fill(&login(), secret).unwrap();
    assert!(
        filled.expose().ends_with("a: \"<x><x> <y>\"\n"),
        "{}",
        filled.expose()
    );
    assert_eq!(*asked.borrow(), ["x", "y"]);
}

#[test]
fn values_that_would_break_mail_or_the_file_are_refused_and_not_shown() {
    let placeholder = || "@@secret/x@@".to_owned();
    let long = format!("{SENTINEL}$(HOME)");
    let trailing = format!("{SENTINEL}\n");
    let c1 = format!("{SENTINEL}\u{85}");
    for (value, expected) in [
        (
            "",
            FillError::Empty {
                placeholder: placeholder(),
            },
        ),
        (
            trailing.as_str(),
            FillError::Control {
                placeholder: placeholder(),
            },
        ),
        (
            c1.as_str(),
            FillError::Control {
                placeholder: placeholder(),
            },
        ),
        (
            "\0",
            FillError::Control {
                placeholder: placeholder(),
            },
        ),
        (
            "<secret>",
            FillError::Masked {
                placeholder: placeholder(),
            },
        ),
        (
            long.as_str(),
            FillError::Substitution {
                placeholder: placeholder(),
            },
        ),
    ] {
        assert_eq!(
            filled("a: '@@secret/x@@'\n", value),
            Err(expected),
            "{value:?}"
        );
    }
    let joined = filled("a: '$@@secret/x@@'\n", &format!("({SENTINEL})"));
    assert_eq!(
        joined,
        Err(FillError::Substitution {
            placeholder: placeholder()
        })
    );
}

#[test]
fn an_empty_login_and_a_missing_field_are_refused() {
    let template = template("a: '@@secret/slack-webhook@@'\n");
    let some = |_: &str| Some(SecretString::from("v"));
    let no_user = SmtpLogin {
        username: String::new(),
        ..login()
    };
    let no_password = SmtpLogin {
        password: "".into(),
        ..login()
    };
    let text = |result: Result<Filled, FillError>| result.unwrap_err().to_string();
    assert_eq!(
        text(template.fill(&no_user, some)),
        "the value of `@@smtp_username@@` is empty"
    );
    assert_eq!(
        text(template.fill(&no_password, some)),
        "the value of `@@smtp_password@@` is empty"
    );
    let missing = template.fill(&login(), |_| None).unwrap_err();
    assert_eq!(
        missing.to_string(),
        "the secret has no field `slack-webhook`, which the template needs"
    );
    assert_eq!(
        (missing.exit(), missing.code()),
        (Exit::Config, "alertmanager-fill")
    );
}

#[test]
fn nothing_that_prints_shows_a_secret() {
    let secret_login = SmtpLogin {
        password: SENTINEL.into(),
        ..login()
    };
    let template = template("a: '@@secret/x@@'\n");
    let filled = template
        .fill(&secret_login, |_| Some(SENTINEL.into()))
        .unwrap();
    assert!(filled.expose().contains(SENTINEL));
    let mut printed = format!("{secret_login:?} {filled:?} {filled:#?} {}", filled.hash());
    for value in [format!("{SENTINEL}\n"), format!("{SENTINEL}$(")] {
        for login in [
            SmtpLogin {
                password: value.as_str().into(),
                ..login()
            },
            login(),
        ] {
            let error = template
                .fill(&login, |_| Some(value.as_str().into()))
                .unwrap_err();
            printed.extend([format!("{error:?} {:?}", error.hint()), chain(&error)]);
        }
    }
    assert!(!printed.contains(SENTINEL), "{printed}");
}

/// Values at every place that a template can have, each with its path's quotes.
const PLACES: &str = "\
plain: x @@secret/v@@ y
single: '@@secret/v@@'
double: \"a\\t@@secret/v@@\"
block: |-
  one
  @@secret/v@@
folded: >
  @@secret/v@@
  two
flow: {a: [\"@@secret/v@@\", 1], b: yes} # end
after: kept
";

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn any_value_arrives_unchanged_and_changes_nothing_else(
        value in prop_oneof![
            any::<String>(),
            "[ -~]{1,40}",
            r#"["'\\#:\-\[\]{},&*!|>%@`?~ \t$(é🦀\u{2028}\u{feff}]{1,12}"#,
        ],
    ) {
        let refused = value.is_empty() || value == "<secret>"
            || value.chars().any(char::is_control) || value.contains("$(");
        let result = filled(PLACES, &value);
        prop_assert_eq!(result.is_err(), refused);
        let Ok(text) = result else { return Ok(()) };
        let document = Document::parse("t", &text, Dialect::Strict).unwrap();
        let mut fields = document.root().fields().unwrap();
        let mut string = |name| fields.required(name).unwrap().string().unwrap();
        prop_assert_eq!(string("plain"), format!("x {value} y"));
        prop_assert_eq!(string("single"), value.clone());
        prop_assert_eq!(string("double"), format!("a\t{value}"));
        prop_assert_eq!(string("block"), format!("one\n{value}"));
        prop_assert_eq!(string("folded"), format!("{value} two\n"));
        prop_assert_eq!(string("after"), "kept");
        let mut flow = fields.required("flow").unwrap().fields().unwrap();
        let list = flow.required("a").unwrap().items().unwrap();
        prop_assert_eq!(list[0].string(), Some(value));
        prop_assert_eq!((list[1].integer(1..=1_u8), list.len()), (Some(1), 2));
        prop_assert_eq!(flow.required("b").unwrap().source_text(), Some("yes".to_owned()));
        flow.deny_unknown();
        fields.deny_unknown();
        prop_assert!(document.finish().unwrap().is_empty());
        let end = ", 1], b: yes} # end\nafter: kept\n";
        prop_assert!(text.ends_with(end));
    }
}
