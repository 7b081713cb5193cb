//! Smithy RPC v2 CBOR: the protocol of current AWS SDKs for Rust, Go and Java.
//!
//! Specification: <https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html>.

use std::borrow::Cow;

use aws_smithy_cbor::data::Type;
use aws_smithy_cbor::decode::DeserializeError;
use aws_smithy_cbor::{Decoder, Encoder};
use aws_smithy_types::DateTime;
use jiff::Timestamp;

use super::super::error::ServiceError;
use super::super::node::Node;
use super::super::shape::Writer;

/// How deep a body may nest before it is refused. A query needs six levels.
const MAX_DEPTH: usize = 32;

/// Reads a whole body. An empty one is an empty structure.
pub(crate) fn decode(body: &[u8]) -> Result<Node<'_>, ServiceError> {
    if body.is_empty() {
        return Ok(Node::Structure(Vec::new()));
    }
    let mut decoder = Decoder::new(body);
    let node = value(&mut decoder, 0)?;
    if decoder.position() < body.len() {
        return Err(ServiceError::malformed(
            "trailing bytes after the CBOR value",
        ));
    }
    Ok(node)
}

fn refuse(error: &DeserializeError) -> ServiceError {
    ServiceError::malformed(format!("not CBOR: {error}"))
}

fn value<'a>(decoder: &mut Decoder<'a>, depth: usize) -> Result<Node<'a>, ServiceError> {
    if depth > MAX_DEPTH {
        return Err(ServiceError::malformed("CBOR nested too deeply"));
    }
    let datatype = decoder.datatype().map_err(|error| refuse(&error))?;
    let node = match datatype {
        Type::Bool => decoder.boolean().map(Node::Boolean),
        Type::Null | Type::Undefined => decoder.skip().map(|()| Node::Null),
        Type::U8
        | Type::U16
        | Type::U32
        | Type::U64
        | Type::I8
        | Type::I16
        | Type::I32
        | Type::I64
        | Type::Int => decoder.long().map(Node::Integer),
        Type::F16 | Type::F32 | Type::F64 => decoder.double().map(Node::Double),
        Type::String | Type::StringIndef => decoder.str().map(Node::Text),
        Type::Tag => return instant(decoder),
        Type::Array | Type::ArrayIndef => {
            let len = decoder.list().map_err(|error| refuse(&error))?;
            let mut items = Vec::with_capacity(capacity(len));
            while more(decoder, len, items.len())? {
                items.push(value(decoder, depth + 1)?);
            }
            return Ok(Node::List(items));
        }
        Type::Map | Type::MapIndef => {
            let len = decoder.map().map_err(|error| refuse(&error))?;
            let mut members: Vec<(Cow<'a, str>, Node<'a>)> = Vec::with_capacity(capacity(len));
            while more(decoder, len, members.len())? {
                let key = decoder.str().map_err(|error| refuse(&error))?;
                members.push((key, value(decoder, depth + 1)?));
            }
            return Ok(Node::Structure(members));
        }
        Type::Bytes | Type::BytesIndef | Type::Simple | Type::Break | Type::Unknown(_) => {
            return Err(ServiceError::malformed(format!(
                "unexpected CBOR item {datatype:?}"
            )));
        }
    };
    node.map_err(|error| refuse(&error))
}

fn instant<'a>(decoder: &mut Decoder<'a>) -> Result<Node<'a>, ServiceError> {
    let at = decoder.timestamp().map_err(|error| refuse(&error))?;
    let at = at
        .to_millis()
        .ok()
        .and_then(|millis| Timestamp::from_millisecond(millis).ok())
        .ok_or_else(|| ServiceError::malformed("timestamp out of range"))?;
    Ok(Node::Instant(at))
}

/// Room for a declared length, bounded because a hostile header costs nothing to send.
fn capacity(len: Option<u64>) -> usize {
    len.and_then(|len| usize::try_from(len).ok())
        .map_or(4, |len| len.min(512))
}

/// Whether another element follows; consumes the break of an indefinite container.
fn more(decoder: &mut Decoder<'_>, len: Option<u64>, read: usize) -> Result<bool, ServiceError> {
    if let Some(len) = len {
        return Ok(u64::try_from(read).is_ok_and(|read| read < len));
    }
    if decoder.datatype().map_err(|error| refuse(&error))? == Type::Break {
        decoder.skip().map_err(|error| refuse(&error))?;
        return Ok(false);
    }
    Ok(true)
}

/// Writes responses. Structures have indefinite length because optional members are only known
/// while writing; lists state theirs.
#[derive(Debug)]
pub(crate) struct CborWriter(Encoder);

impl CborWriter {
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        Self(Encoder::new(Vec::with_capacity(bytes)))
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0.into_writer()
    }
}

impl Writer for CborWriter {
    fn structure(&mut self, members: impl FnOnce(&mut Self)) {
        self.0.begin_map();
        members(self);
        self.0.end();
    }

    fn member(&mut self, name: &'static str, value: impl FnOnce(&mut Self)) {
        self.0.str(name);
        value(self);
    }

    fn list<I>(&mut self, items: I, mut item: impl FnMut(&mut Self, I::Item))
    where
        I: IntoIterator,
        I::IntoIter: ExactSizeIterator,
    {
        let items = items.into_iter();
        self.0.array(items.len());
        for element in items {
            item(self, element);
        }
    }

    fn map<'k, I, V>(&mut self, entries: I, mut value: impl FnMut(&mut Self, V))
    where
        I: IntoIterator<Item = (&'k str, V)>,
        I::IntoIter: ExactSizeIterator,
    {
        let entries = entries.into_iter();
        self.0.map(entries.len());
        for (key, entry) in entries {
            self.0.str(key);
            value(self, entry);
        }
    }

    fn text(&mut self, value: &str) {
        self.0.str(value);
    }

    /// Always a CBOR float: clients refuse an integer where the model says double.
    fn double(&mut self, value: f64) {
        self.0.double(value);
    }

    fn boolean(&mut self, value: bool) {
        self.0.boolean(value);
    }

    fn instant(&mut self, seconds: i64) {
        self.0.timestamp(&DateTime::from_secs(seconds));
    }
}
