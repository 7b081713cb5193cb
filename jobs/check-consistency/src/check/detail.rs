//! Objects in full: read, put into normal form, compared, and measured by what is declared.

use std::collections::{BTreeMap, BTreeSet};

use common::cluster::ServedKind;
use common::process::Context;
use futures_util::future::join_all;
use jiff::civil::Date;
use serde_json::Value;

use super::schemas::{self, KindSchemas, Schemas};
use super::subjects::Subject;
use super::{Clusters, writers};
use crate::compare::compare;
use crate::config::Config;
use crate::declared::{Judged, Rules, Template, Vars, judge};
use crate::difference::{Class, Difference, Side};
use crate::finding::{Finding, Presence, Standing, Unknown};
use crate::node::Node;
use crate::normalise::{Normal, normalise};
use crate::observe::{Looked, details};
use crate::path::{Path, Segment};
use crate::secret::Hider;
use crate::survey::Gap;

/// Objects that are held in full at the same time: dashboards have hundreds of kilobytes each.
const BATCH: usize = 100;

/// What one cluster answered; absent when it was not asked, `Ok(None)` when the object is not there.
type Answer = Option<Result<Option<Value>, Gap>>;

/// Everything that it takes to judge an object.
pub(super) struct Desk<'a> {
    pub(super) config: &'a Config,
    pub(super) clusters: &'a Clusters,
    pub(super) looked: &'a [Looked],
    pub(super) rules: &'a Rules<'a>,
    pub(super) today: Date,
    pub(super) vars: &'a [Vars],
    pub(super) hider: &'a Hider,
    pub(super) context: &'a Context,
}

/// An object that was judged.
#[derive(Debug, Clone)]
pub(super) struct Evaluated {
    pub(super) finding: Finding,
    /// What was noticed about its texts, without values.
    pub(super) notes: Vec<String>,
}

/// An object in normal form in every cluster, and what was made of it: what `explain` shows.
#[derive(Debug, Clone)]
pub struct Sides {
    /// The finding.
    pub finding: Finding,
    /// The normal forms, in the order of the clusters.
    pub nodes: Vec<Option<Node>>,
    /// What was noticed about its texts.
    pub notes: Vec<String>,
}

impl Desk<'_> {
    /// Reads the schemas of all kinds of which objects are read in full. Those of Kubernetes' own kinds
    /// only when the servers' versions differ: one version fills in the same everywhere.
    pub(super) async fn schemas(&self, subjects: &[Subject]) -> Schemas {
        let families: BTreeSet<_> = subjects.iter().map(|it| it.family).collect();
        let versions: BTreeSet<_> = self.looked.iter().filter_map(|it| minor(it)).collect();
        let mut known = Schemas::default();
        for index in families {
            let Some(family) = self.config.families.get(index) else {
                continue;
            };
            let built_in = schemas::is_built_in(&family.kind);
            if known.get(&family.kind).is_some() || (built_in && versions.len() < 2) {
                continue;
            }
            let reads = (0..self.clusters.all.len()).map(async |cluster| {
                let served = self.served(cluster, index)?;
                let cluster = self.clusters.get(cluster)?;
                Some(if built_in {
                    schemas::of_open_api(cluster, served).await
                } else {
                    schemas::of_definition(cluster, served).await
                })
            });
            let mut each = Vec::new();
            for read in join_all(reads).await {
                each.push(match read {
                    Some(Ok(schema)) => schema,
                    Some(Err(warning)) => {
                        known.warnings.push(warning);
                        None
                    }
                    None => None,
                });
            }
            known.add(&family.kind, each);
        }
        known
    }

    /// Judges objects, reading them where the lists showed them.
    pub(super) async fn judge(&self, subjects: &[Subject], schemas: &Schemas) -> Vec<Evaluated> {
        self.each(subjects, schemas, false, |sides| Evaluated {
            finding: sides.finding,
            notes: sides.notes,
        })
        .await
    }

    /// Judges objects anew, reading them everywhere.
    pub(super) async fn judge_again(
        &self,
        subjects: &[Subject],
        schemas: &Schemas,
    ) -> Vec<Evaluated> {
        self.each(subjects, schemas, true, |sides| Evaluated {
            finding: sides.finding,
            notes: sides.notes,
        })
        .await
    }

    /// One object with all its sides.
    pub(super) async fn sides(&self, subject: &Subject, schemas: &Schemas) -> Option<Sides> {
        let subjects = std::slice::from_ref(subject);
        let mut sides = self.each(subjects, schemas, true, |sides| sides).await;
        sides.pop()
    }

    async fn each<T>(
        &self,
        subjects: &[Subject],
        schemas: &Schemas,
        everywhere: bool,
        keep: impl Fn(Sides) -> T,
    ) -> Vec<T> {
        let mut kept = Vec::new();
        for batch in subjects.chunks(BATCH) {
            let answers = Box::pin(self.fetch(batch, everywhere)).await;
            for (subject, answers) in batch.iter().zip(answers) {
                kept.push(keep(self.evaluate(subject, answers, schemas)));
            }
        }
        kept
    }

    fn served(&self, cluster: usize, family: usize) -> Option<&ServedKind> {
        self.looked.get(cluster)?.kinds.get(family)?.as_ref()
    }

    /// For each subject what each cluster answers.
    async fn fetch(&self, subjects: &[Subject], everywhere: bool) -> Vec<Vec<Answer>> {
        let reads = (0..self.clusters.all.len()).map(async |cluster| {
            let mut answers: Vec<Answer> = subjects.iter().map(|_| None).collect();
            let mut wanted: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
            for (index, subject) in subjects.iter().enumerate() {
                let asked = subject.presence.get(cluster).is_some_and(|it| match it {
                    Presence::Here | Presence::Terminating => true,
                    Presence::Absent | Presence::Unknown => everywhere,
                    Presence::NotAsked => false,
                });
                if asked {
                    wanted.entry(subject.family).or_default().push(index);
                }
            }
            let Some(connection) = self.clusters.get(cluster) else {
                return answers;
            };
            for (family, indexes) in wanted {
                let Some(served) = self.served(cluster, family) else {
                    continue;
                };
                let names = indexes.iter().filter_map(|index| subjects.get(*index));
                let names: Vec<_> = names
                    .map(|subject| {
                        (
                            subject.object.namespace.clone(),
                            self.name(subject, cluster),
                        )
                    })
                    .collect();
                let limits = &self.config.limits;
                let read = details(connection, &served.resource, &names, limits, self.context);
                for (index, read) in indexes.into_iter().zip(read.await) {
                    if let Some(answer) = answers.get_mut(index) {
                        *answer = Some(read);
                    }
                }
            }
            answers
        });
        let by_cluster = join_all(reads).await;
        let mut by_subject: Vec<Vec<Answer>> = subjects.iter().map(|_| Vec::new()).collect();
        for answers in by_cluster {
            for (of_subject, answer) in by_subject.iter_mut().zip(answers) {
                of_subject.push(answer);
            }
        }
        by_subject
    }

    /// The name that a subject has, or would have, in a cluster.
    fn name(&self, subject: &Subject, cluster: usize) -> String {
        let own = subject.names.get(cluster).and_then(Option::as_ref);
        own.cloned().unwrap_or_else(|| {
            let template = Template::parse(&subject.object.name).ok();
            match (template, self.vars.get(cluster)) {
                (Some(template), Some(vars)) => template.expand_shown(vars),
                (Some(_) | None, _) => subject.object.name.clone(),
            }
        })
    }

    fn evaluate(&self, subject: &Subject, answers: Vec<Answer>, schemas: &Schemas) -> Sides {
        let family = self.config.families.get(subject.family);
        let known = schemas.get(&subject.object.kind);
        let mut read = Read::new(subject);
        for (cluster, answer) in answers.into_iter().enumerate() {
            read.take(cluster, answer);
        }
        let normals: Vec<Option<Normal>> = read
            .objects
            .iter()
            .map(|object| Some(normal(subject, object.as_ref()?, known, self.hider)))
            .collect();
        let nodes: Vec<Option<&Node>> = normals
            .iter()
            .map(|normal| normal.as_ref().map(|normal| &normal.root))
            .collect();
        let mut differences = compare(&nodes);
        for difference in &mut differences {
            if known.is_some_and(|known| is_default(difference, known)) {
                difference.class = Class::Defaulted;
            }
        }
        let judged = judge(
            &subject.object,
            &read.presence,
            &nodes,
            differences,
            self.rules,
            self.vars,
        );
        let notes = self.notes(subject, &normals);
        let finding = self.finding(subject, read, judged, family.map(|it| it.id.as_str()));
        Sides {
            finding,
            notes,
            nodes: normals
                .into_iter()
                .map(|normal| normal.map(|it| it.root))
                .collect(),
        }
    }

    fn finding(
        &self,
        subject: &Subject,
        read: Read,
        judged: Judged,
        family: Option<&str>,
    ) -> Finding {
        let Judged {
            standing,
            mut fields,
            rule,
            text,
        } = judged;
        for field in fields.iter_mut().filter(|field| field.rule.is_none()) {
            let written = self.writers(&read, &field.difference.path);
            field.note = field.note.take().or(written);
        }
        let gap = read.gap;
        let unsettled = subject.rolling || read.rolling;
        let standing = match standing {
            // What differs where it was seen differs, whatever else could not be seen.
            Standing::Different | Standing::NotDistinct | Standing::Unexpected if unsettled => {
                Standing::Unknown(Unknown::NotSettled)
            }
            Standing::Different | Standing::NotDistinct | Standing::Unexpected => standing,
            standing => gap.as_ref().map_or(standing, |gap| Standing::Unknown(*gap)),
        };
        Finding {
            family: family.unwrap_or_default().to_owned(),
            object: subject.object.clone(),
            standing,
            presence: read.presence,
            fields,
            text,
            hint: None,
            rule,
            age: None,
        }
    }

    /// Who wrote a field last, cluster by cluster.
    fn writers(&self, read: &Read, path: &Path) -> Option<String> {
        let clusters = self.config.clusters.iter().zip(&read.objects);
        let written: Vec<_> = clusters
            .filter_map(|(cluster, object)| {
                let writer = writers::last_writer(object.as_ref()?, path)?;
                Some(format!("{}: {writer}", cluster.name))
            })
            .collect();
        (!written.is_empty()).then(|| format!("last written by {}", written.join(", ")))
    }

    fn notes(&self, subject: &Subject, normals: &[Option<Normal>]) -> Vec<String> {
        let clusters = self.config.clusters.iter().zip(normals);
        clusters
            .flat_map(|(cluster, normal)| {
                let notes = normal.iter().flat_map(|normal| &normal.notes);
                notes.map(|note| format!("{}: {}{note}", cluster.name, subject.object))
            })
            .collect()
    }
}

/// What was read of a subject.
struct Read {
    presence: Vec<Presence>,
    objects: Vec<Option<Value>>,
    gap: Option<Unknown>,
    rolling: bool,
}

impl Read {
    fn new(subject: &Subject) -> Self {
        Self {
            presence: subject.presence.clone(),
            objects: subject.presence.iter().map(|_| None).collect(),
            gap: subject.gap,
            rolling: false,
        }
    }

    fn take(&mut self, cluster: usize, answer: Answer) {
        let Some(answer) = answer else {
            return;
        };
        let presence = match answer {
            Ok(Some(object)) => {
                let deleted = object.pointer("/metadata/deletionTimestamp").is_some();
                self.rolling |= is_rolling(&object);
                if let Some(place) = self.objects.get_mut(cluster) {
                    *place = Some(object);
                }
                if deleted {
                    Presence::Terminating
                } else {
                    Presence::Here
                }
            }
            Ok(None) => Presence::Absent,
            Err(gap) => {
                self.gap = self.gap.or(Some(gap.reason));
                Presence::Unknown
            }
        };
        if let Some(place) = self.presence.get_mut(cluster) {
            *place = presence;
        }
    }
}

/// Whether a controller has not yet seen what was written last.
fn is_rolling(object: &Value) -> bool {
    let number = |pointer: &str| object.pointer(pointer).and_then(Value::as_i64);
    let seen = number("/status/observedGeneration");
    matches!((seen, number("/metadata/generation")), (Some(seen), Some(now)) if seen < now)
}

fn normal(subject: &Subject, object: &Value, known: Option<&KindSchemas>, hider: &Hider) -> Normal {
    let kind = &subject.object.kind;
    match known {
        None => normalise(kind, object, &(), hider),
        Some(known) => {
            let mut filled = object.clone();
            if let Some(union) = &known.union {
                union.fill(&mut filled);
            }
            normalise(kind, &filled, known, hider)
        }
    }
}

/// Whether every side is what its own server fills in where nothing is set.
fn is_default(difference: &Difference, known: &KindSchemas) -> bool {
    if !matches!(difference.class, Class::Value | Class::Presence) {
        return false;
    }
    let Some(names) = names(&difference.path) else {
        return false;
    };
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let mut asked = 0_usize;
    let all = difference
        .sides
        .iter()
        .zip(&known.each)
        .all(|(side, schema)| {
            let default = schema.as_ref().and_then(|schema| schema.default_at(&names));
            match (side, default) {
                (Side::NoObject, _) => true,
                (Side::Absent, None) => true,
                (Side::Shown(text), Some(default)) => {
                    asked += 1;
                    let plain = default.as_str().map(str::to_owned);
                    *text == plain.unwrap_or_else(|| default.to_string())
                }
                (Side::Shown(_), None) | (Side::Absent, Some(_)) | (Side::Hidden { .. }, _) => {
                    false
                }
            }
        });
    all && asked > 0
}

/// A path as a schema knows it; none within a document.
fn names(path: &Path) -> Option<Vec<String>> {
    path.0
        .iter()
        .map(|segment| match segment {
            Segment::Field(name) => Some(name.clone()),
            Segment::Item(_) | Segment::Index(_) => Some("*".to_owned()),
            Segment::Document => None,
        })
        .collect()
}

/// `1.34` of `v1.34.4-eks-…`.
fn minor(looked: &Looked) -> Option<String> {
    let version = looked.facts.version.as_deref()?;
    let mut parts = version.trim_start_matches('v').split('.');
    Some(format!("{}.{}", parts.next()?, parts.next()?))
}
