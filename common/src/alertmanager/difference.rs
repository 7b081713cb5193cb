//! What separates the configuration that is there from the one that should be.

use super::fill::Filled;
use super::template::{Piece, Placeholder, Template, pieces};
use super::tree::{self, Path};
use crate::yaml::{Kind, Node};

/// Paths that are reported at most: a person needs the first few.
const MOST_PATHS: usize = 20;

/// How a configuration differs from the one that its template gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// The same bytes.
    Same,
    /// The same configuration with the same login, written in other bytes. Safe to overwrite.
    Reformatted,
    /// Another SMTP user name or password, and nothing else. Safe to overwrite.
    LoginOnly,
    /// More than the login: overwriting it would undo somebody's change. JSON pointers to what
    /// differs, at most twenty, sorted as the wanted file is; never a value.
    Beyond(Vec<String>),
    /// The configuration that is there is not YAML.
    Unreadable {
        /// Counted from 1.
        line: usize,
        /// In characters, counted from 1.
        column: usize,
    },
}

/// Compares the configuration that is there with the one that `template` was filled to.
///
/// A difference counts as the login's only in a value whose template holds a placeholder of the
/// login, and only if a value stands there in both.
pub fn difference(live: &str, wanted: &Filled, template: &Template) -> Difference {
    if live == wanted.expose() {
        return Difference::Same;
    }
    let (live, wanted) = match (tree::read(live), tree::read(wanted.expose())) {
        (Ok(live), Ok(wanted)) => (live, wanted),
        (Err(tree::Unreadable(at)), _) | (_, Err(tree::Unreadable(at))) => {
            return Difference::Unreadable {
                line: at.line,
                column: at.column,
            };
        }
    };
    let mut found = Found::default();
    found.compare(&live, &wanted, Some(template.root()), Path::ROOT);
    match (found.beyond.is_empty(), found.login) {
        (true, false) => Difference::Reformatted,
        (true, true) => Difference::LoginOnly,
        (false, _) => Difference::Beyond(found.beyond),
    }
}

#[derive(Debug, Default)]
struct Found {
    login: bool,
    beyond: Vec<String>,
}

impl Found {
    /// `template` is the template's node at this place, where there is one.
    fn compare(&mut self, live: &Node, wanted: &Node, template: Option<&Node>, path: Path<'_>) {
        match (&live.kind, &wanted.kind) {
            (Kind::Scalar(a), Kind::Scalar(b)) if tree::same_scalar(a, b) => {}
            (Kind::Scalar(_), Kind::Scalar(_)) if template.is_some_and(holds_login) => {
                self.login = true;
            }
            (Kind::Sequence(a), Kind::Sequence(b)) => {
                for index in 0..a.len().max(b.len()) {
                    let template = template.and_then(|node| item(node, index));
                    self.pair(a.get(index), b.get(index), template, path.index(index));
                }
            }
            (Kind::Mapping(a), Kind::Mapping(b)) => {
                for entry in b {
                    let key = entry.key.text.as_str();
                    let template = template.and_then(|node| tree::child(node, key));
                    self.pair(
                        tree::child(live, key),
                        Some(&entry.value),
                        template,
                        path.key(key),
                    );
                }
                for entry in a {
                    let key = entry.key.text.as_str();
                    if tree::child(wanted, key).is_none() {
                        self.add(path.key(key));
                    }
                }
            }
            (Kind::Scalar(_) | Kind::Sequence(_) | Kind::Mapping(_), _) => self.add(path),
        }
    }

    fn pair(
        &mut self,
        live: Option<&Node>,
        wanted: Option<&Node>,
        template: Option<&Node>,
        path: Path<'_>,
    ) {
        match (live, wanted) {
            (Some(live), Some(wanted)) => self.compare(live, wanted, template, path),
            (Some(_), None) | (None, Some(_)) => self.add(path),
            (None, None) => {}
        }
    }

    fn add(&mut self, path: Path<'_>) {
        if self.beyond.len() < MOST_PATHS {
            self.beyond.push(path.to_string());
        }
    }
}

fn item(node: &Node, index: usize) -> Option<&Node> {
    match &node.kind {
        Kind::Sequence(items) => items.get(index),
        Kind::Scalar(_) | Kind::Mapping(_) => None,
    }
}

fn holds_login(template: &Node) -> bool {
    let Kind::Scalar(scalar) = &template.kind else {
        return false;
    };
    pieces(&scalar.text).is_ok_and(|pieces| {
        let mut placeholders = pieces.iter().filter_map(Piece::placeholder);
        placeholders.any(Placeholder::is_login)
    })
}

#[cfg(test)]
mod tests;
