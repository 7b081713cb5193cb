//! What is removed, and when not.

use super::*;
use crate::finding::{Finding, Level};
use crate::target::guard::Refusal;

#[test]
fn what_upstream_removed_stays_for_one_pin_and_may_come_back() {
    let bed = Bed::new();
    bed.apply(&set("v1", 1, &["a", "b"]));
    let second = set("v2", 1, &["b"]);
    let (plan, written) = bed.apply(&second);
    assert_eq!(outcome(&plan, "a"), (State::Orphan, Action::Keep));
    assert_eq!(
        note(&plan, "a"),
        "gone upstream; stays for 1 more change of the pin"
    );
    assert_eq!(
        (written.deleted, written.chart, written.lock),
        (0, false, true)
    );
    bed.assert_settled(&second);
    bed.apply(&set("v3", 1, &["a", "b"]));
    assert!(!bed.lock().unwrap().contains("absence"));
    bed.apply(&set("v4", 1, &["b"]));
    let last = set("v5", 1, &["b"]);
    let (plan, written) = bed.apply(&last);
    assert_eq!(outcome(&plan, "a"), (State::Orphan, Action::Delete));
    assert_eq!((written.deleted, written.chart), (1, true));
    assert_eq!(bed.get("a.json"), None);
    assert!(!bed.lock().unwrap().contains("a.json"));
    bed.assert_settled(&last);
}

#[test]
fn an_excluded_dashboard_goes_at_once_and_an_edited_one_never_unasked() {
    let mut bed = Bed::new();
    bed.apply(&set("v1", 1, &["a", "b", "c"]));
    bed.put("b.json", &text("b", 7));
    bed.put("a.json", &(text("a", 1) + "\n"));
    let mut wanted = set("v1", 1, &["c"]);
    wanted.excluded = [key("a"), key("b")].into();
    let (plan, _) = bed.apply(&wanted);
    assert_eq!(outcome(&plan, "a"), (State::Orphan, Action::Delete));
    assert_eq!(note(&plan, "a"), "excluded by the configuration");
    assert_eq!(outcome(&plan, "b"), (State::Edited, Action::Refuse));
    assert_eq!(
        (bed.get("a.json"), bed.get("b.json")),
        (None, Some(text("b", 7)))
    );
    bed.assert_settled(&wanted);
    bed.orders.restore = Restore::All;
    bed.apply(&wanted);
    assert_eq!(bed.get("b.json"), None);
}

#[test]
fn a_renamed_dashboard_is_made_first_and_its_old_file_deleted_in_the_same_run() {
    let bed = Bed::new();
    bed.apply(&set("v1", 1, &["a", "b"]));
    let wanted = desired("v2", &[("a", &text("a", 1)), ("new", &text("b", 1))]);
    let (plan, written) = bed.apply(&wanted);
    assert_eq!(outcome(&plan, "b"), (State::Orphan, Action::Delete));
    assert_eq!(note(&plan, "b"), "now new.json");
    assert_eq!((written.files, written.deleted), (1, 1));
    let order: Vec<_> = plan
        .steps
        .iter()
        .map(|step| step.path.file_name().unwrap())
        .collect();
    assert_eq!(
        order,
        ["new.json", "b.json", "Chart.yaml", "dashboards.lock.json"]
    );
    bed.assert_settled(&wanted);
}

#[test]
fn a_file_stays_when_its_heir_cannot_be_written() {
    let bed = Bed::new();
    bed.apply(&set("v1", 1, &["a", "b"]));
    bed.put("new.json", "{\"title\": \"somebody's\"}");
    let wanted = desired("v2", &[("a", &text("a", 1)), ("new", &text("b", 1))]);
    let (plan, _) = bed.apply(&wanted);
    assert_eq!(outcome(&plan, "new"), (State::Foreign, Action::Refuse));
    assert_eq!(outcome(&plan, "b"), (State::Orphan, Action::Keep));
}

const MANY: [&str; 12] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];

#[test]
fn many_are_removed_only_when_somebody_said_how_many() {
    let mut bed = Bed::new();
    bed.apply(&set("v1", 1, &MANY));
    let mut wanted = set("v1", 1, MANY.get(4..).unwrap());
    wanted.excluded = ["a", "b", "c", "d"].map(key).into();
    let (plan, written) = bed.apply(&wanted);
    let refusal = Refusal::TooMany {
        removals: 4,
        here: 12,
        limit: 3,
    };
    assert_eq!(plan.removal, Some(refusal));
    assert_eq!(outcome(&plan, "a"), (State::Orphan, Action::Keep));
    assert_eq!((plan.open(), written.deleted), (0, 0));
    // They are still ours.
    assert!(bed.lock().unwrap().contains("\"a.json\""));
    bed.orders.removals = Some(4);
    assert_eq!(bed.apply(&wanted).1.deleted, 4);
    bed.assert_settled(&wanted);
}

#[test]
fn nothing_is_removed_when_upstream_shrank_or_something_could_not_be_read() {
    let mut bed = Bed::new();
    bed.config.chart = None;
    bed.apply(&set("v1", 1, &MANY));
    bed.apply(&set("v2", 1, MANY.get(3..).unwrap()));
    let shrunk = set("v3", 1, MANY.get(9..).unwrap());
    let (plan, _) = bed.apply(&shrunk);
    let refusal = Refusal::Shrunk {
        upstream: 3,
        here: 12,
    };
    assert_eq!(plan.removal, Some(refusal));
    let mut unread = set("v3", 2, MANY.get(3..).unwrap());
    let finding = Finding::new(Level::Error, "item-refused", "items[0]", "holds no data");
    unread.unreadable.push(finding);
    let (plan, written) = bed.apply(&unread);
    assert_eq!(plan.removal, Some(Refusal::Failed));
    // What is sound is written all the same.
    assert_eq!((written.files, written.deleted), (9, 0));
    unread.unreadable.clear();
    assert_eq!(bed.apply(&unread).1.deleted, 3);
}
