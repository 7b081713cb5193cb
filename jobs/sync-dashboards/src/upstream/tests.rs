mod body;
mod cache;
mod local;
mod redirects;
mod server;

use std::path::Path;
use std::time::Duration;

use common::aws::CallMeter;
use common::cancel::{Cancellation, Cause};
use common::clock::Clock;
use common::env::Env;
use common::trouble::Trouble;
use tempfile::tempdir;

use super::{Fetched, How, Http, Limits, Origin, Source, current, pinned, resolve};
use crate::digest::Digest;
use crate::pin::{Pin, Place, Reference};
use server::{Reply, Server, ok, with};

const FILE: &[u8] = b"apiVersion: v1\nkind: ConfigMapList\n";
const OTHER: &[u8] = b"apiVersion: v1\nkind: Another\n";
const COMMIT: &str = "4d719f1dea8853540b3823ab1fbe6be74a9953b3";

fn limits() -> Limits {
    Limits {
        total: Duration::from_secs(5),
        shortest_pause: Duration::from_millis(1),
        longest_pause: Duration::from_millis(5),
        ..Limits::default()
    }
}

fn source(from: Vec<Origin>, cache: Option<&Path>) -> Source {
    Source {
        place: Place {
            repository: "owner/name".to_owned(),
            path: "manifests/file.yaml".to_owned(),
        },
        from,
        cache: cache.map(Path::to_owned),
        limits: limits(),
        extra_ca: None,
    }
}

fn raw(server: &Server) -> Origin {
    Origin::GithubRaw {
        base: server.url.parse().unwrap(),
    }
}

fn api(server: &Server) -> Origin {
    Origin::GithubApi {
        base: server.url.parse().unwrap(),
    }
}

fn mirror(template: String) -> Origin {
    Origin::Mirror { template }
}

fn http(source: &Source, env: &[(&str, &str)]) -> Http {
    counted(source, env, CallMeter::default())
}

fn counted(source: &Source, env: &[(&str, &str)], meter: CallMeter) -> Http {
    let mut env: Vec<_> = env.to_vec();
    let path = std::env::var_os("PATH").unwrap().into_string().unwrap();
    env.push(("PATH", &path));
    let env: Env = env.into_iter().collect();
    let clock = Clock::fixed(jiff::Timestamp::UNIX_EPOCH);
    Http::with(source, &env, clock, meter).unwrap()
}

fn pin(reference: &str) -> Pin {
    Pin {
        reference: reference.parse().unwrap(),
        sha256: Digest::of(FILE),
    }
}

async fn fetch(source: &Source, reference: &str) -> Result<Fetched, Trouble> {
    let http = http(source, &[]);
    pinned(source, &pin(reference), &http, &Cancellation::default()).await
}

async fn look(source: &Source, reference: &str) -> Result<Fetched, Trouble> {
    let http = http(source, &[]);
    let reference: Reference = reference.parse().unwrap();
    current(source, &reference, &http, &Cancellation::default()).await
}

/// What comes of a server that says this, and how often it was asked.
async fn outcome(replies: &[Reply]) -> (Result<Fetched, Trouble>, usize) {
    let server = Server::script(replies).await;
    let result = fetch(&source(vec![raw(&server)], None), COMMIT).await;
    (result, server.requests().len())
}

async fn code(replies: &[Reply]) -> (&'static str, usize) {
    let (result, asked) = outcome(replies).await;
    (
        result.map_or_else(|trouble| trouble.code, |_| "fetched"),
        asked,
    )
}

#[tokio::test]
async fn the_file_comes_from_where_github_has_it() {
    let server = Server::script(&[ok(FILE)]).await;
    let source = source(vec![raw(&server)], None);
    let fetched = fetch(&source, COMMIT).await.unwrap();
    assert_eq!((fetched.bytes.as_slice(), fetched.how), (FILE, How::Fresh));
    let path = format!("/owner/name/{COMMIT}/manifests/file.yaml");
    assert_eq!(fetched.origin, format!("{}{path}", server.url));
    let request = &server.requests()[0];
    assert_eq!(request.path, path);
    assert_eq!(request.headers["accept-encoding"], "gzip");
    assert!(request.headers["user-agent"].starts_with("monitoring-jobs/"));
    assert!(!request.headers.contains_key("authorization"));
}

#[tokio::test]
async fn the_api_is_asked_for_bytes_and_given_the_token_which_nobody_else_gets() {
    let server = Server::script(&[ok(FILE)]).await;
    let plain = Server::script(&[ok(OTHER)]).await;
    let source = source(vec![raw(&plain), api(&server)], None);
    let meter = CallMeter::default();
    let http = counted(&source, &[("GITHUB_TOKEN", "hunter2\n")], meter.clone());
    let cancel = Cancellation::default();
    pinned(&source, &pin("v0.18.0"), &http, &cancel)
        .await
        .unwrap();
    let request = &server.requests()[0];
    assert_eq!(
        request.path,
        "/repos/owner/name/contents/manifests/file.yaml?ref=v0.18.0"
    );
    assert_eq!(request.headers["accept"], "application/vnd.github.raw+json");
    assert_eq!(request.headers["authorization"], "Bearer hunter2");
    assert!(!plain.requests()[0].headers.contains_key("authorization"));
    assert!(!format!("{http:?}").contains("hunter2"));
    let counts: Vec<_> = meter
        .counts()
        .into_iter()
        .map(|(kind, count)| (kind.operation, count))
        .collect();
    assert_eq!(
        counts,
        [("GetContents".to_owned(), 1), ("GetRaw".to_owned(), 1)]
    );
}

#[tokio::test]
async fn broken_connections_and_passing_statuses_are_tried_again() {
    let busy = |status| with(status, "", b"");
    let replies = [Reply::Close, busy(503), busy(429), ok(FILE)];
    assert_eq!(code(&replies).await, ("fetched", 4));
    for status in [408, 425, 429, 500, 502, 503, 504] {
        assert_eq!(
            code(&[busy(status)]).await,
            ("upstream-unreachable", 4),
            "{status}"
        );
    }
    assert_eq!(code(&[Reply::Close]).await, ("upstream-unreachable", 4));
}

#[tokio::test]
async fn final_statuses_are_not_tried_again() {
    for (status, want) in [
        (401, "upstream-denied"),
        (403, "upstream-denied"),
        (404, "upstream-missing"),
        (410, "upstream-missing"),
        (204, "upstream-not-the-file"),
        (206, "upstream-not-the-file"),
        (304, "upstream-not-the-file"),
    ] {
        assert_eq!(code(&[with(status, "", b"")]).await, (want, 1), "{status}");
    }
}

#[tokio::test]
async fn rate_limits_are_waited_for_within_the_budget() {
    let limited = with(403, "retry-after: 0", b"");
    assert_eq!(code(&[limited, ok(FILE)]).await, ("fetched", 2));
    let spent = "x-ratelimit-remaining: 0\nx-ratelimit-reset: 0";
    assert_eq!(
        code(&[with(403, spent, b""), ok(FILE)]).await,
        ("fetched", 2)
    );
    let hour = "x-ratelimit-remaining: 0\nx-ratelimit-reset: 3600";
    assert_eq!(
        code(&[with(403, hour, b""), ok(FILE)]).await,
        ("upstream-unreachable", 1)
    );
    assert_eq!(
        code(&[with(429, "retry-after: 91", b"")]).await,
        ("upstream-unreachable", 1)
    );
}

#[tokio::test]
async fn a_silent_server_is_left_in_time() {
    let server = Server::script(&[Reply::Hang]).await;
    let mut source = source(vec![raw(&server)], None);
    source.limits.total = Duration::from_millis(50);
    source.limits.tries = 2;
    let trouble = fetch(&source, COMMIT).await.unwrap_err();
    assert_eq!(trouble.code, "upstream-unreachable");
    assert!(
        trouble
            .text
            .ends_with("no answer within the time limit (2 tries)"),
        "{trouble}"
    );
}

#[tokio::test]
async fn nobody_at_the_address_and_nobody_who_speaks_tls_are_tried_again() {
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = closed.local_addr().unwrap();
    drop(closed);
    let plain = Server::script(&[ok(FILE)]).await;
    for url in [
        format!("http://{address}/x"),
        plain.url.replace("http:", "https:"),
    ] {
        let trouble = fetch(&source(vec![mirror(url)], None), COMMIT)
            .await
            .unwrap_err();
        assert_eq!(trouble.code, "upstream-unreachable");
        assert!(trouble.text.contains("cannot be reached: "), "{trouble}");
        assert!(trouble.text.ends_with("(4 tries)"), "{trouble}");
    }
}

#[tokio::test]
async fn the_proxy_of_the_environment_is_used_except_where_it_says_so() {
    let proxy = Server::script(&[with(403, "", b"")]).await;
    let source = source(vec![mirror("https://upstream.invalid/x".to_owned())], None);
    let ask = async |except| {
        let http = http(
            &source,
            &[("https_proxy", &proxy.url), ("NO_PROXY", except)],
        );
        let cancel = Cancellation::default();
        let trouble = pinned(&source, &pin(COMMIT), &http, &cancel)
            .await
            .unwrap_err();
        assert_eq!(trouble.code, "upstream-unreachable");
        proxy.requests()
    };
    assert!(ask("upstream.invalid").await.is_empty());
    assert_eq!(ask("other.invalid").await[0].path, "upstream.invalid:443");
}

#[tokio::test]
async fn other_bytes_are_passed_over_and_told() {
    let stale = Server::script(&[ok(OTHER)]).await;
    let good = Server::script(&[ok(FILE)]).await;
    let fetched = fetch(&source(vec![raw(&stale), raw(&good)], None), COMMIT)
        .await
        .unwrap();
    assert!(fetched.origin.starts_with(&good.url));
    let note = format!(
        "{}/owner/name/{COMMIT}/manifests/file.yaml: has sha256 {}",
        stale.url,
        Digest::of(OTHER)
    );
    assert_eq!(fetched.notes, [note]);

    let gone = Server::script(&[with(404, "", b"")]).await;
    let source = source(vec![raw(&stale), raw(&gone)], None);
    let trouble = fetch(&source, COMMIT).await.unwrap_err();
    assert_eq!(trouble.code, "digest-mismatch");
    for part in [
        &Digest::of(FILE).to_string(),
        &Digest::of(OTHER).to_string(),
        &stale.url,
        &gone.url,
    ] {
        assert!(trouble.text.contains(part.as_str()), "{trouble}");
    }
}

#[tokio::test]
async fn the_most_telling_failure_decides_and_all_are_named() {
    let gone = Server::script(&[with(404, "", b"")]).await;
    let shut = Server::script(&[with(401, "", b"")]).await;
    let trouble = fetch(&source(vec![raw(&shut), raw(&gone)], None), COMMIT)
        .await
        .unwrap_err();
    assert_eq!(trouble.code, "upstream-missing");
    assert!(
        trouble.text.contains(&shut.url) && trouble.text.contains(&gone.url),
        "{trouble}"
    );
}

#[tokio::test]
async fn the_api_tells_a_names_commit_and_nobody_else_is_asked() {
    let server = Server::script(&[
        ok(format!("{COMMIT}\n").as_bytes()),
        with(404, "", b""),
        ok(b"{}"),
    ])
    .await;
    let plain = Server::script(&[ok(FILE)]).await;
    let source = source(vec![raw(&plain), api(&server)], None);
    let http = http(&source, &[]);
    let cancel = Cancellation::default();
    let resolve = async |name: &str| {
        resolve(&source, &name.parse().unwrap(), &http, &cancel)
            .await
            .unwrap()
    };
    assert_eq!(resolve("v1").await.unwrap().as_str(), COMMIT);
    assert_eq!(server.requests()[0].path, "/repos/owner/name/commits/v1");
    assert_eq!(
        server.requests()[0].headers["accept"],
        "application/vnd.github.sha"
    );
    assert_eq!(resolve("v2").await, None);
    assert_eq!(resolve("v3").await, None);
    assert_eq!(resolve(COMMIT).await.unwrap().as_str(), COMMIT);
    assert_eq!((server.requests().len(), plain.requests().len()), (3, 0));
}

#[tokio::test]
async fn a_run_that_is_told_to_stop_does_not_wait() {
    let server = Server::script(&[Reply::Hang]).await;
    let source = source(vec![raw(&server)], None);
    let http = http(&source, &[]);
    let cancel = Cancellation::default();
    cancel.cancel(Cause::Deadline);
    let trouble = pinned(&source, &pin(COMMIT), &http, &cancel)
        .await
        .unwrap_err();
    assert_eq!(trouble.code, "deadline");
}

#[test]
fn authorities_and_proxies_are_checked_before_anything_is_sent() {
    let directory = tempdir().unwrap();
    let file = directory.path().join("ca.pem");
    let mut source = source(Vec::new(), None);
    source.extra_ca = Some(file.clone());
    let fails = |source: &Source, env: &[(&str, &str)]| {
        let env: Env = env.iter().copied().collect();
        Http::with(source, &env, Clock::system(), CallMeter::default())
            .unwrap_err()
            .text
    };
    assert!(fails(&source, &[]).contains("ca.pem"));
    std::fs::write(&file, "no certificate").unwrap();
    assert!(fails(&source, &[]).contains("no certificate in PEM"));
    source.extra_ca = None;
    let text = fails(&source, &[("HTTPS_PROXY", "http://u:hunter2@:x")]);
    assert_eq!(text, "HTTPS_PROXY is not the URL of a proxy");
}
