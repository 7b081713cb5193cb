//! The tree of routes: whom each names, and what only the first one may not have.

use std::collections::BTreeSet;

use super::{Checker, given, is_null, item, items, matchers, named, present, scalar};
use crate::yaml::{Dialect, Kind, Node, Value, resolve};

/// In place of all labels.
const ALL_LABELS: &str = "...";

impl Checker {
    /// Looks at all routes; `receivers` and `intervals` are the names that are declared.
    pub(super) fn routes(&mut self, root: &Node, receivers: &[&Node], intervals: &[&Node]) {
        const PATH: &str = "route";
        if given(root, "receiver").is_none() {
            self.absent(root, PATH, "receiver");
        }
        for key in ["match", "match_re", "matchers"] {
            self.not_at_the_root(root, key, has_matchers);
        }
        for key in ["mute_time_intervals", "active_time_intervals"] {
            self.not_at_the_root(root, key, |list| !is_empty(list));
        }
        self.not_at_the_root(root, "continue", is_true);
        self.route(root, PATH, receivers, intervals);
    }

    fn not_at_the_root(&mut self, root: &Node, key: &str, counts: impl Fn(&Node) -> bool) {
        if let Some(value) = present(root, key).filter(|value| counts(value)) {
            let message = format!("the first route must not have `{key}`: it takes every alert");
            self.error(value.position, message, "move it to a route below");
        }
    }

    fn route(&mut self, route: &Node, path: &str, receivers: &[&Node], intervals: &[&Node]) {
        if let Some(receiver) = given(route, "receiver") {
            self.declared(receiver, &format!("{path}.receiver"), receivers, "receiver");
        }
        for key in ["mute_time_intervals", "active_time_intervals"] {
            for (index, interval) in items(route, key).iter().enumerate() {
                let path = item(&format!("{path}.{key}"), index);
                self.declared(interval, &path, intervals, "time interval");
            }
        }
        self.group_by(items(route, "group_by"), &format!("{path}.group_by"));
        for (index, below) in items(route, "routes").iter().enumerate() {
            let path = item(&format!("{path}.routes"), index);
            if is_null(below) {
                let message = format!("{} is empty", named(&path));
                self.error(below.position, message, "write a route, or remove it");
            }
            self.route(below, &path, receivers, intervals);
        }
    }

    fn declared(&mut self, name: &Node, path: &str, known: &[&Node], what: &str) {
        let Some(text) = scalar(name) else { return };
        if !known.iter().any(|it| scalar(it) == Some(text)) {
            let shown = self.shown(name);
            let message = format!(
                "{} names the {what} {shown}, which there is not",
                named(path)
            );
            let hint = self.meant(name, known);
            self.error(name.position, message, hint);
        }
    }

    fn group_by(&mut self, labels: &[Node], path: &str) {
        let mut seen = BTreeSet::new();
        for label in labels {
            let Some(text) = scalar(label) else { continue };
            if text != ALL_LABELS && !seen.insert(text) {
                let message = format!("{} has {} twice", named(path), self.shown(label));
                self.error(label.position, message, "remove one of the two");
            }
        }
        let all = labels.iter().find(|it| scalar(it) == Some(ALL_LABELS));
        if let Some(all) = all.filter(|_| !seen.is_empty()) {
            let message = format!("{} has `{ALL_LABELS}` beside labels", named(path));
            self.error(all.position, message, "keep that, or the labels");
        }
    }
}

fn is_empty(node: &Node) -> bool {
    match &node.kind {
        Kind::Scalar(_) => true,
        Kind::Sequence(items) => items.is_empty(),
        Kind::Mapping(entries) => entries.is_empty(),
    }
}

fn has_matchers(node: &Node) -> bool {
    match &node.kind {
        Kind::Scalar(_) => false,
        Kind::Mapping(entries) => !entries.is_empty(),
        Kind::Sequence(items) => {
            let mut texts = items.iter().filter_map(scalar);
            texts.any(|text| matchers::read(text).is_ok_and(|found| found > 0))
        }
    }
}

fn is_true(node: &Node) -> bool {
    match &node.kind {
        Kind::Scalar(scalar) => resolve(scalar, Dialect::Yaml11) == Value::Bool(true),
        Kind::Sequence(_) | Kind::Mapping(_) => false,
    }
}
