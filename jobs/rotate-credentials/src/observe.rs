//! Looks at everything once. What cannot be seen is part of what is returned, with the reason.

use std::collections::{BTreeMap, BTreeSet};

use common::cluster::ClusterName;
use futures_util::future::join_all;
use jiff::Timestamp;

use crate::document::Document;
use crate::facts::named_bases;
use crate::key::AccessKeyId;
use crate::marks::{Marks, Stage};
use crate::outside::{Fill, IamReading, Label, Outside, SecretReading, ServerTime};
use crate::pair::Pair;
use crate::verdict;
use crate::version::VersionId;
use crate::world::{
    Cluster, ClusterState, Contents, Held, Iam, Reading, Run, Store, Version, World,
};
use common::trouble::Trouble;

/// An observation, and the secrets that came with it.
#[derive(Debug)]
pub struct Observation {
    /// What is decided on.
    pub world: World,
    /// What effects and probes need.
    pub vault: Vault,
}

/// The documents that were read, by version. `Debug` shows their keys' ids alone.
#[derive(Debug, Default)]
pub struct Vault {
    /// The current version's id.
    pub current: Option<VersionId>,
    documents: BTreeMap<VersionId, Document>,
}

impl Vault {
    /// The current document.
    pub fn document(&self) -> Option<&Document> {
        self.documents.get(self.current.as_ref()?)
    }

    /// The pair of a key: what the current version says of it, and what another one does only when
    /// that has another key. Two versions can hold two secrets for one key; what is tried must be
    /// what is written.
    pub fn pair(&self, key: &AccessKeyId) -> Option<&Pair> {
        let others = self.documents.values();
        let mut pairs = self
            .document()
            .into_iter()
            .chain(others)
            .map(Document::pair);
        pairs.find(|pair| pair.id == *key)
    }
}

/// Looks at everything. `run` is what the run remembers.
pub async fn observe<O: Outside>(outside: &O, run: Run) -> Observation {
    let local = outside.now();
    let mut vault = Vault::default();
    let mut time = None;
    let mut iam = read_iam(outside, &mut time).await;
    let mut store = read_store(outside, &mut vault, &mut time).await;
    if let (Reading::Known(user), Reading::Known(secret)) = (&mut iam, &mut store) {
        match look_further(outside, user, secret, &mut vault).await {
            Ok(()) => {}
            Err(trouble) => iam = Reading::Failed(trouble),
        }
    }
    let clusters = read_clusters(outside, &vault, iam.known()).await;
    let time = time.unwrap_or(ServerTime {
        now: local,
        skew: jiff::SignedDuration::ZERO,
    });
    let world = World {
        now: time.now,
        skew: time.skew,
        iam,
        store,
        clusters,
        run,
    };
    Observation { world, vault }
}

/// Looks at the secret's labels and then at IAM, for the last look before an effect that cannot be
/// undone. The clusters are as they were seen a moment ago.
pub async fn look_again<O: Outside>(outside: &O, world: &World) -> World {
    let mut time = None;
    let mut store = read_store(outside, &mut Vault::default(), &mut None).await;
    if let (Reading::Known(fresh), Reading::Known(before)) = (&mut store, &world.store) {
        fresh.others.clone_from(&before.others);
        fresh.searched.clone_from(&before.searched);
    }
    let mut iam = read_iam(outside, &mut time).await;
    if let (Reading::Known(fresh), Reading::Known(before)) = (&mut iam, &world.iam) {
        fresh.stranger.clone_from(&before.stranger);
    }
    let time = time.unwrap_or(ServerTime {
        now: world.now,
        skew: world.skew,
    });
    World {
        now: time.now,
        skew: time.skew,
        iam,
        store,
        ..world.clone()
    }
}

async fn read_iam<O: Outside>(outside: &O, time: &mut Option<ServerTime>) -> Reading<Iam> {
    if outside.is_follower() {
        return Reading::NotMine;
    }
    match outside.read_iam().await {
        Ok(reading) => {
            time.get_or_insert(reading.time);
            Reading::Known(iam(reading))
        }
        Err(trouble) => Reading::Failed(trouble),
    }
}

fn iam(reading: IamReading) -> Iam {
    let tags = reading.tags.iter();
    Iam {
        marks: Marks::read(tags.map(|(name, value)| (name.as_str(), value.as_str()))),
        keys: reading
            .keys
            .into_iter()
            .map(|key| (key.id.clone(), key))
            .collect(),
        stranger: None,
    }
}

async fn read_store<O: Outside>(
    outside: &O,
    vault: &mut Vault,
    time: &mut Option<ServerTime>,
) -> Reading<Store> {
    let reading = match outside.read_secret().await {
        Ok(reading) => reading,
        Err(trouble) => return Reading::Failed(trouble),
    };
    time.get_or_insert(reading.time);
    match store(outside, reading, vault) {
        Ok(store) => Reading::Known(store),
        Err(trouble) => Reading::Failed(trouble),
    }
}

fn store<O: Outside>(
    outside: &O,
    reading: SecretReading,
    vault: &mut Vault,
) -> Result<Store, Trouble> {
    let mut labelled = BTreeMap::new();
    let mut why_not = None;
    for (label, (version, text)) in reading.labelled {
        let contents = match text.map(|text| Document::parse(text, outside.field_names())) {
            None => Contents::Empty,
            Some(Ok(document)) => {
                let key = document.pair().id.clone();
                vault.documents.insert(version.clone(), document);
                Contents::Pair(key)
            }
            Some(Err(error)) => {
                if label == Label::Current {
                    why_not = Some(error.to_string());
                }
                Contents::Malformed
            }
        };
        labelled.insert(label, Version { version, contents });
    }
    let current = labelled.remove(&Label::Current);
    let held = current.and_then(|it| match it.contents {
        Contents::Pair(key) => Some(Held {
            version: it.version,
            key,
        }),
        Contents::Empty | Contents::Malformed => None,
    });
    let Some(current) = held else {
        let text = why_not.unwrap_or_else(|| "its current version has no value".to_owned());
        return Err(verdict::SECRET_MALFORMED.because(format!("the secret is unusable: {text}")));
    };
    vault.current = Some(current.version.clone());
    Ok(Store {
        current,
        previous: labelled.remove(&Label::Previous),
        pending: labelled.remove(&Label::Pending),
        others: BTreeMap::new(),
        searched: BTreeSet::new(),
    })
}

/// What only matters when something is unusual: whose key an unlisted one is, and versions that
/// marks name.
async fn look_further<O: Outside>(
    outside: &O,
    iam: &mut Iam,
    store: &mut Store,
    vault: &mut Vault,
) -> Result<(), Trouble> {
    let cur = &store.current.key;
    let listed = iam.keys.get(cur);
    let mut wanted = BTreeSet::new();
    if !listed.is_some_and(crate::key::Key::is_active) {
        if listed.is_none() && iam.marks.of(cur).is_none() {
            iam.stranger = outside.owner_of(cur).await?;
        }
        wanted.extend(named_bases(iam).cloned());
    }
    let bases: BTreeSet<_> = [Some(&store.current.version)]
        .into_iter()
        .chain([store.previous.as_ref().map(|it| &it.version)])
        .flatten()
        .chain(named_bases(iam))
        .cloned()
        .collect();
    let unknown = iam.keys.keys().filter(|key| {
        *key != cur && !iam.marks.keys.contains_key(*key) && !iam.marks.intents.is_empty()
    });
    let unknown: Vec<_> = unknown.cloned().collect();
    for key in &unknown {
        wanted.extend(bases.iter().map(|base| VersionId::token(key, base)));
    }
    for version in wanted {
        if vault.documents.contains_key(&version) {
            continue;
        }
        let contents = match outside.read_version(&version).await? {
            None => continue,
            Some(text) => match Document::parse(text, outside.field_names()) {
                Ok(document) => {
                    let key = document.pair().id.clone();
                    vault.documents.insert(version.clone(), document);
                    Contents::Pair(key)
                }
                Err(_) => Contents::Malformed,
            },
        };
        store.others.insert(version, contents);
    }
    store.searched.extend(unknown);
    Ok(())
}

async fn read_clusters<O: Outside>(outside: &O, vault: &Vault, iam: Option<&Iam>) -> Vec<Cluster> {
    let soaking_since = iam.and_then(soaking_since);
    // All at once: they know nothing of each other, and a slow one would hold up the rest.
    let looks = outside.clusters().into_iter().map(async |name| {
        let state = read_cluster(outside, &name, vault, soaking_since).await;
        Cluster { name, state }
    });
    join_all(looks).await
}

async fn read_cluster<O: Outside>(
    outside: &O,
    name: &ClusterName,
    vault: &Vault,
    soaking_since: Option<Timestamp>,
) -> Result<ClusterState, Trouble> {
    let Some(document) = vault.document() else {
        return Err(verdict::SECRET_MISSING.because("the secret was not read"));
    };
    let fill = Fill {
        pair: document.pair(),
        document,
        soaking_since,
    };
    outside.read_cluster(name, fill).await
}

/// Since when the youngest soak runs.
fn soaking_since(iam: &Iam) -> Option<Timestamp> {
    let marks = iam.marks.keys.values().filter_map(|it| it.as_ref().ok());
    marks
        .filter(|mark| mark.stage == Stage::Soaking)
        .map(|mark| mark.since)
        .max()
}

#[cfg(test)]
mod tests {
    use common::secret::ExposeSecret as _;

    use super::*;
    use crate::document::FieldNames;
    use crate::sample::{id, version};

    fn document(secret: char) -> Document {
        let names = FieldNames {
            access_key_id: "id".into(),
            secret_access_key: "secret".into(),
        };
        let secret = secret.to_string().repeat(40);
        let text = format!(r#"{{"id":"{}","secret":"{secret}"}}"#, id('A'));
        Document::parse(text.into(), &names).unwrap()
    }

    #[test]
    fn of_two_secrets_for_one_key_the_current_versions_is_tried() {
        for (current, other) in [('1', '2'), ('2', '1')] {
            let vault = Vault {
                current: Some(version(current)),
                documents: [
                    (version(current), document('c')),
                    (version(other), document('o')),
                ]
                .into(),
            };
            let pair = vault.pair(&id('A')).unwrap();
            assert!(pair.secret.expose_secret().starts_with('c'), "{current}");
        }
    }
}
