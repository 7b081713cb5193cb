//! What is answered to which request.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::ACCEPT_ENCODING;
use http::request::Parts;
use hyper::body::Bytes;
use serde_json::{Value, json};

use super::Fleet;

const JSON: &str = "application/json";
const DISCOVERY: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/// From this size on a real API server compresses.
const COMPRESSED_FROM: usize = 128 * 1024;

/// One answer.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) content_type: &'static str,
    pub(super) compressed: bool,
    pub(super) body: Bytes,
}

impl Answer {
    fn json(value: &Value) -> Self {
        Self::new(200, JSON, value)
    }

    fn new(status: u16, content_type: &'static str, value: &Value) -> Self {
        Self {
            status,
            content_type,
            compressed: false,
            body: value.to_string().into(),
        }
    }

    fn not_found(path: &str) -> Self {
        let status = json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": format!("{path} not found"), "reason": "NotFound", "code": 404,
        });
        Self::new(404, JSON, &status)
    }
}

/// All that the stand-in knows.
#[derive(Debug)]
pub(super) struct Answers {
    identity: String,
    fleet: Arc<Fleet>,
    /// Compressed pages by first object and limit.
    pages: Mutex<BTreeMap<(usize, usize), Bytes>>,
}

impl Answers {
    pub(super) fn new(identity: &str, fleet: Arc<Fleet>) -> Self {
        Self {
            identity: identity.to_owned(),
            fleet,
            pages: Mutex::default(),
        }
    }

    pub(super) fn to(&self, parts: &Parts) -> Answer {
        const RULES: &str = "/apis/monitoring.coreos.com/v1/namespaces/monitoring/prometheusrules";
        const DEFINITION: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/\
                                  prometheusrules.monitoring.coreos.com";
        let path = parts.uri.path();
        match path {
            "/version" => Answer::json(&json!({
                "major": "1", "minor": "34", "gitVersion": "v1.34.4", "platform": "linux/amd64",
            })),
            "/api" => Answer::new(200, DISCOVERY, &discovery(&[core()])),
            "/apis" => Answer::new(200, DISCOVERY, &discovery(&[monitoring(), definitions()])),
            "/api/v1/namespaces/kube-system" => Answer::json(&json!({
                "apiVersion": "v1", "kind": "Namespace",
                "metadata": {"name": "kube-system", "uid": self.identity},
            })),
            RULES => self.page(parts),
            DEFINITION => Answer::json(&definition()),
            path => {
                let name = path.strip_prefix(RULES).and_then(|it| it.strip_prefix('/'));
                match name.and_then(|name| self.fleet.find(name)) {
                    Some(object) => Answer {
                        status: 200,
                        content_type: JSON,
                        compressed: false,
                        body: object.to_owned().into(),
                    },
                    None => Answer::not_found(path),
                }
            }
        }
    }

    /// One page of the list; the token is the number of the object that it begins with.
    fn page(&self, parts: &Parts) -> Answer {
        let query = parts.uri.query().unwrap_or_default();
        let query: BTreeMap<_, _> = form_urlencoded::parse(query.as_bytes()).collect();
        let number = |key: &str| query.get(key).and_then(|text| text.parse::<usize>().ok());
        let from = number("continue").unwrap_or_default();
        let limit = number("limit").filter(|limit| *limit > 0);
        let limit = limit.unwrap_or(self.fleet.len());
        let takes_gzip = parts.headers.get(ACCEPT_ENCODING).is_some_and(|value| {
            let value = value.to_str().unwrap_or_default();
            value.contains("gzip")
        });
        if !takes_gzip {
            return Answer {
                status: 200,
                content_type: JSON,
                compressed: false,
                body: self.text(from, limit).into(),
            };
        }
        let mut pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        let body = pages.entry((from, limit)).or_insert_with(|| {
            let text = self.text(from, limit);
            if text.len() < COMPRESSED_FROM {
                return text.into();
            }
            compress(text.as_bytes())
        });
        Answer {
            status: 200,
            content_type: JSON,
            compressed: body.starts_with(&[0x1f, 0x8b]),
            body: body.clone(),
        }
    }

    fn text(&self, from: usize, limit: usize) -> String {
        let to = from.saturating_add(limit).min(self.fleet.len());
        let rest = self.fleet.len() - to;
        let mut metadata = json!({"resourceVersion": "200000"});
        if let Some(metadata) = metadata.as_object_mut().filter(|_| rest > 0) {
            metadata.insert("continue".to_owned(), to.to_string().into());
            metadata.insert("remainingItemCount".to_owned(), rest.into());
        }
        format!(
            "{{\"apiVersion\":\"monitoring.coreos.com/v1\",\"kind\":\"PrometheusRuleList\",\
             \"metadata\":{metadata},\"items\":[{}]}}",
            self.fleet.page(from..to).join(",")
        )
    }
}

/// As fast, and as little, as a real server compresses. Bytes in memory cannot fail to be written.
fn compress(text: &[u8]) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text).unwrap_or_default();
    encoder.finish().unwrap_or_default().into()
}

fn discovery(groups: &[Value]) -> Value {
    json!({
        "kind": "APIGroupDiscoveryList",
        "apiVersion": "apidiscovery.k8s.io/v2",
        "metadata": {},
        "items": groups,
    })
}

fn core() -> Value {
    group("", &resource("", "Namespace", "namespaces", "Cluster"))
}

fn monitoring() -> Value {
    let group_name = "monitoring.coreos.com";
    let rules = resource(
        group_name,
        "PrometheusRule",
        "prometheusrules",
        "Namespaced",
    );
    group(group_name, &rules)
}

fn definitions() -> Value {
    let group_name = "apiextensions.k8s.io";
    let plural = "customresourcedefinitions";
    let resource = resource(group_name, "CustomResourceDefinition", plural, "Cluster");
    group(group_name, &resource)
}

fn group(name: &str, resource: &Value) -> Value {
    let metadata = if name.is_empty() {
        json!({})
    } else {
        json!({"name": name})
    };
    json!({
        "metadata": metadata,
        "versions": [{"version": "v1", "freshness": "Current", "resources": [resource]}],
    })
}

fn resource(group: &str, kind: &str, plural: &str, scope: &str) -> Value {
    json!({
        "resource": plural,
        "responseKind": {"group": group, "version": "v1", "kind": kind},
        "scope": scope,
        "singularResource": kind.to_lowercase(),
        "verbs": ["get", "list"],
    })
}

/// The definition of the kind, as far as lists go.
fn definition() -> Value {
    let groups = json!({
        "type": "array",
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["name"],
        "items": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
    });
    json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "prometheusrules.monitoring.coreos.com"},
        "spec": {
            "group": "monitoring.coreos.com",
            "scope": "Namespaced",
            "names": {"kind": "PrometheusRule", "plural": "prometheusrules"},
            "versions": [{
                "name": "v1",
                "served": true,
                "storage": true,
                "schema": {"openAPIV3Schema": {
                    "type": "object",
                    "properties": {"spec": {"type": "object", "properties": {"groups": groups}}},
                }},
            }],
        },
    })
}
