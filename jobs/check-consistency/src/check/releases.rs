//! The versions of charts and applications, as the labels of the compared objects tell them. The digests
//! leave these labels out, so that a release that is upgraded in one cluster is told once and not for
//! each object: every difference of them has to be found here. Pure.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::Config;
use crate::finding::{Finding, Presence, Standing, Unknown};
use crate::object::{Kind, ObjectName};
use crate::observe::{FamilyLook, Looked, Versions};

/// The family of these findings.
const FAMILY: &str = "live/versions";

/// Groups of objects that a text tells of at most.
const GROUPS_MAX: usize = 3;

/// An object's labels in each cluster that has it, in the order of the configuration.
type Labels<'a> = Vec<Option<&'a Versions>>;

/// What is compared of an object's labels, in each cluster that has it.
type Said<'a> = Vec<Option<[Option<&'a str>; 2]>>;

/// What is upgraded as one: a release, or an object that belongs to none.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Unit {
    Release(String),
    Object(ObjectName),
}

/// Compares, object by object, what the labels say in all clusters that have it. There is one finding for
/// each release, or for the object where no cluster says of which release it is. Where a release, or an
/// object of it, is at all is said by its objects.
pub(super) fn compare(config: &Config, looked: &[Looked]) -> Vec<Finding> {
    let mut units: BTreeMap<Unit, Vec<(ObjectName, Labels<'_>)>> = BTreeMap::new();
    for (object, labels) in objects(config, looked) {
        let says = |it: &&Versions| it.chart.is_some() || it.app.is_some();
        if !labels.iter().flatten().any(says) {
            continue;
        }
        let mut releases = labels.iter().flatten().filter_map(|it| it.instance.clone());
        let unit = match releases.next() {
            Some(release) => Unit::Release(release),
            None => Unit::Object(object.clone()),
        };
        units.entry(unit).or_default().push((object, labels));
    }
    let gaps: Vec<_> = looked.iter().map(gap).collect();
    let units = units.into_iter();
    units
        .filter_map(|(unit, objects)| finding(config, unit, &objects, &gaps))
        .collect()
}

/// Every object that a list showed. One that several families select is there once.
fn objects<'a>(config: &Config, looked: &'a [Looked]) -> BTreeMap<ObjectName, Labels<'a>> {
    let mut objects: BTreeMap<ObjectName, Labels<'a>> = BTreeMap::new();
    for (cluster, looked) in looked.iter().enumerate() {
        for (family, look) in config.families.iter().zip(&looked.census) {
            let seen = FamilyLook::census(look).into_iter();
            for (key, seen) in seen.flat_map(|census| &census.objects) {
                let object = ObjectName {
                    kind: family.kind.clone(),
                    namespace: key.namespace.clone(),
                    name: key.name.clone(),
                };
                let labels = objects
                    .entry(object)
                    .or_insert_with(|| vec![None; config.clusters.len()]);
                if let Some(labels) = labels.get_mut(cluster) {
                    *labels = Some(&seen.versions);
                }
            }
        }
    }
    objects
}

/// Why not all that a cluster says of its releases was heard.
fn gap(looked: &Looked) -> Option<Unknown> {
    looked.census.iter().find_map(|look| match look {
        FamilyLook::Gap(gap) => Some(gap.reason),
        FamilyLook::Read(_) | FamilyLook::KindMissing | FamilyLook::NotAsked => None,
    })
}

/// What is compared of labels: to which release it belongs is compared with the object.
fn compared(versions: &Versions) -> [Option<&str>; 2] {
    [versions.chart.as_deref(), versions.app.as_deref()]
}

fn differ(labels: &Labels<'_>) -> bool {
    let mut all = labels.iter().flatten().map(|it| compared(it));
    let first = all.next();
    all.any(|it| Some(it) != first)
}

fn finding(
    config: &Config,
    unit: Unit,
    objects: &[(ObjectName, Labels<'_>)],
    gaps: &[Option<Unknown>],
) -> Option<Finding> {
    let gap = gaps.iter().find_map(|gap| *gap);
    let is_shared = |labels: &Labels<'_>| labels.iter().flatten().count() > 1;
    let different: Vec<_> = objects.iter().filter(|(_, it)| differ(it)).collect();
    // What two clusters say is certain; that there is no more to it is not, unless all was read.
    let standing = match (different.is_empty(), gap) {
        (false, _) => Standing::Different,
        (true, Some(reason)) => Standing::Unknown(reason),
        (true, None) if objects.iter().any(|(_, it)| is_shared(it)) => Standing::Equal,
        (true, None) => return None,
    };
    let presence = gaps.iter().enumerate().map(|(cluster, gap)| {
        let has = |(_, labels): &(_, Labels<'_>)| labels.get(cluster).is_some_and(Option::is_some);
        if objects.iter().any(has) {
            Presence::Here
        } else if gap.is_some() {
            Presence::Unknown
        } else {
            Presence::Absent
        }
    });
    let hint = match unit {
        Unit::Release(_) => "upgrade the release where it is older",
        Unit::Object(_) => "bring the object to one version of its chart in all clusters",
    };
    Some(Finding {
        family: FAMILY.to_owned(),
        standing,
        presence: presence.collect(),
        fields: Vec::new(),
        text: (!different.is_empty()).then(|| describe(config, &different)),
        hint: standing.is_drift().then(|| hint.to_owned()),
        rule: None,
        age: None,
        object: match unit {
            Unit::Object(object) => object,
            Unit::Release(name) => ObjectName {
                kind: Kind::new("helm.sh", "Release"),
                namespace: None,
                name,
            },
        },
    })
}

/// The chart and the application's version, as far as an object says them.
type Compared<'a> = [Option<&'a str>; 2];

/// Which objects come from what, where: those of which the same is said together, the most first.
fn describe(config: &Config, different: &[&(ObjectName, Labels<'_>)]) -> String {
    let mut groups: BTreeMap<Said<'_>, BTreeSet<&ObjectName>> = BTreeMap::new();
    for (object, labels) in different {
        let said = labels.iter().map(|it| it.map(compared)).collect();
        groups.entry(said).or_default().insert(object);
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|(_, objects)| std::cmp::Reverse(objects.len()));
    let mut told: Vec<_> = groups
        .iter()
        .take(GROUPS_MAX)
        .map(|(said, objects)| {
            let clusters = config.clusters.iter().zip(said);
            let clusters = clusters.filter_map(|(cluster, said)| {
                Some(format!("{}: {}", cluster.name, words((*said)?)))
            });
            let clusters: Vec<_> = clusters.collect();
            format!("{} ({})", clusters.join(", "), names(objects))
        })
        .collect();
    let more = groups.iter().skip(GROUPS_MAX);
    let more: usize = more.map(|(_, objects)| objects.len()).sum();
    if more > 0 {
        told.push(format!("{more} more objects otherwise"));
    }
    told.join("; ")
}

fn words([chart, app]: Compared<'_>) -> String {
    let chart = chart.unwrap_or("no chart label");
    match app {
        Some(app) => format!("{chart} version {app}"),
        None => chart.to_owned(),
    }
}

fn names(objects: &BTreeSet<&ObjectName>) -> String {
    match (objects.first(), objects.len().saturating_sub(1)) {
        (Some(first), 0) => first.to_string(),
        (Some(first), more) => format!("{first} and {more} more"),
        (None, _) => String::new(),
    }
}

#[cfg(test)]
mod tests;
