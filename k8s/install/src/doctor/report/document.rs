//! For programs: one document.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use super::{Check, Finding, Report, Severity};

/// A report as it is printed.
#[derive(Debug, Serialize)]
pub struct Document<'a> {
    /// Rises when a reader would have to change.
    version: u8,
    cluster: &'a str,
    at: Timestamp,
    expected_from: &'a str,
    /// `well`, `warning`, `unseen` or `wrong`.
    verdict: &'static str,
    checks: Vec<OneCheck<'a>>,
}

#[derive(Debug, Serialize)]
struct OneCheck<'a> {
    area: &'static str,
    standing: &'static str,
    /// In words.
    well: &'a str,
    details: &'a [Vec<String>],
    findings: Vec<OneFinding<'a>>,
}

#[derive(Debug, Serialize)]
struct OneFinding<'a> {
    severity: &'static str,
    object: &'a str,
    text: &'a str,
    said: BTreeMap<&'static str, &'a str>,
    mend: &'a str,
    refused: bool,
}

impl Report {
    /// The report for programs.
    pub fn document(&self) -> Document<'_> {
        let worst = self.checks.iter().filter_map(Check::worst).min();
        Document {
            version: 1,
            cluster: &self.cluster,
            at: self.at,
            expected_from: &self.expected_from,
            verdict: standing(worst),
            checks: self.checks.iter().map(OneCheck::of).collect(),
        }
    }
}

impl<'a> OneCheck<'a> {
    fn of(check: &'a Check) -> Self {
        Self {
            area: check.area.word(),
            standing: standing(check.worst()),
            well: &check.well,
            details: &check.details,
            findings: check.findings.iter().map(OneFinding::of).collect(),
        }
    }
}

impl<'a> OneFinding<'a> {
    fn of(finding: &'a Finding) -> Self {
        let said = finding.said.iter();
        Self {
            severity: standing(Some(finding.severity)),
            object: &finding.object,
            text: &finding.text,
            said: said.map(|(what, words)| (*what, words.as_str())).collect(),
            mend: &finding.mend,
            refused: finding.refused,
        }
    }
}

const fn standing(worst: Option<Severity>) -> &'static str {
    match worst {
        None => "well",
        Some(Severity::Warning) => "warning",
        Some(Severity::Unseen) => "unseen",
        Some(Severity::Wrong) => "wrong",
    }
}
