//! The pods of a cluster's replicas: which there are, and whether they are the same as before.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::Pod;

use super::resource::Resource;

/// A pod as one list has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) uid: String,
    ready: bool,
}

/// The pods of the resource's `StatefulSet`, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Pods(BTreeMap<String, Seen>);

impl Pods {
    /// Those of `list` that the resource's `StatefulSet` owns.
    pub(super) fn of(resource: &Resource, list: Vec<Pod>) -> Self {
        let set = resource.stateful_set();
        let owned = |pod: &Pod| {
            let owners = pod.metadata.owner_references.iter().flatten();
            owners
                .into_iter()
                .any(|it| it.kind == "StatefulSet" && it.name == set)
        };
        let pods = list.into_iter().filter(owned).filter_map(|pod| {
            let ready = is_ready(&pod);
            let seen = Seen {
                uid: pod.metadata.uid?,
                ready,
            };
            Some((pod.metadata.name?, seen))
        });
        Self(pods.collect())
    }

    pub(super) fn get(&self, name: &str) -> Option<&Seen> {
        self.0.get(name)
    }

    /// Pods that the resource does not ask for, such as one that is on its way out: they may still
    /// send mail.
    pub(super) fn beyond<'p>(&'p self, resource: &Resource) -> impl Iterator<Item = &'p str> {
        let expected: Vec<String> = resource.pods().collect();
        let names = self.0.keys().map(String::as_str);
        names.filter(move |name| !expected.iter().any(|it| it == name))
    }

    /// Whether a pod is ready here and later, and the same one.
    pub(super) fn stays_ready(&self, later: &Self, name: &str) -> bool {
        match (self.get(name), later.get(name)) {
            (Some(before), Some(after)) => before == after && before.ready,
            (_, _) => false,
        }
    }
}

/// Ready, and not about to end.
fn is_ready(pod: &Pod) -> bool {
    let conditions = pod
        .status
        .iter()
        .flat_map(|status| status.conditions.iter().flatten());
    let ready = conditions
        .into_iter()
        .any(|it| it.type_ == "Ready" && it.status == "True");
    ready && pod.metadata.deletion_timestamp.is_none()
}

#[cfg(test)]
mod tests {
    use kube::api::DynamicObject;
    use serde_json::{Value, json};

    use super::*;

    fn resource() -> Resource {
        let object: DynamicObject = serde_json::from_value(json!({
            "apiVersion": "monitoring.coreos.com/v1", "kind": "Alertmanager",
            "metadata": {"name": "main"}, "spec": {"replicas": 1},
        }))
        .unwrap();
        Resource::read("main", &object).unwrap()
    }

    fn pod(name: &str, uid: &str, ready: &str) -> Value {
        json!({
            "metadata": {
                "name": name, "uid": uid,
                "ownerReferences": [{
                    "apiVersion": "apps/v1", "kind": "StatefulSet",
                    "name": "alertmanager-main", "uid": "set",
                }],
            },
            "status": {"conditions": [
                {"type": "Initialized", "status": "True"}, {"type": "Ready", "status": ready},
            ]},
        })
    }

    fn pods(list: &[Value]) -> Pods {
        let list = list
            .iter()
            .map(|pod| serde_json::from_value(pod.clone()).unwrap());
        Pods::of(&resource(), list.collect())
    }

    const NAME: &str = "alertmanager-main-0";

    #[test]
    fn only_a_pod_that_is_ready_and_the_same_all_along_counts() {
        let good = pods(&[pod(NAME, "a", "True")]);
        assert!(good.stays_ready(&good, NAME));
        let mut ending = pod(NAME, "a", "True");
        ending["metadata"]["deletionTimestamp"] = json!("2026-01-02T03:04:05Z");
        for other in [
            pods(&[]),
            pods(&[pod(NAME, "b", "True")]),
            pods(&[pod(NAME, "a", "False")]),
            pods(&[ending]),
        ] {
            assert!(!good.stays_ready(&other, NAME), "{other:?}");
            assert!(!other.stays_ready(&good, NAME), "{other:?}");
        }
    }

    #[test]
    fn a_pod_too_many_is_named_and_one_of_somebody_else_is_not() {
        let mut foreign = pod("alertmanager-other-0", "c", "True");
        foreign["metadata"]["ownerReferences"][0]["name"] = json!("alertmanager-other");
        let found = pods(&[
            pod(NAME, "a", "True"),
            pod("alertmanager-main-1", "b", "True"),
            foreign,
        ]);
        assert_eq!(
            found.beyond(&resource()).collect::<Vec<_>>(),
            ["alertmanager-main-1"]
        );
        assert_eq!(found.get(NAME).unwrap().uid, "a");
    }
}
