//! What is done about each dashboard. Pure.

use std::collections::BTreeMap;

use super::FilesConfig;
use super::entry::{Entry, Facts};
use super::known::Known;
use super::lock::Lock;
use super::look::{Held, Observed};
use crate::dashboard::Dashboard;
use crate::desired::Desired;
use crate::digest::Digest;
use crate::finding::Finding;
use crate::key::Key;
use crate::target::guard::Grace;
use crate::target::{Action, Orders, State};

/// What is decided on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Question<'a> {
    pub(super) observed: &'a Observed,
    pub(super) desired: &'a Desired,
    pub(super) known: &'a Known,
    pub(super) orders: &'a Orders,
    pub(super) grace: Grace,
    pub(super) config: &'a FilesConfig,
}

/// What is decided about one dashboard.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Verdict {
    pub(super) state: State,
    pub(super) action: Action,
    pub(super) note: Option<String>,
    pub(super) findings: Vec<Finding>,
    pub(super) effect: Effect,
    /// What the lock says of it from now on; nothing when it is not ours.
    pub(super) entry: Option<Entry>,
}

/// What becomes of the file.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Effect {
    None,
    /// It is written, over what has that digest or where nothing is.
    Write {
        bytes: Vec<u8>,
        over: Option<Digest>,
    },
    Delete {
        digest: Digest,
        reason: Reason,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    NoLongerWanted,
    /// It only makes room for another of the same identity.
    Renamed,
}

impl Verdict {
    pub(super) fn of(state: State, action: Action) -> Self {
        Self {
            state,
            action,
            note: None,
            findings: Vec::new(),
            effect: Effect::None,
            entry: None,
        }
    }

    pub(super) fn note(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }

    pub(super) fn locked(mut self, entry: Option<Entry>) -> Self {
        self.entry = entry;
        self
    }

    fn writing(
        mut self,
        dashboard: &Dashboard,
        over: Option<Digest>,
        config: &FilesConfig,
    ) -> Self {
        let bytes = config.bytes(dashboard);
        self.entry = Some(Entry::of(dashboard, &bytes));
        self.effect = Effect::Write { bytes, over };
        self
    }
}

impl<'a> Question<'a> {
    pub(super) fn lock(self) -> Option<&'a Lock> {
        self.observed.lock.as_ref().map(|(lock, _)| lock)
    }

    pub(super) fn entry(self, key: &Key) -> Option<&'a Entry> {
        self.lock()?.dashboards.get(key)
    }
}

/// Decides about every dashboard that is wanted, ours, or in the folder.
pub(super) fn all(question: Question<'_>) -> BTreeMap<Key, Verdict> {
    let desired = question.desired;
    let mut verdicts = BTreeMap::new();
    for dashboard in desired.dashboards.values() {
        let verdict = wanted(dashboard, question);
        verdicts.insert(dashboard.key.clone(), verdict);
    }
    super::twins::judge(question, &mut verdicts);
    for (key, findings) in &desired.rejected {
        let verdict = Verdict {
            findings: findings.clone(),
            ..Verdict::of(State::Rejected, Action::Refuse)
        };
        // The old version stays, and stays ours.
        let verdict = verdict.locked(question.entry(key).cloned());
        verdicts.insert(key.clone(), verdict);
    }
    super::orphan::judge(question, &mut verdicts);
    for (name, held) in &question.observed.files {
        let Ok(key) = Key::parse(name) else { continue };
        let judge = |key: &Key| own(key, held, question);
        verdicts.entry(key).or_insert_with_key(judge);
    }
    verdicts
}

fn wanted(dashboard: &Dashboard, question: Question<'_>) -> Verdict {
    let entry = question.entry(&dashboard.key);
    let held = match question.observed.files.get(dashboard.key.as_str()) {
        Some(Held::Bytes(bytes)) => bytes,
        Some(Held::Link) => {
            return Verdict::of(State::Foreign, Action::Refuse)
                .note("it is a link")
                .locked(entry.cloned());
        }
        None => {
            let missing = Verdict::of(State::Missing, Action::Create);
            let missing = missing.writing(dashboard, None, question.config);
            return match entry {
                Some(_) => missing.note("was deleted by hand"),
                None => missing,
            };
        }
    };
    // This comes first: after a crash the lock is older than the files.
    if *held == question.config.bytes(dashboard) {
        return Verdict::of(State::Ok, Action::Keep).locked(Some(Entry::of(dashboard, held)));
    }
    let digest = Digest::of(held);
    if let Some(entry) = entry {
        return ours(dashboard, entry, (held, digest), question);
    }
    let known = dashboard.upstream == digest || question.known.has(&dashboard.key, digest);
    Verdict::of(State::Foreign, Action::Refuse).note(if known {
        "upstream's text, which this job did not write: `adopt` takes it over"
    } else {
        "it has other content, and this job did not write it"
    })
}

/// A file that the lock lists and that is not as it is wanted.
fn ours(
    dashboard: &Dashboard,
    entry: &Entry,
    (held, digest): (&[u8], Digest),
    question: Question<'_>,
) -> Verdict {
    let config = question.config;
    let kept = || {
        let entry = entry.clone();
        Some(Entry {
            absence: None,
            ..entry
        })
    };
    if digest == entry.written {
        // Only what it means counts: new bytes of the same meaning are not worth a release.
        return if entry.canonical == dashboard.canonical {
            Verdict::of(State::Ok, Action::Keep)
                .note("other bytes, the same meaning")
                .locked(kept())
        } else {
            Verdict::of(State::Outdated, Action::Update).writing(dashboard, Some(digest), config)
        };
    }
    let meaning = Facts::of(held).map(|facts| facts.canonical);
    if meaning == Some(dashboard.canonical) {
        return Verdict::of(State::Reformatted, Action::Keep)
            .note("other bytes, the same meaning")
            .locked(kept());
    }
    if meaning == Some(entry.canonical) {
        return Verdict::of(State::Reformatted, Action::Update)
            .note("reformatted by somebody, and outdated")
            .writing(dashboard, Some(digest), config);
    }
    if question.orders.restore.covers(&dashboard.key) {
        return Verdict::of(State::Edited, Action::Restore).writing(
            dashboard,
            Some(digest),
            config,
        );
    }
    let note = match meaning {
        Some(_) => "edited by somebody",
        None => "edited by somebody, and no dashboard any more",
    };
    Verdict::of(State::Edited, Action::Refuse)
        .note(note)
        .locked(kept())
}

/// A file that neither the lock nor the wanted set knows.
fn own(key: &Key, held: &Held, question: Question<'_>) -> Verdict {
    match held {
        Held::Bytes(bytes)
            if !question.desired.knows(key) && question.known.has(key, Digest::of(bytes)) =>
        {
            Verdict::of(State::Orphan, Action::Keep)
                .note("known to be upstream's of an older time; `adopt` it to have it removed")
        }
        Held::Bytes(_) | Held::Link => Verdict::of(State::Foreign, Action::Keep),
    }
}
