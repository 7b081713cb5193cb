//! Whom CronJobs act as, and their twins.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::super::Rendered;
use super::{CronJob, container, holds, items, job_spec, text, variable};

/// Namespace and name of everything of a kind.
fn names<'a>(render: &'a Rendered, kind: &'a str) -> BTreeSet<(&'a str, &'a str)> {
    let name = |it: &'a serde_json::Value| {
        let of = &it["metadata"];
        (text(&of["namespace"]), text(&of["name"]))
    };
    render.of(kind).map(name).collect()
}

/// The longest name that IAM takes for a role.
const ROLE_NAME_LIMIT: usize = 64;

/// The role of a service account, by the company's pattern.
fn role(cluster: &str, namespace: &str, name: &str) -> String {
    let full = format!("k8s.{cluster}.{namespace}.{name}.service");
    if full.len() > ROLE_NAME_LIMIT {
        return format!("k8s.{cluster}.{name}.service");
    }
    full
}

fn accounts(renders: &[Rendered]) -> Vec<String> {
    let mut wrong = Vec::new();
    for render in renders {
        let accounts = names(render, "ServiceAccount");
        let jobs = || CronJob::within(render);
        let users = jobs().map(|job| (job.namespace(), text(&job.pod()["serviceAccountName"])));
        let servers = render.of("Prometheus").map(|it| {
            let of = &it["metadata"];
            (
                text(&of["namespace"]),
                text(&it["spec"]["serviceAccountName"]),
            )
        });
        // The chart's own test.
        let pods = render.of("Pod").map(|it| {
            let of = &it["metadata"];
            (
                text(&of["namespace"]),
                text(&it["spec"]["serviceAccountName"]),
            )
        });
        let users: Vec<_> = users.chain(servers).chain(pods).collect();
        for user in &users {
            if !accounts.contains(user) {
                wrong.push(format!("{}: no account {user:?}", render.cluster));
            }
        }
        for account in &accounts {
            match users.iter().filter(|user| *user == account).count() {
                0 => wrong.push(format!("{}: nobody uses {account:?}", render.cluster)),
                1 => {}
                _ => wrong.push(format!("{}: two jobs are {account:?}", render.cluster)),
            }
        }
        for account in render.of("ServiceAccount") {
            let arn = text(&account["metadata"]["annotations"]["eks.amazonaws.com/role-arn"]);
            let (of, name) = (&account["metadata"], text(&account["metadata"]["name"]));
            let role = role(&render.cluster, text(&of["namespace"]), name);
            if !arn.is_empty() && role.len() > ROLE_NAME_LIMIT {
                wrong.push(format!("{}: IAM refuses {role}", render.cluster));
            }
            let role = format!(":role/{role}");
            if !arn.is_empty() && !arn.ends_with(&role) {
                wrong.push(format!(
                    "{}: {arn} is another role than {role}",
                    render.cluster
                ));
            }
            let of_job = jobs().any(|job| text(&job.pod()["serviceAccountName"]) == name);
            if of_job && account["automountServiceAccountToken"] != false {
                wrong.push(format!(
                    "{}: {name} gives its token to any pod",
                    render.cluster
                ));
            }
        }
        for job in jobs() {
            let token = job.pod()["automountServiceAccountToken"] == true;
            if token == (job.job() == "export-cloudwatch") {
                wrong.push(job.says("all but the exporter need a token"));
            }
        }
    }
    wrong
}

fn twins(renders: &[Rendered]) -> Vec<String> {
    let mut wrong = Vec::new();
    for render in renders {
        let names: BTreeSet<&str> = CronJob::within(render).map(CronJob::name).collect();
        for job in CronJob::within(render) {
            let twin = format!("{}-plan", job.job());
            if (job.job() == "check-consistency") == names.contains(twin.as_str()) {
                wrong.push(job.says("every job but check-consistency has a twin"));
            }
            if !job.is_plan() {
                continue;
            }
            if job.spec()["schedule"] != "0 0 1 1 *" || job.container()["args"] != json!(["plan"]) {
                wrong.push(job.says("a twin plans, and by hand only"));
            }
            if !names.contains(job.job()) {
                wrong.push(job.says("a twin of nobody"));
            }
            if ["PUSHGATEWAY_URL", "DRIFT_EXIT_CODE"]
                .iter()
                .any(|it| job.variable(it).is_some())
            {
                wrong.push(job.says("a twin writes nothing"));
            }
        }
    }
    wrong
}

fn secrets(renders: &[Rendered]) -> Vec<String> {
    let mut wrong = Vec::new();
    for render in renders {
        if render.of("Secret").next().is_some() {
            wrong.push(format!("{}: a Secret object", render.cluster));
        }
        for job in CronJob::within(render) {
            for variable in items(&job.container()["env"]) {
                let source = &variable["valueFrom"];
                if !source.is_null() && source["fieldRef"].is_null() {
                    wrong.push(job.says("a variable from a Secret or ConfigMap"));
                }
            }
        }
        // Whatever is between the two at-signs is filled in elsewhere, from AWS.
        let all = serde_json::to_string(&render.documents).unwrap_or_default();
        // The `n` of an escaped end of a line is no part of the word that begins the next one.
        let all = all.replace("\\n", " ");
        for (trace, what) in [
            ("hooks.slack.com/services/", "a Slack webhook"),
            ("PRIVATE KEY", "a private key"),
            ("client-key-data", "a client's key"),
            ("AKIA", "an access key"),
            ("token: ", "a token"),
        ] {
            // What is encoded is in no way hidden.
            if all.contains(trace) || decoded(&all).any(|text| text.contains(trace)) {
                wrong.push(format!("{}: {what}", render.cluster));
            }
        }
    }
    wrong
}

/// Whatever in a text is base64 of something.
fn decoded(text: &str) -> impl Iterator<Item = String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && !['+', '/', '='].contains(&c));
    words.filter_map(|word| {
        let bytes = STANDARD.decode(word).ok()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    })
}

#[test]
fn every_account_is_used_by_one_cronjob_and_every_cronjob_has_one() {
    holds(
        accounts,
        &[
            (
                |it| {
                    job_spec(it, "sync-dashboards")["template"]["spec"]["serviceAccountName"] =
                        "default".into();
                },
                "no account",
            ),
            (
                |it| {
                    job_spec(it, "sync-dashboards-plan")["template"]["spec"]["serviceAccountName"] =
                        "sync-dashboards".into();
                },
                "two jobs",
            ),
            (
                |it| {
                    it[0].documents.retain(|it| {
                        it["metadata"]["name"] != "sync-dashboards-plan" || it["kind"] != "CronJob"
                    });
                },
                "nobody uses",
            ),
            (
                |it| {
                    it[0].object_mut("ServiceAccount", "check-consistency")["metadata"]["annotations"]
                        ["eks.amazonaws.com/role-arn"] = "arn:aws:iam::1:role/admin".into();
                },
                "another role",
            ),
            (
                |it| {
                    it[1].object_mut("ServiceAccount", "rotate-credentials-plan")["metadata"]["annotations"]
                        ["eks.amazonaws.com/role-arn"] =
                        "arn:aws:iam::1:role/k8s.remoting-prod-e1-1.\
                         monitoring-credentials.rotate-credentials-plan.service"
                            .into();
                },
                "another role",
            ),
            (
                |it| {
                    it[0].cluster = "a-cluster-with-a-name-that-is-far-too-long".to_owned();
                },
                "IAM refuses",
            ),
            (
                |it| {
                    it[0].object_mut("ServiceAccount", "check-consistency")["automountServiceAccountToken"] =
                        true.into();
                },
                "any pod",
            ),
            (
                |it| {
                    job_spec(it, "export-cloudwatch")["template"]["spec"]["automountServiceAccountToken"] =
                        true.into();
                },
                "need a token",
            ),
        ],
    );
}

#[test]
fn a_twin_plans_and_has_nothing_to_write_with() {
    holds(
        twins,
        &[
            (
                |it| container(it, "sync-dashboards-plan")["args"] = json!(["apply"]),
                "plans",
            ),
            (
                |it| {
                    it[0].object_mut("CronJob", "sync-dashboards-plan")["spec"]["schedule"] =
                        "0 0 * * *".into();
                },
                "by hand",
            ),
            (
                |it| {
                    variable(it, "sync-dashboards-plan", "CLUSTER")["name"] =
                        "PUSHGATEWAY_URL".into();
                },
                "writes nothing",
            ),
            (
                |it| {
                    it[0]
                        .documents
                        .retain(|it| it["metadata"]["name"] != "sync-dashboards-plan");
                },
                "has a twin",
            ),
            (
                |it| {
                    it[0]
                        .documents
                        .retain(|it| it["metadata"]["name"] != "sync-dashboards");
                },
                "of nobody",
            ),
        ],
    );
}

#[test]
fn no_secret_is_in_a_render() {
    holds(
        secrets,
        &[
            (
                |it| {
                    it[0].object_mut("ConfigMap", "alertmanager-template")["kind"] =
                        "Secret".into();
                },
                "Secret object",
            ),
            (
                |it| {
                    variable(it, "sync-dashboards", "CLUSTER")["valueFrom"] =
                        json!({"secretKeyRef": {"name": "x", "key": "y"}});
                },
                "from a Secret",
            ),
            (
                |it| {
                    variable(it, "sync-dashboards", "CLUSTER")["value"] =
                        "AKIAIOSFODNN7EXAMPLE".into();
                },
                "access key",
            ),
            (
                |it| {
                    variable(it, "sync-dashboards", "CLUSTER")["value"] =
                        STANDARD.encode("AKIAIOSFODNN7EXAMPLE").into();
                },
                "access key",
            ),
            // At the beginning of a line.
            (
                |it| {
                    let encoded = STANDARD.encode("AKIAIOSFODNN7EXAMPLE");
                    it[0].object_mut("ConfigMap", "alertmanager-template")["data"]["alertmanager.yaml"] =
                        format!("global:\n{encoded}\n").into();
                },
                "access key",
            ),
            (
                |it| {
                    variable(it, "sync-dashboards", "CLUSTER")["value"] =
                        "-----BEGIN PRIVATE KEY-----".into();
                },
                "a private key",
            ),
            (
                |it| {
                    it[0].object_mut("ConfigMap", "check-consistency-config")["data"]["kubeconfig"] =
                        "user: {client-key-data: x}".into();
                },
                "a client's key",
            ),
            (
                |it| {
                    it[0].object_mut("ConfigMap", "alertmanager-template")["data"]["alertmanager.yaml"] =
                        "slack_api_url: https://hooks.slack.com/services/T0/B0/x".into();
                },
                "Slack",
            ),
            (
                |it| {
                    it[0].object_mut("ConfigMap", "check-consistency-config")["data"]["kubeconfig"] =
                        "user: {token: x}".into();
                },
                "a token",
            ),
        ],
    );
}
