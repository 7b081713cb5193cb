//! Rules of RBAC as single questions.

use std::collections::BTreeSet;

use common::cluster::{Grantee, Right};
use serde_json::Value;

use super::objects::{items, kind, strings, text};

/// Who may do what, by all bindings whose role is among the objects.
pub(super) fn rights(objects: &[Value]) -> BTreeSet<(Grantee, Right)> {
    let mut all = BTreeSet::new();
    for binding in objects {
        // Only a Role of a namespace is limited to it; a ClusterRole in a RoleBinding is too.
        let namespace = match kind(binding) {
            "RoleBinding" => Some(text(binding, "/metadata/namespace").to_owned()),
            "ClusterRoleBinding" => None,
            _ => continue,
        };
        let Some(role) = role(objects, binding, namespace.as_deref()) else {
            continue;
        };
        let rights: Vec<_> = items(role, "/rules")
            .iter()
            .flat_map(|rule| of_rule(rule, namespace.as_ref()))
            .collect();
        for grantee in items(binding, "/subjects").iter().filter_map(grantee) {
            all.extend(rights.iter().map(|right| (grantee.clone(), right.clone())));
        }
    }
    all
}

fn role<'a>(objects: &'a [Value], binding: &Value, namespace: Option<&str>) -> Option<&'a Value> {
    let (wanted, name) = (
        text(binding, "/roleRef/kind"),
        text(binding, "/roleRef/name"),
    );
    objects.iter().find(|it| {
        let place = text(it, "/metadata/namespace");
        let here = wanted == "ClusterRole" || Some(place) == namespace;
        kind(it) == wanted && text(it, "/metadata/name") == name && here
    })
}

fn grantee(subject: &Value) -> Option<Grantee> {
    let name = text(subject, "/name").to_owned();
    match kind(subject) {
        "ServiceAccount" => Some(Grantee::ServiceAccount {
            namespace: text(subject, "/namespace").to_owned(),
            name,
        }),
        "Group" => Some(Grantee::Group(name)),
        _ => None,
    }
}

fn of_rule(rule: &Value, namespace: Option<&String>) -> Vec<Right> {
    let verbs = strings(rule, "/verbs");
    let mut names: Vec<_> = strings(rule, "/resourceNames")
        .into_iter()
        .map(Some)
        .collect();
    if names.is_empty() {
        names.push(None);
    }
    let mut rights = Vec::new();
    for verb in &verbs {
        for group in strings(rule, "/apiGroups") {
            for resource in strings(rule, "/resources") {
                rights.extend(names.iter().map(|name| Right {
                    verb: verb.clone(),
                    group: group.clone(),
                    resource: resource.clone(),
                    name: name.clone(),
                    namespace: namespace.cloned(),
                }));
            }
        }
        let paths = strings(rule, "/nonResourceURLs").into_iter();
        rights.extend(paths.map(|path| Right {
            verb: verb.clone(),
            group: String::new(),
            resource: path,
            name: None,
            namespace: None,
        }));
    }
    rights
}
