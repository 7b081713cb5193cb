//! Scene: the key behind the company's alert mails is 41 days old. It is replaced in two real clusters,
//! and an alert mail arrives before, between and after.

use anyhow::Result;
use jiff::SignedDuration;

use super::Played;
use super::job::Job;
use super::stage::Stage;
use crate::aws::KeyStatus;
use crate::company::{Company, Setup};
use crate::tools::{Tool, Tools};

/// How many steps the scene announces.
pub(super) const STEPS: usize = 12;

/// What the company's clock shows for one second of ours.
const RATE: f64 = 30.0;

/// Plays the scene.
pub(super) async fn play(stage: &mut Stage) -> Result<Played<Company>> {
    let tools = Tools::from_process()?;
    let usually = "at once; 5 minutes the first time, when they are built";
    let bring = bring(&tools);
    stage
        .step(
            "Bring etcd, kube-apiserver and Alertmanager",
            usually,
            bring,
        )
        .await?;
    // Before the clock starts: a minute of building is half an hour of the company's.
    let build = Job::build("rotate-credentials");
    let usually = "seconds; 2 minutes the first time";
    let job = stage
        .step("Build the job's real binary", usually, build)
        .await?;
    let setup = Setup {
        rate: RATE,
        ..Setup::default()
    };
    let company = stage
        .step(
            "Start two clusters, a simulated AWS and a mail server",
            "10 s",
            Box::pin(Company::start(&tools, setup)),
        )
        .await?;
    let job = job.within(company.environment());
    let old = company.current_key()?;
    company.canaries().await?;
    mail(stage, &company, "Before").await?;
    let plan = job.run(["plan"]);
    stage.step("See what is due, and why", "1 s", plan).await?;
    let apply = job.run(["apply"]);
    stage
        .step("Rotate: new key, secret, both clusters", "20 s", apply)
        .await?;
    let new = company.current_key()?;
    mail(stage, &company, "Between").await?;
    company.canaries().await?;
    later(&company, 25).await?;
    let apply = job.run(["apply"]);
    stage
        .step("A day later: nobody uses the old key", "5 s", apply)
        .await?;
    let deactivated = status(&company, &old)?;
    mail(stage, &company, "After").await?;
    later(&company, 8 * 24).await?;
    let apply = job.run(["apply"]);
    stage
        .step("A week later: the old key goes", "10 s", apply)
        .await?;
    let show = job.run(["status"]);
    stage.step("See where things stand", "1 s", show).await?;
    let missing = found(&company, &old, &new, deactivated)?;
    let addresses = company
        .clusters
        .iter()
        .map(|site| ("API server", site.cluster.server_url()))
        .chain([("mail server", company.mail.addr().to_string())])
        .collect();
    Ok(Played {
        servers: company,
        addresses,
        missing,
    })
}

async fn bring(tools: &Tools) -> Result<()> {
    for tool in [
        Tool::Etcd,
        Tool::KubeApiserver,
        Tool::Kubectl,
        Tool::Alertmanager,
    ] {
        let program = tools.locate(tool).await?;
        Stage::line(format_args!("    {}", program.display()));
    }
    Ok(())
}

/// An alert fires in both clusters, and both mails arrive.
async fn mail(stage: &mut Stage, company: &Company, name: &str) -> Result<()> {
    let title = format!("An alert called {name} fires in both clusters: the mails arrive");
    stage.step(&title, "1 s", company.deliver(name)).await
}

/// The clock jumps; in each cluster a mail goes out that day.
async fn later(company: &Company, hours: i64) -> Result<()> {
    company.clock.advance(SignedDuration::from_hours(hours))?;
    company.canaries().await?;
    company.deliver(&format!("After{hours}hours")).await
}

fn status(company: &Company, id: &str) -> Result<Option<KeyStatus>> {
    let keys = company.keys()?;
    Ok(keys
        .into_iter()
        .find(|key| key.id == id)
        .map(|key| key.status))
}

/// Says what is there, and returns what is not.
fn found(
    company: &Company,
    old: &str,
    new: &str,
    deactivated: Option<KeyStatus>,
) -> Result<Vec<String>> {
    Stage::heading("What there is now");
    let mut missing = Vec::new();
    let mut check = |good: bool, text: String| {
        Stage::check(good, &text);
        if !good {
            missing.push(text);
        }
    };
    check(old != new, format!("the secret holds a new key: {new}"));
    check(
        deactivated == Some(KeyStatus::Inactive),
        format!("the old key {old} was deactivated before it was deleted"),
    );
    check(
        status(company, old)?.is_none(),
        "the old key is gone".to_owned(),
    );
    let others = company.mail.refusals();
    let others = others.iter().filter(|it| it.user.as_deref() != Some(new));
    check(
        others.count() == 0,
        "not one mail of an Alertmanager was refused at any time".to_owned(),
    );
    let mails = company.mail.mails();
    let alerts = mails
        .iter()
        .filter(|mail| mail.to.iter().any(|to| to.starts_with("ops-")));
    Stage::line(format_args!(
        "{} mails went out, {} of them alerts to people",
        mails.len(),
        alerts.count()
    ));
    Ok(missing)
}
