//! Whatever the page size, the pages together are the whole, and nothing comes twice.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{NOW, in_context, now, perform, world};
use crate::aws::node::Node;
use crate::aws::operation::Operation;
use crate::aws::operations::{Response, list_metrics};
use crate::aws::protocol::json as json_protocol;
use crate::aws::world::World;

const CONTENT: &str = "
metrics:
  - namespace: App
    dims: { Host: 'h{1..30}', Zone: '{a,b}' }
    publish:
      Load: { constant: 1 }
      Busy: { constant: 1, present: 1 of 7 }
  - namespace: App
    dims: { Host: 'h{1..30}' }
    publish: { Load: { constant: 2 }, Gone: { constant: 1, until: 2026-11-24T03:00:00Z } }
resources:
  - { arn: 'arn:aws:rds:us-east-1:123456789012:db:d{1..130}', tags: { env: prod } }
";

/// All pages of a listing in pages of `size`, as texts that identify the metrics.
fn listed(world: &World, size: usize, recently_active: bool) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    let mut token: Option<String> = None;
    loop {
        let mut body = json!({ "Namespace": "App", "Dimensions": [{ "Name": "Host" }] });
        if recently_active {
            body["RecentlyActive"] = json!("PT3H");
        }
        if let Some(token) = &token {
            body["NextToken"] = json!(token);
        }
        let body = body.to_string();
        let node: Node<'_> = json_protocol::decode(body.as_bytes()).unwrap();
        let request = list_metrics::Request::read(&node).unwrap();
        token = in_context(world, |context| {
            let page = request.page(context, size).unwrap();
            let shown = page.metrics.iter();
            let shown = shown.map(|it| format!("{} {:?}", it.name, it.dims));
            pages.push(shown.collect());
            page.next_token
        });
        if token.is_none() {
            return pages;
        }
    }
}

/// A `GetMetricData` call and its pages of at most `size` datapoints: id, bin start and value.
fn fetched(
    world: &World,
    queries: &Value,
    size: usize,
    scan: &str,
) -> Vec<Vec<(String, i64, f64)>> {
    let mut pages = Vec::new();
    let mut token: Option<String> = None;
    loop {
        let mut body = json!({
            "MetricDataQueries": queries,
            "StartTime": now() - 1200,
            "EndTime": now() - 300,
            "ScanBy": scan,
            "MaxDatapoints": size,
        });
        if let Some(token) = &token {
            body["NextToken"] = json!(token);
        }
        token = perform(world, Operation::GetMetricData, &body, |response| {
            let Response::GetMetricData(response) = response else {
                panic!("{response:?}")
            };
            let rows = response.results.iter().flat_map(|result| {
                result
                    .points
                    .iter()
                    .map(|(at, value)| (result.id.to_owned(), *at, *value))
            });
            pages.push(rows.collect());
            response.next_token
        })
        .unwrap();
        if token.is_none() {
            return pages;
        }
    }
}

fn queries(count: usize) -> Value {
    let query = |number: usize| {
        let name = if number.is_multiple_of(3) {
            "Busy"
        } else {
            "Load"
        };
        let host = format!("h{}", number % 30 + 1);
        let period = [60, 120, 300][number % 3];
        json!({
            "Id": format!("q{number}"),
            "MetricStat": {
                "Metric": {
                    "Namespace": "App",
                    "MetricName": name,
                    "Dimensions": [{ "Name": "Zone", "Value": "a" }, { "Name": "Host", "Value": host }],
                },
                "Period": period,
                "Stat": "Sum",
            },
        })
    };
    (0..count).map(query).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn a_listing_is_the_same_in_pages_of_any_size(size in 1..400_usize, recent: bool) {
        let world = world(CONTENT);
        let whole = listed(&world, 10_000, recent);
        prop_assert_eq!(whole.len(), 1);
        let pages = listed(&world, size, recent);
        prop_assert!(pages.iter().all(|page| page.len() <= size));
        prop_assert_eq!(pages.concat(), whole.concat());
        prop_assert_eq!(whole.concat().len(), if recent { 150 } else { 180 });
    }

    #[test]
    fn metric_data_is_the_same_in_pages_of_any_size(
        size in 1..300_usize,
        count in 1..40_usize,
        scan in prop::sample::select(vec!["TimestampDescending", "TimestampAscending"]),
    ) {
        let world = world(CONTENT);
        let queries = queries(count);
        let whole = fetched(&world, &queries, 100_800, scan);
        prop_assert_eq!(whole.len(), 1);
        let pages = fetched(&world, &queries, size, scan);
        prop_assert!(pages.iter().all(|page| page.len() <= size));
        prop_assert_eq!(pages.concat(), whole.concat());
    }
}

#[test]
fn resources_come_in_pages_of_a_hundred_and_the_last_token_is_empty() {
    let world = world(CONTENT);
    let page = |token: &str| {
        let body = json!({ "PaginationToken": token, "ResourceTypeFilters": ["rds:db"] });
        perform(&world, Operation::GetResources, &body, |response| {
            let Response::GetResources(response) = response else {
                panic!("{response:?}")
            };
            (response.resources.len(), response.pagination_token)
        })
    };
    let (first, token) = page("").unwrap();
    let (second, end) = page(&token).unwrap();
    assert_eq!((first, second, end.as_str()), (100, 30, ""));
    assert_eq!(
        page("forged"),
        Err("PaginationTokenExpiredException".to_owned())
    );
}

#[test]
fn a_token_of_another_request_is_refused() {
    let world = world(CONTENT);
    let body = |names: usize, token: Option<&str>| {
        json!({
            "MetricDataQueries": queries(names),
            "StartTime": NOW.parse::<jiff::Timestamp>().unwrap().as_second() - 600,
            "EndTime": now(),
            "MaxDatapoints": 3,
            "NextToken": token,
        })
    };
    let call = |body: &Value| {
        perform(&world, Operation::GetMetricData, body, |response| {
            let Response::GetMetricData(response) = response else {
                panic!("{response:?}")
            };
            response.next_token
        })
    };
    let token = call(&body(5, None)).unwrap().expect("a second page");
    assert!(call(&body(5, Some(&token))).is_ok());
    assert_eq!(
        call(&body(6, Some(&token))),
        Err("InvalidNextToken".to_owned())
    );
}
