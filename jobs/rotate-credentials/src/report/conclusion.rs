//! What a run amounts to: its exit status and the word for it, decided by what was seen last and by
//! nothing that depends on how often it was run.

use common::cancel::Cancellation;
use common::exit::Exit;
use common::fault::Failure;
use common::process::stopped_conclusion;
use common::report::{Conclusion, Outcome, Problem};

use super::Standing;
use super::decision;
use crate::engine::{Ended, Stopped};
use crate::key::AccessKeyId;
use crate::plan::{Next, Phase, Plan};
use common::trouble::Trouble;

/// What a run comes to that was allowed to change things.
pub fn of_run(ended: &Ended, cancel: &Cancellation) -> Conclusion {
    let conclusion = match &ended.stopped {
        Some(Stopped::Effect(trouble) | Stopped::LeaseLost(trouble)) => of_trouble(trouble),
        Some(Stopped::Cancelled) => stopped(&ended.plan, cancel),
        Some(Stopped::StepLimit) => in_progress(),
        None => match &ended.plan.next {
            Next::Stop(trouble) => of_trouble(trouble),
            Next::Rest { .. } if ended.plan.phase != Phase::Idle => in_progress(),
            Next::Rest { .. } if ended.effects == 0 => Conclusion {
                outcome: Outcome::Noop,
                ..Conclusion::done(0)
            },
            Next::Rest { .. } => Conclusion::done(0),
            // The loop ends early with a reason, and with a settled decision otherwise.
            Next::Act(_) | Next::Probe { .. } | Next::LookAgain { .. } | Next::Poll { .. } => {
                in_progress()
            }
        },
    };
    Conclusion {
        changes: ended.effects,
        ..conclusion
    }
}

/// What a command comes to that only shows the decision. What could not be seen counts; what was seen
/// does not, unless it was `asked` for.
pub fn of_view(plan: &Plan, asked: bool) -> Conclusion {
    match (Standing::of(plan), &plan.next) {
        (Standing::Stops, Next::Stop(trouble)) => match trouble.exit {
            Exit::Transient | Exit::Config | Exit::Denied => of_trouble(trouble),
            Exit::Done | Exit::Drift | Exit::HalfDone if asked => Conclusion {
                exit: Exit::Drift,
                ..of_trouble(trouble)
            },
            Exit::Done | Exit::Drift | Exit::HalfDone => Conclusion::done(0),
        },
        (Standing::Due, _) if asked => {
            let problem = Problem {
                code: "step-due".to_owned(),
                error: format!(
                    "{} is due: {}",
                    decision::place(plan.row),
                    decision::because(plan)
                ),
                hint: decision::hint(plan),
            };
            Conclusion::failed(Exit::Drift, problem)
        }
        (Standing::Due | Standing::Waits | Standing::Quiet | Standing::Stops, _) => {
            Conclusion::done(0)
        }
    }
}

fn of_trouble(trouble: &Trouble) -> Conclusion {
    let trouble = Trouble {
        text: with_short_ids(&trouble.text),
        ..trouble.clone()
    };
    Conclusion::from(Failure::from(trouble))
}

/// The ids of keys cut as everywhere where more than operators can read: the termination message
/// stands in the pod's status.
pub fn with_short_ids(text: &str) -> String {
    const START: &str = "AKIA";
    /// Behind `AKIA`.
    const REST: usize = 16;
    let mut short = String::with_capacity(text.len());
    let mut pieces = text.split(START);
    short.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        let id = piece.get(..REST).map(|rest| format!("{START}{rest}"));
        if let Some(id) = id.and_then(|id| id.parse::<AccessKeyId>().ok()) {
            short.push_str(&id.short());
            short.push_str(piece.get(REST..).unwrap_or_default());
        } else {
            short.push_str(START);
            short.push_str(piece);
        }
    }
    short
}

/// Not finished, and as it should be.
fn in_progress() -> Conclusion {
    Conclusion {
        outcome: Outcome::InProgress,
        ..Conclusion::done(0)
    }
}

/// Told to stop. While clusters are being brought to a pair, something is written and not proven.
fn stopped(plan: &Plan, cancel: &Cancellation) -> Conclusion {
    let conclusion = stopped_conclusion(cancel);
    if plan.phase == Phase::Roll {
        Conclusion {
            exit: Exit::HalfDone,
            ..conclusion
        }
    } else {
        conclusion
    }
}

#[cfg(test)]
mod tests {
    use common::cancel::Cause;

    use super::*;
    use crate::plan::plan;
    use crate::policy::Policy;
    use crate::sample::{days, id, quiet, soaked, trouble};
    use crate::world::{Fit, World};

    fn ended(world: World, effects: u64, stopped: Option<Stopped>) -> Ended {
        let plan = plan(&world, &Policy::default());
        Ended {
            world,
            plan,
            effects,
            stopped,
        }
    }

    fn run(world: World, effects: u64, stopped: Option<Stopped>) -> (Exit, Outcome) {
        let cancel = Cancellation::default();
        cancel.cancel(Cause::Deadline);
        let conclusion = of_run(&ended(world, effects, stopped), &cancel);
        assert_eq!(conclusion.changes, effects);
        assert_eq!(conclusion.problem.is_some(), conclusion.exit != Exit::Done);
        (conclusion.exit, conclusion.outcome)
    }

    fn soaking() -> World {
        let mut world = soaked();
        world.mark_of('B').since = world.now;
        world
    }

    #[test]
    fn a_run_that_rests_is_done_whatever_it_waits_for() {
        assert_eq!(run(quiet(), 0, None), (Exit::Done, Outcome::Noop));
        assert_eq!(run(quiet(), 2, None), (Exit::Done, Outcome::Ok));
        assert_eq!(run(soaking(), 0, None), (Exit::Done, Outcome::InProgress));
        let limit = run(soaked(), 1, Some(Stopped::StepLimit));
        assert_eq!(limit, (Exit::Done, Outcome::InProgress));
    }

    #[test]
    fn what_ends_a_run_early_decides_its_exit() {
        let denied = trouble("aws-denied", Exit::Denied);
        let stopped = run(quiet(), 1, Some(Stopped::Effect(denied)));
        assert_eq!(stopped, (Exit::Denied, Outcome::Failed));
        let lost = trouble("lease-lost", Exit::Transient);
        let stopped = run(quiet(), 0, Some(Stopped::LeaseLost(lost)));
        assert_eq!(stopped, (Exit::Transient, Outcome::Failed));
    }

    #[test]
    fn told_to_stop_a_run_is_half_done_only_while_something_written_is_unproven() {
        let stop = || Some(Stopped::Cancelled);
        assert_eq!(
            run(soaked(), 1, stop()),
            (Exit::Transient, Outcome::Deadline)
        );
        let mut rolling = quiet();
        rolling.allow('A');
        rolling.cluster(0).source.fit = Fit::Login;
        assert_eq!(run(rolling, 1, stop()), (Exit::HalfDone, Outcome::Deadline));
    }

    #[test]
    fn ids_are_cut_and_everything_else_stays() {
        let (key, other) = (id('A'), id('B'));
        let text = format!("{key}: `{other}`, AKIA…AAAA, AKIA, AKIAé{}", "é".repeat(20));
        let cut = format!(
            "AKIA…AAAA: `AKIA…BBBB`, AKIA…AAAA, AKIA, AKIAé{}",
            "é".repeat(20)
        );
        assert_eq!(with_short_ids(&text), cut);
    }

    #[test]
    fn a_view_ends_with_what_it_could_not_see() {
        let view = |world: &World, asked| of_view(&plan(world, &Policy::default()), asked).exit;
        assert_eq!(view(&quiet(), true), Exit::Done);
        assert_eq!(view(&soaked(), false), Exit::Done);
        assert_eq!(view(&soaked(), true), Exit::Drift);
        let mut foreign = quiet();
        foreign.key_of('A').created = crate::sample::ago(days(41));
        foreign.add(crate::sample::key('F', days(3)), None);
        foreign.confirm();
        assert_eq!(view(&foreign, false), Exit::Done);
        assert_eq!(view(&foreign, true), Exit::Drift);
        let mut blind = quiet();
        blind.store = crate::world::Reading::Failed(trouble("secret-missing", Exit::Config));
        assert_eq!(view(&blind, false), Exit::Config);
    }
}
