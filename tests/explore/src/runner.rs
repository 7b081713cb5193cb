//! One run's view of the model: the job's [`Outside`], which breaks where its script says.
//!
//! Every future is ready at once. A process that died is one to which nothing answers any more; what
//! it remembers is dropped with it.

mod reads;

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::time::Duration;

use common::cluster::ClusterName;
use common::exit::Exit;
use common::secret::{ExposeSecret as _, SecretString};
use jiff::{SignedDuration, Timestamp};
use rotate_credentials::document::FieldNames;
use rotate_credentials::key::{AccessKeyId, KeyStatus};
use rotate_credentials::marks::Tag;
use rotate_credentials::outside::{
    Effect, EffectError, Fill, IamReading, Outside, SecretReading, ServerTime,
};
use rotate_credentials::pair::Pair;
use rotate_credentials::trouble::Trouble;
use rotate_credentials::version::VersionId;
use rotate_credentials::world::{ClusterState, ProbeAnswer, ProbeKind};

use crate::faults::{Blind, Fault};
use crate::invariants::{self, Excuse, Moment};
use crate::lies::Lie;
use crate::model::{Act, By, World};

/// Faults of one run by boundary; boundary 0 lies before the first look.
pub type Schedule = [(usize, Fault)];

/// A run's view of the model.
pub struct Runner<'w> {
    pub(crate) world: &'w RefCell<World>,
    schedule: &'w Schedule,
    /// What its readings claim.
    pub(crate) lies: &'w [Lie],
    name: String,
    names: FieldNames,
    /// Boundaries that were passed.
    boundaries: Cell<usize>,
    idle_actor: Cell<bool>,
    looked: Cell<i64>,
    dead: Cell<bool>,
    outage: Cell<bool>,
    /// The process dies once it has made so many effects.
    dies_after: Option<usize>,
    pub(crate) blind: RefCell<BTreeSet<Blind>>,
    logged_in: RefCell<BTreeSet<AccessKeyId>>,
    mailed: RefCell<BTreeSet<AccessKeyId>>,
    /// What was done, for people; `None` when nobody reads it.
    trace: Option<&'w RefCell<Vec<String>>>,
    /// Called for a second run.
    second: fn(&RefCell<World>, Option<usize>),
    /// The reading of IAM that a lie repeats.
    pub(crate) last_iam: RefCell<Option<IamReading>>,
    /// Whether the next reading of IAM is the last look before an effect.
    pub(crate) looks_again: Cell<bool>,
}

impl<'w> Runner<'w> {
    /// A run of that name.
    pub fn new(
        world: &'w RefCell<World>,
        schedule: &'w Schedule,
        lies: &'w [Lie],
        name: String,
        second: fn(&RefCell<World>, Option<usize>),
    ) -> Self {
        Self {
            world,
            schedule,
            lies,
            name,
            names: crate::model::Secret::field_names(),
            boundaries: Cell::new(0),
            idle_actor: Cell::new(false),
            looked: Cell::new(0),
            dead: Cell::new(false),
            outage: Cell::new(false),
            dies_after: None,
            blind: RefCell::default(),
            logged_in: RefCell::default(),
            mailed: RefCell::default(),
            trace: None,
            second,
            last_iam: RefCell::default(),
            looks_again: Cell::new(false),
        }
    }

    /// The same, which dies after so many effects.
    #[must_use]
    pub fn dying_after(self, dies_after: Option<usize>) -> Self {
        Self { dies_after, ..self }
    }

    /// The same, which tells what it does.
    #[must_use]
    pub fn traced(self, trace: Option<&'w RefCell<Vec<String>>>) -> Self {
        Self { trace, ..self }
    }

    /// Boundaries that were passed.
    pub fn boundaries(&self) -> usize {
        self.boundaries.get()
    }

    /// Whether somebody found nothing to do, so that the story is one without them.
    pub fn struck_nothing(&self) -> bool {
        self.idle_actor.get()
    }

    /// Whether the process died.
    pub fn is_dead(&self) -> bool {
        self.dead.get()
    }

    /// Tells what happens.
    pub fn tell(&self, line: impl FnOnce() -> String) {
        if let Some(trace) = self.trace {
            let now = self.world.borrow().timestamp();
            trace
                .borrow_mut()
                .push(format!("{now} {} {}", self.name, line()));
        }
    }

    /// Passes a boundary: the faults of the script for it.
    pub fn pass(&self) -> Vec<Fault> {
        let boundary = self.boundaries.get();
        self.boundaries.set(boundary + 1);
        let here = self.schedule.iter().filter(|(at, _)| *at == boundary);
        here.map(|(_, fault)| *fault).collect()
    }

    /// What a fault does besides what it does to the call itself.
    pub fn strike(&self, fault: Fault) -> bool {
        self.tell(|| format!("    !! {fault}"));
        match fault {
            Fault::Blind(blind) => {
                self.blind.borrow_mut().insert(blind);
                false
            }
            Fault::SecondRun => {
                (self.second)(self.world, None);
                false
            }
            Fault::SecondRunDies(after) => {
                (self.second)(self.world, Some(usize::from(after)));
                false
            }
            Fault::Actor(actor) => {
                let mut world = self.world.borrow_mut();
                let acted = actor.act(&mut world);
                world.ledger.last_act = Some(world.now);
                self.idle_actor.set(self.idle_actor.get() || !acted);
                acted
            }
            _ => false,
        }
    }

    pub(crate) fn is_blind(&self, blind: Blind) -> bool {
        self.blind.borrow().contains(&blind)
    }

    /// Makes an effect, or what the script makes of it.
    fn perform(&self, act: Act) -> Effect<Option<Pair>> {
        if self.dead.get() {
            return Err(gone());
        }
        let faults = self.pass();
        let mut gap = false;
        let mut after = None;
        for fault in faults {
            match fault {
                Fault::Blind(_) => after = Some(fault),
                _ => gap |= self.strike(fault),
            }
            match fault {
                Fault::CrashBefore => {
                    self.dead.set(true);
                    return Err(gone());
                }
                Fault::Outage => self.outage.set(true),
                Fault::LostUnapplied => return Err(unanswered()),
                Fault::Denied => return Err(refused(Exit::Denied, "aws-denied")),
                Fault::Invalid => return Err(refused(Exit::Config, "aws-invalid")),
                Fault::CrashAfter | Fault::LostApplied | Fault::OutageAfter => after = Some(fault),
                Fault::Blind(_) | Fault::SecondRun | Fault::SecondRunDies(_) | Fault::Actor(_) => {}
            }
        }
        if self.outage.get() {
            return Err(unanswered());
        }
        let done = self.apply(&act, gap);
        self.tell(|| match &done {
            Ok(_) => format!("  did {act}"),
            Err(why) => format!("  could not {act}: {why:?}"),
        });
        match after {
            Some(Fault::CrashAfter) => {
                self.dead.set(true);
                return Err(gone());
            }
            Some(Fault::LostApplied) => return Err(unanswered()),
            Some(Fault::OutageAfter) => {
                self.outage.set(true);
                return Err(unanswered());
            }
            Some(fault) => drop(self.strike(fault)),
            None => {}
        }
        if self
            .dies_after
            .is_some_and(|count| self.boundaries.get() > count)
        {
            self.dead.set(true);
            return Err(gone());
        }
        done
    }

    fn apply(&self, act: &Act, gap: bool) -> Effect<Option<Pair>> {
        let mut world = self.world.borrow_mut();
        let excuse = {
            let moment = Moment {
                run: &self.name,
                gap,
                logged_in: &self.logged_in.borrow(),
                mailed: &self.mailed.borrow(),
                looked: self.looked.get(),
                out_of_reach: &self.out_of_reach(),
                lease_lost: self.is_blind(Blind::Lease),
                skew: self.skew(),
            };
            invariants::before(&mut world, act, &moment)
        };
        let done = world.apply(act);
        if excuse != Excuse::None
            && let Act::Switch(id, _) | Act::Delete(id) = act
            && let Some(key) = world.iam.keys.iter_mut().find(|key| key.id == *id)
        {
            // What follows from it is not held against the job a second time.
            key.switched_by = By::Other;
        }
        invariants::after(&mut world);
        done
    }

    fn out_of_reach(&self) -> BTreeSet<usize> {
        let blind = self.blind.borrow();
        let clusters = blind.iter().filter_map(|blind| match blind {
            Blind::Cluster(index) | Blind::ClusterDenied(index) => Some(*index),
            _ => None,
        });
        clusters.collect()
    }

    pub(crate) fn skew(&self) -> i64 {
        if self.is_blind(Blind::Clock) { 120 } else { 0 }
    }

    pub(crate) fn time(&self) -> ServerTime {
        let skew = if self.lies.contains(&Lie::ClockIsRight) {
            0
        } else {
            self.skew()
        };
        ServerTime {
            now: self.world.borrow().timestamp(),
            skew: SignedDuration::from_secs(skew),
        }
    }

    /// The cluster's place in the model.
    fn place(&self, name: &ClusterName) -> Option<usize> {
        let world = self.world.borrow();
        world.clusters.iter().position(|it| it.name == *name)
    }
}

fn gone() -> EffectError {
    EffectError::Unclear(crate::model::trouble(
        Exit::Transient,
        "crashed",
        "the process is gone",
    ))
}

fn unanswered() -> EffectError {
    EffectError::Unclear(crate::model::trouble(
        Exit::Transient,
        "aws-timeout",
        "no answer",
    ))
}

fn refused(exit: Exit, code: &'static str) -> EffectError {
    EffectError::Refused(crate::model::trouble(exit, code, "refused"))
}

impl Outside for Runner<'_> {
    fn now(&self) -> Timestamp {
        let skew = SignedDuration::from_secs(self.skew());
        let now = self.world.borrow().timestamp();
        now.saturating_add(skew).unwrap_or(now)
    }

    async fn sleep(&self, duration: Duration) {
        if !self.dead.get() {
            let seconds = i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
            self.world.borrow_mut().advance(seconds);
        }
    }

    fn is_follower(&self) -> bool {
        false
    }

    fn field_names(&self) -> &FieldNames {
        &self.names
    }

    fn clusters(&self) -> Vec<ClusterName> {
        let world = self.world.borrow();
        world.clusters.iter().map(|it| it.name.clone()).collect()
    }

    async fn read_iam(&self) -> Result<IamReading, Trouble> {
        self.see_iam()
    }

    async fn owner_of(&self, key: &AccessKeyId) -> Result<Option<String>, Trouble> {
        self.alive(Blind::Iam)?;
        let ours = self.world.borrow().key(key).is_some_and(|it| it.is_there());
        Ok(ours.then(|| "prod-monitoring-email-user".to_owned()))
    }

    async fn read_secret(&self) -> Result<SecretReading, Trouble> {
        self.see_secret()
    }

    async fn read_version(&self, version: &VersionId) -> Result<Option<SecretString>, Trouble> {
        self.alive(Blind::Secret)?;
        let world = self.world.borrow();
        let text = world.secret.versions.get(version);
        Ok(text.map(|text| text.to_string().into()))
    }

    async fn read_cluster(
        &self,
        cluster: &ClusterName,
        fill: Fill<'_>,
    ) -> Result<ClusterState, Trouble> {
        let place = self.place(cluster);
        self.see_cluster(place.unwrap_or(usize::MAX), fill)
    }

    async fn probe(&self, pair: &Pair, kind: ProbeKind) -> ProbeAnswer {
        let answer = self.ask_mail_server(pair);
        self.tell(|| {
            format!(
                "  asked the mail server about {}: {answer:?}",
                pair.id.short()
            )
        });
        if answer == ProbeAnswer::Accepted {
            let asked = match kind {
                ProbeKind::Auth => &self.logged_in,
                ProbeKind::Send => &self.mailed,
            };
            asked.borrow_mut().insert(pair.id.clone());
        }
        self.lie_about_probe(answer)
    }

    async fn check_lease(&self) -> Option<Result<(), Trouble>> {
        if self.is_blind(Blind::Lease) && !self.lies.contains(&Lie::LeaseIsOurs) {
            return Some(Err(Blind::Lease.trouble()));
        }
        Some(Ok(()))
    }

    async fn create_key(&self) -> Effect<Pair> {
        match self.perform(Act::Create)? {
            Some(pair) => Ok(pair),
            None => Err(gone()),
        }
    }

    async fn set_status(&self, key: &AccessKeyId, status: KeyStatus) -> Effect {
        self.perform(Act::Switch(key.clone(), status)).map(drop)
    }

    async fn delete_key(&self, key: &AccessKeyId) -> Effect {
        self.perform(Act::Delete(key.clone())).map(drop)
    }

    async fn tag(&self, tag: &Tag) -> Effect {
        self.perform(Act::Tag(tag.clone())).map(drop)
    }

    async fn untag(&self, name: &str) -> Effect {
        self.perform(Act::Untag(name.to_owned())).map(drop)
    }

    async fn put_pending(&self, version: &VersionId, text: &SecretString) -> Effect {
        let text = text.expose_secret().into();
        self.perform(Act::Put(version.clone(), text)).map(drop)
    }

    async fn move_current(&self, from: &VersionId, to: &VersionId) -> Effect {
        let (from, to) = (from.clone(), to.clone());
        self.perform(Act::Move { from, to }).map(drop)
    }

    async fn drop_pending(&self, version: &VersionId) -> Effect {
        self.perform(Act::DropPending(version.clone())).map(drop)
    }

    async fn write_cluster(&self, cluster: &ClusterName, revision: &str, fill: Fill<'_>) -> Effect {
        let key = self.world.borrow().iam.index_of(&fill.pair.id);
        let (Some(cluster), Some(key)) = (self.place(cluster), key) else {
            return Err(refused(Exit::Config, "aws-invalid"));
        };
        if self.is_blind(Blind::Cluster(cluster)) {
            return Err(EffectError::Unclear(Blind::Cluster(cluster).trouble()));
        }
        let revision = revision.parse().unwrap_or_default();
        let act = Act::Write {
            cluster,
            revision,
            key,
        };
        self.perform(act).map(drop)
    }
}
