//! Changes to the secret: what is stored, what is promoted, and who was faster.

use std::collections::BTreeMap;
use std::time::Duration;

use rotate_credentials::outside::Outside as _;
use sandbox::aws::{AwsSim, FaultKind, Operation, SecretValue};
use scenarios::live::SECRET;

use super::{Bench, FIRST, SECOND, THIRD, outcome, refuse, start, version};

/// Labels, each with the last digit of its version.
fn labels(sim: &AwsSim) -> BTreeMap<String, String> {
    let stages = sim.secrets().stages(SECRET).unwrap().into_iter();
    let digit = |id: &str| id.chars().last().map(String::from).unwrap();
    stages
        .flat_map(|(id, labels)| labels.into_iter().map(move |label| (label, digit(&id))))
        .collect()
}

fn expected(labels: &[(&str, &str)]) -> BTreeMap<String, String> {
    let owned = labels
        .iter()
        .map(|(label, digit)| ((*label).into(), (*digit).into()));
    owned.collect()
}

#[tokio::test]
async fn a_stored_version_is_pending_and_storing_it_again_is_harmless() {
    let Bench { sim, live } = start().await;
    let text = "new".into();
    for _ in 0..2 {
        live.put_pending(&version(SECOND), &text).await.unwrap();
        let both = [("AWSCURRENT", "1"), ("AWSPENDING", "2")];
        assert_eq!(labels(&sim), expected(&both));
    }
    let other = live.put_pending(&version(SECOND), &"other".into()).await;
    assert_eq!(outcome(other), "refused:foreign-pending");
    let stored = sim.secrets().value(SECRET, SECOND).unwrap();
    assert_eq!(stored, Some(SecretValue::Text("new".into())));
}

#[tokio::test]
async fn storing_is_tried_once_and_fails_by_class() {
    for (kind, expected, is_stored) in [
        (FaultKind::AccessDenied, "refused:aws-denied", false),
        (FaultKind::KmsDenied, "refused:kms-denied", false),
        (
            refuse("LimitExceededException", 400),
            "refused:aws-rejected",
            false,
        ),
        (FaultKind::Throttle, "unclear:aws-throttled", false),
        (FaultKind::Internal, "unclear:aws-server-error", false),
        (FaultKind::ResetBefore, "unclear:aws-unreachable", false),
        (FaultKind::InternalAfter, "unclear:aws-server-error", true),
        (FaultKind::Reset, "unclear:aws-unreachable", true),
    ] {
        let bench = start().await;
        bench.break_next(Operation::PutSecretValue, 1, kind.clone());
        let text = "new".into();
        let put = bench.live.put_pending(&version(SECOND), &text).await;
        assert_eq!(outcome(put), expected, "{kind}");
        assert_eq!(bench.calls(Operation::PutSecretValue), 1, "{kind}");
        assert_eq!(
            labels(&bench.sim).contains_key("AWSPENDING"),
            is_stored,
            "{kind}"
        );
        bench
            .live
            .put_pending(&version(SECOND), &text)
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_version_that_cannot_be_read_back_is_not_taken_for_stored() {
    let bench = start().await;
    bench.break_all(Operation::GetSecretValue, FaultKind::Internal);
    let put = bench
        .live
        .put_pending(&version(SECOND), &"new".into())
        .await;
    assert_eq!(outcome(put), "unclear:aws-server-error");
}

#[tokio::test]
async fn nothing_is_stored_in_a_secret_that_is_about_to_go_or_gone() {
    let Bench { sim, live } = start().await;
    sim.secrets()
        .schedule_deletion(SECRET, Duration::from_hours(7 * 24))
        .unwrap();
    let put = live.put_pending(&version(SECOND), &"new".into()).await;
    assert_eq!(outcome(put), "refused:secret-deleted");
    let moved = live.move_current(&version(FIRST), &version(SECOND)).await;
    assert_eq!(outcome(moved), "refused:secret-deleted");
    sim.secrets().restore(SECRET).unwrap();
    sim.inject(sandbox::aws::Fault::new(refuse(
        "ResourceNotFoundException",
        400,
    )));
    let put = live.put_pending(&version(SECOND), &"new".into()).await;
    assert_eq!(outcome(put), "refused:secret-missing");
}

#[tokio::test]
async fn a_version_that_lost_its_label_gets_it_back_unless_another_has_it() {
    let Bench { sim, live } = staged().await;
    sim.secrets().remove_label(SECRET, "AWSPENDING").unwrap();
    let put = live.put_pending(&version(SECOND), &"second".into()).await;
    assert_eq!(outcome(put), "done");
    let back = [("AWSCURRENT", "1"), ("AWSPENDING", "2")];
    assert_eq!(labels(&sim), expected(&back));
    let value = SecretValue::Text("theirs".into());
    sim.secrets()
        .put_staged(SECRET, value, &["AWSPENDING"])
        .unwrap();
    let put = live.put_pending(&version(SECOND), &"second".into()).await;
    assert_eq!(outcome(put), "overtaken");
}

/// A second version is pending.
async fn staged() -> Bench {
    let bench = start().await;
    let put = bench
        .live
        .put_pending(&version(SECOND), &"second".into())
        .await;
    put.unwrap();
    bench.sim.clear_calls();
    bench
}

#[tokio::test]
async fn a_promotion_moves_the_label_from_where_it_was_expected() {
    let Bench { sim, live } = staged().await;
    live.move_current(&version(FIRST), &version(SECOND))
        .await
        .unwrap();
    let moved = [
        ("AWSCURRENT", "2"),
        ("AWSPENDING", "2"),
        ("AWSPREVIOUS", "1"),
    ];
    assert_eq!(labels(&sim), expected(&moved));
    // Again: it is where it should be.
    live.move_current(&version(FIRST), &version(SECOND))
        .await
        .unwrap();
    live.drop_pending(&version(SECOND)).await.unwrap();
    live.drop_pending(&version(SECOND)).await.unwrap();
    assert_eq!(
        labels(&sim),
        expected(&[("AWSCURRENT", "2"), ("AWSPREVIOUS", "1")])
    );
}

#[tokio::test]
async fn a_promotion_that_somebody_was_faster_than_is_overtaken_and_moves_nothing() {
    let Bench { sim, live } = staged().await;
    let edited = sim.secrets().put_value(SECRET, "edited").unwrap();
    let before = sim.secrets().stages(SECRET).unwrap();
    let moved = live.move_current(&version(FIRST), &version(SECOND)).await;
    assert_eq!(outcome(moved), "overtaken");
    assert_eq!(sim.secrets().stages(SECRET).unwrap(), before);
    let to_nowhere = live.move_current(&version(&edited), &version(THIRD)).await;
    assert_eq!(outcome(to_nowhere), "overtaken");
    assert_eq!(sim.secrets().stages(SECRET).unwrap(), before);
}

#[tokio::test]
async fn a_label_that_is_on_another_version_is_gone_from_this_one() {
    let Bench { sim, live } = staged().await;
    live.drop_pending(&version(FIRST)).await.unwrap();
    assert_eq!(labels(&sim)["AWSPENDING"], "2");
}

#[tokio::test]
async fn a_lost_answer_to_a_move_is_found_out() {
    for kind in [FaultKind::Reset, FaultKind::InternalAfter] {
        let bench = staged().await;
        bench.break_next(Operation::UpdateSecretVersionStage, 1, kind);
        let moved = bench
            .live
            .move_current(&version(FIRST), &version(SECOND))
            .await;
        moved.unwrap();
        assert_eq!(labels(&bench.sim)["AWSCURRENT"], "2");
        assert_eq!(bench.calls(Operation::UpdateSecretVersionStage), 2);
    }
}

#[tokio::test]
async fn moves_fail_by_class_after_two_tries() {
    for (kind, expected, tries) in [
        (FaultKind::AccessDenied, "refused:aws-denied", 1),
        (FaultKind::Throttle, "unclear:aws-throttled", 2),
        (FaultKind::Internal, "unclear:aws-server-error", 2),
        (FaultKind::ResetBefore, "unclear:aws-unreachable", 2),
        (
            refuse("LimitExceededException", 400),
            "refused:aws-rejected",
            2,
        ),
    ] {
        let bench = staged().await;
        bench.break_all(Operation::UpdateSecretVersionStage, kind.clone());
        let moved = bench
            .live
            .move_current(&version(FIRST), &version(SECOND))
            .await;
        assert_eq!(outcome(moved), expected, "{kind}");
        assert_eq!(
            bench.calls(Operation::UpdateSecretVersionStage),
            tries,
            "{kind}"
        );
        let dropped = bench.live.drop_pending(&version(SECOND)).await;
        assert_eq!(outcome(dropped), expected, "{kind}");
    }
}

#[tokio::test]
async fn a_move_that_was_refused_and_cannot_be_looked_into_is_unclear() {
    let bench = staged().await;
    bench.break_all(
        Operation::UpdateSecretVersionStage,
        refuse("InvalidParameterException", 400),
    );
    bench.break_all(Operation::DescribeSecret, FaultKind::Internal);
    let moved = bench
        .live
        .move_current(&version(FIRST), &version(SECOND))
        .await;
    assert_eq!(outcome(moved), "unclear:aws-server-error");
}
