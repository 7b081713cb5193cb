//! Configuration as a tree: reading it without quoting it, and naming places in it.

use std::fmt;

use crate::yaml::{Dialect, Document, Entry, Kind, Node, Position, Problem, Scalar, resolve};

/// Text that holds secrets is not YAML. Says where, and nothing else: an excerpt would quote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unreadable(pub(super) Position);

/// Reads a text that holds secrets.
pub(super) fn read(text: &str) -> Result<Node, Unreadable> {
    let document = Document::parse("", text, Dialect::Strict);
    let invalid = match document {
        Ok(document) if document.errors() == 0 => return Ok(document.tree().clone()),
        Ok(document) => match document.finish() {
            Err(invalid) => invalid,
            Ok(_) => return Err(Unreadable(Position { line: 1, column: 1 })),
        },
        Err(invalid) => invalid,
    };
    let first = invalid.problems().iter().next();
    let start = Position { line: 1, column: 1 };
    Err(Unreadable(first.map_or(start, Problem::position)))
}

/// The value of `key`, if `node` is a mapping that has it.
pub(super) fn child<'n>(node: &'n Node, key: &str) -> Option<&'n Node> {
    let entry = entries(node)?.iter().find(|entry| entry.key.text == key)?;
    Some(&entry.value)
}

/// The entries of a mapping.
pub(super) fn entries(node: &Node) -> Option<&[Entry]> {
    match &node.kind {
        Kind::Mapping(entries) => Some(entries),
        Kind::Scalar(_) | Kind::Sequence(_) => None,
    }
}

/// Whether two scalars mean the same to whatever reads them.
///
/// Quotes do not count where they change nothing. Alertmanager reads YAML 1.1, where a bare `yes`
/// is a boolean and `"yes"` is not; bare values other than text must be spelt alike.
pub(super) fn same_scalar(a: &Scalar, b: &Scalar) -> bool {
    let meaning = |scalar| resolve(scalar, Dialect::Yaml11);
    a.text == b.text && std::mem::discriminant(&meaning(a)) == std::mem::discriminant(&meaning(b))
}

/// A place in a tree. Displays as a JSON pointer (RFC 6901), `/receivers/2/name`; the root is `/`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Path<'p> {
    parent: Option<&'p Path<'p>>,
    step: Step<'p>,
}

#[derive(Debug, Clone, Copy)]
enum Step<'p> {
    Root,
    Key(&'p str),
    Index(usize),
}

impl<'p> Path<'p> {
    pub(super) const ROOT: Self = Self {
        parent: None,
        step: Step::Root,
    };

    pub(super) fn key(&'p self, key: &'p str) -> Self {
        Self {
            parent: Some(self),
            step: Step::Key(key),
        }
    }

    pub(super) fn index(&'p self, index: usize) -> Self {
        Self {
            parent: Some(self),
            step: Step::Index(index),
        }
    }

    fn steps(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            parent.steps(f)?;
        }
        match self.step {
            Step::Root => Ok(()),
            Step::Key(key) => write!(f, "/{}", key.replace('~', "~0").replace('/', "~1")),
            Step::Index(index) => write!(f, "/{index}"),
        }
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.parent {
            None => f.write_str("/"),
            Some(_) => self.steps(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Path, Unreadable, child, read, same_scalar};
    use crate::yaml::{Kind, Position};

    #[test]
    fn a_path_is_a_json_pointer() {
        let receivers = Path::ROOT.key("receivers");
        let second = receivers.index(1);
        assert_eq!(Path::ROOT.to_string(), "/");
        assert_eq!(second.key("a/b~c").to_string(), "/receivers/1/a~1b~0c");
    }

    #[test]
    fn text_that_is_not_yaml_is_placed_and_not_quoted() {
        for (text, line, column) in [
            ("a: 1\nb: hunter2: x\n", 2, 11),
            ("a: hunter2\na: 1\n", 2, 1),
            ("a: !x hunter2\n", 1, 4),
        ] {
            let error = read(text).unwrap_err();
            assert_eq!(error, Unreadable(Position { line, column }), "{text}");
            assert!(!format!("{error:?}").contains("hunter2"));
        }
    }

    #[test]
    fn quotes_count_only_where_they_change_the_meaning() {
        for (a, b, same) in [
            ("5m", "'5m'", true),
            ("yes", "'yes'", false),
            ("true", "true", true),
            ("5", "\"5\"", false),
            ("5", "5.0", false),
            ("''", "", false),
        ] {
            let root = read(&format!("a: {a}\nb: {b}\n")).unwrap();
            let scalar = |key| match &child(&root, key).unwrap().kind {
                Kind::Scalar(scalar) => scalar.clone(),
                Kind::Sequence(_) | Kind::Mapping(_) => panic!("{key} is no scalar"),
            };
            assert_eq!(same_scalar(&scalar("a"), &scalar("b")), same, "{a} {b}");
        }
    }
}
