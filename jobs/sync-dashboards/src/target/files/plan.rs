//! From what is there and what should be to an ordered list of steps. Pure.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::chart::{self, Manifest, Version};
use super::decide::{self, Effect, Question, Reason, Verdict};
use super::entry::Entry;
use super::known::Known;
use super::lock::{ChartMark, Lock};
use super::look::{Held, Observed};
use super::{FilesConfig, release};
use crate::desired::Desired;
use crate::digest::Digest;
use crate::key::Key;
use crate::target::guard::{self, Grace, Refusal, Removal};
use crate::target::{Action, Item, Orders, State};

/// The decision about the folder. Nothing in it has been done yet.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FilesPlan {
    /// One line for each dashboard that is wanted, ours, or in the folder, by name.
    pub items: Vec<Item>,
    /// Why nothing is deleted, if something would have been.
    pub removal: Option<Refusal>,
    /// What is done, in this order.
    pub(super) steps: Vec<Step>,
    /// The chart's version, old and new.
    pub(super) raised: Option<(String, String)>,
    /// The estimated size of Helm's release, in bytes.
    pub(super) release: Option<usize>,
    /// From which size on to warn, in bytes.
    pub(super) warn: usize,
    /// Files in the folder that are somebody's own.
    pub(super) foreign: usize,
}

/// One write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) what: What,
    pub(super) path: PathBuf,
    /// What is there; nothing when no file is.
    pub(super) over: Option<Digest>,
    /// Whether what is there is as we left it.
    pub(super) ours: bool,
}

/// What is done to a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum What {
    Write(Vec<u8>),
    Delete,
    Chart(Vec<u8>),
    Lock(Vec<u8>),
}

impl FilesPlan {
    /// What else there is to say.
    pub fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if let Some((old, new)) = &self.raised {
            notes.push(format!("the chart's version: {old} → {new}"));
        }
        if let Some(size) = self.release.filter(|size| *size >= self.warn) {
            notes.push(format!(
                "the chart's release would have about {} kB, and Helm can keep 1048 kB",
                size / 1000
            ));
        }
        if self.foreign > 0 {
            notes.push(format!(
                "{} foreign files in the folder are left alone",
                self.foreign
            ));
        }
        let is_lock = |step: &Step| matches!(step.what, What::Lock(_));
        if !self.steps.is_empty() && self.steps.iter().all(is_lock) {
            notes.push("only the lock file is brought up to date".to_owned());
        }
        notes
    }

    /// How many files of dashboards would be written or deleted.
    pub fn open(&self) -> usize {
        let is_file = |step: &&Step| matches!(step.what, What::Write(_) | What::Delete);
        self.steps.iter().filter(is_file).count()
    }
}

/// Decides how the folder is brought to the wanted set.
pub fn plan(
    observed: &Observed,
    desired: &Desired,
    known: &Known,
    orders: &Orders,
    grace: Grace,
    config: &FilesConfig,
) -> FilesPlan {
    let question = Question {
        observed,
        desired,
        known,
        orders,
        grace,
        config,
    };
    let verdicts = decide::all(question);
    let removal = removal(&verdicts, question);
    let mut plan = FilesPlan {
        removal,
        foreign: foreign(observed, &verdicts),
        warn: config.release_warn_bytes,
        ..FilesPlan::default()
    };
    let (mut writes, mut deletions) = (Vec::new(), Vec::new());
    let mut entries = BTreeMap::new();
    let mut after: BTreeMap<&str, &[u8]> = BTreeMap::new();
    for (name, held) in &observed.files {
        if let Held::Bytes(bytes) = held {
            after.insert(name, bytes);
        }
    }
    for (key, verdict) in &verdicts {
        let mut action = verdict.action;
        let mut entry = verdict.entry.clone();
        let step = |what, over: Option<Digest>| Step {
            what,
            path: config.dir.join(key.as_str()),
            over,
            ours: question
                .entry(key)
                .is_some_and(|entry| over == Some(entry.written)),
        };
        match &verdict.effect {
            Effect::None => {}
            Effect::Write { bytes, over } => {
                after.insert(key.as_str(), bytes);
                writes.push(step(What::Write(bytes.clone()), *over));
            }
            Effect::Delete { .. } if plan.removal.is_some() => action = Action::Keep,
            Effect::Delete { digest, .. } => {
                after.remove(key.as_str());
                entry = None;
                deletions.push(step(What::Delete, Some(*digest)));
            }
        }
        entries.extend(entry.map(|entry| (key.clone(), entry)));
        plan.items.push(Item {
            key: key.clone(),
            state: verdict.state,
            action,
            note: verdict.note.clone(),
            findings: verdict.findings.clone(),
        });
    }
    plan.steps.append(&mut writes);
    plan.steps.append(&mut deletions);
    if plan.steps.is_empty() && observed.lock.is_none() {
        // Everything that is wanted is there, and nobody asked for more.
        return plan;
    }
    finish(&mut plan, entries, &after, question);
    plan
}

/// Adds the steps that go with those for the dashboards: chart and lock.
fn finish(
    plan: &mut FilesPlan,
    entries: BTreeMap<Key, Entry>,
    after: &BTreeMap<&str, &[u8]>,
    question: Question<'_>,
) {
    let (observed, config) = (question.observed, question.config);
    let provenance = &question.desired.provenance;
    let chart = observed.chart.as_ref();
    let manifest = chart.and_then(|chart| chart.manifest.as_ref());
    let base = base(plan, &entries, question);
    let mut mark = base.chart.clone();
    if let (Some(chart), Some(manifest)) = (chart, manifest) {
        let content = content(chart, manifest, after);
        let contents: BTreeMap<_, _> = entries
            .iter()
            .map(|(key, entry)| (key, entry.written))
            .collect();
        let changed = base.contents() != contents;
        mark = next_mark(
            plan,
            manifest,
            content,
            (base.chart.as_ref(), changed),
            config,
        );
    }
    let lock = Lock::new(provenance, mark, entries);
    let bytes = lock.render();
    if !plan.steps.is_empty()
        && let Some(chart) = chart
    {
        let manifest = manifest.map(|manifest| manifest.text.as_bytes());
        let files = chart.files.values().map(Vec::as_slice);
        let files = files.chain(manifest).chain([bytes.as_slice()]);
        plan.release = Some(release::estimate(files, after));
    }
    if base != lock {
        let over = match plan.steps.first() {
            Some(Step {
                what: What::Lock(first),
                ..
            }) => Some(Digest::of(first)),
            _ => observed.lock.as_ref().map(|(_, digest)| *digest),
        };
        plan.steps.push(lock_step(bytes, over, question));
    }
}

/// The lock that the run begins with. When there is none, or it says nothing of the chart, the first step
/// writes one that tells how everything was: else a run after a crash could not know that the chart's
/// version is still to be raised, or that it has been.
fn base(plan: &mut FilesPlan, entries: &BTreeMap<Key, Entry>, question: Question<'_>) -> Lock {
    let observed = question.observed;
    let now = mark_now(observed);
    let base = match question.lock() {
        Some(lock) if lock.chart.is_some() || now.is_none() || plan.steps.is_empty() => {
            return lock.clone();
        }
        Some(lock) => lock.with_chart(now),
        None => {
            let held = |key: &Key, entry: &Entry| match observed.files.get(key.as_str()) {
                Some(Held::Bytes(bytes)) => Digest::of(bytes) == entry.written,
                Some(Held::Link) | None => false,
            };
            let mut equal = entries.clone();
            equal.retain(|key, entry| held(key, entry));
            Lock::new(&question.desired.provenance, now, equal)
        }
    };
    let over = observed.lock.as_ref().map(|(_, digest)| *digest);
    let first = lock_step(base.render(), over, question);
    plan.steps.insert(0, first);
    base
}

/// The chart as it is.
pub(super) fn mark_now(observed: &Observed) -> Option<ChartMark> {
    let chart = observed.chart.as_ref()?;
    let manifest = chart.manifest.as_ref()?;
    let mut folder = BTreeMap::new();
    for (name, held) in &observed.files {
        if let Held::Bytes(bytes) = held {
            folder.insert(name.as_str(), bytes.as_slice());
        }
    }
    Some(ChartMark {
        version: manifest.version.to_string(),
        content: content(chart, manifest, &folder),
    })
}

/// What the lock says of the chart from now on. Adds the step that raises its version if that is due.
fn next_mark(
    plan: &mut FilesPlan,
    manifest: &Manifest,
    content: Digest,
    (before, changed): (Option<&ChartMark>, bool),
    config: &FilesConfig,
) -> Option<ChartMark> {
    let mark = |version: &Version| {
        Some(ChartMark {
            version: version.to_string(),
            content,
        })
    };
    let Some(before) = before else {
        return mark(&manifest.version);
    };
    let locked = Version::parse(&before.version);
    if locked.is_some_and(|locked| manifest.version > locked) {
        // A person has raised it, or we have before a crash.
        return mark(&manifest.version);
    }
    if before.content == content || !changed {
        return Some(before.clone());
    }
    let version = manifest.version.raised(config.bump);
    plan.raised = Some((manifest.version.to_string(), version.to_string()));
    plan.steps.extend(config.chart.clone().map(|path| Step {
        what: What::Chart(manifest.with(&version).into_bytes()),
        path,
        over: Some(Digest::of(&manifest.text)),
        ours: false,
    }));
    mark(&version)
}

fn content(
    chart: &super::look::Chart,
    manifest: &Manifest,
    folder: &BTreeMap<&str, &[u8]>,
) -> Digest {
    let chart = chart.files.iter();
    let chart = chart.map(|(path, bytes)| (format!("chart/{path}"), bytes.as_slice()));
    let folder = folder.iter();
    let folder = folder.map(|(name, bytes)| (format!("folder/{name}"), *bytes));
    chart::content(chart.chain(folder), manifest)
}

pub(super) fn lock_step(bytes: Vec<u8>, over: Option<Digest>, question: Question<'_>) -> Step {
    Step {
        what: What::Lock(bytes),
        path: question.config.lock_path(),
        over,
        ours: question
            .lock()
            .is_none_or(|lock| over == Some(Digest::of(lock.render()))),
    }
}

pub(super) fn foreign(observed: &Observed, verdicts: &BTreeMap<Key, Verdict>) -> usize {
    let is_own = |name: &&String| {
        name.ends_with(".json")
            && verdicts.get(name.as_str()).is_none_or(|verdict| {
                verdict.state == State::Foreign && verdict.action == Action::Keep
            })
    };
    observed.files.keys().filter(is_own).count()
}

/// Why nothing may be deleted.
fn removal(verdicts: &BTreeMap<Key, Verdict>, question: Question<'_>) -> Option<Refusal> {
    let (desired, allowed) = (question.desired, question.orders.removals);
    let mut reasons = Vec::new();
    for verdict in verdicts.values() {
        if let Effect::Delete { reason, .. } = verdict.effect {
            reasons.push(reason);
        }
    }
    if reasons.is_empty() {
        return None;
    }
    let locked = question.lock().map(|lock| lock.dashboards.keys());
    let is_there = |key: &&Key| question.observed.files.contains_key(key.as_str());
    let here = locked.into_iter().flatten().filter(is_there).count();
    let gone = |reason: &&Reason| **reason == Reason::NoLongerWanted;
    let guard = guard::check(Removal {
        removals: reasons.iter().filter(gone).count(),
        here,
        wanted: desired.dashboards.len(),
        clean: desired.is_clean(),
        allowed,
    });
    let guard = guard.and_then(|()| match allowed {
        Some(_) => Ok(()),
        None => guard::believable(desired.upstream(), here),
    });
    // What only changes its name is not counted, and stays like everything else in a run that failed.
    match guard {
        Ok(()) if !desired.is_clean() => Some(Refusal::Failed),
        guard => guard.err(),
    }
}
