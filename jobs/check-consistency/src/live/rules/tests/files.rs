//! Rule files: which object each is of, and how the server's pages of them are read.

use serde_json::{Value, json};

use super::{
    UID, alert, answer, declared, file, found, group, object, recording, rules_of, told, with,
};
use crate::finding::{Standing, Unknown};
use crate::live::rules::loaded::{Files, Origin, has_pages, made_by_operator};

const OTHER_UID: &str = "00000000-3c43-4c5e-9a53-0d1a3f8f6b11";

#[test]
fn an_object_without_a_file_is_not_loaded_and_the_hint_knows_the_likely_reason() {
    let rejected = with(
        object(&declared()),
        json!({"status": {"bindings": [{"name": "main", "conditions": [
            {"type": "Accepted", "status": "False", "reason": "InvalidConfiguration"}]}]}}),
    );
    let hint = |objects: &[Value], reload_failed| {
        let mut rules = rules_of(objects, &[answer(&[])]);
        rules.reload_failed = reload_failed;
        let mut findings = found(rules);
        assert_eq!(findings[0].standing, Standing::NotLoaded);
        let finding = findings.remove(0);
        (finding.text.unwrap(), finding.hint.unwrap())
    };
    let (text, because) = hint(&[object(&declared())], false);
    assert_eq!(text, "e1: none of its rules (2) is loaded");
    assert!(because.contains("ruleSelector"), "{because}");
    let (_, because) = hint(&[object(&declared())], true);
    assert!(because.contains("last reload"), "{because}");
    let (text, because) = hint(&[rejected], false);
    assert!(text.ends_with("rejected, InvalidConfiguration"), "{text}");
    assert!(because.contains("operator"), "{because}");
}

#[test]
fn an_object_or_a_group_without_rules_needs_no_file() {
    for groups in [
        json!([]),
        json!(null),
        json!([{"name": "empty", "rules": []}]),
    ] {
        let told = told(rules_of(&[object(&groups)], &[answer(&[])]));
        assert_eq!(told[0].1, Standing::Equal, "{groups}");
    }
}

#[test]
fn files_that_belong_to_no_object_are_unexpected_unless_they_are_of_another_namespace() {
    let files = [
        format!("/rules/monitoring-core-{OTHER_UID}.yaml"),
        format!("/rules/other-core-{UID}.yaml"),
        "/rules/by-hand.yaml".to_owned(),
    ];
    let groups: Vec<_> = files.iter().map(|file| group(file, &[alert()])).collect();
    let declared = object(&declared());
    let mut told = told(rules_of(&[declared], &[answer(&groups)]));
    told.sort();
    let rules = "e1: runs rules that no object declares: CoreDNSDown";
    let object = "PrometheusRule monitoring/core";
    let not_loaded = "e1: none of its rules (2) is loaded";
    assert_eq!(
        told,
        [
            (object.to_owned(), Standing::Unexpected, rules.to_owned()),
            (
                object.to_owned(),
                Standing::NotLoaded,
                not_loaded.to_owned()
            ),
            (
                "RuleFile monitoring/by-hand.yaml".to_owned(),
                Standing::Unexpected,
                rules.to_owned()
            ),
        ]
    );
}

#[test]
fn a_file_name_without_a_uid_is_that_of_an_older_operator() {
    let groups = [group(
        "/rules/monitoring-core.yaml",
        &[alert(), recording()],
    )];
    let told = told(rules_of(&[object(&declared())], &[answer(&groups)]));
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0].1, Standing::Equal);
}

#[test]
fn pages_are_asked_for_only_where_the_server_knows_them() {
    for (version, pages) in [
        ("3.0.0", true),
        ("v3.5.0", true),
        ("10.1", true),
        ("2.55.1", false),
        ("2.42.0", false),
        ("", false),
        ("main", false),
    ] {
        assert_eq!(has_pages(version), pages, "{version}");
    }
}

#[test]
fn pages_are_put_together_until_there_is_no_token() {
    let mut files = Files::default();
    let mut first: Value = serde_json::from_str(&answer(&[group(&file(), &[alert()])])).unwrap();
    first["data"]["groupNextToken"] = json!("f1d2");
    assert_eq!(
        files.add("x", &first.to_string()).unwrap().as_deref(),
        Some("f1d2")
    );
    first["data"]["groupNextToken"] = json!("");
    first["data"]["groups"] = json!([group(&file(), &[recording()])]);
    assert_eq!(files.add("x", &first.to_string()).unwrap(), None);
    let (_, file) = files.iter().next().unwrap();
    assert_eq!(file.rules().count(), 2);
    assert_eq!(files.iter().count(), 1);
}

#[test]
fn what_is_no_answer_of_a_prometheus_is_a_gap_that_quotes_nothing() {
    for page in [
        "",
        "<html>hunter2</html>",
        r#"{"status":"success"}"#,
        r#"{"data":{"groups":"hunter2"}}"#,
        r#"{"data":{"groups":[{"name":"hunter2"}]}}"#,
    ] {
        let gap = Files::default().add("x", page).unwrap_err();
        assert_eq!(gap.reason, Unknown::Garbled, "{page}");
        assert!(
            !gap.trouble.text.contains("hunter2"),
            "{}",
            gap.trouble.text
        );
    }
    for empty in [r#"{"data":{"groups":[]}}"#, r#"{"data":{"groups":null}}"#] {
        assert_eq!(Files::default().add("x", empty).unwrap(), None);
    }
}

#[test]
fn the_name_of_a_file_tells_who_has_made_it() {
    let table = [
        (
            format!("monitoring-core-{UID}.yaml"),
            Origin::Object("core"),
        ),
        (format!("monitoring-a-b-{UID}.yaml"), Origin::Object("a-b")),
        (format!("other-core-{UID}.yaml"), Origin::OtherNamespace),
        (format!("monitoring-{UID}.yaml"), Origin::OtherNamespace),
        (format!("{UID}.yaml"), Origin::Unknown),
        ("core.yaml".to_owned(), Origin::Unknown),
        (
            "monitoring-core-6f1c1f0e-3c43-4c5e-9a53-0d1a3f8fé1.yaml".to_owned(),
            Origin::Unknown,
        ),
        (
            "monitoring-core-6f1c1f0e3-c43-4c5e-9a53-0d1a3f8f6b11.yaml".to_owned(),
            Origin::Unknown,
        ),
    ];
    for (file, origin) in table {
        assert_eq!(made_by_operator(&file, "monitoring"), origin, "{file}");
    }
}
