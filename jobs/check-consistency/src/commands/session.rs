//! What commands share: a part of the configuration instead of all of it.

use common::trouble::Trouble;
use common::yaml::did_you_mean;

use crate::config::{Config, Live};
use crate::verdict;

/// Keeps the entries of `select` that are asked for, and no live checks then.
pub(super) fn restrict(config: &mut Config, only: &[String]) -> Result<(), Trouble> {
    if only.is_empty() {
        return Ok(());
    }
    let known = |id: &&String| config.families.iter().any(|family| family.id == **id);
    if let Some(unknown) = only.iter().find(|id| !known(id)) {
        let ids = config.families.iter().map(|family| family.id.as_str());
        let text = format!(
            "--only {}: `select` has no such entry",
            unknown.escape_debug()
        );
        let hint = match did_you_mean(unknown, ids.clone()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("choose from {}", ids.collect::<Vec<_>>().join(", ")),
        };
        return Err(Trouble {
            hint: Some(hint),
            ..verdict::NO_SUCH_SELECTION.because(text)
        });
    }
    config.families.retain(|family| only.contains(&family.id));
    config.live = Live::default();
    // Nothing is known of what was left out, so nothing of it may be forgotten.
    config.state = None;
    config.settle.min_age = std::time::Duration::ZERO;
    Ok(())
}
