//! Rights: the render grants what `k8s/rbac` says, and twins read and nothing more.

use std::collections::BTreeSet;
use std::fs;

use sandbox::checkout;
use serde_json::{Value, json};

use super::super::Rendered;
use super::super::documents::documents;
use super::{holds, items, text};

/// The verbs of somebody who looks.
const READING: [&str; 3] = ["get", "list", "watch"];

/// The files of `k8s/rbac` that a cluster has, and what runs there for each.
const FILES: [(&str, Option<&str>); 5] = [
    ("check-consistency", None),
    ("check-consistency-home", Some("check-consistency")),
    ("rotate-credentials", None),
    ("rotate-credentials-home", Some("rotate-credentials")),
    ("sync-dashboards", Some("sync-dashboards")),
];

/// Rights that are in no file.
const BESIDE: [&str; 2] = ["doctor", "prod-monitoring-prometheus-prometheus"];

fn file(name: &str) -> Vec<Value> {
    let text = fs::read_to_string(checkout::file(&format!("k8s/rbac/{name}.yaml")));
    documents(&text.unwrap()).unwrap()
}

fn granted(renders: &[Rendered]) -> Vec<String> {
    let mut wrong = Vec::new();
    for render in renders {
        for (name, job) in FILES {
            if job.is_some_and(|job| render.object("CronJob", job).is_null()) {
                continue;
            }
            for object in file(name) {
                if !render.documents.contains(&object) {
                    let (kind, of) = (&object["kind"], &object["metadata"]["name"]);
                    wrong.push(format!(
                        "{}: {kind} {of} is not that of k8s/rbac/{name}.yaml",
                        render.cluster
                    ));
                }
            }
        }
        // Nothing beside them but the rights of the twins, of the chart's own test, and what Prometheus needs
        // to find what it scrapes.
        let ours = FILES
            .iter()
            .flat_map(|(name, _)| file(name))
            .collect::<Vec<_>>();
        for kind in ["Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"] {
            for object in render.of(kind).filter(|it| !ours.contains(it)) {
                let name = text(&object["metadata"]["name"]);
                if !name.ends_with("-plan") && !BESIDE.contains(&name) {
                    wrong.push(format!("{}: {kind} {name} is in no file", render.cluster));
                }
            }
        }
    }
    wrong
}

/// Where a job is at home it is a service account; groups are other clusters' jobs.
fn at_home(renders: &[Rendered]) -> Vec<String> {
    let mut wrong = Vec::new();
    for (name, _) in FILES.iter().filter(|(name, _)| name.ends_with("-home")) {
        let bindings = file(name)
            .into_iter()
            .filter(|it| it["kind"] == "RoleBinding");
        let bound: Vec<Value> = bindings.map(|it| it["metadata"].clone()).collect();
        for render in renders {
            for binding in render.of("RoleBinding") {
                let is_account = |it: &Value| it["kind"] == "ServiceAccount";
                if bound.contains(&binding["metadata"])
                    && !items(&binding["subjects"]).iter().all(is_account)
                {
                    wrong.push(format!(
                        "{}: other clusters' jobs have the rights of {name}",
                        render.cluster
                    ));
                }
            }
        }
    }
    wrong
}

/// Whether each rule is one of the run's, with no other verbs than those of reading.
fn within(rules: &[Value], of_run: &[Value]) -> bool {
    let verbs = |rule: &Value| -> BTreeSet<String> {
        items(&rule["verbs"])
            .iter()
            .map(|it| text(it).to_owned())
            .collect()
    };
    let allows = |run: &Value, rule: &Value| {
        ["apiGroups", "resources", "resourceNames"]
            .iter()
            .all(|it| run[it] == rule[it])
            && verbs(rule).is_subset(&verbs(run))
    };
    rules.iter().all(|rule| {
        verbs(rule)
            .iter()
            .all(|verb| READING.contains(&verb.as_str()))
            && of_run.iter().any(|run| allows(run, rule))
    })
}

fn twins(renders: &[Rendered]) -> Vec<String> {
    let mut wrong = Vec::new();
    for render in renders {
        for role in render.of("Role") {
            let name = text(&role["metadata"]["name"]);
            let Some(run) = name.strip_suffix("-plan") else {
                continue;
            };
            let roles = render.of("Role").filter(|it| it["metadata"]["name"] == run);
            let of_run = roles.flat_map(|it| items(&it["rules"])).cloned();
            if !within(items(&role["rules"]), &of_run.collect::<Vec<_>>()) {
                wrong.push(format!(
                    "{}: {name} may do what {run} may not, or writes",
                    render.cluster
                ));
            }
        }
    }
    wrong
}

fn bindings(renders: &[Rendered]) -> Vec<String> {
    let mut wrong = Vec::new();
    for render in renders {
        let exists = |kind: &str, namespace: &Value, name: &Value| {
            render.of(kind).any(|it| {
                it["metadata"]["namespace"] == *namespace && it["metadata"]["name"] == *name
            })
        };
        let mut bound: BTreeSet<String> = BTreeSet::new();
        for (kind, role) in [
            ("RoleBinding", "Role"),
            ("ClusterRoleBinding", "ClusterRole"),
        ] {
            for binding in render.of(kind) {
                let (of, name) = (
                    &binding["metadata"]["namespace"],
                    &binding["roleRef"]["name"],
                );
                if binding["roleRef"]["kind"] != role || !exists(role, of, name) {
                    wrong.push(format!("{}: {kind} {name} binds no role", render.cluster));
                }
                bound.insert(format!("{role} {of} {name}"));
                for subject in items(&binding["subjects"]) {
                    let (of, name) = (&subject["namespace"], &subject["name"]);
                    if subject["kind"] == "ServiceAccount" && !exists("ServiceAccount", of, name) {
                        wrong.push(format!(
                            "{}: {kind} names {name}, who is not there",
                            render.cluster
                        ));
                    }
                }
            }
            for it in render.of(role) {
                let (of, name) = (&it["metadata"]["namespace"], &it["metadata"]["name"]);
                if !bound.contains(&format!("{role} {of} {name}")) {
                    wrong.push(format!("{}: nobody has the {role} {name}", render.cluster));
                }
            }
        }
    }
    wrong
}

#[test]
fn the_chart_grants_what_the_files_of_rights_say_and_nothing_else() {
    holds(
        granted,
        &[
            (
                |it| {
                    it[0].object_mut("Role", "check-consistency")["rules"][0]["verbs"] =
                        json!(["*"]);
                },
                "check-consistency.yaml",
            ),
            (
                |it| {
                    it[0].object_mut("Lease", "rotate-credentials")["metadata"]["annotations"] =
                        json!({});
                },
                "rotate-credentials-home.yaml",
            ),
            (
                |it| {
                    it[0].object_mut("Role", "sync-dashboards")["metadata"]["name"] = "sync".into();
                },
                "in no file",
            ),
        ],
    );
}

#[test]
fn what_a_job_may_do_at_home_no_other_clusters_job_may() {
    fn subjects<'a>(renders: &'a mut [Rendered], namespace: &str, name: &str) -> &'a mut Value {
        let mut objects = renders[1].documents.iter_mut();
        let binding = objects.find(|it| {
            let of = &it["metadata"];
            it["kind"] == "RoleBinding" && of["namespace"] == namespace && of["name"] == name
        });
        &mut binding.unwrap()["subjects"]
    }
    holds(
        at_home,
        &[
            (
                |it| {
                    let group =
                        json!({"kind": "Group", "name": "monitoring-jobs:rotate-credentials"});
                    subjects(it, "monitoring-credentials", "rotate-credentials")
                        .as_array_mut()
                        .unwrap()
                        .push(group);
                },
                "rights of rotate-credentials-home",
            ),
            (
                |it| {
                    subjects(it, "monitoring", "check-consistency-home")[0]["kind"] =
                        "Group".into();
                },
                "rights of check-consistency-home",
            ),
        ],
    );
}

#[test]
fn a_twin_may_read_what_its_job_may_read() {
    holds(
        twins,
        &[
            (
                |it| {
                    it[0].object_mut("Role", "rotate-credentials-plan")["rules"][1]["verbs"] =
                        json!(["get", "patch"]);
                },
                "rotate",
            ),
            (
                |it| {
                    it[0].object_mut("Role", "rotate-credentials-plan")["rules"][1]["resourceNames"] =
                        json!(["other"]);
                },
                "rotate",
            ),
            (
                |it| {
                    it[0].object_mut("Role", "sync-dashboards-plan")["rules"][0]["resources"] =
                        json!(["secrets"]);
                },
                "sync",
            ),
        ],
    );
}

#[test]
fn every_right_is_somebodys() {
    holds(
        bindings,
        &[
            (
                |it| {
                    it[0].object_mut("RoleBinding", "sync-dashboards")["roleRef"]["name"] =
                        "other".into();
                },
                "binds no role",
            ),
            (
                |it| {
                    it[0].object_mut("RoleBinding", "sync-dashboards")["subjects"][1]["namespace"] =
                        "default".into();
                },
                "not there",
            ),
            (
                |it| {
                    it[0].documents.retain(|it| {
                        it["kind"] != "RoleBinding"
                            || it["metadata"]["name"] != "sync-dashboards-plan"
                    });
                },
                "nobody has",
            ),
        ],
    );
}
