//! The tables of what a job can find wrong name alerts: each of them exists.

use std::collections::BTreeSet;

use anyhow::Result;
use common::verdict::{Verdict, shared};
use scenarios::reference;

use super::rotation::alert_of_shared;
use super::{alerts, names};

/// Names of the rotation's reference that became alerts of all jobs.
const OF_ALL_JOBS: [(&str, &str); 2] = [
    ("RCMissedRun", "MonitoringJobScheduleMissed"),
    ("RCKeyAge", "EmailCredentialOld"),
];

fn existing() -> Result<BTreeSet<String>> {
    let mut existing = BTreeSet::new();
    for name in names()?.0 {
        existing.extend(alerts(&name)?.into_iter().map(|alert| alert.name));
    }
    Ok(existing)
}

fn missing<'a>(existing: &BTreeSet<String>, table: &'a [Verdict]) -> Vec<&'a str> {
    let named = table.iter().map(|verdict| verdict.alert);
    named.filter(|alert| !existing.contains(*alert)).collect()
}

#[test]
fn every_alert_that_a_verdict_names_exists() -> Result<()> {
    let existing = existing()?;
    let tables = [
        check_consistency::verdict::ALL,
        rotate_credentials::verdict::ALL,
        sync_dashboards::verdict::ALL,
    ];
    for table in tables {
        assert_eq!(missing(&existing, table), [""; 0]);
    }
    Ok(())
}

#[test]
fn whatever_can_happen_to_any_job_has_an_alert_for_each_job() -> Result<()> {
    let existing = existing()?;
    for code in shared::ALL {
        // Whatever ends a run with another status than 0 fails its Job.
        assert_ne!(code.status(), 0, "{}", code.code);
        let alert = alert_of_shared(code);
        assert!(existing.contains(alert), "{}: {alert}", code.code);
    }
    for alert in ["JobFailed", "MonitoringExportFailing"] {
        assert!(existing.contains(alert), "{alert}");
    }
    Ok(())
}

#[test]
fn every_alert_of_the_rotations_reference_exists() -> Result<()> {
    let Some(path) = reference::file("credential-rotation.md") else {
        return Ok(());
    };
    let text = std::fs::read_to_string(path)?;
    let table = text.split("## 5. Failure modes").nth(1).unwrap();
    let table = table.split("\n## ").next().unwrap();
    let rows = table.lines().filter(|line| line.starts_with("| "));
    let cells = rows.filter_map(|row| row.trim_matches('|').rsplit('|').next());
    let words = cells.flat_map(|cell| cell.split(|c: char| !c.is_ascii_alphanumeric()));
    let named: BTreeSet<&str> = words.filter(|word| word.starts_with("RC")).collect();
    assert!(named.len() >= 20, "{named:?}");
    let existing = existing()?;
    for name in named {
        let of_all = OF_ALL_JOBS.iter().find(|(ours, _)| *ours == name);
        let name = of_all.map_or(name, |(_, alert)| alert);
        assert!(existing.contains(name), "{name}");
    }
    Ok(())
}

#[test]
fn a_verdict_without_its_alert_is_found() -> Result<()> {
    let table = [Verdict {
        alert: "Nobody",
        ..check_consistency::verdict::DRIFT
    }];
    assert_eq!(missing(&existing()?, &table), ["Nobody"]);
    Ok(())
}
