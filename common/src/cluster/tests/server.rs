//! What a server tells about itself and about who asks.

use serde_json::{Value, json};

use super::cluster;
use crate::cluster::testing::{Asked, Reply, Server};
use crate::cluster::{Ask, Kind, Verb};
use crate::fault::Fault as _;

async fn server(answer: Value) -> Server {
    Server::start(move |_: &Asked| Reply::json(&answer)).await
}

#[tokio::test]
async fn version_and_schemas_are_read_from_their_places() {
    let answer = json!({"major": "1", "gitVersion": "v1.34.1-eks-113cf36", "openapi": "3.0.0"});
    let server = server(answer).await;
    let cluster = cluster(&server).await;
    let version = cluster.server_version().await.unwrap();
    assert_eq!(version, "v1.34.1-eks-113cf36");
    let schemas = cluster.open_api("monitoring.coreos.com", "v1").await;
    assert_eq!(schemas.unwrap()["openapi"], "3.0.0");
    cluster.open_api("", "v1").await.unwrap();
    assert_eq!(
        server.lines(),
        [
            "GET /version",
            "GET /openapi/v3/apis/monitoring.coreos.com/v1",
            "GET /openapi/v3/api/v1",
        ]
    );
    for (group, version) in [("a/b", "v1"), ("a", ".."), ("", "v1?x"), ("a", "")] {
        let error = cluster.open_api(group, version).await.unwrap_err();
        assert_eq!(error.kind, Kind::Invalid);
    }
    assert_eq!(server.lines().len(), 3);
}

#[tokio::test]
async fn a_server_without_a_version_is_none() {
    let server = server(json!({"status": "ok"})).await;
    let error = cluster(&server).await.server_version().await.unwrap_err();
    assert_eq!(error.kind, Kind::Undecodable);
    insta::assert_snapshot!(error, @"prod-e1-1: get /version: not read: line 1 column 15");
}

#[tokio::test]
async fn what_is_no_object_is_allowed_by_its_path() {
    let refusal = || Reply::refusal(403, "Forbidden");
    let server = Server::start(move |_: &Asked| refusal()).await;
    let error = cluster(&server).await.open_api("apps", "v1").await;
    insta::assert_snapshot!(
        error.unwrap_err().hint().unwrap(),
        @r#"allow `get /openapi/v3/apis/apps/v1`: add {nonResourceURLs: ["/openapi/v3/apis/apps/v1"], verbs: [get]} to the job's ClusterRole in prod-e1-1"#
    );
}

#[tokio::test]
async fn the_server_says_who_asks() {
    let name = "system:serviceaccount:monitoring:check-consistency";
    let server = server(json!({
        "kind": "SelfSubjectReview", "apiVersion": "authentication.k8s.io/v1",
        "metadata": {"creationTimestamp": "2026-01-02T12:00:00Z"},
        "status": {"userInfo": {"username": name, "uid": "u", "groups": ["system:authenticated"]}},
    }))
    .await;
    assert_eq!(cluster(&server).await.who_am_i().await.unwrap(), name);
    let asked = server.asked().remove(0);
    assert_eq!(
        asked.line,
        "POST /apis/authentication.k8s.io/v1/selfsubjectreviews"
    );
    assert_eq!(asked.content_type.as_deref(), Some("application/json"));
    assert_eq!(
        asked.body,
        json!({"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"})
    );
}

#[tokio::test]
async fn a_permission_is_asked_for_as_rbac_sees_the_call() {
    let ask = |verb, group: &str, resource: &str, name: Option<&str>, namespace: &str| Ask {
        verb,
        group: group.into(),
        resource: resource.into(),
        name: name.map(Into::into),
        namespace: namespace.into(),
    };
    let table = [
        (
            ask(Verb::List, "apps", "deployments", None, "monitoring"),
            json!({"resourceAttributes": {
                "namespace": "monitoring", "verb": "list", "group": "apps",
                "resource": "deployments", "subresource": "", "name": "",
            }}),
        ),
        (
            ask(
                Verb::Get,
                "",
                "services/proxy",
                Some("http:prometheus:web"),
                "monitoring",
            ),
            json!({"resourceAttributes": {
                "namespace": "monitoring", "verb": "get", "group": "", "resource": "services",
                "subresource": "proxy", "name": "http:prometheus:web",
            }}),
        ),
        (
            ask(Verb::Get, "", "namespaces", Some("kube-system"), ""),
            json!({"resourceAttributes": {
                "namespace": "", "verb": "get", "group": "", "resource": "namespaces",
                "subresource": "", "name": "kube-system",
            }}),
        ),
        (
            ask(Verb::Get, "", "/openapi/v3", Some("api/v1"), ""),
            json!({"nonResourceAttributes": {"path": "/openapi/v3/api/v1", "verb": "get"}}),
        ),
    ];
    for allowed in [true, false] {
        // A reason can stand beside it, and that not every authorizer could be asked.
        let status = json!({"allowed": allowed, "reason": "RBAC", "evaluationError": "x"});
        let server = server(json!({"status": status})).await;
        let cluster = cluster(&server).await;
        for (ask, _) in &table {
            assert_eq!(cluster.may(ask).await.unwrap(), allowed);
        }
        for (asked, (_, spec)) in server.asked().into_iter().zip(&table) {
            assert_eq!(
                asked.line,
                "POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
            );
            assert_eq!(
                asked.body,
                json!({
                    "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
                    "spec": spec,
                })
            );
        }
    }
    // Without a word there is no permission, and no denial either.
    let server = server(json!({"status": {}})).await;
    let error = cluster(&server).await.may(&table[0].0).await.unwrap_err();
    assert_eq!(error.kind, Kind::Undecodable);
}
