//! Memory in a `ConfigMap`: read, replaced if nobody else has written meanwhile, else read again.

use common::cancel::Cancellation;
use common::clock::Clock;
use common::cluster::{Cluster, ClusterError, Kind, Patience};
use common::trouble::Trouble;
use k8s_openapi::api::core::v1::ConfigMap;

use super::{Base, Found, Memory, Store};

/// The key in the `ConfigMap`.
const KEY: &str = "memory.json";

/// How often it is tried to write what others are writing too.
const TRIES: usize = 3;

/// Reads what is there.
pub(super) async fn find(
    cluster: &Cluster,
    namespace: &str,
    name: &str,
    clock: &Clock,
    cancel: &Cancellation,
) -> Result<Found, Trouble> {
    let read = || cluster.get::<ConfigMap>(namespace, name);
    match Patience::default().repeat(clock, cancel, read).await {
        Ok(map) => {
            let text = map.data.as_ref().and_then(|data| data.get(KEY));
            Ok(Found {
                memory: text.map(|text| Memory::parse(text)),
                base: Base::Held(Box::new(map)),
            })
        }
        Err(error) if error.kind == Kind::NotFound => Ok(Found {
            base: Base::Absent,
            memory: None,
        }),
        Err(error) => Err(Trouble::of(&error)),
    }
}

/// A `ConfigMap` to write.
pub(super) struct Map<'s> {
    pub(super) store: &'s Store,
    pub(super) cluster: &'s Cluster,
    pub(super) namespace: &'s str,
    pub(super) name: &'s str,
    pub(super) clock: &'s Clock,
    pub(super) cancel: &'s Cancellation,
}

impl Map<'_> {
    /// Writes over what was found, and over what others have written meanwhile together with that.
    pub(super) async fn save(&self, mut base: Base, mut memory: Memory) -> Result<(), Trouble> {
        let mut tried: usize = 0;
        loop {
            if matches!(base, Base::Unread) {
                let found = self
                    .store
                    .find_to_overwrite(self.clock, self.cancel)
                    .await?;
                if let Some(Ok(theirs)) = found.memory {
                    memory = memory.merge(&theirs);
                }
                base = found.base;
            }
            let held = match base {
                Base::Held(held) => Some(*held),
                Base::Absent | Base::Unread | Base::Newer => None,
            };
            let Err(error) = self.write(held.clone(), &memory).await else {
                return Ok(());
            };
            tried = tried.saturating_add(1);
            // Changed or made by others, or deleted.
            let moved =
                error.kind == Kind::Conflict || (error.kind == Kind::NotFound && held.is_some());
            if !moved || tried >= TRIES {
                return Err(Trouble::of(&error));
            }
            base = Base::Unread;
        }
    }

    /// Over what is held, if it is still the same; else as a new one.
    async fn write(&self, held: Option<ConfigMap>, memory: &Memory) -> Result<(), ClusterError> {
        let replaces = held.is_some();
        let map = with_memory(held.unwrap_or_default(), self.name, memory);
        let write = || async {
            if replaces {
                self.cluster.replace(self.namespace, self.name, &map).await
            } else {
                self.cluster.create(self.namespace, &map).await
            }
        };
        let written: ConfigMap = Patience::default()
            .repeat(self.clock, self.cancel, write)
            .await?;
        tracing::debug!(
            resource_version = written.metadata.resource_version,
            "{} is written",
            self.store
        );
        Ok(())
    }
}

/// The same with this memory; whatever else is in it stays.
fn with_memory(mut map: ConfigMap, name: &str, memory: &Memory) -> ConfigMap {
    map.metadata.name = Some(name.to_owned());
    map.data
        .get_or_insert_default()
        .insert(KEY.to_owned(), memory.to_text());
    map
}
