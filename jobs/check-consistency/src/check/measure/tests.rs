//! What objects come to once they are read.

use serde_json::{Value, json};

use super::{Sides, conclude};
use crate::check::reading::Answer;
use crate::check::schemas::{Said, Schemas};
use crate::check::testing::{config, gap, measured, spec, subject};
use crate::config::Config;
use crate::difference::Class;
use crate::finding::Presence::{self, Absent, Here, Terminating, Unknown as NotSeen};
use crate::finding::{Standing, Unknown};
use crate::schema::Schema;

fn waits(text: &str) -> Value {
    let rule = json!({"alert": "A", "expr": "up", "for": text});
    spec(json!({"groups": [{"name": "g", "rules": [rule]}]}))
}

#[expect(clippy::unnecessary_wraps, reason = "it is one of several answers")]
fn here(object: Value) -> Answer {
    Some(Ok(Some(object)))
}

const GONE: Answer = Some(Ok(None));

#[expect(clippy::unnecessary_wraps, reason = "it is one of several answers")]
fn late() -> Answer {
    Some(Err(gap(Unknown::Timeout)))
}

fn sides(config: &Config, at: &[Presence], answers: Vec<Answer>) -> Sides {
    measured(config, |measure| {
        measure.evaluate(&subject(at), answers, None)
    })
}

#[track_caller]
fn check(
    clusters: usize,
    answers: Vec<Answer>,
    standing: Standing,
    presence: &[Presence],
) -> Sides {
    let config = config(clusters, "");
    let shown = format!("{answers:?}");
    let sides = sides(&config, &vec![Here; clusters], answers);
    assert_eq!(sides.finding.standing, standing, "{shown}");
    assert_eq!(sides.finding.presence, presence, "{shown}");
    sides
}

#[test]
fn values_that_mean_the_same_are_equal_and_others_are_told_by_place() {
    let answers = vec![here(waits("60s")), here(waits("1m"))];
    check(2, answers, Standing::Equal, &[Here, Here]);
    let answers = vec![here(waits("1m")), here(waits("2m"))];
    let sides = check(2, answers, Standing::Different, &[Here, Here]);
    let [field] = sides.finding.fields.as_slice() else {
        panic!("{:?}", sides.finding);
    };
    let path = field.difference.path.to_string();
    assert_eq!(path, "/spec/groups[name=g]/rules[alert=A]/for");
    assert!(sides.nodes.iter().all(Option::is_some));
}

#[test]
fn what_is_gone_meanwhile_or_being_deleted_or_not_to_be_seen_is_told_as_that() {
    let one = || here(waits("1m"));
    let mut ending = waits("1m");
    ending["metadata"]["deletionTimestamp"] = json!("2026-11-29T00:00:00Z");
    check(2, vec![one(), GONE], Standing::Missing, &[Here, Absent]);
    check(2, vec![GONE, GONE], Standing::Equal, &[Absent, Absent]);
    let answers = vec![one(), here(ending)];
    check(2, answers, Standing::Terminating, &[Here, Terminating]);
    let late_one = Standing::Unknown(Unknown::Timeout);
    check(2, vec![one(), late()], late_one, &[Here, NotSeen]);
    check(2, vec![late(), late()], late_one, &[NotSeen, NotSeen]);
}

#[test]
fn beside_a_cluster_that_is_away_two_that_agree_are_unknown_and_two_that_differ_are_not() {
    let at = [Here, Here, NotSeen];
    let (one, two) = (|| here(waits("1m")), || here(waits("2m")));
    let unknown = Standing::Unknown(Unknown::Timeout);
    check(3, vec![one(), one(), late()], unknown, &at);
    check(3, vec![one(), two(), late()], Standing::Different, &at);
    let at = [Here, Absent, NotSeen];
    check(3, vec![one(), GONE, late()], Standing::Missing, &at);
}

#[test]
fn what_could_not_be_read_says_what_helps_and_what_is_wrong_all_the_same_does_not() {
    let denied = || {
        let mut gap = gap(Unknown::Forbidden);
        gap.trouble.hint = Some("allow it".to_owned());
        Some(Err(gap))
    };
    let (one, two) = (|| here(waits("1m")), || here(waits("2m")));
    let forbidden = Standing::Unknown(Unknown::Forbidden);
    let timeout = Standing::Unknown(Unknown::Timeout);
    for (answers, standing, hint) in [
        (vec![one(), one(), denied()], forbidden, Some("allow it")),
        (vec![one(), denied(), late()], forbidden, Some("allow it")),
        (vec![late(), denied(), one()], timeout, None),
        (vec![one(), two(), denied()], Standing::Different, None),
        (vec![one(), GONE, denied()], Standing::Missing, None),
        (vec![one(), one(), one()], Standing::Equal, None),
    ] {
        let shown = format!("{answers:?}");
        let found = sides(&config(3, ""), &[Here; 3], answers).finding;
        assert_eq!(
            (found.standing, found.hint.as_deref()),
            (standing, hint),
            "{shown}"
        );
    }
}

#[test]
fn a_declared_difference_does_not_make_up_for_a_cluster_that_is_away() {
    let ignored = "declared: {ignore: [{objects: ['*/*/x'], path: '/spec/groups[name=*]/interval', reason: r}]}";
    let every = |text: &str| here(spec(json!({"groups": [{"name": "g", "interval": text}]})));
    let config = config(3, ignored);
    let answers = |third| vec![every("1m"), every("2m"), third];
    let found = sides(&config, &[Here; 3], answers(every("3m"))).finding;
    assert_eq!(found.standing, Standing::Explained);
    let found = sides(&config, &[Here; 3], answers(late())).finding;
    assert_eq!(found.standing, Standing::Unknown(Unknown::Timeout));
    assert_eq!(found.fields[0].rule.as_deref(), Some("ignore[1]"));
}

#[test]
fn a_rollout_that_was_over_when_it_was_read_is_none_and_one_under_way_leaves_it_open() {
    let rolling = |text: &str| {
        let mut object = waits(text);
        object["metadata"]["generation"] = json!(2);
        object["status"] = json!({"observedGeneration": 1});
        object
    };
    let at = [Here, Here];
    let unsettled = Standing::Unknown(Unknown::NotSettled);
    let answers = vec![here(waits("1m")), here(rolling("2m"))];
    check(2, answers, unsettled, &at);
    let answers = vec![here(waits("1m")), here(rolling("1m"))];
    check(2, answers, Standing::Equal, &at);
    // What the list showed before is over.
    let mut subject = subject(&at);
    subject.rolling = true;
    let found = measured(&config(2, ""), |measure| {
        let answers = vec![here(waits("1m")), here(waits("2m"))];
        measure.evaluate(&subject, answers, None).finding
    });
    assert_eq!(found.standing, Standing::Different);
}

#[test]
fn a_gap_of_the_list_is_over_once_the_object_is_read() {
    let answers = || vec![here(waits("1m")), here(waits("1m"))];
    let found = sides(&config(2, ""), &[Here, NotSeen], answers()).finding;
    assert_eq!(
        (found.standing, found.presence),
        (Standing::Equal, vec![Here, Here])
    );
}

#[test]
fn who_wrote_what_nothing_explains_is_told() {
    let ignored = "declared: {ignore: [{objects: ['*/*/x'], path: /spec/b, reason: r}]}";
    let written = |value: u32| {
        let mut object = spec(json!({"a": value, "b": value}));
        object["metadata"]["managedFields"] = json!([{
            "manager": "kubectl-edit", "time": "2026-02-01T00:00:00Z",
            "fieldsV1": {"f:spec": {"f:a": {}, "f:b": {}}},
        }]);
        object
    };
    let answers = vec![here(written(1)), here(written(2))];
    let found = sides(&config(2, ignored), &[Here, Here], answers).finding;
    let notes: Vec<_> = found.fields.iter().map(|it| it.note.as_deref()).collect();
    let edit = "kubectl-edit at 2026-02-01T00:00:00Z";
    let told = format!("last written by a: {edit}, b: {edit}");
    assert_eq!(notes, [Some(told.as_str()), None]);
}

#[test]
fn defaults_are_filled_in_before_objects_are_compared_and_disputed_ones_are_no_drift() {
    let one = json!({"action": "replace", "size": 3});
    for (ours, theirs, other, standing, class) in [
        // One server knows the default, and filled it in.
        (
            "replace",
            "replace",
            json!({"action": "replace"}),
            Standing::Equal,
            None,
        ),
        // Each filled in its own.
        (
            "replace",
            "keep",
            json!({"action": "keep", "size": 3}),
            Standing::Cosmetic,
            Some(Class::Defaulted),
        ),
        (
            "replace",
            "keep",
            json!({"action": "drop", "size": 3}),
            Standing::Different,
            Some(Class::Value),
        ),
    ] {
        let subject = subject(&[Here, Here]);
        let mut schemas = Schemas::default();
        let each = vec![schema(ours, Some(3)), schema(theirs, None)];
        schemas.add(
            &subject.object.kind,
            each.into_iter().map(Said::Schema).collect(),
        );
        let answers = vec![here(spec(one.clone())), here(spec(other.clone()))];
        let found = measured(&config(2, ""), |measure| {
            let known = schemas.get(&subject.object.kind);
            measure.evaluate(&subject, answers, known).finding
        });
        assert_eq!(found.standing, standing, "{other}: {found:?}");
        let classes = found.fields.first().map(|it| it.difference.class);
        assert_eq!(classes, class, "{other}");
    }
}

#[test]
fn only_what_was_seen_to_be_wrong_outlasts_a_gap_or_a_rollout() {
    let gap = Some(Unknown::Forbidden);
    let unknown = |reason| Standing::Unknown(reason);
    for (standing, with_gap, rolling) in [
        (
            Standing::Equal,
            unknown(Unknown::Forbidden),
            Standing::Equal,
        ),
        (
            Standing::Explained,
            unknown(Unknown::Forbidden),
            Standing::Explained,
        ),
        (
            Standing::Cosmetic,
            unknown(Unknown::Forbidden),
            Standing::Cosmetic,
        ),
        (Standing::Ignored, Standing::Ignored, Standing::Ignored),
        (
            Standing::Different,
            Standing::Different,
            unknown(Unknown::NotSettled),
        ),
        (
            Standing::NotDistinct,
            Standing::NotDistinct,
            unknown(Unknown::NotSettled),
        ),
        (Standing::Missing, Standing::Missing, Standing::Missing),
        (
            Standing::Unexpected,
            Standing::Unexpected,
            Standing::Unexpected,
        ),
        (
            Standing::Terminating,
            Standing::Terminating,
            Standing::Terminating,
        ),
        (
            unknown(Unknown::NotComparable),
            unknown(Unknown::Forbidden),
            unknown(Unknown::NotComparable),
        ),
        (
            unknown(Unknown::DuplicateKey),
            unknown(Unknown::DuplicateKey),
            unknown(Unknown::DuplicateKey),
        ),
    ] {
        assert_eq!(conclude(standing, None, false), standing);
        assert_eq!(conclude(standing, gap, false), with_gap);
        assert_eq!(conclude(standing, None, true), rolling);
    }
}

/// What a server's definition says: a default for `action`, and perhaps one for `size`.
fn schema(action: &str, size: Option<u32>) -> Option<Schema> {
    let size = size.map_or(
        json!({"type": "integer"}),
        |size| json!({"type": "integer", "default": size}),
    );
    let properties = json!({
        "spec": {"type": "object", "properties": {
            "action": {"type": "string", "default": action},
            "size": size,
        }},
    });
    let definition = json!({"spec": {"versions": [{"name": "v1", "schema": {
        "openAPIV3Schema": {"type": "object", "properties": properties},
    }}]}});
    Schema::of_definition(&definition, "v1")
}

#[test]
fn nothing_is_filled_in_where_one_schema_could_not_be_read() {
    let subject = subject(&[Here, Here]);
    let mut schemas = Schemas::default();
    let each = vec![Said::Schema(schema("keep", Some(3))), Said::Unread];
    schemas.add(&subject.object.kind, each);
    let filled = json!({"action": "keep", "size": 3});
    let answers = vec![here(spec(filled)), here(spec(json!({})))];
    let found = measured(&config(2, ""), |measure| {
        let known = schemas.get(&subject.object.kind);
        measure.evaluate(&subject, answers, known).finding
    });
    assert_eq!(found.standing, Standing::Different);
}

#[test]
fn what_was_read_nowhere_is_not_equal_unless_the_clusters_say_that_it_is_gone() {
    let unknown = Standing::Unknown(Unknown::NotComparable);
    for (answers, standing, text) in [
        (vec![None, None], unknown, Some("nothing of it was read")),
        (
            vec![GONE, GONE],
            Standing::Equal,
            Some("was deleted everywhere since it was listed"),
        ),
        (
            vec![GONE, late()],
            Standing::Unknown(Unknown::Timeout),
            None,
        ),
        (
            vec![late(), late()],
            Standing::Unknown(Unknown::Timeout),
            None,
        ),
    ] {
        let shown = format!("{answers:?}");
        let found = sides(&config(2, ""), &[Here, Here], answers).finding;
        assert_eq!(
            (found.standing, found.text.as_deref()),
            (standing, text),
            "{shown}"
        );
    }
    // What no cluster was asked about, and none has.
    let found = sides(&config(2, ""), &[Absent, Absent], vec![None, None]).finding;
    assert_eq!(found.standing, Standing::Unknown(Unknown::NotSettled));
}

#[test]
fn a_file_of_data_sources_is_hidden_where_it_has_no_label_too() {
    let map = |labels: Value, password: &str| json!({"metadata": {"labels": labels}, "data": {"ds.yaml": format!("x: {password}")}});
    let labelled = map(json!({"grafana_datasource": "1"}), "hunter2");
    let plain = map(json!({}), "hunter3");
    let mut subject = subject(&[Here, Here]);
    subject.object.kind = crate::object::Kind::new("", "ConfigMap");
    let answers = vec![here(labelled), here(plain)];
    let sides = measured(&config(2, ""), |measure| {
        measure.evaluate(&subject, answers, None)
    });
    assert_eq!(sides.finding.standing, Standing::Different);
    assert!(!format!("{sides:?}").contains("hunter"), "{sides:?}");
}
