//! A plan, and what became of it, for people and for programs.

use std::io::{self, Write};

use common::output::{OutputError, print, print_json};
use common::report::Conclusion;
use serde::Serialize;

use crate::cli::Output;
use crate::credentials::KeyAge;
use crate::doctor::report::Document;
use crate::objects::{Change, ObjectChange};
use crate::plan::{Groundwork, HelmStep, Plan};
use crate::screen::{count, some_of};
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
    format!(" ({})", some_of(fields.iter().cloned(), FIELDS))
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

/// What became of a change of a cluster, for programs: one document, at the end of the run, however it ends. A run
/// that ends before it knows under the lock what to do has made a namespace at most, and prints none.
#[derive(Debug, Serialize)]
pub struct Account<'a, P> {
    /// Rises when a reader would have to change.
    pub version: u8,
    /// What was to be done, as `--plan` prints it.
    pub plan: &'a P,
    /// What was done: each effect that has changed something, in order. What Helm has changed before it failed is
    /// not among them.
    pub done: &'a [String],
    /// What the run ends with; `null` where that is status 0.
    pub problem: Option<Problem<'a>>,
    /// What a person should know; `null` unless all was done, and where the command tells none.
    pub ending: Option<&'a Ending>,
    /// What `doctor` says; `null` where it was not asked, or stopped.
    pub report: Option<Document<'a>>,
}

impl<'a, P> Account<'a, P> {
    /// That of a run with nothing to tell besides.
    pub fn of(plan: &'a P, done: &'a [String], conclusion: &'a Conclusion) -> Self {
        Self {
            version: 1,
            plan,
            done,
            problem: Problem::of(conclusion),
            ending: None,
            report: None,
        }
    }
}

/// Why a run did not end well.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Problem<'a> {
    /// What its exit status means: `half_done`, `transient` …
    pub class: &'static str,
    /// The word that logs have for it.
    pub code: &'a str,
    /// What happened.
    pub text: &'a str,
    /// What to do.
    pub hint: Option<&'a str>,
}

impl<'a> Problem<'a> {
    /// That of a run, if it has one.
    pub fn of(conclusion: &'a Conclusion) -> Option<Self> {
        let problem = conclusion.problem.as_ref()?;
        Some(Self {
            class: conclusion.exit.class(),
            code: &problem.code,
            text: &problem.error,
            hint: problem.hint.as_deref(),
        })
    }
}

/// Prints a plan that is about to be carried out. Programs find it in the [`Account`].
///
/// # Errors
/// When stdout cannot be written.
pub fn show_begin(plan: &Plan, form: Output) -> Result<(), OutputError> {
    match form {
        Output::Text => show(plan, form),
        Output::Json => Ok(()),
    }
}

/// Prints what a person should know at the end. Programs find it in the [`Account`].
///
/// # Errors
/// When stdout cannot be written.
pub fn show_end(ending: &Ending, form: Output) -> Result<(), OutputError> {
    match form {
        Output::Text => print(|out| end(ending, out)),
        Output::Json => Ok(()),
    }
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
    use common::fault::Failure;
    use insta::assert_snapshot;
    use jiff::Timestamp;
    use serde_json::{Value, json};

    use super::*;
    use crate::doctor::Report;
    use crate::plan::tests::{object, plan};
    use crate::verdict;

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
    fn programs_get_plan_effects_problem_ending_and_diagnosis_in_one_document() {
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
        let done = ["filling the Secret x".to_owned()];
        let whole = Conclusion::done(1);
        let account = Account {
            ending: Some(&ending),
            report: Some(report.document()),
            ..Account::of(&plan, &done, &whole)
        };
        let document = serde_json::to_value(&account).unwrap();
        assert_eq!(document["version"], 1);
        assert_eq!(document["plan"]["helm"]["does"], "upgrade");
        assert_eq!(document["done"], json!(["filling the Secret x"]));
        assert_eq!(document["problem"], Value::Null);
        assert_eq!(document["ending"]["key"]["days"], 3);
        assert_eq!(document["report"]["verdict"], "well");

        let failure = Failure::from(verdict::HELM_FAILED.because("it says no"));
        let failed = Conclusion::from(failure);
        let account = Account::of(&plan, &done, &failed);
        let document = serde_json::to_value(&account).unwrap();
        assert_eq!(document["problem"]["class"], "half_done");
        assert_eq!(document["problem"]["code"], "helm-failed");
        assert_eq!(document["problem"]["text"], "it says no");
        assert!(document["problem"]["hint"].is_string(), "{document}");
        assert_eq!(document["ending"], Value::Null);
        assert_eq!(document["report"], Value::Null);
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
