//! What the checks of this chart look at, and the proof that they look.

use std::fs;

use anyhow::{Context as _, Result};
use sandbox::checkout;
use serde_json::Value;

use super::stub::{Installed, installed};
use crate::chart::documents::{Rendered, documents};

/// What is looked at.
#[derive(Debug, Clone)]
pub(super) struct Subject {
    pub(super) stack: Installed,
    /// Upstream's keys.
    pub(super) keys: Value,
    pub(super) renders: Vec<Rendered>,
    pub(super) readme: String,
}

impl Subject {
    async fn committed() -> Result<Self> {
        let read = |path: &str| fs::read_to_string(checkout::file(path)).context(path.to_owned());
        let upstream = documents(&read("tests/scenarios/it/stack/upstream.yaml")?)?;
        let upstream = upstream.first().context("upstream.yaml is empty")?;
        Ok(Self {
            stack: installed().await?,
            keys: upstream["keys"].clone(),
            renders: Rendered::all()?,
            readme: read("k8s/stack/README.md")?,
        })
    }

    /// A value by its path, such as `/nodeExporter/enabled`; null if there is none.
    pub(super) fn value(&self, path: &str) -> &Value {
        self.stack.values.pointer(path).unwrap_or(&Value::Null)
    }

    /// The same as text; empty if it is none.
    pub(super) fn text(&self, path: &str) -> &str {
        self.value(path).as_str().unwrap_or_default()
    }

    /// Exchanges a value, to plant a defect.
    pub(super) fn plant(&mut self, path: &str, value: Value) {
        *self.stack.values.pointer_mut(path).unwrap() = value;
    }

    /// Says what of these paths has another value.
    pub(super) fn differing<'a>(
        &self,
        expected: impl IntoIterator<Item = (&'a str, Value)>,
    ) -> Vec<String> {
        let differing = expected
            .into_iter()
            .filter(|(path, value)| self.value(path) != value);
        differing
            .map(|(path, value)| format!("{path} is {}, not {value}", self.value(path)))
            .collect()
    }
}

pub(super) type Gate = fn(&Subject) -> Vec<String>;

/// A defect: what is done to the subject, and a word of the complaint that must follow.
pub(super) type Defect = (fn(&mut Subject), &'static str);

/// The gate has nothing to say about what is committed, and finds each defect.
pub(super) async fn holds(gate: Gate, defects: &[Defect]) -> Result<()> {
    let committed = Subject::committed().await?;
    let complaints = gate(&committed);
    assert!(complaints.is_empty(), "{complaints:#?}");
    for (number, (plant, word)) in defects.iter().enumerate() {
        let mut subject = committed.clone();
        plant(&mut subject);
        let complaints = gate(&subject);
        assert!(
            complaints.iter().any(|complaint| complaint.contains(word)),
            "defect {number} ({word}) was not found: {complaints:?}"
        );
    }
    Ok(())
}
