//! What can be seen of the short walk where no node can be had: two API servers with what the chart renders,
//! and servers and jobs as processes that pose as pods. No scheduler, no images, no network policies; what a
//! rule would tell is told by hand.

use anyhow::{Context as _, Result, ensure};
use scenarios::wait;

use super::mails::PATIENCE;
use super::told;
use crate::doctor::scene::Scene;

/// The alert, as its rule labels it.
const FAILED: [(&str, &str); 4] = [
    ("alertname", "JobFailed"),
    ("cluster", "remoting-prod-e1-1"),
    ("cronjob", "rotate-credentials"),
    ("severity", "warning"),
];

/// `doctor` finds both installations well, and the mail of a failed job arrives.
pub(super) async fn walk() -> Result<()> {
    let scene = Box::pin(Scene::well()).await?;
    told("doctor: all is well");
    let message = [("message", "the newest run of rotate-credentials failed")];
    scene.alertmanagers()?.fire(0, &FAILED, &message).await?;
    let mut subject = None;
    let arrived = wait::until_within(PATIENCE, "the mail arrives", async || {
        let mut mails = scene.mail.mails().into_iter();
        subject = mails
            .find(|mail| mail.data.contains("JobFailed"))
            .map(|mail| mail.subject);
        Ok(subject.is_some())
    });
    arrived.await.with_context(|| {
        let mails = scene.mail.mails().into_iter();
        let came: Vec<String> = mails.map(|mail| mail.subject).collect();
        let refused = scene.mail.refusals();
        format!("mails that came: {came:#?}; refused: {refused:#?}")
    })?;
    let subject = subject.unwrap_or_default();
    ensure!(
        subject.contains("remoting-prod-e1-1 rotate-credentials"),
        "{subject}"
    );
    told(&subject);
    Ok(())
}

/// Runs everywhere, so that it is good where it is needed.
#[tokio::test]
async fn without_nodes_processes_pose_as_pods() -> Result<()> {
    Box::pin(walk()).await
}
