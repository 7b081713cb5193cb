//! Over a real connection: limits, latency, the call log, the admin path and credentials.

mod faults;

use std::time::Duration;

use common::http::{Timeouts, client};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{NOW, now};
use crate::aws::protocol::cbor;
use crate::aws::{AwsSim, Content, Fault, FaultKind, Latency, Limits, Options, Protocol};

const CONTENT: &str = "
metrics:
  - namespace: App
    dims: { Host: 'h{1..3}' }
    publish: { Load: { unit: Count, constant: 5 }, Busy: { constant: 1 } }
";

fn start(options: Options) -> AwsSim {
    let content = Content::from_yaml("content.yaml", CONTENT).unwrap();
    let clock = common::clock::Clock::fixed(NOW.parse().unwrap());
    AwsSim::start(content, Options { clock, ..options }).unwrap()
}

/// Asks in AWS JSON, waits at most two seconds: status and body, or nothing when no whole answer
/// came.
async fn call(sim: &AwsSim, operation: &str, body: &Value) -> Option<(u16, Value)> {
    let timeouts = Timeouts {
        connect: Duration::from_secs(2),
        total: Duration::from_secs(2),
    };
    let response = client(timeouts)
        .unwrap()
        .post(sim.endpoint())
        .header(
            "x-amz-target",
            format!("GraniteServiceVersion20100801.{operation}"),
        )
        .header("content-type", "application/x-amz-json-1.0")
        .body(body.to_string())
        .send()
        .await
        .ok()?;
    let status = response.status().as_u16();
    Some((
        status,
        serde_json::from_slice(&response.bytes().await.ok()?).unwrap(),
    ))
}

fn data(hosts: &[&str]) -> Value {
    let query = |host: &&str| {
        let dims = [json!({ "Name": "Host", "Value": host })];
        let metric = json!({ "Namespace": "App", "MetricName": "Load", "Dimensions": dims });
        json!({ "Id": host, "MetricStat": { "Metric": metric, "Period": 60, "Stat": "Sum" } })
    };
    json!({
        "MetricDataQueries": hosts.iter().map(query).collect::<Value>(),
        "StartTime": now() - 600,
        "EndTime": now() - 300,
    })
}

fn refused(answer: Option<(u16, Value)>) -> (u16, String) {
    let (status, body) = answer.expect("an answer");
    let shape = body["__type"].as_str().unwrap_or_default();
    (
        status,
        shape.split('#').next_back().unwrap_or_default().to_owned(),
    )
}

#[tokio::test]
async fn more_calls_than_the_quota_are_throttled_per_operation() {
    let limits = Limits {
        list_metrics: Some(2.0),
        ..Limits::NONE
    };
    let sim = start(Options {
        limits,
        ..Options::default()
    });
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(call(&sim, "ListMetrics", &json!({})).await.unwrap().0);
    }
    // Four calls on loopback take far less than the half second that refills one token.
    assert_eq!(statuses, [200, 200, 400, 400]);
    assert_eq!(
        call(&sim, "GetMetricData", &data(&["h1"])).await.unwrap().0,
        200
    );
}

#[tokio::test]
async fn a_call_takes_its_latency() {
    let latency = Latency {
        base: Duration::from_millis(40),
        per_query: Duration::from_millis(30),
        ..Latency::default()
    };
    let sim = start(Options {
        latency,
        ..Options::default()
    });
    let before = Instant::now();
    call(&sim, "GetMetricData", &data(&["h1", "h2"]))
        .await
        .unwrap();
    assert!(
        before.elapsed() >= Duration::from_millis(100),
        "{:?}",
        before.elapsed()
    );
    sim.inject(Fault::new(FaultKind::Delay(Duration::from_millis(200))));
    let before = Instant::now();
    call(&sim, "ListMetrics", &json!({})).await.unwrap();
    assert!(
        before.elapsed() >= Duration::from_millis(240),
        "{:?}",
        before.elapsed()
    );
}

#[tokio::test]
async fn the_log_counts_what_aws_would_charge_for() {
    let sim = start(Options::default());
    let statistics = ["Sum", "SampleCount", "Minimum", "Maximum", "Average", "p99"];
    let queries: Vec<Value> = (0..)
        .zip(statistics.iter().cycle().take(12))
        .map(|(number, stat)| {
            let host = if number < 6 { "h1" } else { "h2" };
            let mut query = data(&[host])["MetricDataQueries"][0].clone();
            query["Id"] = json!(format!("q{number}"));
            query["MetricStat"]["Stat"] = json!(stat);
            query
        })
        .collect();
    let mut body = data(&[]);
    body["MetricDataQueries"] = json!(queries);
    call(&sim, "GetMetricData", &body).await.unwrap();
    let log = sim.calls();
    let call = &log.calls[0];
    // Six statistics of each of two metrics, five for one charge; five minutes each.
    assert_eq!(
        (call.queries, call.billed_metrics, call.datapoints),
        (12, 4, 60)
    );
    assert_eq!((call.protocol, call.status), (Protocol::Json10, 200));
    assert_eq!(call.at.to_string(), NOW);
    assert_eq!(log.totals().billed_metrics, 4);
}

#[tokio::test]
async fn a_scenario_changes_the_world_over_the_admin_path() {
    let sim = start(Options::default());
    let http = reqwest::Client::builder()
        .timeout(Duration::from_secs(2))
        .build()
        .unwrap();
    let put = async |what: &str, body: &'static str| {
        let url = format!("{}/_sandbox/{what}", sim.endpoint());
        let response = http.put(url).body(body).send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    };
    assert_eq!(put("faults", "[{fault: throttle, calls: 1}]").await.0, 204);
    assert_eq!(call(&sim, "ListMetrics", &json!({})).await.unwrap().0, 400);
    let listed = async || {
        let (_, body) = call(&sim, "ListMetrics", &json!({ "RecentlyActive": "PT3H" }))
            .await
            .unwrap();
        body["Metrics"].as_array().unwrap().len()
    };
    assert_eq!(listed().await, 6);
    let content = "metrics: [{ namespace: App, publish: { Load: { constant: 1, until: 2026-11-24T12:00:00Z } } }]";
    assert_eq!(put("content", content).await.0, 204);
    assert_eq!(listed().await, 1);
    assert_eq!(put("clock", "2026-11-24T15:00:00Z").await.0, 204);
    assert_eq!(listed().await, 0);

    let (status, message) = put("content", "metrics: [{ namespace: App }]").await;
    assert_eq!(status, 400);
    assert!(message.contains("content:1:"), "{message}");
    assert_eq!(put("clock", "noon").await.0, 400);
    assert_eq!(put("nothing", "").await.0, 404);

    let calls: Value = http
        .get(format!("{}/_sandbox/calls", sim.endpoint()))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(calls["operations"]["ListMetrics"]["calls"], 4);
    assert_eq!(calls["operations"]["ListMetrics"]["refused"], 1);
    assert_eq!(calls["calls"][0]["error"], "Throttling");
}

#[tokio::test]
async fn what_is_no_known_operation_is_refused_and_recorded() {
    let sim = start(Options::default());
    let answer = call(&sim, "PutMetricData", &json!({})).await;
    assert_eq!(
        refused(answer),
        (400, "UnknownOperationException".to_owned())
    );
    assert_eq!(sim.calls().unrecognised, ["CloudWatch PutMetricData"]);
    assert_eq!(sim.calls().calls, []);
}

#[tokio::test]
async fn credentials_choose_the_account_and_their_scope_the_region() {
    let content = "
accounts:
  - { id: 111111111111, access_keys: [AKIAONE], linked: [222222222222] }
  - { id: 222222222222, access_keys: [AKIATWO], roles: [{ name: reader, external_id: word }] }
metrics:
  - { namespace: App, account: 222222222222, region: eu-west-1, publish: { Load: { constant: 1 } } }
";
    let sim = start(Options::default());
    sim.set_content(Content::from_yaml("content.yaml", content).unwrap());
    let ask = async |key: &str, region: &str, form: &'static str| {
        let scope =
            format!("AWS4-HMAC-SHA256 Credential={key}/20261124/{region}/monitoring/aws4_request");
        let response = reqwest::Client::builder()
            .build()
            .unwrap()
            .post(sim.endpoint())
            .header("authorization", scope)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form)
            .send()
            .await
            .unwrap();
        response.text().await.unwrap()
    };
    let list = "Action=ListMetrics&Version=2010-08-01";
    assert!(
        ask("AKIATWO", "eu-west-1", list)
            .await
            .contains("<MetricName>Load</MetricName>")
    );
    assert!(
        !ask("AKIATWO", "us-east-1", list)
            .await
            .contains("<MetricName>")
    );
    assert!(
        !ask("AKIAONE", "eu-west-1", list)
            .await
            .contains("<MetricName>")
    );
    assert!(
        ask("AKIATHREE", "eu-west-1", list)
            .await
            .contains("<Code>InvalidClientTokenId</Code>")
    );
    let linked = "Action=ListMetrics&Version=2010-08-01&IncludeLinkedAccounts=true";
    let answer = ask("AKIAONE", "eu-west-1", linked).await;
    assert!(
        answer.contains("<OwningAccounts><member>222222222222</member></OwningAccounts>"),
        "{answer}"
    );

    let assume = "Action=AssumeRole&Version=2011-06-15&RoleSessionName=s1\
                  &RoleArn=arn:aws:iam::222222222222:role/reader";
    assert!(
        ask("AKIAONE", "eu-west-1", assume)
            .await
            .contains("<Code>AccessDenied</Code>")
    );
    let with_id = "Action=AssumeRole&Version=2011-06-15&RoleSessionName=s1&ExternalId=word\
                   &RoleArn=arn:aws:iam::222222222222:role/reader";
    let answer = ask("AKIAONE", "eu-west-1", with_id).await;
    let key = answer
        .split("AccessKeyId>")
        .nth(1)
        .unwrap()
        .trim_end_matches("</")
        .to_owned();
    assert!(
        ask(&key, "eu-west-1", list)
            .await
            .contains("<MetricName>Load</MetricName>")
    );
}

#[tokio::test]
async fn tagging_speaks_cbor_too_and_errors_carry_the_old_code_in_a_header() {
    let sim = start(Options::default());
    let ask = async |path: &str| {
        let response = reqwest::Client::builder()
            .build()
            .unwrap()
            .post(format!("{}/service/{path}", sim.endpoint()))
            .header("smithy-protocol", "rpc-v2-cbor")
            .header("content-type", "application/cbor")
            .body(b"\xbf\xff".as_slice())
            .send()
            .await
            .unwrap();
        let header = |name: &str| {
            response
                .headers()
                .get(name)
                .map(|value| value.to_str().unwrap().to_owned())
        };
        // Go's SDK refuses an answer without the first one.
        assert_eq!(header("smithy-protocol").as_deref(), Some("rpc-v2-cbor"));
        assert_eq!(header("content-type").as_deref(), Some("application/cbor"));
        let code = header("x-amzn-query-error");
        (
            response.status().as_u16(),
            code,
            response.bytes().await.unwrap(),
        )
    };
    let (status, _, body) = ask("ResourceGroupsTaggingAPI_20170126/operation/GetResources").await;
    let answer = cbor::decode(&body).unwrap();
    assert_eq!(
        (status, answer.text("PaginationToken").unwrap()),
        (200, Some(""))
    );
    assert_eq!(answer.list("ResourceTagMappingList").unwrap(), []);

    let (status, code, body) = ask("GraniteServiceVersion20100801/operation/GetMetricData").await;
    assert_eq!(
        (status, code.as_deref()),
        (400, Some("MissingParameter;Sender"))
    );
    let shape = "com.amazonaws.cloudwatch#MissingRequiredParameterException";
    assert_eq!(
        cbor::decode(&body).unwrap().text("__type").unwrap(),
        Some(shape)
    );
}
