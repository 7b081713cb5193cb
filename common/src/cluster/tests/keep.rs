//! Objects that a job keeps: applied, looked at, deleted, and whose word stands against it.

use std::time::Duration;

use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use kube::api::ApiResource;
use serde_json::{Value, json};

use super::{cluster, noon};
use crate::aws::CallMeter;
use crate::cancel::Cancellation;
use crate::clock::Clock;
use crate::cluster::testing::{Asked, Reply, Server};
use crate::cluster::{Cluster, ClusterError, Kind, Object, Patience};
use crate::fault::Fault as _;

const MAPS: &str = "/api/v1/namespaces/monitoring/configmaps";

fn maps() -> ApiResource {
    ApiResource::erase::<ConfigMap>(&())
}

/// A refusal in full, as the API server writes it.
fn status(code: u16, reason: &str, message: &str, causes: &Value) -> Reply {
    let body = json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "message": message, "reason": reason, "code": code, "details": {"causes": causes},
    });
    Reply::Text(code, Vec::new(), body.to_string())
}

fn taken() -> Reply {
    let cause = |reason: &str, message: &str, field: &str| json!({"reason": reason, "message": message, "field": field});
    let causes = json!([
        cause(
            "FieldManagerConflict",
            r#"conflict with "kubectl-edit" using v1 at 2026-01-02T03:04:05Z"#,
            ".data.nodes.json"
        ),
        cause(
            "FieldManagerConflict",
            r#"conflict with "helm""#,
            ".metadata.labels.app"
        ),
        cause("FieldValueInvalid", r#"conflict with "nobody""#, ".data"),
        json!({}),
    ]);
    let message = "Apply failed with 2 conflicts:\nconflict with \"helm\": .metadata.labels.app";
    status(409, "Conflict", message, &causes)
}

async fn apply<K: Object + serde::de::DeserializeOwned + std::fmt::Debug>(
    reply: Reply,
) -> ClusterError {
    let server = Server::start(move |_: &Asked| reply.clone()).await;
    let cluster = cluster(&server).await;
    let object = json!({"apiVersion": "v1"});
    let applied = cluster.apply::<K>("monitoring", "x", "sync-dashboards", false, &object);
    applied.await.unwrap_err()
}

#[tokio::test]
async fn keeping_an_object_is_one_request_each_and_is_counted() {
    let answer = json!({
        "metadata": {"name": "x", "resourceVersion": "8"}, "data": {"x.json": "{}"},
        "items": [
            {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1",
             "metadata": {"name": "a", "labels": {"app": "grafana"}}},
            {"metadata": {"name": "b"}},
        ],
    });
    let server = Server::start(move |_: &Asked| Reply::json(&answer)).await;
    let meter = CallMeter::default();
    let cluster = server.cluster(Clock::fixed(noon()), meter.clone()).await;
    let object = ConfigMap {
        data: Some([("x.json".to_owned(), "{}".to_owned())].into()),
        ..ConfigMap::default()
    };
    for force in [false, true] {
        let map: ConfigMap = cluster
            .apply("monitoring", "x", "sync-dashboards", force, &object)
            .await
            .unwrap();
        assert_eq!(map.metadata.resource_version.as_deref(), Some("8"));
    }
    let resource = maps();
    let all = cluster.list_metadata(&resource, "monitoring", "app=grafana");
    let all = all.await.unwrap();
    let names = all.iter().map(|meta| meta.metadata.name.as_deref());
    assert_eq!(names.collect::<Vec<_>>(), [Some("a"), Some("b")]);
    let deleted = cluster.delete(&maps(), "monitoring", "x", "u-1", "8").await;
    assert_eq!(deleted, Ok(()));

    assert_eq!(
        server.lines(),
        [
            format!("PATCH {MAPS}/x?&fieldManager=sync-dashboards&fieldValidation=Strict"),
            format!(
                "PATCH {MAPS}/x?&force=true&fieldManager=sync-dashboards&fieldValidation=Strict"
            ),
            format!("GET {MAPS}?&labelSelector=app%3Dgrafana"),
            format!("DELETE {MAPS}/x?"),
        ]
    );
    let asked = server.asked();
    assert_eq!(
        asked[0].content_type.as_deref(),
        Some("application/apply-patch+yaml")
    );
    assert_eq!(
        asked[0].body,
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {}, "data": {"x.json": "{}"}})
    );
    assert_eq!(
        asked[2].accept.as_deref(),
        Some("application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1")
    );
    assert_eq!(
        asked[3].body,
        json!({"preconditions": {"uid": "u-1", "resourceVersion": "8"}})
    );
    let counts = meter.counts().into_iter();
    let counts = counts.map(|(kind, count)| format!("{} {count}", kind.operation));
    assert_eq!(
        counts.collect::<Vec<_>>(),
        [
            "delete configmaps 1",
            "list configmaps 1",
            "patch configmaps 2"
        ]
    );
}

#[tokio::test]
async fn a_refused_apply_names_who_else_holds_which_field() {
    let error = apply::<ConfigMap>(taken()).await;
    assert_eq!((error.kind, error.status), (Kind::Conflict, Some(409)));
    let conflicts: Vec<_> = error.conflicts.iter().map(ToString::to_string).collect();
    assert_eq!(
        conflicts,
        [
            ".data.nodes.json is held by kubectl-edit, which last wrote at 2026-01-02T03:04:05Z",
            ".metadata.labels.app is held by helm",
        ]
    );
    assert_eq!(
        error.message.as_deref(),
        Some("Apply failed with 2 conflicts: conflict with \"helm\": .metadata.labels.app")
    );
    assert_eq!(
        error.to_string(),
        "prod-e1-1: patch configmaps/x in monitoring: 409 Conflict"
    );
    insta::assert_snapshot!(error.hint().unwrap(), @"settle who writes these fields: the other one will not let go by itself");
}

#[tokio::test]
async fn what_is_too_large_immutable_or_turned_away_is_told_in_the_servers_words() {
    let table = [
        (413, "RequestEntityTooLarge", Kind::Invalid),
        (422, "Invalid", Kind::Invalid),
        (403, "Forbidden", Kind::Denied),
        (500, "InternalError", Kind::Server),
    ];
    for (code, reason, kind) in table {
        let words = "it\r\n\tis \u{1b}[31mnot\u{0} liked";
        let error = apply::<ConfigMap>(status(code, reason, words, &Value::Null)).await;
        assert_eq!((error.kind, error.status), (kind, Some(code)));
        assert_eq!(error.message.as_deref(), Some("it is [31mnot liked"));
        assert!(error.conflicts.is_empty());
        assert!(!error.to_string().contains("liked"), "{error}");
    }
    let long = apply::<ConfigMap>(status(422, "Invalid", &"x".repeat(9_000), &json!([]))).await;
    assert_eq!(long.message.unwrap().chars().count(), 500);
    let page = Reply::Text(502, Vec::new(), "<html>hunter2</html>".into());
    assert_eq!(apply::<ConfigMap>(page).await.message, None);
    let odd = apply::<ConfigMap>(status(422, "Invalid", "x", &json!("odd"))).await;
    assert_eq!((odd.reason.as_str(), odd.message), ("Invalid", None));
    let silent = apply::<ConfigMap>(status(422, "Invalid", " \n", &json!([]))).await;
    assert_eq!(silent.message, None);
}

#[tokio::test]
async fn an_apply_that_may_not_make_the_object_says_that_create_is_missing() {
    let said = |verb: &str, resource: &str| {
        format!(
            "configmaps \"x\" is forbidden: User \"sync\" cannot {verb} resource \"{resource}\" \
             in API group \"\" in the namespace \"monitoring\""
        )
    };
    let create = r#"allow `create configmaps in monitoring`: add {apiGroups: [""], resources: [configmaps], verbs: [create]}"#;
    let patch = r#"allow `patch configmaps/x in monitoring`: add {apiGroups: [""], resources: [configmaps], resourceNames: ["x"], verbs: [patch]}"#;
    for (words, rule) in [
        (said("create", "configmaps"), create),
        (said("patch", "configmaps"), patch),
        (said("create", "events"), patch),
        ("no more than create is allowed".to_owned(), patch),
    ] {
        let error = apply::<ConfigMap>(status(403, "Forbidden", &words, &Value::Null)).await;
        assert_eq!(
            error.hint().unwrap(),
            format!("{rule} to the job's Role in namespace monitoring of prod-e1-1"),
            "{words}"
        );
        // What was asked for is told as it was.
        assert_eq!(
            error.to_string(),
            "prod-e1-1: patch configmaps/x in monitoring: 403 Forbidden"
        );
    }
}

#[tokio::test]
async fn nothing_that_is_said_about_secrets_or_by_pods_is_kept() {
    let error = apply::<Secret>(taken()).await;
    assert_eq!(error.kind, Kind::Conflict);
    assert_eq!((error.message, error.conflicts), (None, vec![]));
    let answer = |_: &Asked| Reply::refusal(503, "ServiceUnavailable");
    let cluster = cluster(&Server::start(answer).await).await;
    let page = cluster.pod_proxy_get("monitoring", "a-0", 9093, "/metrics");
    assert_eq!(page.await.unwrap_err().message, None);
}

#[tokio::test]
async fn an_object_that_is_another_one_or_gone_is_not_deleted() {
    for (code, reason, kind) in [
        (409, "Conflict", Kind::Conflict),
        (404, "NotFound", Kind::NotFound),
    ] {
        let server = Server::start(move |_: &Asked| Reply::refusal(code, reason)).await;
        let cluster = cluster(&server).await;
        let deleted = cluster.delete(&maps(), "monitoring", "x", "u-1", "8").await;
        let error = deleted.unwrap_err();
        assert_eq!((error.kind, error.conflicts.len()), (kind, 0));
        assert_eq!(
            error.to_string(),
            format!("prod-e1-1: delete configmaps/x in monitoring: {code} {reason}")
        );
    }
}

#[tokio::test]
async fn a_server_that_is_busy_at_first_is_asked_again() {
    let mut left = 2;
    let server = Server::start(move |_: &Asked| {
        left -= 1;
        if left < 0 {
            return Reply::json(&json!({"metadata": {}}));
        }
        let mut reply = Reply::refusal(429, "TooManyRequests");
        if let Reply::Text(_, headers, _) = &mut reply {
            headers.push(("retry-after", "9".to_owned()));
        }
        reply
    })
    .await;
    let cluster: Cluster = cluster(&server).await;
    let deleted = cluster.delete(&maps(), "monitoring", "x", "u-1", "8").await;
    let error = deleted.unwrap_err();
    assert_eq!(
        (error.kind, error.retry_after),
        (Kind::Throttled, Some(Duration::from_secs(9)))
    );
    let (clock, cancel) = (Clock::fixed(noon()), Cancellation::default());
    let apply = || {
        let object = json!({"apiVersion": "v1"});
        let cluster = &cluster;
        async move {
            let applied = cluster.apply::<ConfigMap>("monitoring", "x", "m", false, &object);
            applied.await
        }
    };
    let applied = Patience::default().repeat(&clock, &cancel, apply).await;
    assert!(applied.is_ok());
    assert_eq!(server.asked().len(), 3);
}
