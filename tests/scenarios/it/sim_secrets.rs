//! The simulated Secrets Manager as the AWS SDK for Rust meets it: tokens, labels as
//! compare-and-swap, refusals, lost replies.
// Marks what follows as test code, in which unwrapping and indexing are welcome.
#![cfg(test)]

mod labels;

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_secretsmanager::primitives::Blob;
use common::clock::Clock;
use jiff::{SignedDuration, Timestamp};
use sandbox::aws::{AwsSim, Content, Fault, FaultKind, Operation, Options};
use scenarios::sdk::{self, CALLER, code, refusal};

const NOW: &str = "2026-11-24T12:00:00Z";
const SECRET: &str = "prod/monitoring";
const FIRST: &str = "00000000-0000-4000-8000-000000000001";
const SECOND: &str = "00000000-0000-4000-8000-000000000002";
const THIRD: &str = "00000000-0000-4000-8000-000000000003";

const CONTENT: &str = "
secrets:
  - name: prod/monitoring
    versions:
      - id: 00000000-0000-4000-8000-000000000001
        created: 2026-10-14T08:00:00Z
        stages: [AWSCURRENT]
        text: '{\"user\": \"first\"}'
  - { name: empty }
  - { name: rds, owning_service: rds }
  - { name: replica, primary_region: eu-west-1 }
  - { name: far, region: eu-west-1 }
";

struct Bench {
    sim: AwsSim,
    secrets: aws_sdk_secretsmanager::Client,
}

fn start() -> Bench {
    let content = Content::from_yaml("content.yaml", CONTENT).unwrap();
    let options = Options {
        clock: Clock::fixed(NOW.parse().unwrap()),
        ..Options::default()
    };
    let sim = AwsSim::start(content, options).unwrap();
    let secrets = sdk::secrets(&sim.endpoint(), CALLER);
    Bench { sim, secrets }
}

type Refused<T> = Result<T, String>;

impl Bench {
    fn at(&self, hours: i64) {
        let now: Timestamp = NOW.parse().unwrap();
        self.sim
            .set_clock(Clock::fixed(now + SignedDuration::from_hours(hours)));
    }

    async fn put_to(
        &self,
        secret: &str,
        token: &str,
        text: &str,
        stages: &[&str],
    ) -> Refused<Vec<String>> {
        let call = self.secrets.put_secret_value().secret_id(secret);
        let stages = stages.iter().map(|it| (*it).to_owned()).collect();
        let call = call.client_request_token(token).secret_string(text);
        let call = call.set_version_stages(Some(stages).filter(|it: &Vec<_>| !it.is_empty()));
        let put = call.send().await.map_err(|error| code(&error))?;
        assert_eq!(put.version_id.as_deref(), Some(token));
        Ok(put.version_stages.unwrap())
    }

    async fn put(&self, token: &str, text: &str, stages: &[&str]) -> Refused<Vec<String>> {
        self.put_to(SECRET, token, text, stages).await
    }

    async fn relabel(&self, stage: &str, from: Option<&str>, to: Option<&str>) -> Refused<()> {
        let call = self
            .secrets
            .update_secret_version_stage()
            .secret_id(SECRET)
            .version_stage(stage);
        let call = call.set_remove_from_version_id(from.map(Into::into));
        let call = call.set_move_to_version_id(to.map(Into::into));
        call.send().await.map(|_| ()).map_err(|error| code(&error))
    }

    async fn get(&self, version: Option<&str>, stage: Option<&str>) -> Refused<String> {
        let call = self.secrets.get_secret_value().secret_id(SECRET);
        let call = call.set_version_id(version.map(Into::into));
        let call = call.set_version_stage(stage.map(Into::into));
        let got = call.send().await.map_err(|error| code(&error))?;
        Ok(got.secret_string.unwrap())
    }

    /// The versions with labels, by the last digit of their ids.
    async fn labels(&self) -> BTreeMap<String, Vec<String>> {
        let call = self.secrets.describe_secret().secret_id(SECRET);
        let described = call.send().await.unwrap().version_ids_to_stages.unwrap();
        let short = |(id, stages): (String, Vec<String>)| {
            let last = id.chars().next_back().unwrap();
            (last.to_string(), stages)
        };
        described.into_iter().map(short).collect()
    }
}

fn labels(expected: &[(&str, &[&str])]) -> BTreeMap<String, Vec<String>> {
    let owned = |stages: &[&str]| stages.iter().map(|it| (*it).to_owned()).collect();
    expected
        .iter()
        .map(|(id, stages)| ((*id).to_owned(), owned(stages)))
        .collect()
}

fn refused<T>(code: &str) -> Refused<T> {
    Err(code.to_owned())
}

#[tokio::test]
async fn a_token_makes_a_put_repeatable_and_takes_no_other_data() {
    let bench = start();
    assert_eq!(
        bench.put(SECOND, "two", &["AWSPENDING"]).await.unwrap(),
        ["AWSPENDING"]
    );
    assert_eq!(
        bench.put(SECOND, "two", &["AWSPENDING"]).await.unwrap(),
        ["AWSPENDING"]
    );
    assert_eq!(
        bench.put(SECOND, "other", &["AWSPENDING"]).await,
        refused("ResourceExistsException")
    );
    // The repetition is ignored whole: its labels move nothing.
    bench.put(SECOND, "two", &["AWSCURRENT"]).await.unwrap();
    assert_eq!(bench.get(None, None).await.unwrap(), r#"{"user": "first"}"#);
    assert_eq!(
        bench.labels().await,
        labels(&[("1", &["AWSCURRENT"]), ("2", &["AWSPENDING"])])
    );
    let short = bench.put("0123456789012345678901234567890", "x", &[]).await;
    assert_eq!(short, refused("InvalidParameterException"));
}

#[tokio::test]
async fn a_secret_that_is_about_to_go_is_described_and_nothing_else() {
    let bench = start();
    bench.put(SECOND, "two", &["AWSPENDING"]).await.unwrap();
    bench
        .sim
        .secrets()
        .schedule_deletion(SECRET, Duration::from_hours(7 * 24))
        .unwrap();
    let described = bench
        .secrets
        .describe_secret()
        .secret_id(SECRET)
        .send()
        .await
        .unwrap();
    assert_eq!(
        described.deleted_date.unwrap().to_string(),
        "2026-12-01T12:00:00Z"
    );
    assert_eq!(
        bench.get(None, None).await,
        refused("InvalidRequestException")
    );
    assert_eq!(
        bench.put(THIRD, "x", &[]).await,
        refused("InvalidRequestException")
    );
    let moved = bench.relabel("AWSCURRENT", Some(FIRST), Some(SECOND)).await;
    assert_eq!(moved, refused("InvalidRequestException"));
    bench.at(7 * 24);
    assert_eq!(
        bench.get(None, None).await,
        refused("ResourceNotFoundException")
    );
    bench.at(0);
    bench.sim.secrets().restore(SECRET).unwrap();
    bench.get(None, None).await.unwrap();
}

#[tokio::test]
async fn what_others_manage_is_described_and_not_changed() {
    let bench = start();
    bench.sim.secrets().enable_rotation(SECRET).unwrap();
    let describe = |id: &str| bench.secrets.describe_secret().secret_id(id).send();
    assert_eq!(describe(SECRET).await.unwrap().rotation_enabled, Some(true));
    assert_eq!(
        describe("rds").await.unwrap().owning_service.as_deref(),
        Some("rds")
    );
    assert_eq!(
        describe("replica").await.unwrap().primary_region.as_deref(),
        Some("eu-west-1")
    );
    for id in ["rds", "replica"] {
        let put = bench.put_to(id, FIRST, "x", &[]).await;
        assert_eq!(put, refused("InvalidRequestException"), "{id}");
    }
    for id in ["far", "nothing"] {
        let error = describe(id).await.unwrap_err();
        let message = "Secrets Manager can't find the specified secret.".to_owned();
        assert_eq!(
            refusal(&error),
            (400, "ResourceNotFoundException".to_owned(), message)
        );
    }
}

#[tokio::test]
async fn a_secret_is_found_by_name_and_by_arn_with_and_without_its_end() {
    let bench = start();
    let arn = bench.sim.secrets().arn(SECRET).unwrap();
    let start = "arn:aws:secretsmanager:us-east-1:123456789012:secret:prod/monitoring-";
    let suffix = arn.strip_prefix(start).unwrap();
    assert_eq!(suffix.len(), 6);
    for id in [SECRET, &arn, start.trim_end_matches('-')] {
        let described = bench
            .secrets
            .describe_secret()
            .secret_id(id)
            .send()
            .await
            .unwrap();
        assert_eq!(described.arn.as_deref(), Some(arn.as_str()), "{id}");
    }
}

#[tokio::test]
async fn a_value_has_65536_bytes_at_most_and_may_be_binary() {
    let bench = start();
    // Two bytes a letter: the limit is one of bytes.
    bench
        .put(SECOND, &"é".repeat(32_768), &["AWSPENDING"])
        .await
        .unwrap();
    let too_long = bench.put(THIRD, &"é".repeat(32_769), &["AWSPENDING"]).await;
    assert_eq!(too_long, refused("ValidationException"));

    let blob = Blob::new(vec![0, 255, 7]);
    let put = bench.secrets.put_secret_value().secret_id(SECRET);
    put.client_request_token(THIRD)
        .secret_binary(blob.clone())
        .send()
        .await
        .unwrap();
    let got = bench
        .secrets
        .get_secret_value()
        .secret_id(SECRET)
        .send()
        .await
        .unwrap();
    assert_eq!((got.secret_binary, got.secret_string), (Some(blob), None));
    let empty = bench
        .secrets
        .put_secret_value()
        .secret_id(SECRET)
        .send()
        .await
        .unwrap_err();
    assert_eq!(code(&empty), "InvalidRequestException");
}

#[tokio::test]
async fn versions_without_labels_stay_for_a_day_or_while_they_are_among_a_hundred() {
    let bench = start();
    let person = bench.sim.secrets();
    let oldest = person.put_value(SECRET, "v0").unwrap();
    for number in 1..100 {
        person.put_value(SECRET, &format!("v{number}")).unwrap();
    }
    bench.at(24);
    assert!(
        bench.get(Some(FIRST), None).await.is_err(),
        "the hundred and first, and made weeks ago"
    );
    person.put_value(SECRET, "one more").unwrap();
    assert_eq!(bench.get(Some(&oldest), None).await.unwrap(), "v0");
    bench.at(25);
    assert!(
        bench.get(Some(&oldest), None).await.is_err(),
        "a day has passed"
    );
    assert_eq!(person.stages(SECRET).unwrap().len(), 100);
}

#[tokio::test]
async fn a_lost_reply_leaves_a_version_or_none_depending_on_when_it_was_lost() {
    for (kind, expected, versions) in [
        (FaultKind::Reset, "no answer", 2),
        (FaultKind::ResetBefore, "no answer", 1),
        (FaultKind::InternalAfter, "InternalServiceError", 2),
        (FaultKind::Throttle, "ThrottlingException", 1),
        (FaultKind::AccessDenied, "AccessDeniedException", 1),
        (FaultKind::KmsDenied, "EncryptionFailure", 1),
    ] {
        let bench = start();
        let fault = Fault::new(kind.clone()).on(Operation::PutSecretValue);
        bench.sim.inject(fault.calls(1, Some(1)));
        assert_eq!(
            bench.put(SECOND, "two", &["AWSPENDING"]).await,
            refused(expected),
            "{kind}"
        );
        let stages = bench.sim.secrets().stages(SECRET).unwrap();
        assert_eq!(stages.len(), versions, "{kind}");
        bench.put(SECOND, "two", &["AWSPENDING"]).await.unwrap();
    }
    let bench = start();
    bench.sim.inject(Fault::new(FaultKind::KmsDenied));
    assert_eq!(bench.get(None, None).await, refused("DecryptionFailure"));
    bench.labels().await;
}

#[tokio::test]
async fn the_log_names_secrets_and_versions_and_no_value() {
    let bench = start();
    bench
        .put(SECOND, "hidden value", &["AWSPENDING"])
        .await
        .unwrap();
    bench.get(Some(SECOND), Some("AWSPENDING")).await.unwrap();
    bench
        .relabel("AWSPENDING", Some(SECOND), None)
        .await
        .unwrap();
    let log = bench.sim.calls();
    let told: Vec<_> = log.calls.iter().map(|it| it.subject.as_str()).collect();
    assert_eq!(
        told,
        [
            format!("{SECRET} {SECOND} AWSPENDING"),
            format!("{SECRET} {SECOND} AWSPENDING"),
            format!("{SECRET} AWSPENDING {SECOND} → nowhere"),
        ]
    );
    assert!(!format!("{log:?} {:?}", bench.sim).contains("hidden value"));
}
