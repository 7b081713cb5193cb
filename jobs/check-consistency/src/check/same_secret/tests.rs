//! What is the same everywhere, and what nobody can say of.

use std::future::{pending, ready};
use std::time::Duration;

use common::cancel::{Cancellation, Cause};

use super::{Bounds, Held, finding, hold};
use crate::check::testing::{config, gap};
use crate::finding::{Presence, Standing, Unknown};
use crate::object::{Kind, ObjectName};
use crate::path::Pattern;
use crate::secret::Hider;

fn held(hider: &Hider, text: &str) -> Held {
    hold(hider, "password", text.as_bytes(), None)
}

fn field(hider: &Hider, text: &str) -> Held {
    let path = Pattern::parse("/global/password").unwrap();
    hold(hider, "alertmanager.yaml", text.as_bytes(), Some(&path))
}

fn late() -> Held {
    Held::Gap(gap(Unknown::Forbidden))
}

#[test]
fn secrets_are_compared_and_what_is_missing_or_not_seen_is_told() {
    let hider = Hider::new().unwrap();
    let (one, other) = (|| held(&hider, "one"), || held(&hider, "other"));
    let forbidden = Standing::Unknown(Unknown::Forbidden);
    for (values, standing, text) in [
        (
            vec![one(), one(), one()],
            Standing::Equal,
            "is the same everywhere",
        ),
        (
            vec![one(), one(), other()],
            Standing::Different,
            "is not the same everywhere",
        ),
        (
            vec![one(), one(), late()],
            forbidden,
            "could not be compared",
        ),
        (
            vec![one(), other(), late()],
            Standing::Different,
            "is not the same everywhere",
        ),
        (
            vec![late(), late(), late()],
            forbidden,
            "could not be compared",
        ),
        (
            vec![one(), Held::NoSecret, late()],
            Standing::Missing,
            "b has no such Secret",
        ),
        (
            vec![one(), Held::NoKey, one()],
            Standing::Missing,
            "b has no such key",
        ),
        (
            vec![Held::NoField, Held::NoField, Held::NoField],
            Standing::Missing,
            "a has no such field, b has no such field, c has no such field",
        ),
    ] {
        let object = ObjectName {
            kind: Kind::new("", "Secret"),
            namespace: Some("monitoring".to_owned()),
            name: "mail".to_owned(),
        };
        let found = finding(&config(3, ""), object, "password", &values);
        assert_eq!(found.standing, standing, "{text}");
        assert_eq!(found.text, Some(format!("password {text}")));
        let seen = |held: &Held| match held {
            Held::Value(_) | Held::NoKey | Held::NoField => Presence::Here,
            Held::NoSecret => Presence::Absent,
            Held::Gap(_) => Presence::Unknown,
        };
        assert_eq!(found.presence, values.iter().map(seen).collect::<Vec<_>>());
        let shown = format!("{found:?}");
        assert!(
            !shown.contains("other") && !shown.contains("one\""),
            "{shown}"
        );
    }
}

#[test]
fn a_field_is_compared_by_what_it_means_and_nothing_is_guessed() {
    let hider = Hider::new().unwrap();
    let value = |text: &str| match field(&hider, text) {
        Held::Value(meaning) => Some(meaning),
        Held::NoSecret | Held::NoKey | Held::NoField | Held::Gap(_) => None,
    };
    let one = value("global: {password: x}");
    assert!(one.is_some());
    assert_eq!(value("{global: {other: 1, password: 'x'}}"), one);
    assert_ne!(value("global: {password: y}"), one);
    for text in ["global: {}", "global: {password: {a: b}}", "[", "plain"] {
        assert_eq!(value(text), None, "{text}");
    }
}

#[tokio::test]
async fn a_read_that_takes_too_long_or_is_stopped_is_a_gap() {
    let reason = |held: Held| match held {
        Held::Gap(gap) => (gap.reason, gap.trouble.code),
        Held::Value(_) | Held::NoSecret | Held::NoKey | Held::NoField => panic!("no gap"),
    };
    let bounds = Bounds::of(Duration::ZERO);
    let cancel = Cancellation::default();
    let late = bounds.hold("a", &cancel, pending()).await;
    assert_eq!(reason(late), (Unknown::Timeout, "cluster-timeout"));
    let read = bounds.hold("a", &cancel, ready(Held::NoKey)).await;
    assert!(matches!(read, Held::NoKey));
    cancel.cancel(Cause::Signal);
    let bounds = Bounds::of(Duration::from_hours(1));
    let stopped = bounds.hold("a", &cancel, pending()).await;
    assert_eq!(reason(stopped), (Unknown::Stopped, "interrupted"));
}
