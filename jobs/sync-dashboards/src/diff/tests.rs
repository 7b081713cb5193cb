//! Tests of the difference as a whole; `upstream` has those on real data.

mod upstream;

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{
    Change, DashboardDiff, PanelChange, Part, Verbosity, dashboards, dashboards_text, markdown,
    sets, text,
};
use crate::dashboard::canonical;
use crate::key::Key;

fn panel(id: i64, title: &str, expr: &str) -> Value {
    json!({"id": id, "type": "stat", "title": title, "targets": [{"refId": "A", "expr": expr}]})
}

fn between(old: &Value, new: &Value) -> DashboardDiff {
    dashboards(&json!({"panels": old}), &json!({"panels": new}))
}

/// The words of the parts of the one panel that changed.
fn words(change: impl Fn(&mut Value)) -> Vec<&'static str> {
    let old = json!({"id": 1, "type": "stat", "title": "a", "description": "d", "datasource": "x",
        "gridPos": {"x": 0}, "fieldConfig": {"defaults": {"unit": "s", "thresholds": {"mode": "m"}}},
        "options": {"legend": {"show": true}, "sort": 1}, "interval": "1m",
        "targets": [{"refId": "A", "expr": "up"}]});
    let mut new = old.clone();
    change(&mut new);
    let diff = between(&json!([old]), &json!([new]));
    match diff.panels.as_slice() {
        [PanelChange::Changed { parts, .. }] => parts.iter().map(Part::word).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_part_of_a_panel_has_its_word() {
    assert_eq!(words(|p| p["title"] = json!("b")), ["title"]);
    assert_eq!(words(|p| p["type"] = json!("gauge")), ["type"]);
    assert_eq!(words(|p| p["targets"][0]["expr"] = json!("down")), ["expr"]);
    assert_eq!(
        words(|p| p["fieldConfig"]["defaults"]["unit"] = json!("ms")),
        ["unit"]
    );
    assert_eq!(
        words(|p| p["fieldConfig"]["defaults"]["thresholds"]["mode"] = json!("n")),
        ["thresholds"]
    );
    assert_eq!(words(|p| p["datasource"] = json!("y")), ["data source"]);
    assert_eq!(
        words(|p| p["options"]["legend"]["show"] = json!(false)),
        ["legend"]
    );
    assert_eq!(words(|p| p["description"] = json!("e")), ["description"]);
    assert_eq!(words(|p| p["options"]["sort"] = json!(2)), ["options"]);
    assert_eq!(words(|p| p["interval"] = json!("2m")), ["other"]);
}

#[test]
fn what_nobody_reads_is_counted() {
    let at = |x: i64| json!([{"id": 1, "gridPos": {"x": x}}]);
    assert_eq!(between(&at(1), &at(2)).layout_only, 1);
    let spelled = |expr: &str| json!([panel(1, "a", expr)]);
    assert_eq!(
        between(&spelled("sum(up)"), &spelled("sum( up )")).respelled_only,
        1
    );
    assert_eq!(
        between(&spelled("up"), &json!([panel(2, "a", "up")])).moved_only,
        1
    );
}

#[test]
fn a_new_panel_at_the_top_does_not_turn_all_others_into_their_neighbours() {
    let old = json!([panel(1, "a", "x"), panel(2, "a", "y"), panel(3, "b", "z")]);
    let new = json!([
        panel(1, "new", "n"),
        panel(2, "a", "x"),
        panel(3, "a", "y"),
        panel(4, "b", "z")
    ]);
    let diff = between(&old, &new);
    assert_eq!((diff.panels.len(), diff.moved_only), (1, 3));
    assert!(matches!(diff.panels[0], PanelChange::Added { .. }));
}

#[test]
fn titles_that_repeat_are_paired_one_to_one() {
    let old = json!([panel(1, "a", "x"), panel(2, "a", "y")]);
    let diff = between(&old, &json!([panel(2, "a", "x")]));
    assert_eq!((diff.panels.len(), diff.moved_only), (1, 1));
    assert!(matches!(
        diff.panels[0],
        PanelChange::Removed { id: Some(2), .. }
    ));
}

#[test]
fn other_bytes_for_the_same_values_are_format_only() {
    assert!(dashboards_text("{}", "{ }").unwrap().format_only);
    assert!(!dashboards_text("{}", "{}").unwrap().format_only);
    assert!(
        !dashboards_text("{\"a\":1}", "{\"a\":2}")
            .unwrap()
            .format_only
    );
}

#[test]
fn sets_tell_renamed_new_gone_and_unreadable_dashboards() {
    let key = |name: &str| Key::parse(name).unwrap();
    let uid = r#"{"uid": "u"}"#;
    let old = BTreeMap::from([
        (key("a.json"), uid),
        (key("b.json"), "{}"),
        (key("d.json"), "{}"),
    ]);
    let new = BTreeMap::from([
        (key("c.json"), uid),
        (key("d.json"), "{"),
        (key("e.json"), "{}"),
    ]);
    let set = sets(&old, &new);
    assert!(
        matches!(&set.changes[&key("c.json")], Change::Renamed { from, .. } if *from == key("a.json"))
    );
    let totals = set.totals();
    assert_eq!(
        (
            totals.renamed,
            totals.removed,
            totals.added,
            totals.unreadable
        ),
        (1, 1, 1, 1)
    );
}

#[test]
fn a_strangers_text_does_nothing_to_a_terminal_and_opens_nothing_in_markdown() {
    let key = Key::parse("a.json").unwrap();
    let evil = "\u{1b}[2J|<b>@all```\n```";
    let old = json!({"title": evil, "panels": [panel(1, evil, evil)]}).to_string();
    let new = json!({"title": "x", "panels": [panel(1, evil, "up")]}).to_string();
    let (old, new) = (old.as_str(), new.as_str());
    let set = sets(
        &BTreeMap::from([(key.clone(), old)]),
        &BTreeMap::from([(key.clone(), new)]),
    );
    let mut out = Vec::new();
    text::render(
        &set,
        text::Style {
            verbosity: Verbosity::Everything,
            colour: false,
        },
        &mut out,
    )
    .unwrap();
    super::json::write(&super::json::document(&set).unwrap(), &mut out).unwrap();
    assert!(
        !String::from_utf8(out)
            .unwrap()
            .chars()
            .any(|c| c.is_control() && c != '\n')
    );
    let gone = sets(&BTreeMap::from([(key, old)]), &BTreeMap::new());
    let mut out = Vec::new();
    markdown::render(&gone, Verbosity::Everything, &mut out).unwrap();
    let out = String::from_utf8(out).unwrap();
    assert!(
        !out.contains("<b>") && !out.contains("@all") && !out.contains("```"),
        "{out}"
    );
}

fn some_panel() -> impl Strategy<Value = Value> {
    let title = prop::sample::select(vec!["", "a", "b"]);
    let expr = prop::sample::select(vec!["up", "sum(up)", "sum( up )"]);
    let row = prop::bool::ANY;
    (0..4_i64, title, expr, row).prop_map(|(id, title, expr, row)| {
        let mut value = panel(id, title, expr);
        if row {
            value = json!({"id": id, "type": "row", "title": title, "panels": [value]});
        }
        value
    })
}

fn some_dashboard() -> impl Strategy<Value = Value> {
    let panels = || prop::collection::vec(some_panel(), 0..4);
    let form = prop::sample::select(vec!["panels", "rows", "templating"]);
    (panels(), form, prop::option::of(0..2_u64)).prop_map(|(panels, form, schema)| {
        let held = if form == "templating" {
            json!({"list": panels})
        } else {
            json!(panels)
        };
        json!({form: held, "schemaVersion": schema})
    })
}

proptest! {
    #[test]
    fn a_dashboard_does_not_differ_from_itself(dashboard in some_dashboard()) {
        prop_assert!(dashboards(&dashboard, &dashboard).is_empty());
    }

    #[test]
    fn a_difference_is_empty_if_and_only_if_the_digests_are_equal(old in some_dashboard(), new in some_dashboard()) {
        let equal = canonical::digest(&old) == canonical::digest(&new);
        prop_assert_eq!(dashboards(&old, &new).is_empty(), equal);
    }
}
