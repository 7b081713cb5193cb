//! What is kept of an object that is read: a digest of all that is compared, and a few facts.
//!
//! The text of the object is walked through once, without a tree and without sorting. Objects whose
//! digests are equal are equal; where digests differ, the detailed comparison decides, which knows
//! far more spellings of one value than this does.
//!
//! Digests have a key that each process makes anew. Nobody can write an object whose digest is known
//! beforehand, and none of one run can be compared with those of another.

mod facts;
mod owners;
mod place;
mod value;

use std::fmt;
use std::hash::Hasher as _;
use std::sync::OnceLock;

use serde::de::DeserializeSeed as _;
use siphasher::sip128::{Hasher128 as _, SipHasher24};

use facts::{Fields, Gathered};
use place::Place;

/// A digest of all that is compared of an object; its name and namespace are not in it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Digest(u128);

#[cfg(test)]
impl Digest {
    /// One that is equal to those of the same number only.
    pub(crate) const fn numbered(number: u128) -> Self {
        Self(number)
    }
}

/// Never shown: it would tell whether two hidden values are the same.
impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest")
    }
}

/// The key of a process's digests.
#[derive(Clone, Copy)]
pub(super) struct DigestKey(SipHasher24);

impl fmt::Debug for DigestKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DigestKey")
    }
}

impl DigestKey {
    /// The one of this process, made when it is first asked for.
    pub(super) fn of_process() -> Self {
        static KEY: OnceLock<DigestKey> = OnceLock::new();
        *KEY.get_or_init(|| {
            let mut bytes = [0; 16];
            #[expect(
                clippy::expect_used,
                reason = "a system without randomness: the standard library's own maps end the \
                          process there"
            )]
            getrandom::fill(&mut bytes).expect("the system gives random bytes");
            Self(SipHasher24::new_with_key(&bytes))
        })
    }

    /// Begins a hash.
    const fn begin(self) -> SipHasher24 {
        self.0
    }
}

/// What every value begins with in a hash. Values of different types are never equal, and because each
/// says where it ends, no two lists of values look alike.
#[derive(Debug, Clone, Copy)]
enum Tag {
    Null,
    False,
    True,
    Natural,
    Negative,
    Fraction,
    Text,
    List,
    End,
    Name,
    Map,
}

impl Tag {
    /// Writes it and a length; zero where the tag alone says how long the value is.
    fn write(self, length: usize, into: &mut SipHasher24) {
        let tag = match self {
            Self::Null => 0,
            Self::False => 1,
            Self::True => 2,
            Self::Natural => 3,
            Self::Negative => 4,
            Self::Fraction => 5,
            Self::Text => 6,
            Self::List => 7,
            Self::End => 8,
            Self::Name => 9,
            Self::Map => 10,
        };
        let length = u64::try_from(length).unwrap_or(u64::MAX);
        into.write_u64((length << 8) | tag);
    }
}

/// The entries of a mapping: their hashes are added up, so that their order has no meaning.
#[derive(Debug, Clone, Copy, Default)]
struct Entries {
    sum: u128,
    count: usize,
}

impl Entries {
    /// One entry more: the hash of its field's name and its value.
    fn add(&mut self, entry: SipHasher24) {
        self.sum = self.sum.wrapping_add(entry.finish128().into());
        self.count = self.count.saturating_add(1);
    }

    fn write(self, into: &mut SipHasher24) {
        Tag::Map.write(self.count, into);
        into.write(&self.sum.to_le_bytes());
    }
}

/// What is kept of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Outline {
    /// Its name.
    pub(super) name: String,
    /// Absent for what lives in no namespace.
    pub(super) namespace: Option<String>,
    /// Of all that is compared.
    pub(super) digest: Digest,
    /// Whether it is being deleted.
    pub(super) terminating: bool,
    /// Whether a controller has not yet come to what was written last.
    pub(super) rolling: bool,
    /// Whose it is.
    pub(super) owner: Owner,
    /// For equality within one cluster only.
    pub(super) resource_version: String,
    /// What its labels say of where it comes from.
    pub(super) versions: Versions,
}

/// The controller that an object belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Owner {
    /// None.
    #[default]
    Nobody,
    /// A `CronJob`.
    CronJob,
    /// Another.
    Other,
}

/// What labels say of the chart and the program that an object belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Default, PartialOrd, Ord)]
pub struct Versions {
    /// `helm.sh/chart`, or `chart` where that is missing: name and version.
    pub chart: Option<String>,
    /// `app.kubernetes.io/version`.
    pub app: Option<String>,
    /// `app.kubernetes.io/instance`, or `release` where that is missing: which release of the chart.
    pub instance: Option<String>,
}

/// Reads an object, which is the text of one JSON mapping.
///
/// # Errors
/// When it is no object, or is nested deeper than 128 levels.
pub(super) fn outline(key: DigestKey, text: &str) -> Result<Outline, serde_json::Error> {
    let mut gathered = Gathered::default();
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let fields = Fields {
        key,
        place: Place::Object,
        gathered: &mut gathered,
    };
    let entries = fields.deserialize(&mut deserializer)?;
    deserializer.end()?;
    let mut hasher = key.begin();
    entries.write(&mut hasher);
    gathered.into_outline(Digest(hasher.finish128().into()))
}

#[cfg(test)]
mod tests;
