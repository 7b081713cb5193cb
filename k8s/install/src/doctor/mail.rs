//! Whether mail goes out: the replicas count what they hand to the mail server, and a canary keeps a
//! mail going at all times.

use common::alertmanager::Metrics;
use jiff::{SignedDuration, Timestamp};

use super::report::{Area, Check, Finding};
use crate::mend::Mend;
use crate::screen;
use crate::seen::alertmanager::Replica;
use crate::seen::{Asking, CREDENTIALS_NAMESPACE, NAMESPACE, PROMETHEUS, Seen, prometheus};

/// Attempts that failed within an hour, of all replicas. Gives nothing where nobody scrapes them.
const RECENT_FAILURES: &str =
    r#"sum(increase(alertmanager_notification_requests_failed_total{integration="email"}[1h]))"#;

/// Attempts within [`WINDOW`], of all replicas: as the alert `EmailCanarySilent` has it. Gives nothing where
/// counts are younger than that, because then standing still proves nothing.
pub const CANARY_ATTEMPTS: &str = concat!(
    r#"sum(increase(alertmanager_notification_requests_total{integration="email"}[90m]))"#,
    r#" and sum(alertmanager_notification_requests_total{integration="email"} offset 90m)"#,
);

/// Three times the canary's pause.
const WINDOW: SignedDuration = SignedDuration::from_mins(90);

/// The canary's mail is due every half an hour; the first one a little after the start.
const CANARY: SignedDuration = SignedDuration::from_mins(40);

const TITLE: &str = "mail of Alertmanager";

/// What Prometheus knows of the mails of late; absent what it cannot say.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Recent {
    /// What [`RECENT_FAILURES`] gives.
    failed: Option<f64>,
    /// What [`CANARY_ATTEMPTS`] gives.
    attempts: Option<f64>,
}

/// Asks Prometheus.
pub(super) async fn recent(asking: Asking<'_>) -> Seen<Recent> {
    Ok(Recent {
        failed: prometheus::number(asking, RECENT_FAILURES).await?,
        attempts: prometheus::number(asking, CANARY_ATTEMPTS).await?,
    })
}

/// What all replicas together have counted.
struct Counted {
    attempts: u64,
    failed: u64,
    /// When the first of them started.
    since: Option<Timestamp>,
}

/// Judges the counts. The replicas' own begin with their start, so that only Prometheus knows of late.
pub(super) fn judge(
    replicas: &Seen<Vec<Replica>>,
    recent: &Seen<Recent>,
    now: Timestamp,
    mend: Mend<'_>,
) -> Check {
    let replicas = match replicas {
        Ok(replicas) => replicas,
        Err(why) => return Check::unseen(Area::Mail, TITLE, why),
    };
    let seen: Vec<&Metrics> = replicas
        .iter()
        .filter_map(|replica| replica.metrics.as_ref().ok())
        .collect();
    let mut findings = Vec::new();
    let unread = replicas.iter().find_map(|it| it.metrics.as_ref().err());
    let Some(counted) = count(&seen) else {
        let text = "no replica says how many mails it has sent";
        let finding = match unread {
            Some(why) => Finding::unseen(TITLE, why),
            None => Finding::wrong(TITLE, text, mend.kubectl(NAMESPACE, "get pods")),
        };
        return check(String::new(), vec![finding]);
    };
    let age = counted.since.map(|since| now.duration_since(since));
    let since = age.map_or_else(String::new, |age| format!(" in {}", screen::span(age)));
    let Counted {
        attempts, failed, ..
    } = counted;
    if attempts == 0 {
        // Whoever could not be read may have sent it.
        let is_young = age.is_some_and(|age| age < CANARY);
        findings.push(match unread {
            Some(why) => Finding::unseen(TITLE, why),
            None => silent(&since, is_young, mend),
        });
    } else if recent.as_ref().is_ok_and(has_stopped) {
        let window = format!(" in the last {}", screen::span(WINDOW));
        findings.push(silent(&window, false, mend));
    }
    if failed > 0 {
        findings.push(refused(attempts, failed, &since, recent, mend));
    }
    if let Err(why) = recent {
        findings.push(Finding::unseen("mails of late", why));
    }
    let well = format!("{} handed over{since}", attempts.saturating_sub(failed));
    check(format!("{well}, {failed} refused"), findings)
}

/// An estimate between two scrapes, so never quite a whole number.
fn is_none(number: f64) -> bool {
    number < 0.5
}

/// Whether nothing was tried for longer than the canary pauses.
fn has_stopped(recent: &Recent) -> bool {
    recent.attempts.is_some_and(is_none)
}

fn check(well: String, findings: Vec<Finding>) -> Check {
    Check {
        area: Area::Mail,
        well,
        details: Vec::new(),
        findings,
    }
}

/// `None` when no replica counts.
fn count(seen: &[&Metrics]) -> Option<Counted> {
    let sum = |count: fn(&Metrics) -> Option<u64>| {
        let counts = seen.iter().filter_map(|it| count(it));
        counts.reduce(u64::saturating_add)
    };
    Some(Counted {
        attempts: sum(|it| it.email_requests)?,
        failed: sum(|it| it.failed_email_requests)?,
        since: seen.iter().filter_map(|it| it.started).min(),
    })
}

fn silent(since: &str, is_young: bool, mend: Mend<'_>) -> Finding {
    let show = format!(
        "get --raw '/api/v1/namespaces/{NAMESPACE}/services/http:{PROMETHEUS}:80/proxy/api/v1/alerts'"
    );
    let show = mend.kubectl_everywhere(show);
    if is_young {
        let text = format!("none was tried{since}, and the canary's is due every 30 min");
        Finding::warning(TITLE, text, show)
    } else {
        let text = format!("not even the canary's was tried{since}");
        Finding::wrong(TITLE, text, show)
    }
}

fn refused(
    attempts: u64,
    failed: u64,
    since: &str,
    recent: &Seen<Recent>,
    mend: Mend<'_>,
) -> Finding {
    let plan = mend.run(CREDENTIALS_NAMESPACE, "rotate-credentials-plan");
    let text = format!("the mail server refused {failed} of {attempts} attempts{since}");
    let of_late = recent.as_ref().ok().and_then(|it| it.failed);
    if of_late.is_some_and(is_none) {
        Finding::warning(TITLE, format!("{text}, none within the last hour"), plan)
    } else {
        Finding::wrong(TITLE, text, plan)
    }
}

#[cfg(test)]
mod tests {
    use common::exit::Exit;
    use common::trouble::Trouble;

    use super::*;
    use crate::doctor::report::Severity;

    const MEND: Mend<'_> = Mend::of("c");

    fn at(text: &str) -> Timestamp {
        format!("2026-11-29T{text}:00Z").parse().unwrap()
    }

    fn replica(attempts: u64, failed: u64, started: &str) -> Replica {
        Replica {
            pod: "am-0".to_owned(),
            ready: true,
            metrics: Ok(Metrics {
                email_requests: Some(attempts),
                failed_email_requests: Some(failed),
                started: Some(at(started)),
                ..Metrics::default()
            }),
        }
    }

    fn trouble() -> Trouble {
        Trouble {
            exit: Exit::Transient,
            code: "x",
            text: "503".to_owned(),
            hint: None,
        }
    }

    /// What Prometheus knows, as a table has it.
    #[expect(clippy::unnecessary_wraps, reason = "what may fail is asked for")]
    fn of_late(failed: Option<f64>, attempts: Option<f64>) -> Seen<Recent> {
        Ok(Recent { failed, attempts })
    }

    fn worst(replicas: Vec<Replica>, recent: &Seen<Recent>) -> Option<Severity> {
        judge(&Ok(replicas), recent, at("12:00"), MEND).worst()
    }

    #[test]
    fn one_replica_sends_for_all() {
        let replicas = vec![replica(48, 0, "01:00"), replica(0, 0, "02:00")];
        let recent = of_late(Some(0.0), Some(3.02));
        let check = judge(&Ok(replicas), &recent, at("12:00"), MEND);
        assert_eq!(check.findings, []);
        assert_eq!(check.well, "48 handed over in 11 h, 0 refused");
    }

    #[test]
    fn silence_is_wrong_once_the_canary_was_due() {
        let quiet = |started| worst(vec![replica(0, 0, started)], &of_late(None, None));
        assert_eq!(quiet("11:00"), Some(Severity::Wrong));
        assert_eq!(quiet("11:45"), Some(Severity::Warning));
    }

    #[test]
    fn refused_mail_is_wrong_unless_it_is_known_to_be_over() {
        let refused = || vec![replica(9, 2, "01:00")];
        let failed = |number| of_late(Some(number), Some(3.0));
        assert_eq!(worst(refused(), &failed(2.04)), Some(Severity::Wrong));
        assert_eq!(worst(refused(), &failed(0.0)), Some(Severity::Warning));
        for unknown in [of_late(None, None), Err(trouble())] {
            assert_eq!(worst(refused(), &unknown), Some(Severity::Wrong));
        }
    }

    #[test]
    fn a_canary_that_has_stopped_is_wrong_however_much_was_sent_before() {
        let sent = || vec![replica(480, 0, "01:00")];
        let stopped = judge(
            &Ok(sent()),
            &of_late(Some(0.0), Some(0.0)),
            at("12:00"),
            MEND,
        );
        let texts: Vec<_> = stopped.findings.iter().map(|it| it.text.as_str()).collect();
        assert_eq!(
            texts,
            ["not even the canary's was tried in the last 1 h 30 min"]
        );
        assert_eq!(stopped.worst(), Some(Severity::Wrong));
        // Counts that are younger than the window prove nothing.
        assert_eq!(worst(sent(), &of_late(Some(0.0), None)), None);
        // Nobody knows, so it is not well.
        assert_eq!(worst(sent(), &Err(trouble())), Some(Severity::Unseen));
    }

    #[test]
    fn who_was_not_read_may_have_sent_it() {
        let silent = Replica {
            metrics: Err(trouble()),
            ..replica(0, 0, "01:00")
        };
        let unseen = Some(Severity::Unseen);
        let recent = of_late(None, None);
        assert_eq!(worst(vec![silent.clone()], &recent), unseen);
        let both = vec![silent, replica(0, 0, "01:00")];
        assert_eq!(worst(both, &recent), unseen);
        assert_eq!(worst(vec![], &recent), Some(Severity::Wrong));
    }
}
