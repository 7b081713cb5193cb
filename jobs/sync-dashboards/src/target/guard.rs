//! When something may be removed: never in doubt, never many at once, and not at the first sign.

use std::num::NonZeroU32;

use serde::Serialize;

/// For how long something stays that upstream no longer has: dashboards have come back within days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grace {
    /// Through so many changes of the pin it stays.
    pub pins: u32,
}

impl Default for Grace {
    fn default() -> Self {
        Self { pins: 1 }
    }
}

/// For how long upstream has not had a dashboard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, serde::Deserialize)]
pub struct Absence {
    /// The reference of the last pin without it.
    pub reference: String,
    /// How many pins in a row were without it.
    pub pins: NonZeroU32,
}

impl Absence {
    /// The absence under this pin, after what was noted before.
    pub fn under(reference: &str, before: Option<&Self>) -> Self {
        match before {
            Some(before) if before.reference == reference => before.clone(),
            Some(before) => Self {
                reference: reference.to_owned(),
                pins: before.pins.saturating_add(1),
            },
            None => Self {
                reference: reference.to_owned(),
                pins: NonZeroU32::MIN,
            },
        }
    }

    /// Whether it has lasted long enough.
    pub fn is_over(&self, grace: Grace) -> bool {
        self.pins.get() > grace.pins
    }
}

/// Why nothing is removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case", tag = "guard")]
pub enum Refusal {
    /// Something else of this run failed.
    #[error("nothing is removed in a run in which something failed")]
    Failed,
    /// The wanted set is empty.
    #[error("nothing is removed when nothing is wanted")]
    Empty,
    /// Upstream has less than half of what is here.
    #[error("upstream has {upstream} dashboards, fewer than half of the {here} that are here")]
    Shrunk {
        /// Dashboards of the bundle.
        upstream: usize,
        /// Ours in the target.
        here: usize,
    },
    /// More than the guard lets pass.
    #[error("{removals} of {here} would be removed, more than the {limit} that may go unasked")]
    TooMany {
        /// To be removed.
        removals: usize,
        /// Ours in the target.
        here: usize,
        /// `max(3, 20 %)`.
        limit: usize,
    },
}

/// What the guard decides on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Removal {
    /// How many are to go, those not counted that only change their name.
    pub removals: usize,
    /// How many are ours in the target.
    pub here: usize,
    /// How many are wanted.
    pub wanted: usize,
    /// Whether fetching, checking and every write before this went well.
    pub clean: bool,
    /// What a person has allowed.
    pub allowed: Option<usize>,
}

/// So many may go unasked.
pub fn limit(here: usize) -> usize {
    (here / 5).max(3)
}

/// Decides.
///
/// # Errors
/// Why nothing may be removed.
pub fn check(removal: Removal) -> Result<(), Refusal> {
    let Removal {
        removals,
        here,
        wanted,
        clean,
        allowed,
    } = removal;
    let limit = limit(here);
    if removals == 0 {
        Ok(())
    } else if !clean {
        Err(Refusal::Failed)
    } else if wanted == 0 {
        Err(Refusal::Empty)
    } else if removals > limit && allowed.is_none_or(|allowed| removals > allowed) {
        Err(Refusal::TooMany {
            removals,
            here,
            limit,
        })
    } else {
        Ok(())
    }
}

/// Whether upstream has so few dashboards that it is not believed.
///
/// # Errors
/// When it has fewer than half of what is here.
pub fn believable(upstream: usize, here: usize) -> Result<(), Refusal> {
    if upstream * 2 < here {
        return Err(Refusal::Shrunk { upstream, here });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const REMOVAL: Removal = Removal {
        removals: 3,
        here: 30,
        wanted: 30,
        clean: true,
        allowed: None,
    };

    #[test]
    fn few_may_go_and_many_only_when_somebody_said_how_many() {
        assert_eq!(check(REMOVAL), Ok(()));
        assert_eq!(limit(3), 3);
        assert_eq!(limit(33), 6);
        let many = Removal {
            removals: 7,
            ..REMOVAL
        };
        let refusal = Refusal::TooMany {
            removals: 7,
            here: 30,
            limit: 6,
        };
        assert_eq!(check(many), Err(refusal.clone()));
        assert_eq!(
            check(Removal {
                allowed: Some(6),
                ..many
            }),
            Err(refusal)
        );
        assert_eq!(
            check(Removal {
                allowed: Some(7),
                ..many
            }),
            Ok(())
        );
    }

    #[test]
    fn nothing_goes_in_doubt_whatever_was_allowed() {
        let allowed = Removal {
            allowed: Some(99),
            ..REMOVAL
        };
        assert_eq!(
            check(Removal {
                clean: false,
                ..allowed
            }),
            Err(Refusal::Failed)
        );
        assert_eq!(
            check(Removal {
                wanted: 0,
                ..allowed
            }),
            Err(Refusal::Empty)
        );
        assert_eq!(believable(15, 30), Ok(()));
        assert!(believable(14, 30).is_err());
    }

    #[test]
    fn an_absence_is_counted_in_pins_and_not_in_runs() {
        let first = Absence::under("a", None);
        assert_eq!(Absence::under("a", Some(&first)), first);
        assert!(!first.is_over(Grace::default()));
        let second = Absence::under("b", Some(&first));
        assert_eq!(second.pins.get(), 2);
        assert!(second.is_over(Grace::default()));
        assert!(first.is_over(Grace { pins: 0 }));
    }
}
