//! What a content file with mistakes is answered with, and what the short forms mean.

use crate::aws::content::Content;

fn errors(yaml: &str) -> Vec<String> {
    let invalid = Content::from_yaml("content.yaml", yaml).expect_err("has mistakes");
    invalid
        .problems()
        .iter()
        .map(|it| format!("{}:{} {}", it.line, it.column, it.message))
        .collect()
}

#[test]
fn all_mistakes_of_a_file_are_reported_in_one_go() {
    let found = errors(
        "\
regoin: us-east-1
accounts: [{ id: 12345 }]
metrics:
  - namespace: App
    dims: { Host: 'h{1..' }
    publish:
      Load: { constant: much }
      Busy: { constant: 1, values: [1] }
      Sparse: { constant: 1, present: three of ten }
  - dims: { Host: h1 }
    publish: { Load: { points: [{ at: noon, value: 1 }] } }
  - namespace: App
    account: 999999999999
    publish: { Load: { statistics: { Median: 1 } } }
",
    );
    assert_eq!(
        found,
        [
            "1:1 unknown key `regoin`",
            "2:18 `accounts[1].id` must be an account id of twelve digits",
            "5:19 `metrics[1].dims.Host` has a `{` without `}`",
            "7:25 `metrics[1].publish.Load.constant` must be a finite number",
            "8:13 `metrics[1].publish.Busy` must have exactly one of constant, values, sine, counter, \
             points and statistics",
            "9:39 `metrics[1].publish.Sparse.present` must read like `3 of 10`",
            "10:5 `metrics[2]` must have the key `namespace`",
            "11:39 `metrics[2].publish.Load.points[1].at` must be an instant like \
             2026-11-24T12:00:00Z",
            "13:14 `metrics[3].account` is not among `accounts`",
            "14:46 `metrics[3].publish.Load.statistics.Median` is not the value of a statistic that \
             CloudWatch knows",
        ]
    );
}

#[test]
fn a_metric_that_is_defined_twice_is_a_mistake() {
    let found = errors(
        "\
metrics:
  - namespace: App
    dims: { A: '{1..3}', B: x }
    publish: { Load: { constant: 1 } }
  - namespace: App
    dims: { B: x, A: 2 }
    publish: { Load: { constant: 1 } }
",
    );
    let what = "repeats a metric: Load with these dims is defined twice";
    assert_eq!(found, [format!("5:5 `metrics[2]` {what}")]);
}

#[test]
fn dimensions_multiply_and_numbers_stay_what_was_written() {
    let content = Content::from_yaml(
        "content.yaml",
        "
metrics:
  - namespace: App
    dims: { Client: 012345678901, Host: 'h{1..2}', Zone: '{a,b}' }
    publish: { Load: { constant: 1 }, Busy: { constant: 1 } }
",
    )
    .unwrap();
    let texts: Vec<String> = content
        .metrics
        .iter()
        .map(|metric| {
            let dims: Vec<_> = metric.dims.iter().map(|(_, value)| &**value).collect();
            format!("{} {}", metric.name, dims.join("/"))
        })
        .collect();
    let first = [
        "Load 012345678901/h1/a",
        "Load 012345678901/h1/b",
        "Load 012345678901/h2/a",
    ];
    assert_eq!(texts[..3], first);
    assert_eq!(texts.len(), 8);
}

#[test]
fn spread_gives_every_metric_values_of_its_own_that_never_change() {
    let yaml = "
metrics:
  - namespace: App
    dims: { Host: 'h{1..50}' }
    publish: { Load: { constant: 100, spread: 0.1 } }
";
    let scales = || -> Vec<f64> {
        let content = Content::from_yaml("content.yaml", yaml).unwrap();
        content.metrics.iter().map(|metric| metric.scale).collect()
    };
    let first = scales();
    assert_eq!(first, scales());
    assert!(first.iter().all(|scale| (0.9..1.1).contains(scale)));
    let mut distinct = first;
    distinct.sort_by(f64::total_cmp);
    distinct.dedup();
    assert_eq!(distinct.len(), 50);
}

#[test]
fn synthetic_content_has_exactly_as_many_metrics_as_asked_for() {
    for metrics in [0, 1, 9, 10, 11, 1_234] {
        assert_eq!(Content::synthetic(metrics).metric_count(), metrics);
    }
}
