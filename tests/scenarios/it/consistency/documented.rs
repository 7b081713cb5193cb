//! The run that the job's README shows is a real one, and the file that the chart installs fits the clusters.

use std::fs;

use anyhow::{Context as _, Result};
use jiff::{SignedDuration, Timestamp};
use sandbox::checkout;
use sandbox::monitoring::{CLUSTERS, object, rule};
use serde_json::{Value, json};

use super::{OTHER, World, assert_ended, told};
use crate::readme::{of_job, transcript};

#[tokio::test]
async fn the_run_in_the_readme_is_a_real_one() -> Result<()> {
    let world = World::start().await?;
    let memory = world.stage.directory().join("memory.json");
    let config = world.configured(&format!("state: {{file: {}}}\n", memory.display()))?;

    // What is compared in production, and declared to differ, is so here.
    let installed = world.file(&installed(&world)?)?;
    let (document, finished) = world.look(&installed).await?;
    assert_eq!(told(&document), [], "{document:#}");
    assert_ended(&finished, 0, None);

    // Somebody shortens a wait in one cluster, and spells a retention there in another way.
    let core = rule("core-alerts-rules");
    let mut groups = world.stage.get(OTHER, &core).await?["spec"]["groups"].clone();
    groups[0]["rules"][2]["for"] = json!("10m");
    let wait = json!({"spec": {"groups": groups}});
    let by_hand = format!("{core}?fieldManager=kubectl-edit");
    world.stage.patch(OTHER, &by_hand, &wait).await?;
    let server = object(
        "apis/monitoring.coreos.com/v1",
        "prometheuses",
        "prod-monitoring-prometheus-prometheus",
    );
    let days = json!({"spec": {"retention": "112d"}});
    world.stage.patch(OTHER, &server, &days).await?;
    assert_ended(&world.run(&["run"], &config).await?, 3, Some("drift"));

    // Three days later it is still so, and other rules are gone.
    let remembered = fs::read_to_string(&memory)?;
    let earlier = earlier(&remembered, SignedDuration::from_hours(76))?;
    fs::write(&memory, earlier)?;
    let gone = rule("external-dns-alerts-rules");
    world.stage.delete(OTHER, &gone).await?;
    let run = world.run(&["run"], &config).await?;
    assert_ended(&run, 3, Some("drift"));
    let (_, shown) = transcript(&of_job("check-consistency")?, "check-consistency run")?;
    assert_eq!(masked(&run.stdout), masked(&shown), "{}", run.stdout);
    Ok(())
}

/// What the chart declares of objects that the stage has not.
const BEYOND: [&str; 2] = [
    "        - \"*/monitoring/sync-dashboards\"\n",
    "    - objects: [CronJob/monitoring/check-consistency]
      path: /spec/jobTemplate/spec/template/spec/containers[name=job]/env[name=CLUSTER]/value
      value: \"{{cluster}}\"
      reason: each job says where it runs
",
];

/// What the chart installs, for the clusters of the stage, where no server runs.
fn installed(world: &World) -> Result<String> {
    let file = checkout::file("k8s/chart/files/check-consistency.yaml");
    let text = fs::read_to_string(file)?;
    let (_, compared) = text.split_once("\nselect:").context("`select`")?;
    let (compared, _) = compared.split_once("\nlive:").context("`live`")?;
    // The stage's CronJobs are plainer than the chart's: these run in both clusters, and have no environment.
    // That the chart's are as declared is seen by its own gate.
    let mut compared = compared.to_owned();
    for beyond in BEYOND {
        let (before, after) = compared.split_once(beyond).context(beyond)?;
        compared = format!("{before}{after}");
    }
    let kubeconfig = world.stage.kubeconfig().display();
    let clusters = CLUSTERS
        .map(|name| format!("  - {{name: {name}, context: {name}, kubeconfig: {kubeconfig}}}\n"));
    Ok(format!("clusters:\n{}select:{compared}", clusters.concat()))
}

/// The same memory, as if everything had been seen first so much earlier.
fn earlier(memory: &str, by: SignedDuration) -> Result<String> {
    let mut memory: Value = serde_json::from_str(memory)?;
    let drift = memory["drift"].as_object_mut();
    for (_, entry) in drift.context("no drift is remembered")? {
        let first_seen = entry["first_seen"].as_str().context("a time")?;
        let first_seen: Timestamp = first_seen.parse()?;
        entry["first_seen"] = json!(first_seen - by);
    }
    Ok(memory.to_string())
}

/// Without ages, times and the servers' release.
fn masked(report: &str) -> String {
    let lines = report.trim_end().lines().map(|line| {
        let mut before = "";
        let words = line.split(' ').map(|word| {
            let release = line.starts_with("cluster ") && word.starts_with("v1.");
            let hidden = matches!(before, "(since" | "at") || release;
            before = word;
            if hidden {
                word.trim_start_matches(|c| c != ',' && c != ')')
            } else {
                word
            }
        });
        words.collect::<Vec<_>>().join(" ")
    });
    lines.collect::<Vec<_>>().join("\n")
}
