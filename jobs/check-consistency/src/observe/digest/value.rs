//! The hash of any value.

use std::fmt;
use std::hash::Hasher as _;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use siphasher::sip128::SipHasher24;

use super::{DigestKey, Entries, Tag};

/// Begins the hash of an entry with its field's name.
pub(super) fn entry(key: DigestKey, name: &str) -> SipHasher24 {
    let mut hasher = key.begin();
    Tag::Name.write(name.len(), &mut hasher);
    hasher.write(name.as_bytes());
    hasher
}

pub(super) fn text(text: &str, into: &mut SipHasher24) {
    Tag::Text.write(text.len(), into);
    into.write(text.as_bytes());
}

/// Reads a value into a hash.
pub(super) struct Value<'a> {
    pub(super) key: DigestKey,
    pub(super) into: &'a mut SipHasher24,
}

impl<'de> DeserializeSeed<'de> for Value<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Tag::Null.write(0, self.into);
        Ok(())
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        let tag = if value { Tag::True } else { Tag::False };
        tag.write(0, self.into);
        Ok(())
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        Tag::Natural.write(0, self.into);
        self.into.write_u64(value);
        Ok(())
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        Tag::Negative.write(0, self.into);
        self.into.write_i64(value);
        Ok(())
    }

    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        Tag::Fraction.write(0, self.into);
        self.into.write_u64(value.to_bits());
        Ok(())
    }

    fn visit_str<E>(self, value: &str) -> Result<(), E> {
        text(value, self.into);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let Self { key, into } = self;
        Tag::List.write(0, into);
        while let Some(()) = list.next_element_seed(Value { key, into })? {}
        Tag::End.write(0, into);
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { key, into } = self;
        let mut entries = Entries::default();
        while let Some(mut entry) = map.next_key_seed(Name(key))? {
            let value = Value {
                key,
                into: &mut entry,
            };
            map.next_value_seed(value)?;
            entries.add(entry);
        }
        entries.write(into);
        Ok(())
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
        Ok(entry(self.0, text))
    }
}
