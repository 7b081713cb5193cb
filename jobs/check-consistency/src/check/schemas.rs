//! What the servers' schemas say about the kinds of which objects are read in full.
//!
//! A schema that cannot be read costs precision and never hides a difference: without it a default that
//! one server fills in looks like a value that somebody has set.

use std::collections::BTreeMap;

use common::cluster::{Cluster, ServedKind};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::api::ApiResource;

use crate::normalise::ListTypes;
use crate::object::Kind;
use crate::schema::{ListType, Schema};

/// The schemas of a run.
#[derive(Debug, Default)]
pub(super) struct Schemas {
    by_kind: BTreeMap<Kind, KindSchemas>,
    /// What a person should know about them.
    pub(super) warnings: Vec<String>,
}

/// What is known of one kind.
#[derive(Debug, Default)]
pub(super) struct KindSchemas {
    /// What all together say.
    pub(super) union: Option<Schema>,
    /// What each cluster says, in the order of the configuration.
    pub(super) each: Vec<Option<Schema>>,
}

impl Schemas {
    pub(super) fn get(&self, kind: &Kind) -> Option<&KindSchemas> {
        self.by_kind.get(kind)
    }

    /// Adds what each cluster says about a kind. Where one that has the kind does not say it, nothing is
    /// filled in anywhere: what another server would make of its object is not what it holds.
    pub(super) fn add(&mut self, kind: &Kind, each: Vec<Said>) {
        let complete = !each.iter().any(|said| matches!(said, Said::Unread));
        let each: Vec<_> = each.into_iter().map(Said::schema).collect();
        let mut known = each.iter().flatten();
        let first = known.next().cloned().filter(|_| complete);
        let union = first.map(|first| known.fold(first, |union, more| union.union(more)));
        self.by_kind
            .insert(kind.clone(), KindSchemas { union, each });
    }
}

/// What one cluster says about a kind.
#[derive(Debug)]
pub(super) enum Said {
    /// Its schema, if it has one.
    Schema(Option<Schema>),
    /// It has the kind, and its schema could not be read.
    Unread,
    /// It does not have the kind.
    NotServed,
}

impl Said {
    fn schema(self) -> Option<Schema> {
        match self {
            Self::Schema(schema) => schema,
            Self::Unread | Self::NotServed => None,
        }
    }
}

impl ListTypes for KindSchemas {
    fn list_type(&self, path: &[&str]) -> Option<ListType> {
        self.union.as_ref()?.list_type(path).cloned()
    }
}

/// Whether a kind comes with Kubernetes itself.
pub(super) fn is_built_in(kind: &Kind) -> bool {
    !kind.group.contains('.') || kind.group.ends_with(".k8s.io")
}

/// What a cluster's definition says; the reason when it cannot be read.
pub(super) async fn of_definition(
    cluster: &Cluster,
    served: &ServedKind,
) -> Result<Option<Schema>, String> {
    let definitions = ApiResource::erase::<CustomResourceDefinition>(&());
    let resource = &served.resource;
    let name = format!("{}.{}", resource.plural, resource.group);
    match cluster.get_value(&definitions, None, &name).await {
        Ok(definition) => Ok(Schema::of_definition(&definition, &resource.version)),
        Err(error) => Err(format!(
            "{error}: defaults that only one server fills in may look like differences"
        )),
    }
}

/// What a cluster's `OpenAPI` document says.
pub(super) async fn of_open_api(
    cluster: &Cluster,
    served: &ServedKind,
) -> Result<Option<Schema>, String> {
    let ApiResource {
        group,
        version,
        kind,
        ..
    } = &served.resource;
    match cluster.open_api(group, version).await {
        Ok(document) => Ok(Schema::of_open_api(&document, group, version, kind)),
        Err(error) => Err(format!(
            "{error}: defaults that only one server fills in may look like differences"
        )),
    }
}
