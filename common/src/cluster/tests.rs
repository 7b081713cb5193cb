//! The client against a server on this machine.

mod discovery;
mod gzip;
mod keep;
mod pages;
mod proxy;
mod refusals;
mod server;
mod tls;
mod tokens;

use jiff::Timestamp;
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::Pod;
use kube::api::{ApiResource, GroupVersionKind};
use serde_json::json;

use super::testing::{Asked, Reply, Server};
use super::{Cluster, Kind};
use crate::aws::CallMeter;
use crate::clock::Clock;

fn noon() -> Timestamp {
    "2026-01-02T12:00:00Z".parse().unwrap()
}

async fn cluster(server: &Server) -> Cluster {
    server
        .cluster(Clock::fixed(noon()), CallMeter::default())
        .await
}

#[tokio::test]
async fn each_call_is_one_request_and_is_counted() {
    let object = json!({
        "metadata": {"name": "s", "namespace": "monitoring", "resourceVersion": "8"},
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
async fn a_name_that_no_object_has_never_leaves_the_process() {
    let server = Server::start(|_: &Asked| Reply::Silence).await;
    let cluster = cluster(&server).await;
    for pod in ["", "a b"] {
        let error = cluster.get::<Pod>("jobs", pod).await.unwrap_err();
        assert_eq!(error.kind, Kind::Invalid, "{pod}");
    }
    assert!(server.asked().is_empty());
}
