use std::collections::BTreeMap;

use common::yaml::{Dialect, Document};

use super::{HISTORY, Panel, board, bundle, generation};

/// Boards by key, as a YAML parser reads them.
fn parsed(text: &str) -> BTreeMap<String, String> {
    let document = Document::parse("bundle", text, Dialect::Strict).unwrap();
    let mut root = document.root().fields().unwrap();
    assert_eq!(
        root.required("kind").unwrap().string().unwrap(),
        "ConfigMapList"
    );
    let mut boards = BTreeMap::new();
    for item in root.required("items").unwrap().items().unwrap() {
        let data = item.fields().unwrap().required("data").unwrap();
        for (key, value) in data.entries().unwrap() {
            boards.insert(key.text.clone(), value.string().unwrap());
        }
    }
    boards
}

#[test]
fn a_bundle_holds_its_boards_byte_for_byte() {
    let text = board("u", "T", &[Panel::new(1, "A \"b\"", "up{job=\"x\"}")]);
    assert!(
        text.starts_with("{\n    \"editable\": false,\n    \"links\": [\n\n    ],\n"),
        "{text}"
    );
    assert!(text.ends_with("\"uid\": \"u\"\n}"), "{text}");
    let read = parsed(&bundle(&[("b", &text), ("a", &text)]));
    assert_eq!(
        read,
        [("a.json", &text), ("b.json", &text)]
            .map(|(k, v)| (k.to_owned(), v.clone()))
            .into()
    );
}

#[test]
fn each_generation_differs_from_the_one_before_as_its_change_says() {
    let counts: Vec<_> = (0..HISTORY.len())
        .map(|n| {
            let (old, new) = (
                parsed(&generation(n).text()),
                parsed(&generation(n + 1).text()),
            );
            assert_ne!(generation(n).text(), generation(n + 1).text());
            let added = new.keys().filter(|key| !old.contains_key(*key)).count();
            let removed = old.keys().filter(|key| !new.contains_key(*key)).count();
            let changed = new
                .iter()
                .filter(|(key, text)| old.get(*key).is_some_and(|old| old != *text));
            (added, removed, changed.count())
        })
        .collect();
    assert_eq!(
        counts,
        [
            (0, 0, 0),
            (0, 0, 1),
            (0, 0, 1),
            (0, 0, 5),
            (1, 0, 0),
            (0, 1, 0),
            (1, 1, 0),
            (0, 0, 1)
        ]
    );
}
