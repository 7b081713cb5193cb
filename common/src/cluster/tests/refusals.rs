//! What becomes of refusals, silence and nonsense: errors that say what to do and quote nothing.

use k8s_openapi::api::core::v1::{Namespace, Pod, Secret};
use kube::api::ApiResource;
use serde_json::json;

use super::{cluster, noon};
use crate::aws::CallMeter;
use crate::clock::Clock;
use crate::cluster::testing::{Asked, Reply, Server};
use crate::cluster::{ClusterError, Kind};
use crate::exit::Exit;
use crate::fault::Fault as _;

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
            410,
            "Expired",
            Kind::Expired,
            Exit::Transient,
            "cluster-expired",
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
    assert_eq!(
        (error.kind, error.exit(), error.code()),
        (Kind::TooLarge, Exit::Transient, "cluster-too-large")
    );
    assert!(
        error.to_string().ends_with(": the answer is too large"),
        "{error}"
    );
}

#[tokio::test]
async fn a_silent_server_is_not_waited_for() {
    let server = Server::start(|_: &Asked| Reply::Silence).await.impatient();
    let secret = cluster(&server).await.get_secret("jobs", "s").await;
    let error = secret.unwrap_err();
    assert_eq!(
        (error.kind, error.code()),
        (Kind::Timeout, "cluster-timeout")
    );
    assert_eq!(error.status, None);
}

#[tokio::test]
async fn an_answer_that_never_comes_to_its_end_is_not_waited_for() {
    // A byte now and then keeps the silence short; the whole call has a limit too.
    let server = Server::start(|_: &Asked| Reply::Dripping).await.impatient();
    let secret = cluster(&server).await.get_secret("jobs", "s").await;
    assert_eq!(secret.unwrap_err().kind, Kind::Timeout);
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
async fn an_answer_that_is_another_object_is_none() {
    let secret =
        |name: &str, namespace: &str| json!({"metadata": {"name": name, "namespace": namespace}});
    let with_kind = |kind: &str| {
        let mut secret = secret("s", "jobs");
        secret["kind"] = json!(kind);
        secret
    };
    for (answer, right) in [
        (secret("s", "jobs"), true),
        (with_kind("Secret"), true),
        (with_kind("Status"), false),
        (with_kind("ConfigMap"), false),
        (secret("other", "jobs"), false),
        (secret("s", "monitoring"), false),
        (json!({"metadata": {"name": "s"}}), false),
        (json!({"metadata": {"namespace": "jobs"}}), false),
        (json!({"metadata": null}), false),
        (json!({}), false),
    ] {
        let shown = answer.to_string();
        let server = Server::start(move |_: &Asked| Reply::json(&answer)).await;
        let cluster = cluster(&server).await;
        let maps = ApiResource::erase::<Secret>(&());
        let answers = [
            cluster.get_secret("jobs", "s").await.map(|_| ()),
            cluster
                .get_value(&maps, Some("jobs"), "s")
                .await
                .map(|_| ()),
        ];
        for answer in answers {
            assert_eq!(answer.is_ok(), right, "{shown}");
            if let Err(error) = answer {
                let said = (error.kind, error.reason.as_str());
                assert_eq!(said, (Kind::Undecodable, "another object"), "{shown}");
            }
        }
    }
    // What lives in no namespace is not found in one.
    let server = Server::start(move |_: &Asked| Reply::json(&secret("x", "jobs"))).await;
    let namespaces = ApiResource::erase::<Namespace>(&());
    let cluster = cluster(&server).await;
    let error = cluster.get_value(&namespaces, None, "x").await.unwrap_err();
    assert_eq!(error.reason, "another object");
}

#[tokio::test]
async fn only_the_api_server_can_say_that_an_object_is_not_there() {
    let text = |text: &str| Reply::Text(404, Vec::new(), text.to_owned());
    for (reply, kind) in [
        (Reply::refusal(404, "NotFound"), Kind::NotFound),
        (text("<html>no such page</html>"), Kind::Undecodable),
        (text(""), Kind::Undecodable),
        (text("{}"), Kind::Undecodable),
        (text("{\"kind\": \"Error\"}"), Kind::Undecodable),
    ] {
        let shown = format!("{reply:?}");
        let error = refused(reply).await;
        assert_eq!((error.kind, error.status), (kind, Some(404)), "{shown}");
    }
}
