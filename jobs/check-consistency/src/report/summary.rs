//! What all forms of the report say alike: the verdict, the coverage, what comes first.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use common::output::counted;
use common::trouble::Trouble;

use crate::finding::{Finding, Presence, Standing, Unknown};
use crate::observe::is_never_compared;
use crate::survey::{ClusterFacts, Part, Survey};

/// What a survey comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judgement {
    /// Everything was seen, and nothing differs that is not declared.
    Consistent,
    /// Everything was seen, and there was nothing: that proves nothing.
    Nothing,
    /// Everything was seen, and so many objects are not as they have to be.
    Drift(usize),
    /// Nothing was seen to differ, but not everything was seen.
    Incomplete,
    /// So many objects are not as they have to be, and not everything was seen.
    DriftAndIncomplete(usize),
}

impl Judgement {
    /// Of a survey.
    pub fn of(survey: &Survey) -> Self {
        let drift = survey
            .findings
            .iter()
            .filter(|finding| finding.standing.is_drift())
            .count();
        match (is_complete(survey), drift) {
            (true, 0) if read(survey) == 0 => Self::Nothing,
            (true, 0) => Self::Consistent,
            (true, drift) => Self::Drift(drift),
            (false, 0) => Self::Incomplete,
            (false, drift) => Self::DriftAndIncomplete(drift),
        }
    }

    /// The word for programs.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Consistent => "consistent",
            Self::Nothing => "nothing-compared",
            Self::Drift(_) => "drift",
            Self::Incomplete => "incomplete",
            Self::DriftAndIncomplete(_) => "drift-and-incomplete",
        }
    }
}

impl fmt::Display for Judgement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Consistent => f.write_str("consistent"),
            Self::Nothing => f.write_str("nothing compared: not one object was found"),
            Self::Drift(objects) => write!(f, "drift: {}", counted(*objects, "object")),
            Self::Incomplete => {
                f.write_str("incomplete: nobody can say that the clusters are equal")
            }
            Self::DriftAndIncomplete(objects) => write!(
                f,
                "drift: {}; incomplete: nobody can say that the rest is equal",
                counted(*objects, "object")
            ),
        }
    }
}

/// Whether all that was to be compared was.
pub(super) fn is_complete(survey: &Survey) -> bool {
    let seen = survey
        .clusters
        .iter()
        .all(|cluster| cluster.trouble.is_none());
    let read = survey.parts.iter().all(|part| part.read.is_ok());
    let known = |finding: &Finding| !finding.standing.is_unknown();
    seen && read && survey.findings.iter().all(known)
}

/// How many objects were compared. What runs, Secrets and what a cluster is are no objects of a family: that
/// they were looked at does not make up for lists that are empty.
fn read(survey: &Survey) -> usize {
    let of_objects = |part: &&Part| !is_live(&part.family) && !is_never_compared(&part.kind);
    survey
        .parts
        .iter()
        .filter(of_objects)
        .filter_map(|part| part.read.as_ref().ok())
        .sum()
}

/// How much was seen. `Display` is the line that every report has.
#[derive(Debug, Clone, PartialEq)]
pub struct Coverage {
    /// Families that were read in full everywhere, and all of them.
    pub families: (usize, usize),
    /// Clusters that answered, and all of them.
    pub clusters: (usize, usize),
    /// Objects that were read, by cluster; live checks read none.
    pub objects: Vec<usize>,
    /// Parts that were not read.
    pub missing: usize,
    /// Why not and where, a line for each reason and cluster.
    pub reasons: Vec<String>,
    /// Objects that were read and of which nobody can say whether they are equal.
    pub undecided: usize,
}

impl Coverage {
    /// Of a survey.
    pub fn of(survey: &Survey) -> Self {
        let families: BTreeSet<_> = survey.parts.iter().map(|part| &part.family).collect();
        let broken: BTreeSet<_> = survey
            .parts
            .iter()
            .filter(|part| part.read.is_err())
            .map(|part| &part.family)
            .collect();
        let answered = |cluster: &&ClusterFacts| cluster.trouble.is_none();
        let mut objects = vec![0; survey.clusters.len()];
        for part in survey.parts.iter().filter(|part| !is_live(&part.family)) {
            if let (Some(sum), Ok(read)) = (objects.get_mut(part.cluster), &part.read) {
                *sum += read;
            }
        }
        let gaps = gaps(survey);
        let undecided = survey
            .findings
            .iter()
            .filter(|finding| finding.standing.is_unknown() && !is_covered(survey, finding));
        Self {
            families: (families.len() - broken.len(), families.len()),
            clusters: (
                survey.clusters.iter().filter(answered).count(),
                survey.clusters.len(),
            ),
            objects,
            missing: gaps.iter().map(|gap| gap.parts.len()).sum(),
            reasons: reasons(survey, &gaps),
            undecided: undecided.count(),
        }
    }
}

/// For each reason and cluster what was not read: kinds, or how many of them.
fn reasons(survey: &Survey, gaps: &[Gaps<'_>]) -> Vec<String> {
    const NAMED: usize = 4;
    let mut missing: BTreeMap<(&str, Unknown), Vec<&Gaps<'_>>> = BTreeMap::new();
    for gap in gaps {
        missing
            .entry((gap.cluster, gap.reason))
            .or_default()
            .push(gap);
    }
    let line = |((cluster, reason), gaps): (&(&str, Unknown), &Vec<&Gaps<'_>>)| {
        let parts: Vec<&Part> = gaps.iter().flat_map(|gap| &gap.parts).copied().collect();
        let of_cluster = |part: &&Part| {
            let facts = survey.clusters.get(part.cluster);
            facts.is_some_and(|facts| facts.name == *cluster)
        };
        let all = survey.parts.iter().filter(of_cluster).count();
        let kinds: BTreeSet<_> = parts.iter().copied().map(named).collect();
        let what = if parts.len() > 1 && parts.len() == all {
            "everything".to_owned()
        } else if kinds.len() > NAMED {
            counted(kinds.len(), "kind")
        } else {
            kinds.into_iter().collect::<Vec<_>>().join(", ")
        };
        format!("{}: {what} in {cluster}", reason.word())
    };
    missing.iter().map(line).collect()
}

/// What a part is called.
fn named(part: &Part) -> &str {
    if is_live(&part.family) {
        part.family.as_str()
    } else {
        part.kind.kind.as_str()
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let objects: Vec<_> = self.objects.iter().map(usize::to_string).collect();
        write!(
            f,
            "families {}/{}, clusters {}/{}, objects {} read",
            self.families.0,
            self.families.1,
            self.clusters.0,
            self.clusters.1,
            objects.join("+")
        )?;
        if self.missing > 0 {
            write!(
                f,
                ", {} missing ({})",
                counted(self.missing, "part"),
                self.reasons.join("; ")
            )?;
        }
        if self.undecided > 0 {
            write!(f, ", {} undecided", counted(self.undecided, "object"))?;
        }
        Ok(())
    }
}

/// Parts of one cluster that were not read for the same reason.
#[derive(Debug, Clone)]
pub(super) struct Gaps<'a> {
    pub(super) cluster: &'a str,
    pub(super) reason: Unknown,
    pub(super) trouble: &'a Trouble,
    pub(super) parts: Vec<&'a Part>,
    /// Whether nothing of the cluster was read.
    pub(super) whole: bool,
    /// Objects of which nobody can say anything because of it.
    pub(super) undecided: usize,
}

impl Gaps<'_> {
    /// `PrometheusRule, Secret`, or `everything`.
    pub(super) fn what(&self) -> String {
        if self.whole {
            return "everything".to_owned();
        }
        let kinds: BTreeSet<_> = self.parts.iter().copied().map(named).collect();
        kinds.into_iter().collect::<Vec<_>>().join(", ")
    }
}

/// What was not read, by cluster and reason.
pub(super) fn gaps(survey: &Survey) -> Vec<Gaps<'_>> {
    let mut gaps: BTreeMap<(usize, Unknown, &str), Gaps<'_>> = BTreeMap::new();
    for part in &survey.parts {
        let Err(gap) = &part.read else { continue };
        let cluster = survey.clusters.get(part.cluster);
        gaps.entry((part.cluster, gap.reason, &gap.trouble.text))
            .or_insert_with(|| Gaps {
                cluster: cluster.map_or("?", |cluster| cluster.name.as_str()),
                reason: gap.reason,
                trouble: &gap.trouble,
                parts: Vec::new(),
                whole: false,
                undecided: 0,
            })
            .parts
            .push(part);
    }
    for ((cluster, ..), gap) in &mut gaps {
        let all = survey.parts.iter().filter(|part| part.cluster == *cluster);
        gap.whole = gap.parts.len() > 1 && gap.parts.len() == all.count();
        let families: BTreeSet<_> = gap.parts.iter().map(|part| &part.family).collect();
        let hit = |finding: &&Finding| {
            finding.standing.is_unknown()
                && finding.presence.get(*cluster) == Some(&Presence::Unknown)
                && families.contains(&finding.family)
        };
        gap.undecided = survey.findings.iter().filter(hit).count();
    }
    gaps.into_values().collect()
}

/// Whether nobody can say anything of the object only because a part was not read: the part is told
/// then, not the object.
pub(super) fn is_covered(survey: &Survey, finding: &Finding) -> bool {
    let missing = |part: &Part| {
        part.read.is_err()
            && part.family == finding.family
            && finding.presence.get(part.cluster) == Some(&Presence::Unknown)
    };
    finding.standing.is_unknown() && finding.fields.is_empty() && survey.parts.iter().any(missing)
}

/// Whether a person is told of the object one by one.
pub(super) fn is_told(survey: &Survey, finding: &Finding, all: bool) -> bool {
    let standing = finding.standing;
    all || standing.is_drift()
        || standing == Standing::Settling
        || (standing.is_unknown() && !is_covered(survey, finding))
}

/// Whether a family is of things that run.
pub(super) fn is_live(family: &str) -> bool {
    family.starts_with("live/")
}
