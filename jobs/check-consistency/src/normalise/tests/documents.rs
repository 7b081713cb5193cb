use serde_json::{Value, json};

use super::{RULE, normal, same};
use crate::node::{Meaning, Node};
use crate::secret::Hider;

fn file(name: &str, text: &str) -> Value {
    json!({"data": {name: text}})
}

#[test]
fn documents_are_equal_by_what_they_say() {
    for (name, one, other) in [
        ("a.yaml", "a: 1\nb: [x, y]\n", "b:\n- x\n- y\na: 1"),
        ("a.yml", "a: 'x'", "# a comment\na: \"x\"\n"),
        ("a.yaml", "a: &x {b: c}\nd: *x", "a: {b: c}\nd: {b: c}"),
        ("a.yaml", "a: ~\nb: c", "b: c\na: null"),
        ("a.yaml", "a: |\n  x\n", "a: \"x\\n\""),
        (
            "a.json",
            r#"{"a":1,"b":[true,null]}"#,
            "{\n \"b\": [true, null],\n \"a\": 1.0}",
        ),
        ("a.json", r#"{"a":"\u0041"}"#, r#"{"a":"A"}"#),
        ("a.yaml", r#"{"a": {"b": 1}}"#, "a:\n  b: 1"),
    ] {
        assert!(
            same("ConfigMap", &file(name, one), &file(name, other)),
            "{one:?} {other:?}"
        );
    }
}

#[test]
fn documents_that_say_something_else_are_not_equal() {
    for (name, one, other) in [
        ("a.yaml", "a: 1", "a: 2"),
        ("a.yaml", "a: 5", "a: \"5\""),
        ("a.yaml", "a: [x, y]", "a: [y, x]"),
        // Whether these mean the same depends on the field of the program that reads them.
        ("a.yaml", "a: yes", "a: true"),
        ("a.yaml", "a: yes", "a: 'yes'"),
        ("a.yaml", "a: on", "a: off"),
        ("a.yaml", "a: no", "a: false"),
        ("a.yaml", "a: 010", "a: 8"),
        ("a.yaml", "a: 010", "a: 10"),
        ("a.yaml", "a: 1.0", "a: 1"),
        ("a.yaml", "a: {}", "b: c"),
        ("a.yaml", "a: ~\nb: c", "b: c"),
        ("a.yaml", "a: ~", "a: ''"),
        ("a.json", r#"{"a":null,"b":1}"#, r#"{"b":1}"#),
        ("a.yaml", "a: {b: ~}", "a: {}"),
        ("a.yaml", "a: 1\na: 1", "a: 1"),
        ("a.yaml", "a: 2\na: 1", "a: 1"),
        ("a.yaml", "x: [{a: 2, a: 1}]", "x: [{a: 1}]"),
        ("a.json", r#"{"a":2,"a":1}"#, r#"{"a":1}"#),
        ("a.json", r#"[{"x":{"a":1,"a":1}}]"#, r#"[{"x":{"a":1}}]"#),
        // Groups of something else than rules have an order.
        (
            "a.yaml",
            "groups: [{name: a}, {name: b}]",
            "groups: [{name: b}, {name: a}]",
        ),
        (
            "a.yaml",
            "groups: [{name: a, interval: 60s}]",
            "groups: [{name: a, interval: 1m}]",
        ),
        ("a.json", r#"{"a":1}"#, r#"{"a":"1"}"#),
        ("a.txt", "a: 1", "a:  1"),
        ("noending", "a: 1", "a:  1"),
    ] {
        assert!(
            !same("ConfigMap", &file(name, one), &file(name, other)),
            "{one:?} {other:?}"
        );
    }
}

#[test]
fn a_text_that_is_no_document_is_compared_as_it_is_and_noted() {
    let bomb = (0..9).fold(
        "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned(),
        |text, level| {
            let aliases = vec![format!("*a{level}"); 10].join(", ");
            format!("{text}a{0}: &a{0} [{aliases}]\n", level + 1)
        },
    );
    for (name, text, note) in [
        ("a.yaml", "a: {{ x }}", "does not parse as YAML"),
        ("a.yaml", "a: 1\n---\nb: 2", "does not parse as YAML"),
        ("a.yaml", "\tx: [", "does not parse as YAML"),
        ("a.yaml", &bomb, "does not parse as YAML"),
        ("a.json", "{", "does not parse as JSON"),
        (
            "a.yaml",
            "a: 1\nb: [2]\na: 3\n",
            "has a key twice, compared as text",
        ),
        (
            "a.json",
            r#"[{"a": 1, "a": 1.5, "b": "x"}]"#,
            "has a key twice, compared as text",
        ),
    ] {
        let normal = normal("ConfigMap", &file(name, text));
        assert_eq!(normal.notes, [format!("/data/{name}: {note}")], "{text}");
        let Node::Map(root) = &normal.root else {
            panic!()
        };
        let Some(Node::Map(data)) = root.get("data") else {
            panic!()
        };
        let Some(Node::Leaf(leaf)) = data.get(name) else {
            panic!("{text}")
        };
        assert_eq!((leaf.text.as_str(), leaf.note), (text, Some(note)));
        assert_eq!(leaf.meaning, Meaning::Text(text.to_owned()));
    }
}

#[test]
fn a_document_can_have_any_number_of_lists_and_numbers() {
    let one = "a:\n- b: 1\n  c: 'ä' # ä\n  d: [1, \"2\", 3.5, true]\n  e:\n  - -5\n  -\n    - |\n      7\n".to_owned();
    let other = "- {e: [-5, [\"7\\n\"]], d: [ 1, '2', 3.5, true ], c: ä, b: 1}\n";
    let many = |text: &str| text.repeat(1_000);
    let one = format!("a:\n{}", many(one.strip_prefix("a:\n").unwrap()));
    let other = format!("a:\n{}", many(other));
    let hider = Hider::new().unwrap();
    let object = |text: &str| super::normal_of("ConfigMap", &file("a.yaml", text), &hider);
    assert!(object(&one).notes.is_empty());
    assert!(same(
        "ConfigMap",
        &file("a.yaml", &one),
        &file("a.yaml", &other)
    ));
    let changed = one.replacen("\"2\"", "2", 1);
    assert!(!same(
        "ConfigMap",
        &file("a.yaml", &one),
        &file("a.yaml", &changed)
    ));
    let long = format!("{{\"a\": [{}],}}", "1, \"2\", [], ".repeat(10_000));
    assert!(object(&long).notes.is_empty());
}

#[test]
fn breaks_and_tags_that_few_use_are_read_as_well() {
    for (one, other) in [
        ("a: 1\rb: [2]\r", "a: 1\nb: [2]\n"),
        ("a: 1\r\nb: [2]\r\n", "a: 1\nb: [2]\n"),
        ("a: !!str 1", "a: '1'"),
        ("a: !!seq [1]", "a: [1]"),
        ("a: &x 1\nb: *x", "a: 1\nb: 1"),
        ("a: &x [1]\nb: *x", "a: [1]\nb: [1]"),
        ("a: &x\n- 1\nb: *x", "a: [1]\nb: [1]"),
        ("\u{feff}a: 1", "a: 1"),
        ("-a: 1", "'-a': 1"),
        ("- - 1\n  - 2", "[[1, 2]]"),
        ("? a\n: - 1", "a: [1]"),
    ] {
        assert!(
            same("ConfigMap", &file("a.yaml", one), &file("a.yaml", other)),
            "{one:?}"
        );
        let text = one.replace('1', "\"1\"");
        assert!(
            one.contains("!!") || !same("ConfigMap", &file("a.yaml", one), &file("a.yaml", &text)),
            "{one:?}"
        );
    }
}

#[test]
fn scalars_that_are_no_document_stay_texts() {
    for text in ["", "hello", "5", "true", "# only a comment"] {
        let normal = normal("ConfigMap", &file("a.yaml", text));
        let Node::Map(root) = &normal.root else {
            panic!()
        };
        let Some(Node::Map(data)) = root.get("data") else {
            panic!()
        };
        assert!(matches!(data.get("a.yaml"), Some(Node::Leaf(_))), "{text}");
        assert!(normal.notes.is_empty(), "{text}");
    }
}

const ALERTMANAGER: &str = "
global: {resolve_timeout: 5m}
route:
  receiver: a
  group_by: [x, y]
  group_wait: 60s
  routes:
  - {receiver: b, repeat_interval: 24h, matchers: ['a=b', 'c=d']}
receivers:
- name: a
- name: b
";

#[test]
fn in_a_configuration_of_alertmanager_durations_and_sets_are_known() {
    let other = "
receivers: [{name: b}, {name: a}]
route:
  group_by: [y, x]
  group_wait: 1m
  receiver: a
  routes:
  - {receiver: b, repeat_interval: 1d, matchers: ['c=d', 'a=b']}
global: {resolve_timeout: 300s}
";
    let object = |text| file("alertmanager.yaml", text);
    assert!(same("ConfigMap", &object(ALERTMANAGER), &object(other)));
    let longer = other.replace("1m", "2m");
    assert!(!same("ConfigMap", &object(ALERTMANAGER), &object(&longer)));
}

#[test]
fn in_a_file_of_rules_expressions_and_durations_are_known() {
    let object = |text| file("rules.yaml", text);
    assert!(same(
        "ConfigMap",
        &object(
            "groups: [{name: g, interval: 60s, rules: [{alert: A, expr: 'sum by (a,b) (x)', for: 1h}]}]"
        ),
        &object(
            "groups: [{name: g, interval: 1m, rules: [{alert: A, expr: 'sum(x) by (b, a)', for: 60m}]}]"
        ),
    ));
}

#[test]
fn an_expression_that_is_not_understood_is_noted_where_it_stands() {
    let rules = json!([{"alert": "X", "expr": "rate(x[5m*2])  >  1"}, {"record": "a", "expr": 1}]);
    let object = json!({"spec": {"groups": [{"name": "a", "rules": rules}]}});
    assert_eq!(
        normal(RULE, &object).notes,
        ["/spec/groups[name=a]/rules[alert=X]/expr: not understood, compared as text"]
    );
    let folded = serde_json::to_string(&object)
        .unwrap()
        .replace("  >  ", " > ");
    assert!(same(RULE, &object, &serde_json::from_str(&folded).unwrap()));
    let text = serde_json::to_string(&object)
        .unwrap()
        .replace(":1}", ":\"1\"}");
    assert!(same(RULE, &object, &serde_json::from_str(&text).unwrap()));
}

#[test]
fn a_schedule_is_compared_together_with_its_zone() {
    let job =
        |schedule: &str, zone: Value| json!({"spec": {"schedule": schedule, "timeZone": zone}});
    let (hourly, daily) = (job("@hourly", json!("UTC")), job("0 * * * *", json!("UTC")));
    assert!(same("batch/CronJob", &hourly, &daily));
    let root = |object| normal("batch/CronJob", &object).root;
    let meaning = |node: &Node| {
        let Node::Map(root) = node else { panic!() };
        let Some(Node::Map(spec)) = root.get("spec") else {
            panic!()
        };
        spec.get("schedule").cloned()
    };
    assert_ne!(
        meaning(&root(job("@daily", json!("UTC")))),
        meaning(&root(job("@daily", json!(null))))
    );
}
