use std::time::Duration;

use super::{Groups, Pushed, groups, judge};
use crate::config::{PushgatewayRef, ServiceRef};
use crate::finding::{Standing, Unknown};
use crate::live::gap;
use crate::live::reading::Reading;

/// As release 1.5 prints it, shortened: one that is written, one that nobody writes any more, one to
/// which every push was refused, and one of another job.
const ANSWER: &str = r#"{"status":"success","data":[
  {"labels":{"job":"aws_es"},"last_push_successful":true,
   "aws_es_nodes":{"time_stamp":"2026-11-29T05:55:00Z","type":"GAUGE","help":"x",
     "metrics":[{"labels":{"instance":"","job":"aws_es"},"value":"NaN"}]},
   "latency":{"type":"SUMMARY","metrics":[{"labels":{},"quantiles":{"0.5":"1"},"count":"2","sum":"3"}]},
   "push_failure_time_seconds":{"type":"GAUGE","metrics":[{"labels":{},"value":"0"}]},
   "push_time_seconds":{"type":"GAUGE","metrics":[{"labels":{},"value":"1.79593170012e+09"}]}},
  {"labels":{"job":"aws_rds","part":"b"},"last_push_successful":true,
   "push_time_seconds":{"type":"GAUGE","metrics":[{"labels":{},"value":"1.7959284e+09"}]}},
  {"labels":{"job":"aws_sqs"},"last_push_successful":false,
   "push_time_seconds":{"type":"GAUGE","metrics":[{"labels":{},"value":"0"}]}},
  {"labels":{"job":"rotate-credentials","part":"state"},"last_push_successful":true,
   "push_time_seconds":{"type":"GAUGE","metrics":[{"labels":{},"value":"1e+09"}]}}]}"#;

fn config() -> PushgatewayRef {
    PushgatewayRef {
        service: ServiceRef {
            service: "pushgateway".to_owned(),
            port: "9091".to_owned(),
        },
        prefix: "aws_".to_owned(),
        stale_after: Duration::from_mins(30),
        reap: false,
    }
}

fn read(page: &str) -> Reading<Option<Groups>> {
    let groups = groups("x", page, &config()).unwrap();
    let at = "2026-11-29T06:00:00Z".parse().unwrap();
    Reading::Seen(Some(Groups { groups, at }))
}

#[test]
fn groups_of_the_prefix_that_nobody_writes_are_stale_and_empty_ones_a_warning() {
    let (findings, parts, warnings) = judge(&[read(ANSWER)], &["e1"], "monitoring", &config());
    let told: Vec<_> = findings
        .iter()
        .map(|finding| {
            let text = finding.text.as_deref().unwrap_or_default();
            (finding.object.to_string(), finding.standing, text)
        })
        .collect();
    let text = "e1: last pushed at 2026-11-29T05:00:00Z, its values are shown for ever";
    let group = |name: &str| format!("PushgatewayGroup monitoring/{name}");
    assert_eq!(
        told,
        [
            (group("aws_es"), Standing::Equal, ""),
            (group("aws_rds{part=\"b\"}"), Standing::Stale, text),
            (group("aws_sqs"), Standing::Equal, ""),
        ]
    );
    assert_eq!(parts[0].read, Ok(3));
    assert_eq!(warnings.len(), 1);
    assert!(warnings[0].ends_with(": aws_sqs"), "{warnings:?}");
}

#[test]
fn clusters_without_the_service_are_left_out_but_not_all_of_them() {
    let without = || Reading::Seen(None);
    let names = ["e1", "e2"];
    let one = [without(), read(r#"{"data":[]}"#)];
    let (findings, parts, warnings) = judge(&one, &names, "monitoring", &config());
    assert_eq!((findings.len(), parts.len(), warnings.len()), (0, 1, 0));
    let none = [without(), without()];
    let (_, parts, warnings) = judge(&none, &names, "monitoring", &config());
    assert_eq!((parts.len(), warnings.len()), (2, 0));
    for part in parts {
        let gap = part.read.unwrap_err();
        assert_eq!(gap.reason, Unknown::NotComparable);
        let text = "no cluster has the service monitoring/pushgateway";
        assert_eq!(gap.trouble.text, text);
    }
    let unread = [without(), Reading::Gap(gap::late("x"))];
    let (_, parts, warnings) = judge(&unread, &names, "monitoring", &config());
    assert_eq!((parts.len(), warnings.len()), (1, 0));
}

#[test]
fn what_is_no_answer_of_a_pushgateway_is_a_gap_that_quotes_nothing() {
    let no_number = r#"{"data":[{"labels":{"job":"aws_a"},"push_time_seconds":{"metrics":[{"value":"hunter2"}]}}]}"#;
    let no_time = r#"{"data":[{"labels":{"job":"aws_a"},"push_time_seconds":{"metrics":[]}}]}"#;
    for page in [
        "",
        "<html>hunter2</html>",
        r#"{"data":"hunter2"}"#,
        no_number,
        no_time,
    ] {
        let gap = groups("x", page, &config()).unwrap_err();
        assert_eq!(gap.reason, Unknown::Garbled, "{page}");
        assert!(
            !gap.trouble.text.contains("hunter2"),
            "{}",
            gap.trouble.text
        );
    }
    for empty in [r#"{"status":"success","data":[]}"#, r#"{"data":null}"#] {
        assert_eq!(groups("x", empty, &config()).unwrap(), []);
    }
}

#[test]
fn only_a_time_that_lies_too_far_back_is_stale() {
    let now = "2026-11-29T06:00:00Z".parse().unwrap();
    let table = [
        (1_795_932_000.0, false), // now
        (1_795_930_200.0, false), // the limit itself
        (1_795_930_199.0, true),
        (1_795_999_999.0, false), // the future
        (0.0, false),
        (-5.0, false),
        (f64::NAN, false),
        (f64::INFINITY, false),
        (f64::NEG_INFINITY, false),
    ];
    for (seconds, stale) in table {
        assert_eq!(
            Pushed::of(seconds).is_stale(&config(), now),
            stale,
            "{seconds}"
        );
    }
}
