//! Taking, keeping, losing and giving back a Lease, against a server that compares versions.
//!
//! The clock stands still: what is slept passes at once, and a renewal is due when the terms say
//! that it always is.

mod server;

use std::time::Duration;

use jiff::SignedDuration;
use serde_json::{Value, json};

use self::server::{Api, LEASE, Write};
use super::guard::Moment;
use super::{Acquired, Guard, Holder, Lease, LeaseError, LeaseLost, Terms};
use crate::aws::CallMeter;
use crate::clock::Clock;
use crate::cluster::testing::{Reply, Server};
use crate::cluster::{Cluster, Kind};
use crate::exit::Exit;
use crate::fault::Fault as _;

const TERMS: Terms = Terms {
    duration: Duration::from_mins(5),
    renew_every: Duration::from_mins(1),
};

/// A renewal is due at every check.
const DUE: Terms = Terms {
    renew_every: Duration::ZERO,
    ..TERMS
};

fn clock() -> Clock {
    Clock::fixed("2026-01-02T03:04:05.123456789Z".parse().unwrap())
}

async fn cluster(server: &Server) -> Cluster {
    server.cluster(clock(), CallMeter::default()).await
}

async fn lease(server: &Server, me: &str, terms: Terms) -> Lease {
    let me = Holder::from(me.to_owned());
    Lease::new(cluster(server).await, "jobs", "rotate", me, terms, clock())
}

async fn held(server: &Server, terms: Terms) -> Guard {
    match lease(server, "me_1", terms).await.acquire().await.unwrap() {
        Acquired::Held(guard) => *guard,
        Acquired::Busy { holder, .. } => panic!("held by {holder}"),
    }
}

/// Whether the Lease is ours after one attempt, else who has it.
async fn attempt(server: &Server) -> Result<(), String> {
    match lease(server, "me_1", TERMS).await.acquire().await.unwrap() {
        Acquired::Held(_) => Ok(()),
        Acquired::Busy { holder, .. } => Err(holder),
    }
}

fn held_by(holder: &str) -> Value {
    json!({"holderIdentity": holder, "leaseDurationSeconds": 300, "leaseTransitions": 6,
           "acquireTime": "2026-01-01T00:00:00.000000Z"})
}

#[tokio::test]
async fn a_free_lease_is_taken_with_two_calls_and_in_the_required_format() {
    for spec in [
        json!({}),
        json!({"holderIdentity": "", "leaseTransitions": 0}),
    ] {
        let (api, server) = Api::start(spec).await;
        let _guard = held(&server, TERMS).await;
        let put = format!("PUT {LEASE}?&fieldManager=monitoring-jobs");
        assert_eq!(server.lines(), [format!("GET {LEASE}"), put]);
        assert_eq!(
            api.world().lease["spec"],
            json!({
                "acquireTime": "2026-01-02T03:04:05.123456Z",
                "holderIdentity": "me_1",
                "leaseDurationSeconds": 300,
                "leaseTransitions": 1,
                "renewTime": "2026-01-02T03:04:05.123456Z",
            })
        );
    }
}

#[tokio::test]
async fn a_holder_whose_pod_works_is_left_alone_and_named() {
    let (api, server) = Api::start(held_by("rotate-1_a")).await;
    for phase in ["Pending", "Running", "Unknown"] {
        api.world().pods.insert("rotate-1", ("a", phase));
        let lease = lease(&server, "me_1", TERMS).await;
        let Acquired::Busy { holder, since } = lease.acquire().await.unwrap() else {
            panic!("taken from a pod that is {phase}");
        };
        assert_eq!(holder, "rotate-1_a");
        assert_eq!(since, Some("2026-01-01T00:00:00Z".parse().unwrap()));
    }
    assert_eq!(api.spec("holderIdentity"), "rotate-1_a");
}

#[tokio::test]
async fn a_holder_whose_pod_has_ended_is_followed_at_once() {
    let table = [
        None,
        Some(("b", "Running")),
        Some(("a", "Succeeded")),
        Some(("a", "Failed")),
    ];
    for pod in table {
        let (api, server) = Api::start(held_by("rotate-1_a")).await;
        api.world().pods.extend(pod.map(|pod| ("rotate-1", pod)));
        assert_eq!(attempt(&server).await, Ok(()), "{pod:?}");
        assert_eq!(server.lines().len(), 3, "Lease, pod, write");
        assert_eq!(api.spec("leaseTransitions"), 7);
    }
}

#[tokio::test]
async fn our_own_lease_is_taken_again_without_a_look_at_our_pod() {
    let (api, server) = Api::start(held_by("me_1")).await;
    assert_eq!(attempt(&server).await, Ok(()));
    assert_eq!(server.lines().len(), 2);
    assert_eq!(api.spec("leaseTransitions"), 6);
}

#[tokio::test]
async fn a_holder_on_a_terminal_is_watched_for_as_long_as_it_promised() {
    let (api, server) = Api::start(held_by("1767355200-42")).await;
    assert_eq!(attempt(&server).await, Ok(()));
    // A look at once and then one a minute for five minutes.
    let looks = server
        .lines()
        .iter()
        .filter(|line| line.starts_with("GET"))
        .count();
    assert_eq!(looks, 6);
    assert_eq!(api.spec("holderIdentity"), "me_1");
}

#[tokio::test]
async fn a_holder_on_a_terminal_that_is_heard_of_keeps_its_lease() {
    let (api, server) = Api::start(held_by("1767355200-42")).await;
    let lease = lease(&server, "me_1", TERMS).await;
    let heard = async {
        while server.lines().is_empty() {
            tokio::task::yield_now().await;
        }
        api.world().touch();
    };
    let (outcome, ()) = tokio::join!(lease.acquire(), heard);
    assert!(matches!(outcome.unwrap(), Acquired::Busy { .. }));
    assert_eq!(api.spec("holderIdentity"), "1767355200-42");
}

#[tokio::test]
async fn of_two_runs_that_see_a_free_lease_one_gets_it() {
    let (api, server) = Api::start(json!({})).await;
    {
        let mut world = api.world();
        world.pods.insert("rotate-1", ("a", "Running"));
        world.writes.push(Write::Overtaken("rotate-1_a"));
    }
    assert_eq!(attempt(&server).await, Err("rotate-1_a".to_owned()));
    assert_eq!(api.spec("holderIdentity"), "rotate-1_a");
}

#[tokio::test]
async fn an_attempt_that_others_disturb_again_and_again_ends() {
    let (api, server) = Api::start(json!({})).await;
    api.world().writes = vec![Write::Annotated; 9];
    let error = lease(&server, "me_1", TERMS)
        .await
        .acquire()
        .await
        .unwrap_err();
    assert_eq!(error.kind, Kind::Conflict);
    assert_eq!(api.world().writes.len(), 5, "four writes were tried");
    api.world().writes = vec![Write::Annotated; 3];
    assert_eq!(attempt(&server).await, Ok(()));
    assert_eq!(api.world().lease["metadata"]["annotations"]["by"], "hand");
}

#[tokio::test]
async fn a_missing_permission_or_object_is_an_error_and_never_a_free_lease() {
    let (api, server) = Api::start(held_by("rotate-1_a")).await;
    api.world().no_pods = Some(Reply::refusal(403, "Forbidden"));
    let lease = lease(&server, "me_1", TERMS).await;
    let error = lease.acquire().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "prod-e1-1: get pods/rotate-1 in jobs: 403 Forbidden"
    );
    assert_eq!(error.exit(), Exit::Denied);
    assert_eq!(api.spec("holderIdentity"), "rotate-1_a");

    let missing = Server::start(|_: &_| Reply::refusal(404, "NotFound")).await;
    let lease = self::lease(&missing, "me_1", TERMS).await;
    let error = lease.acquire().await.unwrap_err();
    assert_eq!((error.kind, error.exit()), (Kind::NotFound, Exit::Config));
}

#[tokio::test]
async fn a_check_calls_nobody_until_a_renewal_is_due() {
    let (_api, server) = Api::start(json!({})).await;
    let guard = held(&server, TERMS).await;
    for _ in 0..3 {
        guard.check().await.unwrap();
    }
    assert_eq!(server.lines().len(), 2);

    let guard = held(&server, DUE).await;
    for _ in 0..3 {
        guard.check().await.unwrap();
    }
    assert_eq!(server.lines().len(), 2 + 2 + 3);
}

#[tokio::test]
async fn a_lease_that_was_taken_over_or_cleared_is_lost_for_good() {
    for (holder, expected) in [
        (
            "rotate-2_b",
            "the Lease rotate was taken over by `rotate-2_b`",
        ),
        ("", "somebody has cleared the holder of the Lease rotate"),
    ] {
        let (api, server) = Api::start(json!({})).await;
        let guard = held(&server, DUE).await;
        api.world().writes.push(Write::Overtaken(holder));
        let lost = guard.check().await.unwrap_err();
        assert_eq!(lost.to_string(), expected);
        assert_eq!((lost.exit(), lost.code()), (Exit::Transient, "lease-lost"));

        let calls = server.lines().len();
        assert_eq!(guard.check().await, Err(lost.clone()));
        assert!(matches!(guard.save().await, Err(LeaseError::Lost(_))));
        assert!(matches!(guard.release().await, Err(LeaseError::Lost(_))));
        assert_eq!(server.lines().len(), calls, "nothing is written any more");
        assert_eq!(api.spec("holderIdentity"), holder);
    }
}

#[tokio::test]
async fn an_edit_of_something_else_does_not_cost_the_lease_and_is_kept() {
    let (api, server) = Api::start(json!({})).await;
    let guard = held(&server, DUE).await;
    api.world().writes.push(Write::Annotated);
    guard.note("last-code", "0");
    guard.check().await.unwrap();
    let annotations = api.world().lease["metadata"]["annotations"].clone();
    assert_eq!(
        annotations,
        json!({"by": "hand", "monitoring-jobs.toolchain.private/last-code": "0"})
    );
    guard.check().await.unwrap();
}

#[tokio::test]
async fn a_failed_renewal_is_forgiven_until_another_run_could_take_the_lease() {
    let (api, server) = Api::start(json!({})).await;
    let guard = held(&server, DUE).await;
    api.world().writes = vec![Write::Refused(503, "ServiceUnavailable"); 9];
    guard.check().await.unwrap();
    let calls = server.lines().len();
    guard.check().await.unwrap();
    assert_eq!(server.lines().len(), calls, "it is not tried again at once");

    // So short a Lease may not be relied on when it could not be renewed.
    let short = Terms {
        duration: Duration::from_secs(10),
        ..DUE
    };
    let (api, server) = Api::start(json!({})).await;
    let guard = held(&server, short).await;
    guard.check().await.unwrap();
    api.world().writes = vec![Write::Refused(403, "Forbidden"); 9];
    let lost = guard.check().await.unwrap_err();
    assert!(matches!(lost, LeaseLost::NotRenewed { .. }));
    assert_eq!(
        crate::fault::chain(&lost),
        "the Lease rotate could not be renewed for 0 s: \
         prod-e1-1: update leases/rotate in jobs: 403 Forbidden"
    );
    assert_eq!(lost.exit(), Exit::Denied);
    api.world().writes.clear();
    assert_eq!(guard.check().await, Err(lost), "it stays lost");
}

#[tokio::test]
async fn how_old_the_last_renewal_is_decides_what_a_check_does() {
    // Seconds on the clock since the last renewal; whether a renewal would work; calls made; ours?
    let table = [
        (0, true, 0, true),
        (59, false, 0, true),
        (60, true, 1, true),
        (289, false, 1, true),
        (290, false, 1, false),
        // A clock that jumps is no reason to stop: a write that succeeds proves that it is ours.
        (86_400, true, 1, true),
        // Set back, it says nothing; the steady clock has counted on.
        (-3600, false, 0, true),
    ];
    for (seconds, works, calls, ours) in table {
        let (api, server) = Api::start(held_by("me_1")).await;
        let lease = lease(&server, "me_1", TERMS).await;
        let object = lease.read().await.unwrap();
        if !works {
            api.world().writes = vec![Write::Refused(503, "ServiceUnavailable"); 9];
        }
        let taken = Moment::now(&lease.clock);
        let now = taken.wall + SignedDuration::from_secs(seconds);
        let clock = Clock::fixed(now);
        let guard = Guard::new(Lease { clock, ..lease }, object, taken);
        assert_eq!(guard.check().await.is_ok(), ours, "{seconds} {works}");
        assert_eq!(server.lines().len() - 1, calls, "{seconds} {works}");
    }
}

#[tokio::test]
async fn a_renewal_whose_reply_was_lost_is_recognised() {
    let (api, server) = Api::start(json!({})).await;
    let server = server.impatient();
    let guard = held(&server, TERMS).await;
    api.world().writes.push(Write::ReplyLost);
    let error = guard.save().await.unwrap_err();
    assert!(matches!(error, LeaseError::Call(error) if error.kind == Kind::Timeout));
    guard.save().await.unwrap();
    assert_eq!(api.spec("holderIdentity"), "me_1");
}

#[tokio::test]
async fn notes_reach_the_next_run() {
    let (api, server) = Api::start(json!({})).await;
    let guard = held(&server, TERMS).await;
    assert!(guard.notes().is_empty());
    guard.note("last-success", "2026-01-02T03:04:05Z");
    guard.note("consecutive-failures", "1");
    assert_eq!(
        guard.notes().len(),
        2,
        "they are seen before they are written"
    );
    assert_eq!(api.world().lease["metadata"]["annotations"], Value::Null);
    guard.save().await.unwrap();
    guard.note("consecutive-failures", "0");
    guard.release().await.unwrap();

    let guard = held(&server, TERMS).await;
    let expected = [
        ("consecutive-failures", "0"),
        ("last-success", "2026-01-02T03:04:05Z"),
    ];
    let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(guard.notes(), expected.into());
}

#[tokio::test]
async fn a_lease_that_was_given_back_is_free() {
    let (api, server) = Api::start(json!({})).await;
    held(&server, TERMS).await.release().await.unwrap();
    assert_eq!(api.spec("holderIdentity"), Value::Null);
    assert_eq!(api.spec("leaseDurationSeconds"), 1);
    let calls = server.lines().len();
    assert_eq!(attempt(&server).await, Ok(()));
    assert_eq!(
        server.lines().len(),
        calls + 2,
        "nobody had to be looked up"
    );
    assert_eq!(api.spec("leaseTransitions"), 2);
}
