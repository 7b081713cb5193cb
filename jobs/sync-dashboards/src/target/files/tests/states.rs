//! Every state, and what is done about it.

use super::*;
use crate::finding::{Finding, Level};

#[test]
fn what_is_missing_is_created_and_the_second_run_writes_nothing() {
    let bed = Bed::new();
    let wanted = set("v1", 1, &["a", "b"]);
    let (plan, written) = bed.apply(&wanted);
    assert_eq!(outcome(&plan, "a"), (State::Missing, Action::Create));
    assert_eq!((plan.open(), written.files, written.deleted), (2, 2, 0));
    assert!(written.chart && written.lock);
    // Exactly upstream's bytes: no newline is added.
    assert_eq!(bed.get("a.json"), Some(text("a", 1)));
    assert_eq!(outcome(&bed.plan(&wanted), "a"), (State::Ok, Action::Keep));
    bed.assert_settled(&wanted);
}

#[test]
fn a_final_newline_is_added_only_when_configured() {
    let mut bed = Bed::new();
    bed.config.final_newline = true;
    let wanted = set("v1", 1, &["a"]);
    bed.apply(&wanted);
    assert_eq!(bed.get("a.json"), Some(text("a", 1) + "\n"));
    bed.assert_settled(&wanted);
}

#[test]
fn equal_files_without_a_lock_are_kept_and_nothing_is_written_for_them() {
    let bed = Bed::new();
    bed.put("a.json", &text("a", 1));
    bed.put("own.json", "{}");
    let wanted = set("v1", 1, &["a"]);
    let plan = bed.plan(&wanted);
    assert_eq!(outcome(&plan, "a"), (State::Ok, Action::Keep));
    assert_eq!(outcome(&plan, "own"), (State::Foreign, Action::Keep));
    assert_eq!(
        plan.notes(),
        ["1 foreign files in the folder are left alone"]
    );
    bed.assert_settled(&wanted);
    assert_eq!((bed.lock(), bed.chart()), (None, CHART.to_owned()));
    // Something else is written: then the equal one becomes ours too.
    bed.apply(&set("v1", 1, &["a", "b"]));
    let lock = bed.lock().unwrap();
    assert!(lock.contains("\"a.json\"") && lock.contains("\"b.json\""));
    assert!(!lock.contains("own.json"), "{lock}");
}

#[test]
fn an_outdated_file_is_updated_unless_it_means_the_same() {
    let bed = Bed::new();
    bed.apply(&set("v1", 1, &["a"]));
    let wanted = set("v2", 2, &["a"]);
    let (plan, _) = bed.apply(&wanted);
    assert_eq!(outcome(&plan, "a"), (State::Outdated, Action::Update));
    assert_eq!(bed.get("a.json"), Some(text("a", 2)));
    assert!(bed.chart().contains("version: 1.3.2 #"));
    let respelled = text("a", 2).replace("    ", " ");
    let wanted = desired("v3", &[("a", &respelled)]);
    let (plan, written) = bed.apply(&wanted);
    assert_eq!(outcome(&plan, "a"), (State::Ok, Action::Keep));
    assert_eq!((written.files, written.chart), (0, false));
    assert_eq!(bed.get("a.json"), Some(text("a", 2)));
    bed.assert_settled(&wanted);
}

#[test]
fn a_formatter_is_forgiven_and_does_not_stop_updates() {
    let bed = Bed::new();
    let wanted = set("v1", 1, &["a"]);
    bed.apply(&wanted);
    bed.put("a.json", &(text("a", 1) + "\n"));
    let plan = bed.plan(&wanted);
    assert_eq!(outcome(&plan, "a"), (State::Reformatted, Action::Keep));
    assert_eq!(note(&plan, "a"), "other bytes, the same meaning");
    bed.assert_settled(&wanted);
    let (plan, _) = bed.apply(&set("v2", 2, &["a"]));
    assert_eq!(outcome(&plan, "a"), (State::Reformatted, Action::Update));
    assert_eq!(bed.get("a.json"), Some(text("a", 2)));
}

#[test]
fn a_hand_edit_is_refused_until_it_is_ordered_away() {
    let mut bed = Bed::new();
    let wanted = set("v1", 1, &["a", "b"]);
    bed.apply(&wanted);
    for edit in [text("a", 7), "no JSON".to_owned()] {
        bed.orders.restore = Restore::These(vec![key("b")]);
        bed.put("a.json", &edit);
        let observed = observe(&bed.config).unwrap();
        let differing = observed.texts_that_differ(&wanted);
        assert_eq!(
            differing.into_values().collect::<Vec<_>>(),
            std::slice::from_ref(&edit)
        );
        let plan = bed.plan(&wanted);
        assert_eq!(outcome(&plan, "a"), (State::Edited, Action::Refuse));
        bed.assert_settled(&wanted);
        bed.orders.restore = Restore::These(vec![key("a")]);
        let (plan, written) = bed.apply(&wanted);
        assert_eq!(outcome(&plan, "a"), (State::Edited, Action::Restore));
        // The chart's content is again what it was.
        assert_eq!((written.files, written.chart), (1, false));
        assert_eq!(bed.get("a.json"), Some(text("a", 1)));
    }
    // The others are brought to a new pin all the same.
    bed.orders.restore = Restore::Nothing;
    bed.put("a.json", &text("a", 7));
    let wanted = set("v2", 2, &["a", "b"]);
    bed.apply(&wanted);
    assert_eq!(bed.get("a.json"), Some(text("a", 7)));
    assert_eq!(bed.get("b.json"), Some(text("b", 2)));
    bed.assert_settled(&wanted);
    assert_eq!(
        outcome(&bed.plan(&wanted), "a"),
        (State::Edited, Action::Refuse)
    );
}

#[test]
fn a_file_that_was_deleted_by_hand_comes_back() {
    let bed = Bed::new();
    let wanted = set("v1", 1, &["a"]);
    bed.apply(&wanted);
    fs::remove_file(bed.path("a.json")).unwrap();
    let (plan, written) = bed.apply(&wanted);
    assert_eq!(outcome(&plan, "a"), (State::Missing, Action::Create));
    assert_eq!(note(&plan, "a"), "was deleted by hand");
    assert_eq!(
        (written.files, written.chart, written.lock),
        (1, false, false)
    );
}

#[test]
fn somebody_elses_file_of_a_wanted_name_is_refused() {
    let bed = Bed::new();
    bed.put("a.json", &text("a", 7));
    let wanted = set("v1", 1, &["a", "b"]);
    let (plan, _) = bed.apply(&wanted);
    assert_eq!(outcome(&plan, "a"), (State::Foreign, Action::Refuse));
    assert_eq!(bed.get("a.json"), Some(text("a", 7)));
    assert_eq!(bed.get("b.json"), Some(text("b", 1)));
    bed.assert_settled(&wanted);
}

#[test]
fn upstreams_texts_of_another_time_are_adopted_on_demand() {
    let mut bed = Bed::new();
    bed.put("a.json", &text("a", 1));
    bed.put("old.json", &text("old", 1));
    bed.put("same.json", &text("same", 2));
    bed.put("own.json", &text("own", 1));
    let texts = ["a", "old"].map(|base| (key(base), text(base, 1)));
    bed.known.add(&texts.into());
    let wanted = set("v2", 2, &["a", "same"]);
    let plan = bed.plan(&wanted);
    assert_eq!(outcome(&plan, "a"), (State::Foreign, Action::Refuse));
    assert!(note(&plan, "a").contains("`adopt`"));
    assert_eq!(outcome(&plan, "old"), (State::Orphan, Action::Keep));
    bed.assert_settled(&wanted);

    let plan = bed.adopt(&wanted, &Restore::These(vec![key("a"), key("own")]));
    assert_eq!(outcome(&plan, "a"), (State::Foreign, Action::Adopt));
    assert_eq!(outcome(&plan, "same"), (State::Ok, Action::Keep));
    assert_eq!(outcome(&plan, "own"), (State::Foreign, Action::Keep));
    assert_eq!(plan.open(), 1);
    let lock = bed.lock().unwrap();
    assert!(
        lock.contains("a.json") && !lock.contains("old.json"),
        "{lock}"
    );

    let plan = bed.adopt(&wanted, &Restore::All);
    assert_eq!(outcome(&plan, "old"), (State::Orphan, Action::Adopt));
    assert_eq!(outcome(&plan, "same"), (State::Foreign, Action::Adopt));
    let lock = bed.lock().unwrap();
    assert!(
        lock.contains("old.json") && !lock.contains("own.json"),
        "{lock}"
    );
    // As they are: no file was touched.
    assert_eq!(bed.get("a.json"), Some(text("a", 1)));
    assert_eq!(bed.chart(), CHART);
    let before = bed.lock();
    bed.adopt(&wanted, &Restore::All);
    assert_eq!(bed.lock(), before);

    let (plan, written) = bed.apply(&wanted);
    assert_eq!(outcome(&plan, "a"), (State::Outdated, Action::Update));
    assert_eq!(
        note(&plan, "old"),
        "gone upstream; stays for 1 more change of the pin"
    );
    assert_eq!((written.files, written.deleted), (1, 0));
    bed.assert_settled(&wanted);
    let (_, written) = bed.apply(&set("v3", 2, &["a", "same"]));
    assert_eq!(written.deleted, 1);
    assert_eq!(bed.get("old.json"), None);
    assert_eq!(bed.get("own.json"), Some(text("own", 1)));
}

#[test]
fn a_rejected_dashboard_keeps_its_old_version() {
    let bed = Bed::new();
    bed.apply(&set("v1", 1, &["a", "b"]));
    let mut wanted = set("v2", 2, &["b"]);
    let finding = Finding::new(Level::Error, "broken", "", "it is broken");
    wanted.rejected.insert(key("a"), vec![finding.clone()]);
    let (plan, _) = bed.apply(&wanted);
    assert_eq!(outcome(&plan, "a"), (State::Rejected, Action::Refuse));
    assert_eq!(plan.items.first().unwrap().findings, [finding]);
    assert_eq!(bed.get("a.json"), Some(text("a", 1)));
    assert_eq!(bed.get("b.json"), Some(text("b", 2)));
    bed.assert_settled(&wanted);
    // It is still ours when upstream has mended it.
    let (plan, _) = bed.apply(&set("v3", 3, &["a", "b"]));
    assert_eq!(outcome(&plan, "a"), (State::Outdated, Action::Update));
}

#[test]
fn a_dashboard_with_the_uid_or_title_of_somebodys_own_is_not_written_beside_it() {
    let bed = Bed::new();
    bed.put("b.json", &text("b", 1));
    let wanted = set("v1", 1, &["a", "b", "c"]);
    bed.put("own.json", "{\"uid\": \"uid-a\", \"title\": \"b\"}");
    let (plan, _) = bed.apply(&wanted);
    assert_eq!(outcome(&plan, "a"), (State::Rejected, Action::Refuse));
    let finding = plan.items.first().unwrap().findings.first().unwrap();
    assert_eq!(finding.code, "collision");
    assert!(
        finding.text.starts_with("file own.json has the uid"),
        "{finding}"
    );
    assert_eq!(bed.get("a.json"), None);
    // What is there stays there, and it is said.
    assert_eq!(outcome(&plan, "b"), (State::Ok, Action::Keep));
    assert!(note(&plan, "b").contains("own.json has the title"));
    assert_eq!(outcome(&plan, "c"), (State::Missing, Action::Create));
    bed.assert_settled(&wanted);
    fs::remove_file(bed.path("own.json")).unwrap();
    assert_eq!(
        outcome(&bed.plan(&wanted), "a"),
        (State::Missing, Action::Create)
    );
}
