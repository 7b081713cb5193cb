//! The chart's dashboards as they are in the repository.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use sandbox::checkout;
use serde_json::Value;
use sync_dashboards::promql;

use super::CHART;

/// A dashboard.
#[derive(Debug, Clone)]
pub(super) struct Board {
    /// The file's name without `.json`.
    pub(super) name: String,
    pub(super) text: String,
    pub(super) value: Value,
}

/// An expression, and where it is.
#[derive(Debug, Clone)]
pub(super) struct Asked<'b> {
    /// Title of the panel and letter of the query, or name of the variable.
    pub(super) at: String,
    pub(super) expr: &'b str,
    /// How its series are called in the panel.
    pub(super) legend: &'b str,
    /// The panel; none for a variable.
    pub(super) panel: Option<&'b Value>,
}

/// The folder with the suite's own dashboards.
pub(super) fn folder() -> PathBuf {
    checkout::file(CHART).join("dashboards")
}

impl Board {
    /// All files of a folder below the chart's, in the order of their names.
    pub(super) fn all(below: &str) -> Result<Vec<Self>> {
        let mut boards = Vec::new();
        for entry in fs::read_dir(folder().join(below))? {
            let path = entry?.path();
            if path.extension().is_none_or(|it| it != "json") {
                continue;
            }
            let name = path.file_stem().and_then(|it| it.to_str());
            let text = fs::read_to_string(&path)?;
            boards.push(Self {
                name: name.context("a name that is not UTF-8")?.to_owned(),
                value: serde_json::from_str(&text).with_context(|| path.display().to_string())?,
                text,
            });
        }
        boards.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(boards)
    }

    /// The suite's own.
    pub(super) fn ours() -> Result<Vec<Self>> {
        Self::all("")
    }

    /// The same with another text in one place, to plant a defect.
    pub(super) fn with(&self, from: &str, to: &str) -> Self {
        assert!(self.text.contains(from), "{from} in {}", self.name);
        let text = self.text.replacen(from, to, 1);
        Self {
            name: self.name.clone(),
            value: serde_json::from_str(&text).unwrap(),
            text,
        }
    }

    pub(super) fn panels(&self) -> impl Iterator<Item = &Value> {
        let panels = self.value["panels"].as_array().unwrap().iter();
        panels.filter(|panel| panel["type"] != "row")
    }

    /// What its panels and variables ask Prometheus.
    pub(super) fn asks(&self) -> Vec<Asked<'_>> {
        let mut asked = Vec::new();
        for panel in self.panels() {
            for target in panel["targets"].as_array().unwrap() {
                let title = panel["title"].as_str().unwrap();
                let letter = target["refId"].as_str().unwrap();
                asked.push(Asked {
                    at: format!("{}: {title:?} {letter}", self.name),
                    expr: target["expr"].as_str().unwrap(),
                    legend: target["legendFormat"].as_str().unwrap_or_default(),
                    panel: Some(panel),
                });
            }
        }
        for variable in self.value["templating"]["list"].as_array().unwrap() {
            if variable["type"] != "query" {
                continue;
            }
            let query = variable["query"]["query"].as_str().unwrap();
            let inner = query.strip_prefix("label_values(").unwrap();
            asked.push(Asked {
                at: format!("{}: variable {}", self.name, variable["name"]),
                expr: inner.rsplit_once(',').unwrap().0,
                legend: "",
                panel: None,
            });
        }
        asked
    }
}

impl Asked<'_> {
    /// Metrics and recorded series that it selects.
    pub(super) fn names(&self) -> Result<BTreeSet<String>> {
        let parsed = promql::parse(self.expr).with_context(|| self.at.clone())?;
        Ok(promql::names(&parsed))
    }

    /// With what Grafana puts in the place of variables when all of everything is chosen.
    pub(super) fn filled(&self) -> String {
        self.expr.replace("$cluster", ".*").replace("$job", ".*")
    }

    /// Labels that the panel shows of the result: in the legend, or as columns of a table.
    pub(super) fn shows(&self) -> Vec<&str> {
        let legend = self.legend.split("{{").skip(1);
        legend
            .map(|part| part.split("}}").next().unwrap().trim())
            .collect()
    }
}

/// The label columns that a table renames.
pub(super) fn columns(panel: &Value) -> Vec<&str> {
    let transformations = panel["transformations"].as_array();
    let organize = transformations
        .into_iter()
        .flatten()
        .find(|it| it["id"] == "organize");
    let renamed = organize.and_then(|it| it["options"]["renameByName"].as_object());
    let names = renamed.into_iter().flat_map(|it| it.keys());
    names
        .map(String::as_str)
        .filter(|name| !name.starts_with("Value"))
        .collect()
}
