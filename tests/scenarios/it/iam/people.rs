//! How people on call come in: an access entry in each cluster makes of their role the group that `k8s/rbac` binds.

use std::fs;

use sandbox::checkout;

use super::access::bound;
use super::documents::Documents;
use super::{Account, holds, text};
use crate::chart::documents::{Rendered, documents as yaml};

/// What people on call may do, and which group may.
const ROLES: &str = "k8s/rbac/operators.yaml";

fn people(documents: &Documents, renders: &[Rendered]) -> Vec<String> {
    let mut wrong = Vec::new();
    let roles = fs::read_to_string(checkout::file(ROLES)).unwrap_or_default();
    let bound = bound(&yaml(&roles).unwrap_or_default());
    let accounts = Account::all(renders);
    for render in renders {
        let path = format!("{}/people/operators.json", render.cluster);
        let entry = documents.json(&path).unwrap_or_default();
        if entry["clusterName"] != render.cluster.as_str() || entry["type"] != "STANDARD" {
            wrong.push(format!("{path}: another cluster or another type"));
        }
        let principal = text(&entry["principalArn"]);
        if !principal.contains(":role/") || accounts.iter().any(|it| it.role == principal) {
            wrong.push(format!("{path}: `{principal}` is no role of people"));
        }
        let groups = entry["kubernetesGroups"].as_array();
        let groups: Vec<String> = groups.into_iter().flatten().map(text).collect();
        if groups.is_empty() || !groups.iter().all(|it| bound.contains(it)) {
            wrong.push(format!("{path}: {ROLES} does not bind {groups:?}"));
        }
    }
    wrong
}

#[test]
fn people_on_call_come_into_each_cluster_as_the_group_that_is_bound_and_no_other() {
    const ENTRY: &str = "remoting-prod-e1-1/people/operators.json";
    holds(
        people,
        &[
            (
                |it| it.plant(ENTRY, "jobs:operators", "jobs:operator"),
                "does not bind [\"monitoring-jobs:operator\"]",
            ),
            (
                |it| it.plant(ENTRY, "monitoring-jobs:operators", "system:masters"),
                "does not bind",
            ),
            (
                |it| it.plant(ENTRY, "\"monitoring-jobs:operators\"", ""),
                "does not bind []",
            ),
            (
                |it| it.plant(ENTRY, "\"remoting-prod", "\"prod"),
                "another cluster",
            ),
            (
                |it| it.plant(ENTRY, ":role/", ":user/"),
                "no role of people",
            ),
            (
                |it| {
                    it.plant(
                        ENTRY,
                        "aws-reserved/sso.amazonaws.com/AWSReservedSSO_MonitoringOnCall_0000000000000000",
                        "k8s.prod-e1-1.monitoring.check-consistency.service",
                    );
                },
                "no role of people",
            ),
            (
                |it| {
                    it.0.remove(ENTRY);
                },
                "another cluster",
            ),
        ],
    );
}
