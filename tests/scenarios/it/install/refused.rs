//! What is refused, before anything is written: each fault with its code, status and hint.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use common::aws::CallMeter;
use common::clock::Clock;
use common::cluster::{Access, Timeouts};
use common::env::Env;
use common::lease::{Acquired, Holder, Lease, Terms};
use scenarios::job::Finished;
use serde_json::json;

use super::scene::Scene;
use super::{CLUSTER, SECRET};

fn assert_refused(run: &Finished, code: &str, words: &[&str]) {
    let said = run.termination.to_string();
    assert_eq!(run.termination["class"], code, "{said}");
    assert!(run.termination["hint"].is_string(), "{said}");
    for word in words {
        assert!(said.contains(word), "{word}: {said}");
    }
}

/// What follows begins from nothing, too: nothing is written by what is refused.
#[tokio::test]
async fn what_is_not_as_the_values_say_is_refused_and_so_is_whoever_comes_second() -> Result<()> {
    let scene = Scene::start().await?;
    let refused =
        a_context_that_leads_elsewhere_and_a_cluster_without_the_stack_are_refused(&scene);
    Box::pin(refused).await?;
    let mistaken =
        a_template_that_alertmanager_would_refuse_is_told_before_anything_is_written(&scene);
    Box::pin(mistaken).await?;
    Box::pin(a_lock_that_is_held_says_by_whom_and_nothing_is_written(
        &scene,
    ))
    .await
}

async fn a_context_that_leads_elsewhere_and_a_cluster_without_the_stack_are_refused(
    scene: &Scene,
) -> Result<()> {
    let mark = scene.cluster.audit_mark()?;
    // Neither operator nor kube-state-metrics is there.
    let run = scene.run(&[], &["--plan"], 2).await?;
    let missing = [
        "a Deployment of prometheus-operator",
        "a Deployment of kube-state-metrics",
    ];
    assert_refused(&run, "stack-missing", &missing);

    let values = "values/prod-e1-1.yaml";
    let server = scene.cluster.server_url();
    scene.edit(values, &server, "https://other.eks.amazonaws.com")?;
    let run = scene.install(&[], 2).await?;
    assert_refused(
        &run,
        "wrong-cluster",
        &[&server, "https://other.eks.amazonaws.com"],
    );
    scene.edit(values, "https://other.eks.amazonaws.com", &server)?;

    // The same address with another authority.
    let theirs = encoded(sandbox::mail::Ca::generate()?.pem());
    let mine = encoded(&scene.cluster.ca_pem());
    scene.edit(values, &mine, &theirs)?;
    let run = scene.install(&[], 2).await?;
    assert_refused(&run, "wrong-cluster", &["another certificate authority"]);
    scene.edit(values, &theirs, &mine)?;

    let run = scene.run(&[], &["--context", "nobody"], 2).await?;
    assert!(run.stderr.contains("no context `nobody`"), "{}", run.stderr);

    // What is no Helm is told by its path, or by how it ended.
    for (program, words) in [
        ("/nowhere/helm", "starting /nowhere/helm"),
        ("/etc/passwd", "starting /etc/passwd"),
        ("/bin/false", "helm version: exit status: 1"),
    ] {
        let job = scene.job_with(Path::new(program), &[], &["--plan"])?;
        let run = job.run().await?;
        assert_eq!(run.status, 2, "{program}: {}", run.stderr);
        assert_refused(&run, "helm-missing", &[words]);
    }
    assert_eq!(scene.writes_since(mark)?, []);
    Ok(())
}

async fn a_template_that_alertmanager_would_refuse_is_told_before_anything_is_written(
    scene: &Scene,
) -> Result<()> {
    let template = "chart/files/alertmanager-template.yaml";
    let mark = scene.cluster.audit_mark()?;
    for (right, wrong, words) in [
        (
            "receiver: email-canary\n",
            "receiver: email-canaryy\n",
            [
                "`route.routes[1].receiver` names the receiver `email-canaryy`",
                "did you mean `email-canary`?",
            ],
        ),
        (
            "group_wait: 2m",
            "group_wait: 30x",
            ["group_wait` is not a duration", ", column 19: "],
        ),
    ] {
        scene.edit(template, right, wrong)?;
        let text = fs::read_to_string(scene.files().join(template))?;
        let before = text.split(wrong).next().unwrap_or_default();
        let line = format!("line {},", before.matches('\n').count() + 1);
        let run = scene.install(&["--plan"], 2).await?;
        assert_refused(&run, "alertmanager-refuses", &words);
        assert_refused(&run, "alertmanager-refuses", &[&line]);
        scene.edit(template, wrong, right)?;
    }
    scene.install(&["--plan"], 0).await?;
    assert_eq!(scene.writes_since(mark)?, []);
    Ok(())
}

async fn a_lock_that_is_held_says_by_whom_and_nothing_is_written(scene: &Scene) -> Result<()> {
    scene.install(&[], 0).await?;
    scene.rotate()?;
    let before = scene.admin().await?.get(SECRET).await?;

    let access = Access::Kubeconfig {
        path: Some(scene.cluster.admin_kubeconfig()?),
        context: None,
    };
    let clock = Clock::system();
    let name = CLUSTER.parse()?;
    let cluster = common::cluster::Cluster::connect(
        name,
        &access,
        Timeouts::default(),
        clock.clone(),
        CallMeter::default(),
        &Env::default(),
    )
    .await?;
    let terms = Terms {
        duration: Duration::from_mins(1),
        renew_every: Duration::from_secs(1),
    };
    let holder = Holder::from("ops at another desk".to_owned());
    let lease = Lease::new(cluster, "monitoring", "install", holder, terms, clock);
    let Acquired::Held(guard) = lease.acquire().await? else {
        anyhow::bail!("somebody holds it");
    };
    let keep = async {
        loop {
            tokio::time::sleep(Duration::from_secs(1)).await;
            guard.check().await.unwrap();
        }
    };
    let run = tokio::select! {
        run = scene.install(&[], 1) => run?,
        () = keep => unreachable!("it is kept for ever"),
    };
    assert_refused(&run, "install-locked", &["ops at another desk"]);
    assert_eq!(scene.admin().await?.get(SECRET).await?, before);
    guard.release().await?;
    scene.install(&[], 0).await?;
    assert_ne!(scene.admin().await?.get(SECRET).await?, before);
    Ok(())
}

#[tokio::test]
async fn what_others_own_or_have_set_is_refused_with_its_name() -> Result<()> {
    let scene = Scene::start().await?;
    scene.install(&[], 0).await?;
    let admin = scene.admin().await?;

    // A person has edited a field of the chart.
    let edit = [
        "patch",
        "cronjob",
        "check-consistency",
        "--namespace=monitoring",
        "--type=merge",
        "--patch={\"spec\":{\"schedule\":\"1 1 * * *\"}}",
        "--field-manager=kubectl-edit",
    ];
    scene.cluster.kubectl(&edit, "").await?;
    let run = scene.install(&[], 3).await?;
    let words = [
        "CronJob check-consistency",
        ".spec.schedule",
        "kubectl-edit",
    ];
    assert_refused(&run, "fields-held", &words);
    scene.install(&["--take-fields"], 0).await?;
    let path = "/apis/batch/v1/namespaces/monitoring/cronjobs/check-consistency";
    assert_eq!(admin.get(path).await?["spec"]["schedule"], "7,37 * * * *");

    // A pause, as k8s/OPERATIONS.md has it, is nobody's but theirs.
    let pause = [
        "patch",
        "cronjob",
        "check-consistency",
        "--namespace=monitoring",
        "--patch={\"spec\":{\"suspend\":true}}",
    ];
    scene.cluster.kubectl(&pause, "").await?;
    let told = "keep     the pause of CronJob check-consistency in monitoring";
    for more in [["--plan"].as_slice(), &[], &["--take-fields"]] {
        let run = scene.install(more, 0).await?;
        assert!(run.stdout.contains(told), "{more:?}: {}", run.stdout);
        assert_eq!(admin.get(path).await?["spec"]["suspend"], true, "{more:?}");
    }
    // It outlives what else changes in the job.
    let (old, new) = (
        "failedJobsHistoryLimit: {{ $values.historyLimit }}",
        "failedJobsHistoryLimit: 9",
    );
    scene.edit("chart/templates/cronjobs.yaml", old, new)?;
    scene.install(&[], 0).await?;
    let job = admin.get(path).await?;
    assert_eq!(job["spec"]["failedJobsHistoryLimit"], 9, "{job}");
    assert_eq!(job["spec"]["suspend"], true, "{job}");

    // An object of the chart's name belongs to nobody.
    let config = "/api/v1/namespaces/monitoring/configmaps/check-consistency-config";
    admin.delete(config).await?;
    let foreign = json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "check-consistency-config"}, "data": {"mine": "yes"},
    });
    admin
        .create("/api/v1/namespaces/monitoring/configmaps", &foreign)
        .await?;
    let run = scene.install(&[], 3).await?;
    assert_refused(
        &run,
        "objects-of-others",
        &["ConfigMap check-consistency-config"],
    );
    Ok(())
}

fn encoded(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}
