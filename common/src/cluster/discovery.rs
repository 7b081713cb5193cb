//! Which kinds an API server serves, and in which versions.
//!
//! Since Kubernetes 1.26 two answers tell it all; an older server lists its groups, and each version of
//! each group has to be asked for. What comes from aggregated API servers can be out of reach: the
//! server says so, and then nothing follows from what is missing.
//!
//! The documents: <https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api>.

mod wire;

use std::collections::BTreeMap;

use futures_util::future::try_join;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use kube::api::ApiResource;

use super::Cluster;
use super::error::{ClusterError, Kind};
use super::server::{JSON, document};
use wire::{Listed, Resources, VersionOf};

/// The forms that are understood, the best first.
const ACCEPT: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,\
                      application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,\
                      application/json";

/// So many documents are asked for at a time.
const AT_ONCE: usize = 4;

/// A kind in one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServedKind {
    /// Its names.
    pub resource: ApiResource,
    /// Whether its objects live in namespaces.
    pub namespaced: bool,
}

/// All that a server serves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Discovery {
    groups: BTreeMap<String, Group>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Group {
    stale: bool,
    kinds: BTreeMap<String, Vec<ServedKind>>,
}

impl Cluster {
    /// Reads which groups, versions and kinds the server serves: two calls, and one more for each
    /// version of each group where the server is older than Kubernetes 1.26.
    ///
    /// # Errors
    /// When a call fails. A group that the server itself cannot reach is no failure, but stale.
    pub async fn discover(&self) -> Result<Discovery, ClusterError> {
        let (core, named) = try_join(self.listed("/api"), self.listed("/apis")).await?;
        let mut discovery = Discovery::default();
        for (root, listed) in [("/api", core), ("/apis", named)] {
            match listed {
                Listed::InFull(groups) => {
                    for (version, resources) in groups {
                        discovery.add(&version, resources);
                    }
                }
                Listed::ByName(versions) => {
                    let documents = versions.into_iter().map(|version| async move {
                        let resources = self.resources(root, &version).await?;
                        Ok::<_, ClusterError>((version, resources))
                    });
                    // In order, because the preferred versions come first.
                    let mut documents = stream::iter(documents).buffered(AT_ONCE);
                    while let Some((version, resources)) = documents.try_next().await? {
                        discovery.add(&version, resources);
                    }
                }
            }
        }
        Ok(discovery)
    }

    async fn listed(&self, root: &'static str) -> Result<Listed, ClusterError> {
        let what = document(root, None);
        let answer = self.document(&what, ACCEPT).await?;
        self.accept(&what, &answer)?;
        match Listed::read(&answer.body) {
            Ok(Some(listed)) => Ok(listed),
            Ok(None) => {
                let other = "not a list of API groups".to_owned();
                Err(self.failure(&what, Kind::Undecodable, other))
            }
            Err(error) => Err(ClusterError::unread(self.name(), &what, &error)),
        }
    }

    /// The kinds of one version of a group; `None` when the server cannot tell.
    async fn resources(
        &self,
        root: &'static str,
        version: &VersionOf,
    ) -> Result<Option<Resources>, ClusterError> {
        let what = document(root, Some(version.api_version()));
        let steps = [version.group.as_str(), &version.version];
        self.check_segments(&what, steps.into_iter().filter(|step| !step.is_empty()))?;
        let answer = self.document(&what, JSON).await?;
        match self.decode(&what, &answer) {
            Ok(resources) => Ok(Some(Resources::of_document(resources))),
            Err(error) if matches!(error.kind, Kind::NotFound | Kind::Server) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl Discovery {
    /// The versions in which a kind is served, the one that the server prefers first. Empty when it is
    /// not served, or when nobody knows: see [`Self::is_stale`].
    pub fn served(&self, group: &str, kind: &str) -> &[ServedKind] {
        let group = self.groups.get(group);
        let versions = group.and_then(|group| group.kinds.get(kind));
        versions.map_or(&[], Vec::as_slice)
    }

    /// Whether the server says that what it knows about a version of this group is out of date.
    pub fn is_stale(&self, group: &str) -> bool {
        self.groups.get(group).is_some_and(|group| group.stale)
    }

    /// Adds the next best version of a group; `None` marks the group as stale.
    fn add(&mut self, of: &VersionOf, resources: Option<Resources>) {
        let group = self.groups.entry(of.group.clone()).or_default();
        let Some(Resources { known, stale }) = resources else {
            group.stale = true;
            return;
        };
        group.stale |= stale;
        for known in known {
            let resource = ApiResource {
                group: of.group.clone(),
                version: of.version.clone(),
                api_version: of.api_version(),
                kind: known.kind.clone(),
                plural: known.plural,
            };
            group.kinds.entry(known.kind).or_default().push(ServedKind {
                resource,
                namespaced: known.namespaced,
            });
        }
    }
}
