//! The objects that the Prometheus operator and the controller of `StatefulSet`s would have made.

use std::net::Ipv4Addr;

use serde_json::{Value, json};

/// The group and version of the Prometheus operator's resources.
pub(super) const MONITORING: &str = "monitoring.coreos.com/v1";

/// Where replicas listen.
pub(super) const WEB_PORT: u16 = 9093;

/// What a set of Alertmanagers is called, everywhere.
#[derive(Debug, Clone)]
pub(super) struct Names {
    pub(super) namespace: String,
    /// The name of the Alertmanager resource.
    pub(super) cr: String,
}

impl Names {
    /// The name of the `StatefulSet`, and the beginning of all others.
    pub(super) fn set(&self) -> String {
        format!("alertmanager-{}", self.cr)
    }

    /// The Secret that replicas mount.
    pub(super) fn generated(&self) -> String {
        format!("{}-generated", self.set())
    }

    pub(super) fn pod(&self, ordinal: usize) -> String {
        format!("{}-{ordinal}", self.set())
    }

    pub(super) fn namespace_path(&self) -> String {
        format!("/api/v1/namespaces/{}", self.namespace)
    }

    pub(super) fn pod_path(&self, ordinal: usize) -> String {
        format!("{}/pods/{}", self.namespace_path(), self.pod(ordinal))
    }

    pub(super) fn secret_path(&self, secret: &str) -> String {
        format!("{}/secrets/{secret}", self.namespace_path())
    }

    pub(super) fn account_path(&self) -> String {
        format!("{}/serviceaccounts/default", self.namespace_path())
    }

    pub(super) fn cr_path(&self) -> String {
        format!(
            "/apis/{MONITORING}/namespaces/{}/alertmanagers/{}",
            self.namespace, self.cr
        )
    }

    pub(super) fn set_path(&self) -> String {
        format!(
            "/apis/apps/v1/namespaces/{}/statefulsets/{}",
            self.namespace,
            self.set()
        )
    }
}

/// Where the definition of the Alertmanager resource lies.
pub(super) const DEFINITION_PATH: &str =
    "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/alertmanagers.monitoring.coreos.com";

/// The definition of the Alertmanager resource, with any fields.
pub(super) fn definition() -> Value {
    let schema = json!({
        "openAPIV3Schema": {
            "type": "object",
            "x-kubernetes-preserve-unknown-fields": true,
        }
    });
    json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "alertmanagers.monitoring.coreos.com"},
        "spec": {
            "group": "monitoring.coreos.com",
            "scope": "Namespaced",
            "names": {
                "kind": "Alertmanager",
                "listKind": "AlertmanagerList",
                "plural": "alertmanagers",
                "singular": "alertmanager",
            },
            "versions": [{
                "name": "v1",
                "served": true,
                "storage": true,
                "schema": schema,
                "subresources": {"status": {}},
            }],
        },
    })
}

pub(super) fn namespace(names: &Names) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": names.namespace},
    })
}

/// The account that every pod has by default; without it none is admitted.
pub(super) fn account(names: &Names) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": "default", "namespace": names.namespace},
    })
}

/// The Alertmanager resource; without `config_secret` the operator takes its default.
pub(super) fn custom_resource(
    names: &Names,
    replicas: usize,
    config_secret: Option<&str>,
) -> Value {
    let mut spec = json!({"replicas": replicas, "version": "v0.28.1"});
    if let (Some(secret), Some(spec)) = (config_secret, spec.as_object_mut()) {
        spec.insert("configSecret".to_owned(), secret.into());
    }
    json!({
        "apiVersion": MONITORING,
        "kind": "Alertmanager",
        "metadata": {"name": names.cr, "namespace": names.namespace},
        "spec": spec,
    })
}

/// A Secret with one key.
pub(super) fn secret(names: &Names, name: &str, key: &str, base64: &str) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": names.namespace},
        "data": {key: base64},
    })
}

pub(super) fn stateful_set(names: &Names, replicas: usize) -> Value {
    let labels = labels(names);
    json!({
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": names.set(), "namespace": names.namespace, "labels": labels},
        "spec": {
            "replicas": replicas,
            "serviceName": "alertmanager-operated",
            "podManagementPolicy": "Parallel",
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": pod_spec()},
        },
    })
}

pub(super) fn stateful_set_status(replicas: usize, ready: usize) -> Value {
    json!({"status": {
        "observedGeneration": 1,
        "replicas": replicas,
        "currentReplicas": replicas,
        "updatedReplicas": replicas,
        "readyReplicas": ready,
        "availableReplicas": ready,
    }})
}

/// One pod of the set whose uid is `owner`.
pub(super) fn pod(names: &Names, ordinal: usize, owner: &str) -> Value {
    let mut labels = labels(names);
    if let Some(labels) = labels.as_object_mut() {
        let pod = "statefulset.kubernetes.io/pod-name".to_owned();
        labels.insert(pod, names.pod(ordinal).into());
    }
    let mut spec = pod_spec();
    if let Some(spec) = spec.as_object_mut() {
        spec.insert("nodeName".to_owned(), "sandbox".into());
    }
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": names.pod(ordinal),
            "namespace": names.namespace,
            "labels": labels,
            "ownerReferences": [{
                "apiVersion": "apps/v1",
                "kind": "StatefulSet",
                "name": names.set(),
                "uid": owner,
                "controller": true,
                "blockOwnerDeletion": true,
            }],
        },
        "spec": spec,
    })
}

/// What a kubelet would report of a pod whose program runs, or does not.
pub(in crate::kubernetes) fn pod_status(address: Ipv4Addr, ready: bool) -> Value {
    let condition = if ready { "True" } else { "False" };
    let conditions = ["Initialized", "PodScheduled", "ContainersReady", "Ready"].map(|kind| {
        // The first two have been reached for good.
        let fixed = matches!(kind, "Initialized" | "PodScheduled");
        json!({"type": kind, "status": if fixed { "True" } else { condition }})
    });
    json!({"status": {
        "phase": "Running",
        "podIP": address.to_string(),
        "podIPs": [{"ip": address.to_string()}],
        "conditions": conditions,
    }})
}

fn labels(names: &Names) -> Value {
    json!({
        "alertmanager": names.cr,
        "app.kubernetes.io/name": "alertmanager",
        "app.kubernetes.io/instance": names.cr,
        "app.kubernetes.io/managed-by": "prometheus-operator",
    })
}

fn pod_spec() -> Value {
    json!({
        "automountServiceAccountToken": false,
        "containers": [{
            "name": "alertmanager",
            "image": "alertmanager.sandbox.invalid/alertmanager:v0.28.1",
            "ports": [{"name": "web", "containerPort": WEB_PORT}],
        }],
    })
}
