//! A mail through each Alertmanager, to whoever asks for it.
//!
//! Each replica is handed an alert of its own, whose label names the address. Only the route for such
//! alerts sends there, and only to addresses of the company: everything else ends at `null`. That the
//! mail server has taken the mail is seen in the replica's counters. Where these count all mails together it
//! may have been another one, and then no more is said than that.

use std::time::Duration;

use common::alertmanager::running_config;
use common::secret::ExposeSecret as _;
use common::trouble::Trouble;
use futures_util::future::join_all;
use serde::Deserialize;
use serde_json::json;
use tokio::time::Instant;

use super::installation::Server;
use super::report::{Area, Check, Finding};
use crate::address::Address;
use crate::mend::Mend;
use crate::screen::count;
use crate::seen::alertmanager::{Counted, Mails, PORT, Replica, mails};
use crate::seen::{Asking, NAMESPACE, Seen};

/// The name of the alerts, which the route knows.
pub const ALERT: &str = "InstallTestMail";

/// The receiver of the route.
pub const RECEIVER: &str = "test-mail";

/// A replica waits for those before it in the mesh, 15 s each; the mail server has its time too.
const PATIENCE: Duration = Duration::from_mins(1);

/// Pause between two looks.
const PAUSE: Duration = Duration::from_secs(1);

/// What became of the mail of one replica.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Sent {
    /// The mail server has taken it, or one that was counted with it.
    Taken(Counted),
    /// The configuration that it runs has no route for it.
    NoRoute,
    /// The route does not let the address through.
    NotAllowed,
    /// The mail server refused it, or one that was counted with it.
    Refused(Counted),
    /// Nothing was tried in time.
    Nothing,
}

/// Has every replica send a mail, and waits until each has.
pub async fn send(
    asking: Asking<'_>,
    server: &Server,
    replicas: &Seen<Vec<Replica>>,
    address: &Address,
    mend: Mend<'_>,
) -> Check {
    let title = format!("Alertmanager {}/{}", server.namespace, server.name);
    let replicas = match replicas {
        Ok(replicas) => replicas,
        Err(why) => return Check::unseen(Area::TestMail, title, why),
    };
    let sending = replicas.iter().map(|replica| async move {
        let sent = send_one(asking, &replica.pod, address, mend).await;
        (replica.pod.as_str(), sent)
    });
    let sent = join_all(sending).await;
    judge(&title, &sent, address, mend)
}

/// Where no Alertmanager should be there is none to send it.
pub fn unsent(address: &Address, mend: Mend<'_>) -> Check {
    let text = format!("there should be none, so nobody sends a mail to {address}");
    Check {
        area: Area::TestMail,
        well: "no mail was sent".to_owned(),
        details: Vec::new(),
        findings: vec![Finding::wrong("Alertmanager", text, mend.plan())],
    }
}

fn judge(title: &str, sent: &[(&str, Seen<Sent>)], address: &Address, mend: Mend<'_>) -> Check {
    let mut findings = Vec::new();
    if sent.is_empty() {
        let text = "no replica runs that could send a mail";
        let pods = mend.kubectl(NAMESPACE, "get pods");
        findings.push(Finding::wrong(title, text, pods));
    }
    for (pod, sent) in sent {
        let object = format!("Pod {NAMESPACE}/{pod}");
        let logs = format!("logs {pod} --container alertmanager --tail 20");
        let logs = mend.kubectl(NAMESPACE, logs);
        let (text, mend) = match sent {
            Ok(Sent::Taken(_)) => continue,
            Err(why) => {
                findings.push(Finding::unseen(object, why));
                continue;
            }
            Ok(Sent::NoRoute) => (
                format!("the configuration that it runs has no receiver {RECEIVER}"),
                mend.install(),
            ),
            Ok(Sent::NotAllowed) => (
                format!("its route for test mails does not let {address} through"),
                mend.kubectl(
                    NAMESPACE,
                    "get configmap alertmanager-template --output yaml",
                ),
            ),
            Ok(Sent::Refused(Counted::Apart)) => {
                ("the mail server refused its mail".to_owned(), logs)
            }
            Ok(Sent::Refused(Counted::Together)) => (
                "the mail server refused a mail of it, this one or another".to_owned(),
                logs,
            ),
            Ok(Sent::Nothing) => (
                format!("it has not tried to send within {} s", PATIENCE.as_secs()),
                logs,
            ),
        };
        findings.push(Finding::wrong(object, text, mend));
    }
    let taken = |counted| {
        let sent = sent.iter();
        sent.filter(|(_, sent)| *sent == Ok(Sent::Taken(counted)))
            .count()
    };
    let (own, any) = (taken(Counted::Apart), taken(Counted::Together));
    Check {
        area: Area::TestMail,
        well: if any == 0 {
            let all = count(sent.len(), "mail");
            format!("the mail server took {own} of {all} to {address}; see the mailbox")
        } else {
            format!(
                "{} of {} handed over a mail since; whether it was the one to {address}, the \
                 mailbox shows",
                own.saturating_add(any),
                count(sent.len(), "replica")
            )
        },
        details: Vec::new(),
        findings,
    }
}

async fn send_one(asking: Asking<'_>, pod: &str, address: &Address, mend: Mend<'_>) -> Seen<Sent> {
    let status = asking.pod(pod, PORT, "api/v2/status").await?;
    let config = running_config(&status).map_err(|error| Trouble::of(&error))?;
    // Without the route the alert would reach people who did not ask for it.
    if !config.expose_secret().contains(ALERT) {
        return Ok(Sent::NoRoute);
    }
    let before = mails(asking, pod, RECEIVER).await?;
    let now = asking.context.clock.now();
    let id = format!("{}-{pod}", now.as_millisecond());
    let alerts = json!([{
        "labels": {
            "alertname": ALERT,
            "cluster": mend.cluster,
            "severity": "none",
            "test_mail_to": address.to_string(),
            "test_mail_replica": pod,
            "test_mail_id": id,
        },
        "annotations": {
            "message": format!("{pod} can send mail. Nothing is to be done."),
            "summary": "A test mail that somebody has asked for",
            "action": "None: `install-monitoring doctor --test-mail` has sent it",
        },
    }]);
    let cluster = asking.cluster;
    asking
        .ask(|| cluster.pod_proxy_post(NAMESPACE, pod, PORT, "api/v2/alerts", &alerts))
        .await?;
    if !receivers(asking, pod, &id)
        .await?
        .iter()
        .any(|it| it == RECEIVER)
    {
        return Ok(Sent::NotAllowed);
    }
    let until = Instant::now() + PATIENCE;
    loop {
        match outcome(before, mails(asking, pod, RECEIVER).await?) {
            Some(sent) => return Ok(sent),
            None if Instant::now() >= until || asking.context.cancel.is_cancelled() => {
                return Ok(Sent::Nothing);
            }
            None => tokio::time::sleep(PAUSE).await,
        }
    }
}

/// What two looks at the counters tell; `None` when nothing has happened yet. A counter that has begun
/// anew in between is as good as a new one.
fn outcome(before: Mails, after: Mails) -> Option<Sent> {
    let rise = |before: u64, after: u64| after.checked_sub(before).unwrap_or(after);
    let attempts = rise(before.attempts, after.attempts);
    let failed = rise(before.failed, after.failed);
    if failed > 0 {
        Some(Sent::Refused(after.of))
    } else if attempts > 0 {
        Some(Sent::Taken(after.of))
    } else {
        None
    }
}

/// Who hears of the alert, as the replica itself routes it.
async fn receivers(asking: Asking<'_>, pod: &str, id: &str) -> Seen<Vec<String>> {
    #[derive(Deserialize)]
    struct Alert {
        labels: Labels,
        receivers: Vec<Receiver>,
    }
    #[derive(Deserialize)]
    struct Labels {
        test_mail_id: Option<String>,
    }
    #[derive(Deserialize)]
    struct Receiver {
        name: String,
    }
    let page = asking.pod(pod, PORT, "api/v2/alerts").await?;
    let alerts: Vec<Alert> = asking.json(pod, &page)?;
    let own = alerts
        .into_iter()
        .filter(|it| it.labels.test_mail_id.as_deref() == Some(id));
    let receivers = own.flat_map(|it| it.receivers);
    Ok(receivers.map(|it| it.name).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::report::Severity;

    const MEND: Mend<'_> = Mend::of("c");

    fn counted(attempts: u64, failed: u64) -> Mails {
        Mails {
            attempts,
            failed,
            of: Counted::Apart,
        }
    }

    #[test]
    fn a_mail_is_taken_when_it_was_tried_and_not_refused() {
        let before = counted(7, 1);
        assert_eq!(outcome(before, counted(7, 1)), None);
        let (taken, refused) = (Sent::Taken(Counted::Apart), Sent::Refused(Counted::Apart));
        assert_eq!(outcome(before, counted(8, 1)), Some(taken.clone()));
        assert_eq!(outcome(before, counted(8, 2)), Some(refused));
        // It was restarted in between.
        assert_eq!(outcome(before, counted(1, 0)), Some(taken));
        assert_eq!(outcome(counted(0, 0), counted(0, 0)), None);
    }

    #[test]
    fn each_replica_is_judged_by_itself() {
        let address = "ops@toolchain.com".parse().unwrap();
        let sent = [
            ("am-0", Ok(Sent::Taken(Counted::Apart))),
            ("am-1", Ok(Sent::Refused(Counted::Apart))),
            ("am-2", Ok(Sent::NoRoute)),
        ];
        let check = judge("Alertmanager", &sent, &address, MEND);
        assert_eq!(
            check.well,
            "the mail server took 1 of 3 mails to ops@toolchain.com; see the mailbox"
        );
        let objects: Vec<_> = check.findings.iter().map(|it| it.object.as_str()).collect();
        assert_eq!(objects, ["Pod monitoring/am-1", "Pod monitoring/am-2"]);
        assert!(check.findings[1].mend.starts_with("install-monitoring"));
        assert_eq!(
            judge("x", &[], &address, MEND).worst(),
            Some(Severity::Wrong)
        );
        assert_eq!(unsent(&address, MEND).worst(), Some(Severity::Wrong));
    }

    #[test]
    fn a_mail_that_may_have_been_another_one_is_not_called_the_mail_that_was_asked_for() {
        let address = "ops@toolchain.com".parse().unwrap();
        let sent = [
            ("am-0", Ok(Sent::Taken(Counted::Together))),
            ("am-1", Ok(Sent::Refused(Counted::Together))),
        ];
        let check = judge("Alertmanager", &sent, &address, MEND);
        assert_eq!(
            check.well,
            "1 of 2 replicas handed over a mail since; whether it was the one to \
             ops@toolchain.com, the mailbox shows"
        );
        assert_eq!(
            check.findings[0].text,
            "the mail server refused a mail of it, this one or another"
        );
    }
}
