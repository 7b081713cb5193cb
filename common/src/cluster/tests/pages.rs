//! Lists in pages, and single objects of any kind.

use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{ApiResource, GroupVersionKind};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::{cluster, noon};
use crate::aws::CallMeter;
use crate::clock::Clock;
use crate::cluster::testing::{Asked, Reply, Server};
use crate::cluster::{ClusterError, Kind, Page, PageRequest};
use crate::exit::Exit;
use crate::fault::Fault as _;

fn rules() -> ApiResource {
    let gvk = GroupVersionKind::gvk("monitoring.coreos.com", "v1", "PrometheusRule");
    ApiResource::from_gvk_with_plural(&gvk, "prometheusrules")
}

fn definitions() -> ApiResource {
    let gvk = GroupVersionKind::gvk("apiextensions.k8s.io", "v1", "CustomResourceDefinition");
    ApiResource::from_gvk_with_plural(&gvk, "customresourcedefinitions")
}

const FIRST: PageRequest<'_> = PageRequest {
    namespace: None,
    labels: "",
    limit: 500,
    continue_token: None,
};

/// The first page of a list without namespace, from a server that always answers the same.
async fn page(reply: Reply) -> Result<Page, ClusterError> {
    let server = Server::start(move |_: &Asked| reply.clone()).await;
    let cluster = cluster(&server).await;
    cluster.list_page(&definitions(), FIRST).await
}

fn text(body: &str) -> Reply {
    Reply::Text(200, Vec::new(), body.to_owned())
}

fn texts(page: &Page) -> Vec<&str> {
    let items = page.items().unwrap();
    items.into_iter().map(RawValue::get).collect()
}

#[tokio::test]
async fn a_list_is_read_page_by_page_and_its_objects_stay_as_they_are() {
    let answers = [
        r#"{"kind": "PrometheusRuleList", "apiVersion": "monitoring.coreos.com/v1",
            "metadata": {"resourceVersion": "77", "continue": "eyJ2IjoibWV0YS5rOHMuaW8vdjEi", "remainingItemCount": 1},
            "items": [{"metadata": {"name": "b"},  "spec": {"z": 1.0, "a": "\u00e9" }}, {"metadata": {"name":"a"}}]}"#,
        // The order of the fields is the server's business.
        r#"{"items": [{"metadata": {"name": "c"}}], "metadata": {"resourceVersion": "77", "continue": ""}}"#,
    ];
    let mut turn = answers.into_iter();
    let server = Server::start(move |_: &Asked| text(turn.next().unwrap())).await;
    let meter = CallMeter::default();
    let cluster = server.cluster(Clock::fixed(noon()), meter.clone()).await;

    let mut request = PageRequest {
        namespace: Some("monitoring"),
        labels: "team=core,tier in (a)",
        limit: 2,
        continue_token: None,
    };
    let first = cluster.list_page(&rules(), request).await.unwrap();
    assert_eq!(
        texts(&first),
        [
            r#"{"metadata": {"name": "b"},  "spec": {"z": 1.0, "a": "\u00e9" }}"#,
            r#"{"metadata": {"name":"a"}}"#,
        ]
    );
    assert_eq!(first.resource_version(), "77");
    request.continue_token = first.continue_token();
    let last = cluster.list_page(&rules(), request).await.unwrap();
    assert_eq!(texts(&last), [r#"{"metadata": {"name": "c"}}"#]);
    assert_eq!(last.continue_token(), None);

    let list = "GET /apis/monitoring.coreos.com/v1/namespaces/monitoring/prometheusrules\
                ?&labelSelector=team%3Dcore%2Ctier+in+%28a%29&limit=2";
    assert_eq!(
        server.lines(),
        [
            list.to_owned(),
            format!("{list}&continue=eyJ2IjoibWV0YS5rOHMuaW8vdjEi"),
        ]
    );
    let asked = server.asked().remove(0);
    assert_eq!(asked.accept.as_deref(), Some("application/json"));
    assert_eq!(asked.accept_encoding.as_deref(), Some("gzip"));
    let counts = meter.counts().into_iter();
    let counts: Vec<_> = counts.map(|(kind, n)| (kind.operation, n)).collect();
    assert_eq!(counts, [("list prometheusrules".to_owned(), 2)]);
}

#[tokio::test]
async fn what_lives_in_no_namespace_is_listed_and_read_without_one() {
    let name = "alertmanagers.monitoring.coreos.com";
    let of = |metadata: Value| json!({"metadata": metadata, "items": [], "spec": {"b": 1, "a": 2}});
    let answer = of(json!({"name": name, "uid": "u"}));
    let (body, map) = (
        answer.clone(),
        of(json!({"name": "x", "namespace": "monitoring"})),
    );
    let server = Server::start(move |asked: &Asked| {
        let of_map = asked.line.contains("configmaps");
        Reply::json(if of_map { &map } else { &body })
    })
    .await;
    let cluster = cluster(&server).await;
    let every = PageRequest { limit: 0, ..FIRST };
    cluster.list_page(&definitions(), FIRST).await.unwrap();
    cluster.list_page(&rules(), every).await.unwrap();
    let value = cluster.get_value(&definitions(), None, name).await;
    assert_eq!(value.unwrap(), answer);
    let maps = ApiResource::erase::<ConfigMap>(&());
    let value = cluster.get_value(&maps, Some("monitoring"), "x").await;
    let keys = |value: &Value| value["spec"].as_object().unwrap().keys().cloned().collect();
    let keys: Vec<String> = keys(&value.unwrap());
    assert_eq!(keys, ["b", "a"], "in the order of the server");
    let group = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    assert_eq!(
        server.lines(),
        [
            format!("GET {group}?&limit=500"),
            "GET /apis/monitoring.coreos.com/v1/prometheusrules?".to_owned(),
            format!("GET {group}/{name}"),
            "GET /api/v1/namespaces/monitoring/configmaps/x".to_owned(),
        ]
    );
}

#[tokio::test]
async fn an_empty_list_is_one_and_what_is_no_list_is_not_taken_for_an_empty_one() {
    for empty in [
        r#"{"metadata": {"resourceVersion": "7"}, "items": null}"#,
        r#"{"metadata": {"resourceVersion": "7", "continue": null}, "items": []}"#,
        r#"{"metadata": {}, "items": []}"#,
    ] {
        let page = page(text(empty)).await.unwrap();
        assert_eq!((texts(&page), page.continue_token()), (vec![], None));
    }
    for other in [
        "{}",
        "hunter2",
        "<html>hunter2</html>",
        r#"{"metadata": {"resourceVersion": "7"}}"#,
        r#"{"items": ["hunter2"]}"#,
        r#"{"metadata": {}, "items": {"hunter2": 1}}"#,
        r#"{"metadata": {}, "items": "hunter2"}"#,
        r#"{"metadata": {"continue": 7}, "items": ["hunter2"]}"#,
        r#"{"metadata": {}, "items": [{"hunter2": 1}"#,
        r#"{"metadata": {}, "items": [{"hunter2": 1}]"#,
        r#"{"metadata": {}, "items": [hunter2]}"#,
        r#"{"metadata": {}, "items": []} hunter2"#,
        r#"{"metadata": {}, "items": [], "items": ["hunter2"]}"#,
    ] {
        let error = page(text(other)).await.unwrap_err();
        assert_eq!(error.kind, Kind::Undecodable, "{other}");
        assert!(error.reason.starts_with("not read: line 1"), "{error}");
        assert!(!format!("{error:?}").contains("hunter2"));
    }
}

#[tokio::test]
async fn objects_may_be_as_deep_as_they_like_and_do_not_print() {
    let deep = format!("{}\"hunter2\"{}", "[".repeat(100_000), "]".repeat(100_000));
    let body = format!(r#"{{"metadata": {{}}, "items": [{deep}]}}"#);
    let page = page(text(&body)).await.unwrap();
    assert_eq!(texts(&page), [deep]);
    insta::assert_debug_snapshot!(page, @r#"
    Page {
        what: Ask {
            verb: List,
            group: "apiextensions.k8s.io",
            resource: "customresourcedefinitions",
            name: None,
            namespace: "",
        },
        resource_version: "",
        bytes: 200038,
        ..
    }
    "#);
}

#[tokio::test]
async fn a_list_that_is_no_longer_kept_has_to_be_read_again() {
    // The server offers to go on with what it has by now; that is not the list that was begun.
    let body = json!({
        "kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 410, "reason": "Expired",
        "metadata": {"continue": "inconsistent"},
        "message": "The provided continue parameter is too old",
    });
    let error = page(Reply::Text(410, Vec::new(), body.to_string())).await;
    let error = error.unwrap_err();
    assert_eq!((error.kind, error.exit()), (Kind::Expired, Exit::Transient));
    insta::assert_snapshot!(error, @"prod-e1-1: list customresourcedefinitions: 410 Expired");
    insta::assert_snapshot!(error.hint().unwrap(), @"run again: a list has to be read to its end within minutes");
}

#[tokio::test]
async fn a_denial_outside_of_namespaces_asks_for_a_cluster_role() {
    let error = page(Reply::refusal(403, "Forbidden")).await.unwrap_err();
    insta::assert_snapshot!(error, @"prod-e1-1: list customresourcedefinitions: 403 Forbidden");
    insta::assert_snapshot!(
        error.hint().unwrap(),
        @"allow `list customresourcedefinitions`: add {apiGroups: [apiextensions.k8s.io], resources: [customresourcedefinitions], verbs: [list]} to the job's ClusterRole in prod-e1-1"
    );
}

#[tokio::test]
async fn a_page_whose_connection_ends_too_early_is_no_page() {
    // What has come would be a whole list by itself.
    let whole = r#"{"metadata": {"resourceVersion": "7"}, "items": []}"#;
    let error = page(Reply::Cut(whole.to_owned())).await.unwrap_err();
    assert_eq!(
        (error.kind, error.exit()),
        (Kind::Unreachable, Exit::Transient)
    );
}

#[tokio::test]
async fn a_page_may_be_larger_than_a_list_but_not_without_limit() {
    let compressed = |bytes: usize| {
        let empty = r#"{"metadata": {}, "items": []}"#;
        Reply::Gzip(200, super::gzip::gzip(&super::gzip::padded(empty, bytes)))
    };
    assert!(page(compressed(40 << 20)).await.is_ok());
    let error = page(compressed((64 << 20) + 1)).await.unwrap_err();
    assert_eq!(
        (error.kind, error.exit(), error.code()),
        (Kind::TooLarge, Exit::Transient, "cluster-too-large")
    );
    insta::assert_snapshot!(error, @"prod-e1-1: list customresourcedefinitions: the answer is too large");
    insta::assert_snapshot!(error.hint().unwrap(), @"look for what has become so large in prod-e1-1, or read fewer objects at once");
}

#[tokio::test]
async fn bytes_that_are_no_text_are_no_page() {
    let mut bytes = br#"{"metadata": {}, "items": ["?"]}"#.to_vec();
    let place = bytes.iter().position(|byte| *byte == b'?').unwrap();
    bytes[place] = 0xff;
    let error = page(Reply::Gzip(200, super::gzip::gzip(&bytes))).await;
    let error = error.unwrap_err();
    assert_eq!(
        (error.kind, error.reason.as_str()),
        (Kind::Undecodable, "not text")
    );
}

#[tokio::test]
async fn a_name_never_leads_elsewhere() {
    let server = Server::start(|_: &Asked| Reply::Silence).await;
    let cluster = cluster(&server).await;
    for wrong in [
        "", ".", "..", "a/b", "a?b", "a#b", "a%2fb", "a\\b", "a b", "é",
    ] {
        let inside = PageRequest {
            namespace: Some(wrong),
            ..FIRST
        };
        let errors = [
            cluster.list_page(&rules(), inside).await.unwrap_err(),
            cluster
                .get_value(&definitions(), None, wrong)
                .await
                .unwrap_err(),
            cluster
                .get_value(&rules(), Some(wrong), "x")
                .await
                .unwrap_err(),
        ];
        for error in errors {
            assert_eq!(error.kind, Kind::Invalid, "{wrong}");
            assert_eq!(error.reason, "not a name of an object");
        }
    }
    assert!(server.asked().is_empty());
}
