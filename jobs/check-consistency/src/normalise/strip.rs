//! What a server, a controller or a chart's version writes into an object: it says nothing about what was
//! asked for, and is removed before anything is compared.

use std::collections::BTreeMap;

use super::secret_data;
use super::tree::Tree;
use crate::object::Kind;

/// Fields of `metadata` that only tell one object from the next. `name` and `namespace` are what objects
/// are compared by: where names are templated, they are meant to differ.
const METADATA: &[&str] = &[
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "generation",
    "managedFields",
    "name",
    "namespace",
    "resourceVersion",
    "selfLink",
    "uid",
];

/// Annotations of controllers, of kubectl and of Helm; pod templates have some of them too.
const ANNOTATIONS: &[&str] = &[
    "control-plane.alpha.kubernetes.io/leader",
    "deployment.kubernetes.io/revision",
    "deprecated.daemonset.template.generation",
    "kubectl.kubernetes.io/last-applied-configuration",
    "kubectl.kubernetes.io/restartedAt",
    "meta.helm.sh/release-name",
    "meta.helm.sh/release-namespace",
    "prometheus-operator-validated",
];

/// Annotations of the controllers of volumes.
const VOLUME_ANNOTATIONS: &[&str] = &[
    "pv.kubernetes.io/",
    "volume.kubernetes.io/",
    "volume.beta.kubernetes.io/",
];

/// Labels with the uid of a Job, by which it knows its pods.
const JOB_LABELS: &[&str] = &["batch.kubernetes.io/controller-uid", "controller-uid"];

/// Labels that change with a chart's version, which is looked at once a release and not in every object.
const LABELS: &[&str] = &[
    "app.kubernetes.io/version",
    "chart",
    "helm.sh/chart",
    "heritage",
];

/// Where a pod template's or a volume claim's own metadata is.
const TEMPLATES: &[&[&str]] = &[
    &["spec", "template", "metadata"],
    &["spec", "jobTemplate", "metadata"],
    &["spec", "jobTemplate", "spec", "template", "metadata"],
    &["spec", "podMetadata"],
];

/// Removes all of it.
pub(super) fn strip(kind: &Kind, object: &mut Tree) {
    let own_name = object
        .field("metadata")
        .and_then(|metadata| metadata.field("name"))
        .and_then(Tree::text)
        .unwrap_or_default()
        .to_owned();
    if let Some(fields) = object.map_at(&[]) {
        fields.remove("apiVersion");
        fields.remove("kind");
        strip_status(kind, fields);
    }
    if let Some(metadata) = object.map_at(&["metadata"]) {
        for name in METADATA {
            metadata.remove(*name);
        }
        strip_metadata(kind, metadata);
    }
    for place in TEMPLATES {
        if let Some(metadata) = object.map_at(place) {
            metadata.remove("creationTimestamp");
            strip_metadata(kind, metadata);
        }
    }
    match (kind.group.as_str(), kind.kind.as_str()) {
        ("", "Service") => service(object),
        ("", "PersistentVolumeClaim") => remove(object, &["spec"], &["volumeName"]),
        ("", "PersistentVolume") => {
            remove(object, &["spec", "claimRef"], &["uid", "resourceVersion"]);
        }
        ("", "ServiceAccount") => service_account(object, &own_name),
        ("", "Secret") => secret_data::decode(object),
        ("batch", "Job") => {
            remove(object, &["metadata", "labels"], JOB_LABELS);
            remove(object, &["spec", "selector", "matchLabels"], JOB_LABELS);
            remove(
                object,
                &["spec", "template", "metadata", "labels"],
                JOB_LABELS,
            );
        }
        ("admissionregistration.k8s.io", _) => {
            each(object, "webhooks", |webhook| {
                remove(webhook, &["clientConfig"], &["caBundle"]);
            });
        }
        ("apiregistration.k8s.io", "APIService") => remove(object, &["spec"], &["caBundle"]),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => remove(
            object,
            &["spec", "conversion", "webhook", "clientConfig"],
            &["caBundle"],
        ),
        _ => {}
    }
}

/// Of a status only the versions in which a definition's objects are stored say what was asked for.
fn strip_status(kind: &Kind, fields: &mut BTreeMap<String, Tree>) {
    let Some(mut status) = fields.remove("status") else {
        return;
    };
    if kind.kind == "CustomResourceDefinition"
        && let Some(status_fields) = status.map_at(&[])
    {
        status_fields.retain(|name, _| name == "storedVersions");
        fields.insert("status".to_owned(), status);
    }
}

fn strip_metadata(kind: &Kind, metadata: &mut BTreeMap<String, Tree>) {
    let volume = matches!(
        kind.kind.as_str(),
        "PersistentVolumeClaim" | "PersistentVolume"
    );
    if let Some(annotations) = metadata
        .get_mut("annotations")
        .and_then(|it| it.map_at(&[]))
    {
        annotations.retain(|name, _| {
            let of_volume = volume && VOLUME_ANNOTATIONS.iter().any(|it| name.starts_with(it));
            !of_volume && !ANNOTATIONS.contains(&name.as_str())
        });
    }
    if let Some(labels) = metadata.get_mut("labels").and_then(|it| it.map_at(&[])) {
        labels.retain(|name, _| !LABELS.contains(&name.as_str()));
    }
    let owners = metadata
        .get_mut("ownerReferences")
        .and_then(Tree::items_mut);
    for owner in owners.into_iter().flatten() {
        remove(owner, &[], &["uid"]);
    }
}

/// What the cluster allocates. `clusterIP: None` is no address: it asks for none.
fn service(object: &mut Tree) {
    let spec = |name| object.field("spec").and_then(|spec| spec.field(name));
    let keeps_ports = spec("type").and_then(Tree::text) == Some("NodePort");
    let headless = spec("clusterIP").and_then(Tree::text) == Some("None");
    let policy = spec("ipFamilyPolicy").and_then(Tree::text);
    let policy_is_default = policy.is_none_or(|policy| policy == "SingleStack");
    // What is the default of a cluster nobody can tell from the object: any other family may be asked for.
    let families_are_default = policy_is_default
        && matches!(spec("ipFamilies"), Some(Tree::List(families))
            if matches!(&families[..], [only] if only.text() == Some("IPv4")));
    remove(object, &["spec"], &["clusterIPs", "healthCheckNodePort"]);
    if !headless {
        remove(object, &["spec"], &["clusterIP"]);
    }
    if policy_is_default {
        remove(object, &["spec"], &["ipFamilyPolicy"]);
    }
    if families_are_default {
        remove(object, &["spec"], &["ipFamilies"]);
    }
    if !keeps_ports
        && let Some(Tree::Map(spec)) = object.map_at(&[]).and_then(|it| it.get_mut("spec"))
    {
        let ports = spec.get_mut("ports").and_then(Tree::items_mut);
        for port in ports.into_iter().flatten() {
            remove(port, &[], &["nodePort"]);
        }
    }
}

/// Tokens and pull secrets that controllers make for the account are named after it.
fn service_account(object: &mut Tree, own_name: &str) {
    let generated = |item: &Tree| {
        item.field("name")
            .and_then(Tree::text)
            .and_then(|name| name.strip_prefix(own_name))
            .is_some_and(|rest| rest.starts_with("-token-") || rest.starts_with("-dockercfg-"))
    };
    for list in ["secrets", "imagePullSecrets"] {
        let Some(fields) = object.map_at(&[]) else {
            return;
        };
        if let Some(items) = fields.get_mut(list).and_then(Tree::items_mut) {
            items.retain(|item| !generated(item));
            if items.is_empty() {
                fields.remove(list);
            }
        }
    }
}

fn each(object: &mut Tree, list: &str, change: impl Fn(&mut Tree)) {
    let items = object
        .map_at(&[])
        .and_then(|fields| fields.get_mut(list))
        .and_then(Tree::items_mut);
    items.into_iter().flatten().for_each(change);
}

fn remove(object: &mut Tree, place: &[&str], names: &[&str]) {
    if let Some(fields) = object.map_at(place) {
        for name in names {
            fields.remove(*name);
        }
    }
}
