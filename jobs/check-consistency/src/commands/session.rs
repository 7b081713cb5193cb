//! What commands share: a part of the configuration instead of all of it.

use common::trouble::Trouble;
use common::yaml::did_you_mean;

use crate::config::{Config, Live};
use crate::declared::What;
use crate::survey::Survey;
use crate::verdict;

/// Keeps the entries of `select` that are asked for, and neither live checks nor Secrets then.
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
        let hint = if let Some(meant) = did_you_mean(unknown, ids.clone()) {
            format!("did you mean `{meant}`?")
        } else {
            let mut ids: Vec<_> = ids.collect();
            // One for each kind.
            ids.dedup();
            format!("choose from {}", ids.join(", "))
        };
        return Err(Trouble {
            hint: Some(hint),
            ..verdict::NO_SUCH_SELECTION.because(text)
        });
    }
    config.families.retain(|family| only.contains(&family.id));
    config.live = Live::default();
    let is_secret = |what: &What| match what {
        What::SameSecret { .. } => true,
        What::OnlyIn { .. }
        | What::Template { .. }
        | What::Distinct { .. }
        | What::Ignore { .. } => false,
    };
    config.rules.retain(|rule| !is_secret(&rule.what));
    // Nothing is known of what was left out, so nothing of it may be forgotten.
    config.state = None;
    config.settle.min_age = std::time::Duration::ZERO;
    Ok(())
}

/// Takes out the declared differences that explain nothing in what was looked at: with only a part of the
/// objects in view, nobody can say that nothing needs them.
pub(super) fn forget_unused_rules(survey: &mut Survey) {
    survey.rules.retain(|rule| rule.used > 0);
}

#[cfg(test)]
mod tests;
