//! What the scene found, in tables; and what it did not find, in sentences.

use std::collections::BTreeMap;

use super::super::job::Run;
use super::super::stage::{Stage, seconds};
use super::super::table;
use super::{Alert, SERIES};
use crate::aws::CallLog;
use crate::servers::{Rule, Sample};

const ALERTS: usize = 14;

/// A month of 30 days at one run every five minutes.
const RUNS_A_MONTH: f64 = 8640.0;

/// CloudWatch's price for GetMetricData.
const DOLLARS_A_METRIC: f64 = 0.01 / 1000.0;

/// Evaluated without an error, and not even pending.
pub(super) fn is_inactive(rule: &Rule) -> bool {
    rule.health == "ok" && rule.state.as_deref() == Some("inactive")
}

/// The values of each name.
pub(super) fn by_name(samples: &[Sample]) -> BTreeMap<&str, Vec<f64>> {
    let mut values: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for (labels, value) in samples {
        let name = labels.get("__name__").map_or("", String::as_str);
        values.entry(name).or_default().push(*value);
    }
    values
}

/// The table of series.
pub(super) fn show_series(samples: &[Sample]) {
    let values = by_name(samples);
    let row = |name: &str| {
        let values = values.get(name).map_or(&[][..], Vec::as_slice);
        let lowest = values.iter().copied().reduce(f64::min);
        let highest = values.iter().copied().reduce(f64::max);
        let number = |value: Option<f64>| value.map_or("missing".to_owned(), table::number);
        [
            name.to_owned(),
            values.len().to_string(),
            number(lowest),
            number(highest),
        ]
    };
    Stage::heading("In Prometheus: the 13 names that the company's alerts look at");
    for line in table::render(["name", "series", "lowest", "highest"], &SERIES.map(row)) {
        Stage::line(line);
    }
}

/// The list of alerts.
pub(super) fn show_alerts(alerts: &[Alert]) {
    Stage::heading("The company's alerts, and how many series each looks at");
    for Alert { rule, series } in alerts {
        let (state, name) = (state(rule), &rule.name);
        Stage::check(
            is_inactive(rule) && *series > 0,
            format_args!("{state}  {series:>3}  {name}"),
        );
    }
}

/// What should be there and is not, one sentence each.
pub(super) fn missing(samples: &[Sample], alerts: &[Alert], held: &[String]) -> Vec<String> {
    let values = by_name(samples);
    let mut missing: Vec<String> = SERIES
        .into_iter()
        .filter(|name| !values.contains_key(name))
        .map(|name| format!("the series {name}"))
        .collect();
    if alerts.len() != ALERTS {
        let loaded = alerts.len();
        missing.push(format!("{ALERTS} alerts: Prometheus has loaded {loaded}"));
    }
    for Alert { rule, series } in alerts {
        let name = &rule.name;
        if !is_inactive(rule) {
            let health = rule.last_error.as_deref().unwrap_or(&rule.health);
            missing.push(format!(
                "peace: {name} is {} (evaluation: {health})",
                state(rule)
            ));
        }
        if *series == 0 {
            missing.push(format!(
                "something for {name} to look at: no series fits it"
            ));
        }
    }
    if !held.is_empty() {
        missing.push(format!("silence: Alertmanager holds {}", held.join(", ")));
    }
    missing
}

fn state(rule: &Rule) -> &str {
    rule.state.as_deref().unwrap_or("no alert")
}

/// What the rule's expression reads: `name{matchers}`, as Prometheus prints it.
pub(super) fn selector(rule: &Rule) -> Option<&str> {
    let query = rule.query.get(rule.query.find("aws_")?..)?;
    let end = match query.find(|character: char| !is_of_a_name(character)) {
        // No matcher of ours contains a brace.
        Some(end) if query.get(end..)?.starts_with('{') => query.find('}')? + 1,
        Some(end) => end,
        None => query.len(),
    };
    query.get(..end)
}

fn is_of_a_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

/// Calls, dollars, time and memory.
pub(super) fn show_cost(calls: &CallLog, run: &Run) {
    Stage::heading("What the run took");
    let counted: Vec<String> = calls
        .totals_by_operation()
        .iter()
        .map(|(operation, totals)| format!("{} {operation:?}", totals.calls))
        .collect();
    let billed = calls.totals().billed_metrics;
    let dollars = f64::from(u32::try_from(billed).unwrap_or(u32::MAX)) * DOLLARS_A_METRIC;
    let month = dollars * RUNS_A_MONTH;
    let peak = run.peak.map_or("not seen".to_owned(), |bytes| {
        format!(
            "{}.{} MB at its peak",
            bytes / 1_000_000,
            bytes % 1_000_000 / 100_000
        )
    });
    Stage::line(format_args!(
        "calls   {}, as the simulated AWS counted them",
        counted.join(", ")
    ));
    Stage::line(format_args!(
        "price   ${dollars:.5}: {billed} metrics billed; ${month:.2} a month at a run every 5 minutes"
    ));
    Stage::line(format_args!("time    {}", seconds(run.wall)));
    let build = if cfg!(debug_assertions) {
        "unoptimised build"
    } else {
        "release build"
    };
    Stage::line(format_args!("memory  {peak} ({build})"));
}

#[cfg(test)]
mod tests {
    use super::super::Alert;
    use super::{ALERTS, SERIES, missing, selector};
    use crate::servers::{Rule, Sample};

    fn rule(query: &str, state: &str) -> Rule {
        Rule {
            group: "g".into(),
            name: "DiskLow".into(),
            query: query.into(),
            state: Some(state.into()),
            health: "ok".into(),
            last_error: None,
        }
    }

    fn alerts(state: &str) -> Vec<Alert> {
        (0..ALERTS)
            .map(|_| Alert {
                rule: rule("up", state),
                series: 1,
            })
            .collect()
    }

    fn samples() -> Vec<Sample> {
        SERIES
            .map(|name| ([("__name__".into(), name.into())].into(), 1.0))
            .into()
    }

    #[test]
    fn a_complete_scene_misses_nothing() {
        assert_eq!(
            missing(&samples(), &alerts("inactive"), &[]),
            Vec::<String>::new()
        );
    }

    #[test]
    fn each_thing_that_is_missing_is_named() {
        let mut alerts = alerts("inactive");
        alerts[3].rule.state = Some("pending".into());
        alerts[4].series = 0;
        alerts.pop();
        assert_eq!(
            missing(&samples()[1..], &alerts, &["DiskLow".into()]),
            [
                "the series aws_elasticache_engine_cpuutilization_average",
                "14 alerts: Prometheus has loaded 13",
                "peace: DiskLow is pending (evaluation: ok)",
                "something for DiskLow to look at: no series fits it",
                "silence: Alertmanager holds DiskLow",
            ]
        );
    }

    #[test]
    fn the_selector_is_what_stands_before_the_range() {
        for (query, expected) in [
            (
                "avg_over_time(aws_efs_client_connections_sum{file_system_id=\"fs-1\"}[30m]) < 3",
                Some("aws_efs_client_connections_sum{file_system_id=\"fs-1\"}"),
            ),
            (
                "min_over_time(aws_dynamodb_system_errors_average[1h]) > 4",
                Some("aws_dynamodb_system_errors_average"),
            ),
            ("aws_es_nodes_average", Some("aws_es_nodes_average")),
            ("up == 0", None),
        ] {
            assert_eq!(selector(&rule(query, "inactive")), expected);
        }
    }
}
