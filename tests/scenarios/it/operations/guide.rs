//! A heading for each alert and each exit status, and below it in four points what it means, the first
//! command, what comes next and when it clears.

use std::collections::BTreeSet;
use std::fs;

use anyhow::{Context as _, Result};
use common::exit::Exit;
use sandbox::checkout;

use super::{GUIDE, commands, headings, page};
use crate::chart::documents::documents;

/// What a section has, in this order.
const POINTS: [&str; 4] = ["Means", "First", "Next", "Clears"];

/// Lines that a section may have, at most; a run with other arguments takes nine of them.
const LINES: usize = 15;

/// A rule that alerts: its name, what it tells people to do, and where it leads to.
#[derive(Debug, Clone)]
pub(super) struct Alert {
    pub(super) file: String,
    pub(super) name: String,
    /// As the file has it, a template.
    pub(super) action: Option<String>,
    pub(super) runbook: Option<String>,
}

/// Every alert of the chart's rule files.
pub(super) fn alerts() -> Result<Vec<Alert>> {
    let folder = checkout::file("k8s/chart/files/rules");
    let mut found = Vec::new();
    let mut files: Vec<_> = fs::read_dir(folder)?.collect::<Result<_, _>>()?;
    files.sort_by_key(fs::DirEntry::file_name);
    for entry in files {
        let file = entry.file_name().to_string_lossy().into_owned();
        // Beside them are their unit tests.
        if file.ends_with("_test.yaml") {
            continue;
        }
        let rules = documents(&fs::read_to_string(entry.path())?)?.pop();
        let rules = rules.with_context(|| format!("{file} is empty"))?;
        let groups = rules["groups"].as_array().into_iter().flatten();
        for rule in groups.flat_map(|it| it["rules"].as_array().into_iter().flatten()) {
            if let Some(name) = rule["alert"].as_str() {
                let annotation = |key: &str| rule["annotations"][key].as_str().map(str::to_owned);
                found.push(Alert {
                    file: file.clone(),
                    name: name.to_owned(),
                    action: annotation("action"),
                    runbook: annotation("runbook"),
                });
            }
        }
    }
    Ok(found)
}

/// The headings that there must be for exit statuses, as far as they are fixed.
fn statuses() -> Vec<String> {
    let own = Exit::ALL.map(|it| format!("Status {}:", it.status()));
    let others = ["Status 101:", "Status 137 or 143:"].map(str::to_owned);
    own.into_iter().chain(others).collect()
}

/// The lines below each heading of the third level, with the chapter that it is in.
fn sections(text: &str) -> Vec<(String, String, Vec<String>)> {
    let mut found: Vec<(String, String, Vec<String>)> = Vec::new();
    let (mut chapter, mut open) = (String::new(), false);
    for line in text.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            heading.clone_into(&mut chapter);
            open = false;
        } else if let Some(heading) = line.strip_prefix("### ") {
            found.push((chapter.clone(), heading.to_owned(), Vec::new()));
            open = true;
        } else if let (true, Some((_, _, lines))) = (open, found.last_mut())
            && !line.trim().is_empty()
        {
            lines.push(line.to_owned());
        }
    }
    found
}

fn complaints(text: &str, alerts: &BTreeSet<String>) -> Vec<String> {
    let mut wrong = Vec::new();
    let (mut told, mut ended) = (Vec::new(), Vec::new());
    for (chapter, heading, lines) in sections(text) {
        if chapter.starts_with("Alerts on ") {
            told.push(heading.clone());
        } else if chapter == "Exit statuses" {
            ended.push(heading.clone());
        } else {
            continue;
        }
        let points: Vec<&str> = lines
            .iter()
            .filter_map(|it| it.strip_prefix("- **")?.split("**").next())
            .collect();
        if points != POINTS {
            wrong.push(format!("{heading}: its points are {points:?}"));
        }
        if lines.len() > LINES {
            wrong.push(format!("{heading}: more than {LINES} lines"));
        }
        let mut after = lines
            .iter()
            .skip_while(|it| !it.starts_with("- **First** "));
        let mut first = after.next().cloned().unwrap_or_default();
        for line in after.take_while(|it| !it.starts_with("- **")) {
            first.push('\n');
            first.push_str(line);
        }
        if commands::commands(&first).is_empty() {
            wrong.push(format!("{heading}: no command to type first"));
        }
    }
    let known: BTreeSet<String> = told.iter().cloned().collect();
    if known.len() != told.len() {
        wrong.push("an alert has two headings".to_owned());
    }
    let missing = alerts
        .difference(&known)
        .map(|it| format!("no heading: {it}"));
    wrong.extend(missing);
    let left = known.difference(alerts).map(|it| format!("no alert: {it}"));
    wrong.extend(left);
    let statuses = statuses();
    for status in &statuses {
        if ended.iter().filter(|it| it.starts_with(status)).count() != 1 {
            wrong.push(format!("no heading or two of them: {status}"));
        }
    }
    for heading in ended {
        if !statuses.iter().any(|it| heading.starts_with(it)) {
            wrong.push(format!("no status: {heading}"));
        }
    }
    wrong
}

#[test]
fn each_alert_and_each_status_has_a_heading_and_no_heading_is_left_over() -> Result<()> {
    let alerts: BTreeSet<String> = alerts()?.into_iter().map(|it| it.name).collect();
    assert!(alerts.len() > 60, "{}", alerts.len());
    let guide = page(GUIDE)?;
    assert_eq!(complaints(&guide, &alerts), Vec::<String>::new());
    let levels = headings(&guide).into_iter().map(|(level, _)| level).max();
    assert_eq!(levels, Some(3));

    let planted = [
        (
            "### JobFailed\n",
            "### JobsFailed\n",
            "no heading: JobFailed",
        ),
        (
            "### JobFailed\n",
            "### JobsFailed\n",
            "no alert: JobsFailed",
        ),
        ("### JobFailed\n", "### Watchdog\n", "two headings"),
        (
            "### Status 4: denied\n",
            "### Status 6: denied\n",
            "Status 4:",
        ),
        (
            "### Status 4: denied\n",
            "### Status 6: denied\n",
            "no status: Status 6",
        ),
        (
            "### Status 137 or 143:",
            "### Status 143:",
            "Status 137 or 143:",
        ),
        ("- **Next** nothing.\n", "", "its points are"),
        (
            "- **First** `install-monitoring status`",
            "- **First** look at it",
            "no command to type first",
        ),
        (
            "- **Next** nothing.\n",
            "- **Next** nothing.\n1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n",
            "more than 15 lines",
        ),
        (
            "- **First** rotate now:\n  ```sh\n",
            "- **First** rotate now:\n  ```text\n",
            "EmailCredentialAboutToBeDeleted: no command to type first",
        ),
    ];
    for (old, new, word) in planted {
        assert!(guide.contains(old), "{old}");
        let wrong = complaints(&guide.replacen(old, new, 1), &alerts);
        let found = wrong.iter().any(|it| it.contains(word));
        assert!(found, "{word}: {wrong:?}");
    }
    Ok(())
}
