//! Compressed answers: read as what they are, and limited by what comes out of them.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use k8s_openapi::api::core::v1::{ConfigMap, Pod};
use serde_json::json;

use super::cluster;
use crate::cluster::testing::{Asked, Reply, Server};
use crate::cluster::{ClusterError, Kind};

pub(super) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Blanks are nothing in JSON, so that an answer can be as long as it likes.
pub(super) fn padded(json: &str, bytes: usize) -> Vec<u8> {
    format!("{json}{}", " ".repeat(bytes - json.len())).into_bytes()
}

async fn server(reply: Reply) -> Server {
    Server::start(move |_: &Asked| reply.clone()).await
}

async fn list(reply: Reply) -> Result<Vec<ConfigMap>, ClusterError> {
    cluster(&server(reply).await)
        .await
        .list("monitoring", "")
        .await
}

async fn get(reply: Reply) -> Result<Pod, ClusterError> {
    cluster(&server(reply).await)
        .await
        .get("monitoring", "p")
        .await
}

async fn page(reply: Reply) -> Result<String, ClusterError> {
    let cluster = cluster(&server(reply).await).await;
    cluster
        .pod_proxy_get("monitoring", "a-0", 9093, "/metrics")
        .await
}

#[tokio::test]
async fn a_compressed_answer_is_asked_for_and_read() {
    let body = json!({"items": [{"metadata": {"name": "a"}, "data": {"a.json": "{}"}}]});
    let server = server(Reply::Gzip(200, gzip(body.to_string().as_bytes()))).await;
    let maps: Vec<ConfigMap> = cluster(&server).await.list("jobs", "").await.unwrap();
    assert_eq!(maps[0].data.as_ref().unwrap()["a.json"], "{}");
    assert_eq!(server.asked()[0].accept_encoding.as_deref(), Some("gzip"));
}

#[tokio::test]
async fn a_compressed_refusal_keeps_its_reason() {
    let Reply::Text(status, _, text) = Reply::refusal(403, "Forbidden") else {
        panic!("a refusal is a text");
    };
    let error = get(Reply::Gzip(status, gzip(text.as_bytes())))
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "prod-e1-1: get pods/p in monitoring: 403 Forbidden"
    );
}

#[tokio::test]
async fn lists_may_be_larger_than_objects_and_what_is_compressed_may_not_be_larger() {
    let (empty, pod) = (r#"{"items": []}"#, r#"{"metadata": {}}"#);
    let (list_limit, get_limit) = (32 << 20, 8 << 20);
    let plain = |bytes| Reply::Text(200, Vec::new(), String::from_utf8(bytes).unwrap());
    let compressed = |bytes: Vec<u8>| {
        let bomb = gzip(&bytes);
        assert!(bomb.len() < bytes.len() / 20, "a bomb is small on the wire");
        Reply::Gzip(200, bomb)
    };
    assert_eq!(list(plain(padded(empty, list_limit))).await, Ok(vec![]));
    assert_eq!(
        list(compressed(padded(empty, list_limit))).await,
        Ok(vec![])
    );
    assert!(get(plain(padded(pod, get_limit))).await.is_ok());
    assert!(get(compressed(padded(pod, get_limit))).await.is_ok());
    let errors = [
        list(plain(padded(empty, list_limit + 1)))
            .await
            .unwrap_err(),
        list(compressed(padded(empty, list_limit + 1)))
            .await
            .unwrap_err(),
        list(compressed(padded(empty, 5 * list_limit)))
            .await
            .unwrap_err(),
        get(compressed(padded(pod, get_limit + 1)))
            .await
            .unwrap_err(),
        page(compressed(padded("", list_limit + 1)))
            .await
            .map(drop)
            .unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.kind, Kind::TooLarge);
        assert_eq!(error.reason, "the answer is too large");
    }
}

#[tokio::test]
async fn a_proxied_pod_is_asked_for_plain_text_and_read_when_it_compresses_nevertheless() {
    let text = "up 1\n";
    let plain = Reply::Text(200, Vec::new(), text.to_owned());
    let compressed = Reply::Gzip(200, gzip(text.as_bytes()));
    for reply in [plain, compressed] {
        let server = server(reply).await;
        let cluster = cluster(&server).await;
        let page = cluster.pod_proxy_get("monitoring", "a-0", 9093, "/metrics");
        assert_eq!(page.await.unwrap(), text);
        let asked = server.asked().remove(0);
        assert_eq!(asked.accept_encoding.as_deref(), Some("identity"));
    }
    let denial = page(Reply::Gzip(403, gzip(b"no"))).await.unwrap_err();
    assert_eq!(denial.reason, "Forbidden, said by the pod");
}

#[tokio::test]
async fn an_answer_is_never_taken_for_whole_when_only_a_part_of_it_could_be_read() {
    let whole = gzip("up 1\n".repeat(1_000).as_bytes());
    let middle = whole.len() / 2;
    let cut = whole[..middle].to_vec();
    let mut unknown = whole.clone();
    // The first block behind the head of 10 bytes is of a kind that there is not.
    unknown[10] |= 0b110;
    let mut checksum = whole;
    let place = checksum.len() - 8;
    checksum[place] ^= 0xff;
    let broken = "the answer's compression is broken";
    let table = [
        (cut, Kind::Unreachable, "unexpected end of file"),
        (unknown, Kind::Undecodable, broken),
        (checksum, Kind::Undecodable, broken),
        (b"no gzip at all".to_vec(), Kind::Undecodable, broken),
    ];
    for (bytes, kind, reason) in table {
        let error = page(Reply::Gzip(200, bytes)).await.unwrap_err();
        assert_eq!((error.kind, error.reason.as_str()), (kind, reason));
    }
    // Of several compressed parts only the first is read, and then JSON misses its end.
    let parts = [gzip(br#"{"items": ["#), gzip(br#"{"metadata": {}}]}"#)];
    let error = list(Reply::Gzip(200, parts.concat())).await.unwrap_err();
    assert_eq!(error.reason, "not read: line 1 column 11");
}
