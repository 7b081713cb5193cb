//! What the mail server got, and how one of its mails is waited for.

use std::time::Duration;

use anyhow::{Context as _, Result};
use sandbox::mail::Mail;
use sandbox::nodes::estate::Estate;
use scenarios::wait;

/// Scrape, evaluation, two waits, and a machine that has other things to do.
pub(super) const PATIENCE: Duration = Duration::from_mins(3);

/// The first mail that is as wanted, as soon as it is there. Lines that were folded for the way are whole
/// again.
pub(super) async fn mail(estate: &Estate, wanted: impl Fn(&Mail) -> bool) -> Result<Mail> {
    let what = "the mail arrives";
    let arrived = wait::until_within(PATIENCE, what, async || {
        Ok(mails(estate).iter().any(&wanted))
    });
    arrived.await.with_context(|| {
        let subjects: Vec<String> = estate
            .mail
            .mails()
            .into_iter()
            .map(|it| it.subject)
            .collect();
        format!(
            "mails that came: {subjects:#?}; refused: {:#?}",
            estate.mail.refusals()
        )
    })?;
    let found = mails(estate).into_iter().find(wanted);
    found.context("the mail is gone")
}

fn mails(estate: &Estate) -> Vec<Mail> {
    let mut mails = estate.mail.mails();
    for mail in &mut mails {
        mail.data = mail.data.replace("=\r\n", "");
    }
    mails
}

/// Whether a text names this cluster: the name of the one is how that of the other ends.
pub(super) fn names(text: &str, cluster: &str) -> bool {
    text.replace(&format!("-{cluster}"), "").contains(cluster)
}

#[test]
fn the_name_of_one_cluster_is_not_found_in_that_of_the_other() {
    let (home, other) = ("cluster = prod-e1-1,", "cluster = remoting-prod-e1-1,");
    assert!(names(home, "prod-e1-1") && !names(home, "remoting-prod-e1-1"));
    assert!(names(other, "remoting-prod-e1-1") && !names(other, "prod-e1-1"));
}

/// Which of an alert's two mails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    Beginning,
    End,
}

/// Whether a mail tells of an alert, in one of its parts.
pub(super) fn of(alert: &str, cluster: &str, job: &str, when: When) -> impl Fn(&Mail) -> bool {
    let lines = [
        format!("alert    {alert}"),
        format!("cluster  {cluster}\r\n"),
        format!("job      {job}"),
    ];
    let lines: Vec<String> = if job.is_empty() {
        lines.into_iter().take(2).collect()
    } else {
        lines.into()
    };
    // Not by the subject: an alert that is over may share a mail with others that are not.
    move |mail| {
        mail.data.split("* * *").any(|part| {
            let is_over = part.contains("This is over");
            is_over == (when == When::End) && lines.iter().all(|line| part.contains(line))
        })
    }
}
