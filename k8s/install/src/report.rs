//! A plan for people and for programs.

use std::io::{self, Write};

use common::output::{OutputError, print, print_json};
use serde::Serialize;
use serde_json::{Value, json};

use crate::cli::Output;
use crate::credentials::KeyAge;
use crate::doctor::Report;
use crate::objects::{Change, ObjectChange};
use crate::plan::{Groundwork, HelmStep, Plan};
use crate::screen::count;
use crate::secret::Fill;

/// Of the fields of one object, so many are named.
const FIELDS: usize = 8;

/// Prints a plan.
///
/// # Errors
/// When stdout cannot be written.
pub fn show(plan: &Plan, form: Output) -> Result<(), OutputError> {
    match form {
        Output::Text => print(|out| text(plan, out)),
        Output::Json => print_json(plan),
    }
}

fn text(plan: &Plan, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "{} at {}: release {}, chart {}\n",
        plan.cluster, plan.server, plan.release, plan.chart
    )?;
    for part in &plan.groundwork {
        let what = match part {
            Groundwork::Namespace => "namespace monitoring",
            Groundwork::Lease => "lease install in monitoring",
        };
        writeln!(out, "  create   {what}")?;
    }
    if let Some(fill) = &plan.secret {
        secret(fill, out)?;
    }
    writeln!(out, "  helm     {}", helm(&plan.helm))?;
    for object in &plan.objects {
        change(object, out)?;
    }
    for removal in &plan.removals {
        writeln!(
            out,
            "  delete   {} {}: {}",
            removal.kind, removal.name, removal.why
        )?;
    }
    for stays in &plan.stays {
        writeln!(out, "  keep     {stays}")?;
    }
    writeln!(out, "\n{}", sum(plan))
}

fn secret(fill: &Fill, out: &mut dyn Write) -> io::Result<()> {
    let word = match (fill.create, fill.is_nothing()) {
        (true, _) => "create",
        (false, true) => "same",
        (false, false) => "change",
    };
    writeln!(
        out,
        "  {word:8} secret {} in monitoring, from AWS",
        fill.name
    )?;
    for key in &fill.keys {
        let before = key.before.as_ref().map(ToString::to_string);
        let before = before.unwrap_or_else(|| "nothing".to_owned());
        write!(out, "             {}: ", key.key)?;
        if key.before.as_ref() == Some(&key.after) {
            writeln!(out, "hash {before}")?;
        } else {
            writeln!(out, "hash {before} -> {}{}", key.after, fields(&key.fields))?;
        }
    }
    Ok(())
}

fn helm(step: &HelmStep) -> String {
    match step {
        HelmStep::Nothing { revision: None } => "nothing: no release".to_owned(),
        HelmStep::Nothing {
            revision: Some(revision),
        } => {
            format!("nothing: revision {revision} is as it should be")
        }
        HelmStep::Install => "install, revision 1".to_owned(),
        HelmStep::Upgrade { from, version } => {
            format!("upgrade, after revision {from} of chart version {version}")
        }
        HelmStep::Rollback { from, to, version } => {
            format!("roll back from revision {from} to {to}, chart version {version}")
        }
        HelmStep::Uninstall { from } => format!("uninstall, revisions up to {from}"),
    }
}

fn change(object: &ObjectChange, out: &mut dyn Write) -> io::Result<()> {
    let (word, rest) = match &object.change {
        Change::Same => return Ok(()),
        Change::Create => ("create", String::new()),
        Change::Change { fields } => ("change", self::fields(fields)),
        Change::Delete => ("delete", String::new()),
        Change::Keep => ("keep", String::new()),
        Change::Replace { why } => ("cannot", format!(": {why}")),
    };
    writeln!(out, "    {word:8} {}{rest}", object.id)?;
    if let Some(owner) = &object.owner {
        writeln!(out, "             it belongs to {owner}")?;
    }
    for conflict in &object.held {
        writeln!(out, "             {conflict}")?;
    }
    Ok(())
}

fn fields(fields: &[String]) -> String {
    if fields.is_empty() {
        return String::new();
    }
    let shown: Vec<&str> = fields.iter().take(FIELDS).map(String::as_str).collect();
    let more = fields.len().saturating_sub(FIELDS);
    let more = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    format!(" ({}{more})", shown.join(", "))
}

fn sum(plan: &Plan) -> String {
    if plan.is_nothing() {
        return "nothing changes".to_owned();
    }
    let count = |is: fn(&Change) -> bool| plan.objects.iter().filter(|it| is(&it.change)).count();
    format!(
        "objects: {} to create, {} to change, {} to delete, {} as they are",
        count(|it| matches!(it, Change::Create)),
        count(|it| matches!(it, Change::Change { .. })),
        count(|it| matches!(it, Change::Delete)),
        count(|it| matches!(it, Change::Same | Change::Keep)),
    )
}

/// What a person should know at the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ending {
    /// How old the key is.
    pub key: KeyAge,
    /// What is to be done in other clusters.
    pub next: Vec<String>,
}

/// Prints a plan that is about to be carried out. For programs it waits for the end, as they get one
/// document.
///
/// # Errors
/// When stdout cannot be written.
pub fn show_begin(plan: &Plan, form: Output) -> Result<(), OutputError> {
    match form {
        Output::Text => show(plan, form),
        Output::Json => Ok(()),
    }
}

/// Prints what a person should know at the end.
///
/// # Errors
/// When stdout cannot be written.
pub fn show_end(plan: &Plan, ending: &Ending, form: Output) -> Result<(), OutputError> {
    match form {
        Output::Json => print_json(&json!({"done": plan, "ending": ending})),
        Output::Text => print(|out| end(ending, out)),
    }
}

/// Prints an installation with what `doctor` says of it, if it was asked, for programs.
///
/// # Errors
/// When stdout cannot be written.
pub fn show_done(plan: &Plan, ending: &Ending, report: Option<&Report>) -> Result<(), OutputError> {
    print_json(&done(plan, ending, report))
}

fn done(plan: &Plan, ending: &Ending, report: Option<&Report>) -> Value {
    json!({"done": plan, "ending": ending, "report": report.map(Report::document)})
}

fn end(ending: &Ending, out: &mut dyn Write) -> io::Result<()> {
    match &ending.key {
        KeyAge::Known { days, due } => {
            let age = count(usize::try_from(*days).unwrap_or(0), "day");
            let due = if *due {
                " and due: `rotate-credentials` renews it in its next run"
            } else {
                ""
            };
            writeln!(out, "the mail key is {age} old{due}")?;
        }
        KeyAge::Unknown { why } => writeln!(out, "the age of the mail key is not known: {why}")?,
    }
    for line in &ending.next {
        writeln!(out, "next: {line}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use jiff::Timestamp;

    use super::*;
    use crate::plan::tests::{object, plan};

    #[test]
    fn a_plan_names_every_object_that_changes_and_its_fields() {
        let many = (1..=10).map(|number| format!(".spec.f{number}")).collect();
        let mut plan = plan(vec![
            object("new", Change::Create),
            object("edited", Change::Change { fields: many }),
            object("same", Change::Same),
            object("old", Change::Delete),
            object("memory", Change::Keep),
        ]);
        plan.groundwork = vec![Groundwork::Namespace, Groundwork::Lease];
        plan.stays = vec!["the volume of x".to_owned()];
        let mut out = Vec::new();
        text(&plan, &mut out).unwrap();
        assert_snapshot!(String::from_utf8(out).unwrap(), @r"
        prod-e1-1 at https://prod.eks.test: release prod-monitoring, chart monitoring-jobs 0.2.0

          create   namespace monitoring
          create   lease install in monitoring
          helm     upgrade, after revision 3 of chart version 0.1.0
            create   CronJob new in monitoring
            change   CronJob edited in monitoring (.spec.f1, .spec.f2, .spec.f3, .spec.f4, .spec.f5, .spec.f6, .spec.f7, .spec.f8 and 2 more)
            delete   CronJob old in monitoring
            keep     CronJob memory in monitoring
          keep     the volume of x

        objects: 1 to create, 1 to change, 1 to delete, 2 as they are
        ");
    }

    #[test]
    fn programs_get_plan_ending_and_diagnosis_in_one_document() {
        let ending = Ending {
            key: KeyAge::Known {
                days: 3,
                due: false,
            },
            next: Vec::new(),
        };
        let report = Report {
            cluster: "prod-e1-1".to_owned(),
            at: Timestamp::UNIX_EPOCH,
            expected_from: "the chart".to_owned(),
            checks: Vec::new(),
        };
        let plan = plan(Vec::new());
        let document = done(&plan, &ending, Some(&report));
        assert_eq!(document["done"]["helm"]["does"], "upgrade");
        assert_eq!(document["ending"]["key"]["days"], 3);
        assert_eq!(document["report"]["verdict"], "well");
        assert_eq!(done(&plan, &ending, None)["report"], Value::Null);
    }

    #[test]
    fn the_end_says_whether_the_key_is_due() {
        let said = |key| {
            let ending = Ending {
                key,
                next: vec!["do x".to_owned()],
            };
            let mut out = Vec::new();
            end(&ending, &mut out).unwrap();
            String::from_utf8(out).unwrap()
        };
        let young = said(KeyAge::Known {
            days: 3,
            due: false,
        });
        assert_eq!(young, "the mail key is 3 days old\nnext: do x\n");
        assert!(
            said(KeyAge::Known {
                days: 41,
                due: true
            })
            .contains("41 days old and due")
        );
    }
}
