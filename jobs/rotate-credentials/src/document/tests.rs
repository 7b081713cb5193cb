use super::*;

const ID: &str = "AKIAIOSFODNN7EXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

fn names() -> FieldNames {
    FieldNames {
        access_key_id: "email_access_key_id".into(),
        secret_access_key: "email_secret_access_key".into(),
    }
}

fn parse(text: &str) -> Result<Document, DocumentError> {
    Document::parse(text.into(), &names())
}

fn other_pair() -> Pair {
    Pair {
        id: "AKIAZZZZZZZZZZZZZZZZ".parse().unwrap(),
        secret: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/".into(),
    }
}

#[test]
fn only_the_two_values_change() {
    let text = format!(
        "{{ \"slack-webhook\":\"https:\\/\\/x\\u002fy\",\t\"email_secret_access_key\" : \"{SECRET}\",\n \
         \"n\": 1.50e3, \"email_access_key_id\":\"{ID}\" ,\"last\":[1, {{\"a\" :null}}]}}\n"
    );
    let document = parse(&text).unwrap();
    assert_eq!(document.pair().id.as_str(), ID);
    let changed = document.with_pair(&other_pair());
    let expected = text
        .replace(ID, "AKIAZZZZZZZZZZZZZZZZ")
        .replace(SECRET, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/");
    assert_eq!(changed.expose_secret(), expected);
    let back = parse(changed.expose_secret())
        .unwrap()
        .with_pair(document.pair());
    assert_eq!(back.expose_secret(), text);
    assert_eq!(
        document.field("slack-webhook").unwrap().expose_secret(),
        "https://x/y"
    );
    assert!(document.field("n").is_none());
}

#[test]
fn what_is_wrong_is_said_without_a_word_of_the_content() {
    let pair = |id: &str, secret: &str| {
        format!(r#"{{"email_access_key_id":{id},"email_secret_access_key":{secret}}}"#)
    };
    let good = (format!("\"{ID}\""), format!("\"{SECRET}\""));
    let table = [
        (String::new(), "not JSON: it breaks at line 1, column 0"),
        (
            format!("{{\"a\": {SECRET}"),
            "not JSON: it breaks at line 1, column 7",
        ),
        (format!("\"{SECRET}\""), "the JSON text is no object"),
        (format!("[\"{SECRET}\"]"), "the JSON text is no object"),
        (
            format!("{} x", pair(&good.0, &good.1)),
            "not JSON: it breaks at line 1, column 117",
        ),
        (
            format!(r#"{{"a":1,"a":"{SECRET}"}}"#),
            "member `a` stands there twice",
        ),
        ("{}".to_owned(), "member `email_access_key_id` is missing"),
        (
            pair("\"\"", &good.1),
            "member `email_access_key_id` is missing",
        ),
        (
            pair("7", &good.1),
            "member `email_access_key_id` is not a string",
        ),
        (
            pair(&good.1, &good.0),
            "member `email_access_key_id` is not an access key id (`AKIA` and 16 capital letters or digits)",
        ),
        (
            pair(&good.0, &format!("\"{SECRET}\\n\"")),
            "member `email_secret_access_key` is not a secret access key (40 letters, digits, `/` or `+`, nothing around them)",
        ),
    ];
    for (text, expected) in table {
        let error = parse(&text).unwrap_err();
        assert_eq!(error.to_string(), expected, "{text}");
        assert!(!format!("{error} {error:?}").contains("wJalr"), "{text}");
    }
}

#[test]
fn a_document_does_not_print_its_content() {
    let document = parse(&format!(
        r#"{{"email_access_key_id":"{ID}","email_secret_access_key":"{SECRET}","slack":"hunter2"}}"#
    ));
    let shown = format!("{document:?}");
    assert!(
        !shown.contains("wJalr") && !shown.contains("hunter2"),
        "{shown}"
    );
}

proptest::proptest! {
    #[test]
    fn every_other_byte_survives(
        before in "[ \\n\\t]{0,3}", name in "[a-z\\\\u0041é]{1,8}",
        value in proptest::sample::select(vec!["1", "-0.0", "\"é\\u00e9\\n\"", "[ ]", "{\"a\":[1,2 ]}", "null", "1E+2"]),
        swap: bool,
    ) {
        let (a, b) = (
            format!("\"email_access_key_id\"{before}:{before}\"{ID}\""),
            format!("\"email_secret_access_key\":{before}\"{SECRET}\"{before}"),
        );
        let (first, second) = if swap { (&b, &a) } else { (&a, &b) };
        let text = format!("{before}{{{first},\"x{}\":{value}{before},{second}}}{before}", name.replace('\\', ""));
        let document = parse(&text).unwrap();
        let there = document.with_pair(&other_pair());
        let back = parse(there.expose_secret()).unwrap().with_pair(document.pair());
        proptest::prop_assert_eq!(back.expose_secret(), text);
    }
}
