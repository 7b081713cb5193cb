//! Secrets in the cluster that are filled from AWS: what they should hold, what they hold, and the one
//! way in which they are written: in place, key by key, as `rotate-credentials` writes them too.

mod alertmanager;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use common::cluster::{Cluster, FIELD_MANAGER, Kind};
use common::exit::Exit;
use common::fault::Failure;
use common::secret::{ExposeSecret as _, SecretString};
use common::trouble::Trouble;
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::installation::NAMESPACE;
use crate::person;
use crate::verdict;

pub use alertmanager::Alertmanager;
pub use rotate_credentials::wanted::KEY;

/// So many bytes of a digest are shown: enough to see that two differ.
const DIGEST_BYTES: usize = 6;

/// A value that can be told from others and not be guessed at: the digest of a value, its key in the Secret
/// and the Secret's name, keyed with everything that the Secret should hold. Whoever sees one in a log can try
/// no guess without the whole of that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Digest(String);

impl std::fmt::Display for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// What digests are keyed with.
struct DigestKey(Zeroizing<[u8; 32]>);

impl DigestKey {
    fn of(values: &BTreeMap<String, SecretString>) -> Self {
        let mut digest = Sha256::new();
        for value in values.values() {
            let value = value.expose_secret();
            digest.update(value.len().to_be_bytes());
            digest.update(value);
        }
        Self(Zeroizing::new(digest.finalize().into()))
    }

    fn digest(&self, secret: &str, key: &str, value: &[u8]) -> Digest {
        let mut digest = Sha256::new();
        digest.update(self.0.as_slice());
        for part in [FIELD_MANAGER, secret, key] {
            digest.update(part);
            digest.update([0]);
        }
        digest.update(value);
        let mut text = String::new();
        for byte in digest.finalize().iter().take(DIGEST_BYTES) {
            // Writing to a `String` cannot fail.
            write!(text, "{byte:02x}").unwrap_or_default();
        }
        Digest(text)
    }
}

/// What a Secret should hold.
#[derive(Debug)]
pub struct Wanted {
    /// Its name.
    pub name: String,
    /// Each key's value.
    pub values: BTreeMap<String, SecretString>,
}

/// One key of a Secret, before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeyChange {
    /// The key.
    pub key: String,
    /// What it holds now.
    pub before: Option<Digest>,
    /// What it will hold.
    pub after: Digest,
    /// Fields of the file in it that change, where it is one; never their values.
    pub fields: Vec<String>,
}

/// How a Secret is brought to what it should hold.
#[derive(Debug, Serialize)]
pub struct Fill {
    /// What each key should hold.
    #[serde(skip)]
    values: BTreeMap<String, SecretString>,
    /// Its name.
    pub name: String,
    /// Whether it is made.
    pub create: bool,
    /// All keys, those that stay among them.
    pub keys: Vec<KeyChange>,
    /// What the Secret was when it was looked at.
    #[serde(skip)]
    revision: Option<String>,
}

impl Fill {
    /// Looks at the Secret and compares. `differs` says in which fields a value that is there, and is another
    /// one, differs.
    ///
    /// # Errors
    /// When it cannot be read, or cannot be changed and would have to be.
    pub async fn look(
        api: &Cluster,
        wanted: Wanted,
        differs: impl Fn(&[u8]) -> Vec<String>,
    ) -> Result<Self, Failure> {
        let Wanted { name, values } = wanted;
        let live = match api.get_secret(NAMESPACE, &name).await {
            Ok(live) => Some(live),
            Err(error) if error.kind == Kind::NotFound => None,
            Err(error) => return Err(error.into()),
        };
        let digests = DigestKey::of(&values);
        let keys = values.iter().map(|(key, value)| {
            let before = live.as_ref().and_then(|live| live.value(key));
            let after = value.expose_secret().as_bytes();
            let digest = |value: &[u8]| digests.digest(&name, key, value);
            let another = before.filter(|before| *before != after);
            KeyChange {
                key: key.clone(),
                before: before.map(digest),
                after: digest(after),
                fields: another.map(&differs).unwrap_or_default(),
            }
        });
        let fill = Self {
            keys: keys.collect(),
            create: live.is_none(),
            revision: live.as_ref().map(|live| live.resource_version.clone()),
            name,
            values,
        };
        if !fill.is_nothing() && live.is_some_and(|live| live.immutable) {
            let text = format!("the Secret {} in {NAMESPACE} is immutable", fill.name);
            return Err(verdict::IMMUTABLE.because(text).into());
        }
        Ok(fill)
    }

    /// Whether the Secret holds all of it already.
    pub fn is_nothing(&self) -> bool {
        let same = |key: &KeyChange| key.before.as_ref() == Some(&key.after);
        !self.create && self.keys.iter().all(same)
    }

    /// Writes it, if nobody else was faster, and reads it back. Says how many writes that took.
    ///
    /// # Errors
    /// When a call fails, or somebody else writes the Secret too.
    pub async fn write(&self, api: &Cluster) -> Result<u64, Failure> {
        if self.is_nothing() {
            return Ok(0);
        }
        let writes = match &self.revision {
            None => self.create(api).await?,
            Some(revision) => self.patch(api, revision.clone()).await?,
        };
        self.read_back(api)
            .await
            .map_err(|failure| begun(&failure))?;
        Ok(writes)
    }

    async fn read_back(&self, api: &Cluster) -> Result<(), Failure> {
        let live = api.get_secret(NAMESPACE, &self.name).await?;
        let mut values = self.values.iter();
        let is_there = |(key, value): (&String, &SecretString)| {
            live.value(key) == Some(value.expose_secret().as_bytes())
        };
        if values.all(is_there) {
            Ok(())
        } else {
            Err(self.overtaken().into())
        }
    }

    async fn create(&self, api: &Cluster) -> Result<u64, Failure> {
        let values = self.values.iter();
        let data = values.map(|(key, value)| {
            let bytes = value.expose_secret().as_bytes().to_vec();
            (key.clone(), ByteString(bytes))
        });
        let label = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let secret = Secret {
            metadata: ObjectMeta {
                name: Some(self.name.clone()),
                namespace: Some(NAMESPACE.to_owned()),
                labels: Some([label("app.kubernetes.io/part-of", FIELD_MANAGER)].into()),
                ..ObjectMeta::default()
            },
            data: Some(data.collect()),
            ..Secret::default()
        };
        match api.create(NAMESPACE, &secret).await {
            Ok(_) => Ok(1),
            Err(error) if error.kind == Kind::Conflict => Err(self.overtaken().into()),
            Err(error) => Err(error.into()),
        }
    }

    async fn patch(&self, api: &Cluster, mut revision: String) -> Result<u64, Failure> {
        let mut writes = 0;
        for change in &self.keys {
            if change.before.as_ref() == Some(&change.after) {
                continue;
            }
            let Some(value) = self.values.get(&change.key) else {
                continue;
            };
            let bytes = value.expose_secret().as_bytes();
            let patching =
                api.patch_secret_key(NAMESPACE, &self.name, &change.key, bytes, &revision);
            revision = patching.await.map_err(|error| {
                let failure = if error.kind == Kind::Conflict {
                    Failure::from(self.overtaken())
                } else {
                    Failure::from(error)
                };
                if writes > 0 { begun(&failure) } else { failure }
            })?;
            writes += 1;
        }
        Ok(writes)
    }

    fn overtaken(&self) -> Trouble {
        let text = format!(
            "somebody else writes the Secret {} in {NAMESPACE}",
            self.name
        );
        verdict::OVERTAKEN.because(text)
    }
}

/// Of a Secret that was written in part, or by two.
fn begun(failure: &Failure) -> Failure {
    let trouble = Trouble {
        exit: Exit::HalfDone,
        ..person::told(failure.fault())
    };
    trouble.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(values: &[&str]) -> DigestKey {
        let values = (0..).zip(values);
        let values = values.map(|(number, value)| (number.to_string(), (*value).into()));
        DigestKey::of(&values.collect())
    }

    #[test]
    fn a_digest_is_of_one_key_in_one_secret_and_short() {
        let digest = |secret, name, value| key(&["whole"]).digest(secret, name, value);
        let one = digest("a", "b", b"hunter2");
        assert_eq!(one, digest("a", "b", b"hunter2"));
        assert_eq!(one.to_string().len(), 12);
        for other in [
            digest("a", "b", b"hunter3"),
            digest("a", "c", b"hunter2"),
            digest("ab", "", b"hunter2"),
        ] {
            assert_ne!(one, other);
        }
    }

    #[test]
    fn without_everything_that_the_secret_should_hold_no_guess_can_be_tried() {
        let digest = |values: &[&str]| key(values).digest("a", "b", b"hunter2");
        let one = digest(&["id", "hunter2"]);
        for other in [
            &["id", "hunter3"][..],
            &["idh", "unter2"],
            &["hunter2"],
            &[],
        ] {
            assert_ne!(one, digest(other), "{other:?}");
        }
    }
}
