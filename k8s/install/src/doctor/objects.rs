//! Whether every object of the installation is there.

use common::cluster::{Cluster, Discovery};
use common::trouble::Trouble;
use futures_util::stream::{self, StreamExt as _};

use super::installation::title;
use super::report::{Area, Check, Finding};
use crate::manifest::Id;
use crate::mend::Mend;
use crate::screen::{count, some_of};
use crate::seen::{Asking, Seen};

/// Questions that are asked at the same time.
const AT_ONCE: usize = 8;

/// Findings of one sort that are told one by one.
const SINGLE_MAX: usize = 6;

/// Whether an object is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Presence {
    Here,
    Absent,
    /// The cluster has no such kind.
    NoKind,
}

/// Looks for every object.
pub(super) async fn read(
    asking: Asking<'_>,
    discovery: &Seen<Discovery>,
    expected: &[Id],
) -> Vec<(Id, Seen<Presence>)> {
    let looks = expected.iter().map(|object| async move {
        let presence = match discovery {
            Ok(discovery) => look(asking, discovery, object).await,
            Err(why) => Err(why.clone()),
        };
        (object.clone(), presence)
    });
    stream::iter(looks).buffered(AT_ONCE).collect().await
}

async fn look(asking: Asking<'_>, discovery: &Discovery, object: &Id) -> Seen<Presence> {
    let Id {
        group, kind, name, ..
    } = object;
    let Some(served) = discovery.served(group, kind).first() else {
        return if discovery.is_stale(group) {
            Err(asking.garbled(&format!("the list of kinds of {group}")))
        } else {
            Ok(Presence::NoKind)
        };
    };
    let namespace = object.namespace.as_deref().filter(|_| served.namespaced);
    let cluster: &Cluster = asking.cluster;
    let found = asking.find(|| cluster.get_value(&served.resource, namespace, name));
    Ok(match found.await? {
        Some(_) => Presence::Here,
        None => Presence::Absent,
    })
}

/// Tells what is missing. `CronJob`s have a check of their own.
pub(super) fn judge(seen: &[(Id, Seen<Presence>)], mend: Mend<'_>) -> Check {
    let here = seen.iter().filter(|(_, it)| *it == Ok(Presence::Here));
    let here = here.count();
    let mut findings = Vec::new();
    let of = |wanted: Presence| {
        let seen = seen.iter();
        seen.filter(move |(object, it)| *it == Ok(wanted.clone()) && object.kind != "CronJob")
            .map(|(object, _)| object)
            .collect::<Vec<_>>()
    };
    let absent = of(Presence::Absent);
    if absent.len() > SINGLE_MAX {
        let text = format!("not there: {}", list(&absent));
        let title = count(absent.len(), "object");
        findings.push(Finding::wrong(title, text, mend.install()));
    } else {
        let absent = absent.iter();
        findings
            .extend(absent.map(|it| Finding::wrong(title(it), "it is not there", mend.install())));
    }
    let without_kind = of(Presence::NoKind);
    if !without_kind.is_empty() {
        let text = format!(
            "the cluster has no such kinds, so these cannot be: {}",
            list(&without_kind)
        );
        let title = count(without_kind.len(), "object");
        findings.push(Finding::wrong(title, text, mend.definitions()));
    }
    findings.extend(unseen(seen));
    Check {
        area: Area::Objects,
        well: format!("{here} of {} there", count(seen.len(), "object")),
        details: Vec::new(),
        findings,
    }
}

/// What could not be looked for: one finding for each reason.
fn unseen(seen: &[(Id, Seen<Presence>)]) -> Vec<Finding> {
    let mut reasons: Vec<(&Trouble, Vec<&Id>)> = Vec::new();
    for (object, presence) in seen {
        let Err(why) = presence else { continue };
        // A refusal names the object, and is one of many of its sort.
        let is_same = |other: &Trouble, objects: &[&Id]| {
            let kind = objects.first().map(|it| &it.kind);
            other.code == why.code && kind == Some(&object.kind)
        };
        match reasons.iter_mut().find(|(other, all)| is_same(other, all)) {
            Some((_, objects)) => objects.push(object),
            None => reasons.push((why, vec![object])),
        }
    }
    let findings = reasons.into_iter().map(|(why, objects)| {
        let title = match objects.as_slice() {
            [one] => title(one),
            many => list(many),
        };
        Finding::unseen(title, why)
    });
    findings.collect()
}

/// `ConfigMap a/b, Service a/c and 3 more`.
fn list(objects: &[&Id]) -> String {
    some_of(objects.iter().map(|it| title(it)), SINGLE_MAX)
}

#[cfg(test)]
mod tests {
    use common::exit::Exit;

    use super::*;
    use crate::doctor::report::Severity;

    const MEND: Mend<'_> = Mend::of("prod-e1-1");

    fn object(kind: &str, name: &str) -> Id {
        Id {
            group: String::new(),
            kind: kind.to_owned(),
            namespace: Some("monitoring".to_owned()),
            name: name.to_owned(),
        }
    }

    #[test]
    fn what_is_missing_is_named_and_what_many_are_is_told_once() {
        let absent = |name: &str| (object("Service", name), Ok(Presence::Absent));
        let one = judge(
            &[absent("a"), (object("Service", "b"), Ok(Presence::Here))],
            MEND,
        );
        assert_eq!(one.well, "1 of 2 objects there");
        assert_eq!(one.findings[0].object, "Service monitoring/a");
        let many: Vec<_> = "abcdefgh"
            .chars()
            .map(|it| absent(&it.to_string()))
            .collect();
        let all = judge(&many, MEND);
        assert_eq!(all.findings.len(), 1);
        assert!(all.findings[0].text.ends_with("monitoring/f and 2 more"));
    }

    #[test]
    fn a_kind_that_is_not_served_sends_to_the_stack_and_cron_jobs_have_their_own_check() {
        let seen = [
            (object("PrometheusRule", "a"), Ok(Presence::NoKind)),
            (object("CronJob", "b"), Ok(Presence::Absent)),
        ];
        let check = judge(&seen, MEND);
        assert_eq!(check.findings.len(), 1);
        assert!(check.findings[0].mend.contains("helm show crds"));
    }

    #[test]
    fn refusals_of_one_kind_are_one_finding() {
        let refused = |kind: &str, name: &str| {
            let why = Trouble {
                exit: Exit::Denied,
                code: "cluster-denied",
                text: format!("get {name}: 403"),
                hint: Some("allow it".to_owned()),
            };
            (object(kind, name), Err(why))
        };
        let seen = [
            refused("Role", "a"),
            refused("Role", "b"),
            refused("Lease", "c"),
        ];
        let check = judge(&seen, MEND);
        let titles: Vec<_> = check.findings.iter().map(|it| it.object.as_str()).collect();
        assert_eq!(
            titles,
            ["Role monitoring/a, Role monitoring/b", "Lease monitoring/c"]
        );
        assert_eq!(check.worst(), Some(Severity::Unseen));
    }
}
