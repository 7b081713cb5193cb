//! The upper levels of an object: facts are gathered there, and what is the server's is left out.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use siphasher::sip128::SipHasher24;

use super::owners::{self, OwnerReference};
use super::place::{Place, Rank, Role};
use super::value::{self, Value};
use super::{Digest, DigestKey, Entries, Outline, Owner, Versions};

/// What was found on the way.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    name: Option<String>,
    namespace: Option<String>,
    resource_version: Option<String>,
    generation: Option<i64>,
    observed_generation: Option<i64>,
    terminating: bool,
    owner: Owner,
    chart: [Option<String>; 2],
    app_version: Option<String>,
    instance: [Option<String>; 2],
}

impl Gathered {
    pub(super) fn into_outline(self, digest: Digest) -> Result<Outline, serde_json::Error> {
        let name = self.name.filter(|name| !name.is_empty());
        let either = |[first, second]: [Option<String>; 2]| first.or(second);
        Ok(Outline {
            name: name.ok_or_else(|| serde_json::Error::missing_field("metadata.name"))?,
            namespace: self.namespace.filter(|namespace| !namespace.is_empty()),
            digest,
            terminating: self.terminating,
            // One that nobody has observed yet, or whose kind does not say so, counts as settled.
            rolling: match (self.observed_generation, self.generation) {
                (Some(observed), Some(generation)) => observed < generation,
                _ => false,
            },
            owner: self.owner,
            resource_version: self.resource_version.unwrap_or_default(),
            versions: Versions {
                chart: either(self.chart),
                app: self.app_version,
                instance: either(self.instance),
            },
        })
    }
}

/// Reads a mapping at a known place and returns what is compared of it.
pub(super) struct Fields<'a> {
    pub(super) key: DigestKey,
    pub(super) place: Place,
    pub(super) gathered: &'a mut Gathered,
}

impl<'de> DeserializeSeed<'de> for Fields<'_> {
    type Value = Entries;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Entries, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Fields<'_> {
    type Value = Entries;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a mapping")
    }

    fn visit_unit<E>(self) -> Result<Entries, E> {
        Ok(Entries::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries, A::Error> {
        let Self {
            key,
            place,
            gathered,
        } = self;
        let mut entries = Entries::default();
        while let Some((mut entry, role)) = map.next_key_seed(Field { key, place })? {
            match role {
                Role::Compared => {
                    let into = &mut entry;
                    map.next_value_seed(Value { key, into })?;
                    entries.add(entry);
                }
                Role::NotCompared => {
                    let IgnoredAny = map.next_value()?;
                }
                Role::Inside(place) => {
                    let inside = map.next_value_seed(Fields {
                        key,
                        place,
                        gathered: &mut *gathered,
                    })?;
                    if inside.count > 0 {
                        inside.write(&mut entry);
                        entries.add(entry);
                    }
                }
                Role::Status => {
                    let status = Status::read(map.next_value()?);
                    gathered.observed_generation = status.observed_generation;
                    if let Some(versions) = status.stored_versions {
                        let into = &mut entry;
                        let read = Value { key, into }.deserialize(versions);
                        read.map_err(A::Error::custom)?;
                        entries.add(entry);
                    }
                }
                Role::Name => gathered.name = map.next_value()?,
                Role::Namespace => gathered.namespace = map.next_value()?,
                Role::Generation => gathered.generation = map.next_value()?,
                Role::ResourceVersion => gathered.resource_version = map.next_value()?,
                Role::Deletion => {
                    let time: Option<Cow<'_, str>> = map.next_value()?;
                    if let Some(time) = time {
                        gathered.terminating = true;
                        value::text(&time, &mut entry);
                        entries.add(entry);
                    }
                }
                Role::Owners => {
                    let owners: Option<Vec<OwnerReference<'_>>> = map.next_value()?;
                    let owners = owners.unwrap_or_default();
                    gathered.owner = owners::owner(&owners);
                    if !owners.is_empty() {
                        owners::write(&owners, &mut entry);
                        entries.add(entry);
                    }
                }
                Role::Chart(rank) => *ranked(&mut gathered.chart, rank) = map.next_value()?,
                Role::AppVersion => gathered.app_version = map.next_value()?,
                Role::Instance(rank) => {
                    let instance: String = map.next_value()?;
                    value::text(&instance, &mut entry);
                    entries.add(entry);
                    *ranked(&mut gathered.instance, rank) = Some(instance);
                }
            }
        }
        Ok(entries)
    }
}

fn ranked<T>([first, second]: &mut [T; 2], rank: Rank) -> &mut T {
    match rank {
        Rank::First => first,
        Rank::Second => second,
    }
}

/// Reads a field's name at a known place: the beginning of its entry's hash, and what to do with it.
struct Field {
    key: DigestKey,
    place: Place,
}

impl<'de> DeserializeSeed<'de> for Field {
    type Value = (SipHasher24, Role);

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Field {
    type Value = (SipHasher24, Role);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok((value::entry(self.key, name), self.place.role(name)))
    }
}

/// What matters of a status, which is otherwise not compared.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status<'a> {
    #[serde(default)]
    observed_generation: Option<i64>,
    /// Only definitions of kinds have it, and there it is configuration.
    #[serde(borrow, default)]
    stored_versions: Option<&'a RawValue>,
}

impl<'a> Status<'a> {
    /// Of a kind that writes something else there, nothing is known.
    fn read(text: &'a RawValue) -> Self {
        serde_json::from_str(text.get()).unwrap_or_default()
    }
}
