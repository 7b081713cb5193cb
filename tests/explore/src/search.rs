//! The way through all of it: from a start, every run with every fault at every boundary, and from
//! each world that this leads to the same again, as often as there are faults to be had; then on
//! without faults until the story ends.
//!
//! That a run which changed nothing is repeated with the same end (I11) is checked where a story has
//! one fault at most; everything else at every depth.
//!
//! Worlds that are the same ([`World::canonical`]) are gone through once. What is left of a story
//! without faults depends on its world alone, so it is remembered by world.

mod ending;
mod limits;
mod pool;
mod report;
mod story;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

pub use ending::{End, Ending};
pub use report::{Counts, Finding, Report};
pub use story::Story;

use crate::faults::Fault;
use crate::invariants::{self, Violation};
use crate::lies::Lie;
use crate::model::{Seconds, Terms, World};
use crate::run::{Orders, Outcome, once};

/// What is explored.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Faults in one story at most.
    pub faults: usize,
    /// A further fault follows within so many boundaries of the one before; anywhere, if `None`. A
    /// number makes it a part of all stories only.
    pub within: Option<usize>,
    /// Whether more than one person acts in a story.
    pub several_people: bool,
    /// Seconds between two runs.
    pub every: Seconds,
    /// How the world behaves.
    pub terms: Vec<Terms>,
    /// Readings that lie.
    pub lies: Vec<Lie>,
    /// Faults that are tried; all of them, if empty.
    pub only: Vec<Fault>,
    /// Findings after which it is enough.
    pub findings: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            faults: 1,
            within: None,
            several_people: false,
            every: 6 * crate::model::HOUR,
            terms: vec![Terms::QUICK],
            lies: Vec::new(),
            only: Vec::new(),
            findings: 20,
        }
    }
}

/// The search.
#[derive(Debug)]
pub struct Search {
    settings: Settings,
    seen: Mutex<HashSet<u64>>,
    endings: Mutex<BTreeMap<u64, Ending>>,
    findings: Mutex<Vec<Finding>>,
    runs: AtomicU64,
    effects: AtomicU64,
    faults: AtomicU64,
    acted_in_gap: AtomicU64,
    mistaken: AtomicU64,
}

/// Where a story stands.
#[derive(Debug, Clone)]
struct Place {
    world: World,
    story: Story,
    /// Faults that may still happen.
    faults: usize,
    /// Boundaries within which the next one must.
    within: usize,
}

/// A run that is to be broken: where, and the faults that it has already.
#[derive(Debug, Clone)]
struct Branch {
    place: Place,
    schedule: Vec<(usize, Fault)>,
    /// Boundaries of the run with these faults.
    boundaries: usize,
    /// Those that come right after a last look.
    last_looks: BTreeSet<usize>,
}

impl Branch {
    /// The boundaries after its last fault, as far as the next one may be from it.
    fn boundaries_left(&self) -> Range<usize> {
        let from = self.schedule.last().map_or(0, |(at, _)| at + 1);
        let until = from.saturating_add(self.place.within).min(self.boundaries);
        from..until
    }
}

/// Explores.
pub fn explore(settings: Settings) -> Report {
    let search = Search {
        settings,
        seen: Mutex::default(),
        endings: Mutex::default(),
        findings: Mutex::default(),
        runs: AtomicU64::new(0),
        effects: AtomicU64::new(0),
        faults: AtomicU64::new(0),
        acted_in_gap: AtomicU64::new(0),
        mistaken: AtomicU64::new(0),
    };
    let mut tasks = Vec::new();
    for terms in &search.settings.terms {
        let world = World::with_key_of_age(41 * crate::model::DAY, *terms);
        let place = Place {
            story: Story::beginning_with(*terms, world.now),
            world,
            faults: search.settings.faults,
            within: usize::MAX,
        };
        search.follow(place, &mut |branch| {
            // A boundary each, so that no core is left alone with a long run.
            tasks.extend(branch.boundaries_left().map(|at| (branch.clone(), at)));
        });
    }
    pool::run(tasks, |(branch, at)| search.break_in_every_way(&branch, at));
    search.report()
}

impl Search {
    /// Goes along a story without faults and hands over every run of it to be broken.
    fn follow(&self, mut place: Place, broken: &mut impl FnMut(Branch)) {
        let mut patience = ending::Patience::default();
        while place.faults > 0 && place.within > 0 {
            if self.is_enough() || !self.is_new(&place) {
                return;
            }
            let (outcome, after) = self.run(&place.world, &[]);
            broken(Branch {
                place: place.clone(),
                schedule: Vec::new(),
                boundaries: outcome.boundaries,
                last_looks: outcome.last_looks.clone(),
            });
            place.story.add(Vec::new());
            place.within = place.within.saturating_sub(outcome.boundaries);
            match self.judge(after, &outcome, true, &place.story) {
                None => return,
                Some(after) => {
                    self.repeats(&after, &outcome, &place.story);
                    if let Some(end) = patience.end(&after, &outcome, place.world.now) {
                        self.conclude(&place.story, Ending::now(end), &after);
                        return;
                    }
                    place.world = after;
                }
            }
            place.world.advance_to_slot(self.settings.every);
            if self.found(&place.world, &place.story) {
                return;
            }
        }
        self.settle(place);
    }

    /// Breaks a run at every boundary after its last fault, in every way.
    fn break_once(&self, branch: &Branch) {
        for at in branch.boundaries_left() {
            self.break_in_every_way(branch, at);
        }
    }

    fn break_in_every_way(&self, branch: &Branch, at: usize) {
        for fault in self.possible(at, branch.last_looks.contains(&at)) {
            if self.is_tried(fault, branch) && !self.is_enough() {
                self.break_at(branch, at, fault);
            }
        }
    }

    /// What can happen at a boundary.
    fn possible(&self, at: usize, after_last_look: bool) -> Vec<Fault> {
        if !self.settings.only.is_empty() {
            let fits = |fault: &Fault| match fault {
                Fault::Blind(_) | Fault::Actor(_) => true,
                Fault::Early(_) => after_last_look,
                Fault::CrashBefore
                | Fault::CrashAfter
                | Fault::LostApplied
                | Fault::LostUnapplied
                | Fault::Outage
                | Fault::OutageAfter
                | Fault::Denied
                | Fault::Invalid
                | Fault::SecondRun
                | Fault::SecondRunDies(_) => at > 0,
            };
            return self.settings.only.iter().copied().filter(fits).collect();
        }
        let mut possible: Vec<Fault> = if at == 0 {
            Fault::at_start().collect()
        } else {
            Fault::at_effect().collect()
        };
        if after_last_look {
            possible.extend(Fault::before_last_look());
        }
        possible
    }

    fn break_at(&self, branch: &Branch, at: usize, fault: Fault) {
        let mut schedule = branch.schedule.clone();
        schedule.push((at, fault));
        let (outcome, after) = self.run(&branch.place.world, &schedule);
        if outcome.struck_nothing {
            return;
        }
        self.faults.fetch_add(1, Ordering::Relaxed);
        let mut place = branch.place.clone();
        place.faults -= 1;
        place.within = self.settings.within.unwrap_or(usize::MAX);
        if place.faults > 0 {
            self.break_once(&Branch {
                place: place.clone(),
                schedule: schedule.clone(),
                boundaries: outcome.boundaries,
                last_looks: outcome.last_looks.clone(),
            });
            place.within = place
                .within
                .saturating_sub(outcome.boundaries.saturating_sub(at + 1));
        }
        place.story.add(schedule);
        place.story.broken_at(branch.place.world.now);
        let Some(mut after) = self.judge(after, &outcome, false, &place.story) else {
            return;
        };
        after.advance_to_slot(self.settings.every);
        if self.found(&after, &place.story) {
            return;
        }
        place.world = after;
        self.follow(place, &mut |branch| self.break_once(&branch));
    }

    fn is_tried(&self, fault: Fault, branch: &Branch) -> bool {
        let settings = &self.settings;
        let before = || {
            branch
                .schedule
                .iter()
                .map(|(_, fault)| *fault)
                .chain(branch.place.story.faults())
        };
        let people = |fault: Fault| fault.actor().is_some();
        settings.several_people || !people(fault) || !before().any(people)
    }

    /// Goes on without faults to the end.
    fn settle(&self, place: Place) {
        let Place {
            mut world, story, ..
        } = place;
        let mut way: Vec<(u64, Seconds)> = Vec::new();
        let mut patience = ending::Patience::default();
        let ending = loop {
            let key = world.canonical();
            if let Some(known) = self.endings().get(&key) {
                break known.later(0, world.now);
            }
            way.push((key, world.now));
            let (outcome, after) = self.run(&world, &[]);
            let Some(after) = self.judge(after, &outcome, true, &story) else {
                break Ending::now(End::Broken).later(0, world.now);
            };
            if let Some(end) = patience.end(&after, &outcome, world.now) {
                break Ending::now(end).later(0, world.now);
            }
            world = after;
            world.advance_to_slot(self.settings.every);
            if self.found(&world, &story) {
                break Ending::now(End::Broken).later(0, world.now);
            }
        };
        let mut endings = self.endings();
        for (key, at) in way {
            endings.insert(key, ending.seen_from(at));
        }
        drop(endings);
        self.conclude_at(&story, &ending);
    }

    fn run(&self, world: &World, schedule: &[(usize, Fault)]) -> (Outcome, World) {
        let before = &world.ledger;
        let world = RefCell::new(world.clone());
        let orders = Orders {
            schedule,
            lies: &self.settings.lies,
            ..Orders::default()
        };
        let outcome = once(&world, &orders);
        self.runs.fetch_add(1, Ordering::Relaxed);
        let effects = u64::try_from(outcome.boundaries.saturating_sub(1)).unwrap_or_default();
        self.effects.fetch_add(effects, Ordering::Relaxed);
        let after = world.into_inner();
        let (now, then) = (&after.ledger, before);
        let more = |now: u32, then: u32| u64::from(now.saturating_sub(then));
        let in_gap = more(now.acted_in_gap, then.acted_in_gap);
        self.acted_in_gap.fetch_add(in_gap, Ordering::Relaxed);
        let mistaken = more(now.mistaken, then.mistaken);
        self.mistaken.fetch_add(mistaken, Ordering::Relaxed);
        (outcome, after)
    }

    /// Judges the world after a run; `None` when the story is over because something broke.
    fn judge(
        &self,
        mut world: World,
        outcome: &Outcome,
        clean: bool,
        story: &Story,
    ) -> Option<World> {
        if clean {
            let waits = outcome.exit == common::exit::Exit::Transient;
            invariants::after_clean_run(&mut world, waits, outcome.asks_for_a_person());
        }
        (!self.found(&world, story)).then_some(world)
    }

    /// I11: a run after one that changed nothing ends as that one did.
    fn repeats(&self, world: &World, outcome: &Outcome, story: &Story) {
        // One level of faults shows it; deeper ones would only take longer.
        if outcome.effects > 0 || self.settings.faults > 1 {
            return;
        }
        let (second, _) = self.run(world, &[]);
        if second.effects == 0 && (second.exit, second.code) != (outcome.exit, outcome.code) {
            let text = format!(
                "{} and then {} on the same world",
                outcome.code, second.code
            );
            let invariant = "I11";
            self.add(story, Violation { invariant, text });
        }
    }

    fn is_new(&self, place: &Place) -> bool {
        let mut hash = DefaultHasher::new();
        (place.world.canonical(), place.faults, place.within).hash(&mut hash);
        place.story.hash_context(place.world.now, &mut hash);
        let mut seen = match self.seen.lock() {
            Ok(seen) => seen,
            Err(poisoned) => poisoned.into_inner(),
        };
        seen.insert(hash.finish())
    }
}
