//! YAML with positions: a tree that remembers where everything stood, a reader that reports every
//! mistake of a file in one go, and two dialects.
//!
//! [`Document::parse`] turns text into a tree of [`Node`]s, with aliases and merge keys resolved
//! and limits on nesting and alias expansion. [`Document::root`] gives a [`Cursor`], through which
//! a caller reads fields by name; whatever is wrong is recorded with `file:line:column`, and the
//! caller goes on. [`Document::finish`] hands back the warnings, or all errors.
//!
//! ```
//! use common::yaml::{Dialect, Document};
//!
//! let document = Document::parse("jobs.yaml", "name: nightly\nretries: 3\n", Dialect::Strict)?;
//! let mut fields = document.root().fields().expect("a mapping");
//! let name = fields.required("name").and_then(|name| name.string());
//! let retries = fields.get("retries").and_then(|retries| retries.integer(0..=10_u8));
//! fields.deny_unknown();
//! let warnings = document.finish()?;
//! assert_eq!((name, retries, warnings.len()), (Some("nightly".to_owned()), Some(3), 0));
//! # Ok::<(), common::yaml::Invalid>(())
//! ```
//!
//! It does not write YAML, and it does not map onto types by itself: a file of this suite has few
//! keys, and each deserves a message of its own.

use std::cell::RefCell;

mod cursor;
mod json;
mod loader;
mod merge;
mod node;
mod problem;
mod scalar;
mod suggest;
mod syntax;

pub use cursor::{Cursor, Fields};
pub use node::{Entry, Key, Kind, Node, Position, Scalar, Style, Tag};
pub use problem::{Invalid, Problem, Problems, Severity};
pub use scalar::{Value, resolve};
pub use suggest::did_you_mean;

/// Which rules a file is read by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// YAML 1.1 as SnakeYAML reads it, for files that `cloudwatch_exporter` must still accept:
    /// `yes` is a boolean, `0600` is octal, `1:30` is base 60. The last of two equal keys wins,
    /// with a warning; a quoted number is read as a number, with a warning.
    Yaml11,
    /// The core schema of YAML 1.2, for files of our own. Equal keys and quoted numbers are errors.
    Strict,
}

/// A parsed file together with everything that was found wrong with it so far.
#[derive(Debug)]
pub struct Document {
    root: Node,
    dialect: Dialect,
    /// Cursors share the document while they report, hence the cell.
    problems: RefCell<Problems>,
}

impl Document {
    /// Parses one YAML or JSON document. An empty file is a null.
    ///
    /// # Errors
    /// When the text is not YAML or exceeds a limit. Mistakes that leave a tree, such as an
    /// unknown tag or a repeated key, are kept until [`Document::finish`].
    pub fn parse(file: &str, text: &str, dialect: Dialect) -> Result<Self, Invalid> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut problems = Problems::new(file, text);
        match loader::load(text, dialect, &mut problems) {
            Ok(root) => Ok(Self {
                root,
                dialect,
                problems: RefCell::new(problems),
            }),
            Err(problem) => Err(problems.fail(problem)),
        }
    }

    /// A cursor on the outermost node.
    pub fn root(&self) -> Cursor<'_> {
        Cursor::root(self)
    }

    /// The tree itself, for callers that walk it without knowing its keys.
    pub fn tree(&self) -> &Node {
        &self.root
    }

    /// The rules this document is read by.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Records a problem.
    pub fn report(&self, problem: Problem) {
        self.problems.borrow_mut().push(problem);
    }

    /// Records a problem that does not follow from another one at its place.
    fn report_beside(&self, problem: Problem) {
        self.problems.borrow_mut().push_beside(problem);
    }

    /// How many errors were reported so far: a caller that compares two counts knows whether the
    /// part read in between is sound.
    pub fn errors(&self) -> usize {
        self.problems.borrow().errors()
    }

    /// The warnings, in file order.
    ///
    /// # Errors
    /// When an error was reported; it then holds the warnings too.
    pub fn finish(self) -> Result<Problems, Invalid> {
        self.problems.into_inner().finish()
    }
}

#[cfg(test)]
mod tests;
