//! One run of the job in the model, from its first look to its end.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use common::cancel::Cancellation;
use common::exit::Exit;
use common::trouble::Trouble;
use futures_util::FutureExt as _;
use rotate_credentials::engine::{Ended, Limits, Probing, Stopped, Told, Witness, run};
use rotate_credentials::guard::ConditionName;
use rotate_credentials::marks::RunId;
use rotate_credentials::plan::{Next, Phase, Plan, Request};
use rotate_credentials::step::Step;
use rotate_credentials::world::{Asked, Run, World as Seen};

use crate::lies::{self, Lie};
use crate::model::World;
use crate::runner::{Runner, Schedule};

/// More effects than any run needs.
const EFFECTS_AT_MOST: usize = 60;

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The process died.
    pub crashed: bool,
    /// Its exit class.
    pub exit: Exit,
    /// Its verdict; empty when it rests.
    pub code: &'static str,
    /// Where the rotation stands.
    pub phase: Phase,
    /// Effects that were made.
    pub effects: u64,
    /// Boundaries that were passed; the first lies before the first look.
    pub boundaries: usize,
    /// Boundaries that come right after a last look.
    pub last_looks: BTreeSet<usize>,
    /// The conditions that each row's guard has, as far as they were seen.
    pub guards: BTreeMap<&'static str, BTreeSet<ConditionName>>,
    /// Every actor of its faults found nothing to do.
    pub struck_nothing: bool,
    /// Rows that decided, without repetitions.
    pub rows: Vec<&'static str>,
}

/// What a run is asked to do, and what it is told.
#[derive(Debug, Clone, Copy, Default)]
pub struct Orders<'a> {
    /// Its faults.
    pub schedule: &'a Schedule,
    /// Its lies.
    pub lies: &'a [Lie],
    /// A person's request.
    pub request: Option<&'a Request>,
    /// Where it tells what it does.
    pub trace: Option<&'a RefCell<Vec<String>>>,
    /// It dies after so many effects.
    pub dies_after: Option<usize>,
}

/// Lets the job run once.
pub fn once(world: &RefCell<World>, orders: &Orders<'_>) -> Outcome {
    let name = {
        let mut world = world.borrow_mut();
        world.runs += 1;
        let now = world.now;
        world.iam.forget_removed_tags(now);
        format!("run-{}", world.runs)
    };
    let memory = Run::new(RunId::new(&name), Asked::Scheduled);
    let runner = Runner::new(world, orders.schedule, orders.lies, name, second)
        .dying_after(orders.dies_after)
        .traced(orders.trace);
    for fault in runner.pass() {
        runner.strike(fault);
    }
    let limits = Limits {
        steps: EFFECTS_AT_MOST,
        probes: Probing::Allowed,
        cancel: Cancellation::default(),
    };
    let policy = lies::policy(orders.lies);
    let mut watch = Watch {
        runner: &runner,
        rows: Vec::new(),
        guards: BTreeMap::new(),
    };
    let ended = run(
        &runner,
        &policy,
        orders.request,
        memory,
        &limits,
        &mut watch,
    );
    let ended = ended.now_or_never();
    let (rows, guards) = (watch.rows, watch.guards);
    let Some(ended) = ended else {
        world
            .borrow_mut()
            .ledger
            .blame("model", "a future was not ready");
        return Outcome::unfinished(rows);
    };
    let outcome = outcome(&runner, &ended, rows, guards);
    if ended.stopped == Some(Stopped::StepLimit) {
        let text = format!("a run made {EFFECTS_AT_MOST} effects and wanted more");
        world.borrow_mut().ledger.blame("I8", text);
    }
    runner.tell(|| {
        let (exit, code, phase) = (outcome.exit.status(), outcome.code, outcome.phase.word());
        let because = &ended.plan.because;
        format!(
            "ended with {exit} {code} in phase {phase}: row {} {because}",
            ended.plan.row
        )
    });
    outcome
}

/// A second run of the same job, by mistake: undisturbed, or dying after some effects.
fn second(world: &RefCell<World>, dies_after: Option<usize>) {
    let orders = Orders {
        dies_after,
        ..Orders::default()
    };
    once(world, &orders);
}

impl Outcome {
    fn unfinished(rows: Vec<&'static str>) -> Self {
        Self {
            crashed: false,
            exit: Exit::Transient,
            code: "unfinished",
            phase: Phase::Idle,
            effects: 0,
            boundaries: 0,
            last_looks: BTreeSet::new(),
            guards: BTreeMap::new(),
            struck_nothing: false,
            rows,
        }
    }

    /// Whether it said that a person must look.
    pub fn asks_for_a_person(&self) -> bool {
        matches!(self.exit, Exit::Drift | Exit::Config | Exit::Denied)
    }
}

fn outcome(
    runner: &Runner<'_>,
    ended: &Ended,
    rows: Vec<&'static str>,
    guards: BTreeMap<&'static str, BTreeSet<ConditionName>>,
) -> Outcome {
    let crashed = runner.is_dead();
    let trouble: Option<&Trouble> = match (&ended.stopped, &ended.plan.next) {
        (Some(Stopped::Effect(trouble) | Stopped::LeaseLost(trouble)), _)
        | (None, Next::Stop(trouble)) => Some(trouble),
        _ => None,
    };
    Outcome {
        crashed,
        exit: match trouble {
            _ if crashed => Exit::Transient,
            Some(trouble) => trouble.exit,
            None => Exit::Done,
        },
        code: match trouble {
            _ if crashed => "crashed",
            Some(trouble) => trouble.code,
            None => "",
        },
        phase: ended.plan.phase,
        effects: ended.effects,
        boundaries: runner.boundaries(),
        last_looks: runner.last_looks(),
        guards,
        struck_nothing: runner.struck_nothing(),
        rows,
    }
}

struct Watch<'r, 'w> {
    runner: &'r Runner<'w>,
    rows: Vec<&'static str>,
    guards: BTreeMap<&'static str, BTreeSet<ConditionName>>,
}

impl Witness for Watch<'_, '_> {
    async fn decided(&mut self, _: &Seen, plan: &Plan) {
        if self.runner.is_dead() {
            return;
        }
        if self.rows.last() != Some(&plan.row) {
            self.rows.push(plan.row);
        }
        if let Some(guard) = &plan.guard {
            let names = guard.conditions().iter().map(|it| it.name);
            self.guards.entry(plan.row).or_default().extend(names);
        }
        let last_look = matches!(&plan.next, Next::Act(step) if step.needs_fresh_keys());
        self.runner.looks_again.set(last_look);
        self.runner
            .tell(|| format!("  row {}: {}", plan.row, plan.because));
    }

    async fn acted(&mut self, _: &Seen, _: &Step, _: &Told) {}
}
