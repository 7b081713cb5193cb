//! Objects in full: put into normal form, compared, and measured by what is declared. Pure.

use super::defaults::is_default;
use super::reading::{Answer, Reading};
use super::schemas::KindSchemas;
use super::subjects::Subject;
use super::writers;
use crate::compare::compare;
use crate::config::Config;
use crate::declared::{Judged, Rules, Vars, judge};
use crate::difference::Class;
use crate::finding::{Finding, Standing, Unknown};
use crate::node::Node;
use crate::normalise::{Normal, holds_logins, normalise_hiding};
use crate::object::Kind;
use crate::path::Path;
use crate::secret::Hider;
use serde_json::Value;

/// What objects are measured by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Measure<'a> {
    pub(super) config: &'a Config,
    pub(super) rules: &'a Rules<'a>,
    /// One for each cluster.
    pub(super) vars: &'a [Vars],
    pub(super) hider: &'a Hider,
}

/// An object in normal form in every cluster, and what was made of it: what `explain` shows.
#[derive(Debug, Clone)]
pub(super) struct Sides {
    /// The finding.
    pub(super) finding: Finding,
    /// The normal forms, in the order of the clusters.
    pub(super) nodes: Vec<Option<Node>>,
    /// What was noticed about its texts, without values.
    pub(super) notes: Vec<String>,
}

impl Measure<'_> {
    /// What an object comes to by its place alone.
    pub(super) fn by_place(&self, subject: &Subject) -> Finding {
        let reading = Reading::new(subject, Vec::new());
        let nowhere: Vec<_> = subject.presence.iter().map(|_| None).collect();
        let judged = judge(
            &subject.object,
            &subject.presence,
            &nowhere,
            Vec::new(),
            self.rules,
            self.vars,
        );
        self.finding(subject, reading, judged)
    }

    /// What an object comes to by what the clusters answered; `answers` has one entry for each of them.
    pub(super) fn evaluate(
        &self,
        subject: &Subject,
        answers: Vec<Answer>,
        known: Option<&KindSchemas>,
    ) -> Sides {
        let reading = Reading::new(subject, answers);
        let kind = &subject.object.kind;
        // What one side shows to be a file with logins is one in the others too, whatever their labels say.
        let mut objects = reading.objects.iter().flatten();
        let logins = objects.any(|object| holds_logins(kind, object));
        let normals: Vec<Option<Normal>> = reading
            .objects
            .iter()
            .map(|object| Some(self.normal(kind, object.as_ref()?, known, logins)))
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
            &reading.presence,
            &nodes,
            differences,
            self.rules,
            self.vars,
        );
        let judged = proven(subject, &reading, judged);
        Sides {
            notes: self.notes(subject, &normals),
            finding: self.finding(subject, reading, judged),
            nodes: normals
                .into_iter()
                .map(|normal| normal.map(|it| it.root))
                .collect(),
        }
    }

    fn finding(&self, subject: &Subject, reading: Reading, judged: Judged) -> Finding {
        let Judged {
            standing,
            mut fields,
            rule,
            text,
        } = judged;
        for field in fields.iter_mut().filter(|field| field.rule.is_none()) {
            let written = self.writers(&reading, &field.difference.path);
            field.note = field.note.take().or(written);
        }
        let gap = reading.gap();
        let standing = conclude(standing, gap, reading.rolling);
        // What is wrong in what was seen is not mended by seeing the rest.
        let unread = gap.is_some_and(|why| standing == Standing::Unknown(why));
        let hint = reading.hint().filter(|_| unread).map(str::to_owned);
        let family = self.config.families.get(subject.family);
        Finding {
            family: family.map(|it| it.id.clone()).unwrap_or_default(),
            object: subject.object.clone(),
            standing,
            presence: reading.presence,
            fields,
            text,
            hint,
            rule,
            age: None,
        }
    }

    fn normal(
        &self,
        kind: &Kind,
        object: &Value,
        known: Option<&KindSchemas>,
        logins: bool,
    ) -> Normal {
        let Some(known) = known else {
            return normalise_hiding(kind, object, &(), self.hider, logins);
        };
        let mut filled = object.clone();
        if let Some(union) = &known.union {
            union.fill(&mut filled);
        }
        normalise_hiding(kind, &filled, known, self.hider, logins)
    }

    /// Who wrote a field last, cluster by cluster.
    fn writers(&self, reading: &Reading, path: &Path) -> Option<String> {
        let clusters = self.config.clusters.iter().zip(&reading.objects);
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

/// A verdict that rests on something that was read: an object whose content matters and of which nothing was
/// read is not equal, and one that is nowhere is fine only when the clusters themselves said so.
fn proven(subject: &Subject, reading: &Reading, judged: Judged) -> Judged {
    let other = |standing, text: &str| Judged {
        standing,
        text: Some(text.to_owned()),
        ..judged.clone()
    };
    let fine = matches!(
        judged.standing,
        Standing::Equal | Standing::Explained | Standing::Cosmetic
    );
    if judged.standing == Standing::Unknown(Unknown::NotSettled) && reading.is_gone() {
        return other(
            Standing::Equal,
            "was deleted everywhere since it was listed",
        );
    }
    if fine && subject.reading && !reading.is_read() {
        let nothing = Standing::Unknown(Unknown::NotComparable);
        return other(nothing, "nothing of it was read");
    }
    judged
}

/// What is left of a verdict when not everything could be seen, or not everything stood still. What
/// differs where it was seen differs, and what is in the wrong place is there, whatever else could not be
/// seen; that something is equal can only be said of the whole.
fn conclude(standing: Standing, gap: Option<Unknown>, rolling: bool) -> Standing {
    match standing {
        Standing::Different | Standing::NotDistinct if rolling => {
            Standing::Unknown(Unknown::NotSettled)
        }
        // That nothing could be compared is told better by the reason of the gap.
        Standing::Equal
        | Standing::Explained
        | Standing::Cosmetic
        | Standing::Unknown(Unknown::NotComparable) => gap.map_or(standing, Standing::Unknown),
        Standing::Different
        | Standing::NotDistinct
        | Standing::Missing
        | Standing::Unexpected
        | Standing::Terminating
        | Standing::Stale
        | Standing::NotLoaded
        | Standing::Failing
        | Standing::Settling
        | Standing::Ignored
        | Standing::Unknown(_) => standing,
    }
}

#[cfg(test)]
mod tests;
