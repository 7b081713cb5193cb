//! How the items of a list are told apart, and whether their order has a meaning.

use std::collections::{BTreeMap, BTreeSet};

use super::ListTypes;
use super::tree::Tree;
use super::types::{self, Lists};
use crate::node::{Meaning, Node};
use crate::schema::ListType;
use crate::secret;

/// What tells an item apart: fields and their values.
pub(super) type Key = Vec<(String, String)>;

/// How one list is compared.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// By these fields, which are declared to be unique together.
    Keyed { fields: Vec<String>, ordered: bool },
    /// By the items themselves.
    Set,
    /// By place. Items that are mappings get a key where one of their fields tells them apart.
    Ordered { rules: bool },
}

impl Rule {
    /// Whether the order of the items has a meaning.
    pub(super) fn is_ordered(&self) -> bool {
        match self {
            Self::Keyed { ordered, .. } => *ordered,
            Self::Set => false,
            Self::Ordered { .. } => true,
        }
    }

    /// Whether the keys of the items are declared to be unique.
    pub(super) fn is_keyed(&self) -> bool {
        match self {
            Self::Keyed { .. } => true,
            Self::Set | Self::Ordered { .. } => false,
        }
    }
}

/// The rule for the list at a place: the table's before the schema's.
pub(super) fn rule(
    kind: &str,
    place: &[&str],
    items: &[Tree],
    schema: Option<&dyn ListTypes>,
) -> Rule {
    let keyed = |fields: &[&str], ordered| Rule::Keyed {
        fields: fields.iter().map(|field| (*field).to_owned()).collect(),
        ordered,
    };
    match types::of_list(kind, place) {
        Some(Lists::Keyed(fields)) => keyed(fields, false),
        Some(Lists::OrderedKeyed(fields)) => keyed(fields, true),
        Some(Lists::Environment) => keyed(&["name"], items.iter().any(uses_another)),
        Some(Lists::Set) => Rule::Set,
        Some(Lists::Ordered) => Rule::Ordered { rules: false },
        Some(Lists::Rules) => Rule::Ordered { rules: true },
        None => match schema.and_then(|schema| schema.list_type(place)) {
            Some(ListType::Map(fields)) => Rule::Keyed {
                fields,
                ordered: false,
            },
            Some(ListType::Set) => Rule::Set,
            Some(ListType::Atomic) | None => Rule::Ordered { rules: false },
        },
    }
}

/// Whether an environment variable's value is made of another's, which must stand before it.
fn uses_another(variable: &Tree) -> bool {
    let value = variable.field("value").and_then(Tree::text);
    value.is_some_and(|value| value.contains("$("))
}

/// The keys of the items. Those of a set are given by [`of_set`], when the items' meanings are known.
pub(super) fn keys(rule: &Rule, items: &[Tree]) -> Vec<Option<Key>> {
    match rule {
        Rule::Keyed { fields, .. } => items.iter().map(|item| declared(item, fields)).collect(),
        Rule::Set => vec![None; items.len()],
        Rule::Ordered { rules: true } => {
            let alone = items.iter().map(|item| named(item, &["alert", "record"]));
            let alone: Vec<_> = alone.collect();
            let severity = |(item, key): (&Tree, &Option<Key>)| {
                let severity = item.field("labels")?.field("severity")?.text()?;
                let mut key = key.clone()?;
                key.push(("severity".to_owned(), severity.to_owned()));
                Some(key)
            };
            let with_severity: Vec<_> = items.iter().zip(&alone).map(severity).collect();
            let (alone, with_severity) = (unique(alone), unique(with_severity));
            let either = alone.into_iter().zip(with_severity);
            either.map(|(one, other)| one.or(other)).collect()
        }
        Rule::Ordered { rules: false } => {
            unique(items.iter().map(|item| named(item, &["name"])).collect())
        }
    }
}

/// The key by the fields that the list declares. A port without a protocol is one of TCP.
fn declared(item: &Tree, fields: &[String]) -> Option<Key> {
    let key: Key = fields
        .iter()
        .filter(|field| !secret::is_secret("", &[field]))
        .filter_map(|field| {
            let value = item.field(field).and_then(Tree::scalar);
            let value = value.or_else(|| (field == "protocol").then_some("TCP"))?;
            shown(value).map(|value| (field.clone(), value))
        })
        .collect();
    (!key.is_empty()).then_some(key)
}

/// The key by the first of these fields that the item has.
fn named(item: &Tree, fields: &[&str]) -> Option<Key> {
    fields.iter().find_map(|field| {
        let value = shown(item.field(field)?.text()?)?;
        Some(vec![((*field).to_owned(), value)])
    })
}

/// Keys stand in paths, and everybody sees those.
fn shown(value: &str) -> Option<String> {
    let is_secret = secret::holds_secret(value) || secret::sets_secret(value);
    (!is_secret).then(|| value.to_owned())
}

/// Brings the items of a list without an order into one. Where a key occurs twice, or is missing twice, they
/// stay as they stood: nobody can say which of them is which, and the last of two variables is the one that
/// counts.
pub(super) fn arrange(rule: &Rule, items: &mut [(&Tree, Option<Key>)]) {
    let apart: BTreeSet<_> = items.iter().map(|(_, key)| key).collect();
    let sortable = match rule {
        Rule::Set => true,
        Rule::Keyed { ordered, .. } => !ordered && apart.len() == items.len(),
        Rule::Ordered { .. } => false,
    };
    if sortable {
        items.sort_by(|(one, key), (other, other_key)| (key, one).cmp(&(other_key, other)));
    }
}

/// Only the keys that one item alone has.
fn unique(keys: Vec<Option<Key>>) -> Vec<Option<Key>> {
    let mut counts: BTreeMap<Key, usize> = BTreeMap::new();
    for key in keys.iter().flatten() {
        *counts.entry(key.clone()).or_default() += 1;
    }
    let alone = |key: &Key| counts.get(key) == Some(&1);
    keys.into_iter().map(|key| key.filter(alone)).collect()
}

/// The key of an item of a set: itself, unless it is secret.
pub(super) fn of_set(node: &Node) -> Option<Key> {
    match node {
        Node::Leaf(leaf) if !matches!(leaf.meaning, Meaning::Secret(_)) => {
            Some(vec![("value".to_owned(), leaf.text.clone())])
        }
        Node::Leaf(_) | Node::Map(_) | Node::List(_) | Node::Document { .. } => None,
    }
}
