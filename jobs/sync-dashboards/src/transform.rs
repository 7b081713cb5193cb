//! Configured changes of upstream's dashboards. Only what is changed changes: every other byte of a text
//! stays, so that two versions can still be compared by people.

mod edit;
mod exclude;
#[cfg(test)]
mod tests;

use md5::{Digest as _, Md5};
use serde_json::{Value, json};

use crate::dashboard::{JsonError, json as strict};
use crate::digest::{Digest, hex};
use crate::finding::Finding;
use crate::key::Key;
use crate::validate::codes;
use edit::{Edits, Member};

pub use exclude::{ExcludeError, Excludes};

/// The dashboard that the patches of the overview are for.
const OVERVIEW: &str = "prometheus.json";

/// What kube-prometheus calls its own Prometheus, as it stands in the overview's expressions.
const OVERVIEW_JOB: &str = r#"job=\"prometheus-k8s\",namespace=\"monitoring\""#;

/// Which changes are made.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Transforms {
    /// An absent or empty uid becomes the MD5 of the file name, as upstream's own are.
    pub fill_uid: bool,
    /// The data source that dashboards begin with.
    pub datasource_default: Option<String>,
    /// Which data sources can be chosen.
    pub datasource_regex: Option<String>,
    /// The overview shows series without a label `cluster` too.
    pub overview_all_value: bool,
    /// The job of the Prometheus that the overview is about.
    pub overview_job: Option<String>,
}

/// A text after the changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// It.
    pub text: String,
    /// What was changed, for people.
    pub changes: Vec<&'static str>,
    /// What was to be changed and was not found.
    pub notes: Vec<Finding>,
}

impl Transforms {
    /// Stands for the configuration: the same upstream text with the same digest gives the same
    /// dashboard.
    pub fn digest(&self) -> Digest {
        if self.is_empty() {
            return Digest::of("");
        }
        let flag = |on: bool| if on { "1" } else { "" };
        let text = |text: &Option<String>| match text {
            Some(text) => format!("={text}"),
            None => String::new(),
        };
        Digest::of_all([
            "1",
            flag(self.fill_uid),
            &text(&self.datasource_default),
            &text(&self.datasource_regex),
            flag(self.overview_all_value),
            &text(&self.overview_job),
        ])
    }

    /// Whether nothing is changed.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Changes a dashboard's text. A second time changes nothing.
    ///
    /// # Errors
    /// When the text is no dashboard.
    pub fn apply(&self, key: &Key, text: &str) -> Result<Applied, JsonError> {
        let mut applied = Applied {
            text: text.to_owned(),
            changes: Vec::new(),
            notes: Vec::new(),
        };
        if self.is_empty() {
            return Ok(applied);
        }
        let value = strict::parse(text)?;
        let mut edits = Edits::new(text);
        if self.fill_uid && fill_uid(key, &value, &mut edits) {
            applied.changes.push("uid filled");
        }
        for (index, variable) in variables(&value).enumerate() {
            if is_data_source(variable) && self.data_source(index, variable, &mut edits) {
                applied.changes.push("data source");
            }
        }
        if key.as_str() == OVERVIEW && self.overview_all_value {
            match all_value(&value, &mut edits) {
                Some(true) => applied.changes.push("allValue of the overview"),
                Some(false) => {}
                None => applied.notes.push(not_found("overview_all_value")),
            }
        }
        applied.text = edits.finish();
        if key.as_str() == OVERVIEW
            && let Some(job) = &self.overview_job
        {
            let selector = job_selector(job);
            if applied.text.contains(OVERVIEW_JOB) {
                applied.text = applied.text.replace(OVERVIEW_JOB, &selector);
                applied.changes.push("job of the overview");
            } else if !applied.text.contains(&selector) {
                applied.notes.push(not_found("overview_job"));
            }
        }
        applied.changes.dedup();
        Ok(applied)
    }

    fn data_source(&self, index: usize, variable: &Value, edits: &mut Edits<'_>) -> bool {
        let path = ["templating", "list"];
        let mut changed = false;
        if let Some(name) = &self.datasource_default {
            let wanted = json!(name);
            let filled = |it: &&Value| it.as_object().is_some_and(|it| !it.is_empty());
            let current = variable.get("current").filter(filled);
            if let Some(current) = current {
                for member in ["text", "value"] {
                    if current.get(member) != Some(&wanted) {
                        let at = Member::item(&path, index, &["current"], member);
                        changed |= edits.set(&at, &wanted);
                    }
                }
            } else {
                let whole = json!({"text": name, "value": name});
                changed |= edits.set(&Member::item(&path, index, &[], "current"), &whole);
            }
        }
        if let Some(regex) = &self.datasource_regex {
            let wanted = json!(regex);
            if variable.get("regex") != Some(&wanted) {
                changed |= edits.set(&Member::item(&path, index, &[], "regex"), &wanted);
            }
        }
        changed
    }
}

fn not_found(patch: &str) -> Finding {
    let text = format!("the transform `{patch}` finds nothing to change");
    codes::PATCH_WITHOUT_EFFECT.at("", text)
}

fn variables(dashboard: &Value) -> impl Iterator<Item = &Value> {
    let list = dashboard.pointer("/templating/list");
    list.and_then(Value::as_array).into_iter().flatten()
}

fn is_data_source(variable: &Value) -> bool {
    let is = |name: &str, value: &str| variable.get(name).and_then(Value::as_str) == Some(value);
    is("type", "datasource") && is("query", "prometheus")
}

fn fill_uid(key: &Key, dashboard: &Value, edits: &mut Edits<'_>) -> bool {
    let absent = match dashboard.get("uid") {
        None | Some(Value::Null) => true,
        Some(Value::String(uid)) => uid.is_empty(),
        Some(_) => false,
    };
    if !absent {
        return false;
    }
    let uid = hex(&Md5::digest(key.as_str()));
    edits.set(&Member::top("uid"), &json!(uid))
}

/// `None` when there is no such variable.
fn all_value(dashboard: &Value, edits: &mut Edits<'_>) -> Option<bool> {
    let named = |variable: &Value| variable.get("name").and_then(Value::as_str) == Some("cluster");
    let (index, variable) = variables(dashboard).enumerate().find(|(_, it)| named(it))?;
    match variable.get("allValue").and_then(Value::as_str) {
        Some(".+") => {
            let at = Member::item(&["templating", "list"], index, &[], "allValue");
            Some(edits.set(&at, &json!(".*")))
        }
        Some(".*") => Some(false),
        // Upstream has it otherwise by now: whoever configured this should know.
        _ => None,
    }
}

/// `job="JOB"` as it stands in a JSON text.
fn job_selector(job: &str) -> String {
    let selector = json!(format!("job={}", json!(job))).to_string();
    let inner = selector
        .strip_prefix('"')
        .and_then(|it| it.strip_suffix('"'));
    inner.unwrap_or(&selector).to_owned()
}
