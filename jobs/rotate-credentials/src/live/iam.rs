//! The IAM user: its keys, their last use, its tags. One method, one operation; what may be
//! repeated, and how often, stands at each.
//!
//! Reads are repeated by the SDK. An effect is never repeated in a way that could make it twice.

mod answer;
mod refusal;

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_iam::Client;
use aws_sdk_iam::config::{AppName, Builder};
use aws_sdk_iam::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_iam::types::{StatusType, Tag as IamTag};
use common::aws::{Aws, CallError};
use common::exit::Exit;
use futures_util::future::try_join_all;

use super::call;
use super::server_time::ServerClock;
use crate::key::{AccessKeyId, Key, KeyStatus, LastUsed};
use crate::marks::Tag;
use crate::outside::{Effect, EffectError, IamReading};
use crate::pair::Pair;
use answer::Listed;
use common::trouble::Trouble;

const SERVICE: &str = "iam";

/// Pauses before a tag is tried again that somebody else was changing: three tries in all.
const BUSY_PAUSES: [Duration; 2] = [Duration::from_millis(200), Duration::from_millis(800)];

/// One user's keys and tags.
#[derive(Debug)]
pub(super) struct Iam {
    client: Client,
    user: String,
    server: ServerClock,
}

impl Iam {
    /// The user called `user`; `app` is how calls appear in CloudTrail.
    pub(super) fn new(aws: &Aws, user: &str, app: Option<AppName>, server: ServerClock) -> Self {
        let mut config = Builder::from(&aws.config)
            .interceptor(aws.meter.clone())
            .interceptor(server.clone());
        if app.is_some() {
            config.set_app_name(app);
        }
        Self {
            client: Client::from_conf(config.build()),
            user: user.to_owned(),
            server,
        }
    }

    /// Keys with their last use, and tags.
    pub(super) async fn read(&self) -> Result<IamReading, Trouble> {
        let (listed, tags) = tokio::join!(self.keys(), self.tags());
        let (listed, tags) = (listed?, tags?);
        let keys = listed.into_iter().map(|key| self.with_last_use(key));
        Ok(IamReading {
            keys: try_join_all(keys).await?,
            tags,
            time: self.server.told()?,
        })
    }

    /// Whose a key is that is not listed.
    pub(super) async fn owner_of(&self, key: &AccessKeyId) -> Result<Option<String>, Trouble> {
        let call = self.client.get_access_key_last_used();
        match call.access_key_id(key.as_str()).send().await {
            Ok(answer) => Ok(answer.user_name),
            Err(error) => {
                let error = failure("GetAccessKeyLastUsed", &error);
                if refusal::tells_no_owner(&error) {
                    Ok(None)
                } else {
                    Err(self.trouble(&error))
                }
            }
        }
    }

    /// Creates a key, in one try: whether a second one would make a second key cannot be known.
    pub(super) async fn create(&self) -> Effect<Pair> {
        let call = self.client.create_access_key().user_name(&self.user);
        match call.customize().config_override(tries(1)).send().await {
            Ok(answer) => answer::pair(answer).ok_or_else(|| {
                let error = call::garbled(SERVICE, "CreateAccessKey", "a usable pair");
                EffectError::Unclear(self.trouble(&error))
            }),
            Err(error) => {
                let error = failure("CreateAccessKey", &error);
                let trouble = self.trouble(&error);
                Err(refusal::creating(&error, &self.user, trouble))
            }
        }
    }

    /// Activates or deactivates a key, in two tries: the second one finds the state as wanted.
    pub(super) async fn set_status(&self, key: &AccessKeyId, status: KeyStatus) -> Effect {
        let status = match status {
            KeyStatus::Active => StatusType::Active,
            // Nobody asks for `Other`; the harmless one of the two.
            KeyStatus::Inactive | KeyStatus::Other => StatusType::Inactive,
        };
        let call = self.client.update_access_key().user_name(&self.user);
        let call = call.access_key_id(key.as_str()).status(status);
        match call.customize().config_override(tries(2)).send().await {
            Ok(_) => Ok(()),
            Err(error) => {
                let error = failure("UpdateAccessKey", &error);
                Err(refusal::updating(&error, self.trouble(&error)))
            }
        }
    }

    /// Deletes a key, in two tries: the second one finds it gone, which is a success.
    pub(super) async fn delete(&self, key: &AccessKeyId) -> Effect {
        let call = self.client.delete_access_key().user_name(&self.user);
        let call = call.access_key_id(key.as_str()).customize();
        match call.config_override(tries(2)).send().await {
            Ok(_) => Ok(()),
            Err(error) => {
                let error = failure("DeleteAccessKey", &error);
                refusal::deleting(&error, self.trouble(&error))
            }
        }
    }

    /// Writes a tag, in three tries.
    pub(super) async fn tag(&self, tag: &Tag) -> Effect {
        let built = IamTag::builder().key(&tag.name).value(&tag.value).build();
        // Both parts are there, so it can be built; if not, AWS is not asked.
        let Ok(built) = built else {
            let error = call::garbled(SERVICE, "TagUser", "a tag's name");
            return Err(EffectError::Refused(self.trouble(&error)));
        };
        let done = unless_busy(async || {
            let call = self.client.tag_user().user_name(&self.user);
            let call = call.tags(built.clone()).customize();
            let sent = call.config_override(tries(3)).send().await;
            sent.map(drop).map_err(|error| failure("TagUser", &error))
        });
        self.tagged(done.await)
    }

    /// Removes a tag, in three tries. One that is not there is fine.
    pub(super) async fn untag(&self, name: &str) -> Effect {
        let done = unless_busy(async || {
            let call = self.client.untag_user().user_name(&self.user);
            let call = call.tag_keys(name).customize();
            let sent = call.config_override(tries(3)).send().await;
            sent.map(drop).map_err(|error| failure("UntagUser", &error))
        });
        self.tagged(done.await)
    }

    fn tagged(&self, done: Result<(), CallError>) -> Effect {
        done.map_err(|error| refusal::tagging(&error, &self.user, self.trouble(&error)))
    }

    async fn keys(&self) -> Result<Vec<Listed>, Trouble> {
        const OPERATION: &str = "ListAccessKeys";
        let mut keys = Vec::new();
        let mut marker: Option<String> = None;
        loop {
            let call = self.client.list_access_keys().user_name(&self.user);
            let page = call.set_marker(marker.clone()).send().await;
            let page = page.map_err(|error| self.unread(OPERATION, &error))?;
            for key in page.access_key_metadata() {
                let key = answer::listed(key).ok_or_else(|| {
                    let lacks = "a key's id, status or date";
                    self.trouble(&call::garbled(SERVICE, OPERATION, lacks))
                })?;
                keys.push(key);
            }
            if !page.is_truncated() {
                return Ok(keys);
            }
            marker = Some(self.next(OPERATION, page.marker(), marker.as_deref())?);
        }
    }

    async fn tags(&self) -> Result<BTreeMap<String, String>, Trouble> {
        const OPERATION: &str = "ListUserTags";
        let mut tags = BTreeMap::new();
        let mut marker: Option<String> = None;
        loop {
            let call = self.client.list_user_tags().user_name(&self.user);
            let page = call.set_marker(marker.clone()).send().await;
            let page = page.map_err(|error| self.unread(OPERATION, &error))?;
            tags.extend(
                page.tags()
                    .iter()
                    .map(|tag| (tag.key.clone(), tag.value.clone())),
            );
            if !page.is_truncated() {
                return Ok(tags);
            }
            marker = Some(self.next(OPERATION, page.marker(), marker.as_deref())?);
        }
    }

    fn next(
        &self,
        operation: &'static str,
        marker: Option<&str>,
        before: Option<&str>,
    ) -> Result<String, Trouble> {
        answer::next_page(marker, before)
            .ok_or_else(|| self.trouble(&call::garbled(SERVICE, operation, "its next page")))
    }

    async fn with_last_use(&self, key: Listed) -> Result<Key, Trouble> {
        let call = self.client.get_access_key_last_used();
        let last_used = match call.access_key_id(key.id.as_str()).send().await {
            Ok(answer) => answer::last_used(answer.access_key_last_used()),
            Err(error) => {
                let trouble = self.trouble(&failure("GetAccessKeyLastUsed", &error));
                if trouble.exit == Exit::Denied {
                    return Err(trouble);
                }
                tracing::warn!(
                    key.id = key.id.as_str(),
                    "last use of a key not read: {trouble}"
                );
                LastUsed::Unknown
            }
        };
        Ok(key.with(last_used))
    }

    fn unread<E>(&self, operation: &'static str, error: &SdkError<E>) -> Trouble
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let error = failure(operation, error);
        refusal::reading(&error, &self.user, self.trouble(&error))
    }

    fn trouble(&self, error: &CallError) -> Trouble {
        call::trouble(error, self.server.skew())
    }
}

fn failure<E>(operation: &'static str, error: &SdkError<E>) -> CallError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    CallError::from_sdk(SERVICE, operation, error)
}

/// Repeats a call that somebody else's change came in the way of.
async fn unless_busy(
    mut call: impl AsyncFnMut() -> Result<(), CallError>,
) -> Result<(), CallError> {
    for pause in BUSY_PAUSES {
        match call().await {
            Err(error) if refusal::is_busy(&error) => tokio::time::sleep(pause).await,
            done => return done,
        }
    }
    call().await
}

/// Overrides how often an effect is tried.
fn tries(count: u32) -> Builder {
    let (retry, timeouts) = call::tries(count);
    Builder::new().retry_config(retry).timeout_config(timeouts)
}
