//! Row 4: something runs with a key that we deactivated. Mail comes first.

use super::super::Decision;
use crate::facts::Facts;
use crate::key::{Key, KeyStatus};
use crate::marks::Stage;
use crate::step::{Step, restaged};

/// Row 4a. The mark comes before the activation: after a crash between the two an active key marked
/// `inactive` would look like a person's doing.
pub(crate) fn mark(facts: &Facts<'_>) -> Option<Decision> {
    let key = in_use(facts, Stage::Inactive)?;
    let mark = restaged(facts.mark(&key.id)?, Stage::Soaking, facts.now());
    let step = Step::Mark {
        key: key.id.clone(),
        mark,
    };
    Some(Decision::act(step, because(key)))
}

/// Row 4b.
pub(crate) fn activate(facts: &Facts<'_>) -> Option<Decision> {
    let key = in_use(facts, Stage::Soaking)?;
    let step = Step::Activate {
        key: key.id.clone(),
    };
    Some(Decision::act(step, because(key)))
}

fn because(key: &Key) -> String {
    format!("{} is deactivated and in use again", key.id.short())
}

/// An inactive key in that stage which the secret or a cluster names.
fn in_use<'w>(facts: &Facts<'w>, stage: Stage) -> Option<&'w Key> {
    let keys = facts.iam?.keys.values();
    keys.filter(|key| key.status == KeyStatus::Inactive)
        .filter(|key| facts.stage(&key.id) == Some(stage))
        .find(|key| {
            let clusters = &facts.world.clusters;
            key.id == *facts.cur() || clusters.iter().any(|it| it.names(&key.id) == Some(true))
        })
}
