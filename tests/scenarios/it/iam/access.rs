//! How the roles come into the other clusters: access entries whose groups the chart binds.

use std::collections::BTreeSet;

use serde_json::Value;

use super::documents::Documents;
use super::{Account, holds, text};
use crate::chart::documents::Rendered;

/// What EKS refuses at the beginning of a group's name.
const RESERVED: [&str; 5] = ["system:", "eks:", "aws:", "amazon:", "iam:"];

/// The groups that bindings name.
pub(super) fn bound(documents: &[Value]) -> BTreeSet<String> {
    let kinds = ["RoleBinding", "ClusterRoleBinding"];
    let bindings = documents
        .iter()
        .filter(|it| kinds.iter().any(|kind| it["kind"] == *kind));
    let subjects = bindings.flat_map(|it| it["subjects"].as_array().into_iter().flatten());
    let groups = subjects.filter(|it| it["kind"] == "Group");
    groups.map(|it| text(&it["name"])).collect()
}

fn access(documents: &Documents, renders: &[Rendered]) -> Vec<String> {
    let mut wrong = Vec::new();
    let accounts = Account::all(renders);
    for render in renders {
        let bound = bound(&render.documents);
        let within = format!("{}/access/", render.cluster);
        let entries = documents.0.keys().filter_map(|it| it.strip_prefix(&within));
        let mut entered = BTreeSet::new();
        for name in entries {
            let entry = documents
                .json(&format!("{within}{name}"))
                .unwrap_or_default();
            let says = |what: &str| format!("{within}{name}: {what}");
            if entry["clusterName"] != render.cluster.as_str() || entry["type"] != "STANDARD" {
                wrong.push(says("it is for another cluster or of another type"));
            }
            let principal = text(&entry["principalArn"]);
            let account = accounts.iter().find(|it| it.role == principal);
            let Some(account) = account.filter(|it| name == format!("{}.json", it.role_name()))
            else {
                wrong.push(says("no service account is this principal"));
                continue;
            };
            let groups: Vec<String> = entry["kubernetesGroups"]
                .as_array()
                .map(|it| it.iter().map(text).collect())
                .unwrap_or_default();
            if groups != [format!("monitoring-jobs:{}", account.name)] {
                wrong.push(says("its groups are another account's"));
            }
            for group in groups {
                if !bound.contains(&group) {
                    wrong.push(says(&format!("no binding of the cluster names {group}")));
                }
                if RESERVED.iter().any(|it| group.starts_with(it)) {
                    wrong.push(says(&format!("EKS refuses {group}")));
                }
            }
            entered.insert(principal);
        }
        for account in accounts
            .iter()
            .filter(|it| reaches(it, &render.cluster, renders))
        {
            if !entered.contains(&account.role) {
                wrong.push(format!(
                    "{}: {} has no access",
                    render.cluster, account.role
                ));
            }
        }
    }
    wrong
}

/// Whether the account's job has a kubeconfig for this cluster.
fn reaches(account: &Account, cluster: &str, renders: &[Rendered]) -> bool {
    let files = account.configuration(renders);
    let kubeconfig = files.get("kubeconfig").and_then(|it| {
        let document = crate::chart::documents::documents(it).ok()?.pop()?;
        document["contexts"].as_array().cloned()
    });
    let mut contexts = kubeconfig.into_iter().flatten();
    contexts.any(|it: Value| it["name"] == cluster)
}

#[test]
fn each_role_that_reaches_another_cluster_is_let_in_as_a_group_that_is_bound_there() {
    const CHECK: &str =
        "remoting-prod-e1-1/access/k8s.prod-e1-1.monitoring.check-consistency.service.json";
    holds(
        access,
        &[
            (
                |it| it.plant(CHECK, "jobs:check-consistency", "jobs:check"),
                "no binding",
            ),
            (
                |it| it.plant(CHECK, "jobs:check-consistency", "jobs:rotate-credentials"),
                "another account's",
            ),
            (
                |it| it.plant(CHECK, "monitoring-jobs:check-consistency", "system:masters"),
                "EKS refuses",
            ),
            (
                |it| it.plant(CHECK, "\"remoting-prod", "\"prod"),
                "another cluster",
            ),
            (
                |it| it.plant(CHECK, "role/k8s", "role/"),
                "no service account",
            ),
            (
                |it| {
                    it.0.remove(CHECK);
                },
                "has no access",
            ),
        ],
    );
}
