//! What the commands share: the configuration, a look at the world without the Lease, and a run that
//! holds it.

use std::time::Duration;

use common::events::Recorder;
use common::exit::Exit;
use common::fault::{Failure, Fault, chain};
use common::lease::{Acquired, Guard, Holder, Lease, Terms};
use common::process::Context;
use jiff::Timestamp;

use crate::cli::ConfigArgs;
use crate::config::{Config, Role};
use crate::engine::{self, Ended, Limits, Probing, Told, Witness};
use crate::live::Live;
use crate::marks::RunId;
use crate::plan::{Next, Plan};
use crate::report::{Purpose, View};
use crate::step::Step;
use crate::verdict;
use crate::world::{Asked, Run, World};
use common::trouble::Trouble;

/// A killed run on a terminal holds up the next one for so long; in a pod it is seen to be gone.
const TERMS: Terms = Terms {
    duration: Duration::from_mins(5),
    renew_every: Duration::from_mins(1),
};

/// Reads the configuration.
pub(super) fn load(source: &ConfigArgs) -> Result<Config, Failure> {
    Ok(Config::load(&source.config)?)
}

/// The memory of a run that begins.
pub(super) fn memory(context: &Context, asked: Asked) -> Run {
    Run::new(RunId::new(&context.identity.run), asked)
}

/// What a report shows of a run that has ended.
pub(super) fn view<'a>(config: &'a Config, ended: &'a Ended, purpose: Purpose) -> View<'a> {
    View {
        purpose,
        user: &config.user,
        secret: &config.secret.name,
        policy: &config.policy,
        world: &ended.world,
        plan: &ended.plan,
    }
}

/// Looks at the world and decides; changes nothing and takes no Lease. With probes it also takes the
/// second looks at IAM that come before them. `None` when told to stop.
pub(super) async fn look(
    config: &Config,
    context: &Context,
    probes: Probing,
) -> Result<Option<Ended>, Failure> {
    let live = Live::open(config, context).await?;
    let limits = Limits {
        steps: 0,
        probes,
        cancel: common::process::Cancellation::default(),
    };
    let mut onlooker = Onlooker {
        limits: limits.clone(),
    };
    let memory = memory(context, Asked::Scheduled);
    let run = engine::run(&live, &config.policy, None, memory, &limits, &mut onlooker);
    Ok(context.cancel.bound(Box::pin(run)).await)
}

/// Ends a run at the first decision that only waits.
struct Onlooker {
    limits: Limits,
}

impl Witness for Onlooker {
    async fn decided(&mut self, _world: &World, plan: &Plan) {
        let waits = match plan.next {
            Next::Poll { .. } => true,
            Next::LookAgain { .. } => self.limits.probes == Probing::Off,
            Next::Act(_) | Next::Probe { .. } | Next::Rest { .. } | Next::Stop(_) => false,
        };
        if waits {
            self.limits.cancel.cancel(common::cancel::Cause::Signal);
        }
    }

    async fn acted(&mut self, _world: &World, _step: &Step, _done: &Told) {}
}

/// The cluster that this runs in: its Lease and its Events.
pub(super) struct Session {
    lease: Lease,
    pub(super) recorder: Recorder,
}

/// How an attempt to begin ended.
pub(super) enum Entry {
    /// This run may change things.
    Held(Box<Guard>),
    /// Another run is at work.
    Busy(Busy),
    /// Told to stop meanwhile.
    Stopped,
}

/// Another run holds the Lease.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{holder} is at work{}", since.map(|at| format!(" since {at:.0}")).unwrap_or_default())]
pub(super) struct Busy {
    holder: String,
    since: Option<Timestamp>,
}

impl Fault for Busy {
    fn exit(&self) -> Exit {
        Exit::Transient
    }

    fn code(&self) -> &'static str {
        "lease-held"
    }

    fn hint(&self) -> Option<String> {
        Some("wait for it to end, then run this again; `hold` stops it after its step".to_owned())
    }
}

impl Session {
    pub(super) async fn open(config: &Config, context: &Context) -> Result<Self, Failure> {
        let home = config.home_cluster();
        let cluster = context.connect(&home.name, &home.access).await?;
        let lease = Lease::new(
            cluster.clone(),
            &config.lease.namespace,
            &config.lease.name,
            Holder::of(&context.identity, &context.env),
            TERMS,
            context.clock.clone(),
        );
        Ok(Self {
            lease,
            recorder: Recorder::new(cluster, &context.identity, context.clock.clone()),
        })
    }

    /// Takes the Lease, if nobody has it.
    pub(super) async fn enter(&self, context: &Context) -> Result<Entry, Failure> {
        match context.cancel.bound(self.lease.acquire()).await {
            None => Ok(Entry::Stopped),
            Some(Ok(Acquired::Held(guard))) => Ok(Entry::Held(guard)),
            Some(Ok(Acquired::Busy { holder, since })) => Ok(Entry::Busy(Busy { holder, since })),
            Some(Err(error)) => Err(error.into()),
        }
    }

    /// Takes the Lease for what a person has typed, who is told when another run has it. `None` when told to
    /// stop.
    pub(super) async fn possess(
        &self,
        live: Live,
        context: &Context,
    ) -> Result<Option<Live>, Failure> {
        match self.enter(context).await? {
            Entry::Held(guard) => Ok(Some(live.holding(*guard))),
            Entry::Busy(busy) => Err(busy.into()),
            Entry::Stopped => Ok(None),
        }
    }
}

/// Gives the Lease back.
pub(super) async fn release(guard: Guard) {
    if let Err(error) = guard.release().await {
        tracing::warn!("Lease not given back: {}", chain(&error));
    }
}

/// Refuses what only the writer can do.
pub(super) fn only_the_writer(config: &Config, command: &str) -> Result<(), Failure> {
    match config.role {
        Role::Writer => Ok(()),
        Role::Follower => Err(Trouble {
            exit: Exit::Config,
            code: verdict::NOT_POSSIBLE.code,
            text: format!("a follower has nothing to {command}: it may not touch the user's keys"),
            hint: Some("run it with the writer's configuration and rights".to_owned()),
        }
        .into()),
    }
}
