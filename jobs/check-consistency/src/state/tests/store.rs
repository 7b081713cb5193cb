//! Memory in a `ConfigMap`, with all that can go wrong there.

use common::cancel::Cancellation;
use common::clock::Clock;
use common::trouble::Trouble;
use serde_json::{Value, json};

use super::super::{Loaded, Memory, Store, load, save};
use super::server::Server;
use super::{memory, time};

pub(super) const NEWER: &str = r#"{"schema": 7, "drift": "in another form"}"#;

fn store(server: &Server) -> Store {
    Store::ConfigMap {
        cluster: server.cluster.clone(),
        namespace: "monitoring".to_owned(),
        name: "check-consistency".to_owned(),
    }
}

pub(super) async fn loaded(store: &Store) -> Loaded {
    load(store, &clock(), &Cancellation::default()).await
}

pub(super) async fn saved(store: &Store, loaded: Loaded, memory: &Memory) -> Result<(), Trouble> {
    save(store, loaded, memory, &clock(), &Cancellation::default()).await
}

fn clock() -> Clock {
    Clock::fixed(time("08:00:00"))
}

/// The object with this text, at this version.
fn map(version: &str, text: Option<&str>) -> Value {
    let mut map = json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {
            "name": "check-consistency", "namespace": "monitoring", "resourceVersion": version,
            "labels": { "kept": "yes" },
        },
    });
    if let Some(text) = text {
        map["data"] = json!({ "memory.json": text, "note": "of a person" });
    }
    map
}

fn refusal(status: u16, reason: &str) -> (u16, Value) {
    let body = json!({
        "kind": "Status", "apiVersion": "v1", "status": "Failure", "code": status, "reason": reason,
    });
    (status, body)
}

/// The memory in a request.
fn written(body: &Value) -> Memory {
    Memory::parse(body["data"]["memory.json"].as_str().unwrap()).unwrap()
}

#[tokio::test]
async fn memory_is_written_over_what_was_read_and_nothing_else_is_touched() {
    let old = memory("a", "07:00:00");
    let new = memory("b", "08:00:00");
    let server = Server::start(vec![
        (200, map("41", Some(&old.to_text()))),
        (200, map("42", None)),
    ])
    .await;
    let store = store(&server);
    let found = loaded(&store).await;
    assert_eq!(
        (&found.memory, found.known, &found.warning),
        (&old, true, &None)
    );
    saved(&store, found, &new).await.unwrap();

    let asked = server.asked();
    let path = "/api/v1/namespaces/monitoring/configmaps/check-consistency";
    assert_eq!(asked[0].line, format!("GET {path}"));
    assert!(
        asked[1].line.starts_with(&format!("PUT {path}?")),
        "{asked:?}"
    );
    let body = &asked[1].body;
    assert_eq!(body["metadata"]["resourceVersion"], "41");
    assert_eq!(body["metadata"]["labels"]["kept"], "yes");
    assert_eq!(body["data"]["note"], "of a person");
    assert_eq!(written(body), new);
}

#[tokio::test]
async fn the_first_run_makes_the_config_map_and_knows_no_ages() {
    let server = Server::start(vec![refusal(404, "NotFound"), (201, map("1", None))]).await;
    let store = store(&server);
    let found = loaded(&store).await;
    assert!(!found.known);
    assert_eq!(
        found.warning.as_deref(),
        Some(
            "nothing is remembered in ConfigMap monitoring/check-consistency of prod-e1-1 yet: \
             ages begin with this run"
        )
    );
    let new = memory("a", "08:00:00");
    saved(&store, found, &new).await.unwrap();
    assert_eq!(server.methods(), ["GET", "POST"]);
    let asked = server.asked();
    assert_eq!(asked[1].body["metadata"]["name"], "check-consistency");
    assert_eq!(written(&asked[1].body), new);
}

#[tokio::test]
async fn a_config_map_without_memory_is_filled() {
    let server = Server::start(vec![(200, map("1", None)), (200, map("2", None))]).await;
    let store = store(&server);
    let found = loaded(&store).await;
    assert!(!found.known);
    saved(&store, found, &Memory::default()).await.unwrap();
    assert_eq!(server.methods(), ["GET", "PUT"]);
}

#[tokio::test]
async fn damaged_memory_is_written_anew_with_a_warning() {
    let server = Server::start(vec![
        (200, map("1", Some("{\"schema\": 1, \"dr"))),
        (200, map("2", None)),
    ])
    .await;
    let store = store(&server);
    let found = loaded(&store).await;
    assert_eq!((&found.memory, found.known), (&Memory::default(), false));
    let warning = found.warning.clone().unwrap();
    assert!(warning.contains("it is damaged"), "{warning}");
    saved(&store, found, &Memory::default()).await.unwrap();
    assert_eq!(server.methods(), ["GET", "PUT"]);
}

#[tokio::test]
async fn memory_of_a_newer_version_is_never_overwritten() {
    let server = Server::start(vec![(200, map("1", Some(NEWER)))]).await;
    let store = store(&server);
    let found = loaded(&store).await;
    assert!(!found.known);
    let warning = found.warning.clone().unwrap();
    assert!(warning.contains("schema 7, known is 1"), "{warning}");
    saved(&store, found, &Memory::default()).await.unwrap();
    assert_eq!(server.methods(), ["GET"]);
}

#[tokio::test]
async fn what_another_run_wrote_meanwhile_is_merged_in() {
    let old = memory("a", "07:00:00");
    let theirs = memory("b", "07:30:00");
    let new = memory("c", "08:00:00");
    let server = Server::start(vec![
        (200, map("1", Some(&old.to_text()))),
        refusal(409, "Conflict"),
        (200, map("2", Some(&theirs.to_text()))),
        (200, map("3", None)),
    ])
    .await;
    let store = store(&server);
    let found = loaded(&store).await;
    saved(&store, found, &new).await.unwrap();
    assert_eq!(server.methods(), ["GET", "PUT", "GET", "PUT"]);
    let asked = server.asked();
    assert_eq!(asked[3].body["metadata"]["resourceVersion"], "2");
    assert_eq!(written(&asked[3].body), new.merge(&theirs));
}

#[tokio::test]
async fn a_newer_version_that_wrote_meanwhile_is_not_overwritten() {
    let server = Server::start(vec![
        (200, map("1", Some(&Memory::default().to_text()))),
        refusal(409, "Conflict"),
        (200, map("2", Some(NEWER))),
    ])
    .await;
    let store = store(&server);
    let found = loaded(&store).await;
    let trouble = saved(&store, found, &Memory::default()).await.unwrap_err();
    assert_eq!(trouble.code, "state-newer");
    assert_eq!(server.methods(), ["GET", "PUT", "GET"]);
}

#[tokio::test]
async fn what_others_write_all_the_time_is_left_to_them_after_three_tries() {
    let text = Memory::default().to_text();
    let mut script = Vec::new();
    for version in ["1", "2", "3"] {
        script.push((200, map(version, Some(&text))));
        script.push(refusal(409, "Conflict"));
    }
    let server = Server::start(script).await;
    let store = store(&server);
    let found = loaded(&store).await;
    let trouble = saved(&store, found, &Memory::default()).await.unwrap_err();
    assert_eq!(trouble.code, "cluster-conflict");
    assert_eq!(server.methods(), ["GET", "PUT", "GET", "PUT", "GET", "PUT"]);
}

#[tokio::test]
async fn a_config_map_that_was_made_or_deleted_meanwhile_is_written_all_the_same() {
    let server = Server::start(vec![
        refusal(404, "NotFound"),
        refusal(409, "AlreadyExists"),
        (200, map("5", None)),
        refusal(404, "NotFound"),
        refusal(404, "NotFound"),
        (201, map("6", None)),
    ])
    .await;
    let store = store(&server);
    let found = loaded(&store).await;
    saved(&store, found, &Memory::default()).await.unwrap();
    assert_eq!(
        server.methods(),
        ["GET", "POST", "GET", "PUT", "GET", "POST"]
    );
}

#[tokio::test]
async fn what_could_not_be_read_at_first_is_read_before_it_is_written() {
    let theirs = memory("a", "07:00:00");
    let new = memory("a", "08:00:00");
    let server = Server::start(vec![
        refusal(500, "InternalError"),
        (200, map("1", Some(&theirs.to_text()))),
        (200, map("2", None)),
    ])
    .await;
    let store = store(&server);
    let found = loaded(&store).await;
    assert!(!found.known);
    let warning = found.warning.clone().unwrap();
    assert!(
        warning.starts_with("ages are not known: prod-e1-1: get"),
        "{warning}"
    );
    saved(&store, found, &new).await.unwrap();
    assert_eq!(written(&server.asked()[2].body), new.merge(&theirs));
}

#[tokio::test]
async fn what_may_not_be_written_is_told_and_not_tried_again() {
    let server = Server::start(vec![(200, map("1", None)), refusal(403, "Forbidden")]).await;
    let store = store(&server);
    let found = loaded(&store).await;
    let trouble = saved(&store, found, &Memory::default()).await.unwrap_err();
    assert_eq!(trouble.code, "cluster-denied");
    assert_eq!(server.methods(), ["GET", "PUT"]);
}
