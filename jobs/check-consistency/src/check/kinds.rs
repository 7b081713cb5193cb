//! Kinds that a cluster does not have, or that have no object left: told once, and not for each object.
//! Pure.

use super::measure::Measure;
use super::subjects::object;
use crate::config::{Config, Family};
use crate::finding::{Finding, Presence, Standing};
use crate::object::{Kind, ObjectName};
use crate::observe::{Census, FamilyLook, Looked, Merged, merge};

/// What the clusters have of a family, and a finding when one of them cannot have what it should. Objects
/// are compared without that cluster then, as far as there are others to compare; those that a rule
/// expects elsewhere only are judged as they are.
pub(super) fn told_once(
    measure: &Measure<'_>,
    family: &Family,
    looks: &[&FamilyLook],
) -> (Option<Finding>, Vec<Merged>) {
    let merged = merge(looks);
    let lacking: Vec<_> = looks
        .iter()
        .enumerate()
        .filter(|(_, look)| ***look == FamilyLook::KindMissing)
        .map(|(index, _)| index)
        .collect();
    if lacking.is_empty() {
        return (gone(measure.config, family, looks), merged);
    }
    // Where there is no object, no rule can say that the kind need not be there.
    let nothing = merged.is_empty() && looks.iter().any(|look| look.census().is_some());
    let mut elsewhere = 0_usize;
    let mut rest = Vec::new();
    for mut merged in merged {
        let placed = measure.rules.only_in(&object(&family.kind, &merged.key));
        let expected = |cluster: &usize| match placed {
            Some((_, clusters)) => clusters.contains(cluster),
            None => true,
        };
        let told = |(index, _): &(usize, &mut Presence)| lacking.contains(index) && expected(index);
        let mut covered = false;
        for (_, presence) in merged.presence.iter_mut().enumerate().filter(told) {
            *presence = Presence::NotAsked;
            covered = true;
        }
        elsewhere += usize::from(covered);
        let asked = merged
            .presence
            .iter()
            .filter(|it| **it != Presence::NotAsked);
        if !covered || asked.count() > 1 {
            rest.push(merged);
        }
    }
    let finding =
        (elsewhere > 0 || nothing).then(|| missing(measure.config, family, looks, elsewhere));
    (finding, rest)
}

fn missing(config: &Config, family: &Family, looks: &[&FamilyLook], elsewhere: usize) -> Finding {
    let lacks = |look: &FamilyLook| *look == FamilyLook::KindMissing;
    let names = config.clusters.iter().zip(looks);
    let names: Vec<_> = names
        .filter(|(_, look)| lacks(look))
        .map(|(cluster, _)| cluster.name.as_str())
        .collect();
    let presence = looks.iter().map(|look| match look {
        FamilyLook::Read(_) => Presence::Here,
        FamilyLook::KindMissing => Presence::Absent,
        FamilyLook::Gap(_) => Presence::Unknown,
        FamilyLook::NotAsked => Presence::NotAsked,
    });
    Finding {
        family: family.id.clone(),
        object: ObjectName {
            kind: Kind::new("apiextensions.k8s.io", "CustomResourceDefinition"),
            namespace: None,
            name: family.kind.to_string(),
        },
        standing: Standing::Missing,
        presence: presence.collect(),
        fields: Vec::new(),
        text: Some(match elsewhere {
            0 => format!(
                "{} does not serve this kind, as others do, though they have no object of it",
                names.join(", ")
            ),
            _ => format!(
                "{} does not serve this kind, of which there are {elsewhere} elsewhere",
                names.join(", "),
            ),
        }),
        hint: Some("install its CustomResourceDefinition there".to_owned()),
        rule: None,
        age: None,
    }
}

/// All objects of a family that were there at the last run and are in no cluster any more: where nothing is
/// left, nothing differs. It is told in one run, since the next one remembers that there is nothing; its
/// Event stays for as long as Events do.
fn gone(config: &Config, family: &Family, looks: &[&FamilyLook]) -> Option<Finding> {
    let read = || looks.iter().filter_map(|look| look.census());
    let most = read().map(|census| census.gone).max()?;
    if most == 0 || !read().all(Census::is_empty) {
        return None;
    }
    let had = config.clusters.iter().zip(looks).filter_map(|(of, look)| {
        let gone = look.census()?.gone;
        (gone > 0).then(|| format!("{} had {gone}", of.name))
    });
    let had: Vec<_> = had.collect();
    let Family { id, kind, .. } = family;
    let presence = looks.iter().map(|look| match look {
        FamilyLook::Read(_) | FamilyLook::KindMissing => Presence::Absent,
        FamilyLook::Gap(_) => Presence::Unknown,
        FamilyLook::NotAsked => Presence::NotAsked,
    });
    Some(Finding {
        family: id.clone(),
        object: ObjectName {
            kind: kind.clone(),
            namespace: None,
            name: kind.to_string(),
        },
        standing: Standing::Missing,
        presence: presence.collect(),
        fields: Vec::new(),
        text: Some(format!(
            "all {most} objects of {kind} are gone: {}",
            had.join(", ")
        )),
        hint: Some(format!(
            "restore them, or take them out of `{id}` in `select`"
        )),
        rule: None,
        age: None,
    })
}

/// Families of which there is no object anywhere: nothing differs, and a slip in `select` looks the same.
/// What is gone since the last run is a finding.
pub(super) fn empty_everywhere(config: &Config, looked: &[Looked]) -> Vec<String> {
    let families = config.families.iter().enumerate();
    let empty = families.filter(|(index, _)| {
        let looks = looked.iter().filter_map(|it| it.census.get(*index));
        let mut asked = looks
            .filter(|look| **look != FamilyLook::NotAsked)
            .peekable();
        let is_empty = |census: &Census| census.is_empty() && census.gone == 0;
        asked.peek().is_some() && asked.all(|look| look.census().is_some_and(is_empty))
    });
    empty
        .map(|(_, family)| {
            let Family { id, kind, .. } = family;
            let place = match family.namespaces.as_slice() {
                [] => String::new(),
                namespaces => format!(" in {}", namespaces.join(", ")),
            };
            format!("`select` entry {id}: no object of {kind}{place} in any cluster")
        })
        .collect()
}

#[cfg(test)]
mod tests;
