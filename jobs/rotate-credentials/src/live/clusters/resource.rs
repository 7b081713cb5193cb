//! The Alertmanager custom resource: which objects belong to it, and how many replicas it asks for.

use kube::api::{ApiResource, DynamicObject};
use kube::core::GroupVersionKind;
use serde::Deserialize;

/// What is read of the resource, with the operator's defaults filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Resource {
    name: String,
    pub(super) paused: bool,
    pub(super) replicas: usize,
    /// The Secret with the configuration.
    pub(super) config_secret: String,
    /// Without a slash at its end.
    route_prefix: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Spec {
    paused: Option<bool>,
    replicas: Option<usize>,
    config_secret: Option<String>,
    route_prefix: Option<String>,
}

/// The kind, for the client.
pub(super) fn kind() -> ApiResource {
    let kind = GroupVersionKind::gvk("monitoring.coreos.com", "v1", "Alertmanager");
    ApiResource::from_gvk_with_plural(&kind, "alertmanagers")
}

impl Resource {
    /// Reads the resource called `name`; `None` when a field has another type than the operator
    /// takes. A default must not stand in for what cannot be read.
    pub(super) fn read(name: &str, object: &DynamicObject) -> Option<Self> {
        let spec = match object.data.get("spec") {
            Some(spec) => Spec::deserialize(spec).ok()?,
            None => Spec::default(),
        };
        let text = |text: Option<String>| text.filter(|text| !text.is_empty());
        let route_prefix = text(spec.route_prefix).unwrap_or_default();
        Some(Self {
            name: name.to_owned(),
            paused: spec.paused.unwrap_or(false),
            replicas: spec.replicas.unwrap_or(1),
            config_secret: text(spec.config_secret)
                .unwrap_or_else(|| format!("alertmanager-{name}")),
            route_prefix: route_prefix.trim_end_matches('/').to_owned(),
        })
    }

    /// The `StatefulSet` that the operator makes of it.
    pub(super) fn stateful_set(&self) -> String {
        format!("alertmanager-{}", self.name)
    }

    /// The Secret that the operator makes of the configuration.
    pub(super) fn generated_secret(&self) -> String {
        format!("alertmanager-{}-generated", self.name)
    }

    /// Selects the pods of its replicas.
    pub(super) fn selector(&self) -> String {
        format!("alertmanager={}", self.name)
    }

    /// The pods of the replicas that it asks for.
    pub(super) fn pods(&self) -> impl Iterator<Item = String> {
        let set = self.stateful_set();
        (0..self.replicas).map(move |ordinal| format!("{set}-{ordinal}"))
    }

    /// Where a replica serves `page`, such as `/metrics`.
    pub(super) fn page(&self, page: &str) -> String {
        format!("{}{page}", self.route_prefix)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(spec: &serde_json::Value) -> Option<Resource> {
        let object: DynamicObject = serde_json::from_value(json!({
            "apiVersion": "monitoring.coreos.com/v1",
            "kind": "Alertmanager",
            "metadata": {"name": "main"},
            "spec": spec,
        }))
        .unwrap();
        Resource::read("main", &object)
    }

    #[test]
    fn what_is_not_said_is_what_the_operator_takes_for_it() {
        let resource = read(&json!({})).unwrap();
        assert_eq!(resource.pods().collect::<Vec<_>>(), ["alertmanager-main-0"]);
        assert_eq!(resource.config_secret, "alertmanager-main");
        assert_eq!(resource.generated_secret(), "alertmanager-main-generated");
        assert_eq!(
            (resource.page("/metrics").as_str(), resource.paused),
            ("/metrics", false)
        );
        assert_eq!(
            read(&json!({"replicas": null, "configSecret": ""})),
            Some(resource)
        );
    }

    #[test]
    fn what_is_said_counts() {
        let resource = read(&json!({
            "paused": true, "replicas": 3, "configSecret": "mine", "routePrefix": "/am/",
        }))
        .unwrap();
        assert_eq!(resource.pods().last().unwrap(), "alertmanager-main-2");
        assert_eq!(resource.config_secret, "mine");
        assert_eq!(
            (resource.page("/metrics").as_str(), resource.paused),
            ("/am/metrics", true)
        );
        assert_eq!(read(&json!({"routePrefix": "/"})).unwrap().page("/x"), "/x");
    }

    #[test]
    fn what_cannot_be_read_is_not_made_up() {
        for spec in [
            json!({"replicas": "2"}),
            json!({"replicas": -1}),
            json!({"paused": "no"}),
        ] {
            assert_eq!(read(&spec), None, "{spec}");
        }
        assert_eq!(kind().plural, "alertmanagers");
    }
}
