//! When two worlds are the same: everything that can matter later, with times as distances from now.
//!
//! Names of runs are left out (only the run itself knows its own again), and so is what no reader
//! and no invariant can see any more.

use std::hash::{DefaultHasher, Hash, Hasher};

use jiff::Timestamp;
use rotate_credentials::marks::{Marks, PREFIX};

use super::{Cluster, KeyRecord, Seconds, World};

impl World {
    /// A hash of what can matter later, for a world between two runs.
    pub fn canonical(&self) -> u64 {
        let mut hash = DefaultHasher::new();
        let hash = &mut hash;
        self.terms.hash(hash);
        // The hour decides when a run tries the login by itself, and when mails go out.
        self.now.rem_euclid(super::DAY).hash(hash);
        for key in &self.iam.keys {
            self.hash_key(key, hash);
        }
        self.hash_marks(hash);
        self.iam.held_since.map(|at| self.ago(at)).hash(hash);
        self.hash_secret(hash);
        for cluster in &self.clusters {
            self.hash_cluster(cluster, hash);
        }
        for key in self
            .iam
            .keys
            .iter()
            .filter(|key| !key.described && key.is_there())
        {
            let announced = self.announced.iter();
            let covers = |at: &Seconds| (-5..=60).contains(&(key.created - at));
            announced.copied().any(|at| covers(&at)).hash(hash);
        }
        for (at, later) in &self.later {
            (self.ago(*at), later).hash(hash);
        }
        if let Some(it) = &self.stranger {
            (it.key, self.ago(it.until), self.ago(it.next)).hash(hash);
        }
        self.ledger.hash_excuses(hash);
        hash.finish()
    }

    fn ago(&self, at: Seconds) -> Seconds {
        self.now - at
    }

    fn hash_key(&self, key: &KeyRecord, hash: &mut DefaultHasher) {
        key.presence.now().hash(hash);
        (key.switched_by, key.origin).hash(hash);
        if !key.is_there() {
            return;
        }
        self.ago(key.created).hash(hash);
        (
            self.ago(key.inactive_since),
            key.reactivated,
            key.was_current,
            key.described,
        )
            .hash(hash);
        (key.valid_from - self.now).max(0).hash(hash);
        for used in &key.uses {
            self.ago(*used).hash(hash);
        }
        self.ago(key.served_until).hash(hash);
    }

    fn hash_marks(&self, hash: &mut DefaultHasher) {
        let ago = |at: Timestamp| self.now - at.as_second();
        let present = self.iam.tags.iter().filter_map(|(name, value)| {
            let value = value.now().as_deref()?;
            Some((name.as_str(), value))
        });
        let marks = Marks::read(present.clone());
        for (key, mark) in &marks.keys {
            key.hash(hash);
            if let Ok(it) = mark {
                (it.stage.word(), &it.replaces, &it.base, it.short).hash(hash);
                (ago(it.at), ago(it.since)).hash(hash);
            }
        }
        for intent in marks.intents.values() {
            if let Ok(it) = intent {
                (ago(it.at), &it.base, &it.known).hash(hash);
            } else {
                hash.write_u8(1);
            }
        }
        marks.hold.hash(hash);
        for tag in present.filter(|(name, _)| !name.starts_with(PREFIX)) {
            tag.hash(hash);
        }
    }

    fn hash_secret(&self, hash: &mut DefaultHasher) {
        let secret = &self.secret;
        (&secret.current, &secret.previous, &secret.pending).hash(hash);
        (&secret.closed, &secret.others_text).hash(hash);
        for version in secret.versions.keys() {
            version.hash(hash);
        }
    }

    fn hash_cluster(&self, it: &Cluster, hash: &mut DefaultHasher) {
        (
            it.source,
            it.source_by,
            it.edited,
            it.generated,
            &it.replicas,
        )
            .hash(hash);
        (it.unreachable, it.paused, it.stuck, it.silent).hash(hash);
        for way in &it.on_its_way {
            (self.ago(way.at), way.to, way.key, way.by).hash(hash);
        }
        (it.last_sender, it.in_a_row.min(1)).hash(hash);
        if let Some(note) = it.note {
            let mails = (it.sent - note.sent).min(1);
            (self.ago(note.at), mails, it.refused > note.refused).hash(hash);
        }
    }
}
