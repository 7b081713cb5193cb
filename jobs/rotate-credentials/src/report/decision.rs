//! The decision: the row that matched, the conditions of its guard, and what is next.

use std::io::{self, Write};

use common::exit::Exit;

use super::paint::{Colour, Painted};
use super::standing::{Standing, lacks_only_the_lease};
use super::{Purpose, View, time};
use crate::guard::{Checklist, Condition, Truth};
use crate::plan::{Next, Plan, TABLE};
use crate::world::ProbeKind;

/// The decision as a part of the report, with what to do about it.
pub(super) fn render(view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    render_decision(view.plan, out)?;
    let needs_somebody = view.purpose == Purpose::Look || view.standing() == Standing::Stops;
    match hint(view.plan).filter(|_| needs_somebody) {
        Some(hint) => writeln!(out, "\nhint: {hint}"),
        None => Ok(()),
    }
}

/// The decision alone: before each step of a run.
///
/// # Errors
/// When `out` cannot be written.
pub fn render_decision(plan: &Plan, out: &mut dyn Write) -> io::Result<()> {
    let standing = Standing::of(plan);
    let colour = match standing {
        Standing::Due => Colour::Yellow,
        Standing::Waits | Standing::Quiet => Colour::Green,
        Standing::Stops => Colour::Red,
    };
    let word = Painted::new(standing.word(), colour);
    writeln!(out, "{} {word}: {}", place(plan.row), because(plan))?;
    for condition in plan.guard.iter().flat_map(Checklist::conditions) {
        render_condition(condition, out)?;
    }
    match &plan.next {
        Next::Act(step) => {
            writeln!(out, "  WOULD {}: {}", step.verb(), step.object())?;
            match plan.then {
                Some(then) => writeln!(out, "  then {then}"),
                None => Ok(()),
            }
        }
        Next::Probe { .. }
        | Next::LookAgain { .. }
        | Next::Poll { .. }
        | Next::Rest { .. }
        | Next::Stop(_) => writeln!(out, "  next: {}", next(plan)),
    }
}

/// The row of the table, or the command of a person that stands in its place.
pub(super) fn place(row: &str) -> String {
    if row.starts_with(|c: char| c.is_ascii_digit()) {
        format!("row {row}")
    } else {
        row.to_owned()
    }
}

/// Why, in one sentence.
pub(super) fn because(plan: &Plan) -> &str {
    if lacks_only_the_lease(plan) {
        let row = TABLE.iter().find(|row| row.number == plan.row);
        row.map_or(&plan.because, |row| row.facts)
    } else {
        &plan.because
    }
}

fn render_condition(condition: &Condition, out: &mut dyn Write) -> io::Result<()> {
    let sign = Painted::truth(&condition.truth);
    let text = condition.name.text();
    match &condition.truth {
        Truth::Yes => writeln!(out, "  {sign} {text}"),
        Truth::No(why) | Truth::Unknown(why) => writeln!(out, "  {sign} {text}: {why}"),
    }
}

/// What is next, in one line.
pub(super) fn next(plan: &Plan) -> String {
    match &plan.next {
        Next::Act(step) => format!("{}: {}", step.verb(), step.object()),
        Next::Probe { key, kind, after } => {
            let what = match kind {
                ProbeKind::Auth => "log in at the mail server as",
                ProbeKind::Send => "send a mail to SES's simulator as",
            };
            let pause = if after.is_zero() {
                String::new()
            } else {
                format!(", in {}", time::span(*after))
            };
            format!("{what} {}{pause}", key.short())
        }
        Next::LookAgain { after, .. } => format!("read IAM once more, in {}", time::span(*after)),
        Next::Poll { cluster, after } => {
            format!("look at {cluster} again, in {}", time::span(*after))
        }
        Next::Rest { until: None } => "nothing".to_owned(),
        Next::Rest { until: Some(until) } => format!("nothing before {}", time::minute(*until)),
        Next::Stop(_) if lacks_only_the_lease(plan) => match row_effect(plan.row) {
            Some(effect) => format!("{effect}, once a run holds the Lease"),
            None => "the same with the Lease".to_owned(),
        },
        Next::Stop(trouble) => format!(
            "nothing; a run ends with {} ({})",
            trouble.exit.status(),
            trouble.code
        ),
    }
}

fn row_effect(row: &str) -> Option<&'static str> {
    let row = TABLE.iter().find(|known| known.number == row)?;
    Some(row.effect)
}

/// What a person can do about it.
pub(super) fn hint(plan: &Plan) -> Option<String> {
    match (&plan.next, Standing::of(plan)) {
        (Next::Stop(trouble), Standing::Stops) => match (&trouble.hint, trouble.exit) {
            (Some(hint), _) => Some(hint.clone()),
            (None, Exit::Transient) => Some("run it again in a few minutes".to_owned()),
            (None, _) => None,
        },
        (Next::Probe { .. } | Next::LookAgain { .. }, _) => Some(
            "`plan --probe` takes this look and shows what comes after it; `apply` goes on by itself"
                .to_owned(),
        ),
        (_, Standing::Due) => {
            Some("`apply` does it; so does the CronJob, at its next time".to_owned())
        }
        (_, Standing::Waits | Standing::Quiet | Standing::Stops) => None,
    }
}
