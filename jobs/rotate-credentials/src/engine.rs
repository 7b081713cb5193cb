//! The loop of a run: look, decide, do one thing, look again, until nothing is left to do now.
//!
//! It decides nothing itself. It asks before every effect whether the run was told to stop and
//! whether the Lease is still its own, looks at IAM once more before what cannot be undone, and
//! tells a [`Witness`] what it does.

mod aftermath;
mod apply;

use std::time::Duration;

use common::cancel::Cancellation;
use jiff::{SignedDuration, Timestamp};

use crate::key::AccessKeyId;
use crate::observe::{Observation, look_again, observe};
use crate::outside::{EffectError, Outside};
use crate::pair::Pair;
use crate::plan::{Next, Plan, Request, plan, plan_request};
use crate::policy::Policy;
use crate::step::Step;
use crate::verdict;
use crate::version::VersionId;
use crate::world::{Earlier, ProbeAnswer, ProbeKind, Run, World};
use common::trouble::Trouble;

pub use apply::{Applied, apply, put_pending};

/// Hears of everything that a run sees and does.
#[expect(async_fn_in_trait, reason = "one thread, and implementations of ours")]
pub trait Witness {
    /// A decision, before anything is done about it.
    async fn decided(&mut self, world: &World, plan: &Plan);

    /// An effect, and what became of it.
    async fn acted(&mut self, world: &World, step: &Step, done: &Told);
}

/// A witness that looks away.
impl Witness for () {
    async fn decided(&mut self, _world: &World, _plan: &Plan) {}

    async fn acted(&mut self, _world: &World, _step: &Step, _done: &Told) {}
}

/// What became of an effect, as far as it may be told: with the id of the key that it created, if it
/// created one.
pub type Told = Result<Option<AccessKeyId>, EffectError>;

/// How far a run may go.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Effects at most.
    pub steps: usize,
    /// Whether the mail server may be asked; a plan does so only on request.
    pub probes: Probing,
    /// Tells the run to stop.
    pub cancel: Cancellation,
}

/// Whether the mail server may be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Probing {
    /// It may.
    Allowed,
    /// It may not: what depends on it stays unknown.
    Off,
}

/// How a run ended.
#[derive(Debug)]
pub struct Ended {
    /// The last observation.
    pub world: World,
    /// The last decision.
    pub plan: Plan,
    /// Effects that were made.
    pub effects: u64,
    /// Why it ended before there was nothing left to do, if it did.
    pub stopped: Option<Stopped>,
}

/// Why a run ended early.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stopped {
    /// Told to.
    Cancelled,
    /// It has made as many effects as it may.
    StepLimit,
    /// An effect was refused, or no answer came.
    Effect(Trouble),
    /// The Lease was lost.
    LeaseLost(Trouble),
}

/// Pause before another look when IAM does not show yet what this run has just done.
const UNSEEN_PAUSE: SignedDuration = SignedDuration::from_secs(5);

/// Goes as far as it safely can.
pub async fn run<O: Outside, W: Witness>(
    outside: &O,
    policy: &Policy,
    request: Option<&Request>,
    memory: Run,
    limits: &Limits,
    witness: &mut W,
) -> Ended {
    let mut state = State {
        outside,
        policy,
        memory,
        tried_with: None,
        in_hand: None,
        refused: None,
        effects: 0,
        doubts: 0,
        last: None,
        repeated: None,
    };
    loop {
        let seen = state.look().await;
        if state.is_unseen(&seen.world) && !limits.cancel.is_cancelled() {
            state.pause(UNSEEN_PAUSE, &limits.cancel).await;
            continue;
        }
        let plan = decide(&seen.world, policy, request);
        witness.decided(&seen.world, &plan).await;
        let stopped = match &plan.next {
            Next::Rest { .. } | Next::Stop(_) => {
                let stopped = state.refused.take().map(Stopped::Effect);
                return state.end(seen.world, plan, stopped);
            }
            _ if limits.cancel.is_cancelled() => Some(Stopped::Cancelled),
            Next::Act(_) if state.effects >= saturate(limits.steps) => Some(Stopped::StepLimit),
            Next::Act(step) => state.act(&seen, step, request, witness).await.err(),
            Next::Probe { .. } if limits.probes == Probing::Off => Some(Stopped::StepLimit),
            Next::Probe { key, kind, after } => {
                state.pause(*after, &limits.cancel).await;
                state.probe(&seen, key, *kind).await;
                None
            }
            Next::LookAgain { after, afresh } => {
                if *afresh {
                    state.memory.earlier = Earlier::of(&seen.world);
                }
                state.pause(*after, &limits.cancel).await;
                None
            }
            Next::Poll { cluster, after } => {
                let now = seen.world.now;
                state.memory.waiting.entry(cluster.clone()).or_insert(now);
                state.pause(*after, &limits.cancel).await;
                None
            }
        };
        if let Some(stopped) = stopped {
            return state.end(seen.world, plan, Some(stopped));
        }
    }
}

/// The request's next step while it has one, then the table's.
pub fn decide(world: &World, policy: &Policy, request: Option<&Request>) -> Plan {
    let Some(request) = request else {
        return plan(world, policy);
    };
    match plan_request(world, policy, request) {
        Some(plan) => plan,
        None if request.goes_on() => plan(world, policy),
        None => Plan {
            next: Next::Rest { until: None },
            because: format!("nothing is left to {}", request.row()),
            row: request.row(),
            guard: None,
            then: None,
            ..plan(world, policy)
        },
    }
}

struct State<'o, O> {
    outside: &'o O,
    policy: &'o Policy,
    memory: Run,
    /// The current version when the mail server was asked.
    tried_with: Option<VersionId>,
    /// The secret of the pair that exists in this process alone.
    in_hand: Option<Pair>,
    /// Why the pair in hand was not stored: told at the end, after its key was marked.
    refused: Option<Trouble>,
    effects: u64,
    doubts: u32,
    /// The last effect that was made, and when.
    last: Option<(Step, Timestamp)>,
    /// How often the same effect was made, one time after the other.
    repeated: Option<(String, u32)>,
}

impl<O: Outside> State<'_, O> {
    async fn look(&mut self) -> Observation {
        match self.outside.check_lease().await {
            None => {}
            Some(held) => self.memory.lease_held = Some(held.is_ok()),
        }
        let mut seen = observe(self.outside, self.memory.clone()).await;
        // What was tried with an earlier version says nothing about the pair in this one.
        if self.tried_with != seen.vault.current {
            if let Some(document) = seen.vault.document() {
                self.memory.probes.remove(&document.pair().id);
                seen.world.run = self.memory.clone();
            }
            self.tried_with.clone_from(&seen.vault.current);
        }
        self.memory.notice_revisions(&seen.world.clusters);
        seen
    }

    /// Whether IAM, whose readings lag, does not show yet what this run did last. Nothing is decided
    /// on such a reading, unless it stays so: then somebody else changed it back.
    fn is_unseen(&mut self, world: &World) -> bool {
        let Some((step, at)) = &self.last else {
            return false;
        };
        let unseen = step.is_seen_in(world) == Some(false)
            && world.now.duration_since(*at) < self.policy.reread;
        if !unseen {
            self.last = None;
        }
        unseen
    }

    /// Waits, in pieces, so that the Lease stays ours and the end of the run is seen.
    async fn pause(&self, length: SignedDuration, cancel: &Cancellation) {
        const PIECE: Duration = Duration::from_secs(20);
        let mut left = Duration::try_from(length).unwrap_or_default();
        while !left.is_zero() && !cancel.is_cancelled() {
            let piece = left.min(PIECE);
            if cancel.bound(self.outside.sleep(piece)).await.is_none() {
                return;
            }
            left -= piece;
            // Whether it still is, is asked again by the next look.
            drop(self.outside.check_lease().await);
        }
    }

    async fn probe(&mut self, seen: &Observation, key: &AccessKeyId, kind: ProbeKind) {
        let answer = match seen.vault.pair(key) {
            Some(pair) => self.outside.probe(pair, kind).await,
            None => ProbeAnswer::Failed(
                verdict::NOT_POSSIBLE.because(format!("the secret of {key} is not known")),
            ),
        };
        let probes = self.memory.probes.entry(key.clone()).or_default();
        probes.first.get_or_insert(seen.world.now);
        match kind {
            ProbeKind::Auth => {
                probes.tries += 1;
                probes.auth = Some(answer);
            }
            ProbeKind::Send => {
                // A mail that is refused at its login says the same as a refused login.
                if answer == ProbeAnswer::Refused {
                    probes.auth = Some(ProbeAnswer::Refused);
                    probes.tries += 1;
                } else {
                    probes.send = Some(answer);
                }
            }
        }
    }

    /// Makes one effect. An error ends the run.
    async fn act<W: Witness>(
        &mut self,
        seen: &Observation,
        step: &Step,
        request: Option<&Request>,
        witness: &mut W,
    ) -> Result<(), Stopped> {
        if let Some(Err(trouble)) = self.outside.check_lease().await {
            return Err(Stopped::LeaseLost(trouble));
        }
        let step = if step.needs_fresh_keys() {
            let fresh = look_again(self.outside, &seen.world).await;
            match decide(&fresh, self.policy, request).next {
                // The proof of the last look; what it is for must be the same.
                Next::Act(again)
                    if again.object() == step.object() && again.verb() == step.verb() =>
                {
                    again
                }
                Next::Act(_)
                | Next::Probe { .. }
                | Next::LookAgain { .. }
                | Next::Poll { .. }
                | Next::Rest { .. }
                | Next::Stop(_) => return self.doubt(),
            }
        } else {
            step.clone()
        };
        self.make(seen, &step, witness).await?;
        // The pair exists in this process alone, and a look at slow clusters can take a minute: it is
        // stored on what was just seen. An edit that this overtakes is noticed by the next look.
        match self.store_of_pair_in_hand(seen) {
            Some(store) => self.make(seen, &store, witness).await,
            None => Ok(()),
        }
    }

    fn store_of_pair_in_hand(&self, seen: &Observation) -> Option<Step> {
        let held = self.memory.in_hand.as_ref().filter(|held| !held.refused)?;
        let base = seen.vault.current.clone()?;
        Some(Step::Store {
            key: held.key.clone(),
            version: VersionId::token(&held.key, &base),
            base,
        })
    }

    async fn make<W: Witness>(
        &mut self,
        seen: &Observation,
        step: &Step,
        witness: &mut W,
    ) -> Result<(), Stopped> {
        let done = apply(self.outside, step, seen, self.in_hand.as_ref()).await;
        let told = match &done {
            Ok(Applied::Created(pair)) => Ok(Some(pair.id.clone())),
            Ok(Applied::Done) => Ok(None),
            Err(error) => Err(error.clone()),
        };
        witness.acted(&seen.world, step, &told).await;
        match done {
            Ok(applied) => {
                self.effects += 1;
                self.last = Some((step.clone(), seen.world.now));
                self.repeats(step)?;
                self.remember(step, applied, &seen.world)
            }
            Err(error) => self.failed(step, error),
        }
    }

    fn end(self, world: World, plan: Plan, stopped: Option<Stopped>) -> Ended {
        Ended {
            world,
            plan,
            effects: self.effects,
            stopped,
        }
    }
}

fn saturate(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
