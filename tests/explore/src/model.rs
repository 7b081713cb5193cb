//! A world in memory, with what makes the real one hard: readings that lag, keys that are not valid
//! at once, labels that move only from where they are expected, replicas that reload when they like.
//!
//! It also keeps what no reading shows: whose a key is, who switched it off, who wrote what a replica
//! runs. The invariants are about that. Time is seconds of AWS's clock and passes in
//! [`World::advance`] alone, from event to event, so that nothing is skipped between two looks.

mod act;
mod canonical;
mod cluster;
mod iam;
mod lagged;
mod secret;

use std::sync::Arc;

use jiff::Timestamp;
use rotate_credentials::marks::Marks;

pub use act::Act;
pub(crate) use act::{trouble, unreachable};
pub use cluster::{Cluster, Note, OnItsWay, Replica};
pub use iam::{Iam, KeyRecord, Origin, Presence, QUOTA};
pub use lagged::Lagged;
pub use secret::{Closed, Secret};

use crate::invariants::{self, Ledger};

/// Seconds of AWS's clock.
pub type Seconds = i64;

/// A minute.
pub const MINUTE: Seconds = 60;
/// An hour.
pub const HOUR: Seconds = 60 * MINUTE;
/// A day.
pub const DAY: Seconds = 24 * HOUR;

/// Who did something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum By {
    /// The job.
    Us,
    /// Anybody else.
    Other,
}

/// How the world behaves, within what AWS promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Terms {
    /// How old what IAM reads show is.
    pub iam_lag: Seconds,
    /// After how long the mail server knows a new key.
    pub valid_lag: Seconds,
    /// After how long a use is on record.
    pub used_delay: Seconds,
}

impl Terms {
    /// AWS on a good day.
    pub const QUICK: Self = Self {
        iam_lag: 0,
        valid_lag: 10,
        used_delay: 0,
    };

    /// The slowest that is modelled: a new key takes longer than a run probes for it.
    pub const SLOW: Self = Self {
        iam_lag: 25,
        valid_lag: 400,
        used_delay: 15 * MINUTE,
    };
}

/// Somebody who sends mail with one of the keys every few hours, beside the clusters.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Stranger {
    /// With which key.
    pub key: usize,
    /// Until when.
    pub until: Seconds,
    /// The next mail.
    pub next: Seconds,
}

/// Something that happens later by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Later {
    /// The person takes the hold back.
    Unhold,
    /// The secret is usable again.
    Reopen,
    /// A cluster answers again.
    Reach(usize),
    /// The operator works again.
    Unpause(usize),
    /// A replica reloads again.
    Unstick(usize),
    /// Alerts are sent by mail again.
    Speak(usize),
}

/// The world.
#[derive(Debug, Clone)]
pub struct World {
    /// AWS's time.
    pub now: Seconds,
    /// How it behaves.
    pub terms: Terms,
    /// The user.
    pub iam: Iam,
    /// The secret.
    pub secret: Secret,
    /// The clusters in the order in which they are rolled.
    pub clusters: Vec<Cluster>,
    /// Somebody else who uses a key.
    pub stranger: Option<Stranger>,
    /// What happens later.
    pub later: Vec<(Seconds, Later)>,
    /// When runs announced the creation of a key.
    pub announced: Vec<Seconds>,
    /// Runs so far, for their names.
    pub runs: u32,
    /// What was found wrong, and what is excused.
    pub ledger: Ledger,
}

/// Between two mails of a cluster.
const CANARY_EVERY: Seconds = 30 * MINUTE;
/// When in that time.
const CANARY_AT: Seconds = 10 * MINUTE;

impl World {
    /// A key of that age, known to AWS and in use everywhere, and nothing else.
    pub fn with_key_of_age(age: Seconds, terms: Terms) -> Self {
        let now = start();
        let iam = Iam::with_key(now - age);
        let key = iam.keys.first().cloned();
        let secret = key.as_ref().map(Secret::of).unwrap_or_default();
        let clusters = ["remoting-prod-e1-1", "prod-e1-1"];
        let clusters = clusters.iter().map(|name| Cluster::running(name, 0));
        Self {
            now,
            terms,
            iam,
            secret,
            clusters: clusters.collect(),
            stranger: None,
            later: Vec::new(),
            announced: Vec::new(),
            runs: 0,
            ledger: Ledger::default(),
        }
    }

    /// AWS's time in the job's type.
    pub fn timestamp(&self) -> Timestamp {
        at(self.now)
    }

    /// Lets time pass, event by event.
    pub fn advance(&mut self, length: Seconds) {
        let end = self.now + length;
        while let Some(next) = self.next_event().filter(|next| *next <= end) {
            self.now = self.now.max(next);
            self.happen();
            invariants::at_tick(self);
        }
        self.now = end;
        invariants::at_tick(self);
    }

    /// Lets time pass until the next full multiple of `every`, strictly later than now.
    pub fn advance_to_slot(&mut self, every: Seconds) {
        let since = (self.now - start()).rem_euclid(every);
        self.advance(every - since);
    }

    fn next_event(&self) -> Option<Seconds> {
        let canary = next_multiple(self.now - CANARY_AT, CANARY_EVERY) + CANARY_AT;
        let reload = self.clusters.iter().filter_map(Cluster::next_reload);
        let later = self.later.iter().map(|(at, _)| *at);
        let stranger = self.stranger.iter().map(|it| it.next);
        reload.chain(later).chain(stranger).chain([canary]).min()
    }

    fn happen(&mut self) {
        let now = self.now;
        let due: Vec<_> = self.later.extract_if(.., |(at, _)| *at <= now).collect();
        for (_, later) in due {
            self.happens_later(later);
        }
        for cluster in &mut self.clusters {
            cluster.reload(now);
        }
        if (now - CANARY_AT).rem_euclid(CANARY_EVERY) == 0 {
            self.send_canaries();
        }
        self.send_strangers_mail();
    }

    fn happens_later(&mut self, later: Later) {
        match later {
            Later::Unhold => self.iam.untag(rotate_credentials::marks::HOLD, self.now),
            Later::Reopen => self.secret.closed = None,
            Later::Reach(index) => self.change_cluster(index, |it| it.unreachable = false),
            Later::Unpause(index) => self.change_cluster(index, |it| it.paused = false),
            Later::Unstick(index) => self.change_cluster(index, |it| it.stuck = false),
            Later::Speak(index) => self.change_cluster(index, |it| it.silent = false),
        }
    }

    /// Changes the cluster at that place, if there is one.
    pub fn change_cluster(&mut self, index: usize, change: impl FnOnce(&mut Cluster)) {
        if let Some(cluster) = self.clusters.get_mut(index) {
            change(cluster);
        }
    }

    /// Every replica tries to mail with the key that it runs.
    fn send_canaries(&mut self) {
        let now = self.now;
        for cluster in &mut self.clusters {
            if cluster.silent {
                continue;
            }
            for replica in &cluster.replicas {
                let key = self.iam.keys.get_mut(replica.runs);
                match key.filter(|key| key.is_usable(now)) {
                    Some(key) => {
                        key.use_at(now);
                        key.served_until = now;
                        cluster.sent += 1;
                        if cluster.last_sender != replica.runs {
                            cluster.last_sender = replica.runs;
                            cluster.in_a_row = 0;
                        }
                        cluster.in_a_row += 1;
                    }
                    None => cluster.refused += 1,
                }
            }
        }
    }

    fn send_strangers_mail(&mut self) {
        let now = self.now;
        let Some(stranger) = &mut self.stranger else {
            return;
        };
        if stranger.next > now {
            return;
        }
        let (index, until) = (stranger.key, stranger.until);
        stranger.next = now + 5 * HOUR;
        let key = self.iam.keys.get_mut(index);
        match key.filter(|key| key.is_usable(now)) {
            Some(key) => {
                key.use_at(now);
                key.served_until = now;
            }
            None => invariants::stranger_refused(self, index),
        }
        if now >= until {
            self.stranger = None;
        }
    }

    /// The key with that pair's id, wherever it stands.
    pub fn key(&self, id: &rotate_credentials::key::AccessKeyId) -> Option<&KeyRecord> {
        self.iam.keys.iter().find(|key| key.id == *id)
    }

    /// The key whose pair is current.
    pub fn current_key(&self) -> Option<&KeyRecord> {
        self.key(&self.secret.key_in(&self.secret.current)?)
    }
}

/// When every story begins: a Tuesday at midnight.
pub fn start() -> Seconds {
    1_795_478_400
}

/// A moment in the job's type.
pub fn at(seconds: Seconds) -> Timestamp {
    Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX)
}

fn next_multiple(now: Seconds, every: Seconds) -> Seconds {
    now - now.rem_euclid(every) + every
}

/// A shared text.
pub type Text = Arc<str>;

/// What the user's tags say, without any lag.
pub fn marks(world: &World) -> Marks {
    let tags = world.iam.tags.iter();
    Marks::read(tags.filter_map(|(name, value)| Some((name.as_str(), value.now().as_deref()?))))
}
