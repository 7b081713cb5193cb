//! The IAM user: two keys at most, tags, and readings that show what was a while ago.

use std::collections::BTreeMap;

use rotate_credentials::key::{AccessKeyId, Key, KeyStatus, LastUsed};
use rotate_credentials::pair::Pair;

use super::lagged::KEPT;
use super::{By, Lagged, Seconds, Terms, Text, at};

/// Keys of one user, counting inactive ones.
pub const QUOTA: usize = 2;
/// Steps of "last used".
const USE_STEP: Seconds = 15 * 60;
/// More than any delay hides, with a mail every half hour.
const USES_KEPT: usize = 4;

/// The user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Iam {
    /// Every key that ever was, in the order of creation; other parts name a key by its place.
    pub keys: Vec<KeyRecord>,
    /// Tags by name; `None` for one that was removed.
    pub tags: BTreeMap<String, Lagged<Option<Text>>>,
    /// Since when a person holds the rotation.
    pub held_since: Option<Seconds>,
}

/// Whether a key is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Presence {
    /// Usable.
    Active,
    /// Switched off.
    Inactive,
    /// Not there: not yet, or no longer.
    Gone,
}

/// Where a key comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Origin {
    /// It was in the secret when the story began, or a person put it there.
    Adopted,
    /// The job created it.
    Ours,
    /// A person created it, for a purpose of theirs.
    Person,
}

/// A key, and what no reading shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRecord {
    /// Its id.
    pub id: AccessKeyId,
    /// Its secret.
    pub secret: Text,
    /// When it was created.
    pub created: Seconds,
    /// From when on the mail server knows it.
    pub valid_from: Seconds,
    /// Whether it is there.
    pub presence: Lagged<Presence>,
    /// When it was used, the last few times.
    pub uses: Vec<Seconds>,
    /// Where it comes from.
    pub origin: Origin,
    /// Who switched it on or off last.
    pub switched_by: By,
    /// When it was switched off last.
    pub inactive_since: Seconds,
    /// Whether a person switched it on again after the job had retired it.
    pub reactivated: bool,
    /// Whether a person wrote in the console what it is for.
    pub described: bool,
    /// Whether it ever was current.
    pub was_current: bool,
    /// When somebody needed it last: a replica that ran it, or a stranger's mail.
    pub served_until: Seconds,
}

impl Iam {
    /// A user with one key that was created then.
    pub fn with_key(created: Seconds) -> Self {
        let mut iam = Self {
            keys: Vec::new(),
            tags: BTreeMap::from([
                tag("notify_emails", "team@toolchain.private"),
                tag("owner", "monitoring"),
            ]),
            held_since: None,
        };
        iam.create(created, Origin::Adopted, Terms::QUICK);
        for key in &mut iam.keys {
            key.was_current = true;
            key.use_at(created);
        }
        iam
    }

    /// Creates a key, whatever the quota.
    pub fn create(&mut self, now: Seconds, origin: Origin, terms: Terms) -> Pair {
        let number = self.keys.len() + 1;
        let mut presence = Lagged::new(Presence::Gone);
        presence.set(Presence::Active, now);
        let record = KeyRecord {
            id: key_id(number),
            secret: format!("secret/of/key/{number:026}").into(),
            created: now,
            valid_from: now + terms.valid_lag,
            presence,
            uses: Vec::new(),
            origin,
            switched_by: By::Other,
            inactive_since: now,
            reactivated: false,
            described: false,
            was_current: false,
            served_until: now,
        };
        let pair = record.pair();
        self.keys.push(record);
        pair
    }

    /// Whether there is room for another key.
    pub fn has_room(&self) -> bool {
        self.present().count() < QUOTA
    }

    /// Keys that are there.
    pub fn present(&self) -> impl Iterator<Item = &KeyRecord> {
        self.keys.iter().filter(|key| key.is_there())
    }

    /// The place of a key.
    pub fn index_of(&self, id: &AccessKeyId) -> Option<usize> {
        self.keys.iter().position(|key| key.id == *id)
    }

    /// What a reader sees of the keys who sees the state of `then`.
    pub fn list(&self, then: Seconds, terms: Terms) -> Vec<Key> {
        let listed = self.keys.iter().filter_map(|key| {
            let status = match key.presence.at(then) {
                Presence::Active => KeyStatus::Active,
                Presence::Inactive => KeyStatus::Inactive,
                Presence::Gone => return None,
            };
            Some(Key {
                id: key.id.clone(),
                status,
                created: at(key.created),
                last_used: key.last_used(then - terms.used_delay),
            })
        });
        listed.collect()
    }

    /// What a reader sees of the tags who sees the state of `then`.
    pub fn tags(&self, then: Seconds) -> BTreeMap<String, String> {
        let tags = self.tags.iter();
        tags.filter_map(|(name, value)| {
            let value = value.at(then).as_ref()?;
            Some((name.clone(), value.to_string()))
        })
        .collect()
    }

    /// Sets a tag.
    pub fn tag(&mut self, name: &str, value: &str, now: Seconds) {
        if name == rotate_credentials::marks::HOLD {
            self.held_since = Some(now);
        }
        let absent = || Lagged::new(None);
        let tag = self.tags.entry(name.to_owned()).or_insert_with(absent);
        tag.set(Some(value.into()), now);
    }

    /// Removes a tag.
    pub fn untag(&mut self, name: &str, now: Seconds) {
        if name == rotate_credentials::marks::HOLD {
            self.held_since = None;
        }
        if let Some(tag) = self.tags.get_mut(name) {
            tag.set(None, now);
        }
    }

    /// Forgets removed tags that no reader can see any more.
    pub fn forget_removed_tags(&mut self, now: Seconds) {
        self.tags
            .retain(|_, tag| tag.now().is_some() || tag.at(now - KEPT).is_some());
    }
}

fn tag(name: &str, value: &str) -> (String, Lagged<Option<Text>>) {
    (name.to_owned(), Lagged::new(Some(value.into())))
}

fn key_id(number: usize) -> AccessKeyId {
    let text = format!("AKIAMODEL{number:011}");
    #[expect(clippy::expect_used, reason = "the text has the form of an id")]
    text.parse().expect("the id of a model key is well formed")
}

impl KeyRecord {
    /// Its pair.
    pub fn pair(&self) -> Pair {
        Pair {
            id: self.id.clone(),
            secret: self.secret.to_string().into(),
        }
    }

    /// Whether it exists.
    pub fn is_there(&self) -> bool {
        *self.presence.now() != Presence::Gone
    }

    /// Whether it is active.
    pub fn is_active(&self) -> bool {
        *self.presence.now() == Presence::Active
    }

    /// Whether the mail server lets it log in.
    pub fn is_usable(&self, now: Seconds) -> bool {
        self.is_active() && now >= self.valid_from
    }

    /// Switches it.
    pub fn switch(&mut self, to: Presence, by: By, now: Seconds) {
        if to == Presence::Inactive && self.is_active() {
            self.inactive_since = now;
        }
        if *self.presence.now() != to {
            self.switched_by = by;
        }
        self.presence.set(to, now);
    }

    /// Notes a use.
    pub fn use_at(&mut self, now: Seconds) {
        if self.uses.last() != Some(&now) {
            self.uses.push(now);
        }
        if self.uses.len() > USES_KEPT {
            self.uses.remove(0);
        }
    }

    fn last_used(&self, then: Seconds) -> LastUsed {
        let seen = self.uses.iter().rev().find(|used| **used <= then);
        // Older uses than those that are kept were seen long ago.
        let forgotten = || self.uses.first().filter(|_| self.uses.len() == USES_KEPT);
        match seen.or_else(forgotten) {
            Some(used) => LastUsed::At {
                at: at((used - used.rem_euclid(USE_STEP)).max(self.created)),
                service: "ses".to_owned(),
                region: "us-east-1".to_owned(),
            },
            None => LastUsed::Never,
        }
    }
}
