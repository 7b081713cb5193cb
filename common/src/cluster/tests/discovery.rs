//! What a server serves, from new servers and from old ones.

use serde_json::{Value, json};

use super::cluster;
use crate::cluster::testing::{Asked, Reply, Server};
use crate::cluster::{ClusterError, Discovery, Kind};

/// A kind as aggregated discovery has it.
fn resource(group: &str, version: &str, kind: &str, plural: &str, scope: &str) -> Value {
    json!({
        "resource": plural,
        "responseKind": {"group": group, "version": version, "kind": kind},
        "scope": scope,
        "singularResource": kind.to_lowercase(),
        "verbs": ["create", "delete", "get", "list", "patch", "update", "watch"],
        "subresources": [{
            "subresource": "status",
            "responseKind": {"group": group, "version": version, "kind": kind},
            "verbs": ["get", "patch", "update"],
        }],
    })
}

fn version(version: &str, freshness: &str, resources: &[Value]) -> Value {
    json!({"version": version, "resources": resources, "freshness": freshness})
}

fn aggregated(form: &str, groups: &[(Option<&str>, Vec<Value>)]) -> Value {
    let items: Vec<_> = groups
        .iter()
        .map(|(name, versions)| {
            let mut metadata = json!({"creationTimestamp": null});
            if let Some(name) = name {
                metadata["name"] = json!(name);
            }
            json!({"metadata": metadata, "versions": versions})
        })
        .collect();
    json!({
        "kind": "APIGroupDiscoveryList", "apiVersion": format!("apidiscovery.k8s.io/{form}"),
        "metadata": {}, "items": items,
    })
}

fn core(form: &str) -> Value {
    let kinds = [
        resource("", "v1", "ConfigMap", "configmaps", "Namespaced"),
        resource("", "v1", "Namespace", "namespaces", "Cluster"),
    ];
    aggregated(form, &[(None, vec![version("v1", "Current", &kinds)])])
}

/// A server that knows these documents and no others.
async fn server(documents: &[(&'static str, Value)]) -> Server {
    let documents = documents.to_vec();
    Server::start(move |asked: &Asked| {
        let known = documents
            .iter()
            .find(|(path, _)| asked.line == format!("GET {path}"));
        match known {
            Some((_, Value::Null)) => Reply::refusal(503, "ServiceUnavailable"),
            Some((_, document)) => Reply::json(document),
            None => Reply::refusal(404, "NotFound"),
        }
    })
    .await
}

async fn discover(documents: &[(&'static str, Value)]) -> Result<Discovery, ClusterError> {
    cluster(&server(documents).await).await.discover().await
}

/// How the versions of a kind are called, where they are, and whether they live in namespaces.
fn said(discovery: &Discovery, group: &str, kind: &str) -> Vec<String> {
    let served = discovery.served(group, kind).iter();
    let said = served.map(|served| {
        let resource = &served.resource;
        let scope = if served.namespaced { "in" } else { "no" };
        assert_eq!(
            (resource.group.as_str(), resource.kind.as_str()),
            (group, kind)
        );
        assert!(resource.api_version.ends_with(&resource.version));
        format!("{} {} {scope}", resource.api_version, resource.plural)
    });
    said.collect()
}

#[tokio::test]
async fn two_answers_tell_everything_in_the_order_that_the_server_prefers() {
    for form in ["v2", "v2beta1"] {
        let scaler = |version| {
            resource(
                "autoscaling",
                version,
                "HorizontalPodAutoscaler",
                "horizontalpodautoscalers",
                "Namespaced",
            )
        };
        let definitions = resource(
            "apiextensions.k8s.io",
            "v1",
            "CustomResourceDefinition",
            "customresourcedefinitions",
            "Cluster",
        );
        let groups = [
            (
                Some("autoscaling"),
                vec![
                    version("v2", "Current", &[scaler("v2")]),
                    version("v1", "Current", &[scaler("v1")]),
                ],
            ),
            (
                Some("apiextensions.k8s.io"),
                vec![version("v1", "Current", &[definitions])],
            ),
        ];
        let server = server(&[("/api", core(form)), ("/apis", aggregated(form, &groups))]).await;
        let discovery = cluster(&server).await.discover().await.unwrap();
        assert_eq!(said(&discovery, "", "ConfigMap"), ["v1 configmaps in"]);
        assert_eq!(said(&discovery, "", "Namespace"), ["v1 namespaces no"]);
        assert_eq!(
            said(&discovery, "autoscaling", "HorizontalPodAutoscaler"),
            [
                "autoscaling/v2 horizontalpodautoscalers in",
                "autoscaling/v1 horizontalpodautoscalers in",
            ]
        );
        assert_eq!(
            said(
                &discovery,
                "apiextensions.k8s.io",
                "CustomResourceDefinition"
            ),
            ["apiextensions.k8s.io/v1 customresourcedefinitions no"]
        );
        // A kind belongs to its group alone.
        for (group, kind) in [("", "HorizontalPodAutoscaler"), ("apps", "ConfigMap")] {
            assert!(discovery.served(group, kind).is_empty());
            assert!(!discovery.is_stale(group));
        }
        let mut asked = server.asked();
        asked.sort_by(|a, b| a.line.cmp(&b.line));
        assert_eq!(asked.len(), 2);
        for (asked, line) in asked.iter().zip(["GET /api", "GET /apis"]) {
            assert_eq!(asked.line, line);
            assert_eq!(
                asked.accept.as_deref().unwrap(),
                "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,\
                 application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,\
                 application/json"
            );
        }
    }
}

#[tokio::test]
async fn a_group_whose_server_is_out_of_reach_is_stale_and_the_others_are_not() {
    let metrics = resource(
        "custom.metrics.k8s.io",
        "v1beta2",
        "MetricValueList",
        "metrics",
        "Namespaced",
    );
    let groups = [
        // Never reached; and reached before.
        (
            Some("metrics.k8s.io"),
            vec![json!({"version": "v1beta1", "freshness": "Stale"})],
        ),
        (
            Some("custom.metrics.k8s.io"),
            vec![
                version("v1beta2", "Stale", &[metrics]),
                version("v1beta1", "Current", &[]),
            ],
        ),
    ];
    let documents = [("/api", core("v2")), ("/apis", aggregated("v2", &groups))];
    let discovery = discover(&documents).await.unwrap();
    assert!(discovery.is_stale("metrics.k8s.io"));
    assert!(discovery.served("metrics.k8s.io", "PodMetrics").is_empty());
    assert!(discovery.is_stale("custom.metrics.k8s.io"));
    assert_eq!(
        said(&discovery, "custom.metrics.k8s.io", "MetricValueList"),
        ["custom.metrics.k8s.io/v1beta2 metrics in"]
    );
    assert!(!discovery.is_stale(""));
}

#[tokio::test]
async fn what_has_only_subresources_is_no_kind() {
    let mut parentless = resource("", "v1", "Unseen", "parents", "Namespaced");
    let mut empty = parentless.clone();
    parentless["responseKind"] = Value::Null;
    empty["responseKind"] = json!({"group": "", "version": "", "kind": ""});
    let mut absent = parentless.clone();
    absent.as_object_mut().unwrap().remove("responseKind");
    let kinds = [parentless, empty, absent];
    let of_core = aggregated("v2", &[(None, vec![version("v1", "Current", &kinds)])]);
    let discovery = discover(&[("/api", of_core), ("/apis", aggregated("v2", &[]))]).await;
    let discovery = discovery.unwrap();
    assert!(discovery.served("", "Unseen").is_empty());
    assert!(discovery.served("", "").is_empty());
}

/// What a server before Kubernetes 1.26 answers.
fn old_groups() -> [(&'static str, Value); 2] {
    [
        (
            "/api",
            json!({"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []}),
        ),
        (
            "/apis",
            json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": [
                {
                    "name": "policy",
                    "versions": [
                        {"groupVersion": "policy/v1beta1", "version": "v1beta1"},
                        {"groupVersion": "policy/v1", "version": "v1"},
                    ],
                    "preferredVersion": {"groupVersion": "policy/v1", "version": "v1"},
                },
                {
                    "name": "metrics.k8s.io",
                    "versions": [{"groupVersion": "metrics.k8s.io/v1beta1", "version": "v1beta1"}],
                    "preferredVersion": {"groupVersion": "metrics.k8s.io/v1beta1", "version": "v1beta1"},
                },
            ]}),
        ),
    ]
}

fn old_kinds(version: &str, kinds: &[(&str, &str, bool)]) -> Value {
    let resources: Vec<_> = kinds
        .iter()
        .map(|(name, kind, namespaced)| {
            json!({"name": name, "singularName": "", "namespaced": namespaced, "kind": kind,
                   "verbs": ["get", "list"]})
        })
        .collect();
    json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": version, "resources": resources})
}

#[tokio::test]
async fn an_old_server_is_asked_for_each_version_of_each_group() {
    let budgets = [
        ("poddisruptionbudgets", "PodDisruptionBudget", true),
        ("poddisruptionbudgets/status", "PodDisruptionBudget", true),
    ];
    let mut documents = old_groups().to_vec();
    documents.extend([
        (
            "/api/v1",
            old_kinds(
                "v1",
                &[
                    ("namespaces", "Namespace", false),
                    ("pods/eviction", "Eviction", true),
                ],
            ),
        ),
        ("/apis/policy/v1", old_kinds("policy/v1", &budgets)),
        (
            "/apis/policy/v1beta1",
            old_kinds("policy/v1beta1", &budgets),
        ),
        // Its server is out of reach.
        ("/apis/metrics.k8s.io/v1beta1", Value::Null),
    ]);
    let server = server(&documents).await;
    let discovery = cluster(&server).await.discover().await.unwrap();
    assert_eq!(said(&discovery, "", "Namespace"), ["v1 namespaces no"]);
    assert!(discovery.served("", "Eviction").is_empty());
    assert_eq!(
        said(&discovery, "policy", "PodDisruptionBudget"),
        [
            "policy/v1 poddisruptionbudgets in",
            "policy/v1beta1 poddisruptionbudgets in",
        ]
    );
    assert!(!discovery.is_stale("policy"));
    assert!(discovery.is_stale("metrics.k8s.io"));
    assert_eq!(server.lines().len(), 6);
}

#[tokio::test]
async fn a_document_that_cannot_be_read_is_no_server_without_kinds() {
    let empty = || aggregated("v2", &[]);
    let nameless = json!({"kind": "APIGroupDiscoveryList", "items": [{"versions": []}]});
    let other = json!({"kind": "Status", "status": "Success"});
    for (document, reason) in [
        (other, "not a list of API groups"),
        (json!({}), "not read: line 1"),
        (json!({"kind": "APIGroupDiscoveryList"}), "not read: line 1"),
        (nameless, "not read: line 1"),
    ] {
        let error = discover(&[("/api", empty()), ("/apis", document)]).await;
        let error = error.unwrap_err();
        assert_eq!(error.kind, Kind::Undecodable);
        let said = format!("prod-e1-1: get /apis: {reason}");
        assert!(error.to_string().starts_with(&said), "{error}");
    }
    // An old server's document is as important: only its absence is the group's own trouble.
    let [api, apis] = old_groups();
    let error = discover(&[api, apis, ("/api/v1", json!({}))]).await;
    let error = error.unwrap_err();
    assert_eq!(error.what.to_string(), "get /api/v1");
    let error = discover(&[("/api", empty())]).await.unwrap_err();
    assert_eq!(
        (error.kind, error.what.to_string().as_str()),
        (Kind::NotFound, "get /apis")
    );
}
