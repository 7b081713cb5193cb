//! What Alertmanager 0.28 refuses of a whole configuration: what `amtool check-config` would say of the file.
//!
//! The rules are those of Alertmanager's `config.Load`. Where it is not certain that Alertmanager refuses
//! something, it is accepted: a false refusal would be in the way of an installation.
//!
//! Not looked at:
//! - receivers other than email, slack, pagerduty and webhook,
//! - what excludes what within an `http_config`, and the texts there,
//! - the files that `templates` names, and names of time zones,
//! - templates within values, which Alertmanager reads only when it sends.

use std::collections::BTreeSet;

use super::fill::Filled;
use super::template::Template;
use super::tree;
use crate::yaml::{
    Dialect, Entry, Key, Kind, Node, Position, Problem, Value, did_you_mean, resolve,
};

mod intervals;
mod keys;
mod matchers;
mod receivers;
mod regex;
mod routes;
mod shape;
mod values;

impl Template {
    /// What Alertmanager would refuse of this template as it is filled, in file order.
    ///
    /// Places are those of the template's text. Messages show no value that was filled in.
    pub fn mistakes(&self, filled: &Filled) -> Vec<Problem> {
        let hidden = self.slots().iter().map(|slot| slot.scalar.position);
        match tree::read(filled.expose()) {
            Ok(after) => mistakes(&overlaid(self.root(), after), hidden.collect()),
            Err(tree::Unreadable(at)) => vec![Problem::error(at, "the filled text is not YAML")],
        }
    }
}

/// Looks at a whole configuration. Values at the `hidden` places are never shown.
fn mistakes(root: &Node, hidden: BTreeSet<Position>) -> Vec<Problem> {
    let mut checker = Checker {
        hidden,
        found: Vec::new(),
    };
    checker.root(root);
    checker.found.sort_by_key(Problem::position);
    // An alias brings the same mistake again.
    checker.found.dedup();
    checker.found
}

/// The filled tree, with the places of the template's.
fn overlaid(template: &Node, filled: Node) -> Node {
    let kind = match (&template.kind, filled.kind) {
        (Kind::Sequence(before), Kind::Sequence(after)) => {
            let both = before.iter().zip(after);
            Kind::Sequence(
                both.map(|(before, after)| overlaid(before, after))
                    .collect(),
            )
        }
        (Kind::Mapping(before), Kind::Mapping(after)) => {
            let both = before.iter().zip(after);
            let entry = |(before, after): (&Entry, Entry)| Entry {
                key: before.key.clone(),
                value: overlaid(&before.value, after.value),
            };
            Kind::Mapping(both.map(entry).collect())
        }
        (Kind::Scalar(_) | Kind::Sequence(_) | Kind::Mapping(_), kind) => kind,
    };
    Node {
        position: template.position,
        kind,
    }
}

/// Collects what is wrong.
struct Checker {
    /// Where values stand that were filled in.
    hidden: BTreeSet<Position>,
    found: Vec<Problem>,
}

impl Checker {
    fn root(&mut self, root: &Node) {
        self.mapping(root, "", keys::ROOT);
        if tree::entries(root).is_none() {
            return;
        }
        let global = present(root, "global");
        for (one, other) in keys::GLOBAL_PAIRS {
            self.not_both(global, "global", one, other);
        }
        let receivers = self.receivers(root, global);
        let intervals = self.intervals(root);
        match present(root, "route") {
            Some(route) => self.routes(route, &receivers, &intervals),
            None => self.absent(root, "", "route"),
        }
    }

    fn error(&mut self, at: Position, message: impl Into<String>, hint: impl Into<String>) {
        self.found.push(Problem::error(at, message).hint(hint));
    }

    /// Says that a mapping lacks a key, or that it is empty.
    fn absent(&mut self, mapping: &Node, path: &str, key: &str) {
        let message = format!("{} must have the key `{key}`", named(path));
        self.error(mapping.position, message, format!("add `{key}:`"));
    }

    /// Says that the key `name` is required, unless it is there and not empty.
    fn required(&mut self, mapping: &Node, path: &str, name: &str) {
        if !is_given(mapping, name) {
            self.absent(mapping, path, name);
        }
    }

    /// Says that two keys exclude each other, if both are there.
    fn not_both(&mut self, mapping: Option<&Node>, path: &str, one: &str, other: &str) {
        let Some(mapping) = mapping else { return };
        if let (true, Some(second)) = (is_given(mapping, one), given(mapping, other)) {
            let message = format!("{} has both `{one}` and `{other}`", named(path));
            self.error(second.position, message, "remove one of the two");
        }
    }

    fn unknown(&mut self, key: &Key, table: shape::Table) {
        let names = || table.iter().map(|(name, _)| *name);
        let hint = match did_you_mean(&key.text, names()) {
            Some(known) => format!("did you mean `{known}`?"),
            None => format!("known here: {}", names().collect::<Vec<_>>().join(", ")),
        };
        let message = format!("unknown key `{}`", key.text);
        self.error(key.position, message, hint);
    }

    /// The text of a scalar as messages may show it.
    fn shown(&self, node: &Node) -> String {
        match scalar(node) {
            Some(text) if !self.hidden.contains(&node.position) => format!("`{text}`"),
            Some(_) | None => "the value that is filled in".to_owned(),
        }
    }

    /// What is meant by a name that is none of these.
    fn meant(&self, name: &Node, known: &[&Node]) -> String {
        let shown = known
            .iter()
            .filter(|it| !self.hidden.contains(&it.position));
        let names: Vec<&str> = shown.filter_map(|it| scalar(it)).collect();
        let wrong = scalar(name).filter(|_| !self.hidden.contains(&name.position));
        match wrong.and_then(|wrong| did_you_mean(wrong, names.iter().copied())) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None if names.is_empty() => "declare it".to_owned(),
            None => format!("declare it, or name one of these: {}", names.join(", ")),
        }
    }
}

/// How messages name a place.
fn named(path: &str) -> String {
    if path.is_empty() {
        "the file".to_owned()
    } else {
        format!("`{path}`")
    }
}

/// The path of a key below `path`.
fn below(path: &str, key: &str) -> String {
    let dot = if path.is_empty() { "" } else { "." };
    format!("{path}{dot}{key}")
}

/// The path of an item, counted from 1.
fn item(path: &str, index: usize) -> String {
    format!("{path}[{}]", index + 1)
}

/// The text of a scalar that is no null.
fn scalar(node: &Node) -> Option<&str> {
    match &node.kind {
        Kind::Scalar(scalar) if resolve(scalar, Dialect::Yaml11) != Value::Null => {
            Some(&scalar.text)
        }
        Kind::Scalar(_) | Kind::Sequence(_) | Kind::Mapping(_) => None,
    }
}

/// Nothing, or an explicit null: as if the key were not there.
fn is_null(node: &Node) -> bool {
    match &node.kind {
        Kind::Scalar(scalar) => resolve(scalar, Dialect::Yaml11) == Value::Null,
        Kind::Sequence(_) | Kind::Mapping(_) => false,
    }
}

/// The value of a key, unless it is absent or null.
fn present<'n>(mapping: &'n Node, key: &str) -> Option<&'n Node> {
    tree::child(mapping, key).filter(|node| !is_null(node))
}

/// The value of a key that is there and not the empty text.
fn given<'n>(mapping: &'n Node, key: &str) -> Option<&'n Node> {
    present(mapping, key).filter(|node| scalar(node) != Some(""))
}

fn is_given(mapping: &Node, key: &str) -> bool {
    given(mapping, key).is_some()
}

/// The items of a list; of anything else none.
fn items<'n>(mapping: &'n Node, key: &str) -> &'n [Node] {
    match present(mapping, key).map(|node| &node.kind) {
        Some(Kind::Sequence(items)) => items,
        Some(Kind::Scalar(_) | Kind::Mapping(_)) | None => &[],
    }
}

#[cfg(test)]
mod tests;
