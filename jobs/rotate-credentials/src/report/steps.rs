//! The words of `explain`: every effect with the rows that ask for it and the conditions of its guard.

use crate::guard::ConditionName as Is;

/// One kind of effect.
#[derive(Debug, Clone, Copy)]
pub struct StepWord {
    /// What it is called on the command line and in JSON.
    pub name: &'static str,
    /// What it does.
    pub what: &'static str,
    /// Rows of the table that ask for it.
    pub rows: &'static [&'static str],
    /// Conditions of its guard; empty for an effect that can lose nothing.
    pub conditions: &'static [Is],
}

/// All of them, in the order of a rotation.
pub const STEPS: &[StepWord] = &[
    StepWord {
        name: "announce",
        what: "tags the user with this run's intent to create a key, so that one whose answer is \
               lost is known again",
        rows: &["29"],
        conditions: CREATION,
    },
    StepWord {
        name: "create",
        what: "creates an access key; never repeated, because AWS allows two and shows a secret once",
        rows: &["30"],
        conditions: &[
            Is::Due,
            Is::NoOtherKey,
            Is::NothingPending,
            Is::EveryReplica,
            Is::LoginWorks,
            Is::ClockRight,
            Is::NothingInFuture,
            Is::LeaseOurs,
            Is::NoHold,
            Is::Announced,
        ],
    },
    StepWord {
        name: "withdraw",
        what: "removes a run's announcement that led to no key",
        rows: &["27", "30"],
        conditions: &[],
    },
    StepWord {
        name: "store",
        what: "stores the secret's text with the new pair in it as AWSPENDING, which no reader sees",
        rows: &["13", "31"],
        conditions: &[],
    },
    StepWord {
        name: "mark",
        what: "tags the user with where a key of ours stands",
        rows: &["4a", "12", "15", "19", "20", "21", "23", "24", "31"],
        conditions: &[],
    },
    StepWord {
        name: "promote",
        what: "moves AWSCURRENT to the pending version, if it still is where it was built on",
        rows: &["14"],
        conditions: &[
            Is::Listed,
            Is::Ours,
            Is::BuiltOnCurrent,
            Is::LoginWorks,
            Is::MailWorks,
        ],
    },
    StepWord {
        name: "drop-pending",
        what: "removes AWSPENDING from a version that is not needed any more",
        rows: &["3", "9", "11"],
        conditions: &[],
    },
    StepWord {
        name: "roll",
        what: "writes the current login into a cluster's Alertmanager Secret, if it is as it was seen",
        rows: &["16"],
        conditions: &[Is::EarlierClusters, Is::LoginWorks, Is::OnlyLoginDiffers],
    },
    StepWord {
        name: "deactivate",
        what: "switches off an old key; it can be switched on again",
        rows: &["22", "24"],
        conditions: &[
            Is::Listed,
            Is::NotCurrent,
            Is::NotPending,
            Is::Ours,
            Is::EveryReplica,
            Is::NowhereInUse,
            Is::LoginWorks,
            Is::Unused,
            Is::SoakOver,
            Is::MailCounted,
            Is::ClockRight,
            Is::NothingInFuture,
            Is::LeaseOurs,
            Is::NoHold,
        ],
    },
    StepWord {
        name: "delete",
        what: "deletes a key that was switched off for the whole grace",
        rows: &["26"],
        conditions: &[
            Is::Listed,
            Is::NotCurrent,
            Is::NotPending,
            Is::Ours,
            Is::EveryReplica,
            Is::NowhereInUse,
            Is::GraceOver,
            Is::Unused,
            Is::CurrentActive,
            Is::LoginWorks,
            Is::ClockRight,
            Is::NothingInFuture,
            Is::LeaseOurs,
            Is::NoHold,
        ],
    },
    StepWord {
        name: "unmark",
        what: "removes the tag of a key that is gone",
        rows: &["27"],
        conditions: &[],
    },
    StepWord {
        name: "activate",
        what: "switches a key on again that we had switched off and that something runs with",
        rows: &["4b", "6"],
        conditions: &[],
    },
    StepWord {
        name: "restore",
        what: "moves AWSCURRENT back to an older pair that still works, because the current key is gone",
        rows: &["6"],
        conditions: &[],
    },
];

const CREATION: &[Is] = &[
    Is::Due,
    Is::NoOtherKey,
    Is::NothingPending,
    Is::EveryReplica,
    Is::LoginWorks,
    Is::ClockRight,
    Is::NothingInFuture,
    Is::LeaseOurs,
    Is::NoHold,
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Facts;
    use crate::guard::{Checklist, creation, deactivation, deletion, promotion, rolling};
    use crate::plan::TABLE;
    use crate::policy::Policy;
    use crate::sample::{id, quiet, soaked, staged, watched};
    use crate::world::World;

    fn names(world: &World, list: impl FnOnce(&Facts<'_>) -> Checklist) -> Vec<Is> {
        let policy = Policy::default();
        let facts = Facts {
            world,
            policy: &policy,
            store: world.store.known().unwrap(),
            iam: world.iam.known(),
        };
        let list = list(&facts);
        list.conditions().iter().map(|it| it.name).collect()
    }

    fn told(step: &str) -> Vec<Is> {
        let known = STEPS.iter().find(|known| known.name == step);
        known.unwrap().conditions.to_vec()
    }

    #[test]
    fn the_conditions_that_are_told_are_those_of_the_guards() {
        assert_eq!(told("announce"), names(&quiet(), creation));
        assert_eq!(told("roll"), names(&quiet(), |facts| rolling(facts, 0)));
        assert_eq!(told("promote"), names(&staged(), promotion));
        let old = id('B');
        let off = names(&soaked(), |facts| deactivation(facts, &old));
        assert_eq!(told("deactivate"), off);
        let gone = names(&watched(), |facts| deletion(facts, &old));
        assert_eq!(told("delete"), gone);
        let mut create = told("announce");
        create.push(Is::Announced);
        assert_eq!(told("create"), create);
    }

    #[test]
    fn every_row_that_is_told_is_one_of_the_table() {
        for step in STEPS {
            for number in step.rows {
                let known = TABLE.iter().any(|row| row.number == *number);
                assert!(known, "{}: row {number}", step.name);
            }
        }
    }
}
