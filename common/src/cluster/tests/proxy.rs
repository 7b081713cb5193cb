//! Pods behind the API server.

use super::cluster;
use crate::cluster::Kind;
use crate::cluster::testing::{Asked, Reply, Server};

#[tokio::test]
async fn a_pods_page_comes_through_the_api_server() {
    let page = || Reply::Text(200, Vec::new(), "up 1\n".into());
    let server = Server::start(move |_: &Asked| page()).await;
    let cluster = cluster(&server).await;
    let text = cluster
        .pod_proxy_get("monitoring", "alertmanager-0", 9093, "/metrics?x=1")
        .await;
    assert_eq!(text.unwrap(), "up 1\n");
    assert_eq!(
        server.lines(),
        ["GET /api/v1/namespaces/monitoring/pods/alertmanager-0:9093/proxy/metrics?x=1"]
    );
}

#[tokio::test]
async fn of_a_pods_page_anything_but_200_is_an_error_and_says_who_spoke() {
    let text = |status| Reply::Text(status, Vec::new(), "hunter2".into());
    let elsewhere = Reply::Text(302, vec![("location", "/elsewhere".into())], String::new());
    let table = [
        (
            Reply::refusal(403, "Forbidden"),
            Kind::Denied,
            "403 Forbidden",
        ),
        (
            Reply::refusal(503, "ServiceUnavailable"),
            Kind::Server,
            "503 ServiceUnavailable",
        ),
        (text(403), Kind::Invalid, "403 Forbidden, said by the pod"),
        (
            text(401),
            Kind::Invalid,
            "401 Unauthorized, said by the pod",
        ),
        (text(404), Kind::NotFound, "404 Not Found, said by the pod"),
        (text(502), Kind::Server, "502 Bad Gateway, said by the pod"),
        (text(204), Kind::Undecodable, "204 No Content"),
        (elsewhere, Kind::Undecodable, "302 Found, said by the pod"),
    ];
    for (reply, kind, said) in table {
        let server = Server::start(move |_: &Asked| reply.clone()).await;
        let cluster = cluster(&server).await;
        let page = cluster.pod_proxy_get("monitoring", "a-0", 9093, "/api/v2/status");
        let error = page.await.unwrap_err();
        assert_eq!(error.kind, kind, "{said}");
        let expected = format!("prod-e1-1: get pods/proxy/a-0:9093 in monitoring: {said}");
        assert_eq!(error.to_string(), expected);
        assert_eq!(server.lines().len(), 1, "nothing is followed or repeated");
    }
}
