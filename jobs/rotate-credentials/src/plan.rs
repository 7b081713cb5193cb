//! Decides the next step from what was observed. Pure: same world, same answer; no call, no clock,
//! no log.
//!
//! [`TABLE`] is the whole decision: its rows are looked at from the top, and the first that matches
//! decides. Each row's numbers and words are those of the reference that the job was built from, so
//! that the two can be laid side by side.

mod ahead;
mod asked;
mod rows;
mod table;

use common::cluster::ClusterName;
use common::exit::Exit;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::facts::Facts;
use crate::guard::Checklist;
use crate::key::AccessKeyId;
use crate::policy::Policy;
use crate::step::Step;
use crate::verdict;
use crate::world::{ProbeKind, World};
use common::trouble::Trouble;

pub use ahead::{Upcoming, ahead};
pub use asked::{Request, plan_request};
pub use table::{Row, TABLE};

/// The decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// The row of the table that decided.
    pub row: &'static str,
    /// Where the rotation stands.
    pub phase: Phase,
    /// What is next.
    pub next: Next,
    /// Why, in one sentence.
    pub because: String,
    /// The guard's conditions, for a step that has one or would have one.
    pub guard: Option<Checklist>,
    /// What follows the step without a decision in between, and whose row that is.
    pub then: Option<&'static str>,
}

/// The pair of a created key exists in the process alone, so that nothing comes before its storing.
pub const STORED_AT_ONCE: &str = "store its pair as AWSPENDING (row 31)";

/// What is next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Next {
    /// One effect.
    Act(Step),
    /// Ask the mail server, after a pause.
    Probe {
        /// With which key.
        key: AccessKeyId,
        /// For what.
        kind: ProbeKind,
        /// The pause.
        after: SignedDuration,
    },
    /// Read IAM again, because what it does not list counts only the second time.
    LookAgain {
        /// How long to wait.
        after: SignedDuration,
        /// Whether the present reading becomes the earlier one.
        afresh: bool,
    },
    /// Look at a cluster again until it runs what was written.
    Poll {
        /// Which one.
        cluster: ClusterName,
        /// How long to wait.
        after: SignedDuration,
    },
    /// Nothing for this run; a later one may go on.
    Rest {
        /// When there will be something to do, if that is known.
        until: Option<Timestamp>,
    },
    /// The run ends here and says why.
    Stop(Trouble),
}

/// Where a rotation stands; a closed list, label of `monitoring_credentials_phase`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// No rotation is under way.
    Idle,
    /// A key is announced or created.
    Create,
    /// Its pair is stored or being stored.
    Stage,
    /// The mail server is asked.
    Probe,
    /// It becomes current.
    Promote,
    /// Clusters are brought to it.
    Roll,
    /// The old key is active and watched.
    Soak,
    /// The old key is deactivated and not yet deleted.
    Watch,
    /// A person must look.
    Blocked,
}

impl Phase {
    /// All of them, in the order of a rotation.
    pub const ALL: [Self; 9] = [
        Self::Idle,
        Self::Create,
        Self::Stage,
        Self::Probe,
        Self::Promote,
        Self::Roll,
        Self::Soak,
        Self::Watch,
        Self::Blocked,
    ];

    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Create => "create",
            Self::Stage => "stage",
            Self::Probe => "probe",
            Self::Promote => "promote",
            Self::Roll => "roll",
            Self::Soak => "soak",
            Self::Watch => "watch",
            Self::Blocked => "blocked",
        }
    }
}

/// What a row says when it matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    pub(crate) next: Next,
    pub(crate) because: String,
    pub(crate) guard: Option<Checklist>,
}

impl Decision {
    pub(crate) fn act(step: Step, because: impl Into<String>) -> Self {
        Self::of(Next::Act(step), because)
    }

    pub(crate) fn stop(trouble: Trouble) -> Self {
        let because = trouble.text.clone();
        Self::of(Next::Stop(trouble), because)
    }

    pub(crate) fn of(next: Next, because: impl Into<String>) -> Self {
        Self {
            next,
            because: because.into(),
            guard: None,
        }
    }

    pub(crate) fn guarded(self, guard: Checklist) -> Self {
        Self {
            guard: Some(guard),
            ..self
        }
    }
}

/// Decides the next step.
pub fn plan(world: &World, policy: &Policy) -> Plan {
    let decided = match facts(world, policy) {
        Ok(facts) => decide(&facts),
        Err(trouble) => ("0", Decision::stop(trouble)),
    };
    finish(world, policy, decided)
}

fn decide(facts: &Facts<'_>) -> (&'static str, Decision) {
    let matching = TABLE
        .iter()
        .find_map(|row| (row.decide)(facts).map(|decision| (row.number, decision)));
    // The last row matches always; this is what it says.
    matching.unwrap_or_else(|| ("32", rows::rest(facts)))
}

fn finish(world: &World, policy: &Policy, (row, decision): (&'static str, Decision)) -> Plan {
    Plan {
        row,
        phase: phase(world, policy, row, &decision.next),
        then: match &decision.next {
            Next::Act(Step::Create(_)) => Some(STORED_AT_ONCE),
            Next::Act(_)
            | Next::Probe { .. }
            | Next::LookAgain { .. }
            | Next::Poll { .. }
            | Next::Rest { .. }
            | Next::Stop(_) => None,
        },
        next: decision.next,
        because: decision.because,
        guard: decision.guard,
    }
}

/// The facts of a world, if enough of it was seen; otherwise why not: row 0 and the readings of 2.
fn facts<'w>(world: &'w World, policy: &'w Policy) -> Result<Facts<'w>, Trouble> {
    // What only a person can mend is told before what may pass by itself.
    let troubles = [world.store.trouble(), world.iam.trouble()];
    let troubles = || troubles.iter().flatten();
    let lasting = troubles().find(|it| it.exit != Exit::Transient);
    if let Some(trouble) = lasting.or_else(|| troubles().next()) {
        return Err((*trouble).clone());
    }
    let Some(store) = world.store.known() else {
        return Err(verdict::SECRET_MISSING.because("the secret was not read"));
    };
    let iam = world.iam.known();
    if let Some(user) = iam.and_then(|iam| iam.stranger.as_ref()) {
        let key = &store.current.key;
        let text = format!("{key}, the key in the secret, belongs to user `{user}`");
        return Err(verdict::KEY_OF_OTHER_USER.because(text));
    }
    Ok(Facts {
        world,
        policy,
        store,
        iam,
    })
}

fn phase(world: &World, policy: &Policy, row: &str, next: &Next) -> Phase {
    if let Next::Stop(trouble) = next
        && matches!(trouble.exit, Exit::Config | Exit::Drift | Exit::Denied)
    {
        return Phase::Blocked;
    }
    match row {
        "29" | "30" => Phase::Create,
        "12" | "13" | "31" => Phase::Stage,
        "14" if matches!(next, Next::Act(_)) => Phase::Promote,
        "14" => Phase::Probe,
        "3" | "6" | "15" | "16" | "17" => Phase::Roll,
        _ => resting(world, policy),
    }
}

/// The phase of a run that does nothing: by what is left of the last rotation.
fn resting(world: &World, policy: &Policy) -> Phase {
    let Ok(facts) = facts(world, policy) else {
        return Phase::Idle;
    };
    let unproven = world
        .clusters
        .iter()
        .any(|cluster| cluster.proof(facts.cur()) != crate::world::Proof::Proven);
    if facts.iam.is_some() && facts.retired().next().is_some() && unproven {
        Phase::Roll
    } else if facts.retired().any(crate::key::Key::is_active) {
        Phase::Soak
    } else if facts.retired().next().is_some() {
        Phase::Watch
    } else {
        Phase::Idle
    }
}

#[cfg(test)]
mod tests;
