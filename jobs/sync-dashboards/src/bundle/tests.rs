use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::{Bundle, read, write};
use crate::dashboard::{Dashboard, panels};
use crate::digest::{BlobId, Digest};
use crate::key::Key;

fn list(items: &str) -> String {
    format!("apiVersion: v1\nitems:\n{items}kind: ConfigMapList\n")
}

fn item(data: &str) -> String {
    format!("- apiVersion: v1\n  kind: ConfigMap\n  metadata: {{name: x}}\n{data}")
}

fn bundle(text: &str) -> Bundle {
    read("f.yaml", text.as_bytes()).unwrap()
}

#[test]
fn texts_are_taken_byte_by_byte() {
    let bundle = bundle(&list(&item(
        "  data:\n    a-b.json: |-\n      {\n          \"x\": [\n\n          ]\n      }\n",
    )));
    let (key, text) = bundle.entries.first_key_value().unwrap();
    assert_eq!(
        (key.as_str(), text.as_str()),
        ("a-b.json", "{\n    \"x\": [\n\n    ]\n}")
    );
    assert!(bundle.refused.is_empty());
}

#[test]
fn an_item_without_exactly_one_dashboard_is_refused_and_the_others_are_read() {
    let text = list(
        &[
            item(""),
            item("  data: {a.json: \"{}\", b.json: \"{}\"}\n"),
            item("  binaryData: {a.json: e30=}\n"),
            item("  data: {c.json: \"{}\"}\n"),
        ]
        .concat(),
    );
    let bundle = bundle(&text);
    assert_eq!(bundle.entries.len(), 1);
    let said: Vec<_> = bundle.refused.iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "items[0] \"x\": holds no data",
            "items[1] \"x\": holds 2 dashboards, not one",
            "items[2] \"x\": holds binary data",
        ]
    );
}

#[test]
fn a_name_that_no_dashboard_may_have_condemns_the_file() {
    for name in [
        "../etc/passwd.json",
        "a.url",
        "A.json",
        "a.json.url",
        "/a.json",
    ] {
        let text = list(&item(&format!(
            "  data: {{\"{name}\": \"{{}}\", b.json: \"{{}}\"}}\n"
        )));
        let trouble = read("f.yaml", text.as_bytes()).unwrap_err();
        assert_eq!(trouble.code, "bundle-hostile", "{name}");
        assert!(
            trouble.text.contains("f.yaml: items[0]"),
            "{}",
            trouble.text
        );
    }
}

#[test]
fn what_is_not_upstreams_form_is_refused_as_a_whole() {
    let one = item("  data: {a.json: \"{}\"}\n");
    let deep = format!("{}{}", "[".repeat(20_000), "]".repeat(20_000));
    let bomb: Vec<String> = (0..9)
        .map(|level| {
            let alias = format!("*a{}", level - 1);
            let value = if level == 0 {
                "x".to_owned()
            } else {
                vec![alias; 10].join(", ")
            };
            format!("a{level}: &a{level} [{value}]\n")
        })
        .collect();
    let bomb = bomb.concat();
    for (text, said) in [
        (String::new(), "f.yaml: empty"),
        ("<!DOCTYPE html><html></html>".to_owned(), "a web page"),
        ("just text\n".to_owned(), "must be a mapping"),
        (
            list(&one).replace("ConfigMapList", "List"),
            "`kind` must be ConfigMapList",
        ),
        (
            list(&one).replace("kind: ConfigMap\n", "kind: Secret\n"),
            "must be ConfigMap",
        ),
        (
            "apiVersion: v1\nitems: []\nkind: ConfigMapList\n".to_owned(),
            "has 0 items",
        ),
        (
            list(&format!("{one}{one}")),
            "is the second dashboard called a.json",
        ),
        (
            format!("{}---\nx: 1\n", list(&one)),
            "a second document begins here",
        ),
        (list(&one).replace("items:", "items: []\nitems:"), "items"),
        (list(&item("  data: {a.json: 3}\n")), "must be text"),
        (deep, "f.yaml:1"),
        (bomb, "f.yaml"),
        (
            list(&one).replace("kind: ConfigMapList", "more: 1\nkind: ConfigMapList"),
            "unknown key `more`",
        ),
    ] {
        let trouble = read("f.yaml", text.as_bytes()).unwrap_err();
        assert_eq!(trouble.code, "bundle-malformed");
        assert!(trouble.text.contains(said), "{said}: {}", trouble.text);
    }
    assert!(
        read("f.yaml", b"\xff\xfe")
            .unwrap_err()
            .text
            .contains("not UTF-8")
    );
}

proptest::proptest! {
    #[test]
    fn what_is_written_is_read_again(texts in proptest::collection::vec("[ -~\n]{1,40}", 1..4)) {
        let entries: BTreeMap<_, _> = texts
            .into_iter()
            .enumerate()
            .map(|(index, text)| (Key::parse(&format!("d{index}.json")).unwrap(), text))
            .collect();
        // Blank lines alone are nothing that a block scalar can hold.
        proptest::prop_assume!(entries.values().all(|text| !text.trim().is_empty()));
        let read = read("f.yaml", write(&entries).as_bytes()).unwrap();
        proptest::prop_assert_eq!(read.entries, entries);
    }
}

/// Members called `expr` at any place, those of annotations too.
fn expressions(value: &Value) -> usize {
    match value {
        Value::Object(object) => {
            let here = usize::from(object.contains_key("expr"));
            here + object.values().map(expressions).sum::<usize>()
        }
        Value::Array(items) => items.iter().map(expressions).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

/// Real files, and what is known about each dashboard in them.
#[test]
fn every_known_release_is_read_as_its_index_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/kube-prometheus");
    let Ok(index) = fs::read_to_string(folder.join("index.tsv")) else {
        println!("skipped: {} is not there", folder.display());
        return;
    };
    let mut rows = 0;
    let mut bundles: BTreeMap<&str, Bundle> = BTreeMap::new();
    for row in index.lines().skip(1) {
        let cells: Vec<_> = row.split('\t').collect();
        let [
            release,
            file,
            bytes,
            sha256,
            uid,
            title,
            schema,
            count,
            exprs,
        ] = cells[..]
        else {
            panic!("{row}");
        };
        let bundle = bundles.entry(release).or_insert_with(|| {
            let path = folder
                .join(release)
                .join("grafana-dashboardDefinitions.yaml");
            read(release, &fs::read(path).unwrap()).unwrap()
        });
        assert!(bundle.refused.is_empty());
        let text = &bundle.entries[file];
        let upstream = Digest::of(text);
        let (dashboard, value) =
            Dashboard::read(Key::parse(file).unwrap(), text.clone(), upstream).unwrap();
        assert_eq!(text.len().to_string(), bytes, "{release} {file}");
        assert_eq!(upstream.to_string(), sha256, "{release} {file}");
        let uid: Option<String> = serde_json::from_str(uid).unwrap();
        assert_eq!(
            dashboard.uid,
            uid.filter(|uid| !uid.is_empty()),
            "{release} {file}"
        );
        assert_eq!(
            dashboard.title,
            serde_json::from_str::<String>(title).unwrap()
        );
        assert_eq!(
            dashboard.schema_version,
            schema.parse().ok(),
            "{release} {file}"
        );
        let panels = panels::all(&value);
        assert_eq!(panels.len().to_string(), count, "{release} {file}");
        assert_eq!(expressions(&value).to_string(), exprs, "{release} {file}");
        rows += 1;
    }
    assert_eq!((rows, bundles.len()), (150, 6));
    let path = folder.join("main-2026-08-10/grafana-dashboardDefinitions.yaml");
    let blob = BlobId::of(&fs::read(path).unwrap());
    assert_eq!(blob.to_string(), "a072f12278a0e0491d63825e0b08730917f69566");
}
