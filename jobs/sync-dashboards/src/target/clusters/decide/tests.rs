mod removal;

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::dashboard::Dashboard;
use crate::desired::Provenance;
use crate::digest::{BlobId, Digest};
use crate::pin::Place;
use crate::target::Restore;
use crate::target::clusters::OnEdit;
use crate::target::clusters::object::{self, INSTANCE, MANAGED_BY, Notes};
use crate::target::guard::Refusal;

fn key(base: &str) -> Key {
    Key::parse(&format!("{base}.json")).unwrap()
}

fn text(uid: &str, title: &str, more: &str) -> String {
    format!("{{\"uid\": \"{uid}\", \"title\": \"{title}\"{more}}}")
}

fn dashboard(base: &str, text: &str) -> Dashboard {
    let digest = Digest::of(text);
    Dashboard::read(key(base), text.to_owned(), digest)
        .unwrap()
        .0
}

/// A wanted set of dashboards called like this, each with its name as uid and title.
fn desired(reference: &str, names: &[&str]) -> Desired {
    let dashboards = names.iter().map(|name| {
        let text = text(name, name, "");
        (key(name), dashboard(name, &text))
    });
    Desired {
        provenance: Provenance {
            place: Place {
                repository: "o/r".to_owned(),
                path: "p.yaml".to_owned(),
            },
            reference: reference.parse().unwrap(),
            file: Digest::of(reference),
            blob: BlobId::of(reference.as_bytes()),
            transform: Digest::of(""),
        },
        dashboards: dashboards.collect(),
        rejected: BTreeMap::new(),
        excluded: BTreeSet::new(),
        unreadable: Vec::new(),
        warnings: BTreeMap::new(),
    }
}

/// The cluster after a run that wanted this.
fn after(desired: &Desired) -> Observed {
    let style = Style::default();
    let objects = desired.dashboards.values().map(|dashboard| {
        let notes = Notes::of(dashboard, &desired.provenance, &style);
        let body = object::body(
            "monitoring",
            &dashboard.key,
            &dashboard.text,
            &notes,
            &style,
        );
        Object {
            uid: format!("uid-{}", dashboard.key),
            resource_version: "7".to_owned(),
            ..Object::from(
                serde_json::from_value::<k8s_openapi::api::core::v1::ConfigMap>(body).unwrap(),
            )
        }
    });
    Observed {
        objects: objects.collect(),
    }
}

fn at<'o>(observed: &'o mut Observed, name: &str) -> &'o mut Object {
    let name = Style::default().object_name(&key(name));
    observed
        .objects
        .iter_mut()
        .find(|it| it.name == name)
        .unwrap()
}

fn set_text(object: &mut Object, text: &str) {
    for held in object.data.values_mut() {
        *held = text.to_owned();
    }
}

fn decided(observed: &Observed, desired: &Desired, orders: &Orders) -> Plan {
    with_style(observed, desired, orders, &Style::default())
}

fn with_style(observed: &Observed, desired: &Desired, orders: &Orders, style: &Style) -> Plan {
    let question = Question {
        desired,
        orders,
        style,
        namespace: "monitoring",
        clean: true,
    };
    decide(&"prod-e1-1".parse().unwrap(), observed, question)
}

fn said(plan: &Plan, name: &str) -> (State, Action) {
    let item = plan
        .items
        .iter()
        .find(|item| item.key == key(name))
        .unwrap();
    (item.state, item.action)
}

fn note(plan: &Plan, name: &str) -> String {
    let item = plan
        .items
        .iter()
        .find(|item| item.key == key(name))
        .unwrap();
    item.note.clone().unwrap_or_default()
}

#[test]
fn an_empty_cluster_is_filled_and_a_filled_one_is_left_alone() {
    let wanted = desired("a", &["cpu", "disk"]);
    let plan = decided(&Observed::default(), &wanted, &Orders::default());
    assert_eq!(plan.writes.len(), 2);
    assert_eq!(said(&plan, "cpu"), (State::Missing, Action::Create));
    let plan = decided(&after(&wanted), &wanted, &Orders::default());
    assert!(plan.is_settled(), "{plan:?}");
    assert_eq!(plan.count(State::Ok), 2);
    // Another commit with the same texts is no reason to write.
    let plan = decided(
        &after(&wanted),
        &desired("b", &["cpu", "disk"]),
        &Orders::default(),
    );
    assert!(plan.is_settled(), "{plan:?}");
}

#[test]
fn what_is_ours_and_old_is_updated_unless_it_means_the_same() {
    let old = desired("a", &["cpu"]);
    let mut new = desired("b", &["cpu"]);
    new.dashboards.insert(
        key("cpu"),
        dashboard("cpu", &text("cpu", "cpu", ", \"refresh\": \"1m\"")),
    );
    let plan = decided(&after(&old), &new, &Orders::default());
    assert_eq!(said(&plan, "cpu"), (State::Outdated, Action::Update));
    assert!(!plan.writes[0].force);
    new.dashboards.insert(
        key("cpu"),
        dashboard(
            "cpu",
            "{\"title\":\"cpu\",\"uid\":\"cpu\",\"pluginVersion\":\"12\"}",
        ),
    );
    let plan = decided(&after(&old), &new, &Orders::default());
    assert_eq!(said(&plan, "cpu"), (State::Ok, Action::Keep));
    assert!(plan.is_settled());
}

#[test]
fn lost_notes_and_labels_come_back() {
    let wanted = desired("a", &["cpu", "disk"]);
    let mut observed = after(&wanted);
    at(&mut observed, "cpu").annotations.clear();
    at(&mut observed, "disk").labels.remove("grafana_dashboard");
    let plan = decided(&observed, &wanted, &Orders::default());
    assert_eq!(said(&plan, "cpu"), (State::Relabel, Action::Relabel));
    assert_eq!(said(&plan, "disk"), (State::Relabel, Action::Relabel));
    assert_eq!(plan.writes.len(), 2);
}

#[test]
fn a_hand_edit_is_refused_until_it_is_ordered_away() {
    let wanted = desired("a", &["cpu", "disk"]);
    let mut observed = after(&wanted);
    set_text(at(&mut observed, "cpu"), &text("cpu", "mine", ""));
    let plan = decided(&observed, &wanted, &Orders::default());
    assert_eq!(said(&plan, "cpu"), (State::Edited, Action::Refuse));
    assert!(plan.writes.is_empty());
    let restore = |restore| Orders {
        restore,
        ..Orders::default()
    };
    let other = restore(Restore::These(vec![key("disk")]));
    assert!(decided(&observed, &wanted, &other).writes.is_empty());
    for orders in [
        restore(Restore::All),
        restore(Restore::These(vec![key("cpu")])),
    ] {
        let plan = decided(&observed, &wanted, &orders);
        assert_eq!(said(&plan, "cpu"), (State::Edited, Action::Restore));
        assert!(plan.writes[0].force && plan.writes[0].replaces.is_none());
    }
    let style = Style {
        on_edit: OnEdit::Restore,
        ..Style::default()
    };
    let plan = with_style(&observed, &wanted, &Orders::default(), &style);
    assert_eq!(said(&plan, "cpu"), (State::Edited, Action::Restore));
}

#[test]
fn an_edit_is_an_edit_whatever_was_done_to_the_notes_and_to_other_keys() {
    let wanted = desired("a", &["cpu"]);
    // Text and note both changed, so that they agree with each other but not with us: an older pin
    // looks the same, and is brought to the new one.
    let mut observed = after(&wanted);
    let foreign = text("cpu", "mine", "");
    set_text(at(&mut observed, "cpu"), &foreign);
    at(&mut observed, "cpu").annotations.clear();
    assert_eq!(
        said(&decided(&observed, &wanted, &Orders::default()), "cpu"),
        (State::Edited, Action::Refuse)
    );
    let all = Orders {
        restore: Restore::All,
        ..Orders::default()
    };
    let mut observed = after(&wanted);
    at(&mut observed, "cpu")
        .data
        .insert("x.json".to_owned(), "{}".to_owned());
    let plan = decided(&observed, &wanted, &Orders::default());
    assert_eq!(said(&plan, "cpu"), (State::Edited, Action::Refuse));
    assert!(
        note(&plan, "cpu").contains("it also holds x.json"),
        "{}",
        note(&plan, "cpu")
    );
    // Applying would leave the other key in it.
    assert!(
        decided(&observed, &wanted, &all).writes[0]
            .replaces
            .is_some()
    );
    let mut observed = after(&wanted);
    at(&mut observed, "cpu").data.clear();
    assert_eq!(
        said(&decided(&observed, &wanted, &Orders::default()), "cpu"),
        (State::Edited, Action::Refuse)
    );
}

#[test]
fn a_formatter_is_no_editor() {
    let wanted = desired("a", &["cpu"]);
    let mut observed = after(&wanted);
    set_text(
        at(&mut observed, "cpu"),
        "{\"title\":\"cpu\",\"uid\":\"cpu\"}",
    );
    let plan = decided(&observed, &wanted, &Orders::default());
    assert_eq!(said(&plan, "cpu"), (State::Reformatted, Action::Keep));
    assert!(plan.is_settled());
}

#[test]
fn an_immutable_object_is_replaced_only_when_that_is_ordered() {
    let old = desired("a", &["cpu"]);
    let mut new = desired("b", &["cpu"]);
    new.dashboards
        .insert(key("cpu"), dashboard("cpu", &text("cpu", "new", "")));
    let mut observed = after(&old);
    at(&mut observed, "cpu").immutable = true;
    let plan = decided(&observed, &new, &Orders::default());
    assert_eq!(said(&plan, "cpu"), (State::Outdated, Action::Refuse));
    assert_eq!(note(&plan, "cpu"), IMMUTABLE_NOTE);
    let orders = Orders {
        replace_immutable: true,
        ..Orders::default()
    };
    let plan = decided(&observed, &new, &orders);
    assert_eq!(
        plan.writes[0].replaces.as_ref().unwrap().uid,
        "uid-cpu.json"
    );
}

#[test]
fn what_belongs_to_others_is_refused_and_what_nobody_owns_can_be_adopted() {
    let wanted = desired("a", &["cpu"]);
    let mut observed = after(&wanted);
    at(&mut observed, "cpu")
        .labels
        .insert(MANAGED_BY.to_owned(), "Helm".to_owned());
    let adopt = Orders {
        adopt: Restore::All,
        restore: Restore::All,
        ..Orders::default()
    };
    let plan = decided(&observed, &wanted, &adopt);
    assert_eq!(said(&plan, "cpu"), (State::Foreign, Action::Refuse));
    at(&mut observed, "cpu").labels.remove(MANAGED_BY);
    at(&mut observed, "cpu").labels.remove(INSTANCE);
    let plan = decided(&observed, &wanted, &Orders::default());
    assert_eq!(said(&plan, "cpu"), (State::Foreign, Action::Refuse));
    assert!(note(&plan, "cpu").contains("a person made it"));
    let plan = decided(&observed, &wanted, &adopt);
    assert_eq!(said(&plan, "cpu"), (State::Foreign, Action::Adopt));
    set_text(at(&mut observed, "cpu"), &text("cpu", "mine", ""));
    let plan = decided(&observed, &wanted, &adopt);
    assert_eq!(said(&plan, "cpu"), (State::Foreign, Action::Refuse));
}

#[test]
fn a_dashboard_that_grafana_knows_already_is_not_written_beside_it() {
    let wanted = desired("a", &["cpu", "disk", "net", "ram"]);
    let other = |name: &str, file: &str, text: String| Object {
        name: name.to_owned(),
        data: BTreeMap::from([(file.to_owned(), text)]),
        annotations: BTreeMap::new(),
        labels: BTreeMap::from([("grafana_dashboard".to_owned(), "1".to_owned())]),
        ..after(&desired("a", &["cpu"])).objects.remove(0)
    };
    let observed = Observed {
        objects: vec![
            other("a", "cpu.json", text("x", "X", "")),
            other("b", "own.json", text("disk", "Y", "")),
            other("c", "more.json", text("y", "net", "")),
            other("d", "broken.json", "not json".to_owned()),
        ],
    };
    let plan = decided(&observed, &wanted, &Orders::default());
    for name in ["cpu", "disk", "net"] {
        assert_eq!(
            said(&plan, name),
            (State::Rejected, Action::Refuse),
            "{name}"
        );
    }
    assert_eq!(said(&plan, "ram"), (State::Missing, Action::Create));
}

#[test]
fn what_no_config_map_holds_is_refused_before_it_is_sent() {
    let sized = |bytes: usize| {
        let mut wanted = desired("a", &["cpu"]);
        let empty = text("cpu", "cpu", r#", "description": """#).len();
        let filler = "x".repeat(bytes - empty);
        let text = text("cpu", "cpu", &format!(r#", "description": "{filler}""#));
        wanted.dashboards = BTreeMap::from([(key("cpu"), dashboard("cpu", &text))]);
        wanted
    };
    let nothing = Observed::default();
    let plan = decided(&nothing, &sized(1024 * 1024), &Orders::default());
    assert_eq!(said(&plan, "cpu"), (State::Missing, Action::Create));
    let larger = sized(1024 * 1024 + 1);
    let plan = decided(&nothing, &larger, &Orders::default());
    assert_eq!(said(&plan, "cpu"), (State::Missing, Action::Refuse));
    assert!(note(&plan, "cpu").contains("has 1048577 bytes"));
    let plan = decided(&after(&desired("a", &["cpu"])), &larger, &Orders::default());
    assert_eq!(said(&plan, "cpu"), (State::Outdated, Action::Refuse));
    assert!(plan.is_settled());
}

#[test]
fn what_only_looks_like_ours_is_told_and_left() {
    let wanted = desired("a", &["cpu"]);
    let mut observed = after(&wanted);
    let mut copy = observed.objects[0].clone();
    copy.name = "copy-of-cpu".to_owned();
    observed.objects.push(copy);
    let plan = decided(&observed, &wanted, &Orders::default());
    assert_eq!(plan.strays.len(), 1);
    assert!(plan.is_settled());
}
