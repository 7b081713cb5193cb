//! The IAM user as it is read.

use common::exit::Exit;
use jiff::SignedDuration;
use rotate_credentials::key::{KeyStatus, LastUsed};
use rotate_credentials::outside::Outside as _;
use sandbox::aws::{FaultKind, KeyStatus as Status, Operation};
use scenarios::live::USER;
use scenarios::proxy::{Proxy, Verdict};
use scenarios::sdk::CALLER;

use super::{Bench, OLD, adapters, now, refuse, simulator, start};

#[tokio::test]
async fn keys_come_with_status_age_and_last_use_and_tags_as_they_are() {
    let Bench { sim, live } = start().await;
    let new = sim.iam().create_key(USER).unwrap().id;
    let yesterday = now() - SignedDuration::from_hours(24);
    sim.iam().mark_used(OLD, yesterday, "ses", "us-east-1");
    sim.iam().set_status(USER, OLD, Status::Inactive).unwrap();

    let reading = live.read_iam().await.unwrap();
    assert_eq!(reading.keys.len(), 2);
    let key = |id: &str| {
        reading
            .keys
            .iter()
            .find(|key| key.id.as_str() == id)
            .unwrap()
    };
    assert_eq!(key(OLD).status, KeyStatus::Inactive);
    assert_eq!(key(OLD).created.to_string(), "2026-10-14T08:00:00Z");
    let used = LastUsed::At {
        at: yesterday,
        service: "ses".into(),
        region: "us-east-1".into(),
    };
    assert_eq!(key(OLD).last_used, used);
    assert_eq!(key(&new).status, KeyStatus::Active);
    assert_eq!(key(&new).last_used, LastUsed::Never);
    let tags = [(
        "notify_emails".into(),
        "ops@example.com dev@example.com".into(),
    )];
    assert_eq!(reading.tags, tags.into());
    assert_eq!(
        (reading.time.now, reading.time.skew),
        (now(), SignedDuration::ZERO)
    );
}

#[tokio::test]
async fn reading_makes_one_call_for_the_keys_one_for_the_tags_and_one_for_each_key() {
    let Bench { sim, live } = start().await;
    live.read_iam().await.unwrap();
    let calls = sim.calls();
    let counts = [
        Operation::ListAccessKeys,
        Operation::ListUserTags,
        Operation::GetAccessKeyLastUsed,
    ]
    .map(|operation| calls.count(operation));
    assert_eq!((counts, calls.totals().calls), ([1, 1, 1], 3));
}

#[tokio::test]
async fn the_time_is_the_one_that_aws_says() {
    let Bench { sim, live } = start().await;
    let ahead = SignedDuration::from_secs(90);
    sim.set_skew(ahead);
    let time = live.read_iam().await.unwrap().time;
    assert_eq!((time.now, time.skew), (now() + ahead, -ahead));
    assert_eq!(live.read_secret().await.unwrap().time, time);
}

#[tokio::test]
async fn every_page_of_a_list_is_read() {
    let sim = simulator(super::CONTENT);
    sim.iam().create_key(USER).unwrap();
    sim.iam()
        .tag(USER, &[("a", "1"), ("b", "2"), ("c", "3")])
        .unwrap();
    let one_each = |request: &scenarios::proxy::Request| {
        if request.body.contains("Action=List") {
            Verdict::PassSpoilt(|body| format!("{body}&MaxItems=1"))
        } else {
            Verdict::Pass
        }
    };
    let proxy = Proxy::start(sim.addr(), one_each).await.unwrap();
    let reading = adapters(&proxy.url()).await.read_iam().await.unwrap();
    assert_eq!((reading.keys.len(), reading.tags.len()), (2, 4));
    assert_eq!(sim.calls().count(Operation::ListAccessKeys), 2);
    assert_eq!(sim.calls().count(Operation::ListUserTags), 4);
    // CloudTrail shows whose call it was.
    let run = format!("app/{}", scenarios::live::RUN);
    assert!(
        proxy
            .seen()
            .iter()
            .all(|request| request.head.contains(&run))
    );
}

#[tokio::test]
async fn what_keeps_iam_from_being_read_has_its_class() {
    let lists = [Operation::ListAccessKeys, Operation::ListUserTags];
    for operation in lists {
        for (kind, code, exit) in [
            (refuse("NoSuchEntity", 404), "user-missing", Exit::Config),
            (FaultKind::AccessDenied, "aws-denied", Exit::Denied),
            (
                FaultKind::ExpiredToken,
                "aws-credentials-expired",
                Exit::Denied,
            ),
            (FaultKind::Throttle, "aws-throttled", Exit::Transient),
            (FaultKind::Internal, "aws-server-error", Exit::Transient),
            (FaultKind::Unavailable, "aws-server-error", Exit::Transient),
            (FaultKind::Reset, "aws-unreachable", Exit::Transient),
            (FaultKind::Truncate, "aws-garbled-answer", Exit::Transient),
        ] {
            let bench = start().await;
            bench.break_all(operation, kind.clone());
            let trouble = bench.live.read_iam().await.unwrap_err();
            assert_eq!(
                (trouble.code, trouble.exit),
                (code, exit),
                "{operation}: {kind}"
            );
            if exit == Exit::Denied && code == "aws-denied" {
                let hint = trouble.hint.unwrap();
                assert!(hint.contains(&format!("`iam:{operation}`")), "{hint}");
            }
        }
    }
}

#[tokio::test]
async fn a_failure_that_passes_is_tried_again() {
    let bench = start().await;
    bench.break_next(Operation::ListAccessKeys, 2, FaultKind::Internal);
    bench.break_next(Operation::ListUserTags, 2, FaultKind::Reset);
    bench.live.read_iam().await.unwrap();
    assert_eq!(bench.calls(Operation::ListAccessKeys), 3);
}

#[tokio::test]
async fn a_last_use_that_cannot_be_read_is_unknown_and_one_that_may_not_be_is_told() {
    for kind in [FaultKind::Internal, FaultKind::Reset, FaultKind::Throttle] {
        let bench = start().await;
        bench.break_all(Operation::GetAccessKeyLastUsed, kind);
        let reading = bench.live.read_iam().await.unwrap();
        assert_eq!(reading.keys[0].last_used, LastUsed::Unknown);
    }
    let bench = start().await;
    bench.break_all(Operation::GetAccessKeyLastUsed, FaultKind::AccessDenied);
    let trouble = bench.live.read_iam().await.unwrap_err();
    assert_eq!(trouble.exit, Exit::Denied);
    assert!(trouble.hint.unwrap().contains("`iam:GetAccessKeyLastUsed`"));
}

#[tokio::test]
async fn a_signature_that_a_wrong_clock_spoilt_is_not_taken_for_a_missing_right() {
    let bench = start().await;
    bench.sim.set_skew(SignedDuration::from_mins(-20));
    bench.break_all(
        Operation::ListAccessKeys,
        refuse("SignatureDoesNotMatch", 403),
    );
    let trouble = bench.live.read_iam().await.unwrap_err();
    assert_eq!(
        (trouble.code, trouble.exit),
        ("clock-skew", Exit::Transient)
    );
    assert!(trouble.text.contains("1200 s ahead"), "{trouble}");
}

#[tokio::test]
async fn the_owner_of_a_key_is_named_if_there_is_one_that_may_be_asked_for() {
    let Bench { sim, live } = start().await;
    let other = "AKIAOTHERFODNN7EXAMP".parse().unwrap();
    let nobody_s = "AKIANOBODYSKEY000000".parse().unwrap();
    assert_eq!(
        live.owner_of(&other).await.unwrap().as_deref(),
        Some("other")
    );
    assert_eq!(live.owner_of(&nobody_s).await.unwrap(), None);
    // The documented policy allows to ask for our user's keys alone.
    let policy = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
        "Action": "iam:GetAccessKeyLastUsed", "Resource": "arn:aws:iam::*:user/mailer"}]}"#;
    sim.set_policy(CALLER, policy).unwrap();
    let own = OLD.parse().unwrap();
    assert_eq!(live.owner_of(&own).await.unwrap().as_deref(), Some(USER));
    for key in [&other, &nobody_s] {
        assert_eq!(live.owner_of(key).await.unwrap(), None);
    }
}
