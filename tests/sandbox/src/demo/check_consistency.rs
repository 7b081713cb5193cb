//! Scene: two real clusters are consistent as declared. People edit alerts in one of them: what means
//! something else is found at its place, what is only written otherwise is not, and what may not be looked
//! at is never taken for equal.

use std::time::Duration;

use anyhow::{Result, bail};
use tokio::time::{Instant, sleep};

use super::Played;
use super::stage::Stage;
use super::table;
use crate::monitoring::{self, CLUSTERS, HOME, Prometheus};
use crate::tools::{Tool, Tools};

mod people;
mod program;

use people::{LOOSENED, OTHER, REASON, RESPELLED, RULES, SUSPENDED, WAITS_LONGER};
use program::{Built, Program, ends, paragraph};

/// How many steps the scene announces.
pub(super) const STEPS: usize = 11;

/// Rights take effect and alerts fire within a second; this is for a machine under load.
const PATIENCE: Duration = Duration::from_secs(30);
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Plays the scene.
pub(super) async fn play(stage: &mut Stage) -> Result<Played<monitoring::Stage>> {
    let tools = Tools::from_process()?;
    let usually = "at once; 5 minutes the first time, when they are built";
    let title = "Bring etcd, kube-apiserver and Prometheus";
    stage.step(title, usually, bring(&tools)).await?;
    let usually = "seconds; 2 minutes the first time";
    let title = "Build the job's real binary";
    let built = stage.step(title, usually, program::build()).await?;
    let title = "Start two clusters with the company's monitoring, and a Prometheus in each";
    let world = stage.step(title, "10 s", start(&tools)).await?;
    let [today, later] = people::configurations(&world)?;
    let program = built.with(&today);
    let mut told = Told::default();
    let look = consistent(&program, &mut told);
    let title = "Compare them: they are consistent, as declared";
    stage.step(title, "1 s", look).await?;
    let edit = people::edit(&world, &[&WAITS_LONGER, &LOOSENED, &RESPELLED]);
    let title = "People edit three alerts in one cluster; one of them means what it meant";
    stage.step(title, "at once", edit).await?;
    let look = drift(&program, &mut told);
    let title = "Compare again: two are found at their place, and the third is not";
    stage.step(title, "1 s", look).await?;
    let explain = explained(&program, &mut told);
    let title = "Have the object explained: this is what is compared";
    stage.step(title, "1 s", explain).await?;
    let look = incomplete(&world, &program, &mut told);
    let title = "The job's rights in that cluster are taken away: incomplete, which is not equal";
    stage.step(title, "2 s", look).await?;
    let title = "The rights are given back";
    let allow = people::allow(&world, &program);
    stage.step(title, "2 s", allow).await?;
    let program = built.with(&later);
    let look = declared(&world, &program, &mut told);
    let title = "One edit is undone, the other is declared with a reason: consistent again";
    stage.step(title, "1 s", look).await?;
    let look = page(&world, &built, &program, &mut told);
    let title = "A job is suspended: the report as a page for a browser";
    let page = stage.step(title, "1 s", look).await?;
    Ok(Played {
        addresses: addresses(&world, &page)?,
        missing: told.close(&page),
        servers: world,
    })
}

/// What the program said, run by run, and what was not as it should be.
#[derive(Debug, Default)]
struct Told {
    runs: Vec<[String; 3]>,
    missing: Vec<String>,
}

impl Told {
    fn run(&mut self, when: &str, verdict: &str, status: i32) {
        let cells = [when.to_owned(), verdict.to_owned(), status.to_string()];
        self.runs.push(cells);
    }

    fn check(&mut self, good: bool, what: &str) {
        Stage::check(good, what);
        if !good {
            self.missing.push(what.to_owned());
        }
    }

    /// Sums up, and returns what is missing.
    fn close(self, page: &str) -> Vec<String> {
        Stage::heading("What check-consistency said");
        for line in table::render(["clusters", "verdict", "exit status"], &self.runs) {
            Stage::line(line);
        }
        Stage::line(format_args!(
            "The last one, to be opened in a browser: {page}"
        ));
        self.missing
    }
}

async fn bring(tools: &Tools) -> Result<()> {
    for tool in [
        Tool::Etcd,
        Tool::KubeApiserver,
        Tool::Kubectl,
        Tool::Prometheus,
    ] {
        let program = tools.locate(tool).await?;
        Stage::line(format_args!("    {}", program.display()));
    }
    Ok(())
}

async fn start(tools: &Tools) -> Result<monitoring::Stage> {
    let world = monitoring::Stage::start(tools).await?;
    let world = Box::pin(world.with_prometheus()).await?;
    for name in CLUSTERS {
        watched(world.prometheus(name)?).await?;
    }
    Ok(world)
}

/// Waits until the alert that always fires does so.
async fn watched(prometheus: &Prometheus) -> Result<()> {
    let started = Instant::now();
    while !prometheus.fetch("/api/v1/alerts").await?.contains("firing") {
        if started.elapsed() > PATIENCE {
            bail!("the Watchdog of {} does not fire", prometheus.url())
        }
        sleep(LOOK_EVERY).await;
    }
    Ok(())
}

/// The report as it is.
fn whole(text: &str) -> String {
    text.to_owned()
}

/// The word at the end of a report: `drift` of `drift: 1 object`.
fn verdict(text: &str) -> &str {
    let last = text.trim_end().lines().last().unwrap_or_default();
    last.split(':').next().unwrap_or_default()
}

async fn consistent(program: &Program, told: &mut Told) -> Result<()> {
    let text = program.show("run", 0, whole).await?;
    told.run("as they are declared", verdict(&text), 0);
    told.check(
        verdict(&text) == "consistent",
        "both clusters were seen and are consistent",
    );
    told.check(
        text.contains("explained by") && !text.contains("PrometheusRule"),
        "what is declared to differ is counted, and not told",
    );
    Ok(())
}

async fn drift(program: &Program, told: &mut Told) -> Result<()> {
    let text = program.show("run", 3, whole).await?;
    told.run("alerts edited in one", verdict(&text), 3);
    for edit in [&WAITS_LONGER, &LOOSENED] {
        told.check(
            text.contains(&edit.path()),
            &format!("told with both values: {}", edit.path()),
        );
    }
    told.check(
        !text.contains(RESPELLED.alert),
        "`sum by (le) (…[300s]) > 4.0` is `sum(…[5m]) by (le) > 4`, and no difference",
    );
    told.check(
        text.contains("kubectl-edit"),
        "the report names what wrote the fields last, and when",
    );
    Ok(())
}

async fn explained(program: &Program, told: &mut Told) -> Result<()> {
    let words = format!("explain PrometheusRule/monitoring/{RULES}");
    let compared = |name: &str| format!("as it is compared in {name}");
    let part = |text: &str| paragraph(&compared(OTHER), text);
    let text = program.show(&words, 0, part).await?;
    told.check(
        CLUSTERS.iter().all(|name| text.contains(&compared(name))),
        "the object of each cluster is shown as it is compared",
    );
    told.check(
        part(&text).contains("\"40m\" # 2400000 ms"),
        "and so is what a text means: `40m` is 2400000 ms",
    );
    Ok(())
}

async fn incomplete(world: &monitoring::Stage, program: &Program, told: &mut Told) -> Result<()> {
    people::forbid(world, program).await?;
    let text = program.show("run", 4, |text| ends(12, 3, text)).await?;
    told.run("one may not be looked at", verdict(&text), 4);
    told.check(
        verdict(&text) == "incomplete",
        "nothing is said to be equal that was not seen",
    );
    told.check(
        text.contains("resources: [prometheusrules], verbs: [list]"),
        "each missing right is named as a line of a Role",
    );
    Ok(())
}

async fn declared(world: &monitoring::Stage, program: &Program, told: &mut Told) -> Result<()> {
    people::edit(world, &[&LOOSENED.undone()]).await?;
    people::declare();
    let text = program.show("run", 0, whole).await?;
    told.run("one edit undone, one declared", verdict(&text), 0);
    let words = format!("explain PrometheusRule/monitoring/{RULES}");
    let rules = |text: &str| paragraph("declared differences that concern it", text);
    let object = program.show(&words, 0, rules).await?;
    told.check(
        verdict(&text) == "consistent",
        "the clusters are consistent again",
    );
    told.check(
        rules(&object).contains(REASON),
        "the difference is listed with its rule and the reason",
    );
    Ok(())
}

/// Writes the page where a person finds it, and returns where that is.
async fn page(
    world: &monitoring::Stage,
    built: &Built,
    program: &Program,
    told: &mut Told,
) -> Result<String> {
    people::suspend(world, HOME).await?;
    let file = built.target()?.join("demo/check-consistency.html");
    let text = program.save("run --output html", 3, &file).await?;
    told.run("a job suspended in one", "drift", 3);
    // A browser may break a path before each slash.
    let plain = text.replace("<wbr>", "");
    told.check(
        plain.contains(SUSPENDED) && plain.contains("/spec/suspend"),
        "the page shows the job that is suspended in one cluster",
    );
    told.check(
        text.contains(REASON),
        "and every declared difference with its reason",
    );
    Ok(file.display().to_string())
}

/// Where things are while the scene is kept.
fn addresses(world: &monitoring::Stage, page: &str) -> Result<Vec<(&'static str, String)>> {
    let mut addresses = Vec::new();
    for cluster in &world.clusters {
        addresses.push(("API server", cluster.server_url()));
        let prometheus = world.prometheus(cluster.name())?;
        addresses.push(("Prometheus", prometheus.url().to_owned()));
    }
    addresses.push(("the page", page.to_owned()));
    Ok(addresses)
}
