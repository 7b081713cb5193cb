//! What is shown of values. Sides that are the same are shown in the same way, and others are not, so
//! that a reader can tell who agrees with whom.

use serde_json::{Map, Number, Value};

use super::{Slot, same};
use crate::difference::{Class, Side};
use crate::node::{Leaf, Meaning, Node};

/// What is shown in place of a secret within something larger.
const SECRET: &str = "(secret)";

/// What each cluster has at a place.
pub(crate) fn sides(class: Class, slots: &[Slot<'_>]) -> Vec<Side> {
    let mut met: Vec<(&Node, Side)> = Vec::new();
    let mut sides = Vec::new();
    for slot in slots {
        sides.push(match *slot {
            Slot::NoObject => Side::NoObject,
            Slot::Absent => Side::Absent,
            Slot::Here(node) => {
                if let Some((_, side)) = met.iter().find(|(other, _)| same(other, node)) {
                    side.clone()
                } else {
                    let side = another(class, node, &met);
                    met.push((node, side.clone()));
                    side
                }
            }
        });
    }
    sides
}

/// What is shown of a value that none of those before is the same as.
fn another(class: Class, node: &Node, met: &[(&Node, Side)]) -> Side {
    let leaf = node.as_leaf();
    if leaf.is_some_and(|leaf| matches!(leaf.meaning, Meaning::Secret(_))) {
        let hidden = |(_, side): &&(&Node, Side)| matches!(side, Side::Hidden { .. });
        return Side::Hidden {
            group: met.iter().filter(hidden).count(),
        };
    }
    let text = match leaf {
        // As they stood, `80` and `"80"` would look alike. Bare words of YAML such as `yes` are no texts.
        Some(leaf) if class != Class::Type || matches!(leaf.meaning, Meaning::Number(_)) => {
            leaf.text.clone()
        }
        Some(_) | None => json(node).to_string(),
    };
    let alike = |(_, side): &(&Node, Side)| *side == Side::Shown(text.clone());
    if !met.iter().any(alike) {
        return Side::Shown(text);
    }
    Side::Shown(match leaf {
        // Only what it was taken for tells it apart, such as a schedule's zone.
        Some(leaf) => format!("{text} ({})", spelled(&leaf.meaning)),
        // Something within that is not shown.
        None => format!("{text} (not the same)"),
    })
}

fn spelled(meaning: &Meaning) -> String {
    match meaning {
        Meaning::Null => "null".to_owned(),
        Meaning::Bool(value) => value.to_string(),
        Meaning::Number(text)
        | Meaning::Text(text)
        | Meaning::Quantity(text)
        | Meaning::Schedule(text)
        | Meaning::Expression(text)
        | Meaning::Image(text) => text.clone(),
        Meaning::Milliseconds(value) => format!("{value} ms"),
        Meaning::Bytes(value) => format!("{value} bytes"),
        Meaning::Secret(_) => SECRET.to_owned(),
    }
}

fn json(node: &Node) -> Value {
    match node {
        Node::Leaf(leaf) => scalar(leaf),
        Node::Map(map) => {
            let fields = map.iter().map(|(name, node)| (name.clone(), json(node)));
            Value::Object(fields.collect::<Map<_, _>>())
        }
        Node::List(list) => list.items.iter().map(|item| json(&item.node)).collect(),
        Node::Document { root, .. } => json(root),
    }
}

fn scalar(leaf: &Leaf) -> Value {
    match &leaf.meaning {
        Meaning::Null => Value::Null,
        Meaning::Bool(value) => Value::Bool(*value),
        Meaning::Number(_) => match serde_json::from_str::<Number>(&leaf.text) {
            Ok(number) => Value::Number(number),
            Err(_) => Value::String(leaf.text.clone()),
        },
        Meaning::Secret(_) => Value::String(SECRET.to_owned()),
        Meaning::Text(_)
        | Meaning::Quantity(_)
        | Meaning::Milliseconds(_)
        | Meaning::Bytes(_)
        | Meaning::Schedule(_)
        | Meaning::Expression(_)
        | Meaning::Image(_) => Value::String(leaf.text.clone()),
    }
}
