//! What a run makes of what was remembered before it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::finding::{Age, Finding, Presence, Standing};
use crate::survey::Survey;

use super::fingerprint::{of_field, of_standing};
use super::{Entry, Look, Memory, Scope, object_text};

/// What is new since the last run. Where nothing was remembered, that is everything.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Changes {
    /// Drift that was not known, in the order of the findings. An object that differs has one for its
    /// standing and one for each field.
    pub appeared: Vec<Appeared>,
    /// Drift that is no more, in the order of fingerprints. Its object can have other drift.
    pub cleared: Vec<Cleared>,
    /// The objects of which some was cleared and none is left, sorted: `GROUP/KIND NAMESPACE/NAME`. Those
    /// that are gone from everywhere are among them.
    pub mended: Vec<String>,
}

/// A drift that was not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appeared {
    /// An index into the findings.
    pub finding: usize,
    /// What it is remembered by.
    pub fingerprint: String,
}

/// A drift that is no more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cleared {
    /// What it was remembered by.
    pub fingerprint: String,
    /// Its family.
    pub family: String,
    /// Its object, as `GROUP/KIND NAMESPACE/NAME`.
    pub object: String,
    /// Since when it was known.
    pub first_seen: Timestamp,
}

/// What a run says about all drift of an object.
#[derive(Debug, Clone, Copy)]
struct Evaluated {
    /// Whether it is known how the object stands.
    standing: bool,
    /// Whether it is known which of its fields differ.
    fields: bool,
}

impl Memory {
    /// Puts fingerprints and ages on the drift of a survey, and says what is to be remembered after it.
    ///
    /// A drift is cleared when its object was evaluated without it, or when the object is gone and all of
    /// its family was read in all clusters; whatever is unknown stays as it was. Ages are never negative:
    /// a time in the future, after a clock has stepped back, becomes the survey's own. Counts are those of
    /// what was read completely. Identities are the survey's: whoever does not accept them must not come
    /// here.
    pub fn remember(&self, survey: &mut Survey) -> (Self, Changes) {
        let at = whole_seconds(survey.at);
        let names = survey.clusters.iter().map(|cluster| cluster.name.clone());
        let mut run = Run {
            before: self,
            at,
            clusters: names.collect(),
            entries: BTreeMap::new(),
            evaluated: BTreeMap::new(),
            appeared: Vec::new(),
        };
        for (index, finding) in survey.findings.iter_mut().enumerate() {
            run.see(index, finding);
        }
        let Run {
            mut entries,
            evaluated,
            appeared,
            ..
        } = run;
        let complete = complete_families(survey);
        let mut cleared = Vec::new();
        for (fingerprint, entry) in &self.entries {
            if entries.contains_key(fingerprint) {
                continue;
            }
            let object = (entry.family.clone(), entry.object.clone());
            let is_over = match evaluated.get(&object) {
                Some(evaluated) => match entry.scope {
                    Scope::Object => evaluated.standing,
                    Scope::Field => evaluated.fields,
                },
                None => complete.contains(&entry.family),
            };
            let entry = entry.not_after(at);
            if is_over {
                cleared.push(Cleared {
                    fingerprint: fingerprint.clone(),
                    family: entry.family,
                    object: entry.object,
                    first_seen: entry.first_seen,
                });
            } else {
                entries.insert(fingerprint.clone(), entry);
            }
        }
        let mut after = Self {
            entries,
            counts: self.counts.clone(),
            identities: self.identities.clone(),
        };
        after.note_clusters(survey);
        let mended = after.without_drift(&cleared);
        let changes = Changes {
            appeared,
            cleared,
            mended,
        };
        (after, changes)
    }

    /// Objects of what was cleared that nothing is left of.
    fn without_drift(&self, cleared: &[Cleared]) -> Vec<String> {
        let left = self.entries.values().map(|entry| entry.object.as_str());
        let left: BTreeSet<&str> = left.collect();
        let over = cleared.iter().map(|cleared| cleared.object.as_str());
        let over: BTreeSet<&str> = over.collect();
        over.difference(&left).map(|it| (*it).to_owned()).collect()
    }

    /// Notes who the clusters are and how much each has.
    fn note_clusters(&mut self, survey: &Survey) {
        for cluster in &survey.clusters {
            if let Some(identity) = &cluster.identity {
                self.identities
                    .insert(cluster.name.clone(), identity.clone());
            }
        }
        for part in &survey.parts {
            if let (Ok(count), Some(cluster)) = (&part.read, survey.clusters.get(part.cluster)) {
                let look = Look {
                    family: part.family.clone(),
                    kind: part.kind.to_string(),
                    cluster: cluster.name.clone(),
                };
                self.counts.insert(look, *count);
            }
        }
    }
}

impl Entry {
    /// The same, seen at this time at the latest.
    fn not_after(&self, at: Timestamp) -> Self {
        Self {
            first_seen: self.first_seen.min(at),
            last_seen: self.last_seen.min(at),
            ..self.clone()
        }
    }
}

/// A survey on its way into memory.
struct Run<'m> {
    before: &'m Memory,
    at: Timestamp,
    clusters: Vec<String>,
    /// The drift that this run sees.
    entries: BTreeMap<String, Entry>,
    /// By family and object.
    evaluated: BTreeMap<(String, String), Evaluated>,
    appeared: Vec<Appeared>,
}

impl Run<'_> {
    fn see(&mut self, index: usize, finding: &mut Finding) {
        let object = (finding.family.clone(), object_text(&finding.object));
        let now = evaluate(finding);
        self.evaluated
            .entry(object)
            .and_modify(|before| {
                // What runs can have several findings; one that is unknown leaves all open.
                before.standing &= now.standing;
                before.fields &= now.fields;
            })
            .or_insert(now);
        finding.age = finding.standing.is_drift().then(|| {
            let names = self.clusters.iter().map(String::as_str);
            let fingerprint = of_standing(finding, names);
            self.age(index, finding, Scope::Object, &fingerprint)
        });
        let mut fields = std::mem::take(&mut finding.fields);
        for field in &mut fields {
            field.fingerprint = of_field(finding, field, &self.clusters);
            field.age = field
                .fingerprint
                .as_ref()
                .map(|fingerprint| self.age(index, finding, Scope::Field, fingerprint));
        }
        finding.fields = fields;
    }

    /// The age of a drift of this run, which counts once however often it is met.
    fn age(&mut self, index: usize, finding: &Finding, scope: Scope, fingerprint: &str) -> Age {
        if !self.entries.contains_key(fingerprint) {
            let entry = self.entry(index, finding, scope, fingerprint);
            self.entries.insert(fingerprint.to_owned(), entry);
        }
        let entry = self.entries.get(fingerprint);
        Age {
            first_seen: entry.map_or(self.at, |entry| entry.first_seen),
            occurrences: entry.map_or(1, |entry| entry.occurrences),
        }
    }

    fn entry(&mut self, index: usize, finding: &Finding, scope: Scope, fingerprint: &str) -> Entry {
        let before = self.before.entries.get(fingerprint);
        if before.is_none() {
            self.appeared.push(Appeared {
                finding: index,
                fingerprint: fingerprint.to_owned(),
            });
        }
        Entry {
            family: finding.family.clone(),
            object: object_text(&finding.object),
            scope,
            first_seen: self.since(finding, scope, before),
            last_seen: self.at,
            occurrences: before.map_or(1, |entry| entry.occurrences.saturating_add(1)),
        }
    }
}

impl Run<'_> {
    /// Since when a drift is known. An object that stands otherwise than before, and still not as it has
    /// to, is not well for as long as it was not before.
    fn since(&self, finding: &Finding, scope: Scope, before: Option<&Entry>) -> Timestamp {
        let object = object_text(&finding.object);
        let same_object = |entry: &&Entry| {
            scope == Scope::Object
                && entry.scope == scope
                && entry.family == finding.family
                && entry.object == object
        };
        let others = || {
            let others = self.before.entries.values().filter(same_object);
            others.map(|entry| entry.first_seen).min()
        };
        let known = before.map(|entry| entry.first_seen).or_else(others);
        known.map_or(self.at, |known| known.min(self.at))
    }
}

/// What a finding lets one say about drift that it does not show.
fn evaluate(finding: &Finding) -> Evaluated {
    let seen = !finding.presence.contains(&Presence::Unknown);
    let (standing, fields) = match finding.standing {
        // Too many differ, and this one was not read in detail.
        Standing::Different => (true, !finding.fields.is_empty()),
        Standing::Terminating => (true, false),
        // What settles is drift whose kind is no longer told.
        Standing::Settling | Standing::Unknown(_) => (false, false),
        Standing::Equal
        | Standing::Explained
        | Standing::Ignored
        | Standing::Cosmetic
        | Standing::Missing
        | Standing::Unexpected
        | Standing::NotDistinct
        | Standing::Stale
        | Standing::NotLoaded
        | Standing::Failing => (true, true),
    };
    Evaluated {
        standing: seen && standing,
        fields: seen && fields,
    }
}

/// Families that were read in all clusters without a gap.
fn complete_families(survey: &Survey) -> BTreeSet<String> {
    let (read, gaps): (Vec<_>, Vec<_>) = survey.parts.iter().partition(|part| part.read.is_ok());
    let mut families: BTreeSet<String> = read.iter().map(|part| part.family.clone()).collect();
    for part in gaps {
        families.remove(&part.family);
    }
    families
}

/// Ages are told in seconds at best, and whole ones are shorter.
fn whole_seconds(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}
