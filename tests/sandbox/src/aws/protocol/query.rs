//! The Query protocol: form bodies in, XML out. Older AWS SDKs for Java, STS and IAM speak it.
//!
//! Form: <https://smithy.io/2.0/aws/protocols/aws-query-protocol.html>.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;

use super::super::error::ServiceError;
use super::super::node::Node;
use super::super::shape::Writer;

/// How many dots a key may have. A dimension of a query has seven.
const MAX_DEPTH: usize = 16;

/// Reads a form. `Action` and `Version` are members like all others.
pub(crate) fn decode(body: &[u8]) -> Result<Node<'_>, ServiceError> {
    let mut root = Branch::default();
    for (key, value) in form_urlencoded::parse(body) {
        if key.split('.').count() > MAX_DEPTH {
            return Err(ServiceError::malformed(format!(
                "the key {key} nests too deeply"
            )));
        }
        root.insert(&key, value);
    }
    Ok(root.into_node())
}

/// What stands below one prefix of the dotted keys.
#[derive(Debug, Default)]
struct Branch<'a> {
    value: Option<Cow<'a, str>>,
    below: BTreeMap<String, Self>,
}

impl<'a> Branch<'a> {
    fn insert(&mut self, key: &str, value: Cow<'a, str>) {
        let (head, tail) = key.split_once('.').unwrap_or((key, ""));
        let branch = match self.below.get_mut(head) {
            Some(branch) => branch,
            None => self.below.entry(head.to_owned()).or_default(),
        };
        if tail.is_empty() {
            branch.value = Some(value);
        } else {
            branch.insert(tail, value);
        }
    }

    fn into_node(mut self) -> Node<'a> {
        if let (1, Some(items)) = (self.below.len(), self.below.remove("member")) {
            return Node::List(items.into_list());
        }
        match self.value {
            Some(value) if self.below.is_empty() => Node::Untyped(value),
            _ => Node::Structure(
                self.below
                    .into_iter()
                    .map(|(key, branch)| (Cow::Owned(key), branch.into_node()))
                    .collect(),
            ),
        }
    }

    /// The items below `member`, in the order of their numbers.
    fn into_list(self) -> Vec<Node<'a>> {
        let mut items: Vec<(u32, Self)> = self
            .below
            .into_iter()
            .filter_map(|(index, branch)| Some((index.parse().ok()?, branch)))
            .collect();
        items.sort_unstable_by_key(|(index, _)| *index);
        items
            .into_iter()
            .map(|(_, branch)| branch.into_node())
            .collect()
    }
}

/// Writes response elements. The caller writes the envelope around them with [`XmlWriter::element`].
#[derive(Debug)]
pub(crate) struct XmlWriter(String);

impl XmlWriter {
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        Self(String::with_capacity(bytes))
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0.into_bytes()
    }

    /// Writes `<name attributes>…</name>`; `attributes` starts with a space or is empty.
    pub(crate) fn element(&mut self, name: &str, attributes: &str, inner: impl FnOnce(&mut Self)) {
        self.push(&["<", name, attributes, ">"]);
        inner(self);
        self.push(&["</", name, ">"]);
    }

    fn push(&mut self, parts: &[&str]) {
        self.0.extend(parts.iter().copied());
    }
}

impl Writer for XmlWriter {
    fn structure(&mut self, members: impl FnOnce(&mut Self)) {
        members(self);
    }

    fn member(&mut self, name: &'static str, value: impl FnOnce(&mut Self)) {
        self.element(name, "", value);
    }

    fn list<I>(&mut self, items: I, mut item: impl FnMut(&mut Self, I::Item))
    where
        I: IntoIterator,
        I::IntoIter: ExactSizeIterator,
    {
        for element in items {
            self.element("member", "", |w| item(w, element));
        }
    }

    fn map<'k, I, V>(&mut self, entries: I, mut value: impl FnMut(&mut Self, V))
    where
        I: IntoIterator<Item = (&'k str, V)>,
        I::IntoIter: ExactSizeIterator,
    {
        for (key, entry) in entries {
            self.element("entry", "", |w| {
                w.element("key", "", |w| w.text(key));
                w.element("value", "", |w| value(w, entry));
            });
        }
    }

    fn text(&mut self, value: &str) {
        let mut rest = value;
        while let Some(at) = rest.find(['<', '>', '&', '"']) {
            let (clean, special) = rest.split_at(at);
            let mut chars = special.chars();
            let entity = match chars.next() {
                Some('<') => "&lt;",
                Some('>') => "&gt;",
                Some('&') => "&amp;",
                _ => "&quot;",
            };
            self.push(&[clean, entity]);
            rest = chars.as_str();
        }
        self.0.push_str(rest);
    }

    fn double(&mut self, value: f64) {
        self.0.push_str(&value.to_string());
    }

    fn boolean(&mut self, value: bool) {
        self.0.push_str(if value { "true" } else { "false" });
    }

    /// RFC 3339 in UTC. Only instants of requests and of the simulated clock are written, and both
    /// are in jiff's range.
    fn instant(&mut self, seconds: i64) {
        let at = Timestamp::from_second(seconds).unwrap_or_default();
        self.0.push_str(&at.to_string());
    }
}
