//! A plain client of the Query protocol, with just enough of an XML reader.

use std::collections::BTreeMap;

use jiff::Timestamp;
use reqwest::Url;

use super::{Bin, Listing, Metric, NOW, Page, QueryResult, Question, Refused};

/// Sends forms as the older AWS SDK for Java does.
#[derive(Debug)]
pub(super) struct Query {
    endpoint: String,
    http: reqwest::Client,
}

type Form = Vec<(String, String)>;

impl Query {
    pub(super) fn new(endpoint: &str) -> Self {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Self {
            endpoint: endpoint.to_owned(),
            http,
        }
    }

    /// The element `<operation>Result` of the answer.
    async fn call(&self, operation: &str, form: Form) -> Result<Element, Refused> {
        // Encodes the form; the URL is of no other use.
        let mut url = Url::parse("http://form/").unwrap();
        url.query_pairs_mut()
            .append_pair("Action", operation)
            .append_pair("Version", "2010-08-01")
            .extend_pairs(form);
        let response = self
            .http
            .post(&self.endpoint)
            .header(
                "content-type",
                "application/x-www-form-urlencoded; charset=utf-8",
            )
            .body(url.query().unwrap_or_default().to_owned())
            .send()
            .await
            .unwrap();
        let status = response.status();
        let root = Element::parse(&response.text().await.unwrap());
        if status.is_success() {
            assert_eq!(root.name, format!("{operation}Response"));
            return Ok(root.child(&format!("{operation}Result")).clone());
        }
        assert_eq!(root.name, "ErrorResponse");
        Err((status.as_u16(), root.child("Error").text_of("Code")))
    }

    pub(super) async fn list(
        &self,
        namespace: &str,
        token: Option<&str>,
    ) -> Result<Listing, Refused> {
        let mut form = vec![("Namespace".to_owned(), namespace.to_owned())];
        form.extend(token.map(|token| ("NextToken".to_owned(), token.to_owned())));
        let answer = self.call("ListMetrics", form).await?;
        let metrics = answer
            .child("Metrics")
            .children
            .iter()
            .map(|metric| Metric {
                namespace: metric.text_of("Namespace"),
                name: metric.text_of("MetricName"),
                dims: metric
                    .child("Dimensions")
                    .children
                    .iter()
                    .map(|it| (it.text_of("Name"), it.text_of("Value")))
                    .collect(),
            });
        Ok(Listing {
            metrics: metrics.collect(),
            next_token: answer.optional("NextToken"),
        })
    }

    pub(super) async fn data(
        &self,
        questions: &[Question],
        datapoints: i32,
        token: Option<&str>,
    ) -> Result<Page, Refused> {
        let mut form = window();
        form.push(("MaxDatapoints".to_owned(), datapoints.to_string()));
        form.extend(token.map(|token| ("NextToken".to_owned(), token.to_owned())));
        for (number, question) in (1..).zip(questions) {
            let query = format!("MetricDataQueries.member.{number}");
            form.push((format!("{query}.Id"), question.id.clone()));
            form.push((format!("{query}.MetricStat.Stat"), question.stat.to_owned()));
            form.push((
                format!("{query}.MetricStat.Period"),
                question.period.to_string(),
            ));
            form.extend(identity(
                &format!("{query}.MetricStat.Metric."),
                &question.metric,
            ));
        }
        let answer = self.call("GetMetricData", form).await?;
        let results = answer
            .child("MetricDataResults")
            .children
            .iter()
            .map(|result| QueryResult {
                id: result.text_of("Id"),
                label: result.text_of("Label"),
                status: result.text_of("StatusCode"),
                points: result
                    .child("Timestamps")
                    .children
                    .iter()
                    .map(|at| seconds(&at.text))
                    .zip(
                        result
                            .child("Values")
                            .children
                            .iter()
                            .map(|it| it.text.parse().unwrap()),
                    )
                    .collect(),
            });
        let messages = answer.child("Messages").children.iter();
        Ok(Page {
            results: results.collect(),
            messages: messages
                .map(|it| (it.text_of("Code"), it.text_of("Value")))
                .collect(),
            next_token: answer.optional("NextToken"),
        })
    }

    pub(super) async fn statistics(&self, of: &Metric) -> Result<Vec<Bin>, Refused> {
        let mut form = window();
        form.push(("Period".to_owned(), "60".to_owned()));
        form.extend(identity("", of));
        let basic = ["SampleCount", "Average", "Sum", "Minimum", "Maximum"];
        for (number, name) in (1..).zip(basic) {
            form.push((format!("Statistics.member.{number}"), name.to_owned()));
        }
        form.push(("ExtendedStatistics.member.1".to_owned(), "p90".to_owned()));
        let answer = self.call("GetMetricStatistics", form).await?;
        let bin = |point: &Element| {
            let basic = basic.map(|name| (name.to_owned(), point.text_of(name)));
            let extended = point.child("ExtendedStatistics").children.iter();
            let extended = extended.map(|entry| (entry.text_of("key"), entry.text_of("value")));
            let values: BTreeMap<_, _> = basic
                .into_iter()
                .chain(extended)
                .map(|(name, value)| (name, value.parse().unwrap()))
                .collect();
            Bin {
                at: seconds(&point.text_of("Timestamp")),
                unit: point.text_of("Unit"),
                values,
            }
        };
        Ok(answer
            .child("Datapoints")
            .children
            .iter()
            .map(bin)
            .collect())
    }
}

fn window() -> Form {
    let at = |seconds| Timestamp::from_second(seconds).unwrap().to_string();
    vec![
        ("StartTime".to_owned(), at(NOW - 1200)),
        ("EndTime".to_owned(), at(NOW - 600)),
    ]
}

fn identity(prefix: &str, of: &Metric) -> Form {
    let mut form = vec![
        (format!("{prefix}Namespace"), of.namespace.clone()),
        (format!("{prefix}MetricName"), of.name.clone()),
    ];
    for (number, (name, value)) in (1..).zip(&of.dims) {
        form.push((
            format!("{prefix}Dimensions.member.{number}.Name"),
            name.clone(),
        ));
        form.push((
            format!("{prefix}Dimensions.member.{number}.Value"),
            value.clone(),
        ));
    }
    form
}

fn seconds(text: &str) -> i64 {
    text.parse::<Timestamp>().unwrap().as_second()
}

/// An element with its text or its children.
#[derive(Debug, Clone, Default)]
struct Element {
    name: String,
    text: String,
    children: Vec<Self>,
}

impl Element {
    /// Reads a document without declarations, comments and self-closing tags, which is all that
    /// the simulator writes.
    fn parse(document: &str) -> Self {
        let mut open = vec![Self::default()];
        for piece in document.split('<').skip(1) {
            let (tag, text) = piece.split_once('>').expect("a tag ends");
            if let Some(name) = tag.strip_prefix('/') {
                let element = open.pop().unwrap();
                assert_eq!(element.name, name, "tags nest");
                open.last_mut().unwrap().children.push(element);
            } else {
                let name = tag.split(' ').next().unwrap().to_owned();
                let text = text
                    .replace("&lt;", "<")
                    .replace("&gt;", ">")
                    .replace("&quot;", "\"");
                open.push(Self {
                    name,
                    text: text.replace("&amp;", "&"),
                    children: Vec::new(),
                });
            }
        }
        assert_eq!(open.len(), 1, "every tag is closed");
        open.remove(0).children.remove(0)
    }

    fn find(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    fn child(&self, name: &str) -> &Self {
        self.find(name)
            .unwrap_or_else(|| panic!("no <{name}> in <{}>", self.name))
    }

    fn text_of(&self, name: &str) -> String {
        self.child(name).text.clone()
    }

    fn optional(&self, name: &str) -> Option<String> {
        self.find(name).map(|child| child.text.clone())
    }
}
