//! The chart's own test, `helm test`: a pod that looks at everything, is as little as a job's pod, and leaves
//! no rights behind.

use serde_json::{Value, json};

use super::super::Rendered;
use super::{CronJob, holds, items, text};

const NAME: &str = "doctor";

fn doctor(renders: &[Rendered]) -> Vec<String> {
    let mut wrong = Vec::new();
    for render in renders {
        let mut says = |what: &str| wrong.push(format!("{}: {what}", render.cluster));
        let pod = &render.object("Pod", NAME)["spec"];
        let container = &pod["containers"][0];
        let arguments = json!([NAME, "--in-cluster", "--cluster", render.cluster]);
        if container["command"] != json!(["/bin/install-monitoring"])
            || container["args"] != arguments
        {
            says("the test does not examine this cluster");
        }
        // What is good for a job is good for it.
        let Some(job) = CronJob::within(render).next() else {
            says("no job");
            continue;
        };
        let same = ["securityContext", "image"];
        if pod["securityContext"] != job.pod()["securityContext"]
            || same.iter().any(|it| container[it] != job.container()[it])
            || items(&pod["containers"]).len() != 1
            || pod["restartPolicy"] != "Never"
        {
            says("the test may do more than a job, or is another image");
        }
        let beside = [
            "ServiceAccount",
            "Role",
            "RoleBinding",
            "ClusterRole",
            "ClusterRoleBinding",
        ];
        let its = render.documents.iter().filter(|it| {
            let kind = text(&it["kind"]);
            it["metadata"]["name"] == NAME && (kind == "Pod" || beside.contains(&kind))
        });
        for object in its {
            let annotations = &object["metadata"]["annotations"];
            let kept = object["kind"] == "Pod";
            let deleted = text(&annotations["helm.sh/hook-delete-policy"]);
            if annotations["helm.sh/hook"] != "test"
                || !deleted.contains("before-hook-creation")
                || deleted.contains("hook-succeeded") == kept
            {
                says("a part of the test is installed, or stays behind, or its logs do not");
            }
            for rule in items(&object["rules"]) {
                let reads = |verb: &Value| *verb == "get" || *verb == "list";
                let named = items(&rule["resourceNames"]).len();
                let resources = items(&rule["resources"]).iter().map(text);
                for resource in resources {
                    if resource == "secrets" || resource.contains('*') {
                        says("the test sees secrets");
                    }
                    if resource.ends_with("/proxy") && named == 0 {
                        says("the test reaches every port of the namespace");
                    }
                }
                // A question about rights is an object that nobody keeps.
                let asks = rule["resources"] == json!(["subjectaccessreviews"])
                    && rule["apiGroups"] == json!(["authorization.k8s.io"]);
                if !asks && !items(&rule["verbs"]).iter().all(reads) {
                    says("the test does not only look");
                }
            }
        }
    }
    wrong
}

#[test]
fn the_charts_test_looks_at_its_cluster_and_can_do_nothing_else() {
    fn rules(renders: &mut [Rendered]) -> &mut Value {
        &mut renders[0].object_mut("Role", NAME)["rules"]
    }
    holds(
        doctor,
        &[
            (
                |it| {
                    it[0].object_mut("Pod", NAME)["spec"]["containers"][0]["args"][3] =
                        "staging".into();
                },
                "does not examine",
            ),
            (
                |it| it[0].object_mut("Pod", NAME)["spec"]["containers"][0]["image"] = "x".into(),
                "another image",
            ),
            (
                |it| it[0].object_mut("Pod", NAME)["spec"]["securityContext"] = json!({}),
                "more than a job",
            ),
            (
                |it| {
                    it[0].object_mut("RoleBinding", NAME)["metadata"]["annotations"] = json!({});
                },
                "installed",
            ),
            (
                |it| {
                    it[0].object_mut("ClusterRole", NAME)["rules"][0]["resources"] =
                        json!(["clusterroles"]);
                },
                "only look",
            ),
            (|it| rules(it)[0]["verbs"] = json!(["create"]), "only look"),
            (
                |it| rules(it)[0]["resources"] = json!(["secrets"]),
                "secrets",
            ),
            (|it| rules(it)[4]["resourceNames"] = json!([]), "every port"),
        ],
    );
}
