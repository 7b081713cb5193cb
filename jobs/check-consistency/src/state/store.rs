//! Where memory lies: a `ConfigMap`, or a file. Nothing that goes wrong here ends a run.

mod config_map;
mod file;

use std::fmt;
use std::path::PathBuf;

use common::cancel::Cancellation;
use common::clock::Clock;
use common::cluster::Cluster;
use common::fault::chain;
use common::trouble::Trouble;
use k8s_openapi::api::core::v1::ConfigMap;

use super::Memory;
use super::format::Unreadable;
use config_map::Map;

use crate::verdict;

/// Where memory lies. `Display`: `ConfigMap monitoring/check-consistency of prod-e1-1`, or the path.
#[derive(Debug, Clone)]
pub enum Store {
    /// In a `ConfigMap`, which is made if it is not there.
    ConfigMap {
        /// The cluster.
        cluster: Cluster,
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
    },
    /// In a file, in a directory that is there.
    File(PathBuf),
}

/// What was found.
#[derive(Debug)]
pub struct Loaded {
    /// What is remembered; nothing where it is not known.
    pub memory: Memory,
    /// Whether ages are known.
    pub known: bool,
    /// What a person should know about it, on one line.
    pub warning: Option<String>,
    base: Base,
}

impl Loaded {
    /// Whether [`save`] writes over it: not where a newer version has written.
    pub const fn is_replaceable(&self) -> bool {
        match self.base {
            Base::Absent | Base::Held(_) | Base::Unread => true,
            Base::Newer => false,
        }
    }
}

/// What is written over.
#[derive(Debug)]
enum Base {
    /// Nothing is there, or a file, which has no version.
    Absent,
    /// This is.
    Held(Box<ConfigMap>),
    /// Nobody knows.
    Unread,
    /// Something that must not be overwritten.
    Newer,
}

/// What is there.
struct Found {
    base: Base,
    /// `None` where there is no text at all.
    memory: Option<Result<Memory, Unreadable>>,
}

/// Reads what is remembered. Where that fails the run goes on without ages, and [`Loaded::warning`] says
/// why. A pause for a busy server ends when the run is cancelled.
pub async fn load(store: &Store, clock: &Clock, cancel: &Cancellation) -> Loaded {
    let Found { base, memory } = match store.find(clock, cancel).await {
        Ok(found) => found,
        Err(trouble) => return unknown(Base::Unread, format!("ages are not known: {trouble}")),
    };
    match memory {
        Some(Ok(memory)) => Loaded {
            memory,
            known: true,
            warning: None,
            base,
        },
        None => unknown(
            base,
            format!("nothing is remembered in {store} yet: ages begin with this run"),
        ),
        Some(Err(error @ Unreadable::Corrupt(_))) => unknown(
            base,
            format!("{store}: {}; ages begin anew with this run", chain(&error)),
        ),
        Some(Err(error @ Unreadable::Newer { .. })) => unknown(
            Base::Newer,
            format!("{store}: {error}; ages are not known, and nothing is written"),
        ),
    }
}

/// Writes what is to be remembered over what was loaded. What another run has written meanwhile is
/// [merged](Memory::merge) in; what this one has cleared can then come back, and the next one clears it.
/// Does nothing where [`load`] met a newer version's memory and warned of it.
///
/// # Errors
/// When it is not written: the call or the file fails, others write all the time, or a newer version has
/// written meanwhile.
pub async fn save(
    store: &Store,
    loaded: Loaded,
    memory: &Memory,
    clock: &Clock,
    cancel: &Cancellation,
) -> Result<(), Trouble> {
    if matches!(loaded.base, Base::Newer) {
        return Ok(());
    }
    match store {
        Store::ConfigMap {
            cluster,
            namespace,
            name,
        } => {
            let map = Map {
                store,
                cluster,
                namespace,
                name,
                clock,
                cancel,
            };
            map.save(loaded.base, memory.clone()).await
        }
        Store::File(path) => {
            // A file has no version: whoever wrote it meanwhile may have been newer.
            store.find_to_overwrite(clock, cancel).await?;
            file::replace(path, memory.to_text().as_bytes())
        }
    }
}

impl Store {
    async fn find(&self, clock: &Clock, cancel: &Cancellation) -> Result<Found, Trouble> {
        match self {
            Self::ConfigMap {
                cluster,
                namespace,
                name,
            } => config_map::find(cluster, namespace, name, clock, cancel).await,
            Self::File(path) => file::find(path),
        }
    }

    /// What is there now, unless it is to stay.
    async fn find_to_overwrite(
        &self,
        clock: &Clock,
        cancel: &Cancellation,
    ) -> Result<Found, Trouble> {
        let found = self.find(clock, cancel).await?;
        match &found.memory {
            Some(Err(error @ Unreadable::Newer { .. })) => {
                Err(verdict::STATE_NEWER.because(format!("{self}: {error}")))
            }
            Some(Ok(_) | Err(Unreadable::Corrupt(_))) | None => Ok(found),
        }
    }
}

impl fmt::Display for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ConfigMap {
                cluster,
                namespace,
                name,
            } => write!(f, "ConfigMap {namespace}/{name} of {}", cluster.name()),
            Self::File(path) => path.display().fmt(f),
        }
    }
}

fn unknown(base: Base, warning: String) -> Loaded {
    Loaded {
        memory: Memory::default(),
        known: false,
        warning: Some(warning),
        base,
    }
}
