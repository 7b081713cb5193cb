//! Who hears of it when mail itself does not go out, or when nothing does any more.

use std::time::Duration;

use anyhow::{Context as _, Result};
use sandbox::mail::{Fault, Reply, Stage};
use sandbox::nodes::estate::Estate;
use scenarios::wait;

use super::mails::names;
use super::told;

/// A few attempts, a scrape, an evaluation.
const PATIENCE: Duration = Duration::from_mins(4);

/// Both clusters' Watchdogs arrive at the snitch, who would miss them.
pub(super) async fn the_snitch_hears_from_both(estate: &Estate) -> Result<()> {
    for whole in estate.pair.both() {
        let cluster = whole.cluster().name();
        hears(estate, "/snitch", "Watchdog", cluster).await?;
    }
    Ok(())
}

/// The mail server turns every login down: Slack and `PagerDuty` are told.
pub(super) async fn refused_mail_is_told_elsewhere(estate: &Estate) -> Result<()> {
    let refuse = Fault::answer(Stage::Auth, Reply::INVALID_CREDENTIALS);
    estate.mail.inject(refuse);
    for whole in estate.pair.both() {
        let cluster = whole.cluster().name();
        hears(estate, "/slack", "could not send mail", cluster).await?;
        hears(estate, "/pagerduty", "EmailNotificationsFailing", cluster).await?;
    }
    estate.mail.clear_faults();
    Ok(())
}

/// Waits until somebody was told something with these words about this cluster.
async fn hears(estate: &Estate, who: &str, words: &str, cluster: &str) -> Result<()> {
    let what = format!("{who} is told of {words}, {cluster}");
    let heard = wait::until_within(PATIENCE, &what, async || {
        let told = estate.receivers.told(who);
        Ok(told
            .iter()
            .any(|it| it.body.contains(words) && names(&it.body, cluster)))
    });
    heard.await.with_context(|| {
        let all = estate.receivers.told(who).into_iter();
        format!(
            "it was told: {:#?}",
            all.map(|it| it.body).collect::<Vec<_>>()
        )
    })?;
    told(&what);
    Ok(())
}
