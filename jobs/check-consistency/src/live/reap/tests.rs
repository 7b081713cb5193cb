use std::time::Duration;

use common::cancel::{Cancellation, Cause};
use common::clock::Clock;
use common::pushgateway::{Gateway, GroupKey, Retry, StoredGroup, TIMEOUTS};
use jiff::Timestamp;
use proptest::prelude::*;

use super::{Reaped, abandoned, reap};
use crate::config::{PushgatewayRef, ServiceRef};
use crate::live::testing::{Server, json};

const NOW: f64 = 1_795_932_000.0; // 2026-11-29T06:00:00Z
const LONG_AGO: f64 = NOW - 3600.0;

fn now() -> Timestamp {
    "2026-11-29T06:00:00Z".parse().unwrap()
}

fn config() -> PushgatewayRef {
    PushgatewayRef {
        service: ServiceRef {
            service: "pushgateway".to_owned(),
            port: "9091".to_owned(),
        },
        prefix: "aws_".to_owned(),
        stale_after: Duration::from_mins(30),
        reap: true,
    }
}

fn key(job: &str) -> GroupKey {
    GroupKey::new(job, []).unwrap()
}

fn group(job: &str, pushed: f64) -> StoredGroup {
    StoredGroup {
        key: key(job),
        last_push_successful: true,
        push_time_seconds: pushed,
        families: Vec::new(),
    }
}

#[test]
fn only_groups_of_the_prefix_that_were_written_too_long_ago_are_abandoned() {
    let groups = [
        group("aws_old", LONG_AGO),
        group("aws_new", NOW),
        group("aws_limit", NOW - 1800.0),
        group("aws_future", NOW + 9999.0),
        group("aws_never", 0.0),
        group("aws_senseless", f64::NAN),
        group("rotate-credentials", LONG_AGO),
        group("xaws_old", LONG_AGO),
    ];
    assert_eq!(abandoned(&groups, &config(), now()), [key("aws_old")]);
    let everything = PushgatewayRef {
        prefix: String::new(),
        ..config()
    };
    assert_eq!(abandoned(&groups, &everything, now()), []);
}

proptest! {
    #[test]
    fn whatever_a_pushgateway_holds_only_old_groups_of_the_prefix_are_abandoned(
        held in prop::collection::btree_map("(aws_|aws|x)[a-c]{0,2}", any::<f64>(), 0..8),
        age in 0..7200_u32,
    ) {
        let mut groups: Vec<_> = held
            .iter()
            .filter(|(job, _)| !job.is_empty())
            .map(|(job, pushed)| group(job, *pushed))
            .collect();
        groups.push(group("aws_known", NOW - f64::from(age)));
        let abandoned = abandoned(&groups, &config(), now());
        for key in &abandoned {
            prop_assert!(key.job().starts_with("aws_"));
            let held = groups.iter().find(|group| group.key == *key).unwrap();
            prop_assert!(held.push_time_seconds > 0.0 && held.push_time_seconds <= NOW - 1800.0);
        }
        prop_assert_eq!(abandoned.contains(&key("aws_known")), age > 1800);
    }
}

/// A Pushgateway with these groups and push times; an answer to a deletion is its status.
async fn gateway(
    deletion: u16,
    groups: impl Fn(usize) -> Vec<(&'static str, f64)> + Send + 'static,
) -> (Server, Gateway) {
    let mut reads = 0;
    let server = Server::start(move |line| {
        if line.starts_with("DELETE ") {
            return Some((deletion, "text/plain", String::new()));
        }
        assert_eq!(line, "GET /api/v1/metrics");
        reads += 1;
        let groups = groups(reads).into_iter().map(|(job, pushed)| {
            format!(
                r#"{{"labels":{{"job":"{job}"}},"last_push_successful":true,"push_time_seconds":
                {{"type":"GAUGE","metrics":[{{"labels":{{}},"value":"{pushed}"}}]}}}}"#
            )
        });
        let groups: Vec<_> = groups.collect();
        let data = groups.join(",");
        Some(json(format!(r#"{{"status":"success","data":[{data}]}}"#)))
    })
    .await;
    let gateway = Gateway::new(&server.url, TIMEOUTS).unwrap();
    let retry = Retry {
        attempts: 2,
        first_pause: Duration::ZERO,
    };
    let gateway = gateway.with_retry(retry);
    (server, gateway)
}

async fn reaped(gateway: &Gateway, config: &PushgatewayRef) -> Reaped {
    let clock = Clock::fixed(now());
    reap(gateway, config, &clock, &Cancellation::default()).await
}

fn deletions(server: &Server) -> Vec<String> {
    let lines = server.lines().into_iter();
    lines.filter(|line| line.starts_with("DELETE ")).collect()
}

#[tokio::test]
async fn exactly_the_abandoned_groups_are_deleted() {
    let (server, gateway) = gateway(202, |_| {
        vec![
            ("aws_a", LONG_AGO),
            ("aws_b", NOW),
            ("aws_c", LONG_AGO),
            ("state", LONG_AGO),
        ]
    })
    .await;
    let reaped = reaped(&gateway, &config()).await;
    assert_eq!(reaped.deleted, [key("aws_a"), key("aws_c")]);
    assert_eq!((reaped.spared, reaped.trouble), (Vec::new(), None));
    assert_eq!(
        deletions(&server),
        ["DELETE /metrics/job/aws_a", "DELETE /metrics/job/aws_c"]
    );
}

#[tokio::test]
async fn a_group_that_was_written_meanwhile_stays() {
    let (server, gateway) = gateway(202, |reads| {
        // The first reading decides, the second is the look before the first deletion.
        let pushed = if reads < 3 { LONG_AGO } else { NOW };
        vec![("aws_a", LONG_AGO), ("aws_b", pushed)]
    })
    .await;
    let reaped = reaped(&gateway, &config()).await;
    assert_eq!(reaped.deleted, [key("aws_a")]);
    assert_eq!(reaped.spared, [key("aws_b")]);
    assert_eq!(deletions(&server), ["DELETE /metrics/job/aws_a"]);
}

#[tokio::test]
async fn nothing_is_deleted_unless_it_is_wanted() {
    let (server, gateway) = gateway(202, |_| vec![("aws_a", LONG_AGO)]).await;
    let unwanted = PushgatewayRef {
        reap: false,
        ..config()
    };
    assert_eq!(reaped(&gateway, &unwanted).await, Reaped::default());
    assert_eq!(server.lines(), [""; 0]);
    let stopped = Cancellation::default();
    stopped.cancel(Cause::Signal);
    let clock = Clock::fixed(now());
    let reaped = reap(&gateway, &config(), &clock, &stopped).await;
    assert_eq!(reaped, Reaped::default());
    assert_eq!(deletions(&server), [""; 0]);
}

#[tokio::test]
async fn a_deletion_that_fails_is_told_not_repeated_and_the_last() {
    let (server, gateway) = gateway(500, |_| vec![("aws_a", LONG_AGO), ("aws_b", LONG_AGO)]).await;
    let reaped = reaped(&gateway, &config()).await;
    assert_eq!(reaped.deleted, []);
    assert!(reaped.trouble.is_some());
    assert_eq!(deletions(&server), ["DELETE /metrics/job/aws_a"]);
}

#[tokio::test]
async fn what_is_no_pushgateway_is_left_alone() {
    let page = "<html>sign in</html>".to_owned();
    let server = Server::start(move |_| Some((200, "text/html", page.clone()))).await;
    let gateway = Gateway::new(&server.url, TIMEOUTS).unwrap();
    let reaped = reaped(&gateway, &config()).await;
    assert!(reaped.trouble.is_some());
    assert_eq!(server.lines(), ["GET /api/v1/metrics"]);
}
