//! What pods are: when they are repeated, and what they may do.

use common::exit::Exit;
use serde_json::{Value, json};

use super::super::Rendered;
use super::{CronJob, container, holds, items, job_spec, text};

/// Rust's own status of a panic.
const PANIC: u64 = 101;

fn failures(renders: &[Rendered]) -> Vec<String> {
    let fatal = Exit::ALL.iter().map(|exit| u64::from(exit.status()));
    let fatal = fatal.filter(|status| *status > u64::from(Exit::Transient.status()));
    let fatal: Vec<u64> = fatal.chain([PANIC]).collect();
    let policy = json!({"rules": [
        {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]},
        {"action": "FailJob", "onExitCodes": {"containerName": "job", "operator": "In", "values": fatal}},
    ]});
    let mut wrong = Vec::new();
    for job in CronJob::all(renders) {
        if job.job_spec()["podFailurePolicy"] != policy {
            wrong.push(job.says("the policy of failures is not that of the exit codes"));
        }
        if job.container()["name"] != "job" || items(&job.pod()["containers"]).len() != 1 {
            wrong.push(job.says("its one container is called job"));
        }
        if job.job_spec()["podReplacementPolicy"] != "Failed"
            || job.pod()["restartPolicy"] != "Never"
            || job.spec()["concurrencyPolicy"] != "Forbid"
        {
            wrong.push(job.says("two pods might run at once"));
        }
        let repeats = &job.job_spec()["backoffLimit"];
        if ["export-cloudwatch", "rotate-credentials"].contains(&job.job()) && *repeats != 0 {
            wrong.push(job.says("the next run is the repetition"));
        }
    }
    wrong
}

fn hardening(renders: &[Rendered]) -> Vec<String> {
    let of_pod = json!({
        "runAsNonRoot": true, "runAsUser": 65532, "runAsGroup": 65532, "fsGroup": 65532,
        "seccompProfile": {"type": "RuntimeDefault"},
    });
    let of_container = json!({
        "allowPrivilegeEscalation": false,
        "readOnlyRootFilesystem": true,
        "capabilities": {"drop": ["ALL"]},
    });
    let mut wrong = Vec::new();
    for job in CronJob::all(renders) {
        let (pod, container) = (job.pod(), job.container());
        if pod["securityContext"] != of_pod || container["securityContext"] != of_container {
            wrong.push(job.says("it may do more than it needs to"));
        }
        let digest = text(&container["image"]).split_once("@sha256:");
        let digest = digest.map(|(_, digest)| digest);
        if !digest.is_some_and(|it| it.len() == 64 && it.chars().all(|c| c.is_ascii_hexdigit())) {
            wrong.push(job.says("its image has no digest"));
        }
        if pod["enableServiceLinks"] != false {
            wrong.push(job.says("services of the namespace are in its environment"));
        }
        if container["resources"]["limits"]["memory"].is_null()
            || container["resources"]["requests"]["cpu"].is_null()
        {
            wrong.push(job.says("it has no requests or limits"));
        }
        let annotations = &job.job_spec()["template"]["metadata"]["annotations"];
        if annotations["sidecar.istio.io/inject"] != "false"
            || annotations["linkerd.io/inject"] != "disabled"
        {
            wrong.push(job.says("a sidecar would keep it running"));
        }
        let undisturbed = annotations["karpenter.sh/do-not-disrupt"] == "true";
        if undisturbed != (job.job() == "rotate-credentials") {
            wrong.push(job.says("the rotation alone holds its node"));
        }
    }
    wrong
}

#[test]
fn the_exit_codes_decide_what_is_repeated() {
    holds(
        failures,
        &[
            (
                |it| {
                    job_spec(it, "sync-dashboards")["podFailurePolicy"]["rules"][1]["onExitCodes"]
                        ["values"] = json!([2, 3, 4, 5]);
                },
                "exit codes",
            ),
            (
                |it| {
                    job_spec(it, "sync-dashboards")["podFailurePolicy"]["rules"]
                        .as_array_mut()
                        .unwrap()
                        .reverse();
                },
                "exit codes",
            ),
            (
                |it| container(it, "sync-dashboards")["name"] = "main".into(),
                "called job",
            ),
            (
                |it| job_spec(it, "sync-dashboards")["podReplacementPolicy"] = Value::Null,
                "two pods",
            ),
            (
                |it| {
                    it[0].object_mut("CronJob", "sync-dashboards")["spec"]["concurrencyPolicy"] =
                        "Allow".into();
                },
                "two pods",
            ),
            (
                |it| job_spec(it, "rotate-credentials")["backoffLimit"] = 1.into(),
                "repetition",
            ),
        ],
    );
}

#[test]
fn no_job_may_do_more_than_it_needs_to() {
    holds(
        hardening,
        &[
            (
                |it| {
                    job_spec(it, "sync-dashboards")["template"]["spec"]["securityContext"]["runAsNonRoot"] =
                        false.into();
                },
                "more than",
            ),
            (
                |it| {
                    container(it, "sync-dashboards")["securityContext"]["readOnlyRootFilesystem"] =
                        false.into();
                },
                "more than",
            ),
            (
                |it| container(it, "sync-dashboards")["image"] = "monitoring-jobs:1.0".into(),
                "digest",
            ),
            (
                |it| container(it, "sync-dashboards")["resources"]["limits"] = json!({}),
                "limits",
            ),
            (
                |it| {
                    job_spec(it, "sync-dashboards")["template"]["spec"]["enableServiceLinks"] =
                        true.into();
                },
                "services",
            ),
            (
                |it| {
                    job_spec(it, "sync-dashboards")["template"]["metadata"]["annotations"] =
                        json!({});
                },
                "sidecar",
            ),
            (
                |it| {
                    job_spec(it, "rotate-credentials")["template"]["metadata"]["annotations"]["karpenter.sh/do-not-disrupt"] =
                        "false".into();
                },
                "node",
            ),
        ],
    );
}
