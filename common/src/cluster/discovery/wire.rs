//! The documents of discovery as servers send them.

use serde::Deserialize;
use serde_json::Error;

/// What a server answers when it is asked for its groups.
pub(super) enum Listed {
    /// Everything at once. Of each group the versions that it prefers come first.
    InFull(Vec<(VersionOf, Option<Resources>)>),
    /// Names alone, in the same order.
    ByName(Vec<VersionOf>),
}

/// One version of a group.
pub(super) struct VersionOf {
    /// Empty for the core group.
    pub(super) group: String,
    pub(super) version: String,
}

/// The kinds in one version of a group.
pub(super) struct Resources {
    pub(super) known: Vec<Known>,
    /// Whether they may be out of date.
    pub(super) stale: bool,
}

/// A kind, without subresources.
pub(super) struct Known {
    pub(super) kind: String,
    pub(super) plural: String,
    pub(super) namespaced: bool,
}

#[derive(Deserialize)]
struct Typed {
    kind: String,
}

/// `apidiscovery.k8s.io`, the same in v2 and v2beta1.
#[derive(Deserialize)]
struct FullList {
    items: Vec<FullGroup>,
}

#[derive(Deserialize)]
struct FullGroup {
    metadata: Name,
    #[serde(default)]
    versions: Vec<FullVersion>,
}

#[derive(Deserialize)]
struct Name {
    /// The core group has none.
    #[serde(default)]
    name: String,
}

#[derive(Deserialize)]
struct FullVersion {
    version: String,
    #[serde(default)]
    resources: Vec<FullResource>,
    #[serde(default)]
    freshness: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FullResource {
    resource: String,
    /// Null or empty when there are only subresources.
    #[serde(default)]
    response_kind: Option<ResponseKind>,
    scope: String,
}

#[derive(Deserialize)]
struct ResponseKind {
    #[serde(default)]
    kind: String,
}

/// `/api` of old.
#[derive(Deserialize)]
struct CoreVersions {
    versions: Vec<String>,
}

/// `/apis` of old.
#[derive(Deserialize)]
struct GroupList {
    groups: Vec<NamedGroup>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NamedGroup {
    name: String,
    versions: Vec<NamedVersion>,
    #[serde(default)]
    preferred_version: Option<NamedVersion>,
}

#[derive(PartialEq, Deserialize)]
struct NamedVersion {
    version: String,
}

/// The document of one version of a group.
#[derive(Deserialize)]
pub(super) struct ResourceList {
    resources: Vec<NamedResource>,
}

#[derive(Deserialize)]
struct NamedResource {
    name: String,
    namespaced: bool,
    kind: String,
}

impl Listed {
    /// `None` for a document of another kind.
    pub(super) fn read(body: &[u8]) -> Result<Option<Self>, Error> {
        let Typed { kind } = serde_json::from_slice(body)?;
        Ok(Some(match kind.as_str() {
            "APIGroupDiscoveryList" => {
                let list: FullList = serde_json::from_slice(body)?;
                Self::InFull(
                    list.items
                        .into_iter()
                        .flat_map(FullGroup::versions)
                        .collect(),
                )
            }
            "APIVersions" => {
                let list: CoreVersions = serde_json::from_slice(body)?;
                let of = |version| VersionOf {
                    group: String::new(),
                    version,
                };
                Self::ByName(list.versions.into_iter().map(of).collect())
            }
            "APIGroupList" => {
                let list: GroupList = serde_json::from_slice(body)?;
                let groups = list.groups.into_iter();
                Self::ByName(groups.flat_map(NamedGroup::versions).collect())
            }
            _ => return Ok(None),
        }))
    }
}

impl FullGroup {
    fn versions(self) -> impl Iterator<Item = (VersionOf, Option<Resources>)> {
        let group = self.metadata.name;
        self.versions.into_iter().map(move |version| {
            let of = VersionOf {
                group: group.clone(),
                version: version.version,
            };
            let resources = Resources {
                stale: version.freshness == "Stale",
                known: version
                    .resources
                    .into_iter()
                    .filter_map(FullResource::known)
                    .collect(),
            };
            (of, Some(resources))
        })
    }
}

impl FullResource {
    fn known(self) -> Option<Known> {
        let kind = self.response_kind?.kind;
        (!kind.is_empty()).then_some(Known {
            kind,
            plural: self.resource,
            namespaced: self.scope == "Namespaced",
        })
    }
}

impl NamedGroup {
    fn versions(self) -> impl Iterator<Item = VersionOf> {
        let Self {
            name,
            mut versions,
            preferred_version,
        } = self;
        // Stable: the others keep their order.
        versions.sort_by_key(|version| Some(version) != preferred_version.as_ref());
        versions.into_iter().map(move |version| VersionOf {
            group: name.clone(),
            version: version.version,
        })
    }
}

impl VersionOf {
    /// As objects have it: `v1`, `apps/v1`.
    pub(super) fn api_version(&self) -> String {
        match self.group.as_str() {
            "" => self.version.clone(),
            group => format!("{group}/{}", self.version),
        }
    }
}

impl Resources {
    pub(super) fn of_document(list: ResourceList) -> Self {
        let main = list.resources.into_iter();
        let main = main.filter(|resource| !resource.name.contains('/'));
        let known = main.map(|resource| Known {
            kind: resource.kind,
            plural: resource.name,
            namespaced: resource.namespaced,
        });
        Self {
            known: known.collect(),
            stale: false,
        }
    }
}
