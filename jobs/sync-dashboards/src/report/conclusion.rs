//! What a run amounts to: the exit status and the one line that says why.

use common::cancel::Cancellation;
use common::exit::Exit;
use common::process::stopped_conclusion;
use common::report::{Conclusion, Outcome, Problem};
use common::trouble::Trouble;

use crate::desired::Desired;
use crate::sync::Ended;
use crate::target::clusters::decide::IMMUTABLE_NOTE;
use crate::target::guard::Refusal;
use crate::target::{Action, Item, State};
use crate::verdict::{self, Verdict};

/// How a run's outcome is judged.
#[derive(Debug, Clone, Copy)]
pub struct Judging<'a> {
    /// The status for hand edits and foreign owners alone: 3, and 0 in a CronJob.
    pub drift: Exit,
    /// Whether what would be written counts as a difference that a person asked about.
    pub differences: bool,
    /// Why the run ended early, if it did.
    pub cancel: &'a Cancellation,
}

/// What the run comes to.
pub fn of(desired: &Desired, targets: &[Ended], judging: Judging<'_>) -> Conclusion {
    let changes: usize = targets.iter().map(|target| target.changed).sum();
    let changes = u64::try_from(changes).unwrap_or(u64::MAX);
    let conclusion = judge(desired, targets, judging);
    Conclusion {
        changes,
        ..conclusion
    }
}

fn judge(desired: &Desired, targets: &[Ended], judging: Judging<'_>) -> Conclusion {
    let changed = targets.iter().any(|target| target.changed > 0);
    if targets.iter().any(|target| target.stopped) {
        return stopped_conclusion(judging.cancel);
    }
    let mut troubles = troubles(desired, targets);
    // What keeps a run from its work says more than what it refused to do.
    let lasting = |trouble: &Trouble| match trouble.exit {
        Exit::Denied => 0,
        Exit::Config => 1,
        Exit::Transient => 2,
        Exit::HalfDone => 3,
        Exit::Drift if !is_drift(trouble) => 4,
        Exit::Drift | Exit::Done => 5,
    };
    troubles.sort_by_key(lasting);
    let Some(first) = troubles.first() else {
        return quiet(targets, changed, judging);
    };
    let others = troubles.len() - 1;
    let mut text = first.text.clone();
    if others > 0 {
        text = format!("{text} (and {others} more, see the report)");
    }
    let refused = matches!(first.exit, Exit::Drift | Exit::Done);
    let exit = if is_drift(first) {
        judging.drift
    } else if changed && !refused {
        // Something was written and the rest was not.
        Exit::HalfDone
    } else {
        first.exit
    };
    let problem = Problem {
        code: first.code.to_owned(),
        error: text,
        hint: first.hint.clone(),
    };
    if exit == Exit::Done {
        // Told by metric and Event: in a CronJob a failed run means that the job did not do its work.
        tracing::warn!(code = first.code, "{}", problem.error);
        return Conclusion {
            outcome: if changed { Outcome::Ok } else { Outcome::Noop },
            ..Conclusion::done(0)
        };
    }
    Conclusion::failed(exit, problem)
}

/// Nothing went wrong.
fn quiet(targets: &[Ended], changed: bool, judging: Judging<'_>) -> Conclusion {
    let open: usize = targets.iter().map(|target| target.open).sum();
    if open > 0 && judging.differences {
        return Conclusion::failed(
            Exit::Drift,
            Problem {
                code: verdict::DIFFERENCES.code.to_owned(),
                error: format!("{open} dashboards are not as the pin has them"),
                hint: Some("run `apply`".to_owned()),
            },
        );
    }
    Conclusion {
        outcome: if changed || open > 0 {
            Outcome::Ok
        } else {
            Outcome::Noop
        },
        ..Conclusion::done(0)
    }
}

/// A person's doing: told by `monitoring_dashboards_drifted`, and no failure of the job.
fn is_drift(trouble: &Trouble) -> bool {
    let drifts = [
        verdict::HAND_EDIT,
        verdict::FOREIGN,
        verdict::FIELD_CONFLICT,
    ];
    drifts.iter().any(|drift| drift.code == trouble.code)
}

/// Everything that was not done, target by target.
pub fn troubles(desired: &Desired, targets: &[Ended]) -> Vec<Trouble> {
    let unreadable = desired.unreadable.first().map(|finding| {
        verdict::BUNDLE_MALFORMED.because(format!(
            "{}: {finding}; the other dashboards are kept up, and nothing is removed",
            desired.provenance.place.path
        ))
    });
    let rejected = desired.rejected.iter().next().map(|(key, findings)| {
        let first = findings
            .first()
            .map(ToString::to_string)
            .unwrap_or_default();
        verdict::DASHBOARD_REJECTED.because(format!("{key} of upstream is not written: {first}"))
    });
    let of_targets = targets.iter().flat_map(of_target);
    unreadable
        .into_iter()
        .chain(rejected)
        .chain(of_targets)
        .collect()
}

fn of_target(target: &Ended) -> Vec<Trouble> {
    let named = |trouble: &Trouble| Trouble {
        text: if trouble.text.contains(&target.target) {
            trouble.text.clone()
        } else {
            format!("{}: {}", target.target, trouble.text)
        },
        ..trouble.clone()
    };
    let mut troubles: Vec<_> = target.trouble.iter().map(named).collect();
    troubles.extend(target.failed.iter().map(|(_, trouble)| named(trouble)));
    let failed = |item: &&Item| target.failed.iter().all(|(key, _)| *key != item.key);
    let refused = target
        .items
        .iter()
        .filter(|item| item.action == Action::Refuse)
        .filter(failed);
    for item in refused {
        let Some(verdict) = of_item(item) else {
            continue;
        };
        let note = item
            .note
            .as_deref()
            .or_else(|| Some(&item.findings.first()?.text));
        let note = note.map(|note| format!(": {note}")).unwrap_or_default();
        let text = format!(
            "{}: {} is {}{note}",
            target.target,
            item.key,
            item.state.word()
        );
        let hint = verdict.remedy.replace("NAME", item.key.base());
        troubles.push(Trouble {
            hint: Some(hint),
            ..verdict.because(text)
        });
    }
    for stray in &target.strays {
        troubles.push(verdict::FOREIGN.because(format!("{}: {stray}", target.target)));
    }
    if let Some(refusal) = target.refusal.as_ref().filter(|it| **it != Refusal::Failed) {
        let verdict = match refusal {
            Refusal::Shrunk { .. } | Refusal::Empty => verdict::BUNDLE_SHRUNK,
            Refusal::TooMany { .. } | Refusal::Failed => verdict::REMOVAL_GUARD,
        };
        troubles.push(verdict.because(format!("{}: {refusal}", target.target)));
    }
    troubles
}

/// What a refused line means. `None` for what is told once for all targets.
fn of_item(item: &Item) -> Option<Verdict> {
    Some(match item.state {
        State::Edited => verdict::HAND_EDIT,
        State::Foreign => verdict::FOREIGN,
        State::Rejected if item.findings.iter().any(|it| it.code == "collision") => {
            verdict::DASHBOARD_COLLISION
        }
        State::Rejected => return None,
        State::Ok
        | State::Missing
        | State::Outdated
        | State::Relabel
        | State::Reformatted
        | State::Orphan => {
            if item.note.as_deref() == Some(IMMUTABLE_NOTE) {
                verdict::IMMUTABLE
            } else {
                verdict::OBJECT_REFUSED
            }
        }
    })
}
