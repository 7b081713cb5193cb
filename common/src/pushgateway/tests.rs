//! The client against a server that fails on demand.

mod server;

use std::io::Read as _;
use std::time::Duration;

use self::server::{Reply, Request, Server};
use super::{Detail, Expected, Gateway, GatewayError, GroupKey, Retry, VerifyError};
use crate::exit::Exit;
use crate::exposition::{self, Family, Kind, Label, Labels, Sample};
use crate::fault::{self, Fault};
use crate::http::Timeouts;

fn client(server: &Server) -> Gateway {
    client_of(&server.url)
}

fn client_of(url: &str) -> Gateway {
    let timeouts = Timeouts {
        connect: Duration::from_secs(5),
        total: Duration::from_millis(500),
    };
    let retry = Retry {
        first_pause: Duration::from_millis(1),
        ..Retry::STANDARD
    };
    Gateway::new(url, timeouts).unwrap().with_retry(retry)
}

fn group() -> GroupKey {
    GroupKey::new("aws_es", []).unwrap()
}

fn family(name: &str, samples: u32) -> Family {
    let sample = |n: u32| Sample {
        labels: Labels::new(vec![Label::new("n", n.to_string())]),
        value: n.into(),
    };
    let samples = (0..samples).map(sample).collect();
    Family {
        name: name.into(),
        kind: Kind::Gauge,
        help: String::new(),
        samples,
    }
}

fn ok() -> Reply {
    Reply::Answer(200, String::new())
}

fn status(status: u16) -> Reply {
    Reply::Answer(status, "not now\n".into())
}

/// Method, path and names of the families in the body.
fn seen(requests: &[Request]) -> Vec<String> {
    let seen = |request: &Request| {
        let families = exposition::parse(&request.body).unwrap();
        let names: Vec<_> = families.iter().map(|family| family.name.as_str()).collect();
        format!("{} {} {}", request.method, request.path, names.join(","))
    };
    requests.iter().map(seen).collect()
}

#[tokio::test]
async fn each_method_reaches_the_path_of_its_group() {
    let server = Server::script(&[ok()]).await;
    let gateway = client_of(&(server.url.clone() + "/prefix/"));
    let slashed = GroupKey::new("a/b", [("part", "x")]).unwrap();
    gateway
        .put(&group(), &[family("a", 1), family("b", 1)])
        .await
        .unwrap();
    gateway.put(&group(), &[]).await.unwrap();
    gateway.post(&slashed, &[family("c", 1)]).await.unwrap();
    gateway.delete(&slashed).await.unwrap();
    let requests = server.requests();
    assert_eq!(
        seen(&requests),
        [
            "PUT /prefix/metrics/job/aws_es a,b",
            "PUT /prefix/metrics/job/aws_es ",
            "POST /prefix/metrics/job@base64/YS9i/part/x c",
            "DELETE /prefix/metrics/job@base64/YS9i/part/x ",
        ]
    );
    assert_eq!(
        requests[0].headers["content-type"],
        "text/plain; version=0.0.4; charset=utf-8"
    );
    assert!(requests[0].headers["user-agent"].starts_with("monitoring-jobs/"));
}

#[tokio::test]
async fn a_large_push_arrives_gzipped() {
    let server = Server::script(&[ok()]).await;
    client(&server)
        .put(&group(), &[family("a", 5_000)])
        .await
        .unwrap();
    let request = &server.requests()[0];
    assert_eq!(request.headers["content-encoding"], "gzip");
    let mut text = Vec::new();
    flate2::read::GzDecoder::new(&*request.body)
        .read_to_end(&mut text)
        .unwrap();
    assert_eq!(exposition::parse(&text).unwrap(), [family("a", 5_000)]);
}

#[tokio::test]
async fn passing_failures_are_tried_again_until_one_succeeds() {
    for first in [status(500), status(503), status(429), Reply::Close] {
        let server = Server::script(&[first.clone(), first.clone(), ok()]).await;
        client(&server)
            .put(&group(), &[family("a", 1)])
            .await
            .unwrap();
        let requests = server.requests();
        assert_eq!(requests.len(), 3, "{first:?}");
        assert_eq!(requests[2].body, requests[0].body, "{first:?}");
    }
}

#[tokio::test]
async fn three_failures_are_the_end() {
    let server = Server::script(&[status(503)]).await;
    let error = client(&server)
        .put(&group(), &[family("a", 1)])
        .await
        .unwrap_err();
    assert_eq!(server.requests().len(), 3);
    assert_eq!(
        error.to_string(),
        "pushing group `aws_es`: the Pushgateway answered 503 Service Unavailable: not now"
    );
    assert_eq!(
        (error.exit(), error.code()),
        (Exit::Transient, "push-unavailable")
    );
}

#[tokio::test]
async fn a_refusal_is_never_tried_again_and_keeps_its_reason() {
    let reason = "text format parsing error in line 2:\n  second TYPE line\r\n".to_owned();
    let server = Server::script(&[Reply::Answer(400, reason), ok()]).await;
    let error = client(&server)
        .put(&group(), &[family("a", 1)])
        .await
        .unwrap_err();
    assert_eq!(server.requests().len(), 1);
    assert_eq!(
        error.to_string(),
        "pushing group `aws_es`: the Pushgateway refused it: \
         text format parsing error in line 2: second TYPE line"
    );
    assert_eq!(
        (error.exit(), error.code()),
        (Exit::Transient, "push-rejected")
    );
}

#[tokio::test]
async fn a_server_without_end_of_its_reason_cannot_flood_the_error() {
    let server = Server::script(&[Reply::Answer(400, "x y ".repeat(1 << 20))]).await;
    let error = client(&server)
        .put(&group(), &[])
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.chars().count() < 400 && error.ends_with('…'),
        "{error}"
    );
}

#[tokio::test]
async fn denials_and_strange_answers_are_told_apart_and_not_repeated() {
    let table = [
        (401, Exit::Denied, "push-denied"),
        (403, Exit::Denied, "push-denied"),
        (307, Exit::Transient, "push-unexpected"),
        (404, Exit::Transient, "push-unexpected"),
    ];
    for (code, exit, word) in table {
        let server = Server::script(&[status(code)]).await;
        let error = client(&server).delete(&group()).await.unwrap_err();
        assert_eq!((error.exit(), error.code()), (exit, word));
        assert_eq!(server.requests().len(), 1, "{code}");
    }
}

#[tokio::test]
async fn a_server_that_hangs_is_left_after_the_time_out_and_not_asked_again() {
    let server = Server::script(&[Reply::Hang]).await;
    let error = client(&server).put(&group(), &[]).await.unwrap_err();
    assert!(matches!(&error, GatewayError::Unreachable { source, .. } if source.is_timeout()));
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_port_where_nobody_listens_is_unreachable() {
    // Bound and never accepted would hang; bound and dropped is refused.
    let free = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let gateway = client_of(&format!("http://user:s3cr3t@{free}"));
    let error = gateway.put(&group(), &[]).await.unwrap_err();
    assert_eq!(
        (error.exit(), error.code()),
        (Exit::Transient, "push-unreachable")
    );
    let text = fault::chain(&error);
    assert!(
        text.starts_with(&format!(
            "pushing group `aws_es`: no answer from http://…@{free}: "
        )),
        "{text}"
    );
    assert!(text.contains("refused"), "{text}");
    assert!(!(text + &format!("{error:?}{gateway:?}{gateway}")).contains("s3cr3t"));
}

#[tokio::test]
async fn user_name_and_password_reach_the_server() {
    let server = Server::script(&[ok()]).await;
    let url = server.url.replace("http://", "http://me:p%40ss@");
    client_of(&url).put(&group(), &[]).await.unwrap();
    // "me:p@ss" in base64.
    assert_eq!(
        server.requests()[0].headers["authorization"],
        "Basic bWU6cEBzcw=="
    );
}

/// Refuses every push that holds a family whose name starts with `bad`.
fn picky(request: &Request) -> Reply {
    let families = exposition::parse(&request.body).unwrap();
    match families
        .iter()
        .find(|family| family.name.starts_with("bad"))
    {
        Some(bad) => Reply::Answer(400, format!("{} is inconsistent", bad.name)),
        None => ok(),
    }
}

#[tokio::test]
async fn bad_families_are_found_and_the_others_pushed_in_order() {
    let server = Server::start(picky).await;
    let names = ["a", "b", "bad1", "c", "d", "e", "f", "bad2"];
    let families = names.map(|name| family(name, 1));
    let refused = client(&server)
        .put_bisecting(&group(), &families)
        .await
        .unwrap();
    let refused: Vec<_> = refused
        .iter()
        .map(|bad| format!("{}: {}", bad.family, bad.reason))
        .collect();
    assert_eq!(
        refused,
        ["bad1: bad1 is inconsistent", "bad2: bad2 is inconsistent"]
    );
    let requests = seen(&server.requests());
    assert_eq!(
        requests.first().unwrap(),
        "PUT /metrics/job/aws_es a,b,bad1,c,d,e,f,bad2"
    );
    assert_eq!(
        requests.last().unwrap(),
        "PUT /metrics/job/aws_es a,b,c,d,e,f"
    );
    let (_, between) = requests.split_first().unwrap();
    let (_, between) = between.split_last().unwrap();
    assert!(
        between.iter().all(|request| request.starts_with("POST ")),
        "{between:?}"
    );
}

#[tokio::test]
async fn a_push_that_is_taken_is_not_searched() {
    let server = Server::start(picky).await;
    let refused = client(&server)
        .put_bisecting(&group(), &[family("a", 1)])
        .await
        .unwrap();
    assert_eq!((refused.len(), server.requests().len()), (0, 1));
}

#[tokio::test]
async fn when_no_family_is_taken_the_group_is_left_alone() {
    let server = Server::start(picky).await;
    let families = [family("bad1", 1), family("bad2", 1)];
    let error = client(&server)
        .put_bisecting(&group(), &families)
        .await
        .unwrap_err();
    assert_eq!(error.code(), "push-rejected");
    let puts = server
        .requests()
        .iter()
        .filter(|request| request.method == "PUT")
        .count();
    assert_eq!(puts, 1);
}

#[tokio::test]
async fn the_search_ends_even_when_everything_is_refused() {
    let server = Server::start(picky).await;
    let families: Vec<_> = (0..500).map(|n| family(&format!("bad{n}"), 1)).collect();
    client(&server)
        .put_bisecting(&group(), &families)
        .await
        .unwrap_err();
    assert!(server.requests().len() < 70, "{}", server.requests().len());
}

#[tokio::test]
async fn a_push_is_proven_by_reading_back() {
    let json = r#"{"status":"success","data":[{"labels":{"job":"aws_es"},"last_push_successful":true,
        "a":{"type":"GAUGE","metrics":[{"labels":{"n":"0"},"value":"0"}]},
        "push_time_seconds":{"type":"GAUGE","metrics":[{"labels":{},"value":"1.7e+09"}]}}]}"#;
    let server = Server::script(&[
        Reply::Truncated(json.into()),
        Reply::Answer(200, json.into()),
    ])
    .await;
    let gateway = client(&server);
    let expected = |samples| [Expected::after_put(&group(), &[family("a", samples)])];
    gateway.verify(&expected(1)).await.unwrap();
    let error = gateway.verify(&expected(2)).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the Pushgateway does not hold what was pushed: `a` in group `aws_es` has 1 samples, not 2"
    );
    assert_eq!(
        (error.exit(), error.code()),
        (Exit::Transient, "push-readback")
    );
    let stored = gateway.stored(|_| Detail::Samples).await.unwrap();
    assert_eq!(stored[0].families[0].family, family("a", 1));
    assert!(
        server
            .requests()
            .iter()
            .all(|r| r.path == "/api/v1/metrics" && r.method == "GET")
    );
}

#[tokio::test]
async fn an_answer_that_is_not_the_api_s_is_named_as_such() {
    let server = Server::script(&[Reply::Answer(200, "<html>".into())]).await;
    let error = client(&server).verify(&[]).await.unwrap_err();
    assert!(matches!(
        error,
        VerifyError::Read(GatewayError::Undecodable { .. })
    ));
    assert_eq!(error.code(), "push-undecodable");
}
