use std::cell::Cell;
use std::future::pending;
use std::time::Duration;

use common::cancel::Cause;
use common::clock::Clock;
use common::cluster::{Ask, Cluster, ClusterError, Kind, Verb};
use common::process::Context;
use tokio::time::Instant;

use super::{Caller, PATIENCE};
use crate::finding::Unknown;
use crate::observe::testing::{Reply, Server, context};
use crate::survey::Gap;

const MINUTES: Duration = Duration::from_mins(2);

/// A cluster that nobody calls here, and the real clock.
async fn nobody() -> (Cluster, Context) {
    let server = Server::start(|_| Reply::Hangup).await;
    let mut context = context();
    context.clock = Clock::system();
    (server.cluster("prod-e1-1").await, context)
}

fn error(kind: Kind, status: Option<u16>, retry_after: Option<Duration>) -> ClusterError {
    ClusterError {
        cluster: "prod-e1-1".parse().unwrap(),
        what: Box::new(Ask {
            verb: Verb::List,
            group: String::new(),
            resource: "configmaps".to_owned(),
            name: None,
            namespace: "monitoring".to_owned(),
        }),
        kind,
        status,
        reason: "x".to_owned(),
        skew: None,
        retry_after,
        conflicts: Vec::new(),
        message: None,
    }
}

/// Calls a busy server that wants to be left alone for so long; returns how often.
async fn calls(caller: &Caller<'_>, pause: Duration) -> u32 {
    let calls = Cell::new(0);
    let busy = || async {
        calls.set(calls.get() + 1);
        Err::<(), _>(error(Kind::Throttled, Some(429), Some(pause)))
    };
    assert_eq!(caller.ask(busy).await.unwrap_err().kind, Kind::Throttled);
    calls.get()
}

#[tokio::test]
async fn all_calls_of_a_cluster_share_the_time_that_is_spent_waiting_for_it() {
    let (cluster, mut context) = nobody().await;
    let pause = Duration::from_millis(20);
    let caller = Caller::new(&cluster, MINUTES, &context);
    assert_eq!(calls(&caller, pause).await, 5);
    // Five calls have four pauses between them.
    assert!(caller.patience.get() + pause * 4 <= PATIENCE);
    caller.patience.set(pause / 2);
    assert_eq!(calls(&caller, pause).await, 1);

    // Two of these pauses fit into what a cluster has at first.
    context.clock = Clock::fixed(context.clock.now());
    let other = Caller::new(&cluster, MINUTES, &context);
    assert_eq!(calls(&other, Duration::from_secs(25)).await, 3);
}

#[tokio::test]
async fn only_what_may_pass_is_asked_again() {
    let (cluster, mut context) = nobody().await;
    context.clock = Clock::fixed(context.clock.now());
    let table = [
        (Kind::Unreachable, None, 3),
        (Kind::Undecodable, None, 3),
        (Kind::Server, Some(500), 3),
        (Kind::Untrusted, None, 1),
        (Kind::Timeout, None, 1),
        (Kind::Unauthorized, Some(401), 1),
        (Kind::Denied, Some(403), 1),
        (Kind::NotFound, Some(404), 1),
        (Kind::Conflict, Some(409), 1),
        (Kind::Expired, Some(410), 1),
        (Kind::Invalid, Some(422), 1),
        (Kind::TooLarge, None, 1),
    ];
    for (kind, status, expected) in table {
        let caller = Caller::new(&cluster, MINUTES, &context);
        let calls = Cell::new(0);
        let call = || async {
            calls.set(calls.get() + 1);
            Err::<(), _>(error(kind, status, None))
        };
        assert_eq!(caller.ask(call).await.unwrap_err().kind, kind);
        assert_eq!(calls.get(), expected, "{kind:?}");
    }
}

#[tokio::test]
async fn a_clusters_time_is_over_when_it_is_over_and_waiting_for_others_is_none_of_it() {
    let (cluster, context) = nobody().await;
    let (limit, waited) = (Duration::from_millis(20), Duration::from_millis(50));
    let begun = Instant::now();
    let mut caller = Caller::new(&cluster, limit, &context);
    caller.give_back(waited);
    // The second time it is still over.
    for _ in 0..2 {
        let gap = caller.within(pending::<Result<(), Gap>>()).await;
        assert_eq!(gap.unwrap_err().reason, Unknown::Timeout);
        assert!(begun.elapsed() >= limit + waited);
    }
    context.cancel.cancel(Cause::Deadline);
    let gap = caller.within(pending::<Result<(), Gap>>()).await;
    let gap = gap.unwrap_err();
    assert_eq!(gap.reason, Unknown::Stopped);
    assert_eq!(gap.trouble.code, "deadline");
}
