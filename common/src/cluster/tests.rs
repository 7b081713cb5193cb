//! The client against a server that answers, refuses, is silent or redirects.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use jiff::Timestamp;
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::Pod;
use kube::api::{ApiResource, GroupVersionKind};
use serde_json::json;

use super::testing::{Asked, Reply, Server, connect, kubeconfig};
use super::{Access, Cluster, ClusterError, Kind, Tokens};
use crate::aws::CallMeter;
use crate::clock::Clock;
use crate::env::Env;
use crate::exit::Exit;
use crate::fault::Fault as _;

fn noon() -> Timestamp {
    "2026-01-02T12:00:00Z".parse().unwrap()
}

async fn cluster(server: &Server) -> Cluster {
    server
        .cluster(Clock::fixed(noon()), CallMeter::default())
        .await
}

/// A server that always answers the same, and what reading a Secret from it comes to.
async fn refused(reply: Reply) -> ClusterError {
    let server = Server::start(move |_: &Asked| reply.clone()).await;
    let cluster = cluster(&server).await;
    cluster
        .get_secret("monitoring", "alertmanager-main")
        .await
        .unwrap_err()
}

#[tokio::test]
async fn each_call_is_one_request_and_is_counted() {
    let object = json!({
        "metadata": {"name": "x", "resourceVersion": "8"},
        "data": {"k": "aHVudGVyMg=="}, "items": [{"metadata": {"name": "p-0"}}],
    });
    let server = Server::start(move |_: &Asked| Reply::json(&object)).await;
    let meter = CallMeter::default();
    let cluster = server.cluster(Clock::fixed(noon()), meter.clone()).await;

    let secret = cluster.get_secret("monitoring", "s").await.unwrap();
    assert_eq!(secret.resource_version, "8");
    assert_eq!(secret.value("k"), Some(b"hunter2".as_slice()));
    assert_eq!(secret.value("other"), None);
    let printed = format!("{secret:?}");
    assert!(
        printed.contains("\"k\"") && !printed.contains("hunter2"),
        "{printed}"
    );

    let version = cluster
        .patch_secret_key("monitoring", "s", "alertmanager.yaml", b"a: b", "7")
        .await;
    assert_eq!(version.unwrap(), "8");
    let pods: Vec<Pod> = cluster
        .list("monitoring", "alertmanager=main,app in (a)")
        .await
        .unwrap();
    assert_eq!(pods[0].metadata.name.as_deref(), Some("p-0"));
    let lease: Lease = cluster.get("jobs", "rotate").await.unwrap();
    let lease: Lease = cluster.replace("jobs", "rotate", &lease).await.unwrap();
    let lease: Lease = cluster.create("jobs", &lease).await.unwrap();
    assert_eq!(lease.metadata.resource_version.as_deref(), Some("8"));
    let gvk = GroupVersionKind::gvk("monitoring.coreos.com", "v1", "Alertmanager");
    let resource = ApiResource::from_gvk_with_plural(&gvk, "alertmanagers");
    let dynamic = cluster.get_dynamic(&resource, "monitoring", "main").await;
    assert_eq!(dynamic.unwrap().data["items"][0]["metadata"]["name"], "p-0");

    let leases = "/apis/coordination.k8s.io/v1/namespaces/jobs/leases";
    assert_eq!(
        server.lines(),
        [
            "GET /api/v1/namespaces/monitoring/secrets/s".to_owned(),
            "PATCH /api/v1/namespaces/monitoring/secrets/s?&fieldManager=monitoring-jobs".to_owned(),
            "GET /api/v1/namespaces/monitoring/pods?&labelSelector=alertmanager%3Dmain%2Capp+in+%28a%29"
                .to_owned(),
            format!("GET {leases}/rotate"),
            format!("PUT {leases}/rotate?&fieldManager=monitoring-jobs"),
            format!("POST {leases}?&fieldManager=monitoring-jobs"),
            "GET /apis/monitoring.coreos.com/v1/namespaces/monitoring/alertmanagers/main".to_owned(),
        ]
    );
    let patch = &server.asked()[1];
    assert_eq!(
        patch.content_type.as_deref(),
        Some("application/merge-patch+json")
    );
    assert_eq!(
        patch.body,
        json!({"metadata": {"resourceVersion": "7"}, "data": {"alertmanager.yaml": "YTogYg=="}})
    );
    let counts = meter.counts().into_iter().map(|(kind, count)| {
        let (service, operation, result) = (kind.service, kind.operation, kind.result.word());
        format!("{service} {operation} {result} {count}")
    });
    assert_eq!(
        counts.collect::<Vec<_>>(),
        [
            "kubernetes create leases ok 1",
            "kubernetes get alertmanagers ok 1",
            "kubernetes get leases ok 1",
            "kubernetes get secrets ok 1",
            "kubernetes list pods ok 1",
            "kubernetes patch secrets ok 1",
            "kubernetes update leases ok 1",
        ]
    );
}

#[tokio::test]
async fn every_refusal_has_its_kind_status_code_and_something_to_do() {
    let table = [
        (
            400,
            "BadRequest",
            Kind::Invalid,
            Exit::Config,
            "cluster-invalid",
        ),
        (
            401,
            "Unauthorized",
            Kind::Unauthorized,
            Exit::Denied,
            "cluster-unauthorized",
        ),
        (
            403,
            "Forbidden",
            Kind::Denied,
            Exit::Denied,
            "cluster-denied",
        ),
        (
            404,
            "NotFound",
            Kind::NotFound,
            Exit::Config,
            "cluster-not-found",
        ),
        (
            409,
            "Conflict",
            Kind::Conflict,
            Exit::Transient,
            "cluster-conflict",
        ),
        (
            422,
            "Invalid",
            Kind::Invalid,
            Exit::Config,
            "cluster-invalid",
        ),
        (
            429,
            "TooManyRequests",
            Kind::Throttled,
            Exit::Transient,
            "cluster-throttled",
        ),
        (
            500,
            "InternalError",
            Kind::Server,
            Exit::Transient,
            "cluster-server-error",
        ),
        (
            503,
            "ServiceUnavailable",
            Kind::Server,
            Exit::Transient,
            "cluster-server-error",
        ),
    ];
    for (status, reason, kind, exit, code) in table {
        let error = refused(Reply::refusal(status, reason)).await;
        assert_eq!((error.kind, error.status), (kind, Some(status)));
        assert_eq!((error.exit(), error.code()), (exit, code));
        assert_eq!(
            error.to_string(),
            format!("prod-e1-1: get secrets/alertmanager-main in monitoring: {status} {reason}")
        );
        let said = format!("{error:?} {:?}", error.hint().unwrap());
        assert!(!said.contains("hunter2"), "{said}");
    }
}

#[tokio::test]
async fn a_denial_names_the_permission_that_is_missing() {
    let error = refused(Reply::refusal(403, "Forbidden")).await;
    insta::assert_snapshot!(
        error.hint().unwrap(),
        @r#"allow `get secrets/alertmanager-main in monitoring`: add {apiGroups: [""], resources: [secrets], resourceNames: ["alertmanager-main"], verbs: [get]} to the job's Role in namespace monitoring of prod-e1-1"#
    );
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_is_not_quoted() {
    let broken = r#"{"metadata": {}, "data": {"k": "hunter2"#;
    let wrong = r#"{"metadata": {}, "data": "hunter2"}"#;
    let page = "<html>hunter2</html>";
    for (status, text, kind) in [
        (200, broken, Kind::Undecodable),
        (200, wrong, Kind::Undecodable),
        (200, page, Kind::Undecodable),
        (302, page, Kind::Undecodable),
        (503, page, Kind::Server),
        (
            403,
            r#"{"kind": "Status", "reason": "hunter2 is bad"}"#,
            Kind::Denied,
        ),
    ] {
        let error = refused(Reply::Text(status, Vec::new(), text.to_owned())).await;
        assert_eq!(error.kind, kind, "{status} {text}");
        let said = format!("{error} {error:?} {:?}", error.hint());
        assert!(!said.contains("hunter2"), "{said}");
    }
}

#[tokio::test]
async fn an_answer_without_end_is_given_up() {
    let error = refused(Reply::Text(200, Vec::new(), " ".repeat((8 << 20) + 1))).await;
    assert_eq!(error.kind, Kind::Undecodable);
    assert!(
        error.to_string().ends_with(": the answer is too large"),
        "{error}"
    );
}

#[tokio::test]
async fn a_silent_server_is_not_waited_for() {
    let error = refused(Reply::Silence).await;
    assert_eq!(
        (error.kind, error.code()),
        (Kind::Timeout, "cluster-timeout")
    );
    assert_eq!(error.status, None);
}

#[tokio::test]
async fn nobody_at_the_address_is_unreachable() {
    let server = Server::absent();
    let meter = CallMeter::default();
    let cluster = server.cluster(Clock::fixed(noon()), meter.clone()).await;
    let error = cluster.get::<Pod>("jobs", "p").await.unwrap_err();
    assert_eq!(
        (error.kind, error.exit()),
        (Kind::Unreachable, Exit::Transient)
    );
    assert!(error.to_string().contains("onnection refused"), "{error}");
    assert_eq!(meter.with_result(crate::aws::CallResult::Error), 1);
}

#[tokio::test]
async fn a_wrong_clock_is_told_when_it_explains_a_401() {
    let at = |date: &str| {
        let mut reply = Reply::refusal(401, "Unauthorized");
        if let Reply::Text(_, headers, _) = &mut reply {
            headers.push(("date", date.to_owned()));
        }
        reply
    };
    let error = refused(at("Fri, 02 Jan 2026 11:52:58 GMT")).await;
    insta::assert_snapshot!(error, @"prod-e1-1: get secrets/alertmanager-main in monitoring: 401 Unauthorized: this machine's clock is 7m 2s ahead of the server's");
    insta::assert_snapshot!(error.hint().unwrap(), @"set this machine's clock: tokens are only good near their time");
    let error = refused(at("Fri, 02 Jan 2026 12:06:00 GMT")).await;
    assert!(
        error
            .to_string()
            .ends_with("clock is 6m behind the server's"),
        "{error}"
    );
    for date in ["Fri, 02 Jan 2026 12:05:00 GMT", "yesterday"] {
        assert_eq!(refused(at(date)).await.skew, None, "{date}");
    }
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
async fn a_name_that_no_object_has_never_leaves_the_process() {
    let server = Server::start(|_: &Asked| Reply::Silence).await;
    let cluster = cluster(&server).await;
    for pod in ["", "a b"] {
        let error = cluster.get::<Pod>("jobs", pod).await.unwrap_err();
        assert_eq!(error.kind, Kind::Invalid, "{pod}");
    }
    assert!(server.asked().is_empty());
}

/// Gives other credentials each time, so that each token is another one.
#[derive(Debug, Default)]
struct Renewing(AtomicU32);

impl ProvideCredentials for Renewing {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        let key = format!("AKID{}", self.0.fetch_add(1, Ordering::Relaxed));
        future::ProvideCredentials::ready(Ok(Credentials::new(key, "key", None, None, "test")))
    }
}

/// A context whose user is an EKS program, with AWS credentials of the test's own.
async fn eks(server: &Server) -> Cluster {
    let user = "{exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: aws, \
                args: [--region, us-east-1, eks, get-token, --cluster-name, prod-e1-1]}}";
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("config");
    std::fs::write(&path, kubeconfig(&server.url, user)).unwrap();
    let access = Access::Kubeconfig {
        path: Some(path),
        context: None,
    };
    let clock = Clock::fixed(noon());
    let env = Env::default();
    let mut cluster = connect(&access, clock.clone(), CallMeter::default(), &env).await;
    let inner = Arc::get_mut(&mut cluster.0).unwrap();
    let region = "us-east-1".to_owned();
    let provider = SharedCredentialsProvider::new(Renewing::default());
    let tokens = inner.tokens.as_mut().expect("the program was recognised");
    *tokens = Tokens::new("prod-e1-1".into(), region, provider, clock);
    cluster
}

#[tokio::test]
async fn a_refused_eks_token_is_renewed_once_and_the_call_repeated() {
    for refusals in [1, 9] {
        let mut left = refusals;
        let server = Server::start(move |_: &Asked| {
            left -= 1;
            if left < 0 {
                Reply::json(&json!({"metadata": {"name": "p"}}))
            } else {
                Reply::refusal(401, "Unauthorized")
            }
        })
        .await;
        let outcome = eks(&server).await.get::<Pod>("jobs", "p").await;
        match refusals {
            1 => assert!(outcome.is_ok()),
            _ => assert_eq!(outcome.unwrap_err().kind, Kind::Unauthorized),
        }
        let asked = server.asked();
        assert_eq!(asked.len(), 2);
        let tokens: Vec<_> = asked
            .iter()
            .filter_map(|asked| asked.authorization.as_ref())
            .collect();
        assert!(
            tokens
                .iter()
                .all(|token| token.starts_with("Bearer k8s-aws-v1."))
        );
        assert_ne!(tokens[0], tokens[1]);
    }
}

#[tokio::test]
async fn a_good_eks_token_is_used_again() {
    let server = Server::start(|_: &Asked| Reply::json(&json!({"metadata": {}}))).await;
    let cluster = eks(&server).await;
    for _ in 0..2 {
        cluster.get::<Pod>("jobs", "p").await.unwrap();
    }
    let asked = server.asked();
    assert!(asked[0].authorization.is_some());
    assert_eq!(asked[0].authorization, asked[1].authorization);
}
