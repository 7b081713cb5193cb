mod documents;
mod laws;
mod lists;
mod secrets;
mod strip;
mod types;

use serde_json::Value;

use super::{Normal, normalise, render};
use crate::node::Node;
use crate::object::Kind;
use crate::secret::Hider;

/// A kind as a configuration names it.
fn kind(name: &str) -> Kind {
    match name.rsplit_once('/') {
        Some((group, kind)) => Kind::new(group, kind),
        None => Kind::new("", name),
    }
}

const RULE: &str = "monitoring.coreos.com/PrometheusRule";

fn normal_of(name: &str, object: &Value, hider: &Hider) -> Normal {
    normalise(&kind(name), object, &(), hider)
}

fn normal(name: &str, object: &Value) -> Normal {
    normal_of(name, object, &Hider::new().unwrap())
}

/// Whether two objects of a kind are the same; texts that hold the same document are.
fn same(name: &str, one: &Value, other: &Value) -> bool {
    let hider = Hider::new().unwrap();
    let root = |object| without_texts(normal_of(name, object, &hider).root);
    root(one) == root(other)
}

fn without_texts(node: Node) -> Node {
    match node {
        Node::Leaf(leaf) => Node::Leaf(leaf),
        Node::Map(fields) => Node::Map(
            fields
                .into_iter()
                .map(|(name, value)| (name, without_texts(value)))
                .collect(),
        ),
        Node::List(mut list) => {
            for item in &mut list.items {
                item.node = without_texts(item.node.clone());
            }
            Node::List(list)
        }
        Node::Document { root, .. } => Node::Document {
            root: Box::new(without_texts(*root)),
            text: String::new(),
        },
    }
}

fn rendered(name: &str, object: &Value) -> String {
    render(&normal(name, object).root)
}
