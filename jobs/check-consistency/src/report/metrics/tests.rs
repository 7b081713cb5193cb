//! The metrics of the made-up surveys.

use common::exposition::render;

use super::families;
use crate::finding::{Age, Standing};
use crate::report::sample;
use crate::survey::{RuleUse, Survey};

fn exposed(survey: &Survey) -> String {
    let mut out = Vec::new();
    render(&families(survey), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn a_survey_with_everything_in_it_as_metrics() {
    insta::assert_snapshot!(exposed(&sample::two()));
}

#[test]
fn clusters_of_which_one_is_lost_as_metrics() {
    insta::assert_snapshot!(exposed(&sample::lost()));
}

#[test]
fn what_was_not_whole_is_not_complete_and_drift_alone_does_not_make_it_so() {
    let complete = |survey: &Survey| {
        let text = exposed(survey);
        let line = text
            .lines()
            .find(|it| it.starts_with("monitoring_consistency_complete"));
        line.unwrap().ends_with(" 1")
    };
    assert!(!complete(&sample::two()));
    assert!(!complete(&sample::lost()));
    assert!(complete(&sample::equal()));
    let mut drift = sample::equal();
    drift.findings[0].standing = Standing::Different;
    assert!(complete(&drift));
    drift.findings.clear();
    drift.parts.clear();
    assert!(!complete(&drift), "of nothing nobody can say anything");
}

#[test]
fn of_many_drifts_the_oldest_are_pushed() {
    let mut survey = sample::equal();
    let one = survey.findings[0].clone();
    survey.findings = (0..60_i64)
        .map(|index| {
            let mut finding = one.clone();
            finding.standing = Standing::Different;
            finding.object.name = format!("object-{index}");
            finding.age = Some(Age {
                first_seen: jiff::Timestamp::from_second(1_000 + index).unwrap(),
                occurrences: 1,
            });
            finding
        })
        .collect();
    let text = exposed(&survey);
    let since = text
        .lines()
        .filter(|it| it.starts_with("monitoring_consistency_drift_since"));
    let since: Vec<_> = since.collect();
    assert_eq!(since.len(), 50);
    assert!(since.iter().any(|it| it.ends_with(" 1000")), "{since:?}");
    assert!(!since.iter().any(|it| it.ends_with(" 1050")), "{since:?}");
}

#[test]
fn neither_names_of_objects_nor_values_nor_reasons_are_pushed() {
    let mut survey = sample::two();
    survey.rules.push(RuleUse {
        id: "ignore[9]".to_owned(),
        summary: "summary-of-a-rule".to_owned(),
        reason: "reason-of-a-rule".to_owned(),
        expires: None,
        expired: false,
        used: 0,
    });
    let text = exposed(&survey);
    for hidden in [
        "core-alerts-rules",
        "alert(1)",
        "smtp_auth_password",
        "20m",
        "of-a-rule",
    ] {
        assert!(!text.contains(hidden), "{hidden} in {text}");
    }
}
