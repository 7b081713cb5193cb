//! The table of outcomes.

use common::cancel::{Cancellation, Cause};
use common::exit::Exit;
use common::report::{Conclusion, Outcome};
use common::trouble::Trouble;

use super::{Judging, of, one_line, without_memory};
use crate::finding::{Finding, Standing, Unknown};
use crate::report::sample;
use crate::survey::Survey;
use crate::verdict;

fn concluded(survey: &Survey, drift: Exit, strict_rules: bool) -> Conclusion {
    let cancel = Cancellation::default();
    let judging = Judging {
        drift,
        strict_rules,
        cancel: &cancel,
    };
    of(survey, judging)
}

fn code(conclusion: &Conclusion) -> &str {
    let problem = conclusion.problem.as_ref();
    problem.map_or("", |problem| problem.code.as_str())
}

/// Everything was read, and nothing differs.
fn equal() -> Survey {
    let mut survey = sample::equal();
    let settles = |it: &Finding| it.standing == Standing::Settling;
    survey.findings.retain(|it| !settles(it));
    survey
}

fn drifted(mut survey: Survey) -> Survey {
    survey.findings[0].standing = Standing::Different;
    survey
}

fn unknown(mut survey: Survey, reason: Unknown) -> Survey {
    survey.findings[1].standing = Standing::Unknown(reason);
    survey
}

fn unused(mut survey: Survey) -> Survey {
    survey.rules[0].used = 0;
    survey
}

fn empty() -> Survey {
    let mut survey = equal();
    survey.findings.clear();
    for part in &mut survey.parts {
        part.read = Ok(0);
    }
    survey
}

#[test]
fn what_was_seen_and_how_it_is_judged_make_the_status() {
    let denied = |survey| unknown(survey, Unknown::Forbidden);
    let late = |survey| unknown(survey, Unknown::Timeout);
    let (zero, three) = (Exit::Done, Exit::Drift);
    for (case, survey, drift, strict, exit, said) in [
        ("equal", equal(), three, true, Exit::Done, ""),
        ("unused", unused(equal()), three, false, Exit::Done, ""),
        (
            "unused, strict",
            unused(equal()),
            three,
            true,
            Exit::Config,
            "unused-rules",
        ),
        (
            "unused, strict, 0",
            unused(equal()),
            zero,
            true,
            Exit::Config,
            "unused-rules",
        ),
        (
            "drift",
            drifted(equal()),
            three,
            false,
            Exit::Drift,
            "drift",
        ),
        ("drift, 0", drifted(equal()), zero, false, Exit::Done, ""),
        (
            "drift, strict",
            drifted(unused(equal())),
            three,
            true,
            Exit::Drift,
            "drift",
        ),
        (
            "nothing",
            empty(),
            three,
            false,
            Exit::Transient,
            "nothing-compared",
        ),
        (
            "late",
            late(equal()),
            three,
            false,
            Exit::Transient,
            "incomplete",
        ),
        (
            "late, strict",
            late(unused(equal())),
            three,
            true,
            Exit::Transient,
            "incomplete",
        ),
        (
            "late and drift",
            late(drifted(equal())),
            three,
            false,
            Exit::Transient,
            "incomplete",
        ),
        (
            "late and drift, 0",
            late(drifted(equal())),
            zero,
            false,
            Exit::Transient,
            "incomplete",
        ),
        (
            "denied",
            denied(equal()),
            three,
            false,
            Exit::Denied,
            "incomplete-denied",
        ),
        (
            "denied and drift",
            denied(drifted(equal())),
            zero,
            true,
            Exit::Denied,
            "incomplete-denied",
        ),
        (
            "a cluster away",
            sample::lost(),
            three,
            false,
            Exit::Transient,
            "incomplete",
        ),
        (
            "all at once",
            sample::two(),
            zero,
            true,
            Exit::Transient,
            "incomplete",
        ),
    ] {
        let conclusion = concluded(&survey, drift, strict);
        assert_eq!((conclusion.exit, code(&conclusion)), (exit, said), "{case}");
        assert_eq!(conclusion.problem.is_some(), exit != Exit::Done, "{case}");
    }
}

#[test]
fn one_refusal_beside_something_else_is_no_matter_of_permission() {
    let mut survey = unknown(equal(), Unknown::Forbidden);
    survey.findings[0].standing = Standing::Unknown(Unknown::NotSettled);
    assert_eq!(code(&concluded(&survey, Exit::Drift, false)), "incomplete");
    survey.findings[0].standing = Standing::Unknown(Unknown::Unauthorized);
    let conclusion = concluded(&survey, Exit::Drift, false);
    assert_eq!(code(&conclusion), "incomplete-denied");
}

#[test]
fn a_run_that_was_stopped_says_nothing_about_the_clusters() {
    for (cause, outcome, said) in [
        (Cause::Signal, Outcome::Interrupted, "interrupted"),
        (Cause::Deadline, Outcome::Deadline, "deadline"),
    ] {
        for survey in [equal(), drifted(equal()), sample::lost(), empty()] {
            let cancel = Cancellation::default();
            cancel.cancel(cause);
            let judging = Judging {
                drift: Exit::Done,
                strict_rules: true,
                cancel: &cancel,
            };
            let conclusion = of(&survey, judging);
            assert_eq!(conclusion.exit, Exit::Transient);
            assert_eq!((conclusion.outcome, code(&conclusion)), (outcome, said));
        }
    }
}

#[test]
fn what_is_missing_comes_with_the_reason_of_the_first_gap() {
    let conclusion = concluded(&sample::lost(), Exit::Drift, false);
    let problem = conclusion.problem.unwrap();
    assert_eq!(
        problem.hint.as_deref(),
        Some("look whether the API server answers")
    );
    assert!(problem.error.contains("clusters 1/2"), "{}", problem.error);
    let conclusion = concluded(
        &unknown(drifted(equal()), Unknown::NotSettled),
        Exit::Done,
        false,
    );
    let problem = conclusion.problem.unwrap();
    let seen = "of what was read 1 are not as they have to be";
    assert!(problem.error.ends_with(seen), "{}", problem.error);
}

#[test]
fn an_object_that_was_not_read_says_what_helps_where_no_list_does() {
    let hint = |survey: &Survey| concluded(survey, Exit::Drift, false).problem.unwrap().hint;
    let allow = "allow `get services/x in monitoring`";
    let mut survey = unknown(equal(), Unknown::Forbidden);
    // Of what is consistent nothing has to be done for the whole.
    survey.findings[0].hint = Some("look at it".to_owned());
    let remedy = verdict::INCOMPLETE_DENIED.remedy;
    assert_eq!(hint(&survey).as_deref(), Some(remedy));
    survey.findings[1].hint = Some(allow.to_owned());
    assert_eq!(hint(&survey).as_deref(), Some(allow));
    let mut survey = sample::lost();
    survey.findings[1].hint = Some(allow.to_owned());
    let of_the_list = "look whether the API server answers";
    assert_eq!(hint(&survey).as_deref(), Some(of_the_list));
}

#[test]
fn drift_is_told_by_its_place_and_never_by_a_value() {
    let survey = sample::two();
    let lines: Vec<_> = survey
        .findings
        .iter()
        .filter(|it| it.standing.is_drift())
        .map(one_line)
        .collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn drift_that_waits_for_an_age_nobody_remembers_is_no_success() {
    let mut survey = equal();
    let done = || Conclusion::done(3);
    let full = verdict::STATE_UNUSABLE.because("it is full");
    assert_eq!(without_memory(done(), &survey, &full), done());
    survey.findings[0].standing = Standing::Settling;
    let conclusion = without_memory(done(), &survey, &full);
    assert_eq!(
        (conclusion.exit, code(&conclusion)),
        (Exit::Config, "state-unusable")
    );
    assert_eq!(conclusion.changes, 3);
    assert!(conclusion.problem.unwrap().error.ends_with("it is full"));
    let failed = concluded(&drifted(equal()), Exit::Drift, false);
    assert_eq!(without_memory(failed.clone(), &survey, &full), failed);
}

#[test]
fn memory_that_may_not_be_written_is_a_matter_of_permission() {
    let mut survey = equal();
    survey.findings[0].standing = Standing::Settling;
    let refused = |exit, code| Trouble {
        exit,
        code,
        text: "a: update configmaps/x in monitoring: refused".to_owned(),
        hint: Some("allow it".to_owned()),
    };
    let unusable = verdict::STATE_UNUSABLE;
    for (why, exit, said, hint) in [
        (
            refused(Exit::Denied, "cluster-denied"),
            Exit::Denied,
            "cluster-denied",
            "allow it",
        ),
        (
            refused(Exit::Config, "cluster-invalid"),
            Exit::Config,
            unusable.code,
            unusable.remedy,
        ),
        (
            refused(Exit::Transient, "cluster-conflict"),
            Exit::Config,
            unusable.code,
            unusable.remedy,
        ),
    ] {
        let conclusion = without_memory(Conclusion::done(3), &survey, &why);
        assert_eq!((conclusion.exit, code(&conclusion)), (exit, said));
        assert_eq!(conclusion.changes, 3);
        let problem = conclusion.problem.unwrap();
        assert_eq!(
            problem.error,
            "the age of drift in 1 object is not remembered: \
             a: update configmaps/x in monitoring: refused"
        );
        assert_eq!(problem.hint.as_deref(), Some(hint));
    }
}
