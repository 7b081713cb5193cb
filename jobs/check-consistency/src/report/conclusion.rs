//! What a run amounts to: the exit status and the one line that says why.

use common::cancel::Cancellation;
use common::exit::Exit;
use common::output::counted;
use common::process::stopped_conclusion;
use common::report::{Conclusion, Problem};
use common::trouble::Trouble;

use super::{Coverage, Judgement};
use crate::finding::{Finding, Standing, Unknown};
use crate::survey::Survey;
use crate::verdict;

/// How a run's outcome is judged.
#[derive(Debug, Clone, Copy)]
pub struct Judging<'a> {
    /// The status for drift that was seen in full: 3, and 0 in a CronJob.
    pub drift: Exit,
    /// Whether a declared difference that explains nothing is a mistake.
    pub strict_rules: bool,
    /// Why the run ended early, if it did.
    pub cancel: &'a Cancellation,
}

/// What the run comes to. What was not seen weighs more than what was seen to differ: a verdict needs
/// the whole.
pub fn of(survey: &Survey, judging: Judging<'_>) -> Conclusion {
    if judging.cancel.is_cancelled() {
        return stopped_conclusion(judging.cancel);
    }
    match Judgement::of(survey) {
        Judgement::Incomplete | Judgement::DriftAndIncomplete(_) => failed(incomplete(survey)),
        Judgement::Nothing => failed(
            verdict::NOTHING_COMPARED
                .because("no object was found in any cluster: nothing was compared"),
        ),
        Judgement::Drift(objects) => drift(survey, objects, judging.drift),
        Judgement::Consistent => match unused(survey).filter(|_| judging.strict_rules) {
            Some(trouble) => failed(trouble),
            None => Conclusion::done(0),
        },
    }
}

/// What the run comes to when its memory was not written. Drift that waits for its age would then wait for
/// ever: each run would see it for the first time. A right that is missing is told as one.
pub fn without_memory(conclusion: Conclusion, survey: &Survey, why: &Trouble) -> Conclusion {
    let waits = |finding: &&Finding| finding.standing == Standing::Settling;
    let waiting = survey.findings.iter().filter(waits).count();
    if conclusion.exit != Exit::Done || waiting == 0 {
        return conclusion;
    }
    let drift = counted(waiting, "object");
    let text = format!("the age of drift in {drift} is not remembered: {why}");
    let trouble = match why.exit {
        Exit::Denied => Trouble {
            text,
            ..why.clone()
        },
        Exit::Done | Exit::Transient | Exit::Config | Exit::Drift | Exit::HalfDone => {
            verdict::STATE_UNUSABLE.because(text)
        }
    };
    Conclusion {
        changes: conclusion.changes,
        pushed: conclusion.pushed,
        ..failed(trouble)
    }
}

fn failed(trouble: Trouble) -> Conclusion {
    let problem = Problem {
        code: trouble.code.to_owned(),
        error: trouble.text,
        hint: trouble.hint,
    };
    Conclusion::failed(trouble.exit, problem)
}

fn drift(survey: &Survey, objects: usize, exit: Exit) -> Conclusion {
    let first = drifted(survey).next();
    let mut text = first.map(one_line).unwrap_or_default();
    if objects > 1 {
        text = format!("{text}, and {} more", objects - 1);
    }
    let trouble = verdict::DRIFT.because(text);
    if exit == Exit::Done {
        // Told by metric and Event: in a CronJob a failed run means that the job did not look.
        tracing::warn!(code = trouble.code, "{}", trouble.text);
        return Conclusion::done(0);
    }
    failed(trouble)
}

fn drifted(survey: &Survey) -> impl Iterator<Item = &Finding> {
    let findings = survey.findings.iter();
    findings.filter(|finding| finding.standing.is_drift())
}

/// `PrometheusRule monitoring/core-alerts-rules is different at /spec/…`; never a value.
pub fn one_line(finding: &Finding) -> String {
    let mut unexplained = finding.fields.iter().filter(|field| field.rule.is_none());
    let object = super::line(&finding.object.to_string());
    let standing = finding.standing.word();
    match (unexplained.next(), &finding.text) {
        (Some(field), _) => format!(
            "{object} is {standing} at {}",
            super::line(&field.difference.path.to_string())
        ),
        (None, Some(text)) => format!("{object} is {standing}: {}", super::line(text)),
        (None, None) => format!("{object} is {standing}"),
    }
}

/// What is missing, and whether somebody else than time must help.
fn incomplete(survey: &Survey) -> Trouble {
    let gaps = survey
        .parts
        .iter()
        .filter_map(|part| part.read.as_ref().err());
    let findings = survey.findings.iter();
    let unknown = findings.filter_map(|finding| finding.standing.unknown());
    let troubles = survey.clusters.iter().filter_map(|it| it.trouble.as_ref());
    let refused = |reason: Unknown| matches!(reason, Unknown::Forbidden | Unknown::Unauthorized);
    let denied = gaps
        .clone()
        .map(|gap| gap.reason)
        .chain(unknown)
        .all(refused)
        && troubles.clone().all(|trouble| trouble.exit == Exit::Denied);
    let verdict = if denied {
        verdict::INCOMPLETE_DENIED
    } else {
        verdict::INCOMPLETE
    };
    let seen = drifted(survey).count();
    let mut text = Coverage::of(survey).to_string();
    if seen > 0 {
        text = format!("{text}; of what was read {seen} are not as they have to be");
    }
    // What helps with the first gap helps more than the advice for all of them.
    let of_parts = gaps.map(|gap| &gap.trouble).chain(troubles);
    let of_parts = of_parts.filter_map(|trouble| trouble.hint.as_deref());
    let unread = survey.findings.iter();
    let unread = unread.filter(|finding| finding.standing.is_unknown());
    let of_objects = unread.filter_map(|finding| finding.hint.as_deref());
    let hint = of_parts.chain(of_objects).next();
    Trouble {
        hint: Some(hint.unwrap_or(verdict.remedy).to_owned()),
        ..verdict.because(text)
    }
}

fn unused(survey: &Survey) -> Option<Trouble> {
    let mut unused = survey.rules.iter().filter(|rule| rule.used == 0);
    let first = unused.next()?;
    let others = unused.count();
    let mut text = format!("{} explains nothing: {}", first.id, first.summary);
    if others > 0 {
        text = format!("{text} (and {others} more)");
    }
    Some(verdict::UNUSED_RULES.because(text))
}

#[cfg(test)]
mod tests;
