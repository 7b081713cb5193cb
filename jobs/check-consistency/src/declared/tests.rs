mod distinct;
mod fields;
mod ignored;
mod laws;
mod lookup;
mod presence;
mod rules;
mod template;

use std::collections::BTreeMap;

use jiff::civil::date;
use serde_json::{Value, json};

use super::{Judged, Objects, Rule, Rules, Template, Vars, What, judge};
use crate::compare::compare;
use crate::compare::tests::{lines, node};
use crate::finding::{Presence, Standing};
use crate::node::Node;
use crate::object::{Kind, ObjectName};
use crate::path::Pattern;

const PROMETHEUS: &str = "Prometheus/monitoring/main";

const LABEL: &str = "/spec/externalLabels/cluster";

fn labelled(cluster: &str) -> Value {
    json!({"spec": {"externalLabels": {"cluster": cluster}}})
}

fn object() -> ObjectName {
    ObjectName {
        kind: Kind::new("monitoring.coreos.com", "Prometheus"),
        namespace: Some("monitoring".to_owned()),
        name: "main".to_owned(),
    }
}

fn objects(text: &str) -> Objects {
    Objects::parse(&[text]).unwrap()
}

fn pattern(text: &str) -> Pattern {
    Pattern::parse(text).unwrap()
}

fn rule(id: &str, what: What) -> Rule {
    Rule {
        id: id.to_owned(),
        reason: "because".to_owned(),
        expires: None,
        what,
    }
}

fn only_in(clusters: &[usize]) -> Rule {
    let what = What::OnlyIn {
        clusters: clusters.to_vec(),
        objects: objects(PROMETHEUS),
    };
    rule("only_in", what)
}

fn template(about: &str, path: &str, value: &str) -> Rule {
    let what = What::Template {
        objects: objects(about),
        path: pattern(path),
        value: Template::parse(value).unwrap(),
    };
    rule("template", what)
}

fn distinct(about: &str, path: &str) -> Rule {
    let what = What::Distinct {
        objects: objects(about),
        path: pattern(path),
    };
    rule("distinct", what)
}

fn ignore(path: &str) -> Rule {
    let what = What::Ignore {
        objects: objects("Prometheus/*/*"),
        path: Some(pattern(path)),
    };
    rule(&format!("ignore {path}"), what)
}

fn ignore_whole() -> Rule {
    let what = What::Ignore {
        objects: objects("Prometheus/*/*"),
        path: None,
    };
    rule("whole", what)
}

/// `a`, `b` and `c`.
fn vars(count: usize) -> Vec<Vars> {
    let names = ["a", "b", "c", "d"];
    let names = names.iter().take(count);
    names
        .map(|name| Vars::new(name, &BTreeMap::new()))
        .collect()
}

/// Judges an object that is in every cluster.
fn judged(values: &[Value], rules: &Rules<'_>) -> Judged {
    let nodes: Vec<Node> = values.iter().cloned().map(node).collect();
    judged_nodes(&nodes, rules)
}

fn judged_nodes(nodes: &[Node], rules: &Rules<'_>) -> Judged {
    let sides: Vec<_> = nodes.iter().map(Some).collect();
    let presence = vec![Presence::Here; nodes.len()];
    let found = compare(&sides);
    judge(
        &object(),
        &presence,
        &sides,
        found,
        rules,
        &vars(nodes.len()),
    )
}

fn today(rules: &[Rule]) -> Rules<'_> {
    Rules::new(rules, date(2026, 11, 29))
}

/// One line for each field: `PATH CLASS SIDES (RULE) NOTE`.
fn shown(judged: &Judged) -> Vec<String> {
    let line = |field: &crate::finding::Field| {
        let mut line = lines(std::slice::from_ref(&field.difference)).concat();
        if let Some(rule) = &field.rule {
            line.extend([" (", rule, ")"]);
        }
        if let Some(note) = &field.note {
            line.extend([": ", note]);
        }
        line
    };
    judged.fields.iter().map(line).collect()
}

fn check(values: &[Value], rules: &[Rule], standing: Standing, fields: &[&str], uses: &[usize]) {
    let rules = today(rules);
    let judged = judged(values, &rules);
    assert_eq!(judged.standing, standing, "{values:?}: {judged:?}");
    assert_eq!(shown(&judged), fields, "{values:?}");
    assert_eq!(rules.uses(), uses, "{values:?}");
}
