//! The failure table of the rotation, row by row, on the real binary: exit status, fault code, the
//! sentence that says what happened, and the alert that hears of it.
//!
//! A company takes seconds to start, so that the rows of one subject share one; each row puts back
//! what it has changed.
// Marks what follows as test code, in which unwrapping, indexing and panics are welcome.
#![cfg(test)]

mod clusters;
mod emergency;
mod iam;
mod mail;
mod process;
mod retirement;
mod secret;
mod shown;
mod table;

use rotate_credentials::verdict;
use scenarios::reference;

use table::{COMMON, Ending, ROWS};

/// Where the alert of a row is another than the reference's, and why.
const OTHER_ALERTS: &[(u8, &str)] = &[
    // The run that goes back to the old pair ends as a rollback does: with the same remedy.
    (13, "RCRolledBack"),
    // Alerts that hear of a fresh key that SES does not know yet: the run has failed.
    (12, "RCJobFailed"),
    (22, "RCJobFailed"),
];

#[test]
fn every_row_has_its_place_and_its_alert_is_the_one_of_its_code() {
    let numbers: Vec<_> = ROWS.iter().map(|row| row.number).collect();
    assert_eq!(numbers, (1..=52).collect::<Vec<u8>>());
    for row in ROWS {
        assert!(!row.endings.is_empty(), "{}", row.trigger);
        for ending in row.endings.iter().filter(|ending| ending.exit != 0) {
            let known = match verdict::of(ending.class) {
                Some(verdict) => Ending {
                    exit: verdict.exit.status().into(),
                    class: verdict.code,
                    alert: verdict.alert,
                },
                None => *COMMON
                    .iter()
                    .find(|it| (it.class, it.exit) == (ending.class, ending.exit))
                    .unwrap_or_else(|| panic!("nobody knows {ending:?}")),
            };
            assert_eq!(*ending, known, "row {}: {}", row.number, row.trigger);
        }
    }
}

#[test]
fn exits_and_alerts_are_those_of_the_reference() {
    let Some(path) = reference::file("credential-rotation.md") else {
        return;
    };
    let text = std::fs::read_to_string(path).unwrap();
    let table = text.split("## 5. Failure modes").nth(1).unwrap();
    let table = table.split("\n## ").next().unwrap();
    for row in ROWS {
        let line = table
            .lines()
            .find(|line| line.starts_with(&format!("| {} |", row.number)))
            .unwrap_or_else(|| panic!("row {} is not in the reference", row.number));
        let cells: Vec<_> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let [.., exits, alert] = cells.as_slice() else {
            panic!("row {} has no exit and alert", row.number);
        };
        for ending in row.endings {
            // A later run that goes on as it should is not in the reference's cell.
            let has_exit = ending.exit == 0 || exits.contains(&ending.exit.to_string());
            assert!(has_exit, "row {}: {ending:?} against `{line}`", row.number);
            let has_alert =
                alert.contains(ending.alert) || OTHER_ALERTS.contains(&(row.number, ending.alert));
            assert!(has_alert, "row {}: {ending:?} against `{line}`", row.number);
        }
    }
}
