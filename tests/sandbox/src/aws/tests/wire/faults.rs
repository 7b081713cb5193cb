//! Every fault does what it says, to the calls and results that it names and to no others.

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::{call, data, refused, start};
use crate::aws::tests::now;
use crate::aws::{AwsSim, Fault, FaultKind, Operation, Options};

async fn faulty(fault: Fault) -> Option<(u16, Value)> {
    let sim = start(Options {
        faults: vec![fault],
        ..Options::default()
    });
    call(&sim, "GetMetricData", &data(&["h1", "h2"])).await
}

#[tokio::test]
async fn refusals_carry_status_and_shape() {
    let refuse = FaultKind::Refuse {
        code: "Teapot".into(),
        status: 418,
        message: "no".into(),
    };
    for (kind, status, shape) in [
        (FaultKind::Throttle, 400, "ThrottlingException"),
        (FaultKind::Internal, 500, "InternalServiceFault"),
        (FaultKind::Unavailable, 503, "ServiceUnavailableException"),
        (FaultKind::AccessDenied, 403, "AccessDeniedException"),
        (FaultKind::ExpiredToken, 403, "ExpiredTokenException"),
        (refuse, 418, "Teapot"),
    ] {
        assert_eq!(
            refused(faulty(Fault::new(kind)).await),
            (status, shape.to_owned())
        );
    }
}

#[tokio::test]
async fn a_broken_connection_gives_no_answer() {
    for kind in [FaultKind::Reset, FaultKind::Truncate, FaultKind::Hang] {
        assert_eq!(faulty(Fault::new(kind.clone())).await, None, "{kind}");
    }
}

const REQUEST: &str = "POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-www-form-urlencoded\r\n\
                       content-length: 37\r\n\r\nAction=ListMetrics&Version=2010-08-01\n";

/// A connection to a simulator with this fault, on which a request has been sent.
async fn asked(kind: FaultKind) -> (AwsSim, TcpStream) {
    let sim = start(Options {
        faults: vec![Fault::new(kind)],
        ..Options::default()
    });
    let mut stream = TcpStream::connect(sim.addr()).await.unwrap();
    stream.write_all(REQUEST.as_bytes()).await.unwrap();
    (sim, stream)
}

#[tokio::test]
async fn a_reset_is_a_reset_and_not_an_orderly_close() {
    let (_sim, mut stream) = asked(FaultKind::Reset).await;
    let error = stream.read_u8().await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn a_truncated_answer_has_its_head_and_half_of_its_body() {
    let (_sim, mut stream) = asked(FaultKind::Truncate).await;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    let declared: usize = length.unwrap().parse().unwrap();
    assert!(head.starts_with("HTTP/1.1 200 OK"), "{head}");
    assert_eq!(body.len(), declared / 2);
}

#[tokio::test]
async fn faults_of_results_touch_only_the_metric_they_name() {
    let only_h2 = |kind| {
        Fault::new(kind)
            .metric("App", "Load")
            .dimension("Host", "h2")
    };
    for (kind, status, points) in [
        (FaultKind::Forbidden, "Forbidden", 0),
        (FaultKind::InternalStatus, "InternalError", 0),
        (FaultKind::PartialWithoutToken, "PartialData", 2),
        (FaultKind::Unsorted, "Complete", 5),
    ] {
        let (_, body) = faulty(only_h2(kind)).await.unwrap();
        let results = &body["MetricDataResults"];
        assert_eq!(results[0]["StatusCode"], "Complete");
        assert_eq!(results[0]["Timestamps"][0], now() - 360);
        assert_eq!(results[1]["StatusCode"], status);
        assert_eq!(
            results[1]["Values"].as_array().unwrap().len(),
            points,
            "{status}"
        );
        if status == "Complete" {
            assert_eq!(results[1]["Timestamps"][4], now() - 360);
        }
    }
    // A call that does not name the metric is not struck.
    let sim = start(Options::default());
    sim.inject(only_h2(FaultKind::Throttle));
    assert_eq!(
        call(&sim, "GetMetricData", &data(&["h1"])).await.unwrap().0,
        200
    );
    assert_eq!(
        call(&sim, "GetMetricData", &data(&["h1", "h2"]))
            .await
            .unwrap()
            .0,
        400
    );
}

#[tokio::test]
async fn pages_can_be_small_endless_or_talkative() {
    let (_, small) = faulty(Fault::new(FaultKind::SmallPages(7))).await.unwrap();
    assert_eq!(small["MetricDataResults"][1]["StatusCode"], "PartialData");
    assert!(small["NextToken"].is_string());

    let sim = start(Options::default());
    sim.inject(Fault::new(FaultKind::RepeatToken));
    let (_, first) = call(&sim, "GetMetricData", &data(&["h1"])).await.unwrap();
    let mut body = data(&["h1"]);
    body["NextToken"] = first["NextToken"].clone();
    let (_, second) = call(&sim, "GetMetricData", &body).await.unwrap();
    assert_eq!(first["NextToken"], second["NextToken"]);

    let message = FaultKind::Message {
        code: "MaxMetricsExceeded".into(),
        value: "many".into(),
    };
    let (_, talkative) = faulty(Fault::new(message)).await.unwrap();
    assert_eq!(
        talkative["Messages"][0],
        json!({ "Code": "MaxMetricsExceeded", "Value": "many" })
    );
}

#[tokio::test]
async fn a_fault_strikes_the_calls_it_names_and_no_others() {
    let sim = start(Options::default());
    sim.inject(
        Fault::new(FaultKind::Internal)
            .on(Operation::GetMetricData)
            .calls(2, Some(3)),
    );
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(call(&sim, "GetMetricData", &data(&["h1"])).await.unwrap().0);
        assert_eq!(call(&sim, "ListMetrics", &json!({})).await.unwrap().0, 200);
    }
    assert_eq!(statuses, [200, 500, 500, 200]);
    let log = sim.calls();
    let struck: Vec<_> = log
        .of(Operation::GetMetricData)
        .map(|it| it.fault.as_deref())
        .collect();
    assert_eq!(struck, [None, Some("internal"), Some("internal"), None]);
}
