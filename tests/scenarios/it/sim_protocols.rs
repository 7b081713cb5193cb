//! The simulated CloudWatch says the same in each of its three protocols: to the AWS SDK for Rust
//! (CBOR), to a client of AWS JSON and to one of the Query protocol.
// Marks the clients below as test code, in which unwrapping and indexing are welcome.
#![cfg(test)]

mod json;
mod query;
mod sdk;

use std::collections::BTreeMap;
use std::path::Path;

use common::clock::Clock;
use jiff::Timestamp;
use sandbox::aws::{AwsSim, Content, Fault, FaultKind, Operation, Options, Protocol};

const NOW: i64 = 1_795_521_600; // 2026-11-24T12:00:00Z

/// A metric as a listing shows it.
#[derive(Debug, Clone, PartialEq)]
struct Metric {
    namespace: String,
    name: String,
    dims: Vec<(String, String)>,
}

/// One page of a listing.
#[derive(Debug, PartialEq)]
struct Listing {
    metrics: Vec<Metric>,
    next_token: Option<String>,
}

/// A query of `GetMetricData`.
#[derive(Debug, Clone)]
struct Question {
    id: String,
    metric: Metric,
    stat: &'static str,
    period: i32,
}

/// What one page holds of a query.
#[derive(Debug, PartialEq)]
struct QueryResult {
    id: String,
    label: String,
    status: String,
    points: Vec<(i64, f64)>,
}

/// One page of values.
#[derive(Debug, PartialEq)]
struct Page {
    results: Vec<QueryResult>,
    messages: Vec<(String, String)>,
    next_token: Option<String>,
}

/// A bin of `GetMetricStatistics`: unit, and every statistic by name.
#[derive(Debug, PartialEq)]
struct Bin {
    at: i64,
    unit: String,
    values: BTreeMap<String, f64>,
}

/// A refusal: HTTP status and error code.
type Refused = (u16, String);

/// One of the three ways to ask.
#[derive(Debug, Clone, Copy)]
enum Client<'a> {
    Sdk(&'a sdk::Sdk),
    Json(&'a json::Json),
    Query(&'a query::Query),
}

impl Client<'_> {
    async fn list(&self, namespace: &str, token: Option<&str>) -> Result<Listing, Refused> {
        match self {
            Self::Sdk(client) => client.list(namespace, token).await,
            Self::Json(client) => client.list(namespace, token).await,
            Self::Query(client) => client.list(namespace, token).await,
        }
    }

    async fn data(
        &self,
        questions: &[Question],
        datapoints: i32,
        token: Option<&str>,
    ) -> Result<Page, Refused> {
        match self {
            Self::Sdk(client) => client.data(questions, datapoints, token).await,
            Self::Json(client) => client.data(questions, datapoints, token).await,
            Self::Query(client) => client.data(questions, datapoints, token).await,
        }
    }

    async fn statistics(&self, metric: &Metric) -> Result<Vec<Bin>, Refused> {
        match self {
            Self::Sdk(client) => client.statistics(metric).await,
            Self::Json(client) => client.statistics(metric).await,
            Self::Query(client) => client.statistics(metric).await,
        }
    }
}

/// A simulator with the company's content, and the three clients.
struct Bench {
    sim: AwsSim,
    sdk: sdk::Sdk,
    json: json::Json,
    query: query::Query,
}

impl Bench {
    fn start() -> Self {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../sandbox/content/company.yaml");
        let content = Content::from_file(&file).unwrap();
        Self::serve(content)
    }

    fn serve(content: Content) -> Self {
        let clock = Clock::fixed(Timestamp::from_second(NOW).unwrap());
        let sim = AwsSim::start(
            content,
            Options {
                clock,
                ..Options::default()
            },
        )
        .unwrap();
        let endpoint = sim.endpoint();
        Self {
            sdk: sdk::Sdk::new(&endpoint),
            json: json::Json::new(&endpoint),
            query: query::Query::new(&endpoint),
            sim,
        }
    }

    fn clients(&self) -> [Client<'_>; 3] {
        [
            Client::Sdk(&self.sdk),
            Client::Json(&self.json),
            Client::Query(&self.query),
        ]
    }
}

fn metric(namespace: &str, name: &str, dims: &[(&str, &str)]) -> Metric {
    let dims = dims
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    Metric {
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        dims,
    }
}

fn questions() -> Vec<Question> {
    let node = [
        ("DomainName", "prod-buildsense"),
        ("NodeId", "kT3vQ9wLR0a1"),
        ("ClientId", "123456789012"),
    ];
    let metrics = [
        metric("AWS/ES", "CPUUtilization", &node),
        metric(
            "AWS/EFS",
            "MeteredIOBytes",
            &[("FileSystemId", "fs-0da12c5381f11d884")],
        ),
        metric("AWS/EFS", "MeteredIOBytes", &[("FileSystemId", "fs-none")]),
    ];
    let statistics = [
        "Sum",
        "SampleCount",
        "Minimum",
        "Maximum",
        "Average",
        "p90",
        "TM(10%:90%)",
    ];
    (0..)
        .zip(
            metrics
                .iter()
                .flat_map(|metric| statistics.map(|stat| (metric.clone(), stat))),
        )
        .map(|(number, (metric, stat))| Question {
            id: format!("q{number}"),
            metric,
            stat,
            period: [60, 300][number % 2],
        })
        .collect()
}

/// The answers of all clients, which must be equal; returns one of them.
fn same<T: PartialEq + std::fmt::Debug>(answers: [T; 3]) -> T {
    let [sdk, json, query] = answers;
    assert_eq!(sdk, json, "CBOR and JSON differ");
    assert_eq!(sdk, query, "CBOR and Query differ");
    sdk
}

macro_rules! ask {
    ($bench:expr, |$client:ident| $call:expr) => {{
        let [sdk, json, query] = $bench.clients();
        let ask = async |$client: Client<'_>| $call.await;
        same([ask(sdk).await, ask(json).await, ask(query).await])
    }};
}

#[tokio::test]
async fn listings_are_the_same_page_by_page() {
    let bench = Bench::serve(Content::synthetic(1_203));
    let mut token = None;
    let mut sizes = Vec::new();
    loop {
        let page = ask!(bench, |client| client.list("Bench/App", token.as_deref())).unwrap();
        sizes.push(page.metrics.len());
        token = page.next_token;
        if token.is_none() {
            break;
        }
    }
    assert_eq!(sizes, [500, 500, 203]);
    let protocols: Vec<_> = bench
        .sim
        .calls()
        .calls
        .iter()
        .map(|call| call.protocol)
        .collect();
    assert_eq!(
        protocols[..3],
        [Protocol::Cbor, Protocol::Json10, Protocol::Query]
    );
}

#[tokio::test]
async fn values_are_the_same_bit_by_bit_and_page_by_page() {
    let bench = Bench::start();
    let questions = questions();
    let whole = ask!(bench, |client| client.data(&questions, 100_800, None)).unwrap();
    let counts: Vec<_> = whole.results.iter().map(|it| it.points.len()).collect();
    // Ten minutes or two bins of five, and nothing for the file system that does not exist.
    assert_eq!(
        counts[..14],
        [10, 2, 10, 2, 10, 2, 10, 2, 10, 2, 10, 2, 10, 2]
    );
    assert_eq!(counts[14..], [0; 7]);

    let mut joined: BTreeMap<String, Vec<(i64, f64)>> = BTreeMap::new();
    let mut token = None;
    loop {
        let page = ask!(bench, |client| client.data(
            &questions,
            13,
            token.as_deref()
        ))
        .unwrap();
        for result in page.results {
            joined.entry(result.id).or_default().extend(result.points);
        }
        token = page.next_token;
        if token.is_none() {
            break;
        }
    }
    let whole: BTreeMap<_, _> = whole
        .results
        .into_iter()
        .map(|it| (it.id, it.points))
        .collect();
    assert_eq!(joined, whole);
}

#[tokio::test]
async fn get_metric_statistics_agrees_with_get_metric_data() {
    let bench = Bench::start();
    let metric = questions()[7].metric.clone();
    let mut bins = ask!(bench, |client| client.statistics(&metric)).unwrap();
    assert!(
        !bins.is_sorted_by_key(|bin| bin.at),
        "AWS sends them in no order"
    );
    bins.sort_by_key(|bin| bin.at);
    assert_eq!(bins.len(), 10);
    for stat in ["Sum", "SampleCount", "Minimum", "Maximum", "Average", "p90"] {
        let question = Question {
            id: "q".to_owned(),
            metric: metric.clone(),
            stat,
            period: 60,
        };
        let page = bench.sdk.data(&[question], 100_800, None).await.unwrap();
        let mut points = page.results[0].points.clone();
        points.sort_by_key(|(at, _)| *at);
        let from_bins: Vec<_> = bins.iter().map(|bin| (bin.at, bin.values[stat])).collect();
        assert_eq!(points, from_bins, "{stat}");
    }
    assert!(bins.iter().all(|bin| bin.unit == "Bytes"));
}

#[tokio::test]
async fn refusals_have_the_same_status_and_code() {
    let bench = Bench::start();
    let one = questions()[..1].to_vec();
    let bad = |change: fn(&mut Question)| {
        let mut questions = one.clone();
        change(&mut questions[0]);
        questions
    };
    let twice = [one.clone(), one.clone()].concat();
    let many: Vec<_> = (0..501)
        .map(|number| Question {
            id: format!("m{number}"),
            ..one[0].clone()
        })
        .collect();
    for questions in [
        bad(|it| it.stat = "Median"),
        bad(|it| it.period = 45),
        bad(|it| it.id = "Q0".to_owned()),
        twice,
        many,
    ] {
        let refused = ask!(bench, |client| client.data(&questions, 100_800, None));
        assert_eq!(refused, Err((400, "ValidationError".to_owned())));
    }
    let refused = ask!(bench, |client| client.data(&one, 100_800, Some("forged")));
    assert_eq!(refused, Err((400, "InvalidNextToken".to_owned())));
    let refused = ask!(bench, |client| client.data(&[], 100_800, None));
    assert_eq!(refused, Err((400, "MissingParameter".to_owned())));

    for (kind, status, code) in [
        (FaultKind::Throttle, 400, "Throttling"),
        (FaultKind::Internal, 500, "InternalServiceError"),
        (FaultKind::Unavailable, 503, "ServiceUnavailable"),
        (FaultKind::AccessDenied, 403, "AccessDenied"),
        (FaultKind::ExpiredToken, 403, "ExpiredToken"),
    ] {
        bench.sim.clear_faults();
        bench
            .sim
            .inject(Fault::new(kind).on(Operation::ListMetrics));
        let refused = ask!(bench, |client| client.list("AWS/EFS", None));
        assert_eq!(refused, Err((status, code.to_owned())));
    }
}

#[tokio::test]
async fn faults_of_results_and_messages_read_the_same() {
    let bench = Bench::start();
    let message = FaultKind::Message {
        code: "MaxMetricsExceeded".into(),
        value: "a < b & c".into(),
    };
    bench.sim.inject(Fault::new(message));
    bench
        .sim
        .inject(Fault::new(FaultKind::Forbidden).metric("AWS/ES", "CPUUtilization"));
    bench
        .sim
        .inject(Fault::new(FaultKind::Unsorted).metric("AWS/EFS", "MeteredIOBytes"));
    let page = ask!(bench, |client| client.data(&questions(), 100_800, None)).unwrap();
    assert_eq!(
        page.messages,
        [("MaxMetricsExceeded".to_owned(), "a < b & c".to_owned())]
    );
    assert!(
        page.results[..7]
            .iter()
            .all(|it| it.status == "Forbidden" && it.points.is_empty())
    );
    let unsorted = &page.results[8].points;
    assert!(unsorted[0].0 < unsorted[9].0, "the newest point comes last");
}
