//! What leads somewhere arrives: links within the guides, runbooks of alerts, panels of dashboards.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use sandbox::checkout;

use super::guide::{Alert, alerts};
use super::{GUIDE, PAGES, REFERENCES, anchor, headings, page};

/// The anchors of a page, read once.
#[derive(Default)]
struct Anchors(BTreeMap<String, Vec<String>>);

impl Anchors {
    fn has(&mut self, path: &str, wanted: &str) -> Result<bool> {
        if !self.0.contains_key(path) {
            let found = headings(&page(path)?);
            let found = found.iter().map(|(_, it)| anchor(it)).collect();
            self.0.insert(path.to_owned(), found);
        }
        let anchors = self.0.get(path).context("just read")?;
        Ok(anchors.iter().any(|it| it == wanted))
    }
}

/// The path, from the top of the project, of what `link` on the page `from` names.
fn resolve(from: &str, link: &str) -> String {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in link.split('/') {
        match part {
            ".." => drop(parts.pop()),
            "." => {}
            part => parts.push(part),
        }
    }
    parts.join("/")
}

fn dead(from: &str, text: &str, anchors: &mut Anchors) -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    let links = text.split("](").skip(1);
    for link in links.filter_map(|it| it.split(')').next()) {
        if link.contains("://") {
            continue;
        }
        let (file, heading) = link.split_once('#').unwrap_or((link, ""));
        let path = if file.is_empty() {
            from.to_owned()
        } else {
            resolve(from, file)
        };
        if !checkout::file(&path).exists() {
            wrong.push(format!("{from}: no file {path}"));
        } else if !heading.is_empty() && !anchors.has(&path, heading)? {
            wrong.push(format!("{from}: no heading #{heading} in {path}"));
        }
    }
    Ok(wrong)
}

#[test]
fn links_of_the_guides_lead_somewhere() -> Result<()> {
    let mut anchors = Anchors::default();
    for path in PAGES.into_iter().chain(REFERENCES) {
        let text = page(path)?;
        assert_eq!(dead(path, &text, &mut anchors)?, Vec::<String>::new());
    }
    let planted = "[a](#jobfailled) [b](../READ.md) [c](MIGRATION.md#7-no) [d](https://x/y)";
    let wrong = dead(GUIDE, planted, &mut anchors)?;
    assert_eq!(wrong.len(), 3, "{wrong:?}");
    Ok(())
}

fn astray(alerts: &[Alert]) -> Vec<String> {
    let mut wrong = Vec::new();
    for alert in alerts {
        let expected = format!("{GUIDE}#{}", anchor(&alert.name));
        if alert.runbook.as_deref() != Some(expected.as_str()) {
            let Alert {
                file,
                name,
                runbook,
                ..
            } = alert;
            wrong.push(format!("{file}: {name} leads to {runbook:?}"));
        }
    }
    wrong
}

#[test]
fn the_runbook_of_each_alert_is_its_heading() -> Result<()> {
    let mut alerts = alerts()?;
    assert_eq!(astray(&alerts), Vec::<String>::new());
    let first = alerts.first_mut().context("no alert")?;
    first.runbook = Some("README.md#the-jobs".to_owned());
    assert_eq!(astray(&alerts).len(), 1);
    Ok(())
}

/// Every text file below `k8s`.
fn texts(directory: &Path, found: &mut Vec<String>) -> Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            texts(&entry.path(), found)?;
        } else if let Ok(text) = fs::read_to_string(entry.path()) {
            found.push(text);
        }
    }
    Ok(())
}

#[test]
fn whoever_points_to_a_heading_of_the_guide_finds_it() -> Result<()> {
    let mut all = Vec::new();
    texts(&checkout::file("k8s"), &mut all)?;
    let mut anchors = Anchors::default();
    let mut count = 0;
    for text in all {
        for rest in text.split("OPERATIONS.md#").skip(1) {
            let part = |it: char| it.is_ascii_alphanumeric() || it == '-' || it == '_';
            let end = rest.find(|it| !part(it)).unwrap_or(rest.len());
            let heading = rest.get(..end).unwrap_or_default();
            assert!(anchors.has(GUIDE, heading)?, "#{heading}");
            count += 1;
        }
    }
    assert!(count > 60, "{count}");
    assert!(!anchors.has(GUIDE, "jobfailled")?);
    Ok(())
}
