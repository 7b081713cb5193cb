//! The first pair of a secret that has none: our two members come into the text, every other byte
//! stays.

use std::collections::BTreeMap;
use std::ops::Range;

use common::secret::{ExposeSecret as _, SecretString};

use super::{DocumentError, FieldNames, members};
use crate::pair::Pair;

/// What is there of our two members. An empty text and `null` count as nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Room {
    /// Neither has a value.
    Free,
    /// One has, which is half of a pair.
    Half {
        /// Its name.
        taken: String,
    },
    /// Both have; whether they are of use is for [`super::Document`] to say.
    Taken,
}

/// Looks for a place for the pair.
///
/// # Errors
/// When `text` is no JSON object with unique members.
pub fn room(text: &SecretString, names: &FieldNames) -> Result<Room, DocumentError> {
    let text = text.expose_secret();
    let members = members(text)?;
    let taken = |name: &str| {
        let value = members.get(name).and_then(|span| text.get(span.clone()));
        value.is_some_and(|value| !matches!(value, "\"\"" | "null"))
    };
    let half = |name: &String| Room::Half {
        taken: name.clone(),
    };
    Ok(
        match (taken(&names.access_key_id), taken(&names.secret_access_key)) {
            (false, false) => Room::Free,
            (true, false) => half(&names.access_key_id),
            (false, true) => half(&names.secret_access_key),
            (true, true) => Room::Taken,
        },
    )
}

/// `text` with `pair` in its two members: in place of empty values, otherwise after the last member.
///
/// # Errors
/// When `text` is no JSON object with unique members.
pub fn with_first_pair(
    text: &SecretString,
    names: &FieldNames,
    pair: &Pair,
) -> Result<SecretString, DocumentError> {
    let text = text.expose_secret();
    let members = members(text)?;
    let end = members.values().map(|span| span.end).max();
    let values = [
        (&names.access_key_id, pair.id.as_str()),
        (&names.secret_access_key, pair.secret.expose_secret()),
    ];
    let mut edits: Vec<Edit<'_>> = values
        .into_iter()
        .filter_map(|(name, value)| replacement(&members, name, value))
        .collect();
    edits.sort_by_key(|edit| edit.span.start);
    let missing = values
        .into_iter()
        .filter(|(name, _)| !members.contains_key(*name));
    // As much as it can need, so that no half of it stays behind in freed memory.
    let mut out = String::with_capacity(upper_bound(text.len(), names));
    let mut done = 0;
    for edit in &edits {
        out.push_str(text.get(done..edit.span.start).unwrap_or_default());
        push_value(&mut out, edit.value);
        done = edit.span.end;
    }
    let place = end.unwrap_or_else(|| text.find('{').map_or(0, |brace| brace + 1));
    out.push_str(text.get(done..place).unwrap_or_default());
    let mut first = end.is_none();
    for (name, value) in missing {
        if !first {
            out.push_str(", ");
        }
        first = false;
        out.push_str(&quoted(name));
        out.push_str(": ");
        push_value(&mut out, value);
    }
    out.push_str(text.get(place..).unwrap_or_default());
    Ok(out.into())
}

/// Bytes that a text of `length` bytes has at most with a pair in it.
pub fn upper_bound(length: usize, names: &FieldNames) -> usize {
    /// Both values, their quotes, colons, commas and blanks.
    const BESIDE_NAMES: usize = 128;
    length
        + quoted(&names.access_key_id).len()
        + quoted(&names.secret_access_key).len()
        + BESIDE_NAMES
}

/// One value that takes the place of another.
struct Edit<'a> {
    span: Range<usize>,
    value: &'a str,
}

fn replacement<'a>(
    members: &BTreeMap<String, Range<usize>>,
    name: &str,
    value: &'a str,
) -> Option<Edit<'a>> {
    let span = members.get(name)?.clone();
    Some(Edit { span, value })
}

/// Neither half of a pair has a character that JSON escapes.
fn push_value(out: &mut String, value: &str) {
    out.push('"');
    out.push_str(value);
    out.push('"');
}

fn quoted(name: &str) -> String {
    serde_json::Value::from(name).to_string()
}

#[cfg(test)]
mod tests {
    use super::super::Document;
    use super::*;

    fn names() -> FieldNames {
        FieldNames {
            access_key_id: "id".into(),
            secret_access_key: "key".into(),
        }
    }

    fn pair() -> Pair {
        Pair {
            id: "AKIAIOSFODNN7EXAMPLE".parse().unwrap(),
            secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".into(),
        }
    }

    /// The text with the pair in it; the values shortened for reading.
    fn inserted(text: &str) -> String {
        let with_pair = with_first_pair(&text.into(), &names(), &pair()).unwrap();
        let shown = with_pair
            .expose_secret()
            .replace(pair().id.as_str(), "ID")
            .replace(pair().secret.expose_secret(), "KEY");
        let document = Document::parse(with_pair, &names()).unwrap();
        assert_eq!(document.pair().id, pair().id);
        shown
    }

    #[test]
    fn members_that_are_missing_come_after_the_last_one() {
        let table = [
            ("{}", r#"{"id": "ID", "key": "KEY"}"#),
            (" { } \n", " {\"id\": \"ID\", \"key\": \"KEY\" } \n"),
            (
                r#"{"a":1.50e+02,"b":"x\u0041"}"#,
                r#"{"a":1.50e+02,"b":"x\u0041", "id": "ID", "key": "KEY"}"#,
            ),
            (
                "{\n  \"a\": {}\n}\n",
                "{\n  \"a\": {}, \"id\": \"ID\", \"key\": \"KEY\"\n}\n",
            ),
            (r#"{"a": "}{"}"#, r#"{"a": "}{", "id": "ID", "key": "KEY"}"#),
        ];
        for (text, expected) in table {
            assert_eq!(inserted(text), expected, "{text}");
        }
    }

    #[test]
    fn empty_members_are_filled_where_they_stand() {
        let table = [
            (
                r#"{"key":"","id":null,"a":1}"#,
                r#"{"key":"KEY","id":"ID","a":1}"#,
            ),
            (r#"{"id":"","a":1}"#, r#"{"id":"ID","a":1, "key": "KEY"}"#),
            (
                r#"{"a":1,"key":null}"#,
                r#"{"a":1,"key":"KEY", "id": "ID"}"#,
            ),
        ];
        for (text, expected) in table {
            assert_eq!(inserted(text), expected, "{text}");
        }
    }

    #[test]
    fn there_is_room_where_neither_has_a_value() {
        let room = |text: &str| room(&text.into(), &names());
        for free in ["{}", r#"{"id":""}"#, r#"{"id":null,"key":"","a":1}"#] {
            assert_eq!(room(free), Ok(Room::Free), "{free}");
        }
        let half = |taken: &str| {
            Ok(Room::Half {
                taken: taken.to_owned(),
            })
        };
        assert_eq!(room(r#"{"id":"x"}"#), half("id"));
        assert_eq!(room(r#"{"id":"","key":1}"#), half("key"));
        assert_eq!(room(r#"{"id":"x","key":"y"}"#), Ok(Room::Taken));
        for broken in ["", "[]", "{", r#"{"id":"","id":""}"#] {
            assert!(room(broken).is_err(), "{broken}");
        }
    }

    proptest::proptest! {
        #[test]
        fn every_other_byte_stays(
            before in "[ \n]{0,3}", inner in proptest::collection::btree_map("[a-c]{1,3}", "[ -~é\n]{0,9}", 0..4),
            after in "[ \n]{0,3}", name in "[\"\\\\a-z]{1,4}x",
        ) {
            let body = serde_json::to_string_pretty(&inner).unwrap();
            let text = format!("{before}{body}{after}");
            let names = FieldNames { access_key_id: format!("i{name}"), secret_access_key: format!("k{name}") };
            let out = with_first_pair(&text.as_str().into(), &names, &pair()).unwrap();
            let out = out.expose_secret();
            proptest::prop_assert!(out.len() <= upper_bound(text.len(), &names));
            // What was added is one piece: without it the text is what it was.
            let added = out.len() - text.len();
            let at = (0..=text.len()).find(|at| {
                out.get(..*at) == text.get(..*at) && text.is_char_boundary(*at)
                    && out.get(at + added..) == text.get(*at..)
            });
            proptest::prop_assert!(at.is_some(), "{}", out);
        }
    }
}
