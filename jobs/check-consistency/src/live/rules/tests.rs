mod files;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::loaded::Files;
use super::{Rules, judge};
use crate::finding::{Finding, Standing, Unknown};
use crate::live::gap;
use crate::live::reading::Reading;
use crate::normalise::expression;

const UID: &str = "6f1c1f0e-3c43-4c5e-9a53-0d1a3f8f6b11";

fn now() -> Timestamp {
    "2026-11-29T06:00:00Z".parse().unwrap()
}

fn object(groups: &Value) -> Value {
    json!({
        "apiVersion": "monitoring.coreos.com/v1", "kind": "PrometheusRule",
        "metadata": {"name": "core", "namespace": "monitoring", "uid": UID, "labels": {"release": "x"}},
        "spec": {"groups": groups},
    })
}

fn declared() -> Value {
    json!([{
        "name": "./core-dns", "interval": "30s",
        "rules": [
            {"alert": "CoreDNSDown", "expr": "absent(up{job=\"kube-dns\"} == 1)", "for": "10m",
             "labels": {"severity": "critical"}, "annotations": {"summary": "{{ $labels.x }}"}},
            {"record": "dns:errors", "expr": 1},
        ],
    }])
}

/// As a real server prints it.
fn file() -> String {
    format!("/etc/prometheus/rules/prometheus-main-rulefiles-0/monitoring-core-{UID}.yaml")
}

fn alert() -> Value {
    json!({
        "state": "inactive", "name": "CoreDNSDown", "query": "absent(up{job=\"kube-dns\"} == 1)",
        "duration": 600, "keepFiringFor": 0, "labels": {"severity": "critical"},
        "annotations": {"summary": "{{ $labels.x }}"}, "alerts": [], "health": "ok",
        "evaluationTime": 0.000_314, "lastEvaluation": "2026-11-29T05:59:48.123456789Z",
        "type": "alerting",
    })
}

fn recording() -> Value {
    json!({
        "name": "dns:errors", "query": "1", "health": "ok", "evaluationTime": 0.0001,
        "lastEvaluation": "2026-11-29T07:59:48.1+02:00", "type": "recording",
    })
}

fn group(file: &str, rules: &[Value]) -> Value {
    json!({
        "name": "./core-dns", "file": file, "interval": 30, "limit": 0, "rules": rules,
        "evaluationTime": 0.001, "lastEvaluation": "2026-11-29T05:59:48Z",
    })
}

fn answer(groups: &[Value]) -> String {
    json!({"status": "success", "data": {"groups": groups}}).to_string()
}

/// The rules of a cluster in which alerts and recording rules were asked for one after the other.
fn rules_of(objects: &[Value], answers: &[String]) -> Rules {
    let mut files = Files::default();
    for answer in answers {
        assert_eq!(files.add("x", answer).unwrap(), None);
    }
    Rules {
        objects: objects
            .iter()
            .map(|object| serde_json::from_value(object.clone()).unwrap())
            .collect(),
        files,
        enforced: None,
        reload_failed: false,
        at: now(),
    }
}

fn found(rules: Rules) -> Vec<Finding> {
    let (findings, parts) = judge(&[Reading::Seen(rules)], &["e1"], "monitoring", &expression);
    assert_eq!(parts.len(), 1);
    findings
}

fn told(rules: Rules) -> Vec<(String, Standing, String)> {
    let findings = found(rules).into_iter();
    let told = findings.map(|finding| {
        let text = finding.text.unwrap_or_default();
        (finding.object.to_string(), finding.standing, text)
    });
    told.collect()
}

fn told_of(alert: Value, recording: Value) -> Vec<(Standing, String)> {
    let answers = [
        answer(&[group(&file(), &[alert])]),
        answer(&[group(&file(), &[recording])]),
    ];
    let told = told(rules_of(&[object(&declared())], &answers)).into_iter();
    told.map(|(object, standing, text)| {
        assert_eq!(object, "PrometheusRule monitoring/core");
        (standing, text)
    })
    .collect()
}

fn with(mut value: Value, changes: Value) -> Value {
    let Value::Object(changes) = changes else {
        panic!("{changes}")
    };
    value.as_object_mut().unwrap().extend(changes);
    value
}

#[test]
fn an_object_whose_rules_all_run_as_declared_is_well() {
    assert_eq!(
        told_of(alert(), recording()),
        [(Standing::Equal, String::new())]
    );
}

#[test]
fn an_older_server_that_says_less_is_understood() {
    // Prometheus 2.x before 2.42: no keepFiringFor, and labels that are null.
    let mut old = alert();
    old.as_object_mut().unwrap().remove("keepFiringFor");
    let recording = with(recording(), json!({"labels": null}));
    assert_eq!(told_of(old, recording), [(Standing::Equal, String::new())]);
}

#[test]
fn what_runs_in_another_form_is_not_loaded() {
    let table = [
        (json!({"query": "absent(up)"}), "expression"),
        (json!({"duration": 1200}), "for"),
        (json!({"keepFiringFor": 60}), "keep_firing_for"),
        (json!({"labels": {"severity": "warning"}}), "labels"),
        (json!({"labels": null, "duration": 0}), "for, labels"),
    ];
    for (change, what) in table {
        let text = format!("e1: loaded in another form: CoreDNSDown ({what})");
        assert_eq!(
            told_of(with(alert(), change), recording()),
            [(Standing::NotLoaded, text)]
        );
    }
    let same = "absent((up{job='kube-dns'}) == 1.0)";
    let same = told_of(with(alert(), json!({"query": same})), recording());
    assert_eq!(same[0].0, Standing::Equal);
}

#[test]
fn expressions_that_are_not_understood_are_the_same_only_if_their_text_is() {
    let standing = |declared: &str, running: &str, duration: u64| {
        let rules = json!([{"alert": "CoreDNSDown", "expr": declared, "for": "10m",
            "labels": {"severity": "critical"}}]);
        let declared = json!([{"name": "./core-dns", "rules": rules}]);
        let loaded = with(alert(), json!({"query": running, "duration": duration}));
        let answers = [answer(&[group(&file(), &[loaded])])];
        let mut told = told(rules_of(&[object(&declared)], &answers));
        assert_eq!(told.len(), 1);
        let (_, standing, text) = told.remove(0);
        (standing, text)
    };
    let unclear = Standing::Unknown(Unknown::NotComparable);
    let ours = "rate(x[5m] smoothed) # new";
    assert_eq!(
        standing(ours, "rate(x[5m]  smoothed)", 600).0,
        Standing::Equal
    );
    let (said, text) = standing(ours, "rate(x[5m] anchored)", 600);
    assert_eq!(said, unclear);
    assert_eq!(
        text,
        "e1: an expression is written otherwise and not understood: CoreDNSDown"
    );
    assert_eq!(standing("up", "rate(x[5m] smoothed)", 600).0, unclear);
    // Whatever the expression means, the rest is not the same.
    let (said, text) = standing(ours, "rate(x[5m] anchored)", 60);
    assert_eq!(said, Standing::NotLoaded);
    assert_eq!(text, "e1: loaded in another form: CoreDNSDown (for)");
    assert_eq!(standing("up # a", "up + 1", 600).0, Standing::NotLoaded);
}

#[test]
fn rules_that_only_one_side_has_are_told_by_name() {
    let renamed = with(alert(), json!({"name": "Older"}));
    let text = "e1: not loaded: CoreDNSDown; loaded and no longer declared: Older";
    assert_eq!(
        told_of(renamed, recording()),
        [(Standing::NotLoaded, text.to_owned())]
    );
}

#[test]
fn another_interval_is_another_form_of_the_group() {
    let group = with(
        group(&file(), &[alert(), recording()]),
        json!({"interval": 60}),
    );
    let told = told(rules_of(&[object(&declared())], &[answer(&[group])]));
    assert_eq!(
        told[0].2,
        "e1: loaded in another form: group ./core-dns (interval)"
    );
}

#[test]
fn rules_of_the_same_name_are_held_against_the_one_that_fits() {
    let rule = |severity: &str, pending: &str| json!({"alert": "CoreDNSDown", "expr": "up", "for": pending, "labels": {"severity": severity}});
    let loaded = |severity: &str, seconds: u64| {
        with(
            alert(),
            json!({"query": "up", "duration": seconds, "labels": {"severity": severity}}),
        )
    };
    let declared = json!([{"name": "./core-dns", "rules": [rule("a", "1m"), rule("b", "5m")]}]);
    let told = |loaded: &[Value]| {
        let answers = [answer(&[group(&file(), loaded)])];
        let told = told(rules_of(&[object(&declared)], &answers));
        told.into_iter()
            .map(|(_, _, text)| text)
            .collect::<Vec<_>>()
    };
    assert_eq!(told(&[loaded("b", 300), loaded("a", 60)]), [""]);
    assert_eq!(
        told(&[loaded("b", 300), loaded("a", 300)]),
        ["e1: loaded in another form: CoreDNSDown (for)"]
    );
    assert_eq!(told(&[loaded("b", 300)]), ["e1: not loaded: CoreDNSDown"]);
}

#[test]
fn labels_of_the_group_are_those_of_its_rules_unless_they_have_their_own() {
    let declared = json!([{
        "name": "./core-dns", "labels": {"team": "a", "severity": "none"},
        "rules": [{"alert": "CoreDNSDown", "expr": "up", "labels": {"severity": "x"}}],
    }]);
    let labels = json!({"team": "a", "severity": "x"});
    let loaded = with(
        alert(),
        json!({"query": "up", "duration": 0, "labels": labels}),
    );
    let answers = [answer(&[group(&file(), &[loaded])])];
    assert_eq!(
        told(rules_of(&[object(&declared)], &answers))[0].1,
        Standing::Equal
    );
}

#[test]
fn with_an_enforced_label_expressions_are_held_against_what_the_operator_makes_of_them() {
    let told = |expr: &str, query: &str, namespace: &str| {
        let labels = json!({"severity": "critical", "namespace": namespace});
        let loaded = with(
            alert(),
            json!({"query": query, "duration": 0, "labels": labels}),
        );
        let rule =
            json!({"alert": "CoreDNSDown", "expr": expr, "labels": {"severity": "critical"}});
        let declared = json!([{"name": "./core-dns", "rules": [rule]}]);
        let answers = [answer(&[group(&file(), &[loaded])])];
        let mut rules = rules_of(&[object(&declared)], &answers);
        rules.enforced = Some("namespace".to_owned());
        let (_, standing, text) = told(rules).remove(0);
        (standing, text)
    };
    let expr = r#"absent(up{job="kube-dns"} == 1)"#;
    let enforced = r#"absent(up{job="kube-dns",namespace="monitoring"} == 1)"#;
    let unknown = Standing::Unknown(Unknown::NotComparable);
    let other = r#"up{namespace="kube-system"} == 1"#;
    for (expr, query, namespace, standing) in [
        (expr, enforced, "monitoring", Standing::Equal),
        // One that is excluded runs as it is declared.
        (expr, expr, "monitoring", Standing::Equal),
        (
            expr,
            &*enforced.replace("== 1", "== 0"),
            "monitoring",
            Standing::NotLoaded,
        ),
        (
            expr,
            &*enforced.replace("monitoring", "default"),
            "monitoring",
            Standing::NotLoaded,
        ),
        (expr, enforced, "default", Standing::NotLoaded),
        (
            other,
            r#"up{namespace="monitoring"} == 1"#,
            "monitoring",
            Standing::Equal,
        ),
        (
            other,
            r#"up{namespace="monitoring"} == 0"#,
            "monitoring",
            unknown,
        ),
        (expr, "a language of the future ===", "monitoring", unknown),
    ] {
        let (told, text) = told(expr, query, namespace);
        assert_eq!(told, standing, "{query}: {text}");
        assert_eq!(
            text.contains("enforced label namespace"),
            told == unknown,
            "{text}"
        );
    }
}

#[test]
fn rules_that_fail_stand_still_or_were_never_evaluated_are_told() {
    let table = [
        (
            json!({"health": "err", "lastError": "found duplicate series\nfor the match group"}),
            Standing::Failing,
            "e1: evaluation fails: CoreDNSDown (found duplicate series for the match group)",
        ),
        (
            json!({"health": "err"}),
            Standing::Failing,
            "e1: evaluation fails: CoreDNSDown",
        ),
        (
            json!({"lastEvaluation": "2026-11-29T05:57:59Z"}),
            Standing::Stale,
            "e1: not evaluated for more than 3 intervals: CoreDNSDown",
        ),
        (
            json!({"health": "unknown", "lastEvaluation": "0001-01-01T00:00:00Z"}),
            Standing::Unknown(Unknown::NotSettled),
            "e1: loaded and not evaluated so far: CoreDNSDown",
        ),
        // Three intervals of 30 s have passed, but not the time that clocks may differ by.
        (
            json!({"lastEvaluation": "2026-11-29T05:58:01Z"}),
            Standing::Equal,
            "",
        ),
        (
            json!({"lastEvaluation": "2026-11-29T06:05:00Z"}),
            Standing::Equal,
            "",
        ),
    ];
    for (change, standing, text) in table {
        assert_eq!(
            told_of(with(alert(), change), recording()),
            [(standing, text.to_owned())]
        );
    }
}

#[test]
fn a_rule_may_miss_three_of_long_intervals() {
    let at = |time: &str| {
        let alert = with(alert(), json!({"lastEvaluation": time}));
        let group = with(
            group(&file(), &[alert, recording()]),
            json!({"interval": 300}),
        );
        let mut declared = declared();
        declared[0]["interval"] = json!("5m");
        told(rules_of(&[object(&declared)], &[answer(&[group])]))[0].1
    };
    assert_eq!(at("2026-11-29T05:45:01Z"), Standing::Equal);
    assert_eq!(at("2026-11-29T05:44:59Z"), Standing::Stale);
}

#[test]
fn a_cluster_that_could_not_be_read_is_a_gap_and_no_finding() {
    let readings = [Reading::Gap(gap::late("x")), Reading::NotAsked];
    let (findings, parts) = judge(&readings, &["a", "b"], "monitoring", &expression);
    assert_eq!(findings, []);
    assert_eq!(parts.len(), 1);
    assert!(parts[0].read.is_err());
}
