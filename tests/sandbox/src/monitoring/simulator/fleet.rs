//! Many `PrometheusRule`s of the size that real ones have.

use std::ops::Range;

use serde_json::{Value, json};

/// How many different ones there are before they repeat; each has a name of its own in any case.
const TEAMS: [&str; 4] = ["remote-cache", "buildsense", "workers", "ingress"];

/// The objects of one cluster, as text. Two clusters with as many have equal ones, but for those that
/// were changed.
#[derive(Debug)]
pub struct Fleet {
    objects: Vec<String>,
}

impl Fleet {
    /// So many objects; the one in the middle of a changed fleet has another `for`.
    pub fn new(count: usize, changed: bool) -> Self {
        let at = changed.then_some(count / 2);
        let objects = (0..count).map(|number| Self::as_stored(number, at == Some(number)));
        Self {
            objects: objects.map(|object| object.to_string()).collect(),
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.objects.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }

    /// The objects with these numbers, as far as they exist.
    pub(super) fn page(&self, numbers: Range<usize>) -> &[String] {
        let end = numbers.end.min(self.objects.len());
        self.objects.get(numbers.start..end).unwrap_or(&[])
    }

    /// The object called `name`.
    pub(super) fn find(&self, name: &str) -> Option<&str> {
        let number: usize = name.strip_prefix("rules-")?.parse().ok()?;
        let found = self.objects.get(number)?;
        (Self::name(number) == name).then_some(found)
    }

    fn name(number: usize) -> String {
        format!("rules-{number:05}")
    }

    /// One object as a person writes it, for a real API server.
    pub fn manifest(number: usize, changed: bool) -> Value {
        let team = TEAMS.get(number % TEAMS.len()).copied().unwrap_or_default();
        let wait = if changed { "20m" } else { "10m" };
        let alerts: Vec<Value> = ["High", "Low", "Stale"]
            .iter()
            .map(|kind| {
                json!({
                    "alert": format!("Service{number}{kind}"),
                    "expr": format!(
                        "sum by (pod, cluster) (rate(http_requests_total{{service=\"s-{number}\", \
                         code=~\"5..\"}}[5m])) / ignoring (code) sum by (pod, cluster) \
                         (rate(http_requests_total{{service=\"s-{number}\"}}[5m])) > 0.05"
                    ),
                    "for": wait,
                    "labels": {"severity": "critical", "team": team},
                    "annotations": {
                        "message": "{{ $labels.pod }} answers {{ $value | humanizePercentage }} of \
                                    its requests with an error",
                        "action": "Look at the newest deployment of the service and at its log; \
                                   go back to the one before if they began together",
                        "runbook_url": format!("https://runbooks.invalid/{team}/{kind}"),
                    },
                })
            })
            .collect();
        json!({
            "apiVersion": "monitoring.coreos.com/v1",
            "kind": "PrometheusRule",
            "metadata": {
                "name": Self::name(number),
                "namespace": super::super::NAMESPACE,
                "labels": {
                    "release": "prod-monitoring",
                    "app.kubernetes.io/managed-by": "Helm",
                },
                "annotations": {
                    "meta.helm.sh/release-name": "prod-monitoring",
                    "meta.helm.sh/release-namespace": "monitoring",
                },
            },
            "spec": {"groups": [{"name": format!("./{team}.{number}"), "rules": alerts}]},
        })
    }

    /// The same as an API server keeps it, with what it adds.
    fn as_stored(number: usize, changed: bool) -> Value {
        let mut object = Self::manifest(number, changed);
        let fields = json!({
            "f:metadata": {
                "f:annotations": {
                    ".": {},
                    "f:meta.helm.sh/release-name": {},
                    "f:meta.helm.sh/release-namespace": {},
                },
                "f:labels": {
                    ".": {},
                    "f:app.kubernetes.io/managed-by": {},
                    "f:release": {},
                },
            },
            "f:spec": {".": {}, "f:groups": {".": {}, "k:{\"name\":\"x\"}": {".": {}, "f:name": {}, "f:rules": {}}}},
        });
        if let Some(metadata) = object
            .pointer_mut("/metadata")
            .and_then(Value::as_object_mut)
        {
            let added = [
                (
                    "uid",
                    json!(format!("5d2b3f6e-7a41-4c1e-9b7d-{number:012}")),
                ),
                ("resourceVersion", json!((100_000 + number).to_string())),
                ("generation", json!(1)),
                ("creationTimestamp", json!("2026-01-01T00:00:00Z")),
                (
                    "managedFields",
                    json!([{
                        "manager": "helm",
                        "operation": "Update",
                        "apiVersion": "monitoring.coreos.com/v1",
                        "time": "2026-01-01T00:00:00Z",
                        "fieldsType": "FieldsV1",
                        "fieldsV1": fields,
                    }]),
                ),
            ];
            for (key, value) in added {
                metadata.insert(key.to_owned(), value);
            }
        }
        object
    }
}
