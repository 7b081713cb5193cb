//! The simulated IAM as the AWS SDK for Rust meets it: quotas, tags, lag, late last-used, lost
//! replies.
// Marks what follows as test code, in which unwrapping and indexing are welcome.
#![cfg(test)]

mod delays;

use std::time::Duration;

use aws_sdk_iam::types::{StatusType, Tag};
use common::clock::Clock;
use common::secret::ExposeSecret as _;
use jiff::{SignedDuration, Timestamp};
use sandbox::aws::{AwsSim, Content, Fault, FaultKind, IamDelays, KeyStatus, Operation, Options};
use scenarios::sdk::{self, CALLER, code, refusal};

const NOW: &str = "2026-11-24T12:00:00Z";
const USER: &str = "mailer";
const OLD: &str = "AKIAIOSFODNN7EXAMPLE";

const CONTENT: &str = "
users:
  - name: mailer
    tags: { notify_emails: 'ops@example.com dev@example.com' }
    access_keys:
      - id: AKIAIOSFODNN7EXAMPLE
        secret: wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY
        created: 2026-10-14T08:00:00Z
  - { name: other, path: /team/ }
";

struct Bench {
    sim: AwsSim,
    iam: aws_sdk_iam::Client,
}

fn start(delays: IamDelays) -> Bench {
    let content = Content::from_yaml("content.yaml", CONTENT).unwrap();
    let options = Options {
        clock: Clock::fixed(NOW.parse().unwrap()),
        iam: delays,
        ..Options::default()
    };
    let sim = AwsSim::start(content, options).unwrap();
    let iam = sdk::iam(&sim.endpoint(), CALLER);
    Bench { sim, iam }
}

impl Bench {
    /// Lets the clock stand still `seconds` after [`NOW`].
    fn at(&self, seconds: i64) {
        let now: Timestamp = NOW.parse().unwrap();
        let later = now + SignedDuration::from_secs(seconds);
        self.sim.set_clock(Clock::fixed(later));
    }

    async fn create(&self) -> Result<String, String> {
        let created = self.iam.create_access_key().user_name(USER).send().await;
        let created = created.map_err(|error| code(&error))?;
        Ok(created.access_key.unwrap().access_key_id)
    }

    async fn list(&self) -> Vec<(String, String)> {
        let listed = self
            .iam
            .list_access_keys()
            .user_name(USER)
            .send()
            .await
            .unwrap();
        let keys = listed.access_key_metadata.into_iter();
        keys.map(|it| (it.access_key_id.unwrap(), it.status.unwrap().to_string()))
            .collect()
    }

    async fn set(&self, id: &str, status: StatusType) -> Result<(), String> {
        let call = self.iam.update_access_key().user_name(USER);
        let call = call.access_key_id(id).status(status);
        call.send().await.map(|_| ()).map_err(|error| code(&error))
    }

    async fn delete(&self, id: &str) -> Result<(), String> {
        let call = self
            .iam
            .delete_access_key()
            .user_name(USER)
            .access_key_id(id);
        call.send().await.map(|_| ()).map_err(|error| code(&error))
    }

    async fn tag(&self, tags: &[(&str, &str)]) -> Result<(), String> {
        let tags = tags.iter().map(|(key, value)| {
            let tag = Tag::builder().key(*key).value(*value);
            tag.build().unwrap()
        });
        let call = self
            .iam
            .tag_user()
            .user_name(USER)
            .set_tags(Some(tags.collect()));
        call.send().await.map(|_| ()).map_err(|error| code(&error))
    }

    async fn tags(&self) -> Vec<String> {
        let listed = self
            .iam
            .list_user_tags()
            .user_name(USER)
            .send()
            .await
            .unwrap();
        let tags = listed.tags.into_iter();
        tags.map(|it| format!("{}={}", it.key, it.value)).collect()
    }

    /// Date, service and region of the last use.
    async fn last_used(&self, id: &str) -> (Option<String>, String, String) {
        let call = self.iam.get_access_key_last_used().access_key_id(id);
        let used = call.send().await.unwrap().access_key_last_used.unwrap();
        let date = used.last_used_date.map(|it| it.to_string());
        (date, used.service_name, used.region)
    }
}

fn status(id: &str, status: &str) -> (String, String) {
    (id.to_owned(), status.to_owned())
}

#[tokio::test]
async fn a_key_lives_from_its_creation_to_its_deletion() {
    let bench = start(IamDelays::default());
    let created = bench
        .iam
        .create_access_key()
        .user_name(USER)
        .send()
        .await
        .unwrap();
    let key = created.access_key.unwrap();
    let new = key.access_key_id.as_str();
    assert!(new.starts_with("AKIA") && new.len() == 20);
    assert_eq!(key.secret_access_key.len(), 40);
    assert_eq!(key.create_date.unwrap().to_string(), NOW);
    assert_eq!(
        bench.list().await,
        [status(OLD, "Active"), status(new, "Active")]
    );

    bench.set(OLD, StatusType::Inactive).await.unwrap();
    assert_eq!(bench.list().await[0], status(OLD, "Inactive"));
    bench.delete(OLD).await.unwrap();
    assert_eq!(bench.list().await, [status(new, "Active")]);
    assert_eq!(bench.delete(OLD).await, Err("NoSuchEntity".to_owned()));
    assert_eq!(
        bench.set(OLD, StatusType::Active).await,
        Err("NoSuchEntity".to_owned())
    );
    // An active key is deleted without a question.
    bench.delete(new).await.unwrap();
    assert_eq!(bench.list().await, []);
}

#[tokio::test]
async fn a_third_key_is_refused_also_when_one_is_inactive() {
    let bench = start(IamDelays::default());
    bench.create().await.unwrap();
    bench.set(OLD, StatusType::Inactive).await.unwrap();
    let error = bench
        .iam
        .create_access_key()
        .user_name(USER)
        .send()
        .await
        .unwrap_err();
    let message = "Cannot exceed quota for AccessKeysPerUser: 2".to_owned();
    assert_eq!(refusal(&error), (409, "LimitExceeded".to_owned(), message));
}

#[tokio::test]
async fn what_does_not_exist_or_is_not_allowed_is_refused_in_iam_s_words() {
    let bench = start(IamDelays::default());
    let error = bench
        .iam
        .list_access_keys()
        .user_name("nobody")
        .send()
        .await
        .unwrap_err();
    let message = "The user with name nobody cannot be found.".to_owned();
    assert_eq!(refusal(&error), (404, "NoSuchEntity".to_owned(), message));

    let call = bench
        .iam
        .get_access_key_last_used()
        .access_key_id("AKIANOSUCHKEY0000000");
    assert_eq!(refusal(&call.send().await.unwrap_err()).0, 404);

    let error = bench.iam.list_access_keys().send().await.unwrap_err();
    let message = "Must specify userName when calling with non-User credentials".to_owned();
    assert_eq!(
        refusal(&error),
        (400, "ValidationError".to_owned(), message)
    );

    let odd = bench.set(OLD, StatusType::Expired).await;
    assert_eq!(odd, Err("ValidationError".to_owned()));
}

#[tokio::test]
async fn a_user_s_own_key_signs_for_its_user_while_it_is_active() {
    let bench = start(IamDelays::default());
    let own = sdk::iam(&bench.sim.endpoint(), OLD);
    let listed = own.list_access_keys().send().await.unwrap();
    assert_eq!(
        listed.access_key_metadata[0].user_name.as_deref(),
        Some(USER)
    );
    bench
        .sim
        .iam()
        .set_status(USER, OLD, KeyStatus::Inactive)
        .unwrap();
    let error = own.list_access_keys().send().await.unwrap_err();
    assert_eq!(code(&error), "InvalidClientTokenId");
}

#[tokio::test]
async fn lists_come_in_pages() {
    let bench = start(IamDelays::default());
    bench.create().await.unwrap();
    bench
        .tag(&[("a", "1"), ("b", "2"), ("c", "3")])
        .await
        .unwrap();
    let pages = bench.iam.list_access_keys().user_name(USER).max_items(1);
    let first = pages.clone().send().await.unwrap();
    assert_eq!(
        (first.access_key_metadata.len(), first.is_truncated),
        (1, true)
    );
    let second = pages.marker(first.marker.unwrap()).send().await.unwrap();
    assert_eq!(
        (second.access_key_metadata.len(), second.is_truncated),
        (1, false)
    );
    assert_ne!(first.access_key_metadata, second.access_key_metadata);

    let mut tags = bench
        .iam
        .list_user_tags()
        .user_name(USER)
        .into_paginator()
        .page_size(3)
        .items()
        .send();
    let mut keys = Vec::new();
    while let Some(tag) = tags.next().await {
        keys.push(tag.unwrap().key);
    }
    assert_eq!(keys, ["a", "b", "c", "notify_emails"]);
    let forged = bench.iam.list_user_tags().user_name(USER).marker("forged");
    assert_eq!(code(&forged.send().await.unwrap_err()), "ValidationError");
}

#[tokio::test]
async fn tags_are_set_all_or_none_and_their_keys_have_no_case() {
    let bench = start(IamDelays::default());
    bench.tag(&[("Team", "a b"), ("x:y/z", "")]).await.unwrap();
    bench.tag(&[("TEAM", "c")]).await.unwrap();
    let set = [
        "TEAM=c",
        "notify_emails=ops@example.com dev@example.com",
        "x:y/z=",
    ];
    assert_eq!(bench.tags().await, set);
    for (bad, expected) in [
        (("k", "a;b"), "ValidationError"),
        (("k", "a,b"), "ValidationError"),
        (("aws:k", "a"), "InvalidInput"),
        (("GOOD", "a"), "InvalidInput"),
    ] {
        let refused = bench.tag(&[("good", "1"), bad]).await;
        assert_eq!(refused, Err(expected.to_owned()), "{bad:?}");
    }
    assert_eq!(bench.tags().await, set);

    let names: Vec<_> = (0..48).map(|it| format!("k{it}")).collect();
    let many: Vec<_> = names.iter().map(|it| (it.as_str(), "v")).collect();
    assert_eq!(bench.tag(&many).await, Err("LimitExceeded".to_owned()));
    bench.tag(&many[..47]).await.unwrap();
    assert_eq!(bench.tags().await.len(), 50);

    let untag = bench.iam.untag_user().user_name(USER);
    let untag = untag.tag_keys("team").tag_keys("absent");
    untag.send().await.unwrap();
    assert_eq!(bench.tags().await.len(), 49);
}

#[tokio::test]
async fn a_lost_reply_leaves_a_key_or_none_depending_on_when_it_was_lost() {
    for (kind, expected, keys) in [
        (FaultKind::Reset, "no answer", 2),
        (FaultKind::ResetBefore, "no answer", 1),
        (FaultKind::InternalAfter, "ServiceFailure", 2),
        (FaultKind::Internal, "ServiceFailure", 1),
        (FaultKind::Throttle, "Throttling", 1),
        (FaultKind::AccessDenied, "AccessDenied", 1),
    ] {
        let bench = start(IamDelays::default());
        let fault = Fault::new(kind.clone()).on(Operation::CreateAccessKey);
        bench.sim.inject(fault.calls(1, Some(1)));
        assert_eq!(bench.create().await, Err(expected.to_owned()), "{kind}");
        assert_eq!(bench.sim.iam().keys(USER).unwrap().len(), keys, "{kind}");
        let second = bench.create().await;
        assert_eq!(second.is_ok(), keys == 1, "{kind}");
    }
}

#[tokio::test]
async fn answers_carry_the_simulator_s_time_off_by_the_skew() {
    let bench = start(IamDelays::default());
    let date = async || {
        let http = reqwest::Client::builder().timeout(Duration::from_secs(5));
        let request = http.build().unwrap().post(bench.sim.endpoint());
        let answer = request.send().await.unwrap();
        let dates: Vec<_> = answer.headers().get_all("date").iter().collect();
        assert_eq!(dates.len(), 1);
        dates[0].to_str().unwrap().to_owned()
    };
    assert_eq!(date().await, "Tue, 24 Nov 2026 12:00:00 GMT");
    bench.sim.set_skew(SignedDuration::from_mins(-7));
    assert_eq!(date().await, "Tue, 24 Nov 2026 11:53:00 GMT");
    let new = bench.create().await.unwrap();
    let created = bench.sim.iam().key(&new).unwrap().created;
    assert_eq!(created.to_string(), "2026-11-24T11:53:00Z");
}

#[tokio::test]
async fn the_log_names_users_and_keys_and_no_secret() {
    let bench = start(IamDelays::default());
    let new = bench.create().await.unwrap();
    bench.set(&new, StatusType::Inactive).await.unwrap();
    bench.tag(&[("a", "hidden value")]).await.unwrap();
    bench.delete(&new).await.unwrap();
    let log = bench.sim.calls();
    let told: Vec<_> = log
        .calls
        .iter()
        .map(|it| format!("{} {}", it.operation, it.subject))
        .collect();
    assert_eq!(
        told,
        [
            format!("CreateAccessKey {USER}"),
            format!("UpdateAccessKey {USER} {new} Inactive"),
            format!("TagUser {USER} a"),
            format!("DeleteAccessKey {USER} {new}"),
        ]
    );
    let secret = bench.sim.iam().key(OLD).unwrap().secret;
    assert!(!format!("{log:?}").contains("hidden value"));
    assert!(!format!("{log:?} {:?}", bench.sim).contains(secret.expose_secret()));
}
