use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Definition, Definitions, Releases, digest, judge};
use crate::config::{AlertmanagerRef, Live, ServiceRef};
use crate::difference::{Class, Side};
use crate::finding::{Finding, Presence, Standing, Unknown};
use crate::live::gap;
use crate::live::reading::Reading;

const NAME: &str = "prometheusrules.monitoring.coreos.com";

fn object(release: &str, schema: &Value) -> Value {
    json!({
        "metadata": {"name": NAME, "annotations": {
            "controller-gen.kubebuilder.io/version": "v0.18.0",
            "operator.prometheus.io/version": release}},
        "spec": {"group": "monitoring.coreos.com", "scope": "Namespaced", "versions": [
            {"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": schema}}]},
        "status": {"storedVersions": ["v1"]},
    })
}

fn seen(object: Option<&Value>) -> Reading<Definitions> {
    let definition = object.map(Definition::of);
    Reading::Seen([(NAME.to_owned(), definition)].into())
}

fn live() -> Live {
    Live {
        namespace: "monitoring".to_owned(),
        definitions: vec![NAME.to_owned()],
        ..Live::default()
    }
}

fn found(readings: &[Reading<Definitions>]) -> Finding {
    let releases = Releases {
        prometheus: &[],
        alertmanager: &[],
    };
    let names = ["e1", "e2", "e3"];
    let (mut findings, parts) = judge(readings, &releases, &names, &live());
    let asked = readings
        .iter()
        .filter(|reading| **reading != Reading::NotAsked);
    assert_eq!((findings.len(), parts.len()), (1, asked.count()));
    findings.remove(0)
}

#[test]
fn definitions_of_one_release_are_the_same() {
    let object = object("0.85.0", &json!({"type": "object"}));
    let finding = found(&[seen(Some(&object)), seen(Some(&object))]);
    assert_eq!(finding.standing, Standing::Equal);
    assert_eq!(finding.presence, [Presence::Here; 2]);
    assert_eq!(
        finding.object.to_string(),
        format!("CustomResourceDefinition {NAME}")
    );
}

#[test]
fn releases_versions_and_schemas_are_told_as_fields() {
    let one = object("0.85.0", &json!({"type": "object"}));
    let mut other = object("0.64.0", &json!({"type": "object", "x": 1}));
    other["spec"]["versions"][0]["storage"] = json!(false);
    let more = json!({"name": "v2", "served": true, "storage": true});
    other["spec"]["versions"].as_array_mut().unwrap().push(more);
    let finding = found(&[seen(Some(&one)), Reading::NotAsked, seen(Some(&other))]);
    assert_eq!(finding.standing, Standing::Different);
    let fields: Vec<_> = finding
        .fields
        .iter()
        .map(|field| &field.difference)
        .map(|difference| {
            let last = format!("{:?}", difference.path.0.last().unwrap());
            assert_eq!(difference.sides[1], Side::NoObject);
            (
                last,
                difference.class,
                &difference.sides[0],
                &difference.sides[2],
            )
        })
        .collect();
    let shown = |text: &str| Side::Shown(text.to_owned());
    let [release, schema, storage, served, stored] = &fields[..] else {
        panic!("{fields:?}")
    };
    assert!(release.0.contains("operator.prometheus.io/version"));
    assert_eq!((release.2, release.3), (&shown("0.85.0"), &shown("0.64.0")));
    assert!(schema.0.contains("schema") && schema.1 == Class::Value);
    assert_eq!((storage.2, storage.3), (&shown("true"), &shown("false")));
    assert_eq!((served.1, served.2), (Class::Presence, &Side::Absent));
    assert_eq!((stored.2, stored.3), (&Side::Absent, &shown("true")));
}

#[test]
fn a_definition_that_a_cluster_lacks_is_missing_there() {
    let object = object("0.85.0", &json!({}));
    let finding = found(&[seen(Some(&object)), seen(None)]);
    assert_eq!(finding.standing, Standing::Missing);
    assert_eq!(finding.presence, [Presence::Here, Presence::Absent]);
    let finding = found(&[seen(None), seen(None)]);
    assert_eq!(finding.standing, Standing::Missing);
}

#[test]
fn with_a_cluster_unread_equality_is_unknown() {
    let object = object("0.85.0", &json!({}));
    let gap = Reading::Gap(gap::late("x"));
    let finding = found(&[seen(Some(&object)), seen(Some(&object)), gap]);
    assert_eq!(finding.standing, Standing::Unknown(Unknown::Timeout));
}

#[test]
fn a_digest_knows_values_and_places_and_no_order_of_fields() {
    let of = |text: &str| digest(&serde_json::from_str(text).unwrap());
    assert_eq!(of(r#"{"a":1,"b":[1,2]}"#), of(r#"{"b":[1,2],"a":1}"#));
    let different = [
        "{}",
        "[]",
        "null",
        "\"\"",
        "\"null\"",
        "[null]",
        "[[]]",
        "{\"a\":1}",
        "{\"a\":\"1\"}",
        "[\"a\",1]",
        "[\"a\",\"1\"]",
        "[[\"a\"],1]",
        "{\"a\":{\"b\":1}}",
        "{\"a\":{},\"b\":1}",
    ];
    let digests: BTreeSet<_> = different.map(of).into();
    assert_eq!(digests.len(), different.len());
}

#[test]
fn servers_of_different_releases_are_told_by_cluster() {
    let mut live = Live {
        definitions: Vec::new(),
        prometheus: Some(ServiceRef {
            service: "prometheus".to_owned(),
            port: "web".to_owned(),
        }),
        alertmanager: Some(AlertmanagerRef {
            selector: "app=am".to_owned(),
            port: 9093,
            same_file: false,
            same_user: false,
        }),
        ..live()
    };
    let version = |version: &str| Reading::Seen(version.to_owned());
    let versions = |versions: &[&str]| {
        Reading::Seen(
            versions
                .iter()
                .map(|version| (*version).to_owned())
                .collect(),
        )
    };
    let releases = Releases {
        prometheus: &[version("2.42.0"), version("2.45.0"), version("2.42.0")],
        alertmanager: &[
            versions(&["0.25.0"]),
            versions(&["0.25.0"]),
            versions(&["0.25.0"]),
        ],
    };
    let not_asked = [Reading::NotAsked, Reading::NotAsked, Reading::NotAsked];
    let names = ["e1", "e2", "e3"];
    let (findings, parts) = judge(&not_asked, &releases, &names, &live);
    assert_eq!(parts, []);
    let told: Vec<_> = findings
        .iter()
        .map(|finding| {
            (
                finding.object.kind.kind.as_str(),
                finding.standing,
                finding.text.as_deref(),
            )
        })
        .collect();
    let text = "different releases run: 2.42.0 in e1 and e3, 2.45.0 in e2";
    assert_eq!(
        told,
        [
            ("Alertmanager", Standing::Equal, None),
            ("Prometheus", Standing::Different, Some(text)),
        ]
    );
    // One server alone is not the same as one that did not answer.
    live.alertmanager = None;
    let releases = Releases {
        prometheus: &[version("2.42.0"), Reading::Gap(gap::late("x"))],
        alertmanager: &[],
    };
    let (findings, _) = judge(&not_asked[..2], &releases, &names, &live);
    let unknown = Standing::Unknown(Unknown::Timeout);
    assert_eq!((findings.len(), findings[0].standing), (1, unknown));
}
