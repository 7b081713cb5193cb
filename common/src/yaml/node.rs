//! The tree: what stood where.

/// A place in a file. Ordered as one reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Counted from 1.
    pub line: usize,
    /// In characters, counted from 1.
    pub column: usize,
}

/// One value with its place. What an alias brought in keeps the place of its definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Where the value starts, or its tag if it has one.
    pub position: Position,
    /// What it is.
    pub kind: Kind,
}

/// The three shapes of a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// Text that may stand for a number, a boolean or null: see [`crate::yaml::resolve`].
    Scalar(Scalar),
    /// A list.
    Sequence(Vec<Node>),
    /// Keys with values, in file order, merge keys resolved, every key once.
    Mapping(Vec<Entry>),
}

/// A scalar before any interpretation: `0600` is still these four characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scalar {
    /// The source text; for quoted and block scalars, what their escapes and folding stand for.
    pub text: String,
    /// How it was written.
    pub style: Style,
    /// The tag in front of it.
    pub tag: Option<Tag>,
}

/// Whether a scalar's text may mean something other than text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Bare: `60`, `yes`, `prod`.
    Plain,
    /// In single or double quotes, or a block after `|` or `>`: always text.
    Quoted,
}

/// An explicit tag of the core schema on a scalar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tag {
    /// `!!str`, or the non-specific `!`.
    Str,
    /// `!!int`
    Int,
    /// `!!float`
    Float,
    /// `!!bool`
    Bool,
    /// `!!null`
    Null,
}

/// A key and its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The key.
    pub key: Key,
    /// Its value.
    pub value: Node,
}

/// A key of a mapping: always text, whatever it would mean as a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The key itself.
    pub text: String,
    /// Where it starts.
    pub position: Position,
    /// How it was written: only a plain `<<` merges.
    pub style: Style,
}

impl Node {
    /// How many nodes this one holds, itself included.
    pub(super) fn size(&self) -> usize {
        match &self.kind {
            Kind::Scalar(_) => 1,
            Kind::Sequence(items) => 1 + items.iter().map(Self::size).sum::<usize>(),
            Kind::Mapping(entries) => {
                1 + entries
                    .iter()
                    .map(|entry| entry.value.size())
                    .sum::<usize>()
            }
        }
    }

    /// How many levels of lists and mappings this node holds, itself included.
    pub(super) fn depth(&self) -> usize {
        match &self.kind {
            Kind::Scalar(_) => 0,
            Kind::Sequence(items) => 1 + items.iter().map(Self::depth).max().unwrap_or(0),
            Kind::Mapping(entries) => {
                1 + entries
                    .iter()
                    .map(|entry| entry.value.depth())
                    .max()
                    .unwrap_or(0)
            }
        }
    }
}
