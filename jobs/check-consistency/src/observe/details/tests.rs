use std::time::Duration;

use common::cancel::Cause;

use super::details;
use crate::config::Limits;
use crate::finding::Unknown;
use crate::observe::testing::{Reply, SOON, Server, config_maps, context, object};

fn wanted(names: &[&str]) -> Vec<(Option<String>, String)> {
    let namespace = Some("monitoring".to_owned());
    let names = names.iter().map(ToString::to_string);
    names.map(|name| (namespace.clone(), name)).collect()
}

/// Answers by the last part of the path.
fn named(line: &str) -> Reply {
    match line.rsplit('/').next().unwrap() {
        "gone" => Reply::refusal(404, "NotFound"),
        "denied" => Reply::refusal(403, "Forbidden"),
        "broken" => Reply::refusal(500, "InternalError"),
        "silent" => Reply::Silence,
        "empty" => Reply::json(&serde_json::json!({})),
        "other" => Reply::json(&object("another")),
        "lost" => Reply::Text(404, "", "<html>no such page</html>".to_owned()),
        name => Reply::json(&object(name)),
    }
}

async fn read(
    server: &Server,
    names: &[&str],
    limits: Limits,
) -> Vec<Result<Option<String>, Unknown>> {
    let cluster = server.cluster("prod-e1-1").await;
    let (resource, context) = (config_maps().resource, context());
    let wanted = wanted(names);
    let read = details(&cluster, &resource, &wanted, &limits, &context).await;
    let read = read.into_iter().map(|read| match read {
        Ok(object) => Ok(object.map(|object| object["metadata"]["name"].as_str().unwrap().into())),
        Err(gap) => Err(gap.reason),
    });
    read.collect()
}

#[tokio::test]
async fn objects_come_in_the_order_in_which_they_are_wanted_and_each_fails_for_itself() {
    let server = Server::start(named).await;
    let names = ["b", "gone", "denied", "a", "broken"];
    let read = read(&server, &names, Limits::default()).await;
    let object = |name: &str| Ok(Some(name.to_owned()));
    assert_eq!(
        read,
        [
            object("b"),
            Ok(None),
            Err(Unknown::Forbidden),
            object("a"),
            Err(Unknown::ServerError)
        ]
    );
    let asked = |name: &str| {
        let path = format!("/api/v1/namespaces/monitoring/configmaps/{name}");
        server
            .lines()
            .iter()
            .filter(|line| line.trim_end_matches('?') == path)
            .count()
    };
    assert_eq!(names.map(asked), [1, 1, 1, 1, 3]);
}

#[tokio::test]
async fn what_is_not_the_object_and_not_said_by_the_api_server_is_a_gap() {
    let server = Server::start(named).await;
    let names = ["empty", "other", "lost"];
    let read = read(&server, &names, Limits::default()).await;
    assert_eq!(read, [const { Err(Unknown::Garbled) }; 3]);
}

#[tokio::test]
async fn no_more_calls_are_open_at_a_time_than_the_limit_allows() {
    let server = Server::start(named).await;
    let limits = Limits {
        in_flight: 2,
        ..Limits::default()
    };
    let names = ["a", "b", "c", "d", "e", "f", "g", "h"];
    let read = read(&server, &names, limits).await;
    assert!(read.iter().all(Result::is_ok));
    assert!(server.most_open() <= 2, "{}", server.most_open());
}

#[tokio::test]
async fn a_silent_server_takes_no_longer_than_the_clusters_time() {
    let server = Server::start(named).await;
    let limits = Limits {
        per_cluster: SOON,
        ..Limits::default()
    };
    let read = read(&server, &["a", "silent"], limits).await;
    assert_eq!(read, [Ok(Some("a".to_owned())), Err(Unknown::Timeout)]);
}

#[tokio::test]
async fn a_run_that_is_told_to_stop_reads_nothing_more() {
    let server = Server::start(named).await;
    let cluster = server.cluster("prod-e1-1").await;
    let (resource, context) = (config_maps().resource, context());
    context.cancel.cancel(Cause::Signal);
    let limits = Limits {
        per_cluster: Duration::from_mins(1),
        ..Limits::default()
    };
    let read = details(&cluster, &resource, &wanted(&["a"]), &limits, &context).await;
    let reasons: Vec<_> = read
        .into_iter()
        .map(|read| read.unwrap_err().reason)
        .collect();
    assert_eq!(reasons, [Unknown::Stopped]);
    assert_eq!(server.lines(), [""; 0]);
}
