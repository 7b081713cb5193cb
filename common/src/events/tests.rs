//! Events against a server that grants, lacks or refuses what they are made of.

use serde_json::{Value, json};

use super::{Event, Kind, Recorder};
use crate::aws::CallMeter;
use crate::clock::Clock;
use crate::cluster::testing::{Asked, Reply, Server};
use crate::report::{Identity, Mode};

const POD: &str = "GET /api/v1/namespaces/jobs/pods/rotate-29-x";
const JOB: &str = "GET /apis/batch/v1/namespaces/jobs/jobs/rotate-29";
const EVENTS: &str =
    "POST /apis/events.k8s.io/v1/namespaces/jobs/events?&fieldManager=monitoring-jobs";

fn identity(cronjob: Option<&str>) -> Identity {
    Identity {
        job: "rotate-credentials",
        version: "0.1.0",
        revision: "unknown".into(),
        run: "rotate-29-x".into(),
        cluster: "prod-e1-1".into(),
        namespace: "jobs".into(),
        pod: "rotate-29-x".into(),
        cronjob: cronjob.map(Into::into),
        mode: Mode::Run,
    }
}

fn event() -> Event {
    Event {
        kind: Kind::Normal,
        reason: "RotationStep",
        action: "CreateKey",
        note: "made key AKIA…WXYZ".into(),
    }
}

fn owned_by(kind: &str, name: &str, uid: &str) -> Reply {
    let owner = json!({"apiVersion": "batch/v1", "kind": kind, "name": name, "uid": uid});
    Reply::json(&json!({"metadata": {"ownerReferences": [owner]}}))
}

/// What a real cluster grants; one of the calls can be refused.
async fn server(refused: &'static str) -> Server {
    Server::start(move |asked: &Asked| match asked.line.as_str() {
        line if line == refused => Reply::refusal(403, "Forbidden"),
        POD => owned_by("Job", "rotate-29", "job-uid"),
        JOB => owned_by("CronJob", "rotate", "cronjob-uid"),
        _ => Reply::json(&asked.body),
    })
    .await
}

async fn recorder(server: &Server, identity: &Identity) -> Recorder {
    let clock = Clock::fixed("2026-01-02T03:04:05Z".parse().unwrap());
    let cluster = server.cluster(clock.clone(), CallMeter::default()).await;
    Recorder::new(cluster, identity, clock)
}

fn bodies(server: &Server) -> Vec<Value> {
    let events = server
        .asked()
        .into_iter()
        .filter(|asked| asked.line == EVENTS);
    events.map(|asked| asked.body).collect()
}

#[tokio::test]
async fn an_event_regards_the_cronjob_and_relates_to_the_job() {
    let server = server("").await;
    let recorder = recorder(&server, &identity(Some("rotate"))).await;
    recorder.publish(&event()).await;
    recorder.publish(&event()).await;
    assert_eq!(
        server.lines(),
        [POD, JOB, EVENTS, EVENTS],
        "owners are looked up once"
    );
    assert_eq!(
        bodies(&server)[0],
        json!({
            "apiVersion": "events.k8s.io/v1", "kind": "Event",
            "metadata": {"generateName": "rotate-", "namespace": "jobs"},
            "eventTime": "2026-01-02T03:04:05.000000Z",
            "type": "Normal", "reason": "RotationStep", "action": "CreateKey",
            "note": "made key AKIA…WXYZ",
            "regarding": {"apiVersion": "batch/v1", "kind": "CronJob", "namespace": "jobs",
                          "name": "rotate", "uid": "cronjob-uid"},
            "related": {"apiVersion": "batch/v1", "kind": "Job", "namespace": "jobs",
                        "name": "rotate-29", "uid": "job-uid"},
            "reportingController": "monitoring-jobs/rotate-credentials",
            "reportingInstance": "rotate-29-x",
        })
    );
}

#[tokio::test]
async fn whatever_is_refused_the_rest_is_published_and_nothing_fails() {
    for (refused, job, cronjob) in [
        (JOB, json!("job-uid"), Value::Null),
        (POD, Value::Null, Value::Null),
    ] {
        let server = server(refused).await;
        let recorder = recorder(&server, &identity(Some("rotate"))).await;
        recorder.publish(&event()).await;
        let body = &bodies(&server)[0];
        assert_eq!(body["regarding"]["name"], "rotate");
        assert_eq!(body["regarding"]["uid"], cronjob, "{refused}");
        assert_eq!(body["related"]["uid"], job, "{refused}");
    }
    let server = server(EVENTS).await;
    let recorder = recorder(&server, &identity(Some("rotate"))).await;
    recorder.publish(&event()).await;
    assert_eq!(bodies(&server).len(), 1, "it was tried, once");
}

#[tokio::test]
async fn long_texts_are_cut_to_what_the_server_takes() {
    let server = server("").await;
    let pod = "p".repeat(200);
    let identity = Identity {
        pod,
        ..identity(Some("rotate"))
    };
    let recorder = recorder(&server, &identity).await;
    let note = "é".repeat(1000);
    recorder.publish(&Event { note, ..event() }).await;
    let body = &bodies(&server)[0];
    assert!(body["note"].as_str().unwrap().len() <= 1024);
    assert!(body["reportingInstance"].as_str().unwrap().len() <= 128);
}

#[tokio::test]
async fn a_run_by_hand_publishes_nothing() {
    let server = server("").await;
    let nowhere = Identity {
        pod: String::new(),
        ..identity(Some("rotate"))
    };
    for identity in [identity(None), nowhere] {
        recorder(&server, &identity).await.publish(&event()).await;
    }
    Recorder::silent().publish(&event()).await;
    assert!(server.asked().is_empty());
}
