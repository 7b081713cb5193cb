mod failures;

use std::collections::VecDeque;

use serde_json::json;

use crate::config::{Family, Limits};
use crate::finding::Unknown;
use crate::object::Kind;
use crate::observe::testing::{Reply, Server, cluster_config, config_maps, context, family, page};
use crate::observe::{Census, FamilyLook, again};

/// A server that gives these answers one after the other, and the last one for ever.
async fn scripted(replies: Vec<Reply>) -> Server {
    let mut replies = VecDeque::from(replies);
    Server::start(move |_| {
        let next = replies.pop_front().expect("an answer");
        if replies.is_empty() {
            replies.push_back(next.clone());
        }
        next
    })
    .await
}

fn limits() -> Limits {
    Limits {
        page: 2,
        ..Limits::default()
    }
}

fn maps() -> Family {
    family(Kind::new("", "ConfigMap"))
}

async fn look_with(server: &Server, family: &Family, limits: Limits) -> FamilyLook {
    let cluster = server.cluster("prod-e1-1").await;
    let of = cluster_config("prod-e1-1");
    again(family, &cluster, &of, &config_maps(), &limits, &context()).await
}

async fn look(server: &Server) -> FamilyLook {
    look_with(server, &maps(), limits()).await
}

fn names(census: &Census) -> Vec<&str> {
    census
        .objects
        .values()
        .map(|seen| seen.name.as_str())
        .collect()
}

fn read(look: &FamilyLook) -> Vec<&str> {
    names(look.census().unwrap_or_else(|| panic!("{look:?}")))
}

fn reason(look: &FamilyLook) -> Unknown {
    match look {
        FamilyLook::Gap(gap) => gap.reason,
        FamilyLook::Read(_) | FamilyLook::KindMissing | FamilyLook::NotAsked => panic!("{look:?}"),
    }
}

/// The continue token of each request.
fn tokens(server: &Server) -> Vec<String> {
    let token = |line: String| {
        let (_, query) = line.split_once('?').unwrap();
        let mut parameters = query.split('&').filter_map(|pair| pair.split_once('='));
        let token = parameters.find(|(name, _)| *name == "continue");
        token.map(|(_, token)| token.to_owned()).unwrap_or_default()
    };
    server.lines().into_iter().map(token).collect()
}

fn first() -> Reply {
    Reply::json(&page("t1", &["a", "b"]))
}

fn last() -> Reply {
    Reply::json(&page("", &["c"]))
}

#[tokio::test]
async fn a_list_is_read_page_by_page_to_its_end() {
    let middle = Reply::json(&page("t2", &["c", "d"]));
    let end = Reply::json(&page("", &["e"]));
    let server = scripted(vec![first(), middle, end]).await;
    assert_eq!(read(&look(&server).await), ["a", "b", "c", "d", "e"]);
    assert_eq!(
        server.lines(),
        [
            "/api/v1/namespaces/monitoring/configmaps?&limit=2",
            "/api/v1/namespaces/monitoring/configmaps?&limit=2&continue=t1",
            "/api/v1/namespaces/monitoring/configmaps?&limit=2&continue=t2",
        ]
    );
}

#[tokio::test]
async fn every_namespace_is_read_once_and_with_the_selector() {
    let server = Server::start(|line| {
        let name = if line.contains("/one/") { "a" } else { "b" };
        Reply::json(&page("", &[name]))
    })
    .await;
    let mut family = maps();
    family.namespaces = ["two", "one", "two"].map(str::to_owned).to_vec();
    family.labels = "app=x".to_owned();
    let look = look_with(&server, &family, limits()).await;
    assert_eq!(read(&look), ["a", "b"]);
    assert_eq!(
        server.lines(),
        [
            "/api/v1/namespaces/one/configmaps?&labelSelector=app%3Dx&limit=2",
            "/api/v1/namespaces/two/configmaps?&labelSelector=app%3Dx&limit=2",
        ]
    );
}

#[tokio::test]
async fn what_lives_in_no_namespace_is_listed_without_one() {
    let server = scripted(vec![last()]).await;
    let cluster = server.cluster("prod-e1-1").await;
    let mut served = config_maps();
    served.namespaced = false;
    let of = cluster_config("prod-e1-1");
    let look = again(&maps(), &cluster, &of, &served, &limits(), &context()).await;
    assert_eq!(read(&look), ["c"]);
    assert_eq!(server.lines(), ["/api/v1/configmaps?&limit=2"]);
}

#[tokio::test]
async fn an_empty_list_is_read_and_not_a_gap() {
    for items in [json!(null), json!([])] {
        let body = json!({"metadata": {"resourceVersion": "1"}, "items": items});
        let server = scripted(vec![Reply::json(&body)]).await;
        assert_eq!(look(&server).await, FamilyLook::Read(Census::default()));
    }
}

#[tokio::test]
async fn a_list_that_is_not_found_is_a_gap_since_the_server_has_said_that_it_serves_the_kind() {
    let gone = || Reply::refusal(404, "NotFound");
    let first = || Reply::json(&page("t1", &["a"]));
    let web = || Reply::Text(404, "", "<html>".to_owned());
    for replies in [vec![gone()], vec![first(), gone()], vec![web()]] {
        let calls = replies.len();
        let server = scripted(replies).await;
        assert_eq!(reason(&look(&server).await), Unknown::ServerError);
        assert_eq!(server.lines().len(), calls);
    }
}

#[tokio::test]
async fn an_object_beyond_the_limits_is_named_and_the_others_are_read() {
    let mut list = page("", &["a", "large", "z"]);
    list["items"][1]["data"]["a"] = json!("x".repeat(5_000));
    let mut deep = list["items"][0].clone();
    deep["metadata"]["name"] = json!("deep");
    let mut text = list.to_string();
    let nested = format!("{}{}", "[".repeat(200), "]".repeat(200));
    let deep = deep.to_string().replace(r#""b""#, &nested);
    text.insert_str(text.find("\"items\":[").unwrap() + 9, &(deep + ","));
    let server = scripted(vec![Reply::Text(200, "", text)]).await;
    let limits = Limits {
        object_bytes: 4_096,
        ..limits()
    };
    let look = look_with(&server, &maps(), limits).await;
    assert_eq!(read(&look), ["a", "z"]);
    let large = &look.census().unwrap().too_large;
    let large: Vec<_> = large.keys().map(|key| key.name.as_str()).collect();
    assert_eq!(large, ["deep", "large"]);
}

#[tokio::test]
async fn a_page_that_is_too_large_is_asked_for_in_halves_down_to_single_objects() {
    let huge = |limit: &str| format!("limit={limit}");
    let oversized = || Reply::Text(200, "", " ".repeat((64 << 20) + 1));
    let server = Server::start(move |line| {
        if line.contains(&huge("3")) {
            oversized()
        } else if line.contains("continue=t1") {
            last()
        } else {
            Reply::json(&page("t1", &["a"]))
        }
    })
    .await;
    let limits = Limits {
        page: 3,
        ..Limits::default()
    };
    assert_eq!(read(&look_with(&server, &maps(), limits).await), ["a", "c"]);
    let limits_asked: Vec<_> = server
        .lines()
        .iter()
        .map(|line| line.split("limit=").nth(1).unwrap().to_owned())
        .collect();
    // What follows stays short.
    assert_eq!(limits_asked, ["3", "1", "1&continue=t1"]);

    let server = scripted(vec![oversized()]).await;
    let limits = Limits {
        page: 1,
        ..Limits::default()
    };
    let look = look_with(&server, &maps(), limits).await;
    assert_eq!(reason(&look), Unknown::TooLarge);
    assert_eq!(server.lines().len(), 1);
}
