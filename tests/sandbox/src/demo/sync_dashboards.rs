//! Scene: upstream's dashboards come to two real clusters, a person's change is refused and shown, and a
//! new release is looked at before it is taken.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use anyhow::Result;
use serde_json::{Value, json};

use super::Played;
use super::job::Job;
use super::stage::Stage;
use crate::dashboards::{self, Generation, HISTORY, NAMESPACE};
use crate::kubernetes::Change;
use crate::tools::{Tool, Tools};

/// How many steps the scene announces.
pub(super) const STEPS: usize = 10;

/// Plays the scene.
pub(super) async fn play(stage: &mut Stage) -> Result<Played<dashboards::Stage>> {
    let tools = Tools::from_process()?;
    let usually = "at once; 5 minutes the first time, when they are built";
    let bring = bring(&tools);
    stage
        .step("Bring etcd and kube-apiserver", usually, bring)
        .await?;
    let build = Job::build("sync-dashboards");
    let usually = "seconds; 2 minutes the first time";
    let job = stage
        .step("Build the job's real binary", usually, build)
        .await?;
    let world = stage
        .step(
            "Start two clusters and an upstream",
            "10 s",
            dashboards::Stage::start(&tools),
        )
        .await?;
    let old = Generation::default();
    let new = Generation::default().after(&HISTORY);
    let config = configure(&world, COMMITS[0], &old)?;
    let job = job.within(vec![(
        "CONFIG_FILE".to_owned(),
        config.to_string_lossy().into_owned(),
    )]);
    let plan = job.run(["plan"]);
    stage.step("See what is missing", "1 s", plan).await?;
    let apply = job.run(["apply"]);
    stage
        .step("Bring the dashboards to both clusters", "1 s", apply)
        .await?;
    let again = job.run(["apply"]);
    stage
        .step(
            "Run again: one request for each cluster, nothing to do",
            "1 s",
            again,
        )
        .await?;
    let edited = edit(&world, &old);
    stage
        .step("A person changes a panel in prod-e1-1", "at once", edited)
        .await?;
    // As the CronJob runs it: a hand edit is told by metric and Event, and is no failed run.
    let refuse = job.run(["apply", "--drift-exit-code=0"]);
    stage
        .step("The change is refused, and shown", "1 s", refuse)
        .await?;
    let kept = text(&world, "prod-e1-1", "kubelet").await?.contains("Mine");
    let restore = job.run(["apply", "--restore", "kubelet"]);
    stage
        .step("Restored, because somebody ordered it", "1 s", restore)
        .await?;
    let restored = !text(&world, "prod-e1-1", "kubelet").await?.contains("Mine");
    world.publish(COMMITS[1], &new);
    let pin = job.run(["pin", "main", "--write"]);
    stage
        .step("Look at a new release, and pin it", "1 s", pin)
        .await?;
    let written = fs::read_to_string(&config)?.contains(COMMITS[1]);
    let missing = found(kept, restored, written);
    let addresses = world
        .clusters()
        .iter()
        .map(|cluster| ("API server", cluster.server_url()))
        .chain([("upstream", world.upstream.base_url())])
        .collect();
    Ok(Played {
        servers: world,
        addresses,
        missing,
    })
}

/// Two commits of upstream.
const COMMITS: [&str; 2] = [
    "68444c6b63b032a8761da09182ef63d89cc65cd5",
    "4d719f1dea8853540b3823ab1fbe6be74a9953b3",
];

async fn bring(tools: &Tools) -> Result<()> {
    for tool in [Tool::Etcd, Tool::KubeApiserver, Tool::Kubectl] {
        let program = tools.locate(tool).await?;
        Stage::line(format_args!("    {}", program.display()));
    }
    Ok(())
}

/// Lets upstream have the first generation, and pins it for both clusters.
fn configure(world: &dashboards::Stage, commit: &str, generation: &Generation) -> Result<PathBuf> {
    let sha256 = world.publish(commit, generation);
    let upstream = world.upstream.base_url();
    let cache = world.directory().join("cache");
    let mut text = format!(
        "source:\n  ref: {commit}\n  sha256: {sha256}\n  cache: {}\n  from:\n    \
         - github: {{raw: \"{upstream}\", api: \"{upstream}\"}}\nclusters:\n",
        cache.display()
    );
    for context in world.contexts() {
        let kubeconfig = world.kubeconfig().display();
        writeln!(
            text,
            "  - {{name: {context}, context: {context}, kubeconfig: {kubeconfig}}}"
        )?;
    }
    let path = world.directory().join("sync-dashboards.yaml");
    fs::write(&path, text)?;
    Ok(path)
}

fn path(name: &str) -> String {
    format!("/api/v1/namespaces/{NAMESPACE}/configmaps/monitoring-dashboard-{name}")
}

/// A person renames a panel with kubectl.
async fn edit(world: &dashboards::Stage, generation: &Generation) -> Result<()> {
    let boards = generation.boards();
    let text = boards.iter().find(|(name, _)| *name == "kubelet");
    let text = text.map_or("", |(_, text)| text);
    let change = json!({"data": {"kubelet.json": text.replace("\"Rate\"", "\"Mine\"")}});
    let admin = world.admin("prod-e1-1").await?;
    let path = format!("{}?fieldManager=kubectl-edit", path("kubelet"));
    admin.patch(&path, Change::Merge, &change).await?;
    Ok(())
}

async fn text(world: &dashboards::Stage, cluster: &str, name: &str) -> Result<String> {
    let map: Value = world.admin(cluster).await?.get(&path(name)).await?;
    let text = map.pointer(&format!("/data/{name}.json"));
    Ok(text.and_then(Value::as_str).unwrap_or_default().to_owned())
}

fn found(kept: bool, restored: bool, written: bool) -> Vec<String> {
    Stage::heading("What there is now");
    let mut missing = Vec::new();
    for (good, what) in [
        (
            kept,
            "the person's change stayed until somebody ordered it away",
        ),
        (restored, "the dashboard is upstream's again"),
        (written, "the configuration pins the new release"),
    ] {
        Stage::check(good, what);
        if !good {
            missing.push(what.to_owned());
        }
    }
    missing
}
