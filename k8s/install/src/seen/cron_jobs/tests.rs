use serde_json::json;

use super::*;

fn pod(value: &serde_json::Value) -> Pod {
    serde_json::from_value(json!({"status": {"containerStatuses": [value]}})).unwrap()
}

fn ended(at: &str, message: &str) -> Pod {
    pod(&json!({
        "name": "job", "image": "x", "imageID": "x", "ready": false, "restartCount": 0,
        "state": {"terminated": {"exitCode": 1, "finishedAt": at, "message": message}},
    }))
}

fn job(status: &serde_json::Value) -> Job {
    serde_json::from_value(json!({"metadata": {"name": "a-1"}, "status": status})).unwrap()
}

#[test]
fn the_newest_pods_message_is_told_and_the_end_of_a_log_is_not() {
    let refused = r#"{"outcome":"failed","code":4,"error":"no\nright","hint":"add it"}"#;
    let pods = [
        ended("2026-11-29T12:02:00Z", refused),
        ended("2026-11-29T12:01:00Z", r#"{"outcome":"deadline","code":1}"#),
        ended("2026-11-29T12:03:00Z", "thread panicked: hunter2"),
    ];
    let message = message(&pods).unwrap();
    assert_eq!((message.outcome.as_str(), message.code), ("failed", 4));
    let words = (message.error.as_str(), message.hint.as_str());
    assert_eq!(words, ("no right", "add it"));
}

#[test]
fn a_run_is_what_its_conditions_say_and_else_what_its_pod_waits_for() {
    let condition = |kind: &str| {
        let condition = json!({"type": kind, "status": "True", "reason": "BackoffLimitExceeded"});
        Run::of(job(&json!({"conditions": [condition]})), &[]).state
    };
    assert_eq!(condition("Complete"), RunState::Complete);
    let failed = RunState::Failed("BackoffLimitExceeded".to_owned());
    assert_eq!(condition("Failed"), failed);
    // The controller says this before the pods are gone, and then the other one.
    assert_eq!(condition("FailureTarget"), RunState::Active);
    let waits = |reason: &str| {
        let pod = pod(&json!({
            "name": "job", "image": "x", "imageID": "", "ready": false, "restartCount": 0,
            "state": {"waiting": {"reason": reason}},
        }));
        Run::of(job(&json!({})), &[pod]).state
    };
    let refused = RunState::CannotStart("ErrImagePull".to_owned());
    assert_eq!(waits("ErrImagePull"), refused);
    assert_eq!(waits("ContainerCreating"), RunState::Active);
}

#[test]
fn a_run_tells_its_length_itself_or_by_its_times() {
    let times = json!({
        "startTime": "2026-11-29T12:00:00Z", "completionTime": "2026-11-29T12:00:09Z",
        "conditions": [{"type": "Complete", "status": "True"}],
    });
    let run = Run::of(job(&times), &[]);
    assert_eq!(run.duration(), Some(SignedDuration::from_secs(9)));
    assert_eq!(run.outcome(), "complete");
    let said = r#"{"outcome":"noop","duration_ms":1500}"#;
    let run = Run::of(job(&times), &[ended("2026-11-29T12:00:08Z", said)]);
    assert_eq!(run.duration(), Some(SignedDuration::from_millis(1500)));
    assert_eq!(run.outcome(), "noop");
}

#[test]
fn a_suspended_job_is_not_due() {
    let object = |suspend: bool| {
        json!({"spec": {"schedule": "17 * * * *", "suspend": suspend, "timeZone": "Etc/UTC",
                        "jobTemplate": {}}})
    };
    let due = |suspend| {
        let object = serde_json::from_value(object(suspend)).unwrap();
        let job = SeenCronJob::of(object, "monitoring", Vec::new());
        job.next_run("2026-11-29T12:00:00Z".parse().unwrap())
    };
    assert_eq!(due(false), Some("2026-11-29T12:17:00Z".parse().unwrap()));
    assert_eq!(due(true), None);
}
