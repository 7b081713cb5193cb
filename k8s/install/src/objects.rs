//! What a manifest would change in a cluster: asked of the server itself, object by object, without
//! keeping anything.

mod fields;

use std::collections::BTreeSet;

use common::cluster::{Cluster, ClusterError, Discovery, FieldConflict, Kind, ServedKind};
use common::fault::Failure;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use serde::Serialize;
use serde_json::{Value, json};

use crate::installation::NAMESPACE;
use crate::manifest::{Id, Item};
use crate::verdict;

pub use fields::fields_that_differ;

/// Under which name Helm applies.
const HELM: &str = "helm";

/// The annotation by which Helm knows its objects again.
pub const RELEASE_NAME: &str = "meta.helm.sh/release-name";
/// Its namespace.
pub const RELEASE_NAMESPACE: &str = "meta.helm.sh/release-namespace";

/// So many objects are asked about at a time.
const AT_ONCE: usize = 8;

/// What happens to an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "action", rename_all = "kebab-case")]
pub enum Change {
    /// It is as it should be.
    Same,
    /// It is made.
    Create,
    /// These fields of it change.
    Change {
        /// Their paths.
        fields: Vec<String>,
    },
    /// It is deleted: the chart has it no more.
    Delete,
    /// The chart has it no more, and it stays.
    Keep,
    /// It cannot be changed into what it should be.
    Replace {
        /// What the server says.
        why: String,
    },
}

/// An object and what happens to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ObjectChange {
    /// Which one.
    #[serde(flatten)]
    pub id: Id,
    /// What happens.
    #[serde(flatten)]
    pub change: Change,
    /// Another owner than this release: the name of one, or a word for nobody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Fields that somebody else has set to another value.
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "fields::held")]
    pub held: Vec<FieldConflict>,
    /// Whether it is a job that somebody has paused. The chart leaves that to people.
    #[serde(skip)]
    pub paused: bool,
}

impl ObjectChange {
    /// Whether it stays as it is.
    pub fn is_nothing(&self) -> bool {
        matches!(self.change, Change::Same | Change::Keep)
    }

    /// A pause that stays, in words.
    pub fn pause(&self) -> Option<String> {
        let id = &self.id;
        self.paused
            .then(|| format!("the pause of {id}: nothing runs it until somebody ends that"))
    }

    /// Whether it stands for a volume.
    pub fn is_claim(&self) -> bool {
        self.id.group.is_empty() && self.id.kind == "PersistentVolumeClaim"
    }
}

/// Compares the items of a manifest with what is there, in their order.
///
/// # Errors
/// When a call fails, or a kind is not known.
pub async fn compare(
    api: &Cluster,
    discovery: &Discovery,
    items: &[Item],
    release: &str,
) -> Result<Vec<ObjectChange>, Failure> {
    let asked = items
        .iter()
        .map(|item| one(api, discovery, item.clone(), release));
    stream::iter(asked).buffered(AT_ONCE).try_collect().await
}

/// What becomes of the objects of an earlier manifest that the new one does not have.
///
/// # Errors
/// When a call fails.
pub async fn left_out(
    api: &Cluster,
    discovery: &Discovery,
    before: &[Item],
    after: &[ObjectChange],
) -> Result<Vec<ObjectChange>, Failure> {
    let still: BTreeSet<&Id> = after.iter().map(|change| &change.id).collect();
    let gone = before.iter().map(|item| async {
        let mut item = item.clone();
        let Some(served) = item.served(discovery, NAMESPACE).cloned() else {
            // Of a kind that is gone there is nothing left.
            return Ok(None);
        };
        if still.contains(&item.id) {
            return Ok(None);
        }
        let Some(live) = live(api, &served, &item.id).await? else {
            return Ok(None);
        };
        let is_kept = Item {
            value: live,
            ..item.clone()
        }
        .is_kept()
            || item.is_kept();
        Ok::<_, Failure>(Some(ObjectChange {
            id: item.id,
            change: if is_kept {
                Change::Keep
            } else {
                Change::Delete
            },
            owner: None,
            held: Vec::new(),
            paused: false,
        }))
    });
    let gone: Vec<_> = stream::iter(gone).buffered(AT_ONCE).try_collect().await?;
    Ok(gone.into_iter().flatten().collect())
}

/// The object as it is, if it is there. Of a Secret only what is not secret.
async fn live(api: &Cluster, served: &ServedKind, id: &Id) -> Result<Option<Value>, ClusterError> {
    let read = api.get_value(&served.resource, id.namespace.as_deref(), &id.name);
    match read.await {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind == Kind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

async fn one(
    api: &Cluster,
    discovery: &Discovery,
    mut item: Item,
    release: &str,
) -> Result<ObjectChange, Failure> {
    let Some(served) = item.served(discovery, NAMESPACE).cloned() else {
        let text = format!(
            "{} ({}) is of a kind that is not served",
            item.id, item.api_version
        );
        return Err(verdict::KIND_UNKNOWN.because(text).into());
    };
    let mut change = ObjectChange {
        id: item.id.clone(),
        change: Change::Create,
        owner: None,
        held: Vec::new(),
        paused: false,
    };
    let Some(before) = live(api, &served, &item.id).await? else {
        return Ok(change);
    };
    if item.id.kind == "Namespace" && before.pointer("/metadata/deletionTimestamp").is_some() {
        let text = format!("the namespace {} is being deleted", item.id.name);
        return Err(verdict::NAMESPACE_GOING.because(text).into());
    }
    let owner = owner(&before);
    if owner != Some((release, NAMESPACE)) {
        change.owner = Some(match owner {
            Some((release, namespace)) => format!("the release {release} in {namespace}"),
            None => "nobody that Helm knows".to_owned(),
        });
    }
    change.paused = item.id.kind == "CronJob" && is_paused(&item.value, &before);
    mark(&mut item.value, release);
    let attempt = |force| {
        let place = item.id.namespace.as_deref();
        api.try_apply(
            &served.resource,
            place,
            &item.id.name,
            HELM,
            force,
            &item.value,
        )
    };
    let mut tried = attempt(false).await;
    if let Err(error) = &mut tried
        && error.kind == Kind::Conflict
        && !error.conflicts.is_empty()
    {
        change.held = std::mem::take(&mut error.conflicts);
        tried = attempt(true).await;
    }
    change.change = match tried {
        Ok(after) => match fields_that_differ(&before, &after) {
            fields if fields.is_empty() => Change::Same,
            fields => Change::Change { fields },
        },
        // Fields that cannot change: selectors, references to roles, classes of volumes.
        Err(error) if error.kind == Kind::Invalid && error.status == Some(422) => Change::Replace {
            why: error.message.as_deref().unwrap_or(&error.reason).to_owned(),
        },
        Err(error) => return Err(error.into()),
    };
    Ok(change)
}

/// Whether a `CronJob` is suspended by somebody, and not because it should be.
fn is_paused(wanted: &Value, live: &Value) -> bool {
    let suspend = "/spec/suspend";
    wanted.pointer(suspend).is_none() && live.pointer(suspend) == Some(&Value::Bool(true))
}

/// Which release an object belongs to, and the namespace of that release.
pub fn owner(object: &Value) -> Option<(&str, &str)> {
    let annotations = object.pointer("/metadata/annotations")?;
    let word = |name| annotations.get(name).and_then(Value::as_str);
    Some((word(RELEASE_NAME)?, word(RELEASE_NAMESPACE)?))
}

/// Helm's own marks, which it adds to each object.
fn mark(object: &mut Value, release: &str) {
    let Some(metadata) = object.get_mut("metadata") else {
        return;
    };
    for (section, name, value) in [
        ("labels", "app.kubernetes.io/managed-by", "Helm"),
        ("annotations", RELEASE_NAME, release),
        ("annotations", RELEASE_NAMESPACE, NAMESPACE),
    ] {
        let Some(metadata) = metadata.as_object_mut() else {
            return;
        };
        let section = metadata.entry(section).or_insert_with(|| json!({}));
        if section.is_null() {
            *section = json!({});
        }
        if let Some(section) = section.as_object_mut() {
            section.insert(name.to_owned(), value.into());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_paused_by_people_and_a_twin_by_the_chart() {
        let of = |suspend: Value| json!({"spec": {"schedule": "1 * * * *", "suspend": suspend}});
        let job = json!({"spec": {"schedule": "1 * * * *"}});
        assert!(is_paused(&job, &of(true.into())));
        assert!(!is_paused(&job, &of(false.into())));
        assert!(!is_paused(&job, &job));
        assert!(!is_paused(&of(true.into()), &of(true.into())));
        // An older chart says that it runs: going back to that ends the pause.
        assert!(!is_paused(&of(false.into()), &of(true.into())));
    }
}
