//! Each code is triggered by [`findings`] of a sound dashboard with one thing wrong.

mod sets;
mod whole;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Rules, codes, one};
use crate::dashboard::Dashboard;
use crate::digest::Digest;
use crate::finding::{Finding, Level};
use crate::key::Key;

/// A dashboard that nothing is wrong with.
fn sound() -> Value {
    json!({
        "title": "Sound", "uid": "sound", "schemaVersion": 39,
        "templating": {"list": [{"name": "ds", "type": "datasource", "query": "prometheus"}]},
        "panels": [
            {"id": 1, "type": "row", "title": "Row", "panels": []},
            {"id": 2, "type": "timeseries", "title": "CPU", "datasource": "${ds}", "targets": [
                {"refId": "A", "expr": "rate(x[$__rate_interval])", "datasource": {"type": "prometheus", "uid": "$ds"}},
            ]},
        ],
    })
}

/// The sound dashboard with this at that place; null removes what is there.
fn with(pointer: &str, changed: Value) -> Value {
    let mut value = sound();
    let (parent, last) = pointer.rsplit_once('/').unwrap();
    let holder = value.pointer_mut(parent).unwrap();
    if let Some(items) = holder.as_array_mut() {
        items.push(changed);
    } else if changed.is_null() {
        holder.as_object_mut().unwrap().shift_remove(last);
    } else {
        holder[last] = changed;
    }
    value
}

fn dashboard(value: &Value) -> (Dashboard, Value) {
    let text = value.to_string();
    let digest = Digest::of(&text);
    Dashboard::read(Key::parse("sound.json").unwrap(), text, digest).unwrap()
}

fn findings(value: &Value, rules: &Rules) -> Vec<Finding> {
    let (dashboard, value) = dashboard(value);
    one(&dashboard, &value, rules)
}

/// `code at: text` of each.
fn said(value: &Value, rules: &Rules) -> Vec<String> {
    findings(value, rules)
        .iter()
        .map(|it| format!("{} {it}", it.code))
        .collect()
}

fn strict() -> Rules {
    Rules {
        max_schema_version: Some(41),
        data_sources: BTreeSet::from(["prometheus".to_owned()]),
        ..Rules::default()
    }
}

/// A text panel of this content.
fn text(content: &str) -> Value {
    with(
        "/panels/-",
        json!({"id": 3, "type": "text", "options": {"mode": "html", "content": content}}),
    )
}

fn panel(panel: Value) -> Value {
    with("/panels/-", panel)
}

fn cases() -> Vec<(Value, Vec<&'static str>)> {
    let variable = |entry| with("/templating/list/-", entry);
    let query = |expr: &str| {
        panel(json!({"id": 3, "type": "stat", "targets": [{"refId": "B", "expr": expr}]}))
    };
    let one = |case, said| (case, vec![said]);
    vec![
        (sound(), vec![]),
        one(
            json!({"apiVersion": "dashboard.grafana.app/v2", "spec": {}}),
            "schema-v2 has the form of schema v2 (dashboard.grafana.app/v2)",
        ),
        one(
            json!({"elements": {}, "layout": {}}),
            "schema-v2 has the form of schema v2 (elements and layout)",
        ),
        one(
            with("/title", json!(null)),
            "title-missing title: there is none",
        ),
        one(
            with("/title", json!("a".repeat(190))),
            "title-too-long title: has 190 characters, more than 189",
        ),
        (with("/title", json!("ä".repeat(189))), vec![]),
        one(with("/uid", json!(3)), "uid-malformed uid: is no text: 3"),
        one(
            with("/uid", json!("a b")),
            "uid-malformed uid: cannot be \"a b\"",
        ),
        one(
            with("/uid", json!("a".repeat(41))),
            "uid-malformed uid: cannot be \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"",
        ),
        (with("/uid", json!("a".repeat(40))), vec![]),
        one(with("/uid", json!("")), "uid-missing uid: there is none"),
        one(
            with("/schemaVersion", json!("39")),
            "schema-version-missing schemaVersion: is no whole number",
        ),
        one(
            with("/schemaVersion", json!(42)),
            "schema-version-too-new schemaVersion: is 42, and 41 is the greatest allowed",
        ),
        one(
            with("/panels", json!({})),
            "panels-malformed panels: is no list",
        ),
        one(
            with("/rows", json!([3])),
            "panels-malformed rows[0]: is no object",
        ),
        one(panel(json!(3)), "panels-malformed panels[2]: is no object"),
        one(
            panel(json!({"id": 3, "type": "stat", "targets": {}})),
            "panels-malformed panels[2].targets: is no list",
        ),
        one(
            with("/panels", json!([])),
            "panels-none panels: there are none",
        ),
        one(
            panel(json!({"id": "3", "type": "stat"})),
            "panel-id-missing panels[2]: has no id",
        ),
        one(
            panel(json!({"id": 2, "type": "stat", "title": "RAM"})),
            "panel-id-twice panels[2] \"RAM\": has the id 2, as has panels[1] \"CPU\"",
        ),
        one(
            with("/rows", json!([{"panels": [{"id": 2, "type": "stat"}]}])),
            "panel-id-twice rows[0].panels[0]: has the id 2, as has panels[1] \"CPU\"",
        ),
        one(
            panel(json!({"id": 3, "type": "row", "panels": [{"id": 1, "type": "stat"}]})),
            "panel-id-twice panels[2].panels[0]: has the id 1, as has panels[0] \"Row\"",
        ),
        one(
            panel(json!({"id": 3})),
            "panel-type-missing panels[2]: has no type",
        ),
        one(
            panel(json!({"id": 3, "type": "clock"})),
            "panel-type-unknown panels[2]: is of type \"clock\"",
        ),
        one(
            panel(json!({"id": 3, "type": "graph"})),
            "panel-type-old panels: 1 of 3 are of type graph",
        ),
        one(
            panel(json!({"id": 3, "libraryPanel": {"uid": "x"}})),
            "library-panel panels[2]: is kept in a library",
        ),
        one(
            variable(json!({"refresh": 2})),
            "variable-incomplete templating.list[1]: has neither name nor type",
        ),
        one(
            variable(json!({"name": "a"})),
            "variable-incomplete templating.list[1]: has no type",
        ),
        one(
            variable(json!({"type": "query"})),
            "variable-incomplete templating.list[1]: has no name",
        ),
        one(
            variable(json!({"name": "ds", "type": "query"})),
            "variable-twice templating.list[1]: is called \"ds\", as is templating.list[0]",
        ),
        one(
            variable(json!({"name": "a", "type": "magic"})),
            "variable-type-unknown templating.list[1]: is of type \"magic\"",
        ),
        one(
            query("x{a=\"$a\",b=\"${a:regex}[[a]]\"}"),
            "variable-undeclared panels[2]: the variable `a` is not declared",
        ),
        one(
            with("/rows", json!([{"repeat": "node", "panels": []}])),
            "variable-undeclared rows[0]: the variable `node` is not declared",
        ),
        one(
            with("/links", json!([{"url": "/x?a=$a&b=$a"}, {"url": "$a"}])),
            "variable-undeclared the variable `a` is not declared (here and in 1 more places)",
        ),
        one(
            with("/__inputs", json!([{"name": "DS_PROMETHEUS"}])),
            "inputs-present __inputs: asks for 1 inputs: DS_PROMETHEUS",
        ),
        (with("/__inputs", json!([])), vec![]),
        one(
            panel(json!({"id": 3, "type": "stat", "datasource": "$lost"})),
            "unresolved-datasource panels[2]: the data source is the variable `lost`, which is not declared",
        ),
        one(
            panel(json!({"id": 3, "type": "stat", "datasource": {"uid": "${DS_LOST}"}})),
            "unresolved-datasource panels[2]: the data source is the variable `DS_LOST`, which is not declared",
        ),
        one(
            panel(json!({"id": 3, "type": "stat", "targets": [{"datasource": "thanos"}]})),
            "unresolved-datasource panels[2]: there is no data source \"thanos\"",
        ),
        one(
            panel(json!({"id": 3, "type": "stat", "datasource": 3})),
            "unresolved-datasource panels[2]: the data source is neither a name nor an object: 3",
        ),
        one(
            panel(json!({"id": 3, "type": "stat", "datasource": {"uid": 3}})),
            "unresolved-datasource panels[2]: the data source's uid is no text: 3",
        ),
        one(
            variable(json!({"name": "a", "type": "query", "datasource": "$b"})),
            "unresolved-datasource templating.list[1]: the data source is the variable `b`, which is not declared",
        ),
        one(
            with("/annotations", json!({"list": [{"datasource": "x"}]})),
            "unresolved-datasource annotations.list[0]: there is no data source \"x\"",
        ),
        (
            panel(
                json!({"id": 3, "type": "stat", "datasource": {"uid": "-- Mixed --"}, "targets": [{"datasource": "prometheus"}, {"datasource": {"type": "x"}}]}),
            ),
            vec![],
        ),
        one(
            variable(json!({"name": "a", "type": "datasource", "current": {"value": "dev"}})),
            "datasource-default-unknown templating.list[1]: begins with the data source \"dev\"",
        ),
        one(
            query("rate(x)"),
            "expr-not-parsed panels[2] query B: `rate(x)` is not understood by this parser: expected type matrix in call to function 'rate', got vector",
        ),
        one(
            with("/annotations", json!({"list": [{"expr": "("}]})),
            "expr-not-parsed annotations.list[0]: `(` is not understood by this parser: unclosed left parenthesis",
        ),
        (
            panel(
                json!({"id": 3, "type": "logs", "datasource": {"type": "loki"}, "targets": [{"expr": "{a=\"b\"} |= `c`"}]}),
            ),
            vec![],
        ),
        one(
            text("<b>x</b> <script>"),
            "script panels[2]: holds the element <script>",
        ),
        one(
            text("<IFRAME src=x>"),
            "script panels[2]: holds the element <iframe>",
        ),
        one(
            text("<img src='x>'/OnError = y>"),
            "script panels[2]: holds the handler onerror",
        ),
        one(
            text("[x](java&#115;cript&colon;y)"),
            "script panels[2]: holds an address that is a program",
        ),
        one(
            with("/links", json!([{"url": " Java\tscript:alert(1)"}])),
            "script a link is a program: \" Java\\tscript:alert(1)\"",
        ),
        one(
            panel(
                json!({"id": 3, "type": "table", "fieldConfig": {"defaults": {"links": [{"url": "data:text/html,x"}]}}}),
            ),
            "script panels[2]: a link is a program: \"data:text/html,x\"",
        ),
        one(
            text("<a href=\"/x\" title=online>on = x</a>"),
            "text-html panels[2]: holds HTML",
        ),
        (
            text("a < b, <https://x.example/>, &lt;script&gt;, &#60;script&#62; on=1"),
            vec![],
        ),
        (
            panel(json!({"id": 3, "type": "text", "mode": "code", "content": "<script>"})),
            vec![],
        ),
        one(
            panel(json!({"id": 3, "type": "text", "mode": "html", "content": "<embed>"})),
            "script panels[2]: holds the element <embed>",
        ),
    ]
}

#[test]
fn each_wrong_thing_is_found_and_nothing_else() {
    for (value, wanted) in cases() {
        assert_eq!(said(&value, &strict()), wanted, "{value}");
    }
}

#[test]
fn every_code_is_sound_and_has_a_case() {
    let mut seen: BTreeSet<String> = cases()
        .iter()
        .flat_map(|(value, _)| findings(value, &strict()))
        .map(|it| it.code.to_owned())
        .collect();
    // These have tests of their own: in this module, where dashboards are read and transformed, and in
    // the scenarios of `check`.
    let others = [
        "file-name",
        "file-unreadable",
        "item-refused",
        "metric-missing",
        "patch-without-effect",
        "not-json",
        "too-deep",
        "too-large",
        "collision",
        "link-to-excluded",
        "link-to-unknown",
    ];
    seen.extend(others.map(str::to_owned));
    let known: BTreeSet<String> = codes::ALL.iter().map(|it| it.code.to_owned()).collect();
    assert_eq!(seen, known);
    assert_eq!(known.len(), codes::ALL.len());
    for it in codes::ALL {
        assert!(
            it.code
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'),
            "{}",
            it.code
        );
        assert!(
            it.meaning.ends_with('.') && !it.remedy.ends_with('.'),
            "{}",
            it.code
        );
    }
}

#[test]
fn a_dashboard_has_its_limits() {
    let small = Rules {
        size_limit: 100,
        ..Rules::default()
    };
    let size = sound().to_string().len();
    assert_eq!(
        said(&sound(), &small),
        [format!("too-large has {size} bytes, more than 100")]
    );

    let (dashboard, mut value) = dashboard(&sound());
    let deep = |levels| (0..levels).fold(json!(1), |inner, _| json!([inner]));
    value["x"] = deep(63);
    assert!(one(&dashboard, &value, &strict()).is_empty());
    value["x"] = deep(64);
    let codes: Vec<_> = one(&dashboard, &value, &strict())
        .iter()
        .map(|it| it.code)
        .collect();
    assert_eq!(codes, ["too-deep"]);
}

#[test]
fn an_expression_of_our_own_must_parse() {
    let rules = Rules {
        strict_expressions: true,
        ..strict()
    };
    let value = panel(json!({"id": 3, "type": "stat", "targets": [{"expr": "rate(x)"}]}));
    assert_eq!(findings(&value, &rules)[0].level, Level::Error);
    assert_eq!(findings(&value, &strict())[0].level, Level::Warning);
}

#[test]
fn names_of_data_sources_are_not_insisted_on_when_none_are_known() {
    let value = panel(json!({"id": 3, "type": "stat", "datasource": "thanos"}));
    assert!(said(&value, &Rules::default()).is_empty());
}
