//! Whether the jobs may do what they have to: every rule of the roles that the chart gives them is asked
//! of the API server, for every account and group that it is given to.

use std::collections::{BTreeMap, BTreeSet};

use common::cluster::{Grantee, Right};
use common::exit::Exit;
use common::trouble::Trouble;
use futures_util::stream::{self, StreamExt as _};

use super::report::{Area, Check, Finding};
use crate::mend::Mend;
use crate::screen::{count, some_of};
use crate::seen::{Asking, Seen};

/// Questions that are asked at the same time.
const AT_ONCE: usize = 8;

/// Rights that are named in one finding.
const NAMES_MAX: usize = 6;

/// Whether somebody may do something.
pub(super) type Answer = (Grantee, Right, Seen<bool>);

/// Asks about every right.
pub(super) async fn read(asking: Asking<'_>, expected: &BTreeSet<(Grantee, Right)>) -> Vec<Answer> {
    let cluster = asking.cluster;
    let answers = expected.iter().map(|(who, right)| async move {
        let allowed = asking.ask(|| cluster.lets(who, right)).await;
        (who.clone(), right.clone(), allowed)
    });
    stream::iter(answers).buffered(AT_ONCE).collect().await
}

/// Tells what is missing, by whom it is missed.
pub(super) fn judge(answers: &[Answer], mend: Mend<'_>) -> Check {
    let mut missing: BTreeMap<&Grantee, Vec<&Right>> = BTreeMap::new();
    let mut unseen: Option<(&Trouble, usize)> = None;
    let mut allowed = 0_usize;
    for (who, right, answer) in answers {
        match answer {
            Ok(true) => allowed = allowed.saturating_add(1),
            Ok(false) => missing.entry(who).or_default().push(right),
            Err(why) => {
                let (first, before) = unseen.unwrap_or((why, 0));
                // Of several reasons one that is no refusal tells: then another try may show more.
                let why = if first.exit == Exit::Denied {
                    why
                } else {
                    first
                };
                unseen = Some((why, before.saturating_add(1)));
            }
        }
    }
    let mut findings: Vec<_> = missing
        .into_iter()
        .map(|(who, rights)| Finding::wrong(name(who), may_not(&rights), mend.install()))
        .collect();
    if let Some((why, number)) = unseen {
        let title = format!("{} of the jobs", count(number, "right"));
        findings.push(Finding::unseen(title, why));
    }
    Check {
        area: Area::Rights,
        well: format!("{allowed} of {} given", count(answers.len(), "right")),
        details: Vec::new(),
        findings,
    }
}

fn name(who: &Grantee) -> String {
    match who {
        Grantee::ServiceAccount { namespace, name } => format!("ServiceAccount {namespace}/{name}"),
        Grantee::Group(group) => format!("Group {group}"),
    }
}

fn may_not(rights: &[&Right]) -> String {
    let rights = some_of(rights.iter().map(|it| words(it)), NAMES_MAX);
    format!("it may not {rights}")
}

/// `patch secrets/x in monitoring`, `get customresourcedefinitions.apiextensions.k8s.io/y`.
fn words(right: &Right) -> String {
    let Right {
        verb,
        group,
        resource,
        name,
        namespace,
    } = right;
    let of_group = match group.as_str() {
        "" => String::new(),
        group => format!(".{group}"),
    };
    let name = name.as_ref().map(|name| format!("/{name}"));
    let place = namespace.as_ref().map(|it| format!(" in {it}"));
    format!(
        "{verb} {resource}{of_group}{}{}",
        name.unwrap_or_default(),
        place.unwrap_or_default()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::report::Severity;

    const MEND: Mend<'_> = Mend::of("prod-e1-1");

    fn answer(account: &str, verb: &str, allowed: Seen<bool>) -> Answer {
        let who = Grantee::ServiceAccount {
            namespace: "monitoring".to_owned(),
            name: account.to_owned(),
        };
        let right = Right {
            verb: verb.to_owned(),
            group: "batch".to_owned(),
            resource: "cronjobs".to_owned(),
            name: None,
            namespace: Some("monitoring".to_owned()),
        };
        (who, right, allowed)
    }

    #[test]
    fn a_verb_that_is_missing_is_named_with_whoever_misses_it() {
        let check = judge(
            &[
                answer("a", "get", Ok(true)),
                answer("a", "list", Ok(false)),
                answer("b", "get", Ok(true)),
            ],
            MEND,
        );
        assert_eq!(check.well, "2 of 3 rights given");
        assert_eq!(check.findings.len(), 1);
        assert_eq!(check.findings[0].object, "ServiceAccount monitoring/a");
        assert_eq!(
            check.findings[0].text,
            "it may not list cronjobs.batch in monitoring"
        );
    }

    #[test]
    fn who_may_not_ask_does_not_know() {
        let why = || Trouble {
            exit: Exit::Denied,
            code: "cluster-denied",
            text: "403".to_owned(),
            hint: None,
        };
        let check = judge(
            &[
                answer("a", "get", Err(why())),
                answer("a", "list", Err(why())),
            ],
            MEND,
        );
        assert_eq!(check.worst(), Some(Severity::Unseen));
        assert_eq!(check.findings.len(), 1);
        assert_eq!(check.findings[0].object, "2 rights of the jobs");
        assert!(check.findings[0].refused);
        let busy = || Trouble {
            exit: Exit::Transient,
            ..why()
        };
        for answers in [[busy(), why()], [why(), busy()]] {
            let answers = answers.map(|why| answer("a", "get", Err(why)));
            assert!(!judge(&answers, MEND).findings[0].refused);
        }
    }
}
