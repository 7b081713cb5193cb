//! Reads objects in full, and the schemas of their kinds. What they come to is for [`Measure`] to say.

use std::collections::{BTreeMap, BTreeSet};

use common::cluster::ServedKind;
use common::process::Context;
use futures_util::future::join_all;
use jiff::civil::Date;

use super::Clusters;
use super::measure::{Measure, Sides};
use super::reading::{Answer, Look};
use super::schemas::{self, Said, Schemas};
use super::subjects::Subject;
use crate::declared::Template;
use crate::finding::Finding;
use crate::observe::{Looked, details};

/// Objects that are held in full at the same time: dashboards have hundreds of kilobytes each.
const BATCH: usize = 100;

/// Everything that it takes to read and judge an object.
pub(super) struct Desk<'a> {
    pub(super) measure: Measure<'a>,
    pub(super) clusters: &'a Clusters,
    pub(super) looked: &'a [Looked],
    pub(super) today: Date,
    pub(super) context: &'a Context,
}

/// An object that was judged.
#[derive(Debug, Clone)]
pub(super) struct Evaluated {
    pub(super) finding: Finding,
    /// What was noticed about its texts, without values.
    pub(super) notes: Vec<String>,
}

impl Desk<'_> {
    /// Reads the schemas of all kinds of which objects are read in full. Those of Kubernetes' own kinds
    /// only when the servers' versions differ: one version fills in the same everywhere.
    pub(super) async fn schemas(&self, subjects: &[Subject]) -> Schemas {
        let read = subjects.iter().filter(|it| it.reading);
        let families: BTreeSet<_> = read.map(|it| it.family).collect();
        let versions: BTreeSet<_> = self.looked.iter().filter_map(minor).collect();
        let mut known = Schemas::default();
        for index in families {
            let Some(family) = self.measure.config.families.get(index) else {
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
                    Some(Ok(schema)) => Said::Schema(schema),
                    Some(Err(warning)) => {
                        known.warnings.push(warning);
                        Said::Unread
                    }
                    None => Said::NotServed,
                });
            }
            known.add(&family.kind, each);
        }
        known
    }

    /// Judges objects.
    pub(super) async fn judge(
        &self,
        subjects: &[Subject],
        schemas: &Schemas,
        look: Look,
    ) -> Vec<Evaluated> {
        let keep = |sides: Sides| Evaluated {
            finding: sides.finding,
            notes: sides.notes,
        };
        self.each(subjects, schemas, look, keep).await
    }

    /// One object with all its sides.
    pub(super) async fn sides(&self, subject: &Subject, schemas: &Schemas) -> Option<Sides> {
        let subjects = std::slice::from_ref(subject);
        let sides = self.each(subjects, schemas, Look::Everywhere, |sides| sides);
        sides.await.pop()
    }

    async fn each<T>(
        &self,
        subjects: &[Subject],
        schemas: &Schemas,
        look: Look,
        keep: impl Fn(Sides) -> T,
    ) -> Vec<T> {
        let mut kept = Vec::new();
        for batch in subjects.chunks(BATCH) {
            let answers = Box::pin(self.fetch(batch, look)).await;
            for (subject, answers) in batch.iter().zip(answers) {
                let known = schemas.get(&subject.object.kind);
                kept.push(keep(self.measure.evaluate(subject, answers, known)));
            }
        }
        kept
    }

    fn served(&self, cluster: usize, family: usize) -> Option<&ServedKind> {
        self.looked.get(cluster)?.kinds.get(family)?.as_ref()
    }

    /// For each subject what each cluster answers.
    async fn fetch(&self, subjects: &[Subject], look: Look) -> Vec<Vec<Answer>> {
        let reads =
            (0..self.clusters.all.len()).map(|cluster| self.fetch_from(cluster, subjects, look));
        let by_cluster = join_all(reads).await;
        let mut by_subject: Vec<Vec<Answer>> = subjects.iter().map(|_| Vec::new()).collect();
        for answers in by_cluster {
            for (of_subject, answer) in by_subject.iter_mut().zip(answers) {
                of_subject.push(answer);
            }
        }
        by_subject
    }

    /// What one cluster answers for each subject.
    async fn fetch_from(&self, cluster: usize, subjects: &[Subject], look: Look) -> Vec<Answer> {
        let mut answers: Vec<Answer> = subjects.iter().map(|_| None).collect();
        let Some(connection) = self.clusters.get(cluster) else {
            return answers;
        };
        let mut wanted: BTreeMap<usize, Vec<(usize, &Subject)>> = BTreeMap::new();
        for (index, subject) in subjects.iter().enumerate() {
            if look.asks(subject, cluster) {
                let of_family = wanted.entry(subject.family).or_default();
                of_family.push((index, subject));
            }
        }
        for (family, subjects) in wanted {
            let Some(served) = self.served(cluster, family) else {
                continue;
            };
            let names = subjects.iter().map(|(_, subject)| {
                let namespace = subject.object.namespace.clone();
                (namespace, self.name(subject, cluster))
            });
            let names: Vec<_> = names.collect();
            let limits = &self.measure.config.limits;
            let read = details(connection, &served.resource, &names, limits, self.context);
            for ((index, _), read) in subjects.into_iter().zip(read.await) {
                if let Some(answer) = answers.get_mut(index) {
                    *answer = Some(look.believe(read, connection.name().as_str()));
                }
            }
        }
        answers
    }

    /// The name that a subject has, or would have, in a cluster.
    fn name(&self, subject: &Subject, cluster: usize) -> String {
        let own = subject.names.get(cluster).and_then(Option::as_ref);
        own.cloned().unwrap_or_else(|| {
            let template = Template::parse(&subject.object.name).ok();
            match (template, self.measure.vars.get(cluster)) {
                (Some(template), Some(vars)) => template.expand_shown(vars),
                (Some(_) | None, _) => subject.object.name.clone(),
            }
        })
    }
}

/// `1.34` of `v1.34.4-eks-…`.
fn minor(looked: &Looked) -> Option<String> {
    let version = looked.facts.version.as_deref()?;
    let mut parts = version.trim_start_matches('v').split('.');
    Some(format!("{}.{}", parts.next()?, parts.next()?))
}
