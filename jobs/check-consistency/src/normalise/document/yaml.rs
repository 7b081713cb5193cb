//! From YAML to a tree, without knowing its keys.
//!
//! [`Cursor`] is made for those who know what they want, and records what is not so as a mistake, at a cost
//! that grows with the mistakes before. So the source is looked at first.

use std::collections::BTreeMap;

use common::yaml::{Cursor, Dialect, Document, Position, Scalar, Severity, Style, Value, resolve};

use super::Tree;

/// How often the look at the source may not be enough.
const MOST_PROBES: usize = 200;

const NO_YAML: &str = "does not parse as YAML";

/// Reads a document, and says what a reader should know about it.
pub(super) fn read(text: &str) -> Result<(Tree, Option<&'static str>), &'static str> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let document = Document::parse("", text, Dialect::Yaml11).map_err(|_| NO_YAML)?;
    if document.errors() > 0 {
        return Err(NO_YAML);
    }
    let mut source = Source::of(text);
    let tree = source.tree(&document.root(), None)?;
    // Errors by now are only those of probing.
    let repeated = match document.finish() {
        Ok(problems) => !problems.is_empty(),
        Err(invalid) => {
            let mut problems = invalid.problems().iter();
            problems.any(|problem| problem.severity == Severity::Warning)
        }
    };
    Ok((
        tree,
        repeated.then_some("has a key twice; the last one is compared"),
    ))
}

/// The text, to see what stands at a place.
struct Source<'t> {
    /// The lines, and where their characters begin if not every byte is one.
    lines: Vec<(&'t str, Option<Vec<usize>>)>,
    probes: usize,
}

impl<'t> Source<'t> {
    fn of(text: &'t str) -> Self {
        // A break that only YAML takes for one would move all lines behind it: nothing is seen then.
        let strange = text.replace("\r\n", "").contains('\r');
        let text = if strange { "" } else { text };
        let line = |line: &'t str| {
            let starts = || line.char_indices().map(|(start, _)| start).collect();
            (line, (!line.is_ascii()).then(starts))
        };
        Self {
            lines: text.lines().map(line).collect(),
            probes: 0,
        }
    }

    /// A value; `key` is where its key stands, if it has one.
    fn tree(&mut self, cursor: &Cursor<'_>, key: Option<Position>) -> Result<Tree, &'static str> {
        if cursor.is_null() {
            return Ok(Tree::Null);
        }
        if cursor.is_scalar() {
            return self.scalar(cursor);
        }
        let looks_like_list = self.looks_like_list(cursor.position(), key);
        let mut items = if looks_like_list {
            cursor.items()
        } else {
            None
        };
        if items.is_none() {
            if looks_like_list {
                self.probe()?;
            }
            if let Some(entries) = cursor.entries() {
                let mut fields = BTreeMap::new();
                for (key, value) in entries {
                    let value = self.tree(&value, Some(key.position))?;
                    fields.insert(key.text.clone(), value);
                }
                return Ok(Tree::Map(fields));
            }
            self.probe()?;
            items = cursor.items();
        }
        let items = items.unwrap_or_default();
        let items = items.iter().map(|item| self.tree(item, None));
        Ok(Tree::List(items.collect::<Result<_, _>>()?))
    }

    /// A list is said to begin at its first dash, or, where that stands right below the key, behind it.
    fn looks_like_list(&self, position: Position, key: Option<Position>) -> bool {
        let (before, here) = self.at(position);
        let is_dash = |text: &str| {
            text.strip_prefix('-')
                .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t']))
        };
        here.starts_with('[')
            || is_dash(here)
            || (key.is_some_and(|key| key.line < position.line) && is_dash(before.trim_start()))
    }

    fn scalar(&mut self, cursor: &Cursor<'_>) -> Result<Tree, &'static str> {
        let text = cursor.source_text().unwrap_or_default();
        let bare = Scalar {
            text: text.clone(),
            style: Style::Plain,
            tag: None,
        };
        if resolve(&bare, Dialect::Yaml11) == Value::Text {
            return Ok(Tree::Text(text));
        }
        let (_, here) = self.at(cursor.position());
        let is_text = if here.starts_with(['"', '\'', '|', '>']) {
            true
        } else if here.starts_with(&text) {
            false
        } else {
            self.probe()?;
            cursor.string().is_some()
        };
        Ok(match (is_text, text.as_str()) {
            (true, _) => Tree::Text(text),
            (false, "true") => Tree::Bool(true),
            (false, "false") => Tree::Bool(false),
            (false, _) => Tree::Bare {
                value: text.clone(),
                text,
            },
        })
    }

    /// What stands before a place and behind it in its line.
    fn at(&self, Position { line, column }: Position) -> (&'t str, &'t str) {
        let Some((text, starts)) = self.lines.get(line.saturating_sub(1)) else {
            return ("", "");
        };
        let before = column.saturating_sub(1);
        let start = match starts {
            None => Some(before),
            Some(starts) => starts.get(before).copied(),
        };
        start
            .and_then(|start| text.split_at_checked(start))
            .unwrap_or_default()
    }

    fn probe(&mut self) -> Result<(), &'static str> {
        self.probes += 1;
        if self.probes > MOST_PROBES {
            return Err("is too strange to be compared as a document");
        }
        Ok(())
    }
}
