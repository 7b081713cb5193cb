//! The secret in Secrets Manager: labels, values, and the three changes that are made to them.
//!
//! A version becomes readable to others only by moving `AWSCURRENT`, which is a compare-and-swap;
//! what is stored is stored under a token that makes storing it again harmless.

mod refusal;

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::config::{AppName, Builder};
use aws_sdk_secretsmanager::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_secretsmanager::operation::describe_secret::DescribeSecretOutput;
use common::aws::{Aws, CallError};
use common::secret::{ExposeSecret as _, SecretString};
use futures_util::future::try_join_all;

use super::call;
use super::server_time::ServerClock;
use crate::outside::{Effect, EffectError, Label, SecretReading};
use crate::verdict;
use crate::version::VersionId;
use common::trouble::Trouble;

const SERVICE: &str = "secretsmanager";

/// The labels that mean something here.
const LABELS: [Label; 3] = [Label::Current, Label::Previous, Label::Pending];

/// One secret.
#[derive(Debug)]
pub(super) struct Secrets {
    client: Client,
    name: String,
    region: String,
    server: ServerClock,
}

/// A version's value.
enum Value {
    Text(SecretString),
    Binary,
}

impl Secrets {
    /// The secret called `name` in the region of `aws`; `app` is how calls appear in CloudTrail.
    pub(super) fn new(aws: &Aws, name: &str, app: Option<AppName>, server: ServerClock) -> Self {
        let mut config = Builder::from(&aws.config)
            .interceptor(aws.meter.clone())
            .interceptor(server.clone());
        if app.is_some() {
            config.set_app_name(app);
        }
        let region = aws.config.region().map(ToString::to_string);
        Self {
            client: Client::from_conf(config.build()),
            name: name.to_owned(),
            region: region.unwrap_or_default(),
            server,
        }
    }

    /// Labels, and the values of the labelled versions, each read once.
    ///
    /// The previous version is read on every run: whose pair it holds decides whether a person went
    /// back to it, and before IAM was read it cannot be told that the user has no other key.
    pub(super) async fn read(&self) -> Result<SecretReading, Trouble> {
        let described = self.describe().await;
        let described = described.map_err(|error| self.unread(&error))?;
        refusal::unusable(&described, &self.name, &self.region)?;
        let labels = labels(&described).ok_or_else(|| {
            let text = format!("a label of the secret `{}` is on two versions", self.name);
            verdict::OVERTAKEN.because(text)
        })?;
        let versions: BTreeSet<&VersionId> = labels.values().collect();
        let read = async |version| Ok::<_, Trouble>((version, self.value(version).await?));
        let values = try_join_all(versions.into_iter().map(read)).await?;
        let values: BTreeMap<_, _> = values.into_iter().collect();
        let mut labelled = BTreeMap::new();
        for (label, version) in &labels {
            let text = match values.get(version).and_then(Option::as_ref) {
                None => None,
                Some(Value::Text(text)) => Some(text.clone()),
                Some(Value::Binary) if *label == Label::Current => {
                    let text = format!("the secret `{}` is binary", self.name);
                    return Err(verdict::SECRET_MALFORMED.because(text));
                }
                Some(Value::Binary) => Some(no_text()),
            };
            labelled.insert(*label, (version.clone(), text));
        }
        Ok(SecretReading {
            labelled,
            time: self.server.told()?,
        })
    }

    /// The value of a version; `None` when it is gone or has none.
    pub(super) async fn read_version(
        &self,
        version: &VersionId,
    ) -> Result<Option<SecretString>, Trouble> {
        Ok(self.value(version).await?.map(|value| match value {
            Value::Text(text) => text,
            Value::Binary => no_text(),
        }))
    }

    /// Stores a version as `AWSPENDING`, in one try, and reads it back. Without the label's name the
    /// new version would become the current one.
    pub(super) async fn put_pending(&self, version: &VersionId, text: &SecretString) -> Effect {
        let call = self.client.put_secret_value().secret_id(&self.name);
        let call = call
            .client_request_token(version.as_str())
            .secret_string(text.expose_secret())
            .version_stages(Label::Pending.name());
        let sent = call.customize().config_override(tries(1)).send().await;
        if let Err(error) = sent {
            let error = failure("PutSecretValue", &error);
            let trouble = self.trouble(&error);
            return Err(refusal::putting(&error, &self.name, trouble));
        }
        match self.value(version).await {
            Ok(Some(Value::Text(stored))) if stored.expose_secret() == text.expose_secret() => {
                self.attach_pending(version).await
            }
            Ok(_) => {
                let text = format!("version {} cannot be read back", version.short());
                Err(EffectError::Unclear(verdict::UNSTORED.because(text)))
            }
            Err(trouble) => Err(EffectError::Unclear(trouble)),
        }
    }

    /// Makes sure that a stored version is pending: storing one again that had lost the label does
    /// not bring it back. A label that is on another version stays there.
    async fn attach_pending(&self, version: &VersionId) -> Effect {
        let described = self.describe().await;
        let described = described.map_err(|error| EffectError::Unclear(self.unread(&error)))?;
        match labels(&described).map(|labels| labels.get(&Label::Pending).cloned()) {
            Some(Some(on)) if on == *version => return Ok(()),
            Some(None) => {}
            Some(Some(_)) | None => return Err(EffectError::Overtaken),
        }
        let call = self.client.update_secret_version_stage();
        let call = call
            .secret_id(&self.name)
            .version_stage(Label::Pending.name())
            .move_to_version_id(version.as_str());
        match call.customize().config_override(tries(2)).send().await {
            Ok(_) => Ok(()),
            Err(error) => {
                let arrived = |label: Option<&VersionId>| label == Some(version);
                self.unmoved(&error, Label::Pending, arrived).await
            }
        }
    }

    /// Moves `AWSCURRENT`, if it is on `from`; in two tries, the second of which finds it moved.
    pub(super) async fn move_current(&self, from: &VersionId, to: &VersionId) -> Effect {
        let call = self.client.update_secret_version_stage();
        let call = call
            .secret_id(&self.name)
            .version_stage(Label::Current.name())
            .move_to_version_id(to.as_str())
            .remove_from_version_id(from.as_str());
        match call.customize().config_override(tries(2)).send().await {
            Ok(_) => Ok(()),
            Err(error) => {
                let arrived = |label: Option<&VersionId>| label == Some(to);
                self.unmoved(&error, Label::Current, arrived).await
            }
        }
    }

    /// Removes `AWSPENDING` from a version, in two tries.
    pub(super) async fn drop_pending(&self, version: &VersionId) -> Effect {
        let call = self.client.update_secret_version_stage();
        let call = call
            .secret_id(&self.name)
            .version_stage(Label::Pending.name())
            .remove_from_version_id(version.as_str());
        match call.customize().config_override(tries(2)).send().await {
            Ok(_) => Ok(()),
            Err(error) => {
                let gone = |label: Option<&VersionId>| label != Some(version);
                self.unmoved(&error, Label::Pending, gone).await
            }
        }
    }

    /// A label that was not where it was expected: fine if it is where it should go.
    async fn unmoved<E>(
        &self,
        error: &SdkError<E>,
        label: Label,
        is_right: impl FnOnce(Option<&VersionId>) -> bool,
    ) -> Effect
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let error = failure("UpdateSecretVersionStage", error);
        if !refusal::is_elsewhere(&error) {
            let trouble = self.trouble(&error);
            return Err(refusal::moving(&error, &self.name, trouble));
        }
        match self.describe().await {
            Ok(described) => match labels(&described) {
                Some(labels) if is_right(labels.get(&label)) => Ok(()),
                Some(_) | None => Err(EffectError::Overtaken),
            },
            Err(error) => Err(EffectError::Unclear(self.unread(&error))),
        }
    }

    async fn describe(&self) -> Result<DescribeSecretOutput, CallError> {
        let call = self.client.describe_secret().secret_id(&self.name);
        let described = call.send().await;
        described.map_err(|error| failure("DescribeSecret", &error))
    }

    async fn value(&self, version: &VersionId) -> Result<Option<Value>, Trouble> {
        let call = self.client.get_secret_value().secret_id(&self.name);
        match call.version_id(version.as_str()).send().await {
            Ok(answer) => Ok(match (answer.secret_string, answer.secret_binary) {
                (Some(text), _) => Some(Value::Text(text.into())),
                (None, Some(_)) => Some(Value::Binary),
                (None, None) => None,
            }),
            Err(error) => {
                let error = failure("GetSecretValue", &error);
                if refusal::is_absent(&error) {
                    Ok(None)
                } else {
                    Err(self.unread(&error))
                }
            }
        }
    }

    fn unread(&self, error: &CallError) -> Trouble {
        refusal::reading(error, &self.name, self.trouble(error))
    }

    fn trouble(&self, error: &CallError) -> Trouble {
        call::trouble(error, self.server.skew())
    }
}

/// What stands for a value that is no text: as little of a document as that.
fn no_text() -> SecretString {
    "".into()
}

/// Where each label is; `None` when one is on two versions, which Secrets Manager does not do.
fn labels(described: &DescribeSecretOutput) -> Option<BTreeMap<Label, VersionId>> {
    let mut labels = BTreeMap::new();
    let versions = described.version_ids_to_stages().into_iter().flatten();
    for (version, stages) in versions {
        for label in LABELS {
            if stages.iter().any(|stage| stage == label.name())
                && labels.insert(label, VersionId::new(version)).is_some()
            {
                return None;
            }
        }
    }
    Some(labels)
}

fn failure<E>(operation: &'static str, error: &SdkError<E>) -> CallError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    CallError::from_sdk(SERVICE, operation, error)
}

/// Overrides how often an effect is tried.
fn tries(count: u32) -> Builder {
    let (retry, timeouts) = call::tries(count);
    Builder::new().retry_config(retry).timeout_config(timeouts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn described(versions: &[(&str, &[&str])]) -> DescribeSecretOutput {
        let owned = |stages: &[&str]| stages.iter().map(|it| (*it).to_owned()).collect();
        let versions = versions
            .iter()
            .map(|(id, stages)| ((*id).to_owned(), owned(stages)));
        DescribeSecretOutput::builder()
            .set_version_ids_to_stages(Some(versions.collect()))
            .build()
    }

    #[test]
    fn labels_are_found_wherever_they_are_and_a_doubled_one_is_no_answer() {
        let found = labels(&described(&[
            ("one", &["AWSPREVIOUS", "mine"]),
            ("two", &["AWSCURRENT", "AWSPENDING"]),
            ("three", &[]),
        ]));
        let two = || VersionId::new("two");
        let expected = [
            (Label::Current, two()),
            (Label::Previous, VersionId::new("one")),
            (Label::Pending, two()),
        ];
        assert_eq!(found, Some(expected.into()));
        assert_eq!(
            labels(&DescribeSecretOutput::builder().build()),
            Some(BTreeMap::new())
        );
        let doubled = described(&[("one", &["AWSPENDING"]), ("two", &["AWSPENDING"])]);
        assert_eq!(labels(&doubled), None);
    }
}
