//! What all forms of the report say alike: the verdict, the coverage, what comes first.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use common::trouble::Trouble;
use jiff::Timestamp;

use crate::difference::{Difference, Side};
use crate::finding::{Finding, Presence, Standing, Unknown};
use crate::survey::{ClusterFacts, Part, RuleUse, Survey};

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
            Self::Drift(objects) => write!(f, "drift: {}", count(*objects, "object")),
            Self::Incomplete => {
                f.write_str("incomplete: nobody can say that the clusters are equal")
            }
            Self::DriftAndIncomplete(objects) => write!(
                f,
                "drift: {}; incomplete: nobody can say that the rest is equal",
                count(*objects, "object")
            ),
        }
    }
}

/// Whether all that was to be compared was.
fn is_complete(survey: &Survey) -> bool {
    let seen = survey
        .clusters
        .iter()
        .all(|cluster| cluster.trouble.is_none());
    let read = survey.parts.iter().all(|part| part.read.is_ok());
    let known = |finding: &Finding| !finding.standing.is_unknown();
    seen && read && survey.findings.iter().all(known)
}

fn read(survey: &Survey) -> usize {
    survey
        .parts
        .iter()
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
            reasons: gaps
                .iter()
                .map(|gap| format!("{}: {} in {}", gap.reason.word(), gap.what(), gap.cluster))
                .collect(),
            undecided: undecided.count(),
        }
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
                count(self.missing, "part"),
                self.reasons.join("; ")
            )?;
        }
        if self.undecided > 0 {
            write!(f, ", {} undecided", count(self.undecided, "object"))?;
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
        let kinds: BTreeSet<_> = self
            .parts
            .iter()
            .map(|part| {
                if is_live(&part.family) {
                    part.family.as_str()
                } else {
                    part.kind.kind.as_str()
                }
            })
            .collect();
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

/// Whether a family is of things that run.
pub(super) fn is_live(family: &str) -> bool {
    family.starts_with("live/")
}

/// The findings, those that a person must look at first.
pub(super) fn worst_first(survey: &Survey) -> Vec<&Finding> {
    let mut findings: Vec<_> = survey.findings.iter().collect();
    findings.sort_by_key(|finding| (rank(finding.standing), &finding.family, &finding.object));
    findings
}

/// Lower is worse.
pub(super) const fn rank(standing: Standing) -> u8 {
    match standing {
        Standing::Failing => 0,
        Standing::NotLoaded => 1,
        Standing::Stale => 2,
        Standing::Missing => 3,
        Standing::Unexpected => 4,
        Standing::NotDistinct => 5,
        Standing::Different => 6,
        Standing::Terminating => 7,
        Standing::Unknown(_) => 8,
        Standing::Cosmetic => 9,
        Standing::Explained => 10,
        Standing::Ignored => 11,
        Standing::Equal => 12,
    }
}

/// The sign beside the word.
pub(super) const fn sign(standing: Standing) -> &'static str {
    match standing {
        Standing::Failing => "✗",
        Standing::NotLoaded | Standing::Stale => "!",
        Standing::Missing => "−",
        Standing::Unexpected => "+",
        Standing::NotDistinct | Standing::Equal => "=",
        Standing::Different => "≠",
        Standing::Terminating => "~",
        Standing::Unknown(_) => "?",
        Standing::Cosmetic => "≈",
        Standing::Explained => "✓",
        Standing::Ignored => "·",
    }
}

/// The word for where an object is.
pub(super) const fn place(presence: Presence) -> &'static str {
    match presence {
        Presence::Here => "here",
        Presence::Absent => "absent",
        Presence::Terminating => "terminating",
        Presence::Unknown => "unknown",
        Presence::NotAsked => "not asked",
    }
}

/// How it stands in words: `unknown (too-large)`.
pub(super) fn word(standing: Standing) -> String {
    match standing {
        Standing::Unknown(reason) => format!("unknown ({})", reason.word()),
        Standing::Equal
        | Standing::Explained
        | Standing::Ignored
        | Standing::Cosmetic
        | Standing::Different
        | Standing::Missing
        | Standing::Unexpected
        | Standing::Terminating
        | Standing::NotDistinct
        | Standing::Stale
        | Standing::NotLoaded
        | Standing::Failing => standing.word().to_owned(),
    }
}

/// How many findings stand so, the worst first; those that do not occur are left out.
pub(super) fn counts(survey: &Survey) -> Vec<(Standing, usize)> {
    let mut counts: BTreeMap<u8, (Standing, usize)> = BTreeMap::new();
    for finding in &survey.findings {
        let rank = rank(finding.standing);
        counts.entry(rank).or_insert((finding.standing, 0)).1 += 1;
    }
    counts.into_values().collect()
}

/// Indexes of the clusters, the baseline first.
pub(super) fn order(survey: &Survey) -> Vec<usize> {
    let mut order: Vec<_> = (0..survey.clusters.len()).collect();
    order.sort_by_key(|cluster| survey.baseline != Some(*cluster));
    order
}

/// Whether the cluster has there something else than the baseline; without a baseline nobody does.
pub(super) fn differs(survey: &Survey, difference: &Difference, cluster: usize) -> bool {
    let Some(baseline) = survey.baseline else {
        return false;
    };
    let sides = &difference.sides;
    match (sides.get(baseline), sides.get(cluster)) {
        (Some(Side::NoObject), _) | (_, Some(Side::NoObject)) => false,
        (right, side) => right != side,
    }
}

/// How long ago, in its two largest units: `3d4h`, `2h`, `5m`.
pub(super) fn ago(now: Timestamp, then: Timestamp) -> String {
    let minutes = now.duration_since(then).as_mins().max(0);
    let (days, hours, minutes) = (minutes / 1440, minutes / 60 % 24, minutes % 60);
    match (days, hours, minutes) {
        (0, 0, minutes) => format!("{minutes}m"),
        (0, hours, 0) => format!("{hours}h"),
        (0, hours, minutes) => format!("{hours}h{minutes}m"),
        (days, 0, _) => format!("{days}d"),
        (days, hours, _) => format!("{days}d{hours}h"),
    }
}

/// `1 object`, `2 objects`.
pub(super) fn count(number: usize, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}

/// `12 explained by 4 rules`, `3 ignored`, `201 equal`: what needs nobody's attention.
pub(super) fn quiet(survey: &Survey) -> Vec<String> {
    let counts = counts(survey).into_iter();
    counts
        .filter(|(standing, _)| !standing.is_drift() && !standing.is_unknown())
        .map(|(standing, number)| {
            if standing != Standing::Explained {
                return format!("{number} {}", standing.word());
            }
            let rules: BTreeSet<_> = survey
                .findings
                .iter()
                .filter(|finding| finding.standing == Standing::Explained)
                .flat_map(|finding| {
                    let fields = finding.fields.iter();
                    finding
                        .rule
                        .iter()
                        .chain(fields.filter_map(|field| field.rule.as_ref()))
                })
                .collect();
            format!("{number} explained by {}", count(rules.len(), "rule"))
        })
        .collect()
}

/// What a person should know that is neither an object nor a gap.
pub(super) fn warnings(survey: &Survey) -> Vec<String> {
    let mut warnings = survey.warnings.clone();
    if survey.undetailed > 0 {
        let objects = count(survey.undetailed, "object");
        warnings.push(format!(
            "{objects} that differ were not read in detail, because there are too many"
        ));
    }
    if survey.converged > 0 {
        let objects = count(survey.converged, "object");
        warnings.push(format!(
            "{objects} differed at the first look and no longer at the second"
        ));
    }
    if !survey.remembered {
        warnings.push("ages are not known: nothing is remembered of earlier runs".to_owned());
    }
    warnings
}

/// What is the matter with a rule, if anything is.
pub(super) fn rule_state(rule: &RuleUse) -> Option<String> {
    match (rule.expired, rule.expires, rule.used) {
        (true, Some(day), _) => Some(format!("expired on {day} and was not applied")),
        (true, None, _) => Some("has expired and was not applied".to_owned()),
        (false, _, 0) => Some("was never used".to_owned()),
        (false, ..) => None,
    }
}
