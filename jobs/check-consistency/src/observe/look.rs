//! The first look: what each cluster has of each family.
//!
//! All clusters are read at the same time, each within its own time. First each says what it is and
//! which kinds it serves; then one version of every kind is chosen that all can give, because the same
//! object looks different in another version; then the lists are read.

mod version;

use common::cluster::{Cluster, Discovery, ServedKind};
use common::process::Context;
use common::trouble::Trouble;
use futures_util::future::join_all;
use futures_util::stream::{self, StreamExt as _};
use k8s_openapi::api::core::v1::Namespace;
use kube::api::ApiResource;
use tokio::time::Instant;

use super::caller::Caller;
use super::census::{Census, is_never_compared};
use super::gap;
use super::names::Names;
use super::pages::Listing;
use crate::config::{ClusterConfig, Config, Family, Limits};
use crate::object::Kind;
use crate::survey::{ClusterFacts, Gap};
use version::Choice;

/// Families that are read from one cluster at the same time.
const FAMILIES_AT_ONCE: usize = 4;

/// What was seen of a cluster.
#[derive(Debug, Clone, PartialEq)]
pub struct Looked {
    /// What it is.
    pub facts: ClusterFacts,
    /// Why some of `facts` is not known though the cluster was read.
    pub warnings: Vec<Trouble>,
    /// Why nobody can say which cluster it is: it may be another one under a second name.
    pub unidentified: Option<Gap>,
    /// For each family in the order of the configuration, how its objects are read here; absent where
    /// they are not.
    pub kinds: Vec<Option<ServedKind>>,
    /// For each family in the order of the configuration, what there is.
    pub census: Vec<FamilyLook>,
}

/// What was seen of a family in a cluster.
#[derive(Debug, Clone, PartialEq)]
pub enum FamilyLook {
    /// All that there is.
    Read(Census),
    /// The cluster does not have this kind of object.
    KindMissing,
    /// Nobody can say what there is.
    Gap(Gap),
    /// The family is not looked at here.
    NotAsked,
}

impl FamilyLook {
    /// What was read, if it was.
    pub const fn census(&self) -> Option<&Census> {
        match self {
            Self::Read(census) => Some(census),
            Self::KindMissing | Self::Gap(_) | Self::NotAsked => None,
        }
    }
}

/// What a cluster says about itself.
struct Met<'a> {
    caller: Caller<'a>,
    version: Result<String, Gap>,
    identity: Result<String, Gap>,
    discovery: Result<Discovery, Gap>,
    done: Instant,
}

/// Looks at every family in every cluster. `clusters` are those of the configuration, in its order;
/// the answer has one [`Looked`] for each. A cluster that is slow or away takes no time of others but
/// what it may take itself.
pub async fn look(
    config: &Config,
    clusters: &[Result<Cluster, Trouble>],
    context: &Context,
) -> Vec<Looked> {
    let limit = config.limits.per_cluster;
    let met = join_all(clusters.iter().map(|cluster| async move {
        match cluster {
            Ok(cluster) => Ok(Box::pin(meet(Caller::new(cluster, limit, context))).await),
            Err(trouble) => Err(gap::not_connected(trouble)),
        }
    }));
    let mut met = met.await;
    let now = Instant::now();
    for met in met.iter_mut().flatten() {
        met.caller.give_back(now.duration_since(met.done));
    }
    let choices = choices(config, &met);
    let looks = config.clusters.iter().zip(met).zip(choices);
    join_all(looks.map(|((cluster, met), choices)| read(config, cluster, met, choices))).await
}

/// Reads one family of one cluster once more, to compare it with what was seen before.
pub async fn again(
    family: &Family,
    cluster: &Cluster,
    of: &ClusterConfig,
    served: &ServedKind,
    limits: &Limits,
    context: &Context,
) -> FamilyLook {
    let caller = Caller::new(cluster, limits.per_cluster, context);
    family_look(&caller, served, family, of, limits).await
}

/// Asks a cluster once more whether it serves a kind.
///
/// # Errors
/// When it does not say.
pub async fn serves(
    kind: &Kind,
    cluster: &Cluster,
    limits: &Limits,
    context: &Context,
) -> Result<bool, Gap> {
    let caller = Caller::new(cluster, limits.per_cluster, context);
    let discovery = caller.within(async {
        let asked = caller.ask(|| cluster.discover()).await;
        asked.map_err(|error| gap::failed(&error))
    });
    match version::offered(&Box::pin(discovery).await?, kind, caller.name()) {
        Choice::Read(_) => Ok(true),
        Choice::Missing | Choice::NotAsked => Ok(false),
        Choice::Gap(gap) => Err(gap),
    }
}

async fn meet(caller: Caller<'_>) -> Met<'_> {
    let cluster = caller.cluster;
    let namespaces = ApiResource::erase::<Namespace>(&());
    let version = caller.within(async {
        let asked = caller.ask(|| cluster.server_version()).await;
        asked.map_err(|error| gap::failed(&error))
    });
    let identity = caller.within(async {
        let asked = caller.ask(|| cluster.get_value(&namespaces, None, "kube-system"));
        let namespace = asked.await.map_err(|error| gap::failed(&error))?;
        let uid = namespace
            .pointer("/metadata/uid")
            .and_then(|uid| uid.as_str());
        uid.map(str::to_owned)
            .ok_or_else(|| gap::no_identity(cluster.name().as_str()))
    });
    let discovery = caller.within(async {
        let asked = caller.ask(|| cluster.discover()).await;
        asked.map_err(|error| gap::failed(&error))
    });
    let (version, identity, discovery) = tokio::join!(version, identity, discovery);
    Met {
        version,
        identity,
        discovery,
        done: Instant::now(),
        caller,
    }
}

/// For each cluster, for each family: in which version it is read there.
fn choices(config: &Config, met: &[Result<Met<'_>, Gap>]) -> Vec<Vec<Choice<ServedKind>>> {
    let mut by_cluster: Vec<Vec<_>> = met.iter().map(|_| Vec::new()).collect();
    for family in &config.families {
        let offers = met.iter().enumerate().map(|(index, met)| {
            if !family.clusters.contains(&index) || is_never_compared(&family.kind) {
                return Choice::NotAsked;
            }
            match met {
                Err(gap) => Choice::Gap(gap.clone()),
                Ok(met) => match &met.discovery {
                    Err(gap) => Choice::Gap(gap.clone()),
                    Ok(discovery) => version::offered(discovery, &family.kind, met.caller.name()),
                },
            }
        });
        let choices = version::choose(&family.kind, offers.collect());
        for (of_cluster, choice) in by_cluster.iter_mut().zip(choices) {
            of_cluster.push(choice);
        }
    }
    by_cluster
}

async fn read(
    config: &Config,
    of: &ClusterConfig,
    met: Result<Met<'_>, Gap>,
    choices: Vec<Choice<ServedKind>>,
) -> Looked {
    let mut looked = Looked {
        facts: ClusterFacts {
            name: of.name.as_str().to_owned(),
            ..ClusterFacts::default()
        },
        warnings: Vec::new(),
        unidentified: None,
        kinds: choices
            .iter()
            .map(|choice| choice.read().cloned())
            .collect(),
        census: Vec::new(),
    };
    let caller = match met {
        Ok(met) => {
            let Met {
                caller,
                version,
                identity,
                discovery,
                ..
            } = met;
            // Where not even the kinds are known, that is what counts.
            looked.facts.trouble = discovery.err().map(|gap| gap.trouble);
            match version {
                Ok(version) => looked.facts.version = Some(version),
                Err(gap) => looked.warnings.push(gap.trouble),
            }
            match identity {
                Ok(identity) => looked.facts.identity = Some(identity),
                Err(gap) => looked.unidentified = Some(gap),
            }
            Some(caller)
        }
        Err(gap) => {
            looked.facts.trouble = Some(gap.trouble);
            None
        }
    };
    let families = config.families.iter().zip(&choices);
    let looks = families.map(|(family, choice)| {
        let caller = caller.as_ref();
        async move {
            match (choice, caller) {
                (Choice::Read(served), Some(caller)) => {
                    family_look(caller, served, family, of, &config.limits).await
                }
                (Choice::Gap(gap), _) => FamilyLook::Gap(gap.clone()),
                (Choice::Missing, _) => FamilyLook::KindMissing,
                (Choice::NotAsked | Choice::Read(_), _) => FamilyLook::NotAsked,
            }
        }
    });
    looked.census = stream::iter(looks)
        .buffered(FAMILIES_AT_ONCE)
        .collect()
        .await;
    looked
}

async fn family_look(
    caller: &Caller<'_>,
    served: &ServedKind,
    family: &Family,
    of: &ClusterConfig,
    limits: &Limits,
) -> FamilyLook {
    let listing = Listing::new(caller, served, family, Names::new(family, of), limits);
    // What was read of a list until then is dropped: half of it is not known to be half.
    match caller.within(Box::pin(listing.census())).await {
        Ok(census) => FamilyLook::Read(census),
        Err(gap) => FamilyLook::Gap(gap),
    }
}

#[cfg(test)]
mod tests;
