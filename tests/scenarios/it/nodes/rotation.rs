//! A key is replaced in both clusters by real runs in pods, while mail goes out all the time.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use sandbox::company::{SECRET, USER};
use sandbox::kubernetes::Cluster;
use sandbox::nodes::Run;
use sandbox::nodes::estate::Estate;
use scenarios::wait;
use serde_json::{Value, json};

use super::mails::{mail, names};
use super::schedules::start_with;
use super::{CREDENTIALS, ROTATE, suspend, told};

/// A run by its schedule has three minutes at most where there is nothing to do.
const PATIENCE: Duration = Duration::from_mins(3);

/// Two people start it at once: one run does the work, the other leaves it to that one.
pub(super) async fn replaces_the_key_while_mail_goes_out(estate: &Estate) -> Result<()> {
    let home = &estate.pair.a;
    let cluster = home.cluster();
    let [old] = keys(estate)?
        .try_into()
        .map_err(|keys| anyhow::anyhow!("the user has other keys than one: {keys:?}"))?;
    suspend(cluster, CREDENTIALS, ROTATE, true).await?;
    nobody_runs(cluster).await?;
    let runs = ["rotate-forced-1", "rotate-forced-2"];
    for name in runs {
        let arguments = ["apply", "--force-age"];
        start_with(cluster, CREDENTIALS, ROTATE, name, &arguments).await?;
    }
    let mut outcomes = Vec::new();
    for name in runs {
        let run = home.end_of(CREDENTIALS, name).await?;
        ensure!(run.good, "{run:#?}");
        outcomes.push(outcome(&run)?);
    }
    suspend(cluster, CREDENTIALS, ROTATE, false).await?;
    outcomes.sort();
    let [(none, skipped), (changes, progress)] = outcomes.as_slice() else {
        anyhow::bail!("{outcomes:?}")
    };
    ensure!(
        (*none, skipped.as_str(), progress.as_str()) == (0, "skipped_locked", "in_progress"),
        "{outcomes:?}"
    );
    told(&format!("one run made {changes} changes, the other none"));

    let keys = keys(estate)?;
    let [first, new] = keys.as_slice() else {
        anyhow::bail!("the user has other keys than two: {keys:?}")
    };
    ensure!(*first == old, "{keys:?}");
    let document: Value = serde_json::from_str(&estate.aws.secrets().current_text(SECRET)?)?;
    ensure!(document["email_access_key_id"] == json!(new), "{new}");
    for whole in estate.pair.both() {
        let cluster = whole.cluster().name();
        let sent = mail(estate, |mail| {
            mail.user == *new && names(&mail.data, cluster)
        });
        sent.await
            .with_context(|| format!("a mail of {cluster} with the new key"))?;
    }
    ensure!(
        estate.mail.mails().iter().any(|mail| mail.user == old),
        "mail went out before, with the old key"
    );
    ensure!(
        estate.mail.refusals().is_empty(),
        "refused: {:#?}",
        estate.mail.refusals()
    );
    Ok(())
}

/// The user's keys, the oldest first.
fn keys(estate: &Estate) -> Result<Vec<String>> {
    let keys = estate.aws.iam().keys(USER)?;
    Ok(keys.into_iter().map(|key| key.id).collect())
}

/// Changes and outcome, as the run tells them.
fn outcome(run: &Run) -> Result<(u64, String)> {
    let message: Value = serde_json::from_str(&run.message)
        .with_context(|| format!("the termination message of {run:#?}"))?;
    let changes = message["changes"].as_u64().context("no changes")?;
    let outcome = message["outcome"].as_str().context("no outcome")?;
    Ok((changes, outcome.to_owned()))
}

async fn nobody_runs(cluster: &Cluster) -> Result<()> {
    let path = format!("/apis/batch/v1/namespaces/{CREDENTIALS}/jobs");
    wait::until_within(PATIENCE, "no rotation runs", async || {
        let jobs = cluster.client().await?.get(&path).await?;
        let mut jobs = jobs["items"].as_array().into_iter().flatten();
        Ok(jobs.all(|job| job["status"]["active"].as_u64().unwrap_or(0) == 0))
    })
    .await
}
