//! What a person reads of a delivery, and what it means that a part of it was refused.

use common::exit::Exit;
use common::report::{Conclusion, Problem};

use crate::push::{Foreign, Intent, Previous, Pushed, Removal};

/// Logs what became of every group that is worth a word.
pub fn tell(intent: &Intent, pushed: &Pushed) {
    for job in &pushed.kept {
        tracing::warn!(
            group = job.as_str(),
            "group left as it is: none of its rules could be read"
        );
    }
    for (job, foreign) in &pushed.foreign {
        tracing::warn!(group = job.as_str(), "group left as it is: {foreign}");
    }
    for (job, refused) in &pushed.refused {
        tracing::warn!(
            group = job.as_str(),
            family = refused.family.as_str(),
            "the Pushgateway does not take {}: {}",
            refused.family,
            refused.reason
        );
    }
    for job in &pushed.deleted {
        tracing::info!(
            group = job.as_str(),
            "group removed: its namespace is no longer configured"
        );
    }
    for job in &intent.left {
        tracing::warn!(
            group = job.as_str(),
            "group left as it is although its namespace is no longer configured; \
             --remove-groups removes it"
        );
    }
    let series: usize = pushed.groups.iter().map(|(_, series)| series).sum();
    let (groups, carried) = (pushed.groups.len(), pushed.carried);
    tracing::info!(groups, series, carried, "pushed");
}

/// What will not go by itself the next time either, so that a person must look; `None` when
/// everything went.
pub fn refusal(
    intent: &Intent,
    pushed: &Pushed,
    previous: &Previous,
    removal: Removal,
) -> Option<Conclusion> {
    refused_family(pushed, previous)
        .or_else(|| foreign_group(pushed))
        .or_else(|| all_groups_would_go(intent, removal))
}

fn refused_family(pushed: &Pushed, previous: &Previous) -> Option<Conclusion> {
    let (group, first) = pushed.refused.first()?;
    let count = pushed.refused.len();
    let families = if count == 1 { "family" } else { "families" };
    let error = format!(
        "the Pushgateway does not take {count} {families}, everything else was pushed: `{}` in \
         group `{group}`: {}",
        first.family, first.reason
    );
    let hint = match previous.contradicts(&first.family) {
        Some((other, kind)) => format!(
            "group `{other}` holds `{}` as a {kind}: remove that group, or the rule",
            first.family
        ),
        None => "look for another job that pushes the same name with another type, and remove its \
                 group or this rule"
            .to_owned(),
    };
    Some(conclusion(Exit::HalfDone, "family-refused", error, hint))
}

fn foreign_group(pushed: &Pushed) -> Option<Conclusion> {
    let (job, foreign) = pushed.foreign.first()?;
    let error = format!("group `{job}` is somebody else's and was left alone: {foreign}");
    let hint = match foreign {
        Foreign::Family(_) => format!(
            "find out who pushes to it; if nobody does, remove it: curl -X DELETE \
             $PUSHGATEWAY_URL/metrics/job/{job}"
        ),
        Foreign::Owned(_) => "take the namespace out of one of the two files; a run by hand writes in \
                              a CronJob's name when CRONJOB_NAME and POD_NAMESPACE are the CronJob's"
            .to_owned(),
    };
    Some(conclusion(Exit::Drift, "foreign-group", error, hint))
}

fn all_groups_would_go(intent: &Intent, removal: Removal) -> Option<Conclusion> {
    if removal != Removal::Guarded || intent.left.is_empty() {
        return None;
    }
    let groups: Vec<&str> = intent.left.iter().map(String::as_str).collect();
    let error = format!(
        "this configuration has none of the namespaces that were exported before; their groups were \
         left alone: {}",
        groups.join(", ")
    );
    let hint = "check that it is the right file; if those groups shall go, run once with \
                --remove-groups";
    Some(conclusion(
        Exit::Drift,
        "all-groups-would-go",
        error,
        hint.to_owned(),
    ))
}

fn conclusion(exit: Exit, code: &str, error: String, hint: String) -> Conclusion {
    let code = code.to_owned();
    Conclusion::failed(
        exit,
        Problem {
            code,
            error,
            hint: Some(hint),
        },
    )
}
