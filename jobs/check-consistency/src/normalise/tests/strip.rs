use serde_json::json;

use super::{RULE, normal, rendered, same};
use crate::node::Node;

#[test]
fn what_a_server_writes_is_not_compared() {
    let object = json!({
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {
            "name": "a", "namespace": "b", "uid": "u", "resourceVersion": "1", "generation": 2,
            "creationTimestamp": "2026-01-01T00:00:00Z", "selfLink": "/x", "deletionGracePeriodSeconds": 0,
            "managedFields": [{"manager": "helm"}],
            "ownerReferences": [{"kind": "X", "name": "y", "uid": "z"}],
            "labels": {
                "helm.sh/chart": "x-1", "chart": "x-1", "app.kubernetes.io/version": "1", "heritage": "Helm",
                "app": "x",
            },
            "annotations": {
                "kubectl.kubernetes.io/last-applied-configuration": "{}", "deployment.kubernetes.io/revision": "4",
                "meta.helm.sh/release-name": "r", "meta.helm.sh/release-namespace": "n",
                "prometheus-operator-validated": "true", "control-plane.alpha.kubernetes.io/leader": "l",
                "kubectl.kubernetes.io/restartedAt": "now", "deprecated.daemonset.template.generation": "1",
                "kept": "yes",
            },
        },
        "status": {"bindings": []},
        "spec": {},
    });
    insta::assert_snapshot!(rendered(RULE, &object), @r#"
    metadata:
      annotations:
        kept: "yes"
      labels:
        app: x
      ownerReferences:
        - kind: X
          name: "y"
    spec: {}
    "#);
}

#[test]
fn an_object_that_is_being_deleted_is_not_as_one_that_is_not() {
    assert!(!same(
        "ConfigMap",
        &json!({"metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"}}),
        &json!({"metadata": {}}),
    ));
}

#[test]
fn what_is_filled_in_for_a_kind_is_not_compared() {
    let table = [
        (
            "Service",
            json!({"spec": {
                "clusterIP": "10.0.0.1", "clusterIPs": ["10.0.0.1"], "healthCheckNodePort": 30001,
                "ipFamilies": ["IPv4"], "ipFamilyPolicy": "SingleStack", "type": "LoadBalancer",
                "ports": [{"port": 80, "protocol": "TCP", "nodePort": 30002}],
            }}),
            json!({"spec": {"type": "LoadBalancer", "ports": [{"port": 80, "protocol": "TCP"}]}}),
        ),
        (
            "PersistentVolumeClaim",
            json!({
                "metadata": {"annotations": {
                    "pv.kubernetes.io/bind-completed": "yes", "volume.kubernetes.io/selected-node": "n",
                }},
                "spec": {"volumeName": "pvc-1"},
            }),
            json!({"metadata": {}, "spec": {}}),
        ),
        (
            "ServiceAccount",
            json!({
                "metadata": {"name": "a"},
                "secrets": [{"name": "a-token-x1"}],
                "imagePullSecrets": [{"name": "a-dockercfg-x1"}],
            }),
            json!({"metadata": {"name": "a"}}),
        ),
        (
            "admissionregistration.k8s.io/ValidatingWebhookConfiguration",
            json!({"webhooks": [{"name": "a", "clientConfig": {"caBundle": "x", "url": "u"}}]}),
            json!({"webhooks": [{"name": "a", "clientConfig": {"url": "u"}}]}),
        ),
        (
            "apiregistration.k8s.io/APIService",
            json!({"spec": {"caBundle": "x", "group": "g"}}),
            json!({"spec": {"group": "g"}}),
        ),
        (
            "apiextensions.k8s.io/CustomResourceDefinition",
            json!({
                "spec": {"conversion": {"webhook": {"clientConfig": {"caBundle": "x"}}}},
                "status": {"storedVersions": ["v1"], "conditions": []},
            }),
            json!({
                "spec": {"conversion": {"webhook": {"clientConfig": {}}}},
                "status": {"storedVersions": ["v1"]},
            }),
        ),
        (
            "batch/Job",
            json!({"spec": {
                "selector": {"matchLabels": {"batch.kubernetes.io/controller-uid": "u"}},
                "template": {"metadata": {"labels": {"controller-uid": "u", "job-name": "a"}}},
            }}),
            json!({"spec": {
                "selector": {"matchLabels": {}},
                "template": {"metadata": {"labels": {"job-name": "a"}}},
            }}),
        ),
        (
            "apps/Deployment",
            json!({"spec": {"template": {"metadata": {
                "creationTimestamp": null, "labels": {"helm.sh/chart": "x-1", "app": "x"},
                "annotations": {"kubectl.kubernetes.io/restartedAt": "now"},
            }}}}),
            json!({"spec": {"template": {"metadata": {"labels": {"app": "x"}}}}}),
        ),
    ];
    for (kind, one, other) in table {
        assert!(same(kind, &one, &other), "{kind}");
    }
}

#[test]
fn what_was_asked_for_is_compared_all_the_same() {
    let table = [
        (
            "Service",
            json!({"spec": {"clusterIP": "None"}}),
            json!({"spec": {"clusterIP": "10.0.0.1"}}),
        ),
        (
            "Service",
            json!({"spec": {"type": "NodePort", "ports": [{"port": 80, "nodePort": 30001}]}}),
            json!({"spec": {"type": "NodePort", "ports": [{"port": 80, "nodePort": 30002}]}}),
        ),
        (
            "Service",
            json!({"spec": {"ipFamilyPolicy": "RequireDualStack"}}),
            json!({"spec": {}}),
        ),
        (
            "Service",
            json!({"spec": {"ipFamilies": ["IPv6"], "ipFamilyPolicy": "SingleStack"}}),
            json!({"spec": {"ipFamilies": ["IPv4"], "ipFamilyPolicy": "SingleStack"}}),
        ),
        (
            "Service",
            json!({"spec": {"ipFamilies": ["IPv6"]}}),
            json!({"spec": {"ipFamilies": ["IPv4"]}}),
        ),
        (
            "Service",
            json!({"spec": {"ipFamilies": ["IPv4", "IPv6"]}}),
            json!({"spec": {"ipFamilies": ["IPv4"]}}),
        ),
        (
            "ServiceAccount",
            json!({"metadata": {"name": "a"}, "imagePullSecrets": [{"name": "registry"}]}),
            json!({"metadata": {"name": "a"}}),
        ),
        (
            "apiextensions.k8s.io/CustomResourceDefinition",
            json!({"status": {"storedVersions": ["v1"]}}),
            json!({"status": {"storedVersions": ["v1alpha1", "v1"]}}),
        ),
        (
            "ConfigMap",
            json!({"metadata": {"annotations": {"volume.kubernetes.io/x": "y"}}}),
            json!({}),
        ),
    ];
    for (kind, one, other) in table {
        assert!(!same(kind, &one, &other), "{kind}: {one}");
    }
}

#[test]
fn empty_is_absent_only_where_it_means_nothing() {
    let absent = [
        (
            "ConfigMap",
            json!({"metadata": {"labels": {}, "annotations": {}, "finalizers": []}}),
            json!({"metadata": {}}),
        ),
        ("ConfigMap", json!({"data": null}), json!({})),
        (
            "apps/Deployment",
            json!({"spec": {"template": {"spec": {
                "securityContext": {}, "imagePullSecrets": [], "volumes": [], "tolerations": [], "nodeSelector": {},
                "containers": [{"name": "a", "resources": {}, "env": [], "args": [], "volumeMounts": []}],
            }}}}),
            json!({"spec": {"template": {"spec": {"containers": [{"name": "a"}]}}}}),
        ),
        (
            RULE,
            json!({"spec": {"groups": [{"name": "a", "rules": [{"alert": "b", "labels": {}, "annotations": {}}]}]}}),
            json!({"spec": {"groups": [{"name": "a", "rules": [{"alert": "b"}]}]}}),
        ),
    ];
    for (kind, one, other) in absent {
        assert!(same(kind, &one, &other), "{kind}: {one}");
    }
    let kept = [
        (
            "monitoring.coreos.com/Prometheus",
            json!({"spec": {"ruleSelector": {}}}),
            json!({"spec": {}}),
        ),
        (
            "monitoring.coreos.com/Prometheus",
            json!({"spec": {"serviceMonitorSelector": {}}}),
            json!({"spec": {}}),
        ),
        (
            "networking.k8s.io/NetworkPolicy",
            json!({"spec": {"podSelector": {}}}),
            json!({"spec": {}}),
        ),
        (
            "networking.k8s.io/NetworkPolicy",
            json!({"spec": {"egress": []}}),
            json!({"spec": {}}),
        ),
        (
            "networking.k8s.io/NetworkPolicy",
            json!({"spec": {"ingress": [{}]}}),
            json!({"spec": {"ingress": []}}),
        ),
        (
            "apps/Deployment",
            json!({"spec": {"template": {"spec": {"volumes": [{"name": "a", "emptyDir": {}}]}}}}),
            json!({"spec": {"template": {"spec": {"volumes": [{"name": "a"}]}}}}),
        ),
        (
            "apps/Deployment",
            json!({"spec": {"selector": {"matchLabels": {}}}}),
            json!({"spec": {"selector": {}}}),
        ),
        (
            "x.io/Y",
            json!({"spec": {"labels": {}}}),
            json!({"spec": {}}),
        ),
    ];
    for (kind, one, other) in kept {
        assert!(!same(kind, &one, &other), "{kind}: {one}");
    }
}

#[test]
fn numbers_are_equal_by_value_and_never_equal_to_texts() {
    for (one, other, equal) in [
        (json!(80), json!(80), true),
        (json!(1), json!(1.0), true),
        (json!(0), json!(-0.0), true),
        (json!(80), json!("80"), false),
        (json!("http"), json!(80), false),
        (json!(true), json!("true"), false),
        (json!(1), json!(true), false),
        (json!(0.1), json!(0.2), false),
    ] {
        let object = |value| json!({"spec": {"port": value}});
        assert_eq!(
            same("Service", &object(&one), &object(&other)),
            equal,
            "{one} {other}"
        );
    }
}

#[test]
fn an_object_that_is_no_mapping_has_a_normal_form_too() {
    for object in [json!(null), json!([]), json!("x"), json!({})] {
        let normal = normal("ConfigMap", &object);
        assert!(!matches!(normal.root, Node::Document { .. }));
    }
}
