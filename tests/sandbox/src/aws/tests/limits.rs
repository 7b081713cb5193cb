//! What AWS refuses, and what it silently answers with nothing.

use serde_json::{Value, json};

use super::{now, perform, world};
use crate::aws::operation::Operation;
use crate::aws::operations::Response;
use crate::aws::operations::get_metric_data::StatusCode;

const CONTENT: &str = "
accounts: [{ id: 111111111111, linked: [222222222222] }, { id: 222222222222 }, { id: 333333333333 }]
metrics:
  - namespace: App
    dims: { Host: h1, Zone: a }
    publish: { Load: { unit: Count, constant: 5 } }
  - { namespace: App, account: 222222222222, publish: { Load: { constant: 7 } } }
  - { namespace: App, account: 333333333333, publish: { Load: { constant: 9 } } }
  - namespace: Age
    publish:
      ThreeHours: { constant: 1, until: 2026-11-24T09:01:00Z }
      OverThreeHours: { constant: 1, until: 2026-11-24T09:00:00Z }
      TwoWeeks: { constant: 1, until: 2026-11-10T12:01:00Z }
      OverTwoWeeks: { constant: 1, until: 2026-11-10T12:00:00Z }
      Never: { constant: 1, from: 2026-11-24T12:00:00Z }
";

/// Status and values of a single query.
fn fetch(query: &Value, ago: (i64, i64)) -> Result<(StatusCode, Vec<f64>), String> {
    let body = json!({
        "MetricDataQueries": [query],
        "StartTime": now() - ago.0,
        "EndTime": now() - ago.1,
    });
    perform(
        &world(CONTENT),
        Operation::GetMetricData,
        &body,
        |response| {
            let Response::GetMetricData(mut response) = response else {
                panic!("{response:?}")
            };
            let result = response.results.remove(0);
            (
                result.status,
                result.points.into_iter().map(|(_, value)| value).collect(),
            )
        },
    )
}

fn query(stat: &Value) -> Value {
    let dims = json!([{ "Name": "Zone", "Value": "a" }, { "Name": "Host", "Value": "h1" }]);
    let metric = json!({ "Namespace": "App", "MetricName": "Load", "Dimensions": dims });
    let mut stat = stat.clone();
    stat["Metric"] = metric;
    json!({ "Id": "q", "MetricStat": stat })
}

#[test]
fn what_does_not_exist_is_complete_and_empty() {
    let nothing = Ok((StatusCode::Complete, vec![]));
    let sum = json!({ "Period": 60, "Stat": "Sum" });
    assert_eq!(
        fetch(&query(&sum), (120, 0)),
        Ok((StatusCode::Complete, vec![5.0, 5.0]))
    );
    let mut fewer_dims = query(&sum);
    fewer_dims["MetricStat"]["Metric"]["Dimensions"] = json!([{ "Name": "Host", "Value": "h1" }]);
    assert_eq!(fetch(&fewer_dims, (120, 0)), nothing);
    let mut other_unit = query(&sum);
    other_unit["MetricStat"]["Unit"] = json!("Percent");
    assert_eq!(fetch(&other_unit, (120, 0)), nothing);
    // A period finer than what is kept for that age.
    let day = 86_400;
    assert_eq!(fetch(&query(&sum), (16 * day, 16 * day - 600)), nothing);
}

#[test]
fn metrics_of_linked_accounts_are_readable_and_those_of_others_forbidden() {
    let of = |account: &str| {
        let metric = json!({ "Namespace": "App", "MetricName": "Load" });
        let stat = json!({ "Metric": metric, "Period": 60, "Stat": "Sum" });
        fetch(
            &json!({ "Id": "q", "AccountId": account, "MetricStat": stat }),
            (60, 0),
        )
    };
    assert_eq!(of("222222222222"), Ok((StatusCode::Complete, vec![7.0])));
    assert_eq!(of("333333333333"), Ok((StatusCode::Forbidden, vec![])));
}

#[test]
fn requests_beyond_the_limits_are_refused() {
    let sum = json!({ "Period": 60, "Stat": "Sum" });
    let mut expression = query(&sum);
    expression["Expression"] = json!("q * 2");
    assert_eq!(
        fetch(&expression, (60, 0)),
        Err("ValidationError".to_owned())
    );
    assert_eq!(
        fetch(&query(&sum), (60, 60)),
        Err("ValidationError".to_owned())
    );
    let mut dims = query(&sum);
    let many: Vec<_> = (0..31)
        .map(|n| json!({ "Name": format!("d{n}"), "Value": "x" }))
        .collect();
    dims["MetricStat"]["Metric"]["Dimensions"] = json!(many);
    assert_eq!(fetch(&dims, (60, 0)), Err("ValidationError".to_owned()));

    let world = world(CONTENT);
    let refused = |operation, body: &Value| perform(&world, operation, body, |_| ()).unwrap_err();
    let window = json!({ "StartTime": now() - 60, "EndTime": now() });
    let mut points = window.clone();
    points["MetricDataQueries"] = json!([query(&sum)]);
    for datapoints in [0, 100_801] {
        points["MaxDatapoints"] = json!(datapoints);
        assert_eq!(
            refused(Operation::GetMetricData, &points),
            "ValidationError"
        );
    }

    let mut statistics = window;
    statistics["Namespace"] = json!("App");
    statistics["MetricName"] = json!("Load");
    statistics["Period"] = json!(60);
    let none = refused(Operation::GetMetricStatistics, &statistics);
    assert_eq!(none, "InvalidParameterCombination");
    statistics["Statistics"] = json!(["p99"]);
    assert_eq!(
        refused(Operation::GetMetricStatistics, &statistics),
        "InvalidParameterValue"
    );

    let filters: Vec<_> = (0..11)
        .map(|n| json!({ "Name": format!("d{n}") }))
        .collect();
    let eleven = json!({ "Dimensions": filters });
    assert_eq!(refused(Operation::ListMetrics, &eleven), "ValidationError");
    let four_hours = json!({ "RecentlyActive": "PT4H" });
    assert_eq!(
        refused(Operation::ListMetrics, &four_hours),
        "InvalidParameterValue"
    );

    for bad in [
        json!({ "ResourcesPerPage": 101 }),
        json!({ "TagFilters": vec![json!({ "Key": "k" }); 51] }),
        json!({ "TagFilters": [{ "Key": "k", "Values": vec!["v"; 21] }] }),
    ] {
        assert_eq!(
            refused(Operation::GetResources, &bad),
            "InvalidParameterException"
        );
    }
}

#[test]
fn a_metric_is_listed_for_two_weeks_and_counts_as_active_for_three_hours() {
    let listed = |recently_active: Value| -> Vec<String> {
        let body = json!({ "Namespace": "Age", "RecentlyActive": recently_active });
        perform(&world(CONTENT), Operation::ListMetrics, &body, |response| {
            let Response::ListMetrics(response) = response else {
                panic!("{response:?}")
            };
            response
                .metrics
                .iter()
                .map(|metric| metric.name.to_string())
                .collect()
        })
        .unwrap()
    };
    assert_eq!(listed(json!("PT3H")), ["ThreeHours"]);
    assert_eq!(
        listed(Value::Null),
        ["OverThreeHours", "ThreeHours", "TwoWeeks"]
    );
}
