//! The secret as it is read, and why it may not be worked on.

use std::time::Duration;

use common::exit::Exit;
use common::secret::ExposeSecret;
use rotate_credentials::outside::{Label, Outside as _, SecretReading};
use sandbox::aws::{FaultKind, Operation, SecretValue};
use scenarios::live::SECRET;

use super::{Bench, CONTENT, FIRST, adapters, refuse, simulator, start, version};

fn shown(reading: &SecretReading) -> Vec<(Label, Option<&str>)> {
    let labelled = reading.labelled.iter();
    labelled
        .map(|(label, (_, value))| (*label, value.as_ref().map(ExposeSecret::expose_secret)))
        .collect()
}

#[tokio::test]
async fn labels_come_with_the_values_of_their_versions() {
    let Bench { sim, live } = start().await;
    let reading = live.read_secret().await.unwrap();
    assert_eq!(
        shown(&reading),
        [(Label::Current, Some(r#"{"id": "first"}"#))]
    );
    assert_eq!(reading.labelled[&Label::Current].0, version(FIRST));

    sim.secrets().put_value(SECRET, "second").unwrap();
    let pending = SecretValue::Text("third".to_owned());
    sim.secrets()
        .put_staged(SECRET, pending, &["AWSPENDING", "mine"])
        .unwrap();
    sim.clear_calls();
    let reading = live.read_secret().await.unwrap();
    let expected = [
        (Label::Current, Some("second")),
        (Label::Previous, Some(r#"{"id": "first"}"#)),
        (Label::Pending, Some("third")),
    ];
    assert_eq!(shown(&reading), expected);
    assert_eq!(sim.calls().totals().calls, 4);
}

#[tokio::test]
async fn a_version_with_two_labels_is_read_once_and_one_without_a_value_has_none() {
    let Bench { sim, live } = start().await;
    sim.secrets().announce(SECRET, "AWSPENDING").unwrap();
    let reading = live.read_secret().await.unwrap();
    assert_eq!(shown(&reading)[1], (Label::Pending, None));
    sim.secrets()
        .move_label(SECRET, "AWSPENDING", FIRST)
        .unwrap();
    sim.clear_calls();
    let reading = live.read_secret().await.unwrap();
    let [current, pending] = [Label::Current, Label::Pending].map(|it| &reading.labelled[&it].0);
    assert_eq!(current, pending);
    assert_eq!(sim.calls().count(Operation::GetSecretValue), 1);
}

#[tokio::test]
async fn a_version_is_read_by_its_id_with_or_without_a_label() {
    let Bench { sim, live } = start().await;
    sim.secrets().put_value(SECRET, "second").unwrap();
    sim.secrets().put_value(SECRET, "third").unwrap();
    let first = live.read_version(&version(FIRST)).await.unwrap().unwrap();
    assert_eq!(first.expose_secret(), r#"{"id": "first"}"#);
    assert!(
        live.read_version(&version(super::THIRD))
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test]
async fn only_a_current_version_that_is_no_text_stops_everything() {
    let Bench { sim, live } = start().await;
    let binary = || SecretValue::Binary(vec![0, 1]);
    sim.secrets()
        .put_staged(SECRET, binary(), &["AWSPENDING"])
        .unwrap();
    let reading = live.read_secret().await.unwrap();
    // As little of a document as an empty text.
    assert_eq!(shown(&reading)[1], (Label::Pending, Some("")));
    sim.secrets()
        .put_staged(SECRET, binary(), &["AWSCURRENT"])
        .unwrap();
    let trouble = live.read_secret().await.unwrap_err();
    assert_eq!(
        (trouble.code, trouble.exit),
        ("secret-malformed", Exit::Config)
    );
}

#[tokio::test]
async fn a_secret_that_is_not_there_or_not_ours_is_refused_for_its_reason() {
    let alone = |extra: &str| CONTENT.replace("- name: prod/monitoring\n", extra);
    for (content, code) in [
        (alone("- name: prod/other\n"), "secret-missing"),
        (
            alone("- name: prod/monitoring\n    rotation_enabled: true\n"),
            "secret-rotated-by-aws",
        ),
        (
            alone("- name: prod/monitoring\n    owning_service: rds\n"),
            "secret-rotated-by-aws",
        ),
        (
            alone("- name: prod/monitoring\n    primary_region: eu-west-1\n"),
            "secret-replica",
        ),
    ] {
        let sim = simulator(&content);
        let live = adapters(&sim.endpoint()).await;
        let trouble = live.read_secret().await.unwrap_err();
        assert_eq!((trouble.code, trouble.exit), (code, Exit::Config));
        assert!(trouble.text.contains("prod/monitoring"), "{trouble}");
    }
    let Bench { sim, live } = start().await;
    sim.secrets()
        .schedule_deletion(SECRET, Duration::from_hours(7 * 24))
        .unwrap();
    assert_eq!(live.read_secret().await.unwrap_err().code, "secret-deleted");
    // Found out only when it is read.
    assert_eq!(
        live.read_version(&version(FIRST)).await.unwrap_err().code,
        "secret-deleted"
    );
}

#[tokio::test]
async fn what_keeps_the_secret_from_being_read_has_its_class() {
    for operation in [Operation::DescribeSecret, Operation::GetSecretValue] {
        for (kind, code, exit) in [
            (FaultKind::AccessDenied, "aws-denied", Exit::Denied),
            (
                FaultKind::ExpiredToken,
                "aws-credentials-expired",
                Exit::Denied,
            ),
            (FaultKind::Throttle, "aws-throttled", Exit::Transient),
            (FaultKind::Internal, "aws-server-error", Exit::Transient),
            (FaultKind::Reset, "aws-unreachable", Exit::Transient),
            (
                refuse("InvalidRequestException", 400),
                "aws-rejected",
                Exit::Config,
            ),
        ] {
            let bench = start().await;
            bench.break_all(operation, kind.clone());
            let trouble = bench.live.read_secret().await.unwrap_err();
            assert_eq!(
                (trouble.code, trouble.exit),
                (code, exit),
                "{operation}: {kind}"
            );
            if code == "aws-denied" {
                let hint = trouble.hint.unwrap();
                assert!(
                    hint.contains(&format!("`secretsmanager:{operation}`")),
                    "{hint}"
                );
            }
        }
    }
    let bench = start().await;
    bench.break_all(Operation::GetSecretValue, FaultKind::KmsDenied);
    let trouble = bench.live.read_secret().await.unwrap_err();
    assert_eq!((trouble.code, trouble.exit), ("kms-denied", Exit::Denied));
}
