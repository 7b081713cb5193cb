//! From parser events to the tree: aliases, tags, repeated keys, limits.
//!
//! The grammar itself is granit-parser's; what its errors mean to a reader is in [`super::syntax`].

use std::collections::BTreeMap;

use granit_parser::{Event, Parser, ScalarStyle, ScanError, Span};

use super::node::{Entry, Key, Kind, Node, Position, Scalar, Style};
use super::problem::{Problem, Problems};
use super::{Dialect, merge, syntax};

/// Levels of lists and mappings. Our deepest file has six; recursion over the tree stays shallow.
const MAX_DEPTH: usize = 64;

/// Nodes that aliases may add to a document, so that nine lines cannot become a billion nodes.
const MAX_ALIASED_NODES: usize = 100_000;

/// Reads the one document of `text`.
///
/// # Errors
/// The problem after which nothing more can be read. Others are pushed to `problems`.
pub(super) fn load(text: &str, dialect: Dialect, problems: &mut Problems) -> Result<Node, Problem> {
    let options = granit_parser::options! {
        emit_comments: false,
        flow_nesting_limit: MAX_DEPTH,
        block_nesting_limit: MAX_DEPTH,
    };
    let mut loader = Loader {
        dialect,
        problems,
        anchors: BTreeMap::new(),
        open: Vec::new(),
        aliased: 0,
        root: None,
    };
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, span) = event.map_err(|error: ScanError| syntax::explain(&error, text))?;
        loader.accept(event, span)?;
    }
    Ok(loader
        .root
        .unwrap_or_else(|| null(Position { line: 1, column: 1 })))
}

/// A list or mapping whose end has not come yet.
struct Open {
    position: Position,
    anchor: usize,
    content: Content,
}

enum Content {
    Sequence(Vec<Node>),
    Mapping { entries: Vec<Entry>, key: NextKey },
}

/// What the next node of a mapping is.
enum NextKey {
    /// A key.
    Expected,
    /// The value of this key.
    Read(Key),
    /// The value of a key that was refused.
    Refused,
}

struct Loader<'p> {
    dialect: Dialect,
    problems: &'p mut Problems,
    /// Finished nodes that an alias may name, by the parser's number.
    anchors: BTreeMap<usize, Node>,
    open: Vec<Open>,
    aliased: usize,
    root: Option<Node>,
}

impl Loader<'_> {
    #[expect(clippy::wildcard_enum_match_arm, reason = "foreign enum that may grow")]
    fn accept(&mut self, event: Event<'_>, span: Span) -> Result<(), Problem> {
        let position = start(span);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let quoted = style != ScalarStyle::Plain;
                let tag = tag.and_then(|tag| syntax::scalar_tag(&tag, position, self.problems));
                let style = if quoted { Style::Quoted } else { Style::Plain };
                // The parser spells a value that is not there `~`; here it stays empty.
                let absent = style == Style::Plain && span.start.index() == span.end.index();
                let text = if absent { String::new() } else { text.into_owned() };
                let kind = Kind::Scalar(Scalar { text, style, tag });
                self.place(Node { position, kind }, anchor)
            }
            Event::SequenceStart(_, anchor, tag) => {
                if let Some(tag) = tag {
                    syntax::expect_tag(&tag, "seq", position, self.problems);
                }
                let content = Content::Sequence(Vec::new());
                self.open.push(Open { position, anchor, content });
                Ok(())
            }
            Event::MappingStart(_, anchor, tag) => {
                if let Some(tag) = tag {
                    syntax::expect_tag(&tag, "map", position, self.problems);
                }
                let content = Content::Mapping { entries: Vec::new(), key: NextKey::Expected };
                self.open.push(Open { position, anchor, content });
                Ok(())
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            Event::Alias(anchor) => self.alias(anchor, position),
            Event::DocumentStart(..) if self.root.is_some() => {
                Err(Problem::error(position, "a second document begins here")
                    .hint("keep one document in the file; remove the line `---` and what belongs to another file"))
            }
            // Marks of streams and documents, and events that are not asked for.
            _ => Ok(()),
        }
    }

    fn alias(&mut self, anchor: usize, position: Position) -> Result<(), Problem> {
        let Some(node) = self.anchors.get(&anchor) else {
            return Err(
                Problem::error(position, "this alias stands inside what it names")
                    .hint("write the value out instead of the alias"),
            );
        };
        self.aliased += node.size();
        if self.aliased > MAX_ALIASED_NODES {
            let message = format!("aliases expand to more than {MAX_ALIASED_NODES} values");
            return Err(Problem::error(position, message).hint("write the values out"));
        }
        if self.open.len() + node.depth() > MAX_DEPTH {
            return Err(too_deep(position));
        }
        let node = node.clone();
        self.place(node, 0)
    }

    fn close(&mut self) -> Result<(), Problem> {
        let Some(Open {
            position,
            anchor,
            content,
        }) = self.open.pop()
        else {
            return Ok(());
        };
        let kind = match content {
            Content::Sequence(items) => Kind::Sequence(items),
            Content::Mapping { entries, .. } => {
                Kind::Mapping(merge::settle(entries, self.dialect, self.problems))
            }
        };
        self.place(Node { position, kind }, anchor)
    }

    /// Puts a finished node where it belongs: as item, key, value or root.
    fn place(&mut self, node: Node, anchor: usize) -> Result<(), Problem> {
        if self.open.len() > MAX_DEPTH {
            return Err(too_deep(node.position));
        }
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        match self.open.last_mut().map(|open| &mut open.content) {
            None => self.root = Some(node),
            Some(Content::Sequence(items)) => items.push(node),
            Some(Content::Mapping { entries, key }) => {
                *key = match std::mem::replace(key, NextKey::Expected) {
                    NextKey::Expected => self::key(node, self.problems),
                    NextKey::Read(key) => {
                        entries.push(Entry { key, value: node });
                        NextKey::Expected
                    }
                    NextKey::Refused => NextKey::Expected,
                };
            }
        }
        Ok(())
    }
}

fn key(Node { position, kind }: Node, problems: &mut Problems) -> NextKey {
    match kind {
        Kind::Scalar(Scalar { text, style, .. }) if !(text.is_empty() && style == Style::Plain) => {
            NextKey::Read(Key {
                text,
                position,
                style,
            })
        }
        Kind::Scalar(_) => {
            problems.push(Problem::error(position, "a key is missing before this `:`"));
            NextKey::Refused
        }
        Kind::Sequence(_) | Kind::Mapping(_) => {
            // `{{ x }}` is a mapping as key of a mapping: once is enough.
            if !problems.has_error_in_line(position.line) {
                problems.push(
                    Problem::error(position, "a list or mapping stands where a key should be")
                        .hint("a `{{ … }}` of a template must be rendered first, or quoted"),
                );
            }
            NextKey::Refused
        }
    }
}

fn too_deep(position: Position) -> Problem {
    Problem::error(
        position,
        format!("lists and mappings are nested more than {MAX_DEPTH} levels deep"),
    )
}

fn null(position: Position) -> Node {
    let kind = Kind::Scalar(Scalar {
        text: String::new(),
        style: Style::Plain,
        tag: None,
    });
    Node { position, kind }
}

/// Where a node starts: at its tag, if it has one.
fn start(span: Span) -> Position {
    let marker = span.tag_start().unwrap_or(span.start);
    Position {
        line: marker.line(),
        column: marker.col() + 1,
    }
}
