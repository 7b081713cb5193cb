//! Each thing that can be wrong, planted, found, and mended.

mod beside;
mod replicas;

use anyhow::{Context as _, Result, ensure};
use jiff::SignedDuration;
use sandbox::checkout;
use sandbox::monitoring::{NAMESPACE, object, rule};
use scenarios::wait;
use serde_json::{Value, json};
use std::fs;
use std::time::Duration;

use super::scene::{CLUSTER, PUSHGATEWAY, Scene, at, check_of};

const CHECK: &str = "check-consistency";

/// Longer than anything that is planted takes to be seen.
const PATIENCE: Duration = Duration::from_mins(1);

/// What must be found: severity, object, words of the sentence, end of the command that mends it.
struct Wanted<'a> {
    severity: &'a str,
    object: &'a str,
    text: &'a str,
    mend: &'a str,
}

impl Wanted<'_> {
    fn is(&self, finding: &Value) -> bool {
        let holds = |key: &str, words: &str| {
            let text = finding[key].as_str().unwrap_or_default();
            text.contains(words)
        };
        finding["severity"] == self.severity
            && finding["object"] == self.object
            && holds("text", self.text)
            && holds("mend", self.mend)
    }
}

/// Waits until it is found, and returns the finding. It must be the only thing that is not well.
async fn found(scene: &Scene, wanted: &Wanted<'_>) -> Result<Value> {
    let mut last = Value::Null;
    let mut own = Value::Null;
    let waited = wait::until_within(PATIENCE, wanted.object, async || {
        let (document, status) = scene.diagnosis().await?;
        let checks = document["checks"].as_array().context("no checks")?;
        let findings = checks.iter().filter_map(|it| it["findings"].as_array());
        let findings: Vec<&Value> = findings.flatten().collect();
        let is_found = matches!(findings.as_slice(), [one] if wanted.is(one));
        if is_found {
            let expected = if wanted.severity == "wrong" { 3 } else { 0 };
            ensure!(status == expected, "status {status}");
            own = findings[0].clone();
        }
        last = document;
        Ok(is_found)
    });
    waited.await.with_context(|| format!("{last:#}"))?;
    Ok(own)
}

/// Types the command that a finding names, which mends it. It begins with `kubectl --context NAME`.
async fn type_mend(scene: &Scene, finding: &Value) -> Result<()> {
    let command = finding["mend"].as_str().context("no command")?;
    let words: Vec<_> = command.split_whitespace().skip(3).collect();
    scene.cluster()?.kubectl(&words, "").await?;
    Ok(())
}

async fn cron_job(scene: &Scene, name: &str, merge: &Value) -> Result<()> {
    let path = object("apis/batch/v1", "cronjobs", name);
    scene.stage.patch(CLUSTER, &path, merge).await?;
    Ok(())
}

/// Applies the render again, as an installation does.
async fn install_again(scene: &Scene) -> Result<()> {
    let file = format!("k8s/rendered/{CLUSTER}.yaml");
    let rendered = fs::read_to_string(checkout::file(&file))?;
    scene.cluster()?.apply(&[&rendered]).await?;
    Ok(())
}

#[tokio::test]
async fn whatever_is_wrong_is_found_with_the_command_that_mends_it() -> Result<()> {
    let scene = Scene::well().await?;
    Box::pin(jobs(&scene)).await?;
    Box::pin(rules_and_monitors(&scene)).await?;
    Box::pin(beside::others(&scene)).await?;
    Box::pin(groups(&scene)).await?;
    Box::pin(replicas::files(&scene)).await?;
    Box::pin(replicas::number(&scene)).await?;
    Box::pin(rights_and_objects(&scene)).await?;
    scene.wait_until_well().await?;
    Box::pin(beside::release(&scene)).await?;
    scene.wait_until_well().await?;
    // At the end: it does not come back.
    scene.stage.prometheus(CLUSTER)?.stop()?;
    let (document, status) = scene.diagnosis().await?;
    assert_eq!(status, 1, "{document:#}");
    assert_eq!(document["verdict"], "unseen");
    for check in document["checks"].as_array().context("no checks")? {
        let of_prometheus =
            ["rules", "monitors", "operator", "mail"].contains(&check["area"].as_str().unwrap());
        let wanted = if of_prometheus { "unseen" } else { "well" };
        assert_eq!(check["standing"], wanted, "{check:#}");
    }
    let text = scene.doctor(&[]).await?.stdout;
    assert!(text.contains("? rules"), "{text}");
    assert!(!text.contains("all is well"), "{text}");
    Ok(())
}

async fn jobs(scene: &Scene) -> Result<()> {
    let title = format!("CronJob {NAMESPACE}/{CHECK}");
    let wanted = |severity, text, mend| Wanted {
        severity,
        object: &title,
        text,
        mend,
    };

    let path = object("apis/batch/v1", "cronjobs", CHECK);
    scene.stage.delete(CLUSTER, &path).await?;
    let gone = wanted("wrong", "it is not there", "install-monitoring --cluster");
    found(scene, &gone).await?;
    install_again(scene).await?;
    scene
        .succeeded(CLUSTER, NAMESPACE, CHECK, SignedDuration::from_mins(1))
        .await?;

    cron_job(scene, CHECK, &json!({"spec": {"suspend": true}})).await?;
    let suspended = wanted(
        "wrong",
        "it is suspended",
        r#"'{"spec":{"suspend":false}}'"#,
    );
    found(scene, &suspended).await?;
    cron_job(scene, CHECK, &json!({"spec": {"suspend": false}})).await?;

    // A run that failed: told with its own words, and wrong once the last good one is too long ago.
    let job = failed_run(scene, &path).await?;
    let logs = format!("logs job/{job} --tail 20");
    let failed = wanted("warning", "its newest finished run failed: failed", &logs);
    let finding = found(scene, &failed).await?;
    assert_eq!(
        finding["said"]["error"],
        "list pods in monitoring: 403 Forbidden"
    );
    assert_eq!(finding["said"]["hint"], "allow `list pods`");
    scene
        .succeeded(CLUSTER, NAMESPACE, CHECK, SignedDuration::from_hours(30))
        .await?;
    let stale = wanted("wrong", "its last good run ended 1 d 6 h ago", &logs);
    let finding = found(scene, &stale).await?;
    assert_eq!(finding["said"]["outcome"], "failed (cluster-denied)");
    scene
        .stage
        .delete(CLUSTER, &object("apis/batch/v1", "jobs", &job))
        .await?;
    scene
        .stage
        .delete(CLUSTER, &object("api/v1", "pods", &job))
        .await?;
    scene
        .succeeded(CLUSTER, NAMESPACE, CHECK, SignedDuration::from_mins(1))
        .await
}

/// A Job of the `CronJob` at `path`, and its pod, as controllers and kubelet leave them when the run fails.
async fn failed_run(scene: &Scene, path: &str) -> Result<String> {
    let name = "check-consistency-29401937";
    let owner = scene.stage.get(CLUSTER, path).await?;
    let started = at(SignedDuration::from_mins(5));
    let ended = at(SignedDuration::from_mins(4));
    let container = json!({"name": "job", "image": "job"});
    let job = json!({
        "apiVersion": "batch/v1", "kind": "Job",
        "metadata": {"name": name, "namespace": NAMESPACE, "ownerReferences": [{
            "apiVersion": "batch/v1", "kind": "CronJob", "name": CHECK,
            "uid": owner["metadata"]["uid"], "controller": true,
        }]},
        "spec": {"template": {"spec": {"restartPolicy": "Never", "containers": [container]}}},
    });
    let jobs = format!("/apis/batch/v1/namespaces/{NAMESPACE}/jobs");
    scene.stage.create(CLUSTER, &jobs, &job).await?;
    let condition = |kind: &str| {
        json!({"type": kind, "status": "True", "reason": "PodFailurePolicy",
               "lastTransitionTime": ended})
    };
    let status = json!({"status": {
        "startTime": started, "failed": 1,
        "conditions": [condition("FailureTarget"), condition("Failed")],
    }});
    scene
        .stage
        .patch(CLUSTER, &format!("{jobs}/{name}/status"), &status)
        .await?;
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "namespace": NAMESPACE,
                     "labels": {"batch.kubernetes.io/job-name": name}},
        "spec": {"restartPolicy": "Never", "automountServiceAccountToken": false,
                 "containers": [container]},
    });
    let pods = format!("/api/v1/namespaces/{NAMESPACE}/pods");
    scene.stage.create(CLUSTER, &pods, &pod).await?;
    let message = json!({
        "v": 1, "outcome": "failed", "code": 4, "class": "cluster-denied", "duration_ms": 1500,
        "error": "list pods in monitoring: 403 Forbidden", "hint": "allow `list pods`",
    });
    let status = json!({"status": {"phase": "Failed", "containerStatuses": [{
        "name": "job", "image": "job", "imageID": "job", "ready": false, "restartCount": 0,
        "state": {"terminated": {"exitCode": 4, "startedAt": started, "finishedAt": ended,
                                 "message": message.to_string()}},
    }]}});
    scene
        .stage
        .patch(CLUSTER, &format!("{pods}/{name}/status"), &status)
        .await?;
    Ok(name.to_owned())
}

async fn rules_and_monitors(scene: &Scene) -> Result<()> {
    const API: &str = "apis/monitoring.coreos.com/v1";
    let prometheus = scene.stage.prometheus(CLUSTER)?;
    let label = |release: Value| json!({"metadata": {"labels": {"release": release}}});
    let rules = rule("monitoring-job-rules");
    let gateway = object(API, "servicemonitors", PUSHGATEWAY);
    let title = format!("ServiceMonitor {NAMESPACE}/{PUSHGATEWAY}");
    let relabel = format!("label servicemonitor {PUSHGATEWAY} release=prod-monitoring --overwrite");
    for (path, wanted) in [
        (
            &rules,
            Wanted {
                severity: "wrong",
                object: "PrometheusRule monitoring/monitoring-job-rules",
                text: "so none of its alerts can fire",
                mend: "label prometheusrule monitoring-job-rules release=prod-monitoring --overwrite",
            },
        ),
        (
            &gateway,
            Wanted {
                severity: "wrong",
                object: &title,
                text: "Prometheus does not scrape by it",
                mend: &relabel,
            },
        ),
    ] {
        scene
            .stage
            .patch(CLUSTER, path, &label(Value::Null))
            .await?;
        prometheus.sync().await?;
        let finding = found(scene, &wanted).await?;
        type_mend(scene, &finding).await?;
        prometheus.sync().await?;
        scene.wait_until_well().await?;
    }

    let metrics = object(API, "servicemonitors", "prod-monitoring-kube-state-metrics");
    scene
        .stage
        .patch(CLUSTER, &metrics, &label(Value::Null))
        .await?;
    prometheus.sync().await?;
    let wanted = Wanted {
        severity: "wrong",
        object: "kube-state-metrics",
        text: "Prometheus scrapes none",
        mend: "helm dependency update k8s/stack && helm upgrade --install prod-monitoring k8s/stack",
    };
    found(scene, &wanted).await?;
    scene
        .stage
        .patch(CLUSTER, &metrics, &label("prod-monitoring".into()))
        .await?;
    prometheus.sync().await
}

async fn groups(scene: &Scene) -> Result<()> {
    // The Pushgateway refuses samples with a time, and keeps the group.
    let status = scene
        .push(CLUSTER, "job/phantom/part/a", "x 1 1000\n")
        .await?;
    assert_eq!(status, 400);
    let wanted = Wanted {
        severity: "wrong",
        object: "Pushgateway group phantom{part=\"a\"}",
        text: "every push to it was refused",
        mend: "/proxy/metrics/job/phantom/part/a",
    };
    let finding = found(scene, &wanted).await?;
    type_mend(scene, &finding).await?;
    scene.wait_until_well().await?;

    // A group that was written, and whose next push is refused.
    scene.push(CLUSTER, "job/phantom", "x 1\n").await?;
    scene.push(CLUSTER, "job/phantom", "x 1 1000\n").await?;
    let wanted = Wanted {
        severity: "wrong",
        object: "Pushgateway group phantom",
        text: "the last push to it was refused",
        mend: "logs svc/prod-monitoring-prometheus-pushgateway --tail 20",
    };
    found(scene, &wanted).await?;
    scene.push(CLUSTER, "job/phantom", "x 1\n").await?;
    Ok(())
}

async fn rights_and_objects(scene: &Scene) -> Result<()> {
    const API: &str = "apis/rbac.authorization.k8s.io/v1";
    let role = object(API, "roles", "rotate-credentials");
    let held = scene.stage.get(CLUSTER, &role).await?;
    let rules = held["rules"].as_array().context("no rules")?.iter();
    let without = rules.map(|rule| {
        let mut rule = rule.clone();
        if rule["verbs"] == json!(["get", "patch"]) {
            rule["verbs"] = json!(["get"]);
        }
        rule
    });
    let without: Vec<_> = without.collect();
    scene
        .stage
        .patch(CLUSTER, &role, &json!({"rules": without}))
        .await?;
    // The account here, and the group that other clusters' jobs come with. The server judges by a Role a moment
    // after it has taken it.
    let mut last = Value::Null;
    let seen = wait::until_within(PATIENCE, "both lack the right", async || {
        let (document, status) = scene.diagnosis().await?;
        let findings = check_of(&document, "rights")["findings"].as_array();
        let are_two = findings.is_some_and(|it| it.len() == 2);
        last = document;
        Ok(status == 3 && are_two)
    });
    seen.await.with_context(|| format!("{last:#}"))?;
    let findings = &check_of(&last, "rights")["findings"];
    let objects = findings.as_array().context("no findings")?;
    for finding in objects {
        let text = "it may not patch secrets/alertmanager-prod-monitoring in monitoring";
        assert_eq!(finding["text"], text);
        assert_eq!(
            finding["mend"],
            format!("install-monitoring --cluster {CLUSTER}")
        );
    }
    install_again(scene).await?;
    scene.wait_until_well().await?;

    scene
        .stage
        .delete(
            CLUSTER,
            &object("api/v1", "configmaps", "alertmanager-template"),
        )
        .await?;
    let wanted = Wanted {
        severity: "wrong",
        object: "ConfigMap monitoring/alertmanager-template",
        text: "it is not there",
        mend: "install-monitoring --cluster",
    };
    found(scene, &wanted).await?;
    install_again(scene).await
}
