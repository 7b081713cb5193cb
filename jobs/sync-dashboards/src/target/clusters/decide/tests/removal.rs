//! What goes, when, and what keeps it from going.

use super::*;

#[test]
fn what_upstream_no_longer_has_stays_for_one_change_of_the_pin() {
    let mut observed = after(&desired("a", &["cpu", "old", "x", "y"]));
    let without = |reference| desired(reference, &["cpu", "x", "y"]);
    let plan = decided(&observed, &without("b"), &Orders::default());
    assert_eq!(said(&plan, "old"), (State::Orphan, Action::Relabel));
    let body = &plan.writes[0].body;
    let annotations = serde_json::from_value(body["metadata"]["annotations"].clone()).unwrap();
    assert_eq!(body["data"]["old.json"], text("old", "old", ""));
    at(&mut observed, "old").annotations = annotations;
    let again = decided(&observed, &without("b"), &Orders::default());
    assert_eq!(said(&again, "old"), (State::Orphan, Action::Keep));
    let later = decided(&observed, &without("c"), &Orders::default());
    assert_eq!(said(&later, "old"), (State::Orphan, Action::Delete));
    assert_eq!(later.deletions.len(), 1);
    // It came back: the count is forgotten.
    let back = decided(
        &observed,
        &desired("c", &["cpu", "old", "x", "y"]),
        &Orders::default(),
    );
    assert_eq!(said(&back, "old"), (State::Relabel, Action::Relabel));
}

#[test]
fn an_orphan_that_somebody_has_changed_is_not_deleted() {
    let mut observed = after(&desired("a", &["cpu", "old"]));
    set_text(at(&mut observed, "old"), &text("old", "mine", ""));
    let style = Style {
        grace: guard::Grace { pins: 0 },
        ..Style::default()
    };
    let wanted = desired("b", &["cpu"]);
    let plan = with_style(&observed, &wanted, &Orders::default(), &style);
    assert_eq!(said(&plan, "old"), (State::Edited, Action::Refuse));
    assert!(plan.deletions.is_empty());
}

#[test]
fn a_new_name_replaces_the_old_one_in_the_same_run() {
    let observed = after(&desired("a", &["cpu", "k8s-node"]));
    let mut wanted = desired("b", &["cpu"]);
    wanted.dashboards.insert(
        key("node"),
        dashboard("node", &text("k8s-node", "Node", "")),
    );
    let plan = decided(&observed, &wanted, &Orders::default());
    assert_eq!(said(&plan, "node"), (State::Missing, Action::Create));
    assert_eq!(said(&plan, "k8s-node"), (State::Orphan, Action::Delete));
    assert_eq!(note(&plan, "k8s-node"), "now node.json");
}

#[test]
fn an_old_name_stays_when_the_new_one_cannot_be_written() {
    let mut observed = after(&desired("a", &["cpu", "k8s-node"]));
    let mut wanted = desired("b", &["cpu"]);
    let heir = dashboard("node", &text("k8s-node", "Node", ""));
    wanted.dashboards.insert(key("node"), heir);
    let mut foreign = observed.objects[0].clone();
    foreign.name = Style::default().object_name(&key("node"));
    foreign
        .labels
        .insert(MANAGED_BY.to_owned(), "Helm".to_owned());
    foreign.data = BTreeMap::from([("node.json".to_owned(), "{}".to_owned())]);
    observed.objects.push(foreign);
    let plan = decided(&observed, &wanted, &Orders::default());
    assert_eq!(said(&plan, "node"), (State::Foreign, Action::Refuse));
    assert_eq!(said(&plan, "k8s-node"), (State::Orphan, Action::Keep));
    assert!(plan.deletions.is_empty());
}

#[test]
fn excluded_dashboards_go_at_once_and_within_the_guard() {
    let names: Vec<String> = (0..10).map(|number| format!("d{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let observed = after(&desired("a", &names));
    let excluding = |count: usize| {
        let mut wanted = desired("a", &names[count..]);
        wanted.excluded = names[..count].iter().map(|name| key(name)).collect();
        wanted
    };
    let plan = decided(&observed, &excluding(3), &Orders::default());
    assert_eq!((plan.deletions.len(), plan.refusal), (3, None));
    let plan = decided(&observed, &excluding(4), &Orders::default());
    assert_eq!(plan.deletions.len(), 0);
    assert!(matches!(
        plan.refusal,
        Some(Refusal::TooMany {
            removals: 4,
            here: 10,
            limit: 3
        })
    ));
    assert_eq!(said(&plan, "d0"), (State::Orphan, Action::Keep));
    let allowed = Orders {
        removals: Some(4),
        ..Orders::default()
    };
    assert_eq!(
        decided(&observed, &excluding(4), &allowed).deletions.len(),
        4
    );
}

#[test]
fn nothing_is_deleted_when_something_of_upstream_could_not_be_used() {
    let observed = after(&desired("a", &["cpu", "old", "bad"]));
    let mut wanted = desired("b", &["cpu"]);
    wanted.excluded.insert(key("old"));
    let finding = Finding::new(crate::finding::Level::Error, "not-json", "", "cut off");
    wanted.rejected.insert(key("bad"), vec![finding.clone()]);
    let plan = decided(&observed, &wanted, &Orders::default());
    assert_eq!(plan.refusal, Some(Refusal::Failed));
    assert_eq!(said(&plan, "bad"), (State::Rejected, Action::Refuse));
    assert!(plan.deletions.is_empty() && plan.writes.is_empty());
    wanted.rejected.clear();
    wanted.unreadable.push(finding);
    assert_eq!(
        decided(&observed, &wanted, &Orders::default()).refusal,
        Some(Refusal::Failed)
    );
}

#[test]
fn upstream_that_has_lost_most_of_its_dashboards_is_not_believed() {
    let names = ["a", "b", "c", "d", "e", "f", "g"];
    let observed = after(&desired("a", &names));
    let style = Style {
        grace: guard::Grace { pins: 0 },
        ..Style::default()
    };
    let few = desired("b", &names[..3]);
    let plan = with_style(&observed, &few, &Orders::default(), &style);
    assert!(
        plan.refusal.is_some() && plan.deletions.is_empty(),
        "{plan:?}"
    );
    let none = desired("b", &[]);
    let plan = with_style(
        &observed,
        &none,
        &Orders {
            removals: Some(99),
            ..Orders::default()
        },
        &style,
    );
    assert_eq!(plan.refusal, Some(Refusal::Empty));
}
