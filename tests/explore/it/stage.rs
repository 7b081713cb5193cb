//! A stage for stories that are told one by one.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a story of a test that names a key which is not there is wrong"
)]

use std::cell::RefCell;

use explore::actors::Actor;
use explore::faults::Fault;
use explore::model::{DAY, HOUR, KeyRecord, Presence, Seconds, Terms, World};
use explore::run::{Orders, Outcome, once};
use rotate_credentials::plan::Request;

/// A world, and everything that its runs told.
pub(crate) struct Stage {
    pub(crate) world: RefCell<World>,
    pub(crate) trace: RefCell<Vec<String>>,
}

impl Stage {
    /// A key of that many days, in use everywhere.
    pub(crate) fn with_key_of(days: Seconds) -> Self {
        Self::under(days, Terms::QUICK)
    }

    pub(crate) fn under(days: Seconds, terms: Terms) -> Self {
        Self {
            world: RefCell::new(World::with_key_of_age(days * DAY, terms)),
            trace: RefCell::default(),
        }
    }

    /// One run, and then an hour.
    pub(crate) fn run(&self) -> Outcome {
        self.broken(&[])
    }

    /// One run with faults, and then an hour.
    pub(crate) fn broken(&self, schedule: &[(usize, Fault)]) -> Outcome {
        self.ordered(schedule, None)
    }

    /// One run of a person's request, and then an hour.
    pub(crate) fn asked(&self, request: &Request) -> Outcome {
        self.ordered(&[], Some(request))
    }

    fn ordered(&self, schedule: &[(usize, Fault)], request: Option<&Request>) -> Outcome {
        let orders = Orders {
            schedule,
            request,
            trace: Some(&self.trace),
            ..Orders::default()
        };
        let outcome = once(&self.world, &orders);
        self.world.borrow_mut().advance_to_slot(HOUR);
        self.check();
        outcome
    }

    /// Runs of so many days; the last one.
    pub(crate) fn days(&self, days: Seconds) -> Outcome {
        let mut last = self.run();
        for _ in 1..days * 24 {
            last = self.run();
        }
        last
    }

    /// Somebody does something now.
    pub(crate) fn act(&self, actor: Actor) {
        assert!(
            actor.act(&mut self.world.borrow_mut()),
            "{actor:?} had nothing to do"
        );
    }

    /// A key by its number, from 1.
    pub(crate) fn key(&self, number: usize) -> KeyRecord {
        self.world.borrow().iam.keys[number - 1].clone()
    }

    /// What became of each key: A for active, I for inactive, - for gone.
    pub(crate) fn keys(&self) -> String {
        let world = self.world.borrow();
        let letter = |key: &KeyRecord| match key.presence.now() {
            Presence::Active => 'A',
            Presence::Inactive => 'I',
            Presence::Gone => '-',
        };
        world.iam.keys.iter().map(letter).collect()
    }

    /// Numbers of the keys that the replicas run, from 1.
    pub(crate) fn running(&self) -> Vec<usize> {
        let world = self.world.borrow();
        let replicas = world.clusters.iter().flat_map(|it| &it.replicas);
        replicas.map(|it| it.runs + 1).collect()
    }

    /// The number of the current key, from 1.
    pub(crate) fn current(&self) -> usize {
        let world = self.world.borrow();
        let current = world.current_key().unwrap().id.clone();
        world.iam.index_of(&current).unwrap() + 1
    }

    pub(crate) fn check(&self) {
        let violation = &self.world.borrow().ledger.violation;
        assert!(violation.is_none(), "{}\n{violation:?}", self.told());
    }

    pub(crate) fn told(&self) -> String {
        self.trace.borrow().join("\n")
    }
}

/// The exit status, the verdict and the rows of a run in one line.
pub(crate) fn line(outcome: &Outcome) -> String {
    let (exit, code) = (outcome.exit.status(), outcome.code);
    format!("{exit} {code} | {}", outcome.rows.join(" "))
}
