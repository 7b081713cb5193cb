//! Changes to keys and tags: refused, made, overtaken, or nobody knows.

use common::exit::Exit;
use common::secret::ExposeSecret as _;
use rotate_credentials::key::{AccessKeyId, KeyStatus};
use rotate_credentials::marks::Tag;
use rotate_credentials::outside::{EffectError, Outside as _};
use sandbox::aws::{FaultKind, KeyStatus as Status, Operation};
use scenarios::live::USER;
use tokio::time::Instant;

use super::{Bench, OLD, outcome, refuse, start};

fn old() -> AccessKeyId {
    OLD.parse().unwrap()
}

fn tag(name: &str, value: &str) -> Tag {
    Tag {
        name: name.to_owned(),
        value: value.to_owned(),
    }
}

#[tokio::test]
async fn a_created_pair_is_the_one_that_iam_holds() {
    let Bench { sim, live } = start().await;
    let pair = live.create_key().await.unwrap();
    let held = sim.iam().key(pair.id.as_str()).unwrap();
    assert_eq!(held.secret.expose_secret(), pair.secret.expose_secret());
    assert_eq!(outcome(live.create_key().await), "refused:foreign-key");
}

#[tokio::test]
async fn a_create_is_made_once_whatever_comes_of_it() {
    for (kind, expected, keys) in [
        (refuse("LimitExceeded", 409), "refused:foreign-key", 1),
        (refuse("NoSuchEntity", 404), "refused:user-missing", 1),
        (FaultKind::AccessDenied, "refused:aws-denied", 1),
        (
            FaultKind::ExpiredToken,
            "refused:aws-credentials-expired",
            1,
        ),
        (FaultKind::Throttle, "refused:aws-throttled", 1),
        (FaultKind::Internal, "unclear:aws-server-error", 1),
        (FaultKind::Unavailable, "unclear:aws-server-error", 1),
        (FaultKind::ResetBefore, "unclear:aws-unreachable", 1),
        // The answer is lost, and the key is there.
        (FaultKind::InternalAfter, "unclear:aws-server-error", 2),
        (FaultKind::Reset, "unclear:aws-unreachable", 2),
        (FaultKind::Truncate, "unclear:aws-garbled-answer", 2),
    ] {
        let bench = start().await;
        bench.break_all(Operation::CreateAccessKey, kind.clone());
        assert_eq!(outcome(bench.live.create_key().await), expected, "{kind}");
        assert_eq!(bench.calls(Operation::CreateAccessKey), 1, "{kind}");
        assert_eq!(bench.sim.iam().keys(USER).unwrap().len(), keys, "{kind}");
    }
}

#[tokio::test]
async fn a_create_that_hangs_is_given_ten_seconds_and_no_second_try() {
    let bench = start().await;
    bench.break_all(Operation::CreateAccessKey, FaultKind::Hang);
    let begun = Instant::now();
    assert_eq!(
        outcome(bench.live.create_key().await),
        "unclear:aws-timeout"
    );
    assert_eq!(begun.elapsed().as_secs(), 10);
    assert_eq!(bench.calls(Operation::CreateAccessKey), 1);
}

#[tokio::test]
async fn a_status_is_set_again_when_the_answer_was_lost() {
    let bench = start().await;
    for (kind, status) in [
        (FaultKind::Reset, KeyStatus::Inactive),
        (FaultKind::InternalAfter, KeyStatus::Active),
    ] {
        bench.break_next(Operation::UpdateAccessKey, 1, kind);
        bench.live.set_status(&old(), status).await.unwrap();
        assert_eq!(bench.calls(Operation::UpdateAccessKey), 2);
        let expected = match status {
            KeyStatus::Active => Status::Active,
            KeyStatus::Inactive | KeyStatus::Other => Status::Inactive,
        };
        assert_eq!(bench.sim.iam().key(OLD).unwrap().status, expected);
    }
}

#[tokio::test]
async fn a_key_is_gone_after_its_deletion_whoever_deleted_it() {
    let bench = start().await;
    bench.break_next(Operation::DeleteAccessKey, 1, FaultKind::Reset);
    bench.live.delete_key(&old()).await.unwrap();
    assert_eq!(bench.calls(Operation::DeleteAccessKey), 2);
    assert!(bench.sim.iam().keys(USER).unwrap().is_empty());
    bench.live.delete_key(&old()).await.unwrap();
    let set = bench.live.set_status(&old(), KeyStatus::Inactive).await;
    assert_eq!(outcome(set), "overtaken");
}

#[tokio::test]
async fn updates_and_deletions_are_refused_or_unclear_by_class_after_two_tries() {
    for operation in [Operation::UpdateAccessKey, Operation::DeleteAccessKey] {
        for (kind, expected, tries) in [
            (FaultKind::AccessDenied, "refused:aws-denied", 1),
            (FaultKind::Throttle, "unclear:aws-throttled", 2),
            (FaultKind::Internal, "unclear:aws-server-error", 2),
            (FaultKind::ResetBefore, "unclear:aws-unreachable", 2),
        ] {
            let bench = start().await;
            bench.break_all(operation, kind.clone());
            let done = if operation == Operation::UpdateAccessKey {
                bench.live.set_status(&old(), KeyStatus::Inactive).await
            } else {
                bench.live.delete_key(&old()).await
            };
            if let Err(EffectError::Refused(trouble)) = &done {
                assert_eq!(trouble.exit, Exit::Denied);
                let hint = trouble.hint.as_deref().unwrap();
                assert!(hint.contains(&format!("`iam:{operation}`")), "{hint}");
            }
            assert_eq!(outcome(done), expected, "{operation}: {kind}");
            assert_eq!(bench.calls(operation), tries, "{operation}: {kind}");
        }
    }
}

#[tokio::test]
async fn tags_are_written_and_removed_and_all_others_stay() {
    let Bench { sim, live } = start().await;
    let mark = tag("rotate-credentials.hold", "by hand: a+b=c@d");
    live.tag(&mark).await.unwrap();
    live.tag(&mark).await.unwrap();
    assert_eq!(sim.iam().tags(USER).unwrap().len(), 2);
    live.untag(&mark.name).await.unwrap();
    live.untag(&mark.name).await.unwrap();
    let left = sim.iam().tags(USER).unwrap();
    assert_eq!(left[0].0, "notify_emails");
    assert_eq!(left.len(), 1);
}

#[tokio::test]
async fn a_tag_waits_for_somebody_else_s_change_but_not_for_ever() {
    let bench = start().await;
    let mark = tag("rotate-credentials.hold", "yes");
    bench.break_next(Operation::TagUser, 2, refuse("ConcurrentModification", 409));
    bench.live.tag(&mark).await.unwrap();
    assert_eq!(bench.calls(Operation::TagUser), 3);
    bench.break_all(Operation::UntagUser, refuse("ConcurrentModification", 409));
    assert_eq!(outcome(bench.live.untag(&mark.name).await), "overtaken");
    assert_eq!(bench.calls(Operation::UntagUser), 3);
}

#[tokio::test]
async fn a_tag_that_iam_does_not_take_is_a_matter_of_configuration() {
    let Bench { sim, live } = start().await;
    let odd = tag("rotate-credentials.hold", "a;b");
    assert_eq!(outcome(live.tag(&odd).await), "refused:tag-refused");
    let names: Vec<String> = (0..49).map(|index| format!("t{index}")).collect();
    let tags: Vec<_> = names.iter().map(|name| (name.as_str(), "x")).collect();
    sim.iam().tag(USER, &tags).unwrap();
    let one_more = tag("rotate-credentials.hold", "yes");
    assert_eq!(outcome(live.tag(&one_more).await), "refused:tag-refused");
}

#[tokio::test]
async fn tags_fail_by_class() {
    for (kind, expected) in [
        (refuse("NoSuchEntity", 404), "refused:user-missing"),
        (FaultKind::AccessDenied, "refused:aws-denied"),
        (FaultKind::Throttle, "unclear:aws-throttled"),
        (FaultKind::Internal, "unclear:aws-server-error"),
        (FaultKind::Reset, "unclear:aws-unreachable"),
    ] {
        let bench = start().await;
        bench.break_all(Operation::TagUser, kind.clone());
        bench.break_all(Operation::UntagUser, kind.clone());
        let mark = tag("rotate-credentials.hold", "yes");
        assert_eq!(outcome(bench.live.tag(&mark).await), expected, "{kind}");
        assert_eq!(
            outcome(bench.live.untag(&mark.name).await),
            expected,
            "{kind}"
        );
    }
}
