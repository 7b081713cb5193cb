//! Kinds that a cluster does not have: told once, and not for each of their objects. Pure.

use super::measure::Measure;
use super::subjects::object;
use crate::config::{Config, Family};
use crate::finding::{Finding, Presence, Standing};
use crate::object::{Kind, ObjectName};
use crate::observe::{FamilyLook, Looked, Merged, merge};

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
        return (None, merged);
    }
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
    let finding = (elsewhere > 0).then(|| missing(measure.config, family, looks, elsewhere));
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
        text: Some(format!(
            "{} does not serve this kind, of which there are {elsewhere} elsewhere",
            names.join(", "),
        )),
        hint: Some("install its CustomResourceDefinition there".to_owned()),
        rule: None,
        age: None,
    }
}

/// Kinds that nobody has: where nothing can be, nothing differs, and a slip in `select` looks the same.
pub(super) fn served_nowhere(config: &Config, looked: &[Looked]) -> Vec<String> {
    let families = config.families.iter().enumerate();
    let nowhere = families.filter(|(index, _)| {
        let looks = looked.iter().filter_map(|it| it.census.get(*index));
        let mut asked = looks
            .filter(|look| **look != FamilyLook::NotAsked)
            .peekable();
        asked.peek().is_some() && asked.all(|look| *look == FamilyLook::KindMissing)
    });
    nowhere
        .map(|(_, family)| {
            let Family { id, kind, .. } = family;
            format!(
                "no cluster serves {kind}, which `{id}` selects: is it written as it should be?"
            )
        })
        .collect()
}

#[cfg(test)]
mod tests;
