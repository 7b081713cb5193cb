//! `k8s/iam`: a role for each service account that the chart annotates, complete and ready to be applied,
//! and exactly what the programs need.
//!
//! `documents` makes `k8s/iam/rendered` of the sources beside it and of the rendered chart, and writes it
//! anew when `UPDATE_RENDERED` is set. The gates read the committed files alone; each has defects planted.
//! The scenarios run the programs against a simulated AWS that enforces these very files.

mod access;
mod documents;
mod export;
mod mail;
mod people;
mod policies;
mod roles;
mod twins;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::chart::documents::Rendered;
use documents::Documents;

type Gate = fn(&Documents, &[Rendered]) -> Vec<String>;

/// A defect: what is done to the documents, and a word of the complaint that must follow.
type Defect = (fn(&mut Documents), &'static str);

/// The gate has nothing to say about what is committed, and finds each defect.
#[track_caller]
fn holds(gate: Gate, defects: &[Defect]) {
    let renders = Rendered::all().unwrap();
    let committed = Documents::committed().unwrap();
    let complaints = gate(&committed, &renders);
    assert!(complaints.is_empty(), "{complaints:#?}");
    for (number, (plant, word)) in defects.iter().enumerate() {
        let mut documents = committed.clone();
        plant(&mut documents);
        let complaints = gate(&documents, &renders);
        assert!(
            complaints.iter().any(|complaint| complaint.contains(word)),
            "defect {number} ({word}) was not found: {complaints:?}"
        );
    }
}

/// A service account that acts as an AWS role, as the chart has it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Account {
    cluster: String,
    namespace: String,
    name: String,
    /// ARN of the role.
    role: String,
}

impl Account {
    fn all(renders: &[Rendered]) -> Vec<Self> {
        let mut all = Vec::new();
        for render in renders {
            for object in render.of("ServiceAccount") {
                let metadata = &object["metadata"];
                let Some(role) = metadata["annotations"]["eks.amazonaws.com/role-arn"].as_str()
                else {
                    continue;
                };
                all.push(Self {
                    cluster: render.cluster.clone(),
                    namespace: text(&metadata["namespace"]),
                    name: text(&metadata["name"]),
                    role: role.to_owned(),
                });
            }
        }
        all
    }

    /// Name of the role.
    fn role_name(&self) -> &str {
        self.role.rsplit_once('/').map_or("", |(_, name)| name)
    }

    /// Where its documents are, below `k8s/iam/rendered`.
    fn directory(&self) -> String {
        format!("{}/{}", self.cluster, self.role_name())
    }

    /// Whose job it does; a twin belongs to its job.
    fn job(&self) -> &str {
        self.name.trim_end_matches("-plan")
    }

    /// The files that its job reads in its cluster, by their names.
    fn configuration(&self, renders: &[Rendered]) -> BTreeMap<String, String> {
        let render = renders.iter().find(|it| it.cluster == self.cluster);
        let name = format!("{}-config", self.job());
        let data = render.map(|it| it.object("ConfigMap", &name)["data"].clone());
        let files = data.as_ref().and_then(Value::as_object);
        let files = files.into_iter().flatten();
        files.map(|(name, it)| (name.clone(), text(it))).collect()
    }
}

/// The text of a field; empty if it has none.
fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
