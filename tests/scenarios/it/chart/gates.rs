//! What must hold between fields, objects, clusters and programs, and which no schema can say.
//!
//! A gate reads the committed renders and returns what is wrong, in words.

mod accounts;
mod commands;
mod configuration;
mod consistency;
mod cronjobs;
mod doctor;
mod endpoints;
mod gateway;
mod monitors;
mod network;
mod pods;
mod rights;
mod rules;
mod servers;

use serde_json::Value;

use super::Rendered;

type Gate = fn(&[Rendered]) -> Vec<String>;

/// A defect: what is done to the renders, and a word of the complaint that must follow.
type Defect = (fn(&mut [Rendered]), &'static str);

/// The gate has nothing to say about what is committed, and finds each defect.
fn holds(gate: Gate, defects: &[Defect]) {
    holds_of(&Rendered::all().unwrap(), gate, defects);
}

/// The same of other documents than the renders.
fn holds_of(committed: &[Rendered], gate: Gate, defects: &[Defect]) {
    let complaints = gate(committed);
    assert!(complaints.is_empty(), "{complaints:#?}");
    for (number, (plant, word)) in defects.iter().enumerate() {
        let mut renders = committed.to_vec();
        plant(&mut renders);
        let complaints = gate(&renders);
        assert!(
            complaints.iter().any(|complaint| complaint.contains(word)),
            "defect {number} ({word}) was not found: {complaints:?}"
        );
    }
}

/// A CronJob, as the gates look at it.
#[derive(Debug, Clone, Copy)]
struct CronJob<'a> {
    cluster: &'a str,
    object: &'a Value,
}

impl<'a> CronJob<'a> {
    fn all(renders: &'a [Rendered]) -> impl Iterator<Item = Self> {
        renders.iter().flat_map(Self::within)
    }

    fn within(render: &'a Rendered) -> impl Iterator<Item = Self> {
        render.of("CronJob").map(|object| Self {
            cluster: &render.cluster,
            object,
        })
    }

    fn name(self) -> &'a str {
        text(&self.object["metadata"]["name"])
    }

    fn namespace(self) -> &'a str {
        text(&self.object["metadata"]["namespace"])
    }

    /// The name of the program.
    fn job(self) -> &'a str {
        self.name().trim_end_matches("-plan")
    }

    fn is_plan(self) -> bool {
        self.name().ends_with("-plan")
    }

    fn spec(self) -> &'a Value {
        &self.object["spec"]
    }

    fn job_spec(self) -> &'a Value {
        &self.spec()["jobTemplate"]["spec"]
    }

    fn pod(self) -> &'a Value {
        &self.job_spec()["template"]["spec"]
    }

    fn container(self) -> &'a Value {
        &self.pod()["containers"][0]
    }

    /// A variable with a value of its own.
    fn variable(self, name: &str) -> Option<&'a str> {
        let all = self.container()["env"].as_array()?;
        let variable = all.iter().find(|variable| variable["name"] == name)?;
        variable["value"].as_str()
    }

    /// A complaint about it.
    fn says(self, what: impl std::fmt::Display) -> String {
        format!("{}: {}: {what}", self.cluster, self.name())
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

/// The container of a CronJob in the first cluster, to plant a defect.
fn container<'a>(renders: &'a mut [Rendered], name: &str) -> &'a mut Value {
    &mut job_spec(renders, name)["template"]["spec"]["containers"][0]
}

/// The Job's specification of a CronJob in the first cluster, to plant a defect.
fn job_spec<'a>(renders: &'a mut [Rendered], name: &str) -> &'a mut Value {
    &mut renders[0].object_mut("CronJob", name)["spec"]["jobTemplate"]["spec"]
}

/// A variable of a CronJob in the first cluster, to plant a defect.
fn variable<'a>(renders: &'a mut [Rendered], name: &str, variable: &str) -> &'a mut Value {
    let all = container(renders, name)["env"].as_array_mut().unwrap();
    all.iter_mut().find(|it| it["name"] == variable).unwrap()
}
