//! What must hold, whatever happens: checked before and after every effect and at every event of the
//! model, against what is so and not against what was read.
//!
//! The names are those of the design: I1 mail is deliverable everywhere, I2 two keys at most, I3 no
//! foreign key is touched, I4 no key is deleted that was not inactive for the whole grace, I5 other
//! programs' bytes stay, I6 nothing becomes current untried, I7 what a person did is not undone, I8
//! every story ends well, I9 one object a step, I11 the same world gives the same exit, I12 other
//! tags stay. The search checks I11 itself, where stories have one fault.

mod create;
mod keys;
mod roll;
mod store;

use std::collections::BTreeSet;
use std::fmt;
use std::hash::{DefaultHasher, Hash as _};

use rotate_credentials::key::{AccessKeyId, KeyStatus};
use rotate_credentials::marks::{HOLD, PREFIX, Stage};

use crate::model::{Act, By, Cluster, KeyRecord, Seconds, World, marks};

/// How far our clock may be off before nothing is destroyed.
const SKEW_LIMIT: Seconds = 60;
/// Clean runs after which what a person broke must work again, when nothing hinders them.
const RUNS_TO_RESTORE: u8 = 1;
/// The same when a run could only wait.
const WAITING_RUNS_TO_RESTORE: u8 = 3;

/// Something that must never be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Which invariant.
    pub invariant: &'static str,
    /// What happened.
    pub text: String,
}

/// What was found wrong, and what is excused.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    /// The first violation.
    pub violation: Option<Violation>,
    /// Somebody acted between the last look and the call: the first residual risk.
    pub acted_in_gap: u32,
    /// A person's key was taken for our own lost one: the second residual risk.
    pub mistaken: u32,
    /// The key that a person went back from.
    pub went_back_from: Option<AccessKeyId>,
    /// When somebody else acted last.
    pub last_act: Option<Seconds>,
    /// Clean runs that ended while a replica could not send.
    pub broken_runs: u8,
}

impl Ledger {
    /// Notes a violation; the first one stays.
    pub fn blame(&mut self, invariant: &'static str, text: impl Into<String>) {
        self.violation.get_or_insert_with(|| Violation {
            invariant,
            text: text.into(),
        });
    }

    /// What of it can matter later.
    pub fn hash_excuses(&self, hash: &mut DefaultHasher) {
        (&self.went_back_from, self.broken_runs).hash(hash);
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.invariant, self.text)
    }
}

/// What is known of the run at the moment of an effect.
#[derive(Debug)]
pub struct Moment<'a> {
    /// The run's name.
    pub run: &'a str,
    /// Somebody acted since the last look.
    pub gap: bool,
    /// Another run went by since the last look.
    pub overtaken: bool,
    /// When this run looked at IAM last.
    pub looked: Seconds,
    /// Keys that logged in, in this run.
    pub logged_in: &'a BTreeSet<AccessKeyId>,
    /// Keys that sent a mail, in this run.
    pub mailed: &'a BTreeSet<AccessKeyId>,
    /// Clusters that the run cannot see, by place.
    pub out_of_reach: &'a BTreeSet<usize>,
    /// The Lease is somebody else's.
    pub lease_lost: bool,
    /// Our clock minus AWS's.
    pub skew: Seconds,
}

/// What an effect is found to be.
type Found = Result<(), (&'static str, String)>;

fn wrong(invariant: &'static str, text: impl Into<String>) -> Found {
    Err((invariant, text.into()))
}

/// Judges an effect before it is made. Whether it is one of the two residual risks is told, so that
/// what follows from it is not held against the job a second time.
pub fn before(world: &mut World, act: &Act, moment: &Moment<'_>) -> Excuse {
    let found = rules(world, act, moment);
    let Err((invariant, text)) = found else {
        return Excuse::None;
    };
    if is_mistaken_for_lost(world, act) {
        world.ledger.mistaken += 1;
        return Excuse::Mistaken;
    }
    // A second run may have mended meanwhile what this key is for; AWS's quota keeps the two apart.
    if moment.overtaken && *act == Act::Create && invariant != "I2" {
        return Excuse::Gap;
    }
    // What IAM does not show yet was done after the last look, as far as anybody can see.
    let unseen = |at: Seconds| moment.looked - at < world.terms.iam_lag;
    if moment.gap || world.ledger.last_act.is_some_and(unseen) {
        match act {
            Act::Switch(..) | Act::Delete(_) => {
                world.ledger.acted_in_gap += 1;
                return Excuse::Gap;
            }
            // The move of a label is compare-and-swap, but for the key itself.
            Act::Move { .. } if invariant != "I1" => {}
            // So are the writes: they fail, or what they did is decided anew. AWS's quota and the
            // tags' names tell at once.
            Act::Put(..)
            | Act::Write { .. }
            | Act::Move { .. }
            | Act::Create
            | Act::Tag(_)
            | Act::Untag(_) => return Excuse::Gap,
            Act::DropPending(_) => {}
        }
    }
    world.ledger.blame(invariant, format!("{act}: {text}"));
    Excuse::None
}

/// Why what looks like a violation is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Excuse {
    /// Nothing needs one.
    None,
    /// Somebody acted between the last look and the call.
    Gap,
    /// A person's key was taken for our own lost one.
    Mistaken,
}

fn rules(world: &World, act: &Act, moment: &Moment<'_>) -> Found {
    at_any_time(world, act, moment)?;
    match act {
        Act::Create => create::rules(world, moment),
        Act::Switch(key, KeyStatus::Active) => keys::activation(world, key),
        Act::Switch(key, _) => keys::deactivation(world, key, moment),
        Act::Delete(key) => keys::deletion(world, key, moment),
        Act::Tag(tag) => tagging(&tag.name).and_then(|()| editing(world, &tag.name)),
        Act::Untag(name) => tagging(name),
        Act::Put(version, text) => store::put(world, version, text),
        Act::Move { from, to } => store::promotion(world, from, to, moment),
        Act::DropPending(_) => Ok(()),
        Act::Write {
            cluster,
            revision,
            key,
        } => {
            let overtaken = |it: &Cluster| it.revision != *revision;
            if world.clusters.get(*cluster).is_some_and(overtaken) {
                // The API server refuses it.
                return Ok(());
            }
            roll::rules(world, *cluster, *key, moment)
        }
    }
}

fn at_any_time(world: &World, act: &Act, moment: &Moment<'_>) -> Found {
    // A pair that exists in one process alone is stored whoever has the Lease.
    if moment.lease_lost && !matches!(act, Act::Put(..)) {
        return wrong("I9", "another run has the Lease");
    }
    let destroys = matches!(act, Act::Create | Act::Delete(_))
        || matches!(act, Act::Switch(_, status) if *status != KeyStatus::Active);
    if destroys && moment.skew.abs() > SKEW_LIMIT {
        return wrong("I4", "our clock is wrong");
    }
    let held = world.iam.held_since;
    if held.is_some_and(|since| moment.looked - since >= world.terms.iam_lag.max(1))
        && !allowed_when_held(world, act)
    {
        return wrong("I7", "a person holds the rotation");
    }
    Ok(())
}

/// What brings mail back, and what ends the time in which a pair exists in one process alone: it is
/// stored, or its key is marked as lost.
fn allowed_when_held(world: &World, act: &Act) -> bool {
    if let Act::Tag(tag) = act {
        let lost = tag.value.contains("state=orphan");
        return world.iam.keys.iter().any(|key| {
            let it = tag.name.ends_with(key.id.as_str());
            it && (lost || (!key.is_active() && tag.value.contains("state=soaking")))
        });
    }
    matches!(act, Act::Switch(_, KeyStatus::Active) | Act::Put(..))
}

fn tagging(name: &str) -> Found {
    if !name.starts_with(PREFIX) || name == HOLD {
        return wrong("I12", "a tag that is not ours");
    }
    Ok(())
}

/// A mark that a person edited makes its key theirs, so it is not written over.
fn editing(world: &World, name: &str) -> Found {
    let edited = world.iam.tags.get(name).is_some_and(|tag| {
        let seen = tag.at(world.now - world.terms.iam_lag).as_deref();
        let there = tag.now().is_some();
        there && seen.is_some_and(|value| value.contains(crate::actors::SCRIBBLE))
    });
    if edited {
        return wrong("I12", "a tag that a person edited");
    }
    Ok(())
}

/// The second residual risk: an undescribed key that a person created in the minute after our
/// announcement, while our own answer was lost.
fn is_mistaken_for_lost(world: &World, act: &Act) -> bool {
    let (Act::Switch(id, _) | Act::Delete(id)) = act else {
        return false;
    };
    world.key(id).is_some_and(|key| {
        let mut announced = world.announced.iter();
        key.origin == crate::model::Origin::Person
            && !key.described
            && key.uses.is_empty()
            && announced.any(|at| (-5..=60).contains(&(key.created - at)))
    })
}

/// The stage in the mark of a key, as it stands there.
fn stage(world: &World, key: &KeyRecord) -> Option<Stage> {
    marks(world).of(&key.id).map(|mark| mark.stage)
}

/// Whether the current key is out of order, so that the rules for an emergency hold.
fn is_emergency(world: &World) -> bool {
    !world.current_key().is_some_and(KeyRecord::is_active)
}

/// What must hold at every moment.
pub fn at_tick(world: &mut World) {
    if world.iam.present().count() > crate::model::QUOTA {
        world.ledger.blame("I2", "more keys than AWS allows");
    }
    let mut broken = None;
    for cluster in &world.clusters {
        for (index, replica) in cluster.replicas.iter().enumerate() {
            let Some(key) = world.iam.keys.get(replica.runs) else {
                continue;
            };
            let by_us = replica.by == By::Us && (key.switched_by == By::Us || key.is_active());
            if !key.is_usable(world.now) && by_us {
                broken = Some(format!(
                    "replica {index} of {} runs with {}, which cannot log in, and nobody else did that",
                    cluster.name,
                    key.id.short()
                ));
            }
        }
    }
    if let Some(text) = broken {
        world.ledger.blame("I1", text);
    }
}

/// What must hold after an effect.
pub fn after(world: &mut World) {
    at_tick(world);
    let secret = &world.secret;
    let current = secret.versions.get(&secret.current);
    if current.is_none_or(|text| crate::model::Secret::others_of(text) != *secret.others_text) {
        world
            .ledger
            .blame("I5", "another program's bytes in the secret changed");
    }
}

/// A stranger's mail was refused.
pub fn stranger_refused(world: &mut World, index: usize) {
    if let Some(key) = world.iam.keys.get(index)
        && key.switched_by == By::Us
    {
        let text = format!("{} was taken from somebody who used it", key.id.short());
        world.ledger.blame("I1", text);
    }
}

/// Whether a replica cannot send.
pub fn is_broken(world: &World) -> bool {
    let replicas = world.clusters.iter().flat_map(|it| &it.replicas);
    let mut keys = replicas.filter_map(|it| world.iam.keys.get(it.runs));
    keys.any(|key| !key.is_usable(world.now))
}

/// Whether something outside hinders every run: then nothing can be asked of one.
pub fn is_hindered(world: &World) -> bool {
    world.iam.held_since.is_some()
        || world.secret.closed.is_some()
        || world
            .clusters
            .iter()
            .any(|it| it.unreachable || it.paused || it.stuck || it.edited)
}

/// After a run that no fault disturbed: what a person broke must work again, unless the run said
/// that it takes a person. `waits` tells that the run could only wait.
pub fn after_clean_run(world: &mut World, waits: bool, asks_for_a_person: bool) {
    if !is_broken(world) || is_hindered(world) || asks_for_a_person {
        world.ledger.broken_runs = 0;
        return;
    }
    world.ledger.broken_runs += 1;
    let allowed = if waits {
        WAITING_RUNS_TO_RESTORE
    } else {
        RUNS_TO_RESTORE
    };
    if world.ledger.broken_runs >= allowed {
        let text = "a replica cannot send, and a whole run did not mend it";
        world.ledger.blame("I1", text);
    }
}
