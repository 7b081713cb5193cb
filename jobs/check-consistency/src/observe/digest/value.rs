//! The hash of any value.

use std::fmt;
use std::hash::Hasher as _;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use siphasher::sip128::SipHasher24;

use super::{DigestKey, Entries, Tag, finish};

/// Begins the hash of an entry with its field's name.
pub(super) fn name(key: DigestKey, name: &str) -> SipHasher24 {
    let mut hasher = key.begin(Tag::Entry);
    // The value follows: without the length, a name could end in what looks like one.
    hasher.write_usize(name.len());
    hasher.write(name.as_bytes());
    hasher
}

pub(super) fn text(key: DigestKey, text: &str) -> u128 {
    let mut hasher = key.begin(Tag::Text);
    hasher.write(text.as_bytes());
    finish(hasher)
}

/// Reads a value and returns its hash.
#[derive(Clone, Copy)]
pub(super) struct Value(pub(super) DigestKey);

impl<'de> DeserializeSeed<'de> for Value {
    type Value = u128;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<u128, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Value {
    fn scalar(self, tag: Tag, bytes: &[u8]) -> u128 {
        let mut hasher = self.0.begin(tag);
        hasher.write(bytes);
        finish(hasher)
    }
}

impl<'de> Visitor<'de> for Value {
    type Value = u128;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<u128, E> {
        Ok(self.scalar(Tag::Null, &[]))
    }

    fn visit_bool<E>(self, value: bool) -> Result<u128, E> {
        Ok(self.scalar(if value { Tag::True } else { Tag::False }, &[]))
    }

    fn visit_u64<E>(self, value: u64) -> Result<u128, E> {
        Ok(self.scalar(Tag::Natural, &value.to_le_bytes()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<u128, E> {
        Ok(self.scalar(Tag::Negative, &value.to_le_bytes()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<u128, E> {
        Ok(self.scalar(Tag::Fraction, &value.to_bits().to_le_bytes()))
    }

    fn visit_str<E>(self, value: &str) -> Result<u128, E> {
        Ok(text(self.0, value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<u128, A::Error> {
        let mut hasher = self.0.begin(Tag::List);
        while let Some(item) = list.next_element_seed(self)? {
            hasher.write(&item.to_le_bytes());
        }
        Ok(finish(hasher))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<u128, A::Error> {
        let mut entries = Entries::default();
        while let Some(name) = map.next_key_seed(Name(self.0))? {
            entries.add(name, map.next_value_seed(self)?);
        }
        Ok(entries.digest(self.0))
    }
}

/// Reads a field's name.
struct Name(DigestKey);

impl<'de> DeserializeSeed<'de> for Name {
    type Value = SipHasher24;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<SipHasher24, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name {
    type Value = SipHasher24;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, text: &str) -> Result<SipHasher24, E> {
        Ok(name(self.0, text))
    }
}
