//! Scene: the whole suite in two real clusters with nodes. It is played by `--clusters`, where nodes can be had,
//! and by nothing else.

use std::time::Duration;

use anyhow::Result;

use super::Played;
use super::stage::Stage;
use crate::nodes::Run;
use crate::nodes::estate::{Estate, Outcome, Setup};
use crate::tools::{Tool, Tools};

/// How many steps the scene announces.
pub(super) const STEPS: usize = 9;

/// Where the rotation runs.
const NAMESPACE: &str = "monitoring-credentials";

/// A scrape, an evaluation and a wait or two.
const PATIENCE: Duration = Duration::from_mins(3);

/// Plays the scene.
pub(super) async fn play(stage: &mut Stage) -> Result<Played<Estate>> {
    let tools = Tools::from_process()?;
    let usually = "at once; 15 minutes the first time, when they are built";
    stage
        .step("Bring the programs of a node", usually, bring(&tools))
        .await?;
    let said = |step: &str| Stage::line(format_args!("    {step}"));
    let start = Estate::start(&tools, Setup::default(), said);
    let usually = "a minute, once the jobs are built";
    let estate = stage
        .step("Two clusters from nothing", usually, Box::pin(start))
        .await?;
    let installed = install(stage, &estate).await?;
    Stage::quote(&installed.stdout);
    let ready = stage
        .step("Wait for every pod", "half a minute", estate.ready())
        .await?;
    show(&estate, ready)?;
    let home = &estate.pair.a;
    let scheduled = home.scheduled_run("monitoring", "export-cloudwatch");
    let scheduled = stage
        .step("A CronJob runs by its schedule", "two minutes", scheduled)
        .await?;
    tell(&scheduled);
    Stage::command("kubectl create job rotate-now-1 --from=cronjob/rotate-credentials");
    let by_hand = home.run_by_hand(NAMESPACE, "rotate-credentials", "rotate-now-1");
    let by_hand = stage.step("And by hand", "seconds", by_hand).await?;
    tell(&by_hand);
    let twin = home.run_by_hand(NAMESPACE, "rotate-credentials-plan", "rotate-plan-1");
    let twin = stage
        .step("Its twin shows what it would do", "seconds", twin)
        .await?;
    Stage::quote(&home.log_of(NAMESPACE, "rotate-plan-1").await?);
    Stage::command("install-monitoring doctor --cluster prod-e1-1");
    let home_name = home.cluster().name();
    let words = ["doctor", "--cluster", home_name];
    let doctor = estate.install_monitoring(&words);
    let doctor = stage.step("Is anything amiss?", "seconds", doctor).await?;
    Stage::quote(&doctor.stdout);
    let mails = estate.mail.wait_for(|mails| !mails.is_empty(), PATIENCE);
    let mails = async { Ok(mails.await.map_err(|none| none.mails)) };
    let mails = stage
        .step("Mail goes out, by the key of the secret", "seconds", mails)
        .await?;
    let runs = [&scheduled, &by_hand, &twin].into_iter();
    let mut missing: Vec<String> = runs
        .filter(|run| !run.good)
        .map(|run| format!("a good end of {}: {}", run.job, run.message))
        .collect();
    match &mails {
        Ok(mails) => mails
            .iter()
            .take(3)
            .for_each(|mail| Stage::line(&mail.subject)),
        Err(_) => missing.push("a mail".to_owned()),
    }
    let mut addresses = Vec::new();
    for whole in estate.pair.both() {
        let kubeconfig = whole.cluster().admin_kubeconfig()?;
        addresses.push(("cluster", format!("KUBECONFIG={}", kubeconfig.display())));
    }
    Ok(Played {
        servers: estate,
        addresses,
        missing,
    })
}

/// In both clusters. What was said of the first.
async fn install(stage: &mut Stage, estate: &Estate) -> Result<Outcome> {
    for whole in estate.pair.both() {
        let cluster = whole.cluster().name();
        Stage::command(&format!("install-monitoring --cluster {cluster}"));
    }
    let [home, _] = stage
        .step(
            "Install the monitoring in both",
            "a minute",
            estate.install(),
        )
        .await?;
    Ok(home)
}

async fn bring(tools: &Tools) -> Result<()> {
    for tool in [
        Tool::Kubectl,
        Tool::Kubelet,
        Tool::Containerd,
        Tool::Runc,
        Tool::Coredns,
        Tool::KubeRouter,
        Tool::Operator,
        Tool::KubeStateMetrics,
    ] {
        let program = tools.locate(tool).await?;
        Stage::line(format_args!("    {}", program.display()));
    }
    Ok(())
}

fn show(estate: &Estate, ready: usize) -> Result<()> {
    Stage::line(format_args!("    {ready} pods are ready"));
    for whole in estate.pair.both() {
        let (bytes, processes) = whole.resident()?;
        let name = whole.cluster().name();
        Stage::line(format_args!(
            "    {name}: {processes} processes, {} MiB",
            bytes >> 20
        ));
    }
    Ok(())
}

fn tell(run: &Run) {
    Stage::check(run.good, format_args!("{} {}", run.job, run.reason));
    Stage::quote(&run.message);
}
