use std::cell::Cell;
use std::time::Duration;

use super::{Patience, doubled};
use crate::cancel::{Cancellation, Cause};
use crate::clock::Clock;
use crate::cluster::{Ask, ClusterError, Kind, Verb};

fn failure(status: Option<u16>, kind: Kind, retry_after: Option<u64>) -> ClusterError {
    ClusterError {
        cluster: "prod-e1-1".parse().unwrap(),
        what: Box::new(Ask {
            verb: Verb::Patch,
            group: String::new(),
            resource: "configmaps".into(),
            name: None,
            namespace: "monitoring".into(),
        }),
        kind,
        status,
        reason: String::new(),
        skew: None,
        retry_after: retry_after.map(Duration::from_secs),
        conflicts: Vec::new(),
        message: None,
    }
}

fn busy(retry_after: Option<u64>) -> ClusterError {
    failure(Some(429), Kind::Throttled, retry_after)
}

/// How often a call is made that always fails with this, on a clock that is not waited for.
async fn calls(patience: Patience, error: ClusterError) -> u32 {
    let calls = Cell::new(0);
    let call = || {
        calls.set(calls.get() + 1);
        let error = error.clone();
        async { Err::<(), _>(error) }
    };
    let (clock, cancel) = (standing(), Cancellation::default());
    let outcome = patience.repeat(&clock, &cancel, call).await;
    assert_eq!(outcome, Err(error.clone()));
    calls.get()
}

fn standing() -> Clock {
    Clock::fixed("2026-01-02T12:00:00Z".parse().unwrap())
}

#[test]
fn the_pause_is_the_one_that_the_server_names_or_twice_the_one_before() {
    let pause = |error: ClusterError, tried, spent| {
        let spent = Duration::from_secs(spent);
        let pause = Patience::default().pause(&error, tried, spent);
        pause.map(|pause| pause.as_secs())
    };
    for (tried, seconds) in [(1, 1), (2, 2), (3, 4), (4, 8)] {
        assert_eq!(pause(busy(None), tried, 0), Some(seconds));
        assert_eq!(pause(busy(Some(3)), tried, 0), Some(3));
    }
    assert_eq!(pause(busy(Some(0)), 1, 0), Some(0));
    assert_eq!(pause(busy(None), 5, 0), None, "it was the last one");
    let unavailable = failure(Some(503), Kind::Server, Some(2));
    assert_eq!(pause(unavailable, 1, 0), Some(2));
    // The budget is a minute: what calls and pauses have taken so far counts.
    assert_eq!(pause(busy(Some(10)), 2, 50), Some(10));
    assert_eq!(pause(busy(Some(10)), 2, 51), None);
    assert_eq!(pause(busy(Some(u64::MAX)), 1, 1), None);
    assert_eq!(doubled(u32::MAX), Duration::from_secs(u64::from(u32::MAX)));
}

#[tokio::test]
async fn a_busy_server_is_asked_five_times_and_less_often_when_the_time_is_up() {
    let within = |seconds| Patience {
        tries: 5,
        budget: Duration::from_secs(seconds),
    };
    assert_eq!(calls(Patience::default(), busy(None)).await, 5);
    assert_eq!(calls(Patience::default(), busy(Some(14))).await, 5);
    assert_eq!(calls(Patience::default(), busy(Some(16))).await, 4);
    assert_eq!(calls(within(7), busy(Some(2))).await, 4);
    assert_eq!(calls(within(6), busy(Some(7))).await, 1);
    let once = Patience {
        tries: 0,
        ..Patience::default()
    };
    assert_eq!(calls(once, busy(None)).await, 1);
}

#[tokio::test]
async fn nothing_but_a_busy_server_is_asked_again() {
    let table = [
        failure(Some(503), Kind::Server, None),
        failure(Some(500), Kind::Server, Some(1)),
        failure(Some(409), Kind::Conflict, Some(1)),
        failure(Some(401), Kind::Unauthorized, Some(1)),
        failure(Some(403), Kind::Denied, Some(1)),
        failure(Some(422), Kind::Invalid, Some(1)),
        failure(None, Kind::Timeout, Some(1)),
        failure(None, Kind::Unreachable, Some(1)),
        failure(None, Kind::Undecodable, Some(1)),
    ];
    for error in table {
        assert_eq!(calls(Patience::default(), error).await, 1);
    }
}

#[tokio::test]
async fn the_time_of_the_calls_themselves_counts() {
    let patience = Patience {
        tries: 5,
        budget: Duration::from_millis(1_010),
    };
    let (clock, cancel, made) = (standing(), Cancellation::default(), Cell::new(0));
    let call = || async {
        made.set(made.get() + 1);
        tokio::time::sleep(Duration::from_millis(20)).await;
        Err::<(), _>(busy(Some(1)))
    };
    patience.repeat(&clock, &cancel, call).await.unwrap_err();
    assert_eq!(made.get(), 1, "20 ms are gone, and a second is too long");
}

#[tokio::test]
async fn success_ends_the_waiting_and_so_does_a_cancelled_run() {
    let cancel = Cancellation::default();
    let calls = Cell::new(0);
    let call = || {
        calls.set(calls.get() + 1);
        let outcome = if calls.get() < 3 {
            Err(busy(None))
        } else {
            Ok(7)
        };
        async { outcome }
    };
    let outcome = Patience::default().repeat(&standing(), &cancel, call).await;
    assert_eq!((outcome, calls.get()), (Ok(7), 3));

    // On a clock that is waited for: the run is told to stop during the pause.
    let call = || async { Err::<(), _>(busy(Some(50))) };
    let clock = Clock::system();
    let work = Patience::default().repeat(&clock, &cancel, call);
    let stop = async { cancel.cancel(Cause::Signal) };
    let both = async { tokio::join!(work, stop).0 };
    let outcome = tokio::time::timeout(Duration::from_secs(20), both).await;
    assert_eq!(outcome.unwrap(), Err(busy(Some(50))));
    // Whether to call at all is the caller's decision.
    let outcome = Patience::default().repeat(&clock, &cancel, || async { Ok(1) });
    assert_eq!(outcome.await, Ok(1));
}
