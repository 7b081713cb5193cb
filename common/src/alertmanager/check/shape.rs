//! What the value of a key may look like.

use super::values::Fault;
use super::{Checker, below, is_null, item, keys, matchers, named, regex, scalar, values};
use crate::alertmanager::tree;
use crate::schedule::{duration, prometheus_duration};
use crate::yaml::{Dialect, Entry, Kind, Node, Value, resolve};

/// Keys and what belongs to them.
pub(super) type Table = &'static [(&'static str, Shape)];

/// What a value may be. A null is as good as no key.
#[derive(Debug, Clone, Copy)]
pub(super) enum Shape {
    /// Not looked at.
    Any,
    /// Any scalar.
    Text,
    /// True or false.
    Boolean,
    /// A whole number from 0.
    Count,
    /// A duration of Prometheus.
    Duration,
    /// The same, and more than nothing.
    Wait,
    /// A duration of Go, or nanoseconds.
    GoDuration,
    /// An address of the web.
    Url,
    /// A server and its port.
    HostPort,
    /// A list of scalars.
    Texts,
    /// A list of names of labels.
    Labels,
    /// A mapping of anything to scalars.
    TextMap,
    /// A mapping of labels to values.
    LabelMap,
    /// A mapping of labels to regular expressions.
    RegexMap,
    /// A list of matchers.
    Matchers,
    /// A mapping with these keys.
    Keys(Table),
    /// A list of mappings with these keys.
    Each(Table),
    /// The routes below a route.
    Routes,
}

impl Checker {
    /// Looks at each key of a mapping, and at its value.
    pub(super) fn mapping(&mut self, node: &Node, path: &str, table: Table) {
        for Entry { key, value } in self.entries(node, path) {
            match table.iter().find(|(name, _)| *name == key.text) {
                Some((_, shape)) => self.value(value, &below(path, &key.text), *shape),
                None => self.unknown(key, table),
            }
        }
    }

    fn value(&mut self, node: &Node, path: &str, shape: Shape) {
        if is_null(node) {
            return;
        }
        match shape {
            Shape::Any => {}
            Shape::Text => {
                self.text(node, path);
            }
            Shape::Boolean => self.boolean(node, path),
            Shape::Count => self.count(node, path),
            Shape::Duration => {
                self.duration(node, path);
            }
            Shape::Wait => {
                if self.duration(node, path) == Some(0) {
                    let message = format!("{} must not be zero", named(path));
                    self.error(node.position, message, "write a duration such as 5m");
                }
            }
            Shape::GoDuration => self.go_duration(node, path),
            Shape::Url => self.checked(node, path, values::fault_of_url),
            Shape::HostPort => self.checked(node, path, values::fault_of_host_port),
            Shape::Texts => {
                for (index, text) in self.list(node, path).iter().enumerate() {
                    self.value(text, &item(path, index), Shape::Text);
                }
            }
            Shape::Labels => self.labels(node, path),
            Shape::TextMap => {
                for Entry { key, value } in self.entries(node, path) {
                    self.value(value, &below(path, &key.text), Shape::Text);
                }
            }
            Shape::LabelMap => self.label_map(node, path, |_| None),
            Shape::RegexMap => {
                self.label_map(node, path, regex::fault);
                for Entry { key, value } in self.entries(node, path) {
                    if is_null(value) {
                        self.absent(value, path, &key.text);
                    }
                }
            }
            Shape::Matchers => {
                for (index, matcher) in self.list(node, path).iter().enumerate() {
                    self.checked(matcher, &item(path, index), |text| {
                        matchers::read(text).err()
                    });
                }
            }
            Shape::Keys(table) => self.mapping(node, path, table),
            Shape::Each(table) => {
                for (index, each) in self.list(node, path).iter().enumerate() {
                    self.value(each, &item(path, index), Shape::Keys(table));
                }
            }
            Shape::Routes => self.value(node, path, Shape::Each(keys::ROUTE)),
        }
    }

    /// The text of a scalar; anything else is told.
    fn text<'n>(&mut self, node: &'n Node, path: &str) -> Option<&'n str> {
        let text = scalar(node);
        if text.is_none() && !is_null(node) {
            self.mismatch(node, path, "text", "write one value");
        }
        text
    }

    /// Tells what is wrong with a text, if something is: what is wrong, and what to write.
    fn checked(&mut self, node: &Node, path: &str, fault: impl Fn(&str) -> Option<Fault>) {
        if let Some((what, hint)) = self.text(node, path).and_then(fault) {
            self.error(node.position, format!("{} {what}", named(path)), hint);
        }
    }

    fn boolean(&mut self, node: &Node, path: &str) {
        let is_boolean = match &node.kind {
            Kind::Scalar(scalar) => match resolve(scalar, Dialect::Yaml11) {
                Value::Bool(_) => true,
                // Alertmanager's reader takes these too.
                Value::Text => ["y", "Y", "n", "N"].contains(&scalar.text.as_str()),
                Value::Null | Value::Int(_) | Value::Float(_) | Value::Date => false,
            },
            Kind::Sequence(_) | Kind::Mapping(_) => false,
        };
        if !is_boolean {
            let hint = "write true or false, without quotes";
            self.mismatch(node, path, "true or false", hint);
        }
    }

    fn count(&mut self, node: &Node, path: &str) {
        let fits = |value: Value| match value {
            Value::Int(number) => number >= 0,
            Value::Float(number) => number >= 0.0,
            Value::Null | Value::Bool(_) | Value::Date | Value::Text => false,
        };
        let is_count = match &node.kind {
            Kind::Scalar(scalar) => [Dialect::Yaml11, Dialect::Strict]
                .into_iter()
                .any(|dialect| fits(resolve(scalar, dialect))),
            Kind::Sequence(_) | Kind::Mapping(_) => false,
        };
        if !is_count {
            let hint = "write a number, without quotes";
            self.mismatch(node, path, "a whole number from 0", hint);
        }
    }

    /// Reads a duration, in milliseconds.
    fn duration(&mut self, node: &Node, path: &str) -> Option<i128> {
        let text = self.text(node, path)?;
        let read = prometheus_duration::parse(text);
        if read.is_none() {
            let message = format!("{} is not a duration", named(path));
            self.error(
                node.position,
                message,
                "write numbers with units, such as 30s, 5m or 1h30m",
            );
        }
        read
    }

    fn go_duration(&mut self, node: &Node, path: &str) {
        let is_duration = match &node.kind {
            Kind::Scalar(scalar) => match resolve(scalar, Dialect::Strict) {
                Value::Int(_) | Value::Float(_) | Value::Null => true,
                Value::Text => duration::parse(&scalar.text).is_some(),
                Value::Bool(_) | Value::Date => false,
            },
            Kind::Sequence(_) | Kind::Mapping(_) => false,
        };
        if !is_duration {
            let hint = "write numbers with units up to hours, such as 30s or 1m30s";
            self.mismatch(node, path, "a duration", hint);
        }
    }

    fn labels(&mut self, node: &Node, path: &str) {
        for (index, label) in self.list(node, path).iter().enumerate() {
            let path = item(path, index);
            let is_empty = is_null(label) || self.text(label, &path) == Some("");
            if is_empty {
                let message = format!("{} is no name of a label", named(&path));
                self.error(label.position, message, "write a name, or remove it");
            }
        }
    }

    fn label_map(&mut self, node: &Node, path: &str, fault: impl Fn(&str) -> Option<Fault>) {
        for Entry { key, value } in self.entries(node, path) {
            if !values::is_label(&key.text) {
                let message = format!("{} has `{}`, no name of a label", named(path), key.text);
                let hint = "write letters, digits and `_`; other names can stand in matchers";
                self.error(key.position, message, hint);
            }
            self.checked(value, &below(path, &key.text), &fault);
        }
    }

    fn entries<'n>(&mut self, node: &'n Node, path: &str) -> &'n [Entry] {
        tree::entries(node).unwrap_or_else(|| {
            let hint = "write `key: value`, one pair a line";
            self.mismatch(node, path, "a mapping", hint);
            &[]
        })
    }

    fn list<'n>(&mut self, node: &'n Node, path: &str) -> &'n [Node] {
        match &node.kind {
            Kind::Sequence(items) => items,
            Kind::Scalar(_) | Kind::Mapping(_) => {
                let hint = "write one item a line after `- `";
                self.mismatch(node, path, "a list", hint);
                &[]
            }
        }
    }

    /// Says of a value that it is something else, without showing it.
    fn mismatch(&mut self, node: &Node, path: &str, expected: &str, hint: &str) {
        let found = match &node.kind {
            Kind::Sequence(_) => "a list",
            Kind::Mapping(_) => "a mapping",
            Kind::Scalar(scalar) => match resolve(scalar, Dialect::Yaml11) {
                Value::Null => "nothing",
                Value::Bool(_) => "a boolean",
                Value::Int(_) | Value::Float(_) => "a number",
                Value::Date => "a date",
                Value::Text => "text",
            },
        };
        let message = format!("{} must be {expected}, not {found}", named(path));
        self.error(node.position, message, hint);
    }
}
