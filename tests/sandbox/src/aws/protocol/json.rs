//! AWS JSON 1.0 (CloudWatch) and 1.1 (tagging, Secrets Manager): the protocol of boto3 and the AWS CLI.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::super::error::ServiceError;
use super::super::node::Node;
use super::super::shape::Writer;

/// Reads a whole body. An empty one is an empty structure.
pub(crate) fn decode(body: &[u8]) -> Result<Node<'_>, ServiceError> {
    if body.is_empty() {
        return Ok(Node::Structure(Vec::new()));
    }
    let refuse = |error: serde_json::Error| ServiceError::malformed(format!("not JSON: {error}"));
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let node = NodeSeed.deserialize(&mut deserializer).map_err(refuse)?;
    deserializer.end().map_err(refuse)?;
    Ok(node)
}

/// Builds a [`Node`] from whatever comes; strings without escapes stay borrowed.
struct NodeSeed;

impl<'de> DeserializeSeed<'de> for NodeSeed {
    type Value = Node<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for NodeSeed {
    type Value = Node<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Node::Boolean(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Node::Integer(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        i64::try_from(value)
            .map(Node::Integer)
            .map_err(|_| E::custom("integer out of range"))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Node::Double(value))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Node::Text(Cow::Owned(value.to_owned())))
    }

    fn visit_borrowed_str<E: Error>(self, value: &'de str) -> Result<Self::Value, E> {
        Ok(Node::Text(Cow::Borrowed(value)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(Self)? {
            items.push(item);
        }
        Ok(Node::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            members.push((Cow::Owned(key), map.next_value_seed(Self)?));
        }
        Ok(Node::Structure(members))
    }
}

/// Writes responses. Instants are numbers of epoch seconds.
#[derive(Debug)]
pub(crate) struct JsonWriter {
    out: Vec<u8>,
    /// Whether the next member or element needs a comma before it.
    comma: bool,
}

impl JsonWriter {
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        Self {
            out: Vec::with_capacity(bytes),
            comma: false,
        }
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.out
    }

    fn open(&mut self, bracket: u8) {
        self.out.push(bracket);
        self.comma = false;
    }

    fn close(&mut self, bracket: u8) {
        self.out.push(bracket);
        self.comma = true;
    }

    fn separate(&mut self) {
        if self.comma {
            self.out.push(b',');
        }
        self.comma = true;
    }

    #[expect(
        clippy::expect_used,
        reason = "writing a number or string to a Vec cannot fail"
    )]
    fn scalar(&mut self, value: &(impl serde::Serialize + ?Sized)) {
        serde_json::to_writer(&mut self.out, value).expect("a scalar serialises into memory");
    }
}

impl Writer for JsonWriter {
    fn structure(&mut self, members: impl FnOnce(&mut Self)) {
        self.open(b'{');
        members(self);
        self.close(b'}');
    }

    fn member(&mut self, name: &'static str, value: impl FnOnce(&mut Self)) {
        self.separate();
        self.scalar(name);
        self.out.push(b':');
        value(self);
    }

    fn list<I>(&mut self, items: I, mut item: impl FnMut(&mut Self, I::Item))
    where
        I: IntoIterator,
        I::IntoIter: ExactSizeIterator,
    {
        self.open(b'[');
        for element in items {
            self.separate();
            item(self, element);
            self.comma = true;
        }
        self.close(b']');
    }

    fn map<'k, I, V>(&mut self, entries: I, mut value: impl FnMut(&mut Self, V))
    where
        I: IntoIterator<Item = (&'k str, V)>,
        I::IntoIter: ExactSizeIterator,
    {
        self.open(b'{');
        for (key, entry) in entries {
            self.separate();
            self.scalar(key);
            self.out.push(b':');
            value(self, entry);
            self.comma = true;
        }
        self.close(b'}');
    }

    fn text(&mut self, value: &str) {
        self.scalar(value);
    }

    fn double(&mut self, value: f64) {
        self.scalar(&value);
    }

    fn boolean(&mut self, value: bool) {
        self.scalar(&value);
    }

    fn instant(&mut self, seconds: i64) {
        self.scalar(&seconds);
    }
}
