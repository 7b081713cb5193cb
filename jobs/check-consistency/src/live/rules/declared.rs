//! `PrometheusRule` objects: what of them a Prometheus can show.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// One object.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct RuleObject {
    pub(super) metadata: Metadata,
    #[serde(default)]
    pub(super) spec: Spec,
    #[serde(default)]
    status: Status,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Metadata {
    pub(super) name: String,
    #[serde(default)]
    pub(super) namespace: String,
    #[serde(default)]
    pub(super) uid: String,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub(super) struct Spec {
    #[serde(default)]
    pub(super) groups: Option<Vec<Group>>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Group {
    pub(super) name: String,
    pub(super) interval: Option<String>,
    /// For all rules that have no label of this name.
    #[serde(default)]
    pub(super) labels: Option<BTreeMap<String, String>>,
    #[serde(default)]
    pub(super) rules: Option<Vec<Rule>>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Rule {
    pub(super) alert: Option<String>,
    pub(super) record: Option<String>,
    /// Text, or a number.
    expr: Value,
    #[serde(rename = "for")]
    pub(super) pending: Option<String>,
    pub(super) keep_firing_for: Option<String>,
    #[serde(default)]
    pub(super) labels: Option<BTreeMap<String, String>>,
}

/// What the operator says about it, where it says anything.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
struct Status {
    #[serde(default)]
    bindings: Option<Vec<Binding>>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Binding {
    #[serde(default)]
    conditions: Option<Vec<Condition>>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Condition {
    r#type: String,
    status: String,
    #[serde(default)]
    reason: Option<String>,
}

impl RuleObject {
    pub(super) fn groups(&self) -> &[Group] {
        self.spec.groups.as_deref().unwrap_or_default()
    }

    pub(super) fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.groups().iter().flat_map(Group::rules)
    }

    /// The operator's word for why it does not take it, if it says so.
    pub(super) fn rejected(&self) -> Option<&str> {
        let bindings = self.status.bindings.iter().flatten();
        let mut conditions = bindings.flat_map(|binding| binding.conditions.iter().flatten());
        let refused =
            |condition: &&Condition| condition.r#type == "Accepted" && condition.status == "False";
        let condition = conditions.find(refused)?;
        Some(condition.reason.as_deref().unwrap_or("without a reason"))
    }
}

impl Group {
    pub(super) fn rules(&self) -> &[Rule] {
        self.rules.as_deref().unwrap_or_default()
    }
}

impl Rule {
    pub(super) fn name(&self) -> &str {
        let name = self.alert.as_deref().or(self.record.as_deref());
        name.unwrap_or_default()
    }

    pub(super) fn expression(&self) -> String {
        match &self.expr {
            Value::String(text) => text.clone(),
            other @ (Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Array(_)
            | Value::Object(_)) => other.to_string(),
        }
    }
}
