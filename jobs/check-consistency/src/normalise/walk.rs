//! Through an object from its root to its leaves.

use std::collections::BTreeMap;

use zeroize::Zeroizing;

use super::hiding::Hiding;
use super::lists::{self, Rule};
use super::tree::Tree;
use super::types::{self, Type};
use super::{ListTypes, Normal, document, scalar};
use crate::node::{Item, Leaf, List, Meaning, Node};
use crate::object::Kind;
use crate::path::{Path, Segment};
use crate::secret::{self, Hider};

/// Where the walk is, and what it found.
pub(super) struct Walk<'a> {
    /// Whose types apply: the kind, or that of a document.
    kind: String,
    /// What the schema says; it says nothing about documents.
    lists: Option<&'a dyn ListTypes>,
    hider: &'a Hider,
    /// Fields from the root, `*` for items.
    names: Vec<String>,
    /// How many of these lead to the document that the walk is in.
    base: usize,
    path: Path,
    hiding: Hiding,
    /// The time zone of the object's schedule.
    zone: Option<String>,
    notes: Vec<String>,
}

impl<'a> Walk<'a> {
    /// At the root. With `secret`, every value of the object's data is.
    pub(super) fn new(
        kind: &Kind,
        lists: &'a dyn ListTypes,
        hider: &'a Hider,
        secret: bool,
    ) -> Self {
        Self {
            // Such objects are treated as Secrets; nothing else is known about their fields.
            kind: if secret {
                "Secret".to_owned()
            } else {
                kind.to_string()
            },
            lists: Some(lists),
            hider,
            names: Vec::new(),
            base: 0,
            path: Path::default(),
            hiding: Hiding::ByName,
            zone: None,
            notes: Vec::new(),
        }
    }

    /// The whole object.
    pub(super) fn object(mut self, tree: &Tree) -> Normal {
        self.zone = tree
            .field("spec")
            .and_then(|spec| spec.field("timeZone"))
            .and_then(Tree::text)
            .map(str::to_owned);
        let root = self
            .node(tree)
            .unwrap_or_else(|| Node::Map(BTreeMap::new()));
        Normal {
            root,
            notes: self.notes,
        }
    }

    /// Nothing for what is the same as absent.
    fn node(&mut self, tree: &Tree) -> Option<Node> {
        match tree {
            // A server drops what is null; what another program does with it nobody knows.
            Tree::Null if self.base == 0 => None,
            Tree::Null => Some(self.leaf(Meaning::Null, "null", false, None)),
            Tree::Map(fields) => self.map(fields),
            Tree::List(items) => self.list(items),
            Tree::Text(text) => Some(self.text(text)),
            Tree::Bool(value) => {
                let text = if *value { "true" } else { "false" };
                Some(self.leaf(Meaning::Bool(*value), text, false, None))
            }
            Tree::Bare { value, text } => Some(match self.typed() {
                Some(what) => self.typed_leaf(what, text),
                None => self.leaf(Meaning::Number(value.clone()), text, false, None),
            }),
        }
    }

    fn map(&mut self, fields: &BTreeMap<String, Tree>) -> Option<Node> {
        let outside = self.hiding;
        let inside = outside.within(fields);
        let is_variable = self.is_variable();
        let variable = fields.get("name").and_then(Tree::text).unwrap_or_default();
        let secret_names = fields.keys().any(|name| secret::holds_secret(name));
        let mut map = BTreeMap::new();
        for (name, value) in fields {
            self.names.push(name.clone());
            let shown = if secret_names { "(secret)" } else { name };
            self.path.0.push(Segment::Field(shown.to_owned()));
            let hidden = || {
                secret::is_secret(&self.kind, &self.place())
                    || (self.base > 0 && secret::is_secret_setting(name))
                    || (is_variable && name == "value" && secret::is_secret_word(variable))
            };
            self.hiding = match inside {
                Hiding::All => Hiding::All,
                Hiding::ByName | Hiding::Here | Hiding::Below if secret_names => Hiding::All,
                Hiding::Below => Hiding::Below,
                Hiding::ByName | Hiding::Here if hidden() && self.base > 0 => Hiding::Below,
                Hiding::ByName | Hiding::Here if hidden() => Hiding::Here,
                Hiding::ByName | Hiding::Here => Hiding::ByName,
            };
            if let Some(node) = self.node(value) {
                map.insert(name.clone(), node);
            }
            self.path.0.pop();
            self.names.pop();
        }
        self.hiding = outside;
        if secret_names {
            // Names stand in paths: such a mapping is compared as one value.
            let value = Zeroizing::new(format!("{map:?}"));
            return Some(self.hidden(&value, None));
        }
        (!map.is_empty() || !self.empty_is_absent()).then_some(Node::Map(map))
    }

    fn list(&mut self, items: &[Tree]) -> Option<Node> {
        if items.is_empty() && self.empty_is_absent() {
            return None;
        }
        let rule = lists::rule(&self.kind, &self.place(), items, self.lists);
        let mut entries: Vec<_> = items.iter().zip(lists::keys(&rule, items)).collect();
        lists::arrange(&rule, &mut entries);
        // Keys stand in paths, which are shown.
        let shown = self.hiding.shows_keys();
        let mut list = List {
            items: Vec::with_capacity(items.len()),
            ordered: rule.is_ordered(),
            keyed: rule.is_keyed() && shown,
        };
        // Whether the item before is a flag and this one its secret value.
        let mut announced = false;
        for (index, (item, key)) in entries.into_iter().enumerate() {
            let key = key.filter(|_| shown);
            self.names.push("*".to_owned());
            self.path.0.push(match &key {
                Some(key) => Segment::Item(key.clone()),
                None => Segment::Index(index),
            });
            let outside = self.hiding;
            if announced && outside == Hiding::ByName {
                self.hiding = Hiding::Here;
            }
            announced = item.text().is_some_and(secret::announces_secret);
            let node = self.node(item).unwrap_or(Node::Leaf(Leaf {
                meaning: Meaning::Null,
                text: "null".to_owned(),
                note: None,
            }));
            self.hiding = outside;
            self.path.0.pop();
            self.names.pop();
            let key = match rule {
                Rule::Set => lists::of_set(&node),
                Rule::Keyed { .. } | Rule::Ordered { .. } => key,
            };
            list.items.push(Item { key, node });
        }
        Some(Node::List(list))
    }

    fn text(&mut self, text: &str) -> Node {
        if let Some(what) = self.typed() {
            return self.typed_leaf(what, text);
        }
        let place = self.place();
        // Documents stand in files of an object, and not in other documents.
        let format = if self.base == 0 {
            document::format(&self.kind, &place)
        } else {
            None
        };
        let Some(format) = format else {
            // Files stand in data, and sometimes in documents there.
            let is_file = document::is_file(&self.kind, &place) || text.contains('\n');
            return self.plain(text, is_file, None);
        };
        match document::read(format, text) {
            Ok(Some(document)) => self.document(&document, text),
            Ok(None) => self.plain(text, false, None),
            Err(note) => {
                self.note(note);
                self.plain(text, true, Some(note))
            }
        }
    }

    fn document(&mut self, document: &document::Document, text: &str) -> Node {
        let outside = (self.kind.clone(), self.lists, self.base, self.hiding);
        self.names.push("#".to_owned());
        self.path.0.push(Segment::Document);
        if self.kind == "Secret" {
            self.hiding = Hiding::All;
        }
        document.kind.clone_into(&mut self.kind);
        self.base = self.names.len();
        self.lists = None;
        let root = self
            .node(&document.tree)
            .unwrap_or_else(|| Node::Map(BTreeMap::new()));
        self.path.0.pop();
        self.names.pop();
        (self.kind, self.lists, self.base, self.hiding) = outside;
        // Comments stand in the text and not in the document.
        let holds = secret::holds_secret(text) || secret::assigns_secret(text);
        let text = if is_shown(&root) && !holds {
            text.to_owned()
        } else {
            String::new()
        };
        Node::Document {
            root: Box::new(root),
            text,
        }
    }

    /// A text that is only a text. Of a file it is looked at whether it assigns a password.
    fn plain(&self, text: &str, is_file: bool, note: Option<&'static str>) -> Node {
        let holds = secret::holds_secret(text)
            || secret::sets_secret(text)
            || (is_file && secret::assigns_secret(text));
        self.leaf(Meaning::Text(text.to_owned()), text, holds, note)
    }

    fn typed(&self) -> Option<Type> {
        types::of_scalar(&self.kind, &self.place())
    }

    fn typed_leaf(&mut self, what: Type, text: &str) -> Node {
        let (meaning, note) = scalar::read(what, text, self.zone.as_deref());
        if let Some(note) = note {
            self.note(note);
        }
        self.leaf(meaning, text, secret::holds_secret(text), note)
    }

    /// A scalar, or its digest where its place or the text itself (`holds`) is secret.
    fn leaf(&self, meaning: Meaning, text: &str, holds: bool, note: Option<&'static str>) -> Node {
        if self.hiding == Hiding::ByName && !holds {
            return Node::Leaf(Leaf {
                meaning,
                text: text.to_owned(),
                note,
            });
        }
        // The kind of meaning goes in, so that "1" and 1 are told apart.
        let value = Zeroizing::new(format!("{meaning:?}"));
        self.hidden(&value, note)
    }

    fn hidden(&self, value: &str, note: Option<&'static str>) -> Node {
        let digest = self.hider.digest(&self.names.join("/"), value.as_bytes());
        Node::Leaf(Leaf {
            meaning: Meaning::Secret(digest),
            text: String::new(),
            note,
        })
    }

    /// Fields from the root of the object or of the document.
    fn place(&self) -> Vec<&str> {
        let names = self.names.get(self.base..).unwrap_or_default();
        names.iter().map(String::as_str).collect()
    }

    /// Whether the walk is at an environment variable of a container.
    fn is_variable(&self) -> bool {
        matches!(self.place()[..], [.., "env", "*"])
    }

    fn empty_is_absent(&self) -> bool {
        types::empty_is_absent(&self.kind, &self.place())
    }

    fn note(&mut self, note: &str) {
        self.notes.push(format!("{}: {note}", self.path));
    }
}

/// Whether nothing in it is secret.
fn is_shown(node: &Node) -> bool {
    match node {
        Node::Leaf(leaf) => !matches!(leaf.meaning, Meaning::Secret(_)),
        Node::Map(fields) => fields.values().all(is_shown),
        Node::List(list) => list.items.iter().all(|item| is_shown(&item.node)),
        Node::Document { root, .. } => is_shown(root),
    }
}
