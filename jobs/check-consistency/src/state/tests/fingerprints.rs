//! What a drift is remembered by.

use super::super::fingerprint::of_field;
use super::super::{fingerprint, of_finding};
use super::{different, object, survey};
use crate::difference::{Class, Side};
use crate::finding::{Presence, Standing, Unknown};
use crate::object::{Kind, ObjectName};
use crate::path::{Path, Segment};

fn names() -> Vec<String> {
    vec!["prod-e1-1".to_owned(), "remoting-prod-e1-1".to_owned()]
}

#[test]
fn a_fingerprint_is_the_one_that_any_sha256_of_the_documented_text_begins_with() {
    let item = |key: &str, value: &str| Segment::Item(vec![(key.to_owned(), value.to_owned())]);
    let path = Path::default()
        .field("spec")
        .field("groups")
        .with(item("name", "core-dns"))
        .field("rules")
        .with(item("alert", "Down"))
        .field("for");
    let (prod, remoting) = ("prod-e1-1", "remoting-prod-e1-1");
    let sets: [&[&str]; 2] = [&[prod, remoting], &[remoting, prod, prod]];
    for clusters in sets {
        let made = fingerprint(
            "rules",
            &object("core-alerts-rules"),
            Some(&path),
            "value",
            clusters,
        );
        assert_eq!(made, "c27749d1c095a35b");
    }
    let namespace = ObjectName {
        kind: Kind::new("", "Namespace"),
        namespace: None,
        name: "monitoring".to_owned(),
    };
    assert_eq!(
        fingerprint("roles", &namespace, None, "missing", &[prod]),
        "cf1669abee9f4d65"
    );
}

#[test]
fn a_fingerprint_knows_no_value_and_no_reason_but_place_class_and_clusters() {
    let base = different("a", &[("for", "20m")]);
    let of = |change: &dyn Fn(&mut crate::finding::Finding)| {
        let mut changed = base.clone();
        change(&mut changed);
        of_field(&changed, &changed.fields[0], &names()).unwrap()
    };
    let same = of(&|_| {});
    assert_eq!(
        of(&|it| it.fields[0].difference.sides[0] = Side::Absent),
        same
    );
    assert_eq!(of(&|it| it.fields[0].note = Some("helm".to_owned())), same);
    assert_eq!(of(&|it| it.text = Some("other words".to_owned())), same);
    assert_ne!(of(&|it| it.family = "others".to_owned()), same);
    assert_ne!(of(&|it| it.object.kind.group = "other".to_owned()), same);
    assert_ne!(of(&|it| it.object.namespace = None), same);
    assert_ne!(of(&|it| it.object.name = "b".to_owned()), same);
    assert_ne!(
        of(&|it| it.fields[0].difference.path = Path::default()),
        same
    );
    assert_ne!(of(&|it| it.fields[0].difference.class = Class::Type), same);
    assert_ne!(
        of(&|it| it.fields[0].difference.sides[0] = Side::NoObject),
        same
    );
}

#[test]
fn a_cluster_that_is_away_still_belongs_to_the_drift_and_one_that_is_not_asked_does_not() {
    let here = different("a", &[("for", "20m")]);
    let mut away = here.clone();
    away.presence[1] = Presence::Unknown;
    away.fields[0].difference.sides[1] = Side::NoObject;
    let survey = survey("08:00:00", Vec::new());
    let of = |it: &crate::finding::Finding| {
        (
            of_finding(&survey, it),
            of_field(it, &it.fields[0], &names()),
        )
    };
    assert_eq!(of(&away), of(&here));
    away.presence[1] = Presence::NotAsked;
    let (object, field) = of(&away);
    assert_ne!(object, of(&here).0);
    assert_ne!(field, of(&here).1);
}

#[test]
fn a_field_has_a_fingerprint_only_where_it_is_drift() {
    for standing in [
        Standing::Equal,
        Standing::Explained,
        Standing::Ignored,
        Standing::Cosmetic,
        Standing::Unknown(Unknown::Timeout),
    ] {
        let mut it = different("a", &[("for", "20m")]);
        it.standing = standing;
        assert_eq!(of_field(&it, &it.fields[0], &names()), None, "{standing:?}");
    }
    let mut it = different("a", &[("for", "20m")]);
    for class in [Class::Cosmetic, Class::Defaulted, Class::DuplicateKey] {
        it.fields[0].difference.class = class;
        assert_eq!(of_field(&it, &it.fields[0], &names()), None, "{class:?}");
    }
    it = different("a", &[("for", "20m")]);
    it.fields[0].rule = Some("ignore[0]".to_owned());
    assert_eq!(of_field(&it, &it.fields[0], &names()), None, "declared");
}
