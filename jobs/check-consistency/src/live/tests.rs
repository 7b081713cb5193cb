//! All checks together, against servers that play API servers with what stands behind them.

mod well;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::cluster::Cluster;
use common::exit::Exit;
use common::process::Context;
use common::trouble::Trouble;
use serde_json::json as object;

use super::testing::{Reply, Server, config, context, json, refusal};
use super::{LiveLook, look};
use crate::config::Live;
use crate::finding::{Presence, Standing, Unknown};
use crate::survey::PeerFacts;
use well::{live, well};

fn normal(expression: &str) -> String {
    expression.to_owned()
}

async fn look_at(
    first: impl FnMut(&str) -> Option<Reply> + Send + 'static,
    second: impl FnMut(&str) -> Option<Reply> + Send + 'static,
    limit: Duration,
    context: &Context,
) -> LiveLook {
    let servers = [Server::start(first).await, Server::start(second).await];
    let mut clusters: Vec<Option<Cluster>> = Vec::new();
    for (server, name) in servers.iter().zip(["e1", "e2"]) {
        clusters.push(Some(server.cluster(name, context).await));
    }
    let mut config = config(&["e1", "e2"], live());
    config.limits.per_cluster = limit;
    let troubles = [None, None];
    look(&config, &clusters, &troubles, Some(0), &normal, context).await
}

const PLENTY: Duration = Duration::from_mins(2);

#[tokio::test]
async fn two_clusters_in_which_all_is_well_are_read_in_full() {
    let context = context();
    let first = |line: &str| Some(well("e1", line));
    let look = look_at(first, |line| Some(well("e2", line)), PLENTY, &context).await;
    for finding in &look.findings {
        assert_eq!(finding.standing, Standing::Equal, "{finding:?}");
    }
    let mut families: Vec<_> = look.findings.iter().map(|f| f.family.as_str()).collect();
    families.dedup();
    assert_eq!(
        families,
        [
            "live/prometheus",
            "live/rules",
            "live/watchdog",
            "live/alertmanager",
            "live/cron-jobs",
            "live/versions",
            "live/images"
        ]
    );
    let parts: Vec<_> = look
        .parts
        .iter()
        .map(|part| {
            (
                part.family.as_str(),
                part.cluster,
                part.read.clone().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        parts,
        [
            ("live/prometheus", 0, 1),
            ("live/prometheus", 1, 1),
            ("live/rules", 0, 1),
            ("live/rules", 1, 1),
            // Nobody watches the home cluster from within it.
            ("live/watchdog", 1, 1),
            ("live/alertmanager", 0, 1),
            ("live/alertmanager", 1, 1),
            ("live/cron-jobs", 0, 1),
            ("live/cron-jobs", 1, 1),
            ("live/versions", 0, 1),
            ("live/versions", 1, 1),
            ("live/images", 0, 1),
            ("live/images", 1, 1),
            ("live/pushgateway", 0, 0),
            ("live/pushgateway", 1, 0),
        ]
    );
    let peer = PeerFacts {
        watchdog_since: Some("2026-11-20T00:00:00Z".parse().unwrap()),
        watchdog_seen: Some("2026-11-29T06:00:00Z".parse().unwrap()),
        replicas: vec![("am-0".to_owned(), true)],
    };
    assert_eq!(look.peers, [PeerFacts::default(), peer]);
    assert_eq!(look.warnings, [""; 0]);
    assert!(!format!("{look:?}").contains("AKIA"));
}

#[tokio::test]
async fn a_prometheus_that_is_down_leaves_gaps_in_its_own_checks_only() {
    let context = context();
    let down = |line: &str| {
        Some(if line.contains("http:prometheus:web") {
            refusal(503, "ServiceUnavailable")
        } else {
            well("e2", line)
        })
    };
    let look = look_at(|line| Some(well("e1", line)), down, PLENTY, &context).await;
    let gaps = look.parts.iter().filter_map(|part| {
        let gap = part.read.as_ref().err()?;
        Some((part.family.as_str(), part.cluster, gap.reason))
    });
    let gaps: Vec<_> = gaps.collect();
    assert_eq!(
        gaps,
        [
            ("live/prometheus", 1, Unknown::ServerError),
            ("live/rules", 1, Unknown::ServerError),
            ("live/watchdog", 1, Unknown::ServerError),
        ]
    );
    assert_eq!(look.peers[1].watchdog_seen, None);
    // Nothing of it is said to be well, and nothing of the other to be the same.
    for finding in &look.findings {
        let of_prometheus = finding.object.kind.kind.starts_with("Prometheus");
        let presence = if of_prometheus {
            Presence::Unknown
        } else {
            Presence::Here
        };
        assert_eq!(finding.presence[1], presence, "{finding:?}");
        let is_unknown = of_prometheus && finding.family == "live/versions";
        assert_eq!(finding.standing.is_unknown(), is_unknown, "{finding:?}");
    }
}

#[tokio::test]
async fn a_login_page_before_everything_is_not_taken_for_data() {
    let context = context();
    let page = |line: &str| {
        let page = "<html>sign in</html>".to_owned();
        Some(if line.contains("/proxy/") {
            (200, "text/html; charset=utf-8", page)
        } else {
            well("e2", line)
        })
    };
    let look = look_at(|line| Some(well("e1", line)), page, PLENTY, &context).await;
    let families = [
        "live/prometheus",
        "live/rules",
        "live/watchdog",
        "live/alertmanager",
        "live/pushgateway",
    ];
    for family in families {
        let mut parts = look.parts.iter();
        let part = parts.find(|part| part.family == family && part.cluster == 1);
        let gap = part.unwrap().read.as_ref().unwrap_err();
        assert_eq!(gap.reason, Unknown::Garbled, "{family}");
    }
}

#[tokio::test]
async fn what_is_not_there_is_told_from_what_may_not_be_read() {
    let context = context();
    let second = |line: &str| {
        let absent = [
            "http:pushgateway:9091",
            "/services/pushgateway",
            "/prometheuses",
            "/customresourcedefinitions",
        ];
        Some(if absent.iter().any(|absent| line.contains(absent)) {
            refusal(404, "NotFound")
        } else if line.contains("cronjobs") {
            refusal(403, "Forbidden")
        } else {
            well("e2", line)
        })
    };
    let look = look_at(|line| Some(well("e1", line)), second, PLENTY, &context).await;
    let read = |family: &str| {
        let mut parts = look.parts.iter();
        let part = parts.find(|part| part.family == family && part.cluster == 1)?;
        Some(part.read.clone().map_err(|gap| gap.reason))
    };
    assert_eq!(read("live/pushgateway"), None);
    assert_eq!(read("live/prometheus"), Some(Ok(1)));
    assert_eq!(read("live/cron-jobs"), Some(Err(Unknown::Forbidden)));
    let mut findings = look.findings.iter();
    let definition = findings.find(|finding| finding.family == "live/versions");
    assert_eq!(definition.unwrap().standing, Standing::Missing);
}

#[tokio::test]
async fn a_service_without_the_page_is_never_taken_for_one_that_is_not_there() {
    let own = || (404, "text/plain", "404 page not found".to_owned());
    // Whoever stands behind the proxy can speak like an API server.
    for page in [own(), refusal(404, "NotFound")] {
        let context = context();
        let second = move |line: &str| {
            Some(if line.contains("http:pushgateway:9091") {
                page.clone()
            } else if line.ends_with("/services/pushgateway") {
                let metadata = object!({"name": "pushgateway", "namespace": "monitoring"});
                let service =
                    object!({"kind": "Service", "apiVersion": "v1", "metadata": metadata});
                json(service.to_string())
            } else {
                well("e2", line)
            })
        };
        let look = look_at(|line| Some(well("e1", line)), second, PLENTY, &context).await;
        let mut parts = look.parts.iter();
        let part = parts.find(|part| part.family == "live/pushgateway" && part.cluster == 1);
        let gap = part.unwrap().read.as_ref().unwrap_err();
        assert_eq!(gap.trouble.code, "cluster-not-found");
    }
}

#[tokio::test]
async fn a_cluster_without_a_connection_and_one_that_is_silent_do_not_hold_up_the_rest() {
    let context = context();
    let silent = Server::start(|_| None).await;
    let fine = Server::start(|line| Some(well("e3", line))).await;
    let clusters = [
        None,
        Some(silent.cluster("e2", &context).await),
        Some(fine.cluster("e3", &context).await),
    ];
    let trouble = Trouble {
        exit: Exit::Denied,
        code: "cluster-unauthorized",
        text: "no token".to_owned(),
        hint: None,
    };
    let troubles = [Some(trouble.clone()), None, None];
    let mut config = config(&["e1", "e2", "e3"], live());
    config.limits.per_cluster = Duration::from_millis(300);
    let look = look(&config, &clusters, &troubles, None, &normal, &context).await;
    let gaps = |cluster: usize| {
        let parts = look
            .parts
            .iter()
            .filter(move |part| part.cluster == cluster);
        parts.filter_map(|part| part.read.as_ref().err())
    };
    assert_eq!(gaps(0).count(), 8);
    for gap in gaps(0) {
        assert_eq!(
            (gap.reason, &gap.trouble),
            (Unknown::Unauthorized, &trouble)
        );
    }
    assert_eq!(gaps(1).count(), 8);
    assert!(gaps(1).all(|gap| gap.reason == Unknown::Timeout));
    assert_eq!(gaps(2).count(), 0);
    // Without a home every cluster is watched.
    assert!(look.peers[2].watchdog_seen.is_some());
    assert_eq!(look.peers[2].replicas, []);
}

#[tokio::test]
async fn a_run_that_is_told_to_stop_leaves_gaps() {
    let context = context();
    let stop = context.cancel.clone();
    let first = move |_: &str| {
        stop.cancel(common::cancel::Cause::Signal);
        None
    };
    let look = look_at(first, |_| None, PLENTY, &context).await;
    assert!(!look.parts.is_empty());
    for part in &look.parts {
        assert_eq!(part.read.as_ref().unwrap_err().reason, Unknown::Stopped);
    }
    for finding in &look.findings {
        assert_eq!(finding.standing, Standing::Unknown(Unknown::Stopped));
    }
}

#[tokio::test]
async fn nothing_is_asked_unless_it_is_configured() {
    let context = context();
    let lines = Arc::<Mutex<Vec<String>>>::default();
    let log = Arc::clone(&lines);
    let server = Server::start(move |line| {
        log.lock().unwrap().push(line.to_owned());
        Some(refusal(404, "NotFound"))
    })
    .await;
    let clusters = [Some(server.cluster("e1", &context).await), None];
    let config = config(&["e1", "e2"], Live::default());
    let look = look(&config, &clusters, &[None, None], None, &normal, &context).await;
    let peers = vec![PeerFacts::default(); 2];
    let nothing = LiveLook {
        peers,
        ..LiveLook::default()
    };
    assert_eq!(look, nothing);
    assert_eq!(*lines.lock().unwrap(), [""; 0]);
}
