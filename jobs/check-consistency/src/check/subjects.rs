//! What the lists say: who has what, and what must be read in full. Pure.

use common::trouble::Trouble;

use crate::config::{Config, Family};
use crate::declared::Rules;
use crate::finding::{Finding, Presence, Standing, Unknown};
use crate::object::{Kind, ObjectName};
use crate::observe::{FamilyLook, Key, Looked, Merged, merge};

/// An object that must be judged by more than its digests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Subject {
    /// An index into the configuration's families.
    pub(super) family: usize,
    /// Its name over all clusters.
    pub(super) object: ObjectName,
    /// Where it is.
    pub(super) presence: Vec<Presence>,
    /// Its own name in each cluster that has it.
    pub(super) names: Vec<Option<String>>,
    /// Whether a controller is at work on it somewhere.
    pub(super) rolling: bool,
    /// Why nobody can say whether it is in some cluster.
    pub(super) gap: Option<Unknown>,
}

/// Everything that the lists show.
#[derive(Debug, Default)]
pub(super) struct Subjects {
    /// What is decided by the lists alone.
    pub(super) findings: Vec<Finding>,
    /// What must be read in full.
    pub(super) detailed: Vec<Subject>,
    /// How many differ and are not read in full, because there are too many; they are in `findings`.
    pub(super) undetailed: usize,
}

/// Sorts objects into those that the lists decide and those that must be read.
pub(super) fn of(
    config: &Config,
    looked: &[Looked],
    rules: &Rules<'_>,
) -> Result<Subjects, Trouble> {
    for looked in looked {
        let collisions = looked.census.iter().filter_map(FamilyLook::census);
        if let Some(found) = collisions.flat_map(|census| &census.collisions).next() {
            return Err(super::collision(&looked.facts.name, found));
        }
    }
    let mut subjects = Subjects::default();
    let mut several = Vec::new();
    for (index, family) in config.families.iter().enumerate() {
        let looks: Vec<_> = looked
            .iter()
            .filter_map(|it| it.census.get(index))
            .collect();
        let (mut missing, merged) = kind_missing(config, family, &looks, rules);
        subjects.findings.append(&mut missing);
        for merged in merged {
            let object = object(&family.kind, &merged.key);
            if let Some(rule) = rules.ignores_whole(&object) {
                let finding = quiet(family, object, &merged, Standing::Ignored);
                subjects.findings.push(Finding {
                    rule: Some(rule.id.clone()),
                    ..finding
                });
                continue;
            }
            let everywhere = |it: &Presence| matches!(it, Presence::Here | Presence::NotAsked);
            let plain = merged.equal && merged.presence.iter().all(everywhere);
            // An equal digest can be the very fault where values must differ.
            if plain && !rules.wants(&object) {
                let finding = quiet(family, object, &merged, Standing::Equal);
                subjects.findings.push(finding);
                continue;
            }
            several.push(subject(index, object, merged, &looks));
        }
    }
    // What a rule asks about must be read: its equality is no proof.
    several.sort_by_key(|subject| !rules.wants(&subject.object));
    let rest = several.split_off(several.len().min(config.limits.details));
    subjects.detailed = several;
    subjects.undetailed = rest.len();
    for subject in rest {
        let finding = undetailed(config, subject);
        subjects.findings.push(finding);
    }
    Ok(subjects)
}

/// Every object that any cluster has, for who looks for one of them.
pub(super) fn all(config: &Config, looked: &[Looked]) -> Vec<Subject> {
    let families = config.families.iter().enumerate();
    families
        .flat_map(|(index, family)| {
            let looks: Vec<_> = looked
                .iter()
                .filter_map(|it| it.census.get(index))
                .collect();
            let merged = merge(&looks).into_iter();
            let subjects = merged.map(|merged| {
                let object = object(&family.kind, &merged.key);
                subject(index, object, merged, &looks)
            });
            subjects.collect::<Vec<_>>()
        })
        .collect()
}

fn subject(family: usize, object: ObjectName, merged: Merged, looks: &[&FamilyLook]) -> Subject {
    let names = |look: &&FamilyLook| {
        let seen = look.census()?.objects.get(&merged.key)?;
        Some(seen.name.clone())
    };
    Subject {
        family,
        object,
        names: looks.iter().map(names).collect(),
        gap: gap(&merged, looks),
        presence: merged.presence,
        rolling: merged.rolling,
    }
}

/// Of an object that differs and is not read in full.
fn undetailed(config: &Config, subject: Subject) -> Finding {
    let family = config.families.get(subject.family);
    let here = subject.presence.iter().filter(|it| **it == Presence::Here);
    let standing = match subject.gap {
        Some(reason) => Standing::Unknown(reason),
        None if subject.presence.contains(&Presence::Terminating) => Standing::Terminating,
        None if here.count() < 2 => Standing::Missing,
        None => Standing::Different,
    };
    Finding {
        family: family.map(|it| it.id.clone()).unwrap_or_default(),
        object: subject.object,
        standing,
        presence: subject.presence,
        fields: Vec::new(),
        text: Some(format!(
            "not read in full: {} others were already",
            config.limits.details
        )),
        hint: Some("raise `limits.details`, or look at one with `explain`".to_owned()),
        rule: None,
        age: None,
    }
}

/// Of an object that the lists decide.
fn quiet(family: &Family, object: ObjectName, merged: &Merged, standing: Standing) -> Finding {
    Finding {
        family: family.id.clone(),
        object,
        standing,
        presence: merged.presence.clone(),
        fields: Vec::new(),
        text: None,
        hint: None,
        rule: None,
        age: None,
    }
}

fn object(kind: &Kind, key: &Key) -> ObjectName {
    ObjectName {
        kind: kind.clone(),
        namespace: key.namespace.clone(),
        name: key.name.clone(),
    }
}

/// Why nobody can say where it is, or what it holds.
fn gap(merged: &Merged, looks: &[&FamilyLook]) -> Option<Unknown> {
    let unknown = merged.presence.iter().zip(looks);
    unknown
        .filter(|(presence, _)| **presence == Presence::Unknown)
        .map(|(_, look)| match look {
            FamilyLook::Gap(gap) => gap.reason,
            FamilyLook::Read(_) | FamilyLook::KindMissing | FamilyLook::NotAsked => {
                Unknown::TooLarge
            }
        })
        .next()
}

/// A kind that a cluster does not have is told once, and not for each of its objects. Those that a rule
/// expects elsewhere only are judged one by one.
fn kind_missing(
    config: &Config,
    family: &Family,
    looks: &[&FamilyLook],
    rules: &Rules<'_>,
) -> (Vec<Finding>, Vec<Merged>) {
    let merged = merge(looks);
    let lacking: Vec<_> = looks
        .iter()
        .enumerate()
        .filter(|(_, look)| ***look == FamilyLook::KindMissing)
        .map(|(index, _)| index)
        .collect();
    if lacking.is_empty() {
        return (Vec::new(), merged);
    }
    let absent_by_kind = |merged: &Merged| {
        let expected = rules
            .only_in(&object(&family.kind, &merged.key))
            .map(|(_, clusters)| clusters);
        lacking.iter().any(|cluster| match expected {
            Some(clusters) => clusters.contains(cluster),
            None => true,
        })
    };
    let (covered, rest): (Vec<_>, Vec<_>) = merged.into_iter().partition(absent_by_kind);
    if covered.is_empty() {
        return (Vec::new(), rest);
    }
    let names: Vec<_> = lacking
        .iter()
        .filter_map(|index| config.clusters.get(*index))
        .map(|cluster| cluster.name.as_str())
        .collect();
    let presence = looks.iter().map(|look| match look {
        FamilyLook::Read(_) => Presence::Here,
        FamilyLook::KindMissing => Presence::Absent,
        FamilyLook::Gap(_) => Presence::Unknown,
        FamilyLook::NotAsked => Presence::NotAsked,
    });
    let finding = Finding {
        family: family.id.clone(),
        object: ObjectName {
            kind: Kind::new("apiextensions.k8s.io", "CustomResourceDefinition"),
            namespace: None,
            name: family.kind.to_string(),
        },
        standing: Standing::Missing,
        presence: presence.collect(),
        fields: Vec::new(),
        text: Some(format!(
            "{} does not serve this kind, of which there are {} elsewhere",
            names.join(", "),
            covered.len()
        )),
        hint: Some("install its CustomResourceDefinition there".to_owned()),
        rule: None,
        age: None,
    };
    (vec![finding], rest)
}

/// Notes of single objects as warnings: a few of them, and how many more.
pub(super) fn notes(notes: &[String]) -> Vec<String> {
    const SHOWN: usize = 20;
    let mut shown: Vec<_> = notes.iter().take(SHOWN).cloned().collect();
    if let Some(more) = notes.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        shown.push(format!("{more} more notes of this sort"));
    }
    shown
}
