//! Pods and services behind the API server.

use super::cluster;
use crate::cluster::testing::{Asked, Reply, Server};
use crate::cluster::{ClusterError, Kind};
use crate::fault::Fault as _;

async fn of_service(reply: Reply) -> Result<String, ClusterError> {
    let server = Server::start(move |_: &Asked| reply.clone()).await;
    let cluster = cluster(&server).await;
    let page = cluster.service_proxy_get("monitoring", "prometheus", "web", "api/v1/rules");
    page.await
}

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

#[tokio::test]
async fn a_services_page_comes_by_the_number_or_the_name_of_its_port() {
    let page = || Reply::Text(200, Vec::new(), "[]".into());
    let server = Server::start(move |_: &Asked| page()).await;
    let cluster = cluster(&server).await;
    for (port, path) in [("9090", "api/v1/rules?type=alert"), ("web", "/-/ready")] {
        let text = cluster.service_proxy_get("monitoring", "prometheus", port, path);
        assert_eq!(text.await.unwrap(), "[]");
    }
    let services = "GET /api/v1/namespaces/monitoring/services";
    assert_eq!(
        server.lines(),
        [
            format!("{services}/http:prometheus:9090/proxy/api/v1/rules?type=alert"),
            format!("{services}/http:prometheus:web/proxy/-/ready"),
        ]
    );
    let asked = server.asked().remove(0);
    assert_eq!(asked.accept_encoding.as_deref(), Some("identity"));
}

#[tokio::test]
async fn a_web_page_is_no_data() {
    let login = |kind: &str| {
        let headers = vec![("content-type", kind.to_owned())];
        Reply::Text(200, headers, "<html>hunter2</html>".into())
    };
    for kind in [
        "text/html",
        "text/html; charset=utf-8",
        "TEXT/HTML ;charset=utf-8",
        "application/xhtml+xml",
    ] {
        let error = of_service(login(kind)).await.unwrap_err();
        assert_eq!(error.kind, Kind::Undecodable, "{kind}");
        assert_eq!(
            error.to_string(),
            "prod-e1-1: get services/proxy/http:prometheus:web in monitoring: a web page"
        );
        assert!(!format!("{error:?}").contains("hunter2"));
        assert_eq!(
            error.hint().unwrap(),
            "look at what answers there in prod-e1-1: it wants a login, or is something else"
        );
    }
    for kind in ["application/json", "text/plain; version=0.0.4"] {
        assert!(of_service(login(kind)).await.is_ok(), "{kind}");
    }
}

#[tokio::test]
async fn of_a_service_it_is_told_whether_the_api_server_or_the_service_refuses() {
    let text = |status| Reply::Text(status, Vec::new(), "hunter2".into());
    let table = [
        (
            Reply::refusal(403, "Forbidden"),
            Kind::Denied,
            "403 Forbidden",
        ),
        (
            text(403),
            Kind::Invalid,
            "403 Forbidden, said by the service",
        ),
        (text(410), Kind::Invalid, "410 Gone, said by the service"),
        (
            text(404),
            Kind::NotFound,
            "404 Not Found, said by the service",
        ),
    ];
    for (reply, kind, said) in table {
        let error = of_service(reply).await.unwrap_err();
        assert_eq!(error.kind, kind, "{said}");
        assert!(error.to_string().ends_with(said), "{error}");
        assert!(!format!("{error:?}").contains("hunter2"));
    }
    let denied = of_service(Reply::refusal(403, "Forbidden")).await;
    insta::assert_snapshot!(
        denied.unwrap_err().hint().unwrap(),
        @r#"allow `get services/proxy/http:prometheus:web in monitoring`: add {apiGroups: [""], resources: [services/proxy], resourceNames: ["http:prometheus:web"], verbs: [get]} to the job's Role in namespace monitoring of prod-e1-1"#
    );
}

#[tokio::test]
async fn a_name_never_leads_elsewhere() {
    let server = Server::start(|_: &Asked| Reply::Silence).await;
    let cluster = cluster(&server).await;
    for (namespace, service) in [("a/../b", "s"), ("..", "s"), ("a", "s/t"), ("a", "s?x=")] {
        let page = cluster.service_proxy_get(namespace, service, "80", "");
        assert_eq!(page.await.unwrap_err().kind, Kind::Invalid);
    }
    assert!(server.asked().is_empty());
}
