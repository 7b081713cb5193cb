//! Differences that the servers made.

use serde_json::{Value, json};

use super::is_default;
use crate::check::schemas::KindSchemas;
use crate::difference::Side::{Absent, Hidden, NoObject};
use crate::difference::{Class, Difference, Side};
use crate::path::{Path, Segment};
use crate::schema::Schema;

fn shown(text: &str) -> Side {
    Side::Shown(text.to_owned())
}

/// A schema in which `/spec/a` and `/spec/list/*/a` have this default, if any.
fn schema(default: Option<Value>) -> Option<Schema> {
    let field = default.map_or(json!({}), |value| json!({"default": value}));
    let inner = json!({"type": "object", "properties": {
        "a": field.clone(),
        "list": {"type": "array", "items": {"type": "object", "properties": {"a": field}}},
    }});
    let definition = json!({"spec": {"versions": [{"name": "v1", "schema": {
        "openAPIV3Schema": {"type": "object", "properties": {"spec": inner}},
    }}]}});
    Schema::of_definition(&definition, "v1")
}

fn known(each: Vec<Option<Schema>>) -> KindSchemas {
    KindSchemas { union: None, each }
}

fn at(path: Path, class: Class, sides: Vec<Side>) -> Difference {
    Difference { path, class, sides }
}

fn field() -> Path {
    Path::default().field("spec").field("a")
}

#[test]
fn every_side_must_be_what_its_own_server_fills_in() {
    let known = known(vec![
        schema(Some(json!("x"))),
        schema(Some(json!("y"))),
        schema(None),
    ]);
    for (sides, is) in [
        (vec![shown("x"), shown("y"), NoObject], true),
        (vec![shown("x"), NoObject, Absent], true),
        (vec![shown("x"), shown("y"), Absent], true),
        (vec![shown("y"), shown("x"), NoObject], false),
        (vec![shown("x"), shown("x"), NoObject], false),
        (vec![Absent, shown("y"), NoObject], false),
        (vec![shown("x"), shown("y"), shown("z")], false),
        (vec![NoObject, NoObject, Absent], false),
        (
            vec![Hidden { group: 0 }, Hidden { group: 1 }, NoObject],
            false,
        ),
    ] {
        let text = format!("{sides:?}");
        let difference = at(field(), Class::Value, sides);
        assert_eq!(is_default(&difference, &known), is, "{text}");
    }
}

#[test]
fn without_a_server_s_schema_nothing_of_it_is_a_default() {
    let known = known(vec![schema(Some(json!("x"))), None]);
    for other in [shown("x"), Absent] {
        let difference = at(field(), Class::Presence, vec![shown("x"), other]);
        assert!(!is_default(&difference, &known), "{difference:?}");
    }
}

#[test]
fn defaults_that_are_no_texts_are_compared_as_they_are_shown() {
    for (default, text) in [
        (json!(3), "3"),
        (json!(true), "true"),
        (json!({"soft": 1}), "{\"soft\":1}"),
        (json!(""), ""),
    ] {
        let known = known(vec![schema(Some(default)), schema(None)]);
        let difference = at(field(), Class::Presence, vec![shown(text), Absent]);
        assert!(is_default(&difference, &known), "{text}");
    }
}

#[test]
fn defaults_in_lists_are_known_and_those_in_documents_are_not() {
    let known = known(vec![schema(Some(json!("x"))), schema(None)]);
    let list = Path::default().field("spec").field("list");
    let item = Segment::Item(vec![("name".to_owned(), "n".to_owned())]);
    for (path, is) in [
        (list.with(item).field("a"), true),
        (list.with(Segment::Index(0)).field("a"), true),
        (
            Path::default()
                .with(Segment::Document)
                .field("spec")
                .field("a"),
            false,
        ),
        (list.field("a"), false),
    ] {
        let difference = at(path, Class::Presence, vec![shown("x"), Absent]);
        assert_eq!(is_default(&difference, &known), is, "{difference:?}");
    }
}

#[test]
fn an_order_or_a_document_is_never_a_default() {
    let known = known(vec![schema(Some(json!("x"))), schema(Some(json!("y")))]);
    for class in [
        Class::Order,
        Class::Cosmetic,
        Class::InvalidDocument,
        Class::DuplicateKey,
    ] {
        let difference = at(field(), class, vec![shown("x"), shown("y")]);
        assert!(!is_default(&difference, &known), "{class:?}");
    }
}
