//! One of the two that are asked: its clients, and what it answered so far.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_iam::config::http::HttpResponse;
use aws_sdk_iam::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_iam::types::{StatusType, Tag};
use sandbox::aws::AwsSim;
use scenarios::sdk::{self, CALLER, code};

pub(super) const USER: &str = "mailer";
pub(super) const SECRET: &str = "prod/monitoring";

/// What a step ended in: `ok`, an error code, or a state in words.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Outcome {
    pub(super) step: String,
    pub(super) result: String,
}

/// One side. Keys are called by names of ours, because their ids differ.
#[derive(Debug)]
pub(super) struct Side<'s> {
    /// Our own simulator, where this is not moto.
    sim: Option<&'s AwsSim>,
    endpoint: String,
    pub(super) iam: aws_sdk_iam::Client,
    pub(super) secrets: aws_sdk_secretsmanager::Client,
    keys: BTreeMap<&'static str, String>,
    pub(super) outcomes: Vec<Outcome>,
}

/// What a call ended in, where nothing but success is of interest.
pub(super) fn outcome<T, E>(result: Result<T, SdkError<E, HttpResponse>>) -> String
where
    E: ProvideErrorMetadata,
{
    result.map_or_else(|error| code(&error), |_| "ok".to_owned())
}

impl<'s> Side<'s> {
    pub(super) fn new(endpoint: &str, sim: Option<&'s AwsSim>) -> Self {
        Self {
            sim,
            endpoint: endpoint.to_owned(),
            iam: sdk::iam(endpoint, CALLER),
            secrets: sdk::secrets(endpoint, CALLER),
            keys: BTreeMap::new(),
            outcomes: Vec::new(),
        }
    }

    /// Empties moto and makes the user and the secret.
    pub(super) async fn set_up(&self, endpoint: &str) -> anyhow::Result<()> {
        let http = reqwest::Client::builder().build()?;
        let reset = http
            .post(format!("{endpoint}/moto-api/reset"))
            .send()
            .await?;
        reset.error_for_status()?;
        self.iam.create_user().user_name(USER).send().await?;
        self.secrets.create_secret().name(SECRET).send().await?;
        Ok(())
    }

    /// Does what only a person does: ours is told directly, moto by a call.
    pub(super) async fn schedule_deletion(&self) {
        if let Some(sim) = self.sim {
            let week = Duration::from_hours(7 * 24);
            sim.secrets().schedule_deletion(SECRET, week).unwrap();
        } else {
            let call = self.secrets.delete_secret().secret_id(SECRET);
            call.recovery_window_in_days(7).send().await.unwrap();
        }
    }

    /// Notes what a step ended in.
    pub(super) fn note(&mut self, step: &str, result: impl Into<String>) {
        self.outcomes.push(Outcome {
            step: step.to_owned(),
            result: result.into(),
        });
    }

    /// The id of a key that was created as `name`; one that nobody has without it.
    pub(super) fn id(&self, name: &str) -> &str {
        self.keys
            .get(name)
            .map_or("AKIANOSUCHKEY0000000", String::as_str)
    }

    /// A client that signs with the key `name`.
    pub(super) fn as_key(&self, name: &str) -> aws_sdk_iam::Client {
        sdk::iam(&self.endpoint, self.id(name))
    }

    pub(super) async fn create(&mut self, step: &str, name: &'static str) {
        let created = self.iam.create_access_key().user_name(USER).send().await;
        let result = match created {
            Ok(created) => {
                let key = created.access_key.unwrap();
                let form = (key.access_key_id.len(), key.secret_access_key.len());
                let result = format!("{} {form:?}", key.status);
                self.keys.insert(name, key.access_key_id);
                result
            }
            Err(error) => code(&error),
        };
        self.note(step, result);
    }

    pub(super) async fn set(&mut self, step: &str, name: &str, status: &str) {
        let call = self.iam.update_access_key().user_name(USER);
        let call = call
            .access_key_id(self.id(name))
            .status(StatusType::from(status));
        self.note(step, outcome(call.send().await));
    }

    pub(super) async fn delete(&mut self, step: &str, name: &str) {
        let call = self
            .iam
            .delete_access_key()
            .user_name(USER)
            .access_key_id(self.id(name));
        self.note(step, outcome(call.send().await));
    }

    /// Notes the keys and their status.
    pub(super) async fn list(&mut self, step: &str) {
        let listed = self
            .iam
            .list_access_keys()
            .user_name(USER)
            .send()
            .await
            .unwrap();
        let keys = listed.access_key_metadata.iter().map(|key| {
            let id = key.access_key_id.as_deref();
            let mut names = self.keys.iter().filter(|(_, it)| Some(it.as_str()) == id);
            let name = names.next_back().map_or("?", |(name, _)| name);
            format!("{name} {}", key.status.as_ref().unwrap())
        });
        let mut keys: Vec<_> = keys.collect();
        keys.sort();
        self.note(step, keys.join(", "));
    }

    pub(super) async fn tag(&mut self, step: &str, tags: &[(&str, &str)]) {
        let tags = tags.iter().map(|(key, value)| {
            let tag = Tag::builder().key(*key).value(*value);
            tag.build().unwrap()
        });
        let call = self
            .iam
            .tag_user()
            .user_name(USER)
            .set_tags(Some(tags.collect()));
        self.note(step, outcome(call.send().await));
    }

    /// Notes the tags.
    pub(super) async fn tags(&mut self, step: &str) {
        let listed = self
            .iam
            .list_user_tags()
            .user_name(USER)
            .send()
            .await
            .unwrap();
        let tags = listed
            .tags
            .iter()
            .map(|it| format!("{}={}", it.key, it.value));
        let mut tags: Vec<_> = tags.collect();
        tags.sort();
        self.note(step, tags.join(", "));
    }

    pub(super) async fn put(&mut self, step: &str, version: char, text: &str, stages: &[&str]) {
        let stages: Vec<String> = stages.iter().map(|it| (*it).to_owned()).collect();
        let call = self.secrets.put_secret_value().secret_id(SECRET);
        let call = call
            .client_request_token(version_id(version))
            .secret_string(text);
        let call = call.set_version_stages(Some(stages).filter(|it| !it.is_empty()));
        self.note(step, outcome(call.send().await));
    }

    /// Moves a label from one version to another; `-` is nowhere.
    pub(super) async fn relabel(&mut self, step: &str, stage: &str, from: char, to: char) {
        let there = |version: char| (version != '-').then(|| version_id(version));
        let call = self.secrets.update_secret_version_stage().secret_id(SECRET);
        let call = call
            .version_stage(stage)
            .set_remove_from_version_id(there(from));
        let call = call.set_move_to_version_id(there(to));
        self.note(step, outcome(call.send().await));
    }

    /// Notes what is read; `-` is unsaid.
    pub(super) async fn get(&mut self, step: &str, version: char, stage: &str) {
        let call = self.secrets.get_secret_value().secret_id(SECRET);
        let call = call.set_version_id((version != '-').then(|| version_id(version)));
        let call = call.set_version_stage((stage != "-").then(|| stage.to_owned()));
        let result = match call.send().await {
            Ok(got) => got.secret_string.unwrap(),
            Err(error) => code(&error),
        };
        self.note(step, result);
    }

    /// Notes the labels of all versions.
    pub(super) async fn describe(&mut self, step: &str) {
        let described = self
            .secrets
            .describe_secret()
            .secret_id(SECRET)
            .send()
            .await
            .unwrap();
        let versions = described.version_ids_to_stages.unwrap_or_default();
        let mut versions: Vec<_> = versions
            .into_iter()
            .map(|(id, mut stages)| {
                stages.sort();
                format!("{} [{}]", id.chars().next().unwrap(), stages.join(" "))
            })
            .collect();
        versions.sort();
        self.note(step, versions.join(", "));
    }
}

/// A version id that begins with its name, `a` to `f`.
fn version_id(name: char) -> String {
    format!("{name}0000000-0000-4000-8000-000000000000")
}
