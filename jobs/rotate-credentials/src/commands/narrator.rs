//! Tells of a run while it goes: every decision before its step and every effect after it, on stdout,
//! in the log, and as Events.

use common::events::{Event, Kind, Recorder};
use common::fault::chain;
use common::output::{OutputError, print};

use crate::cli::Output;
use crate::config::Config;
use crate::engine::{Told, Witness};
use crate::plan::Plan;
use crate::report::audit::{Entry, Result as Became};
use crate::report::{Purpose, View, render_decision};
use crate::step::Step;
use crate::world::World;

/// The witness of a run.
pub(super) struct Narrator<'a> {
    command: &'static str,
    config: &'a Config,
    recorder: &'a Recorder,
    form: Output,
    decided: Option<Plan>,
    entries: Vec<Entry>,
    events: Vec<Event>,
}

impl<'a> Narrator<'a> {
    pub(super) fn new(
        command: &'static str,
        config: &'a Config,
        recorder: &'a Recorder,
        form: Output,
    ) -> Self {
        Self {
            command,
            config,
            recorder,
            form,
            decided: None,
            entries: Vec::new(),
            events: Vec::new(),
        }
    }

    /// Tells of one effect. Its Event waits for [`Self::publish`]: between the creation of a key and
    /// the storing of its pair nobody is waited for.
    pub(super) fn tell(&mut self, entry: Entry) {
        entry.log();
        self.print(|out| writeln!(out, "{}", entry.line()));
        self.events.push(Event {
            kind: Kind::Normal,
            reason: "RotationStep",
            action: "Rotate",
            note: entry.line(),
        });
        self.entries.push(entry);
    }

    /// Publishes the Events that are waiting.
    pub(super) async fn publish(&mut self) {
        for event in self.events.drain(..) {
            self.recorder.publish(&event).await;
        }
    }

    /// The audit trail of this run.
    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// How many effects were made.
    pub(super) fn changes(&self) -> u64 {
        let made = self.entries.iter().filter(|it| it.result == Became::Done);
        u64::try_from(made.count()).unwrap_or(u64::MAX)
    }

    /// Text goes out as it comes; a JSON document is printed at the end.
    fn print(&self, write: impl FnOnce(&mut dyn std::io::Write) -> std::io::Result<()>) {
        let printed: Result<(), OutputError> = match self.form {
            Output::Text => print(write),
            Output::Json => Ok(()),
        };
        // A rotation does not stop half-way because nobody reads of it; the log has it too.
        if let Err(error) = printed {
            tracing::warn!("a part of the report is lost: {}", chain(&error));
        }
    }
}

impl Witness for Narrator<'_> {
    async fn decided(&mut self, world: &World, plan: &Plan) {
        self.publish().await;
        let view = View {
            user: &self.config.user,
            secret: &self.config.secret.name,
            policy: &self.config.policy,
            world,
            plan,
            purpose: Purpose::Run,
        };
        match &self.decided {
            None => self.print(|out| view.render_plan(self.command, out)),
            Some(before) if says_the_same(before, plan) => {}
            Some(_) => self.print(|out| {
                writeln!(out)?;
                render_decision(plan, out)
            }),
        }
        tracing::debug!(
            row = plan.row,
            phase = plan.phase.word(),
            because = plan.because.as_str(),
            "decided"
        );
        self.decided = Some(plan.clone());
    }

    async fn acted(&mut self, _world: &World, step: &Step, done: &Told) {
        if let Some(plan) = &self.decided {
            let entry = Entry::of_step(plan, step, done);
            self.tell(entry);
        }
    }
}

/// Whether a person would read the same again, as while a cluster is waited for.
fn says_the_same(one: &Plan, other: &Plan) -> bool {
    one.row == other.row && one.because == other.because && one.guard == other.guard
}
