//! An object in normal form: what means the same compares equal, and what is shown is what stood there.

use std::collections::BTreeMap;

/// A value of an object.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    /// A scalar.
    Leaf(Leaf),
    /// A mapping; the order of its fields has no meaning.
    Map(BTreeMap<String, Node>),
    /// A list.
    List(List),
    /// A text that holds a document; the document is what is compared.
    Document {
        /// What it holds.
        root: Box<Node>,
        /// The text as it stood, for the document may be equal where the texts are not.
        text: String,
    },
}

/// A scalar.
#[derive(Debug, Clone)]
pub struct Leaf {
    /// What it means; the only thing that is compared.
    pub meaning: Meaning,
    /// What stood there; never shown for secrets.
    pub text: String,
    /// What a reader should know, such as that an expression was not understood.
    pub note: Option<&'static str>,
}

impl PartialEq for Leaf {
    fn eq(&self, other: &Self) -> bool {
        self.meaning == other.meaning
    }
}

/// What a scalar means.
#[derive(Debug, Clone, PartialEq)]
pub enum Meaning {
    /// Nothing.
    Null,
    /// A truth value.
    Bool(bool),
    /// A number, in one spelling for each value.
    Number(String),
    /// A text.
    Text(String),
    /// A quantity of Kubernetes in one spelling for each value.
    Quantity(String),
    /// A span of time.
    Milliseconds(i128),
    /// A size.
    Bytes(u128),
    /// A schedule with its minutes, hours, days and zone spelled out.
    Schedule(String),
    /// An expression in one spelling for each that means the same.
    Expression(String),
    /// An image, with what a missing part stands for.
    Image(String),
    /// Something that is not shown: a digest with a key that this process alone has.
    Secret([u8; 32]),
}

/// A list and how its items are told apart.
#[derive(Debug, Clone, PartialEq)]
pub struct List {
    /// The items as they stood.
    pub items: Vec<Item>,
    /// Whether their order has a meaning.
    pub ordered: bool,
    /// Whether the keys of its items are declared to be unique. Where they are not, nobody can say which
    /// item is which.
    pub keyed: bool,
}

/// An item of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// What tells it apart from the others, if anything does: fields and their values.
    pub key: Option<Vec<(String, String)>>,
    /// Its value.
    pub node: Node,
}
