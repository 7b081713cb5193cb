//! The configuration with placeholders where secrets go.

use std::collections::BTreeSet;
use std::fmt;

use crate::exit::Exit;
use crate::fault::Fault;
use crate::yaml::{Dialect, Document, Invalid, Kind, Node, Position, Problem};

mod placeholder;
mod source;

pub(super) use placeholder::{MARK, Piece, Placeholder, pieces};
use source::Scalars;

/// What the config reloader in an Alertmanager's pod takes for a variable of its environment.
pub(super) const SUBSTITUTION: &str = "$(";

/// An Alertmanager configuration with placeholders.
///
/// `@@smtp_username@@` and `@@smtp_password@@` stand for the login, and both must be there;
/// `@@secret/FIELD@@` stands for member `FIELD` of the secret. They stand inside values and
/// nowhere else, several in one value if need be, whatever the value's quotes. A value that
/// begins with one must be quoted, because YAML reserves `@`.
///
/// Refused are placeholders in keys, and in comments too: what is filled in would not reach them,
/// and a file that still shows one looks half-filled. Anchors are fine: an alias repeats the
/// filled value.
#[derive(Debug, Clone)]
pub struct Template {
    text: String,
    root: Node,
    slots: Vec<Slot>,
}

/// A value that holds placeholders.
#[derive(Debug, Clone)]
pub(super) struct Slot {
    pub(super) scalar: source::Written,
    pub(super) pieces: Vec<Piece>,
}

impl Template {
    /// Reads a template. `file` is its name in messages.
    ///
    /// # Errors
    /// When it is not YAML, or a placeholder is unknown, misplaced or missing; every mistake of
    /// the file, each with line, column and what to write instead.
    pub fn parse(file: &str, text: &str) -> Result<Self, TemplateError> {
        let document = Document::parse(file, text, Dialect::Strict).map_err(TemplateError)?;
        let (root, scalars) = (document.tree().clone(), Scalars::of(text));
        let slots = Survey::new(&document, &scalars).run(&root, text);
        let template = Self {
            text: text.to_owned(),
            root,
            slots,
        };
        if document.errors() == 0 {
            template.require_login(&document);
            template.rehearse(&document);
        }
        document.finish().map_err(TemplateError)?;
        Ok(template)
    }

    /// The members of the secret that the template needs, sorted.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        let fields: BTreeSet<&str> = self
            .placeholders()
            .filter_map(|placeholder| match placeholder {
                Placeholder::Secret(field) => Some(field.as_str()),
                Placeholder::SmtpUsername | Placeholder::SmtpPassword => None,
            })
            .collect();
        fields.into_iter()
    }

    pub(super) fn placeholders(&self) -> impl Iterator<Item = &Placeholder> {
        let pieces = self.slots.iter().flat_map(|slot| &slot.pieces);
        pieces.filter_map(Piece::placeholder)
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn root(&self) -> &Node {
        &self.root
    }

    pub(super) fn slots(&self) -> &[Slot] {
        &self.slots
    }

    fn require_login(&self, document: &Document) {
        for (needed, key) in [
            (Placeholder::SmtpUsername, "smtp_auth_username"),
            (Placeholder::SmtpPassword, "smtp_auth_password"),
        ] {
            if !self
                .placeholders()
                .any(|placeholder| *placeholder == needed)
            {
                let start = Position { line: 1, column: 1 };
                let problem = Problem::error(start, format!("no value holds `{needed}`"));
                document.report(problem.hint(format!("write {key}: \"{needed}\" below `global`")));
            }
        }
    }

    /// Fills the template with something, so that what cannot be filled is found now.
    fn rehearse(&self, document: &Document) {
        if let Some(position) = self.unsafe_value() {
            document.report(not_replaceable(position));
        }
    }
}

/// Looks at every scalar of a template once.
struct Survey<'d> {
    document: &'d Document,
    scalars: &'d Scalars,
    slots: Vec<Slot>,
}

impl<'d> Survey<'d> {
    fn new(document: &'d Document, scalars: &'d Scalars) -> Self {
        Self {
            document,
            scalars,
            slots: Vec::new(),
        }
    }

    fn run(mut self, root: &Node, text: &str) -> Vec<Slot> {
        self.substitutions(text);
        self.node(root);
        self.strays(text);
        self.slots.sort_by_key(|slot| slot.scalar.position);
        // An alias brings the same scalar again.
        self.slots.dedup_by_key(|slot| slot.scalar.position);
        self.slots
    }

    fn node(&mut self, node: &Node) {
        match &node.kind {
            Kind::Scalar(scalar) => self.scalar(&scalar.text, node.position),
            Kind::Sequence(items) => items.iter().for_each(|item| self.node(item)),
            Kind::Mapping(entries) => {
                for entry in entries {
                    self.key(&entry.key.text, entry.key.position);
                    self.node(&entry.value);
                }
            }
        }
    }

    fn key(&mut self, text: &str, position: Position) {
        if text.contains(MARK) {
            self.document.report(
                Problem::error(position, "a key cannot be filled")
                    .hint("use placeholders in values only"),
            );
        }
    }

    fn scalar(&mut self, text: &str, position: Position) {
        if text.contains(SUBSTITUTION) {
            self.document.report(substitution(position));
        }
        if !text.contains(MARK) {
            return;
        }
        match pieces(text) {
            Ok(pieces) => match self.scalars.at(position) {
                Some(scalar) => self.slots.push(Slot {
                    scalar: scalar.clone(),
                    pieces,
                }),
                None => self.document.report(not_replaceable(position)),
            },
            Err(wrong) => {
                let (message, hint) = (wrong.to_string(), wrong.hint());
                self.document
                    .report(Problem::error(position, message).hint(hint));
            }
        }
    }

    fn substitutions(&self, text: &str) {
        for (offset, _) in text.match_indices(SUBSTITUTION) {
            self.document
                .report(substitution(source::position(text, offset)));
        }
    }

    /// Marks outside of all scalars: comments, anchors, tags.
    fn strays(&self, text: &str) {
        for (offset, _) in text.match_indices(MARK) {
            if !self.scalars.covers(offset) {
                let message =
                    format!("`{MARK}` stands outside of any value, where nothing is filled in");
                self.document.report(
                    Problem::error(source::position(text, offset), message)
                        .hint("write the name without it in a comment"),
                );
            }
        }
    }
}

fn not_replaceable(position: Position) -> Problem {
    Problem::error(
        position,
        "this value cannot be replaced without changing something else",
    )
    .hint("write it in double quotes on one line")
}

fn substitution(position: Position) -> Problem {
    let message =
        format!("`{SUBSTITUTION}` would be replaced from the environment of the config reloader");
    Problem::error(position, message).hint("write the value without a `(` behind the `$`")
}

/// What is wrong with a template.
#[derive(Debug, Clone)]
pub struct TemplateError(Invalid);

impl TemplateError {
    /// Every problem, with its place.
    pub fn invalid(&self) -> &Invalid {
        &self.0
    }
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for TemplateError {}

impl Fault for TemplateError {
    fn exit(&self) -> Exit {
        Exit::Config
    }

    fn code(&self) -> &'static str {
        "alertmanager-template"
    }
}

#[cfg(test)]
mod tests;
