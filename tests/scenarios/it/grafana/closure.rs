//! What dashboards ask for and what is there, compared in both directions.

use std::collections::BTreeSet;

use anyhow::Result;
use common::metrics;
use sandbox::checkout;

use super::boards::Board;

/// What kube-state-metrics, Alertmanager and the Pushgateway say. Names of theirs and no others: they
/// stand one by one, because no registry knows them.
const OTHERS: &[&str] = &[
    "alertmanager_notification_requests_failed_total",
    "alertmanager_notification_requests_total",
    "kube_cronjob_spec_suspend",
    "kube_cronjob_status_last_successful_time",
    "kube_job_status_active",
    "push_time_seconds",
];

/// The series that the chart's rules record.
pub(super) fn recorded() -> Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for entry in std::fs::read_dir(checkout::file("k8s/chart/files/rules"))? {
        let text = std::fs::read_to_string(entry?.path())?;
        let lines = text.lines().map(str::trim_start);
        let records = lines.filter_map(|line| line.strip_prefix("- record: "));
        names.extend(records.map(str::to_owned));
    }
    Ok(names)
}

fn used(boards: &[Board]) -> BTreeSet<String> {
    let asked = boards.iter().flat_map(Board::asks);
    asked.flat_map(|it| it.names().unwrap()).collect()
}

/// Names that nobody provides.
fn unknown(boards: &[Board], recorded: &BTreeSet<String>) -> Vec<String> {
    let is_known = |name: &String| {
        metrics::ALL.iter().any(|metric| metric.name == name)
            || recorded.contains(name)
            || OTHERS.contains(&name.as_str())
    };
    let names = used(boards).into_iter();
    names.filter(|name| !is_known(name)).collect()
}

/// What is registered or listed here, and on no dashboard.
fn unseen(boards: &[Board]) -> Vec<&'static str> {
    let used = used(boards);
    let registered = metrics::ALL.iter().map(|metric| metric.name);
    let known = registered.chain(OTHERS.iter().copied());
    known.filter(|name| !used.contains(*name)).collect()
}

#[test]
fn dashboards_ask_for_what_somebody_provides_and_for_all_that_the_suite_pushes() -> Result<()> {
    let recorded = recorded()?;
    let boards = Board::ours()?;
    assert_eq!(unknown(&boards, &recorded), [""; 0]);
    assert_eq!(unseen(&boards), [""; 0]);

    let planted = |from: &str, to: &str| -> Vec<Board> {
        let change = |board: &Board| {
            let text = board.text.replace(from, to);
            Board {
                name: board.name.clone(),
                value: serde_json::from_str(&text).unwrap(),
                text,
            }
        };
        boards.iter().map(change).collect()
    };
    for (from, to) in [
        ("monitoring_job_next_run_", "monitoring_job_nextrun_"),
        ("kube_job_status_active", "kube_job_active"),
        ("monitoring_stale_after", "monitoring_stale"),
        // In a variable.
        ("(monitoring_job_info, ", "(monitoring_info, "),
    ] {
        let unknown = unknown(&planted(from, to), &recorded);
        assert!(
            unknown
                .iter()
                .any(|name| name.contains(to.trim_matches(['(', ',', ' ']))),
            "{to}"
        );
    }
    let without = planted("monitoring_peer_reachable", "monitoring_dashboards_wanted");
    assert_eq!(unseen(&without), ["monitoring_peer_reachable"]);
    Ok(())
}
