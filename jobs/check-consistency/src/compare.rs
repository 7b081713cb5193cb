//! Objects in normal form, field by field, over all clusters at once.
//!
//! Every cluster's tree is walked in step with the others', so that a difference knows what each of them
//! has. What is meant to differ is decided elsewhere; which defaults a server filled in too, and so the
//! class [`Class::Defaulted`].

mod list;
mod shown;
#[cfg(test)]
pub(crate) mod tests;

use std::collections::{BTreeMap, BTreeSet};

use crate::difference::{Class, Difference, Side};
use crate::node::{Leaf, List, Meaning, Node};
use crate::path::{Path, Segment};

pub(crate) use list::unique_keys;
pub(crate) use shown::sides;

/// What a cluster has at a place.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Slot<'n> {
    /// The object is not there.
    NoObject,
    /// The object is, the place is not.
    Absent,
    /// This.
    Here(&'n Node),
}

/// Compares an object as each cluster has it; `None` where it is not there, which is not looked at.
/// Differences come in the order of the fields, and of the items as they first stand.
pub fn compare(sides: &[Option<&Node>]) -> Vec<Difference> {
    let slots: Vec<_> = sides
        .iter()
        .map(|side| side.map_or(Slot::NoObject, Slot::Here))
        .collect();
    let mut walk = Walk::new(Detail::All);
    walk.node(&slots);
    walk.differences
}

/// Whether two nodes have no difference.
pub(crate) fn same(one: &Node, other: &Node) -> bool {
    // The first is only quick: documents can be equal where their texts are not.
    one == other || {
        let mut walk = Walk::new(Detail::FirstPlace);
        walk.node(&[Slot::Here(one), Slot::Here(other)]);
        walk.differences.is_empty()
    }
}

/// How much is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Detail {
    /// Every difference.
    All,
    /// Whether there is one: the walk ends there, and nobody looks at its sides.
    FirstPlace,
}

struct Walk {
    detail: Detail,
    path: Path,
    differences: Vec<Difference>,
}

impl Walk {
    fn new(detail: Detail) -> Self {
        Self {
            detail,
            path: Path::default(),
            differences: Vec::new(),
        }
    }

    fn node(&mut self, slots: &[Slot<'_>]) {
        if self.detail == Detail::FirstPlace && !self.differences.is_empty() {
            return;
        }
        if slots.iter().any(|slot| matches!(slot, Slot::Absent)) {
            if slots.iter().any(|slot| matches!(slot, Slot::Here(_))) {
                self.found(Class::Presence, slots);
            }
        } else if let Some(leaves) = every(slots, Node::as_leaf) {
            self.leaves(&leaves, slots);
        } else if let Some(maps) = every(slots, Node::as_map) {
            self.maps(&maps);
        } else if let Some(lists) = every(slots, Node::as_list) {
            self.lists(&lists, slots);
        } else if let Some(roots) = every(slots, Node::as_document) {
            let slots: Vec<_> = roots
                .into_iter()
                .map(|root| root.map_or(Slot::NoObject, Slot::Here))
                .collect();
            self.step(Segment::Document, &slots);
        } else if every(slots, holds_text).is_some() {
            self.found(Class::InvalidDocument, slots);
        } else {
            self.found(Class::Type, slots);
        }
    }

    fn leaves(&mut self, leaves: &[Option<&Leaf>], slots: &[Slot<'_>]) {
        let leaves: Vec<_> = leaves.iter().copied().flatten().collect();
        if let Some(class) = class(&leaves) {
            self.found(class, slots);
        }
    }

    fn maps(&mut self, maps: &[Option<&BTreeMap<String, Node>>]) {
        let present = maps.iter().copied().flatten();
        let names: BTreeSet<&String> = present.flat_map(BTreeMap::keys).collect();
        for name in names {
            let slots: Vec<_> = maps
                .iter()
                .map(|map| match map {
                    Some(map) => map.get(name).map_or(Slot::Absent, Slot::Here),
                    None => Slot::NoObject,
                })
                .collect();
            self.step(Segment::Field(name.clone()), &slots);
        }
    }

    fn step(&mut self, segment: Segment, slots: &[Slot<'_>]) {
        self.path.0.push(segment);
        self.node(slots);
        self.path.0.pop();
    }

    fn found(&mut self, class: Class, slots: &[Slot<'_>]) {
        let sides = match self.detail {
            Detail::All => sides(class, slots),
            Detail::FirstPlace => Vec::new(),
        };
        self.found_with(class, sides);
    }

    fn found_with(&mut self, class: Class, sides: Vec<Side>) {
        self.differences.push(Difference {
            path: self.path.clone(),
            class,
            sides,
        });
    }
}

/// What all that is here is, if it is of one type: `part` tells. `None` for what is not here.
fn every<'n, T>(
    slots: &[Slot<'n>],
    part: impl Fn(&'n Node) -> Option<&'n T>,
) -> Option<Vec<Option<&'n T>>> {
    slots
        .iter()
        .map(|slot| match slot {
            Slot::Here(node) => part(node).map(Some),
            Slot::NoObject | Slot::Absent => Some(None),
        })
        .collect()
}

/// A document, or a text that should have been one.
fn holds_text(node: &Node) -> Option<&Node> {
    let text = match node {
        Node::Document { .. } => true,
        Node::Leaf(leaf) => Type::of(&leaf.meaning) == Type::Text,
        Node::Map(_) | Node::List(_) => false,
    };
    text.then_some(node)
}

/// The type of a scalar as JSON has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Type {
    Null,
    Bool,
    Number,
    Text,
}

impl Type {
    /// What is understood beyond its type counts as a text: beside it stands what was not understood.
    const fn of(meaning: &Meaning) -> Self {
        match meaning {
            Meaning::Null => Self::Null,
            Meaning::Bool(_) => Self::Bool,
            Meaning::Number(_) => Self::Number,
            Meaning::Text(_)
            | Meaning::Quantity(_)
            | Meaning::Milliseconds(_)
            | Meaning::Bytes(_)
            | Meaning::Schedule(_)
            | Meaning::Expression(_)
            | Meaning::Image(_)
            | Meaning::Secret(_) => Self::Text,
        }
    }
}

/// In what way scalars differ, if they do.
fn class(leaves: &[&Leaf]) -> Option<Class> {
    let (first, others) = leaves.split_first()?;
    if others.iter().all(|other| other == first) {
        return None;
    }
    let first_type = Type::of(&first.meaning);
    if others.iter().any(|it| Type::of(&it.meaning) != first_type) {
        return Some(Class::Type);
    }
    let texts: Option<Vec<&str>> = leaves.iter().map(|it| it.meaning.as_text()).collect();
    Some(match texts {
        Some(texts) if cosmetic(&texts) => Class::Cosmetic,
        Some(_) | None => Class::Value,
    })
}

/// What may stand at the end of a line.
const BLANKS: [char; 2] = [' ', '\t'];

/// Whether texts differ only in blanks at the ends of lines and in line breaks at their end. Blanks count
/// where no text has lines: in an argument of a command they are part of the value. A carriage return is no
/// blank: shells and others take it for a part of the line.
fn cosmetic(texts: &[&str]) -> bool {
    let lines = |text: &str| -> Vec<String> {
        let text = text.trim_end_matches(|c| c == '\n' || BLANKS.contains(&c));
        text.split('\n')
            .map(|line| line.trim_end_matches(BLANKS).to_owned())
            .collect()
    };
    let Some((first, others)) = texts.split_first() else {
        return false;
    };
    let first_lines = lines(first);
    texts.iter().any(|text| text.contains('\n'))
        && others.iter().all(|other| lines(other) == first_lines)
}

impl Node {
    /// The scalar, if it is one.
    pub(crate) const fn as_leaf(&self) -> Option<&Leaf> {
        match self {
            Self::Leaf(leaf) => Some(leaf),
            Self::Map(_) | Self::List(_) | Self::Document { .. } => None,
        }
    }

    /// The mapping, if it is one.
    const fn as_map(&self) -> Option<&BTreeMap<String, Node>> {
        match self {
            Self::Map(map) => Some(map),
            Self::Leaf(_) | Self::List(_) | Self::Document { .. } => None,
        }
    }

    /// The list, if it is one.
    const fn as_list(&self) -> Option<&List> {
        match self {
            Self::List(list) => Some(list),
            Self::Leaf(_) | Self::Map(_) | Self::Document { .. } => None,
        }
    }

    /// The root of the document, if it is one.
    fn as_document(&self) -> Option<&Node> {
        match self {
            Self::Document { root, .. } => Some(root),
            Self::Leaf(_) | Self::Map(_) | Self::List(_) => None,
        }
    }
}

impl Meaning {
    /// The text, if it is no more than that.
    fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Null
            | Self::Bool(_)
            | Self::Number(_)
            | Self::Quantity(_)
            | Self::Milliseconds(_)
            | Self::Bytes(_)
            | Self::Schedule(_)
            | Self::Expression(_)
            | Self::Image(_)
            | Self::Secret(_) => None,
        }
    }
}
