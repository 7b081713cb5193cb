use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::super::{Identity, MissingMetrics, links, missing, set};
use crate::key::Key;

fn identity<'d>(
    key: &'d str,
    uid: &'d str,
    title: &'d str,
    folder: &'d str,
    owner: &'d str,
) -> Identity<'d> {
    Identity {
        key,
        uid,
        title,
        folder,
        owner,
    }
}

#[test]
fn dashboards_of_one_name_uid_or_title_collide_whoever_owns_them() {
    let all = [
        identity("a.json", "a", "A", "", "file a.json"),
        identity("b.json", "b", "A", "", "file b.json"),
        identity("c.json", "a", "A", "other", "configmap monitoring/c"),
        identity("a.json", "", "", "other", "configmap monitoring/a"),
        identity("d.json", "", "", "", "file d.json"),
        identity("d.json", "", "", "", "file d.json"),
    ];
    let said: Vec<_> = set(all).iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "\"a.json\" is the file name of configmap monitoring/a and of file a.json",
            "\"a\" is the uid of configmap monitoring/c and of file a.json",
            "\"A\" is the title of file a.json and of file b.json",
        ]
    );
    assert_eq!(set(all)[2].keys, ["a.json", "b.json"]);
    assert_eq!(
        all[0].collides(&all[2]).unwrap(),
        "configmap monitoring/c has the uid \"a\" too"
    );
    assert_eq!(all[0].collides(&all[4]), None);
}

#[test]
fn links_to_what_will_not_be_there_are_told() {
    let one = json!({"uid": "one", "links": [
        {"url": "/d/two/slug?x=$x"}, {"url": "./d/gone?a"}, {"url": "d/lost"}, {"linkUrl": "/d/lost/x"},
        {"url": "/d/else"}, {"url": "/d/${x}"}, {"url": "https://x.example/d/far"}, {"title": "/d/none"},
    ]});
    let two = json!({"uid": "two", "links": [{"url": "/d/one"}]});
    let (key_one, key_two) = (
        Key::parse("one.json").unwrap(),
        Key::parse("two.json").unwrap(),
    );
    let excluded = BTreeMap::from([("gone".to_owned(), Key::parse("gone.json").unwrap())]);
    let found = links(
        [(&key_one, &one), (&key_two, &two)],
        &excluded,
        &BTreeSet::from(["else".to_owned()]),
    );
    assert_eq!(found.keys().collect::<Vec<_>>(), [&key_one]);
    let said: Vec<_> = found[&key_one]
        .iter()
        .map(|it| format!("{} {it}", it.code))
        .collect();
    assert_eq!(
        said,
        [
            "link-to-excluded links: leads to gone.json, which is excluded",
            "link-to-unknown links: leads to the unknown uid `lost` (here and in 1 more places)",
        ]
    );
}

#[test]
fn panels_without_a_source_are_counted() {
    let panel = |id: u8, exprs: &[&str]| {
        let targets: Vec<_> = exprs.iter().map(|expr| json!({"expr": expr})).collect();
        json!({"id": id, "targets": targets})
    };
    let dashboard = json!({"panels": [
        panel(1, &["a"]), panel(2, &["c"]), panel(3, &["a / c", "a"]), panel(4, &["a / d"]), panel(5, &["("]),
        panel(6, &[]), {"id": 7, "datasource": {"type": "loki"}, "targets": [{"expr": "e"}]},
    ]});
    let found = missing(&dashboard, &BTreeSet::from(["a".to_owned()]));
    assert_eq!(found.to_string(), "2 of 4 panels have no source");
    let metrics = BTreeSet::from(["c".to_owned(), "d".to_owned()]);
    let wanted = MissingMetrics {
        panels_without_source: 2,
        panels: 4,
        metrics,
    };
    assert_eq!(found, wanted);
}
