//! From what a check has found to findings: one for each object and trouble, and one for each object
//! that is well everywhere.

use std::collections::BTreeMap;

use crate::finding::{Field, Finding, Presence, Standing, Unknown};
use crate::object::{Kind, ObjectName};

/// The longest text of a finding, in characters.
const TEXT_CHARS_MAX: usize = 600;

/// Names that a text lists at most.
const NAMES_MAX: usize = 8;

/// One thing that was found out.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Found {
    pub(super) object: ObjectName,
    /// The clusters that it is about.
    pub(super) clusters: Vec<usize>,
    /// Clusters that do not have the object.
    pub(super) absent: Vec<usize>,
    /// Clusters that it would be about, had they been read.
    pub(super) unread: Vec<usize>,
    pub(super) standing: Standing,
    pub(super) text: Option<String>,
    pub(super) hint: Option<String>,
    pub(super) fields: Vec<Field>,
}

impl Found {
    /// That an object of one cluster is well.
    pub(super) fn well(object: ObjectName, cluster: usize) -> Self {
        Self {
            object,
            clusters: vec![cluster],
            absent: Vec::new(),
            unread: Vec::new(),
            standing: Standing::Equal,
            text: None,
            hint: None,
            fields: Vec::new(),
        }
    }

    /// That an object of one cluster is not.
    pub(super) fn wrong(
        object: ObjectName,
        cluster: usize,
        standing: Standing,
        text: impl Into<String>,
    ) -> Self {
        Self {
            standing,
            text: Some(text.into()),
            ..Self::well(object, cluster)
        }
    }

    /// Whether it says something of all clusters that it is about.
    fn is_certain(&self) -> bool {
        self.unread.is_empty() && !self.standing.is_unknown()
    }

    /// With what to do about it.
    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        Self {
            hint: Some(hint.into()),
            ..self
        }
    }
}

/// The name of something that lives in the namespace that is looked at.
pub(super) fn named(kind: &Kind, namespace: &str, name: &str) -> ObjectName {
    ObjectName {
        kind: kind.clone(),
        namespace: Some(namespace.to_owned()),
        name: name.to_owned(),
    }
}

/// Findings in the order of their objects. Where an object is well in some clusters and not in others,
/// only those are told. `gaps` are the clusters that could not be read, and why: of what is remembered
/// about an object there, nothing may be taken for mended.
pub(super) fn findings(family: &str, gaps: &[Option<Unknown>], found: Vec<Found>) -> Vec<Finding> {
    let mut objects: BTreeMap<ObjectName, Vec<Found>> = BTreeMap::new();
    for found in found {
        let object = found.object.clone();
        objects.entry(object).or_default().push(found);
    }
    let mut findings = Vec::new();
    for (object, found) in objects {
        let (well, mut told): (Vec<_>, Vec<_>) = found
            .into_iter()
            .partition(|found| found.standing == Standing::Equal);
        if told.is_empty() {
            told.extend(together(well, gaps));
        } else if told.iter().all(Found::is_certain) {
            told.extend(unread(object, gaps));
        }
        let clusters = gaps.len();
        findings.extend(
            told.into_iter()
                .map(|found| finding(family, clusters, found)),
        );
    }
    findings
}

/// What is well in several clusters is one finding.
fn together(well: Vec<Found>, gaps: &[Option<Unknown>]) -> Option<Found> {
    let all = well.into_iter().reduce(|mut all, next| {
        all.clusters.extend(next.clusters);
        all
    });
    all.map(|all| Found {
        unread: unread_clusters(gaps),
        ..all
    })
}

/// That nobody knows how an object is where it could not be looked at.
fn unread(object: ObjectName, gaps: &[Option<Unknown>]) -> Option<Found> {
    let why = gaps.iter().flatten().next()?;
    let mut found = Found::well(object, 0);
    found.clusters.clear();
    found.unread = unread_clusters(gaps);
    found.standing = Standing::Unknown(*why);
    Some(found)
}

fn unread_clusters(gaps: &[Option<Unknown>]) -> Vec<usize> {
    let gaps = gaps.iter().enumerate();
    gaps.filter_map(|(cluster, gap)| gap.map(|_| cluster))
        .collect()
}

fn finding(family: &str, clusters: usize, found: Found) -> Finding {
    let presence = (0..clusters).map(|cluster| {
        if found.clusters.contains(&cluster) {
            Presence::Here
        } else if found.absent.contains(&cluster) {
            Presence::Absent
        } else if found.unread.contains(&cluster) {
            Presence::Unknown
        } else {
            Presence::NotAsked
        }
    });
    Finding {
        family: family.to_owned(),
        standing: found.standing,
        presence: presence.collect(),
        fields: found.fields,
        text: found.text.as_deref().map(line),
        hint: found.hint.as_deref().map(line),
        rule: None,
        age: None,
        object: found.object,
    }
}

/// A text on one line of bounded length.
pub(super) fn line(text: &str) -> String {
    let words: Vec<_> = text.split_whitespace().collect();
    let line = words.join(" ");
    if line.chars().count() <= TEXT_CHARS_MAX {
        return line;
    }
    let cut = line.chars().take(TEXT_CHARS_MAX.saturating_sub(1));
    cut.chain(['…']).collect()
}

/// `a, b and 3 more`.
pub(super) fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<_> = names.into_iter().collect();
    let shown: Vec<_> = names.iter().copied().take(NAMES_MAX).collect();
    let more = names.len().saturating_sub(shown.len());
    match (more, shown.split_last()) {
        (_, None) => String::new(),
        (0, Some((last, []))) => (*last).to_owned(),
        (0, Some((last, others))) => format!("{} and {last}", others.join(", ")),
        (more, Some(_)) => format!("{} and {more} more", shown.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::{Found, findings, line, list, named};
    use crate::finding::Presence::{Here, NotAsked};
    use crate::finding::{Presence, Standing, Unknown};
    use crate::object::{Kind, ObjectName};

    fn object(name: &str) -> ObjectName {
        named(&Kind::new("batch", "CronJob"), "monitoring", name)
    }

    #[test]
    fn an_object_that_is_well_everywhere_is_one_finding_and_one_that_is_not_hides_it() {
        let found = vec![
            Found::well(object("b"), 0),
            Found::well(object("a"), 0),
            Found::wrong(object("b"), 1, Standing::Stale, "late"),
            Found::well(object("a"), 1),
        ];
        let findings = findings("live/cron-jobs", &[None; 3], found);
        let told: Vec<_> = findings
            .iter()
            .map(|finding| (finding.object.name.as_str(), finding.standing))
            .collect();
        assert_eq!(told, [("a", Standing::Equal), ("b", Standing::Stale)]);
        assert_eq!(findings[0].presence, [Here, Here, NotAsked]);
        assert_eq!(findings[1].presence, [NotAsked, Here, NotAsked]);
    }

    #[test]
    fn what_could_not_be_read_is_unknown_beside_what_was() {
        let found = vec![
            Found::well(object("a"), 0),
            Found::wrong(object("b"), 0, Standing::Stale, "late"),
        ];
        let gaps = [None, Some(Unknown::Timeout)];
        let findings = findings("live/cron-jobs", &gaps, found);
        let told: Vec<_> = findings
            .iter()
            .map(|finding| (finding.standing, finding.presence.as_slice()))
            .collect();
        assert_eq!(
            told,
            [
                (Standing::Equal, &[Here, Presence::Unknown][..]),
                // What is remembered of the first cluster keeps its name while the second is away.
                (Standing::Stale, &[Here, NotAsked]),
                (
                    Standing::Unknown(Unknown::Timeout),
                    &[NotAsked, Presence::Unknown]
                ),
            ]
        );
    }

    #[test]
    fn texts_are_one_line_and_bounded() {
        assert_eq!(line("a\n  b\tc "), "a b c");
        assert_eq!(line(&"é".repeat(700)), "é".repeat(599) + "…");
    }

    #[test]
    fn a_list_of_names_ends_in_and() {
        assert_eq!(list([]), "");
        assert_eq!(list(["a"]), "a");
        assert_eq!(list(["a", "b", "c"]), "a, b and c");
        let many = ["x"; 10];
        assert_eq!(list(many), "x, x, x, x, x, x, x, x and 2 more");
    }
}
