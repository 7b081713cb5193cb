//! What goes with the dashboards: the chart's version, the release's size, and the lock. Pure.

use std::collections::BTreeMap;

use super::chart::{self, Manifest, Version};
use super::decide::Question;
use super::entry::Entry;
use super::lock::{ChartMark, Lock};
use super::look::{Chart, Held, Observed};
use super::plan::{FilesPlan, Step, What};
use super::{FilesConfig, release};
use crate::digest::Digest;
use crate::key::Key;

/// Adds the steps that go with those for the dashboards: chart and lock.
pub(super) fn finish(
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

fn content(chart: &Chart, manifest: &Manifest, folder: &BTreeMap<&str, &[u8]>) -> Digest {
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
