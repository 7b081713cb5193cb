//! The rotation on the company in small: the real binary, real API servers and Alertmanagers, a mail
//! server that lets in whom IAM knows.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, ensure};
use jiff::SignedDuration;
use sandbox::aws::KeyStatus;
use sandbox::company::{Company, SECRET, Setup, USER};
use sandbox::tools::Tools;
use scenarios::job::{Finished, Job};

mod killed;
mod whole;

async fn company(setup: Setup) -> Result<Company> {
    Company::start(&Tools::from_process()?, setup).await
}

async fn apply(company: &Company) -> Result<Finished> {
    Job::rotator(company, ["apply"])?.run().await
}

fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

/// Ids of the user's keys with their status.
fn keys(company: &Company) -> Result<BTreeMap<String, KeyStatus>> {
    let keys = company.keys()?.into_iter();
    Ok(keys.map(|key| (key.id, key.status)).collect())
}

/// Fails unless every replica of both clusters runs what the secret says.
async fn assert_converged(company: &Company) -> Result<()> {
    let key = company.current_key()?;
    for site in &company.clusters {
        for replica in 0..site.alertmanagers.replicas() {
            let running = site.alertmanagers.running_config(replica).await?;
            ensure!(
                running.contains(&key),
                "{} replica {replica} does not run {key}",
                site.cluster.name()
            );
        }
    }
    Ok(())
}

/// The world when a rotation is over, without what differs from one to the next.
#[derive(Debug, PartialEq)]
struct Settled {
    keys: Vec<KeyStatus>,
    /// Names of tags that are not the current key's mark.
    other_tags: Vec<String>,
    /// The secret with its pair cut out.
    document: String,
    stages: Vec<String>,
}

fn settled(company: &Company) -> Result<Settled> {
    let current = company.current_key()?;
    let pair = company.aws.iam().key(&current).context("the current key")?;
    let secret = common::secret::ExposeSecret::expose_secret(&pair.secret).to_owned();
    let document = company.aws.secrets().current_text(SECRET)?;
    let mark = format!("rotate-credentials.key.{current}");
    let tags = company.aws.iam().tags(USER)?;
    let other = tags.into_iter().map(|(name, _)| name);
    let stages = company.aws.secrets().stages(SECRET)?;
    let mut stages: Vec<_> = stages.into_values().flatten().collect();
    stages.sort();
    Ok(Settled {
        keys: keys(company)?.into_values().collect(),
        other_tags: other.filter(|name| *name != mark).collect(),
        document: document.replace(&current, "ID").replace(&secret, "SECRET"),
        stages,
    })
}

#[tokio::test]
async fn the_company_sends_its_alerts_through_the_mail_server() -> Result<()> {
    let company = company(Setup::default()).await?;
    company.canaries().await?;
    company.deliver("Hello").await?;
    assert_converged(&company).await?;
    let canary = |mail: &sandbox::mail::Mail| mail.to.iter().any(|to| to.starts_with("success@"));
    let arrived =
        |mails: &[sandbox::mail::Mail]| mails.iter().filter(|mail| canary(mail)).count() > 2;
    company
        .mail
        .wait_for(arrived, std::time::Duration::from_secs(20))
        .await?;
    assert!(company.mail.refusals().is_empty());
    Ok(())
}
