//! One run's view of the model: the job's `Outside`, which breaks where its script says.
//!
//! Every future is ready at once. A process that died is one to which nothing answers any more; what
//! it remembers is dropped with it.

mod outside;
mod reads;

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::fmt;

use common::cluster::ClusterName;
use common::exit::Exit;
use jiff::SignedDuration;
use rotate_credentials::document::FieldNames;
use rotate_credentials::key::AccessKeyId;
use rotate_credentials::outside::{Effect, EffectError, IamReading, ServerTime};
use rotate_credentials::pair::Pair;

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
    pub(crate) name: String,
    names: FieldNames,
    /// Boundaries that were passed.
    boundaries: Cell<usize>,
    idle_actor: Cell<bool>,
    early_gap: Cell<bool>,
    pub(crate) struck_early: Cell<bool>,
    last_looks: RefCell<BTreeSet<usize>>,
    pub(crate) looks: Cell<u32>,
    looked: Cell<i64>,
    pub(crate) dead: Cell<bool>,
    outage: Cell<bool>,
    /// The process dies once it has made so many effects.
    dies_after: Option<usize>,
    pub(crate) blind: RefCell<BTreeSet<Blind>>,
    pub(crate) logged_in: RefCell<BTreeSet<AccessKeyId>>,
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

impl fmt::Debug for Runner<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Runner({})", self.name)
    }
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
            early_gap: Cell::new(false),
            struck_early: Cell::new(false),
            last_looks: RefCell::default(),
            looks: Cell::new(0),
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
            Fault::Actor(actor) | Fault::Early(actor) => {
                let mut world = self.world.borrow_mut();
                let acted = actor.act(&mut world);
                world.ledger.last_act = Some(world.now);
                self.idle_actor.set(self.idle_actor.get() || !acted);
                acted
            }
            Fault::CrashBefore
            | Fault::CrashAfter
            | Fault::LostApplied
            | Fault::LostUnapplied
            | Fault::Outage
            | Fault::OutageAfter
            | Fault::Denied
            | Fault::Invalid => false,
        }
    }

    /// Somebody acts right before the last look that comes before the next effect.
    pub(crate) fn strike_early(&self) {
        let boundary = self.boundaries.get();
        self.last_looks.borrow_mut().insert(boundary);
        for (at, fault) in self.schedule {
            if *at == boundary && matches!(fault, Fault::Early(_)) {
                self.strike(*fault);
                // The last look is at IAM and the secret; clusters were seen a moment before.
                let cluster = matches!(fault, Fault::Early(actor) if actor.is_in_a_cluster());
                self.early_gap.set(self.early_gap.get() || cluster);
            }
        }
    }

    /// Boundaries that come right after a last look.
    pub fn last_looks(&self) -> BTreeSet<usize> {
        self.last_looks.borrow().clone()
    }

    pub(crate) fn is_blind(&self, blind: Blind) -> bool {
        self.blind.borrow().contains(&blind)
    }

    /// Makes an effect, or what the script makes of it.
    fn perform(&self, act: &Act) -> Effect<Option<Pair>> {
        if self.dead.get() {
            return Err(gone());
        }
        let faults = self.pass();
        let mut gap = self.early_gap.take();
        let second = |fault: &Fault| matches!(fault, Fault::SecondRun | Fault::SecondRunDies(_));
        let overtaken = faults.iter().any(second);
        let mut after = None;
        for fault in faults {
            if matches!(fault, Fault::Blind(_)) {
                after = Some(fault);
            } else if !matches!(fault, Fault::Early(_)) {
                gap |= self.strike(fault);
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
                Fault::Blind(_)
                | Fault::SecondRun
                | Fault::SecondRunDies(_)
                | Fault::Actor(_)
                | Fault::Early(_) => {}
            }
        }
        if self.outage.get() {
            return Err(unanswered());
        }
        let done = self.apply(act, gap, overtaken);
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

    fn apply(&self, act: &Act, gap: bool, overtaken: bool) -> Effect<Option<Pair>> {
        let mut world = self.world.borrow_mut();
        let excuse = {
            let moment = Moment {
                run: &self.name,
                gap,
                overtaken,
                logged_in: &self.logged_in.borrow(),
                mailed: &self.mailed.borrow(),
                looked: self.looked.get(),
                out_of_reach: &self.out_of_reach(),
                lease_lost: self.is_blind(Blind::Lease),
                skew: self.skew(),
            };
            invariants::before(&mut world, act, &moment)
        };
        let done = if self.lies.contains(&Lie::LabelsMoveFreely)
            && let Act::Move { to, .. } = act
        {
            let from = world.secret.current.clone();
            let to = to.clone();
            world.apply(&Act::Move { from, to })
        } else {
            world.apply(act)
        };
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
        blind.iter().filter_map(|it| it.cluster()).collect()
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
