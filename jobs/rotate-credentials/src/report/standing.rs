//! Whether something is due.

use serde::Serialize;

use crate::guard::{ConditionName, Truth};
use crate::plan::{Next, Phase, Plan};

/// Where a decision leaves the rotation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// A run would do something now.
    Due,
    /// A rotation is under way, and time has to pass.
    Waits,
    /// Nothing is to be done.
    Quiet,
    /// It cannot go on.
    Stops,
}

impl Standing {
    /// What a decision amounts to.
    pub fn of(plan: &Plan) -> Self {
        match &plan.next {
            Next::Act(_) | Next::Probe { .. } | Next::LookAgain { .. } => Self::Due,
            Next::Rest { .. } if plan.phase == Phase::Idle || is_fulfilled(plan) => Self::Quiet,
            Next::Poll { .. } | Next::Rest { .. } => Self::Waits,
            Next::Stop(_) if lacks_only_the_lease(plan) => Self::Due,
            Next::Stop(_) => Self::Stops,
        }
    }

    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Due => "due",
            Self::Waits => "waits",
            Self::Quiet => "quiet",
            Self::Stops => "stops",
        }
    }
}

/// Whether a person's request has nothing left to do; what the table does about the world is another
/// matter.
fn is_fulfilled(plan: &Plan) -> bool {
    !plan.row.starts_with(|c: char| c.is_ascii_digit())
}

/// Whether a step is refused only because the command that looks at it takes no Lease.
pub(super) fn lacks_only_the_lease(plan: &Plan) -> bool {
    let Some(guard) = &plan.guard else {
        return false;
    };
    let is_lease = |name, truth: &Truth| {
        name == ConditionName::LeaseOurs && matches!(truth, Truth::Unknown(_))
    };
    guard.refused().next().is_some() && guard.refused().all(|it| is_lease(it.name, &it.truth))
}
