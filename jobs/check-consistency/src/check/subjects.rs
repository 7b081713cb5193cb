//! What the lists say: who has what, and what must be read in full. Pure.

use common::trouble::Trouble;

use super::kinds;
use super::measure::Measure;
use crate::config::{Config, Family};
use crate::finding::{Finding, Presence, Standing, Unknown};
use crate::object::{Kind, ObjectName};
use crate::observe::{Collision, FamilyLook, Key, Looked, Merged, merge};
use crate::verdict;

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
    /// Whether what it holds matters; where the clusters hold the same, only its place does.
    pub(super) reading: bool,
    /// Whether a controller was at work on it somewhere.
    pub(super) rolling: bool,
    /// For each cluster why nobody can say whether it is there, or what it holds.
    pub(super) gaps: Vec<Option<Unknown>>,
}

/// Everything that the lists show.
#[derive(Debug, Default)]
pub(super) struct Subjects {
    /// What is decided by the lists alone.
    pub(super) findings: Vec<Finding>,
    /// What must be read in full, and what is in the wrong place and may be looked at again.
    pub(super) detailed: Vec<Subject>,
    /// How many differ and are not read in full, because there are too many; they are in `findings`.
    pub(super) undetailed: usize,
}

/// Sorts objects into those that the lists decide and those that must be read.
///
/// # Errors
/// When templates of names make two objects of a cluster one.
pub(super) fn of(measure: &Measure<'_>, looked: &[Looked]) -> Result<Subjects, Trouble> {
    for looked in looked {
        let collisions = looked.census.iter().filter_map(FamilyLook::census);
        if let Some(found) = collisions.flat_map(|census| &census.collisions).next() {
            return Err(collision(&looked.facts.name, found));
        }
    }
    let Measure { config, rules, .. } = measure;
    let mut subjects = Subjects::default();
    let mut different = Vec::new();
    let mut misplaced = Vec::new();
    for (index, family) in config.families.iter().enumerate() {
        let looks = looks(looked, index);
        let (missing, merged) = kinds::told_once(measure, family, &looks);
        subjects.findings.extend(missing);
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
            // An equal digest can be the very fault where values must differ.
            let reading = !merged.equal || rules.wants(&object);
            let everywhere = |it: &Presence| matches!(it, Presence::Here | Presence::NotAsked);
            let plain = !reading && merged.presence.iter().all(everywhere);
            if plain && rules.only_in(&object).is_none() {
                let finding = quiet(family, object, &merged, Standing::Equal);
                subjects.findings.push(finding);
                continue;
            }
            let subject = subject(index, object, merged, &looks, reading);
            if reading {
                different.push(subject);
                continue;
            }
            let finding = measure.by_place(&subject);
            if finding.standing.is_drift() {
                misplaced.push(subject);
            } else {
                subjects.findings.push(finding);
            }
        }
    }
    // What a rule asks about must be read: its equality is no proof.
    different.sort_by_key(|subject| !rules.wants(&subject.object));
    let rest = different.split_off(different.len().min(config.limits.details));
    subjects.undetailed = rest.len();
    let rest = rest.iter().map(|subject| undetailed(measure, subject));
    subjects.findings.extend(rest);
    subjects.detailed = different;
    subjects.detailed.append(&mut misplaced);
    Ok(subjects)
}

/// Every object that any cluster has, for who looks for one of them.
pub(super) fn all(config: &Config, looked: &[Looked]) -> Vec<Subject> {
    let families = config.families.iter().enumerate();
    families
        .flat_map(|(index, family)| {
            let looks = looks(looked, index);
            let merged = merge(&looks).into_iter();
            let subjects = merged.map(|merged| {
                let object = object(&family.kind, &merged.key);
                subject(index, object, merged, &looks, true)
            });
            subjects.collect::<Vec<_>>()
        })
        .collect()
}

/// What each cluster has of a family.
fn looks(looked: &[Looked], family: usize) -> Vec<&FamilyLook> {
    let looks = looked.iter().map(|it| it.census.get(family));
    looks
        .map(|it| it.unwrap_or(&FamilyLook::NotAsked))
        .collect()
}

fn subject(
    family: usize,
    object: ObjectName,
    merged: Merged,
    looks: &[&FamilyLook],
    reading: bool,
) -> Subject {
    let names = |look: &&FamilyLook| {
        let seen = look.census()?.objects.get(&merged.key)?;
        Some(seen.name.clone())
    };
    Subject {
        family,
        object,
        names: looks.iter().map(names).collect(),
        gaps: gaps(&merged, looks),
        presence: merged.presence,
        reading,
        rolling: merged.rolling,
    }
}

/// Of an object that differs and is not read in full.
fn undetailed(measure: &Measure<'_>, subject: &Subject) -> Finding {
    let finding = measure.by_place(subject);
    if finding.standing.is_drift() || finding.standing.is_unknown() {
        return finding;
    }
    Finding {
        standing: if subject.rolling {
            Standing::Unknown(Unknown::NotSettled)
        } else {
            Standing::Different
        },
        text: Some(format!(
            "not read in full: {} others were already",
            measure.config.limits.details
        )),
        hint: Some("raise `limits.details`, or look at one with `explain`".to_owned()),
        rule: None,
        ..finding
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

pub(super) fn object(kind: &Kind, key: &Key) -> ObjectName {
    ObjectName {
        kind: kind.clone(),
        namespace: key.namespace.clone(),
        name: key.name.clone(),
    }
}

/// For each cluster why nobody can say whether an object is there, or what it holds.
fn gaps(merged: &Merged, looks: &[&FamilyLook]) -> Vec<Option<Unknown>> {
    let gap = |(presence, look): (&Presence, &&FamilyLook)| match (presence, look) {
        (Presence::Unknown, FamilyLook::Gap(gap)) => Some(gap.reason),
        (Presence::Unknown, _) => Some(Unknown::TooLarge),
        (Presence::Here | Presence::Absent | Presence::Terminating | Presence::NotAsked, _) => None,
    };
    merged.presence.iter().zip(looks).map(gap).collect()
}

/// The verdict for a collision of names.
fn collision(cluster: &str, collision: &Collision) -> Trouble {
    let [one, other] = &collision.names;
    verdict::NAME_COLLISION.because(format!(
        "{cluster}: {one} and {other} are both compared as {}",
        collision.key.name
    ))
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

#[cfg(test)]
mod tests;
