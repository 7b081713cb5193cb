//! Which objects of a family's kind belong to it in one cluster, and what they are compared by.

use super::census::{belongs_to, is_a_clusters_own};
use super::digest::Owner;
use crate::config::{ClusterConfig, Family};
use crate::declared::{Template, Vars};
use crate::object::Kind;
use crate::path::Glob;

/// The names of a family as one cluster has them.
#[derive(Debug, Clone)]
pub(super) struct Names {
    kind: Kind,
    owned: bool,
    /// None includes all.
    patterns: Vec<Glob>,
    templates: Vec<Template>,
    vars: Vars,
}

impl Names {
    pub(super) fn new(family: &Family, cluster: &ClusterConfig) -> Self {
        // What is no template has not passed the configuration; it could match no name anyway.
        let templates = family.name_templates.iter();
        let templates = templates.filter_map(|text| Template::parse(text).ok());
        Self {
            kind: family.kind.clone(),
            owned: family.owned,
            patterns: family.names.iter().map(|text| Glob::new(text)).collect(),
            templates: templates.collect(),
            vars: Vars::new(cluster.name.as_str(), &cluster.vars),
        }
    }

    /// Whether an object of this name is one of the family.
    pub(super) fn include(&self, name: &str) -> bool {
        let mut patterns = self.patterns.iter();
        !is_a_clusters_own(&self.kind, name)
            && (self.patterns.is_empty() || patterns.any(|pattern| pattern.matches(name)))
    }

    /// Whether an object that belongs to this is one of the family.
    pub(super) fn include_owned_by(&self, owner: Owner) -> bool {
        owner == Owner::Nobody || (self.owned && !belongs_to(&self.kind, owner))
    }

    /// What an object of this name is compared by.
    pub(super) fn key(&self, name: &str) -> String {
        let mut templates = self.templates.iter();
        let template = templates.find(|template| template.matches(&self.vars, name));
        template.map_or_else(|| name.to_owned(), ToString::to_string)
    }
}

#[cfg(test)]
mod tests;
