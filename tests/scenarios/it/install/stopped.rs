//! What is stopped or fails half-way: Helm comes to its end, what was begun ends with 5, and the same command
//! again brings the cluster on.

use anyhow::{Result, bail, ensure};
use sandbox::kubernetes::Change;
use scenarios::job::Finished;
use scenarios::wait;
use serde_json::{Value, json};

use super::helm::{Course, Stoppable, group};
use super::scene::{KEYS, Scene};
use super::{PATIENCE, SECRET};

const KINDS: [&str; 3] = ["--no-wait", "--stack", "kinds"];
const NO_WAIT: [&str; 1] = ["--no-wait"];
const TEMPLATE: &str = "chart/files/alertmanager-template.yaml";
const CRON: &str = "/apis/batch/v1/namespaces/monitoring/cronjobs/check-consistency";
const LEASE: &str = "/apis/coordination.k8s.io/v1/namespaces/monitoring/leases/install";

fn assert_ended(run: &Finished, status: i32, class: &str) {
    let said = format!("{}\n{}", run.stdout, run.stderr);
    assert_eq!(run.status, status, "{said}");
    assert_eq!(run.termination["class"], class, "{said}");
}

/// A cluster with two revisions, of which the newer one has another template and another schedule.
async fn with_two_revisions() -> Result<Scene> {
    let scene = Scene::start().await?;
    scene.install(&[], 0).await?;
    scene.edit(
        "chart/values.yaml",
        "schedule: 7,37 * * * *",
        "schedule: 8,38 * * * *",
    )?;
    scene.edit(TEMPLATE, "repeat_interval: 8h", "repeat_interval: 9h")?;
    scene.install(&[], 0).await?;
    Ok(scene)
}

async fn schedule(scene: &Scene) -> Result<Value> {
    Ok(scene.admin().await?.get(CRON).await?["spec"]["schedule"].clone())
}

async fn holder(scene: &Scene) -> Result<String> {
    let lease = scene.admin().await?.get(LEASE).await?;
    let holder = lease["spec"]["holderIdentity"].as_str();
    Ok(holder.unwrap_or_default().to_owned())
}

#[tokio::test]
async fn a_signal_neither_cuts_helm_off_nor_reaches_it_and_the_lock_is_kept() -> Result<()> {
    let scene = Scene::start().await?;
    let helm = Stoppable::new(scene.helm(), "upgrade", Course::Passes)?;
    let running = scene.job_with(&helm.program(), &[], &KINDS)?.start()?;
    let process = helm.begun().await?;
    assert_eq!(
        group(process)?,
        process,
        "a signal of the terminal reaches it"
    );
    let mark = scene.cluster.audit_mark()?;
    running.signal("INT")?;
    // Renewed every ten seconds: it goes on for longer than any run that may be cut.
    wait::until_within(PATIENCE, "the lock is renewed twice", async || {
        let writes = scene.writes_since(mark)?.into_iter();
        Ok(writes.filter(|it| it.resource == "leases").count() >= 2)
    })
    .await?;
    helm.go()?;
    let run = running.finish().await?;
    // All of it was done; nothing was left to be stopped.
    assert_eq!(run.status, 0, "{}\n{}", run.stdout, run.stderr);
    assert_eq!(scene.status().await?, "deployed");
    assert_eq!(holder(&scene).await?, "");
    let again = scene.install(&[], 0).await?;
    assert!(again.stdout.contains("nothing changes"), "{}", again.stdout);
    Ok(())
}

#[tokio::test]
async fn a_second_signal_ends_half_done_and_helm_comes_to_its_end_alone() -> Result<()> {
    let scene = Scene::start().await?;
    let helm = Stoppable::new(scene.helm(), "upgrade", Course::Passes)?;
    let running = scene.job_with(&helm.program(), &[], &KINDS)?.start()?;
    helm.begun().await?;
    let pid = running.pid()?;
    let signals = async {
        // The second one counts only once the first was seen.
        wait::until("it has ended", async || Ok(pid.signal("TERM").is_err())).await
    };
    let (run, ended) = tokio::join!(running.finish(), signals);
    ended?;
    assert_eq!(run?.status, 5);
    helm.go()?;
    wait::until_within(PATIENCE, "the release is deployed", async || {
        Ok(scene.status().await? == "deployed")
    })
    .await
}

#[tokio::test]
async fn a_look_back_that_is_stopped_leaves_nothing_half_done() -> Result<()> {
    let scene = Scene::start().await?;
    scene.write_facts()?;
    scene.install(&[], 0).await?;
    // Only the Secret is to be filled, so nothing is waited for; what runs nowhere is never in force.
    scene.rotate()?;
    let mark = scene.cluster.audit_mark()?;
    let more = ["--stack", "kinds", "-o", "json"];
    let running = scene.job_with(scene.helm(), &[], &more)?.start()?;
    scene.looked_back(mark).await?;
    assert_eq!(holder(&scene).await?, "", "whoever installs next waits");
    running.signal("INT")?;
    let run = running.finish().await?;
    assert_ended(&run, 1, "interrupted");
    let account: Value = serde_json::from_str(&run.stdout)?;
    let done = json!(["filling the Secret alertmanager-prod-monitoring"]);
    assert_eq!(account["done"], done, "{account:#}");
    let class = &account["problem"]["class"];
    assert_eq!(class, "transient", "{account:#}");
    assert!(account["ending"]["key"].is_object(), "{account:#}");
    assert!(account["report"].is_null(), "{account:#}");
    Ok(())
}

#[tokio::test]
async fn a_namespace_in_which_no_lock_can_be_had_is_half_done() -> Result<()> {
    let mut scene = Scene::start().await?;
    scene.install_as_newcomer().await?;
    let run = scene.install(&[], 5).await?;
    assert_ended(&run, 5, "cluster-denied");
    assert_eq!(run.termination["changes"], 1, "{}", run.termination);
    let admin = scene.admin().await?;
    let namespace = admin.find("/api/v1/namespaces/monitoring").await?;
    assert!(namespace.is_some(), "it stays");
    assert_eq!(admin.find(LEASE).await?, None);
    // Where nothing has to be made first, nothing is half done.
    let run = scene.install(&[], 4).await?;
    assert_ended(&run, 4, "cluster-denied");
    assert_eq!(run.termination["changes"], 0, "{}", run.termination);
    Ok(())
}

#[tokio::test]
async fn when_helm_fails_the_secret_follows_the_template_that_is_there() -> Result<()> {
    let scene = Scene::start().await?;
    scene.install(&[], 0).await?;
    scene.edit(TEMPLATE, "repeat_interval: 8h", "repeat_interval: 9h")?;
    scene.rotate()?;
    let helm = Stoppable::at_once(scene.helm(), "upgrade", Course::Fails)?;
    let more = [&KINDS[..], &["-o", "json"]].concat();
    let run = scene.job_with(&helm.program(), &[], &more)?.run().await?;
    assert_ended(&run, 5, "helm-failed");
    let said = run.termination.to_string();
    assert!(said.contains("it was told to fail"), "{said}");
    // Programs are told what was done so far, and what failed.
    let account: Value = serde_json::from_str(&run.stdout)?;
    let filling = "filling the Secret alertmanager-prod-monitoring";
    let done = json!([filling, format!("{filling} again")]);
    assert_eq!(account["done"], done, "{account:#}");
    assert_eq!(account["plan"]["helm"]["does"], "upgrade", "{account:#}");
    let problem = &account["problem"];
    assert_eq!(problem["code"], "helm-failed", "{account:#}");
    assert_eq!(problem["class"], "half_done", "{account:#}");
    for absent in ["ending", "report"] {
        assert!(account[absent].is_null(), "{account:#}");
    }
    let written = scene.secret(SECRET, "alertmanager.yaml").await?;
    assert!(written.contains("repeat_interval: 8h"), "{said}");
    assert!(written.contains(KEYS[1].0), "the key of today");

    scene.install(&[], 0).await?;
    let written = scene.secret(SECRET, "alertmanager.yaml").await?;
    assert!(written.contains("repeat_interval: 9h"));
    Ok(())
}

#[tokio::test]
async fn a_rollback_that_is_said_to_have_failed_is_not_taken_forward_again() -> Result<()> {
    let scene = with_two_revisions().await?;
    scene.rotate()?;
    assert_eq!(schedule(&scene).await?, "8,38 * * * *");
    let helm = Stoppable::at_once(scene.helm(), "rollback", Course::FailsLate)?;
    let job = scene.job_with(&helm.program(), &["rollback"], &NO_WAIT)?;
    assert_ended(&job.run().await?, 5, "helm-failed");
    // The old template is there already, and the Secret is of it, with the key of today.
    let filled = async || {
        let written = scene.secret(SECRET, "alertmanager.yaml").await?;
        ensure!(written.contains("repeat_interval: 8h"), "another template");
        ensure!(written.contains(KEYS[1].0), "another key");
        anyhow::Ok(())
    };
    filled().await?;

    for _ in 0..2 {
        let run = scene.run(&["rollback"], &[], 0).await?;
        for words in ["nothing: revision 3", "which is revision 1 again"] {
            assert!(run.stdout.contains(words), "{words}: {}", run.stdout);
        }
        assert_eq!(schedule(&scene).await?, "7,37 * * * *");
        filled().await?;
    }
    scene.run(&["rollback"], &["--revision", "2"], 0).await?;
    assert_eq!(schedule(&scene).await?, "8,38 * * * *");
    Ok(())
}

#[tokio::test]
async fn a_lock_that_is_lost_ends_half_done_and_the_next_run_fills_the_secret() -> Result<()> {
    let scene = with_two_revisions().await?;
    let helm = Stoppable::new(scene.helm(), "rollback", Course::Passes)?;
    let job = scene.job_with(&helm.program(), &["rollback"], &NO_WAIT)?;
    let running = job.start()?;
    helm.begun().await?;
    let mark = scene.cluster.audit_mark()?;
    let admin = scene.admin().await?;
    let taken = json!({"spec": {"holderIdentity": "ops at another desk"}});
    admin.patch(LEASE, Change::Merge, &taken).await?;
    wait::until_within(PATIENCE, "the loss is noticed", async || {
        let writes = scene.writes_since(mark)?;
        Ok(writes
            .iter()
            .any(|it| it.resource == "leases" && it.code == 409))
    })
    .await?;
    helm.go()?;
    let run = running.finish().await?;
    assert_ended(&run, 5, "install-lock-lost");
    let written = scene.secret(SECRET, "alertmanager.yaml").await?;
    assert!(written.contains("repeat_interval: 9h"), "not ours to write");

    let given = json!({"spec": {"holderIdentity": null}});
    admin.patch(LEASE, Change::Merge, &given).await?;
    scene.run(&["rollback"], &[], 0).await?;
    assert_eq!(schedule(&scene).await?, "7,37 * * * *");
    let written = scene.secret(SECRET, "alertmanager.yaml").await?;
    assert!(written.contains("repeat_interval: 8h"));
    Ok(())
}

#[tokio::test]
async fn a_secret_that_somebody_writes_all_the_time_is_left_to_them() -> Result<()> {
    let scene = Scene::start().await?;
    scene.install(&[], 0).await?;
    scene.rotate()?;
    let admin = scene.admin().await?;
    let writing = async {
        for number in 0_u64.. {
            let note = json!({"metadata": {"annotations": {"number": number.to_string()}}});
            admin.patch(SECRET, Change::Merge, &note).await?;
        }
        anyhow::Ok(())
    };
    let run = tokio::select! {
        run = scene.install(&[], 1) => run?,
        ended = writing => bail!("it writes for ever: {ended:?}"),
    };
    assert_ended(&run, 1, "overtaken");
    let written = scene.secret(SECRET, "alertmanager.yaml").await?;
    assert!(written.contains(KEYS[0].0), "as it was");
    scene.install(&[], 0).await?;
    Ok(())
}
