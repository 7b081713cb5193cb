//! Finds fields in objects.

use crate::compare::unique_keys;
use crate::node::{List, Node};
use crate::path::{Path, Pattern, Segment};

/// The places that a pattern names, without those below them, and what is there. The items of a list are
/// named as [`compare`](crate::compare::compare) names them: by their keys if each has one of its own,
/// by their place otherwise.
pub fn at<'n>(root: &'n Node, pattern: &Pattern) -> Vec<(Path, &'n Node)> {
    let mut found = vec![(Path::default(), root)];
    for depth in 0..pattern.depth() {
        let mut deeper = Vec::new();
        for (path, node) in found {
            for (segment, below) in below(node) {
                if pattern.step_fits(depth, &segment) {
                    deeper.push((path.with(segment), below));
                }
            }
        }
        found = deeper;
    }
    found
}

/// What is at a place.
pub(super) fn at_path<'n>(root: &'n Node, path: &Path) -> Option<&'n Node> {
    path.0
        .iter()
        .try_fold(root, |node, segment| match (node, segment) {
            (Node::Map(map), Segment::Field(name)) => map.get(name),
            (Node::List(list), Segment::Item(key)) => {
                let mut items = list.items.iter();
                let item = items.find(|item| item.key.as_ref() == Some(key));
                item.map(|item| &item.node)
            }
            (Node::List(list), Segment::Index(at)) => list.items.get(*at).map(|item| &item.node),
            (Node::Document { root, .. }, Segment::Document) => Some(root.as_ref()),
            (
                Node::Leaf(_) | Node::Map(_) | Node::List(_) | Node::Document { .. },
                Segment::Field(_) | Segment::Item(_) | Segment::Index(_) | Segment::Document,
            ) => None,
        })
}

/// Each step down from a node, and where it leads.
pub(super) fn below(node: &Node) -> Vec<(Segment, &Node)> {
    match node {
        Node::Leaf(_) => Vec::new(),
        Node::Map(map) => {
            let fields = map.iter();
            fields
                .map(|(name, node)| (Segment::Field(name.clone()), node))
                .collect()
        }
        Node::List(list) => items(list),
        Node::Document { root, .. } => vec![(Segment::Document, root)],
    }
}

fn items(list: &List) -> Vec<(Segment, &Node)> {
    let nodes = list.items.iter().map(|item| &item.node);
    match unique_keys(list) {
        Some(keys) => {
            let keys = keys.into_iter().map(|key| Segment::Item(key.clone()));
            keys.zip(nodes).collect()
        }
        None => (0..).map(Segment::Index).zip(nodes).collect(),
    }
}
