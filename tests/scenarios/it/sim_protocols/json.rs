//! A plain client of AWS JSON 1.0.

use std::collections::BTreeMap;

use reqwest::header::CONTENT_TYPE;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::{Bin, Listing, Metric, NOW, Page, QueryResult, Question, Refused};

/// Sends bodies as botocore does.
#[derive(Debug)]
pub(super) struct Json {
    endpoint: String,
    http: reqwest::Client,
}

impl Json {
    pub(super) fn new(endpoint: &str) -> Self {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Self {
            endpoint: endpoint.to_owned(),
            http,
        }
    }

    async fn call(&self, operation: &str, body: &Value) -> Result<Value, Refused> {
        let text = self.answer(operation, body).await?;
        Ok(serde_json::from_str(&text).unwrap())
    }

    async fn answer(&self, operation: &str, body: &Value) -> Result<String, Refused> {
        let response = self
            .http
            .post(&self.endpoint)
            .header(
                "x-amz-target",
                format!("GraniteServiceVersion20100801.{operation}"),
            )
            .header(CONTENT_TYPE, "application/x-amz-json-1.0")
            .body(body.to_string())
            .send()
            .await
            .unwrap();
        let status = response.status();
        let code = response.headers().get("x-amzn-query-error").cloned();
        let text = response.text().await.unwrap();
        if status.is_success() {
            return Ok(text);
        }
        let body: Value = serde_json::from_str(&text).unwrap();
        assert!(body["__type"].is_string(), "{body}");
        let code = code.expect("the old code").to_str().unwrap().to_owned();
        Err((status.as_u16(), code.split(';').next().unwrap().to_owned()))
    }

    pub(super) async fn list(
        &self,
        namespace: &str,
        token: Option<&str>,
    ) -> Result<Listing, Refused> {
        let body = json!({ "Namespace": namespace, "NextToken": token });
        let answer = self.call("ListMetrics", &body).await?;
        let metrics = items(&answer["Metrics"]).map(|metric| Metric {
            namespace: text(&metric["Namespace"]),
            name: text(&metric["MetricName"]),
            dims: items(&metric["Dimensions"])
                .map(|it| (text(&it["Name"]), text(&it["Value"])))
                .collect(),
        });
        Ok(Listing {
            metrics: metrics.collect(),
            next_token: optional(&answer["NextToken"]),
        })
    }

    pub(super) async fn data(
        &self,
        questions: &[Question],
        datapoints: i32,
        token: Option<&str>,
    ) -> Result<Page, Refused> {
        let queries = questions.iter().map(|question| {
            let Question {
                id,
                metric,
                stat,
                period,
            } = question;
            let metric = json!({
                "Namespace": metric.namespace,
                "MetricName": metric.name,
                "Dimensions": dimensions(metric),
            });
            json!({ "Id": id, "MetricStat": { "Metric": metric, "Stat": stat, "Period": period } })
        });
        let body = json!({
            "MetricDataQueries": queries.collect::<Value>(),
            "StartTime": NOW - 1200,
            "EndTime": NOW - 600,
            "MaxDatapoints": datapoints,
            "NextToken": token,
        });
        let answer = self.answer("GetMetricData", &body).await?;
        let values = exact_values(&answer);
        let answer: Value = serde_json::from_str(&answer).unwrap();
        let results = items(&answer["MetricDataResults"])
            .zip(values)
            .map(|(result, values)| QueryResult {
                id: text(&result["Id"]),
                label: text(&result["Label"]),
                status: text(&result["StatusCode"]),
                points: items(&result["Timestamps"])
                    .map(|at| at.as_i64().unwrap())
                    .zip(values)
                    .collect(),
            });
        let messages = items(&answer["Messages"]).map(|it| (text(&it["Code"]), text(&it["Value"])));
        Ok(Page {
            results: results.collect(),
            messages: messages.collect(),
            next_token: optional(&answer["NextToken"]),
        })
    }

    pub(super) async fn statistics(&self, of: &Metric) -> Result<Vec<Bin>, Refused> {
        let body = json!({
            "Namespace": of.namespace,
            "MetricName": of.name,
            "Dimensions": dimensions(of),
            "StartTime": NOW - 1200,
            "EndTime": NOW - 600,
            "Period": 60,
            "Statistics": ["SampleCount", "Average", "Sum", "Minimum", "Maximum"],
            "ExtendedStatistics": ["p90"],
        });
        let answer = self.call("GetMetricStatistics", &body).await?;
        let bin = |point: &Value| {
            let extended = point["ExtendedStatistics"].as_object();
            let numbers = point
                .as_object()
                .unwrap()
                .iter()
                .chain(extended.into_iter().flatten());
            Bin {
                at: point["Timestamp"].as_i64().unwrap(),
                unit: text(&point["Unit"]),
                values: numbers
                    .filter(|(name, _)| *name != "Timestamp")
                    .filter_map(|(name, value)| Some((name.clone(), value.as_f64()?)))
                    .collect(),
            }
        };
        Ok(items(&answer["Datapoints"]).map(bin).collect())
    }
}

/// The values of each result to the last bit: `serde_json` itself reads most numbers in a fast way
/// that may be off by one.
fn exact_values(answer: &str) -> Vec<Vec<f64>> {
    type Members<'a> = BTreeMap<String, &'a RawValue>;
    let answer: Members<'_> = serde_json::from_str(answer).unwrap();
    let results: Vec<Members<'_>> =
        serde_json::from_str(answer["MetricDataResults"].get()).unwrap();
    let values = |result: &Members<'_>| {
        let numbers: Vec<&RawValue> = serde_json::from_str(result["Values"].get()).unwrap();
        numbers
            .iter()
            .map(|number| number.get().parse().unwrap())
            .collect()
    };
    results.iter().map(values).collect()
}

fn dimensions(of: &Metric) -> Value {
    of.dims
        .iter()
        .map(|(name, value)| json!({ "Name": name, "Value": value }))
        .collect()
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().expect("a list").iter()
}

fn text(value: &Value) -> String {
    value.as_str().expect("a string").to_owned()
}

fn optional(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}
