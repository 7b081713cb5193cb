//! Whether the other clusters' alerting works: an alert that always fires has to be firing there.
//!
//! The home cluster is left out. If its own alerting were dead, nobody would hear of it; that is what
//! the others look at it for.

use jiff::Timestamp;
use serde::Deserialize;

use super::findings::{Found, findings, named};
use super::gap;
use super::names::WATCHDOG;
use super::reader::Reader;
use super::reading::{Reading, gaps, parts, seen};
use crate::config::ServiceRef;
use crate::finding::{Finding, Standing};
use crate::object::Kind;
use crate::survey::{Gap, Part};

/// What was seen of the alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Watchdog {
    /// When it was looked at.
    pub(super) at: Timestamp,
    /// How it was.
    pub(super) state: State,
}

/// How an alert is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// It fires, since then if the server says so.
    Firing(Option<Timestamp>),
    /// It waits for its `for`.
    Pending,
    /// There is no such alert.
    Absent,
}

/// Looks at the alert in one cluster.
pub(super) async fn read(
    reader: &Reader<'_>,
    service: &ServiceRef,
    alert: &str,
) -> Result<Watchdog, Gap> {
    let path = "api/v1/alerts";
    let page = reader.service(service, path).await?;
    let state = state(&reader.place(&service.service, path), &page, alert)?;
    let at = reader.context.clock.now();
    Ok(Watchdog { at, state })
}

/// The answer to `GET /api/v1/alerts`.
fn state(what: &str, page: &str, name: &str) -> Result<State, Gap> {
    #[derive(Deserialize)]
    struct Answer {
        data: Data,
    }
    #[derive(Deserialize)]
    struct Data {
        alerts: Option<Vec<Alert>>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Alert {
        labels: Labels,
        state: String,
        active_at: Option<String>,
    }
    #[derive(Deserialize)]
    struct Labels {
        #[serde(default)]
        alertname: String,
    }
    let answer = serde_json::from_str::<Answer>(page);
    let Answer { data } = answer.map_err(|error| gap::not_json(what, &error))?;
    let alerts = data.alerts.unwrap_or_default();
    let mut state = State::Absent;
    for alert in alerts.iter().filter(|alert| alert.labels.alertname == name) {
        let since: Option<Timestamp> = alert.active_at.as_deref().and_then(|at| at.parse().ok());
        state = match (state, alert.state.as_str()) {
            // The oldest of several.
            (State::Firing(other), "firing") => State::Firing(other.into_iter().chain(since).min()),
            (_, "firing") => State::Firing(since),
            (State::Absent, _) => State::Pending,
            (state, _) => state,
        };
    }
    Ok(state)
}

/// Judges the alert of all clusters.
pub(super) fn judge(
    readings: &[Reading<Watchdog>],
    names: &[&str],
    namespace: &str,
    alert: &str,
) -> (Vec<Finding>, Vec<Part>) {
    let kind = Kind::new("", "Alert");
    let mut found = Vec::new();
    for (cluster, watchdog) in seen(readings) {
        let object = named(&kind, namespace, alert);
        let name = names.get(cluster).copied().unwrap_or_default();
        let how = match watchdog.state {
            State::Firing(_) => {
                found.push(Found::well(object, cluster));
                continue;
            }
            State::Pending => "is pending and does not fire",
            State::Absent => "does not fire",
        };
        let text =
            format!("the alerting of {name} does not work: {alert}, which always fires, {how}");
        let hint = format!("look at the rules that Prometheus in {name} has loaded");
        found.push(Found::wrong(object, cluster, Standing::Failing, text).hint(hint));
    }
    let parts = parts(WATCHDOG, &kind, readings, |_| Ok(1));
    (findings(WATCHDOG, &gaps(readings), found), parts)
}

#[cfg(test)]
mod tests {
    use super::{State, Watchdog, judge, state};
    use crate::finding::{Standing, Unknown};
    use crate::live::gap;
    use crate::live::reading::Reading;

    const FIRING: &str = r#"{"status":"success","data":{"alerts":[
      {"labels":{"alertname":"KubePodCrashLooping","severity":"warning"},"annotations":{},
       "state":"pending","activeAt":"2026-11-29T05:00:00Z","value":"1e+00"},
      {"labels":{"alertname":"Watchdog","severity":"none"},"annotations":{"summary":"x"},
       "state":"firing","activeAt":"2026-11-20T10:11:12.13Z","value":"1e+00"}]}}"#;

    #[test]
    fn the_alert_is_found_among_others() {
        let since = "2026-11-20T10:11:12.13Z".parse().unwrap();
        assert_eq!(
            state("x", FIRING, "Watchdog").unwrap(),
            State::Firing(Some(since))
        );
        assert_eq!(
            state("x", FIRING, "KubePodCrashLooping").unwrap(),
            State::Pending
        );
        assert_eq!(state("x", FIRING, "Other").unwrap(), State::Absent);
        for empty in [r#"{"data":{"alerts":[]}}"#, r#"{"data":{"alerts":null}}"#] {
            assert_eq!(state("x", empty, "Watchdog").unwrap(), State::Absent);
        }
    }

    #[test]
    fn of_several_that_fire_the_oldest_counts_and_firing_wins_over_pending() {
        let alert = |state: &str, day: u8| {
            format!(
                r#"{{"labels":{{"alertname":"W"}},"state":"{state}","activeAt":"2026-11-{day}T00:00:00Z"}}"#
            )
        };
        let table = [
            [
                alert("firing", 20),
                alert("firing", 19),
                alert("pending", 18),
            ],
            [
                alert("pending", 18),
                alert("firing", 19),
                alert("firing", 20),
            ],
        ];
        for alerts in table {
            let page = format!(r#"{{"data":{{"alerts":[{}]}}}}"#, alerts.join(","));
            let since = "2026-11-19T00:00:00Z".parse().unwrap();
            assert_eq!(state("x", &page, "W").unwrap(), State::Firing(Some(since)));
        }
    }

    #[test]
    fn what_is_no_answer_of_a_prometheus_is_a_gap_that_quotes_nothing() {
        for page in ["", "<html>hunter2</html>", r#"{"data":"hunter2"}"#, "{}"] {
            let gap = state("x", page, "Watchdog").unwrap_err();
            assert_eq!(gap.reason, Unknown::Garbled);
            assert!(
                !gap.trouble.text.contains("hunter2"),
                "{}",
                gap.trouble.text
            );
        }
    }

    #[test]
    fn only_a_firing_alert_proves_that_alerting_works() {
        let at = "2026-11-29T06:00:00Z".parse().unwrap();
        let seen = |state| Reading::Seen(Watchdog { at, state });
        let readings = [
            Reading::NotAsked,
            seen(State::Firing(None)),
            seen(State::Absent),
            Reading::Gap(gap::late("x")),
        ];
        let (findings, parts) = judge(&readings, &["a", "b", "c", "d"], "monitoring", "Watchdog");
        let text = "the alerting of c does not work: Watchdog, which always fires, does not fire";
        let told: Vec<_> = findings
            .iter()
            .map(|finding| (finding.standing, finding.text.as_deref()))
            .collect();
        let unknown = Standing::Unknown(Unknown::Timeout);
        assert_eq!(told, [(Standing::Failing, Some(text)), (unknown, None)]);
        let read: Vec<_> = parts
            .iter()
            .map(|part| (part.cluster, part.read.is_ok()))
            .collect();
        assert_eq!(read, [(1, true), (2, true), (3, false)]);
    }
}
