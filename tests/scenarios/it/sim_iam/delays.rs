//! IAM is late: lists lag, keys become valid, uses show up.

use std::time::Duration;

use sandbox::aws::IamDelays;
use scenarios::sdk::{self, code};

use super::{OLD, USER, start, status};

#[tokio::test]
async fn a_lagging_read_sees_the_past_and_a_write_the_present() {
    let bench = start(IamDelays {
        iam_lag: Duration::from_secs(10),
        ..IamDelays::default()
    });
    let new = bench.create().await.unwrap();
    bench.tag(&[("a", "1")]).await.unwrap();
    assert_eq!(bench.list().await, [status(OLD, "Active")]);
    assert_eq!(bench.tags().await.len(), 1);
    assert_eq!(bench.create().await, Err("LimitExceeded".to_owned()));
    bench.at(9);
    assert_eq!(bench.list().await.len(), 1);
    bench.at(10);
    assert_eq!(bench.list().await.len(), 2);
    assert_eq!(bench.tags().await.len(), 2);

    bench.delete(&new).await.unwrap();
    assert_eq!(bench.list().await.len(), 2);
    assert_eq!(bench.sim.iam().keys(USER).unwrap().len(), 1);
    bench.at(20);
    assert_eq!(bench.list().await, [status(OLD, "Active")]);
}

#[tokio::test]
async fn a_fresh_key_authenticates_only_after_a_while() {
    let bench = start(IamDelays {
        key_valid_after: Duration::from_secs(15),
        ..IamDelays::default()
    });
    let new = bench.create().await.unwrap();
    let usable = |id: &str| bench.sim.iam().key(id).unwrap().usable;
    assert!(usable(OLD) && !usable(&new));
    let own = sdk::iam(&bench.sim.endpoint(), &new);
    let error = own.list_access_keys().send().await.unwrap_err();
    assert_eq!(code(&error), "InvalidClientTokenId");
    bench.at(15);
    assert!(usable(&new));
    own.list_access_keys().send().await.unwrap();
}

#[tokio::test]
async fn a_use_is_reported_late_and_on_a_quarter_of_an_hour() {
    let bench = start(IamDelays::default());
    let never = (None, "N/A".to_owned(), "N/A".to_owned());
    assert_eq!(bench.last_used(OLD).await, never);
    bench.at(600);
    bench.sim.iam().record_use(OLD, "ses", "us-east-1");
    bench.at(600 + 899);
    assert_eq!(bench.last_used(OLD).await, never);
    bench.at(600 + 900);
    let (at, service, region) = bench.last_used(OLD).await;
    assert_eq!(at.as_deref(), Some("2026-11-24T12:00:00Z"));
    assert_eq!((service.as_str(), region.as_str()), ("ses", "us-east-1"));

    bench.sim.iam().set_delays(IamDelays {
        last_used_delay: Duration::ZERO,
        last_used_granularity: Duration::from_secs(1),
        ..IamDelays::default()
    });
    assert_eq!(
        bench.last_used(OLD).await.0.as_deref(),
        Some("2026-11-24T12:10:00Z")
    );
}
