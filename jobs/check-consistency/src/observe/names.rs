//! Which objects of a family's kind belong to it in one cluster, and what they are compared by.

use super::census::{belongs_to, is_a_clusters_own};
use super::digest::Owner;
use crate::config::{ClusterConfig, Family};
use crate::object::Kind;

/// The names of a family as one cluster has them.
#[derive(Debug, Clone)]
pub(super) struct Names {
    kind: Kind,
    owned: bool,
    /// What stands between the `*` of each; no pattern includes all.
    patterns: Vec<Vec<String>>,
    templates: Vec<Template>,
}

/// A name with this cluster's values in the places of variables.
#[derive(Debug, Clone)]
struct Template {
    /// As the configuration has it.
    text: String,
    /// Between these is what a `*` stands for.
    pieces: Vec<String>,
}

impl Names {
    pub(super) fn new(family: &Family, cluster: &ClusterConfig) -> Self {
        let pieces = |pattern: &String| pattern.split('*').map(str::to_owned).collect();
        let templates = family.name_templates.iter();
        Self {
            kind: family.kind.clone(),
            owned: family.owned,
            patterns: family.names.iter().map(pieces).collect(),
            templates: templates
                .map(|text| Template {
                    text: text.clone(),
                    pieces: expanded(text, cluster),
                })
                .collect(),
        }
    }

    /// Whether an object of this name is one of the family.
    pub(super) fn include(&self, name: &str) -> bool {
        let mut patterns = self.patterns.iter();
        !is_a_clusters_own(&self.kind, name)
            && (self.patterns.is_empty() || patterns.any(|pieces| matches(pieces, name)))
    }

    /// Whether an object that belongs to this is one of the family.
    pub(super) fn include_owned_by(&self, owner: Owner) -> bool {
        owner == Owner::Nobody || (self.owned && !belongs_to(&self.kind, owner))
    }

    /// What an object of this name is compared by.
    pub(super) fn key(&self, name: &str) -> String {
        let mut templates = self.templates.iter();
        let template = templates.find(|template| matches(&template.pieces, name));
        template.map_or_else(|| name.to_owned(), |template| template.text.clone())
    }
}

/// A template's pieces between its `*`. A variable without a value stays as it is written, and matches
/// no name then: names have no braces.
fn expanded(template: &str, cluster: &ClusterConfig) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut rest = template;
    let push = |pieces: &mut Vec<String>, text: &str| {
        for (index, piece) in text.split('*').enumerate() {
            match pieces.last_mut() {
                Some(last) if index == 0 => last.push_str(piece),
                _ => pieces.push(piece.to_owned()),
            }
        }
    };
    while let Some((before, after)) = rest.split_once("{{") {
        push(&mut pieces, before);
        let Some((variable, after)) = after.split_once("}}") else {
            push(&mut pieces, "{{");
            rest = after;
            continue;
        };
        let variable = variable.trim();
        let value = if variable == "cluster" {
            Some(cluster.name.as_str())
        } else {
            cluster.vars.get(variable).map(String::as_str)
        };
        // A value is taken as it is: a `*` in it stands for itself.
        if let Some(last) = pieces.last_mut() {
            match value {
                Some(value) => last.push_str(value),
                None => last.extend(["{{", variable, "}}"]),
            }
        }
        rest = after;
    }
    push(&mut pieces, rest);
    pieces
}

/// Whether a name consists of these pieces in this order, with anything between them.
fn matches(pieces: &[String], name: &str) -> bool {
    let Some((first, others)) = pieces.split_first() else {
        return false;
    };
    let Some((last, middle)) = others.split_last() else {
        return first == name;
    };
    let Some(mut rest) = name.strip_prefix(first.as_str()) else {
        return false;
    };
    for piece in middle {
        // The first place is always a right one: what follows has the most room then.
        let Some((_, after)) = rest.split_once(piece.as_str()) else {
            return false;
        };
        rest = after;
    }
    rest.ends_with(last.as_str())
}

#[cfg(test)]
mod tests;
