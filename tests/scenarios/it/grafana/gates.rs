//! What must hold between the chart's objects, and between them and what is beside them. A gate reads the
//! committed render alone and returns what is wrong, in words.

mod access;
mod dashboards;
mod pods;
mod provisioned;
mod signin;

use std::fs;

use anyhow::{Context as _, Result};
use sandbox::checkout;
use serde_json::Value;

use super::RENDERED;
use crate::chart::documents::documents;

/// The objects of a render.
#[derive(Debug, Clone)]
struct Objects(Vec<Value>);

type Gate = fn(&Objects) -> Vec<String>;

/// A defect: what is done to the objects, and a word of the complaint that must follow.
type Defect = (fn(&mut Objects), &'static str);

impl Objects {
    fn read(path: &str) -> Result<Self> {
        let text = fs::read_to_string(checkout::file(path)).context(path.to_owned())?;
        Ok(Self(documents(&text)?))
    }

    fn of(&self, kind: &str) -> impl Iterator<Item = &Value> {
        self.0.iter().filter(move |it| it["kind"] == kind)
    }

    /// One object; null if there is none.
    fn one(&self, kind: &str, name: &str) -> &Value {
        let mut objects = self.of(kind);
        objects
            .find(|it| it["metadata"]["name"] == name)
            .unwrap_or(&Value::Null)
    }

    /// The same, to plant a defect.
    fn at(&mut self, kind: &str, name: &str) -> &mut Value {
        let mut objects = self.0.iter_mut();
        objects
            .find(|it| it["kind"] == kind && it["metadata"]["name"] == name)
            .unwrap()
    }

    /// Of the Deployment.
    fn pod(&self) -> &Value {
        &self.one("Deployment", "prod-grafana")["spec"]["template"]["spec"]
    }

    /// Of the Deployment, by its name; null if there is none.
    fn container(&self, name: &str) -> &Value {
        items(&self.pod()["containers"])
            .iter()
            .find(|it| it["name"] == name)
            .unwrap_or(&Value::Null)
    }

    fn container_mut(&mut self, number: usize) -> &mut Value {
        &mut self.pod_mut()["containers"][number]
    }

    fn pod_mut(&mut self) -> &mut Value {
        &mut self.at("Deployment", "prod-grafana")["spec"]["template"]["spec"]
    }

    /// A file of Grafana's configuration.
    fn file(&self, name: &str) -> &str {
        text(&self.one("ConfigMap", "prod-grafana")["data"][name])
    }

    /// Another text in a file of Grafana's configuration, to plant a defect.
    fn edit(&mut self, name: &str, from: &str, to: &str) {
        let file = &mut self.at("ConfigMap", "prod-grafana")["data"][name];
        let old = file.as_str().unwrap();
        assert!(old.contains(from), "{from} in {old}");
        *file = old.replacen(from, to, 1).into();
    }
}

/// The gate has nothing to say about what is committed, and finds each defect.
fn holds(gate: Gate, defects: &[Defect]) {
    let committed = Objects::read(RENDERED).unwrap();
    let complaints = gate(&committed);
    assert!(complaints.is_empty(), "{complaints:#?}");
    for (number, (plant, word)) in defects.iter().enumerate() {
        let mut objects = committed.clone();
        plant(&mut objects);
        let complaints = gate(&objects);
        assert!(
            complaints.iter().any(|complaint| complaint.contains(word)),
            "defect {number} ({word}) was not found: {complaints:?}"
        );
    }
}

/// The text of a field; empty if it has none.
fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// The items of a field; none if it has none.
fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// A variable of a container.
fn variable<'a>(container: &'a Value, name: &str) -> &'a str {
    let mut all = items(&container["env"]).iter();
    all.find(|it| it["name"] == name)
        .map_or("", |it| text(&it["value"]))
}

/// Where a container has a volume, or one entry of it.
fn mounted<'a>(container: &'a Value, volume: &str, entry: &str) -> Option<&'a str> {
    let mut mounts = items(&container["volumeMounts"]).iter();
    let mount = mounts.find(|it| it["name"] == volume && text(&it["subPath"]) == entry)?;
    mount["mountPath"].as_str()
}
