//! The AWS SDK for Rust, which speaks CBOR.

use std::collections::BTreeMap;

use aws_sdk_cloudwatch::config::http::HttpResponse;
use aws_sdk_cloudwatch::config::retry::RetryConfig;
use aws_sdk_cloudwatch::config::{BehaviorVersion, Config, Credentials, Region};
use aws_sdk_cloudwatch::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{self, Dimension, MetricDataQuery, MetricStat, Statistic};

use super::{Bin, Listing, Metric, NOW, Page, QueryResult, Question, Refused};

/// A client that does not retry, so that every refusal is seen.
#[derive(Debug)]
pub(super) struct Sdk(aws_sdk_cloudwatch::Client);

impl Sdk {
    pub(super) fn new(endpoint: &str) -> Self {
        let config = Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new("us-east-1"))
            .credentials_provider(Credentials::new(
                "AKIAEXAMPLE",
                "sandbox",
                None,
                None,
                "test",
            ))
            .retry_config(RetryConfig::disabled())
            .endpoint_url(endpoint)
            .build();
        Self(aws_sdk_cloudwatch::Client::from_conf(config))
    }

    pub(super) async fn list(
        &self,
        namespace: &str,
        token: Option<&str>,
    ) -> Result<Listing, Refused> {
        let call = self.0.list_metrics().namespace(namespace);
        let output = call
            .set_next_token(token.map(str::to_owned))
            .send()
            .await
            .map_err(|error| refused(&error))?;
        let metrics = output.metrics().iter().map(|metric| Metric {
            namespace: metric.namespace().unwrap().to_owned(),
            name: metric.metric_name().unwrap().to_owned(),
            dims: metric
                .dimensions()
                .iter()
                .map(|it| {
                    (
                        it.name().unwrap().to_owned(),
                        it.value().unwrap().to_owned(),
                    )
                })
                .collect(),
        });
        Ok(Listing {
            metrics: metrics.collect(),
            next_token: output.next_token().map(str::to_owned),
        })
    }

    pub(super) async fn data(
        &self,
        questions: &[Question],
        datapoints: i32,
        token: Option<&str>,
    ) -> Result<Page, Refused> {
        let queries = questions.iter().map(|question| {
            let stat = MetricStat::builder()
                .metric(metric(&question.metric))
                .period(question.period)
                .stat(question.stat)
                .build();
            MetricDataQuery::builder()
                .id(&question.id)
                .metric_stat(stat)
                .build()
        });
        let output = self
            .0
            .get_metric_data()
            .set_metric_data_queries(Some(queries.collect()))
            .start_time(DateTime::from_secs(NOW - 1200))
            .end_time(DateTime::from_secs(NOW - 600))
            .max_datapoints(datapoints)
            .set_next_token(token.map(str::to_owned))
            .send()
            .await
            .map_err(|error| refused(&error))?;
        let results = output
            .metric_data_results()
            .iter()
            .map(|result| QueryResult {
                id: result.id().unwrap().to_owned(),
                label: result.label().unwrap().to_owned(),
                status: result.status_code().unwrap().as_str().to_owned(),
                points: result
                    .timestamps()
                    .iter()
                    .map(DateTime::secs)
                    .zip(result.values().iter().copied())
                    .collect(),
            });
        let messages = output.messages().iter().map(|message| {
            (
                message.code().unwrap().to_owned(),
                message.value().unwrap().to_owned(),
            )
        });
        Ok(Page {
            results: results.collect(),
            messages: messages.collect(),
            next_token: output.next_token().map(str::to_owned),
        })
    }

    pub(super) async fn statistics(&self, of: &Metric) -> Result<Vec<Bin>, Refused> {
        let output = self
            .0
            .get_metric_statistics()
            .namespace(&of.namespace)
            .metric_name(&of.name)
            .set_dimensions(Some(dimensions(of)))
            .start_time(DateTime::from_secs(NOW - 1200))
            .end_time(DateTime::from_secs(NOW - 600))
            .period(60)
            .set_statistics(Some(
                Statistic::values().iter().map(|it| (*it).into()).collect(),
            ))
            .extended_statistics("p90")
            .send()
            .await
            .map_err(|error| refused(&error))?;
        let bin = |point: &types::Datapoint| {
            let basic = [
                ("SampleCount", point.sample_count()),
                ("Average", point.average()),
                ("Sum", point.sum()),
                ("Minimum", point.minimum()),
                ("Maximum", point.maximum()),
            ];
            let mut values: BTreeMap<String, f64> = basic
                .into_iter()
                .filter_map(|(name, value)| Some((name.to_owned(), value?)))
                .collect();
            values.extend(
                point
                    .extended_statistics()
                    .into_iter()
                    .flatten()
                    .map(|(name, value)| (name.clone(), *value)),
            );
            Bin {
                at: point.timestamp().unwrap().secs(),
                unit: point.unit().unwrap().as_str().to_owned(),
                values,
            }
        };
        Ok(output.datapoints().iter().map(bin).collect())
    }
}

fn metric(of: &Metric) -> types::Metric {
    types::Metric::builder()
        .namespace(&of.namespace)
        .metric_name(&of.name)
        .set_dimensions(Some(dimensions(of)))
        .build()
}

fn dimensions(of: &Metric) -> Vec<Dimension> {
    let dimension =
        |(name, value): &(String, String)| Dimension::builder().name(name).value(value).build();
    of.dims.iter().map(dimension).collect()
}

fn refused<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> Refused {
    let status = error
        .raw_response()
        .map_or(0, |response| response.status().as_u16());
    (status, error.code().unwrap_or("no code").to_owned())
}
