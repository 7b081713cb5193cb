//! What is in the way: a release in which Helm was killed, examples in the values, and what in the cluster is
//! not as it can be worked with. Each with its code, and the way on.

use std::fs;

use anyhow::Result;
use common::clock::Clock;
use common::clock::driven::{Crown, VARIABLE};
use jiff::SignedDuration;
use sandbox::kubernetes::Change;
use scenarios::job::Finished;
use scenarios::wait;
use serde_json::{Value, json};

use super::helm::{Course, Stoppable, kill};
use super::scene::{Scene, names};
use super::{CLUSTER, PATIENCE, SECRET};

const SECRETS: &str = "/api/v1/namespaces/monitoring/secrets";
const KINDS: [&str; 2] = ["--stack", "kinds"];
const NAMESPACE: &str = "apiVersion: v1\nkind: Namespace\nmetadata: {name: monitoring}";
const CONFIRMED: [&str; 2] = ["--confirm", CLUSTER];

fn assert_stuck(run: &Finished, class: &str, words: &[&str]) {
    let said = run.termination.to_string();
    assert_eq!(run.termination["class"], class, "{said}");
    for word in words {
        assert!(said.contains(word), "{word}: {said}");
    }
}

/// Kills Helm in the middle of a command, once the release is labelled so.
async fn killed(
    scene: &Scene,
    word: &str,
    command: &[&str],
    more: &[&str],
    status: &str,
) -> Result<()> {
    let helm = Stoppable::at_once(scene.helm(), word, Course::Passes)?;
    let running = scene.job_with(&helm.program(), command, more)?.start()?;
    let process = helm.begun().await?;
    wait::until_within(PATIENCE, status, async || {
        Ok(scene.status().await? == status)
    })
    .await?;
    kill(process)?;
    let run = running.finish().await?;
    assert_eq!(run.status, 5, "{}\n{}", run.stdout, run.stderr);
    assert_stuck(&run, "helm-failed", &["signal"]);
    assert_eq!(scene.status().await?, status);
    Ok(())
}

#[tokio::test]
async fn an_upgrade_in_which_helm_was_killed_blocks_as_long_as_one_may_be_at_work() -> Result<()> {
    let scene = Scene::start().await?;
    scene.install(&[], 0).await?;
    scene.write_facts()?;
    // No kubelet makes its pods ready, so it waits.
    killed(&scene, "upgrade", &[], &KINDS, "pending-upgrade").await?;

    let run = scene.install(&[], 3).await?;
    let words = [
        "pending-upgrade",
        "install-monitoring rollback",
        "20 minutes",
    ];
    assert_stuck(&run, "release-pending", &words);
    let run = scene.run(&["uninstall"], &CONFIRMED, 3).await?;
    assert_stuck(&run, "release-pending", &["pending-upgrade"]);

    let later = Clock::system().now();
    let later = later.checked_add(SignedDuration::from_hours(1))?;
    let clock = Crown::start(scene.files().join("clock"), later, 1.0)?;
    let clock = clock.path().display().to_string();
    let planned = scene.job(&[], &[&KINDS[..], &["--plan"]].concat())?;
    let planned = planned.env(VARIABLE, &clock).run().await?;
    let record = "delete   record sh.helm.release.v1.prod-monitoring.v2: Helm was killed";
    assert!(planned.stdout.contains(record), "{}", planned.stdout);
    let run = scene.job(&[], &KINDS)?.env(VARIABLE, &clock).run().await?;
    assert_eq!(run.status, 0, "{}\n{}", run.stdout, run.stderr);
    assert_eq!(scene.status().await?, "deployed");
    let again = scene.install(&[], 0).await?;
    assert!(again.stdout.contains("nothing changes"), "{}", again.stdout);
    Ok(())
}

/// An installation is refused with the way out, and that leaves no Secret.
async fn can_only_be_removed(scene: &Scene) -> Result<()> {
    let run = scene.install(&[], 3).await?;
    assert_stuck(&run, "release-pending", &["install-monitoring uninstall"]);
    scene.run(&["uninstall"], &CONFIRMED, 0).await?;
    let left = names(&scene.admin().await?.get(SECRETS).await?);
    assert_eq!(left, Vec::<String>::new());
    Ok(())
}

#[tokio::test]
async fn examples_are_refused_and_a_first_installation_that_was_cut_off_can_be_removed()
-> Result<()> {
    let scene = Scene::start().await?;
    // Nothing is there afterwards, and the values are a release's.
    Box::pin(examples_in_the_values_are_refused_where_pods_are_to_run(
        &scene,
    ))
    .await?;
    killed(&scene, "upgrade", &[], &KINDS, "pending-install").await?;
    can_only_be_removed(&scene).await
}

#[tokio::test]
async fn a_removal_in_which_helm_was_killed_goes_on_and_leaves_no_secret() -> Result<()> {
    let scene = Scene::start().await?;
    scene.install(&[], 0).await?;
    // Nobody finishes the namespace of the credentials, so it waits.
    killed(
        &scene,
        "uninstall",
        &["uninstall"],
        &CONFIRMED,
        "uninstalling",
    )
    .await?;
    can_only_be_removed(&scene).await
}

async fn examples_in_the_values_are_refused_where_pods_are_to_run(scene: &Scene) -> Result<()> {
    let mark = scene.cluster.audit_mark()?;
    for more in [&["--plan"][..], &[]] {
        let more = [&KINDS[..], more].concat();
        let run = scene.job_with(scene.helm(), &[], &more)?.run().await?;
        assert_eq!(run.status, 2, "{}\n{}", run.stdout, run.stderr);
        let words = [
            "values/prod-e1-1.yaml",
            "`image.digest`",
            "`pushgateway.image.digest`",
            "`peers[0].server`",
        ];
        assert_stuck(&run, "values-are-examples", &words);
    }
    assert_eq!(scene.writes_since(mark)?, []);
    scene.write_facts()?;
    let more = [&KINDS[..], &["--plan"]].concat();
    let run = scene.job_with(scene.helm(), &[], &more)?.run().await?;
    assert_eq!(run.status, 0, "{}\n{}", run.stdout, run.stderr);
    Ok(())
}

#[tokio::test]
async fn what_in_the_cluster_cannot_be_worked_with_is_refused() -> Result<()> {
    let scene = Scene::start().await?;
    let before = a_secret_that_cannot_be_changed_and_a_kind_that_nobody_knows_are_refused(&scene);
    Box::pin(before).await?;
    // At the end: its namespace goes and never comes back.
    let after = a_record_that_cannot_be_read_and_a_namespace_that_goes_are_refused(&scene);
    Box::pin(after).await
}

/// It is installed afterwards.
async fn a_secret_that_cannot_be_changed_and_a_kind_that_nobody_knows_are_refused(
    scene: &Scene,
) -> Result<()> {
    scene.cluster.apply(&[NAMESPACE]).await?;
    let admin = scene.admin().await?;
    let secret = json!({
        "apiVersion": "v1", "kind": "Secret", "immutable": true,
        "metadata": {"name": "alertmanager-prod-monitoring"}, "stringData": {"a": "b"},
    });
    admin.create(SECRETS, &secret).await?;
    let mark = scene.cluster.audit_mark()?;
    let run = scene.install(&[], 2).await?;
    assert_stuck(&run, "secret-immutable", &["alertmanager-prod-monitoring"]);
    admin.delete(SECRET).await?;

    let odd = "apiVersion: example.com/v1\nkind: Odd\nmetadata: {name: odd}\n";
    let file = scene.files().join("chart/templates/odd.yaml");
    fs::write(&file, odd)?;
    let run = scene.install(&[], 2).await?;
    assert_stuck(&run, "kind-unknown", &["Odd odd", "example.com/v1"]);
    assert_eq!(scene.writes_since(mark)?, []);
    fs::remove_file(file)?;
    scene.install(&[], 0).await?;
    Ok(())
}

async fn a_record_that_cannot_be_read_and_a_namespace_that_goes_are_refused(
    scene: &Scene,
) -> Result<()> {
    let admin = scene.admin().await?;
    let record = format!("{SECRETS}/sh.helm.release.v1.prod-monitoring.v1");
    let whole = admin.get(&record).await?["data"]["release"].clone();
    let broken = json!({"data": {"release": "eA=="}});
    admin.patch(&record, Change::Merge, &broken).await?;
    let run = scene.install(&[], 3).await?;
    assert_stuck(&run, "release-unreadable", &["prod-monitoring.v1"]);
    let mended = json!({"data": {"release": whole}});
    admin.patch(&record, Change::Merge, &mended).await?;
    scene.install(&[], 0).await?;

    // Nobody is there who would finish it.
    admin.delete("/api/v1/namespaces/monitoring").await?;
    let run = scene.install(&[], 1).await?;
    assert_stuck(&run, "namespace-terminating", &["namespace monitoring"]);
    Ok(())
}

#[tokio::test]
async fn a_secret_that_does_not_go_is_named_and_the_removal_ends_half_done() -> Result<()> {
    let scene = Scene::start().await?;
    scene.install(&[], 0).await?;
    let admin = scene.admin().await?;
    let finalizers = |list: Value| json!({"metadata": {"finalizers": list}});
    let held = finalizers(json!(["example.com/held"]));
    admin.patch(SECRET, Change::Merge, &held).await?;
    let more = [&CONFIRMED[..], &["-o", "json"]].concat();
    let run = scene.run(&["uninstall"], &more, 5).await?;
    assert_stuck(
        &run,
        "secret-left-behind",
        &["alertmanager-prod-monitoring"],
    );
    let account: Value = serde_json::from_str(&run.stdout)?;
    let done = &account["done"];
    assert_eq!(done[0], "removing the release prod-monitoring", "{done:#}");
    let code = &account["problem"]["code"];
    assert_eq!(code, "secret-left-behind", "{account:#}");
    let free = finalizers(json!([]));
    admin.patch(SECRET, Change::Merge, &free).await?;
    scene.run(&["uninstall"], &CONFIRMED, 0).await?;
    assert_eq!(names(&admin.get(SECRETS).await?), Vec::<String>::new());
    Ok(())
}
