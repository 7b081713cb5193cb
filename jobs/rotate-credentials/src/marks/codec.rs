//! Marks as tag values: `v1 state=live run=… replaces=…`, only characters that IAM takes.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::{Intent, KeyMark, RunId, Stage};
use crate::version::VersionId;

/// Between the keys of an intent; no key id has it, and IAM takes neither `,` nor `;`.
const BETWEEN: char = '+';

impl Stage {
    const ALL: [Self; 6] = [
        Self::New,
        Self::Live,
        Self::Soaking,
        Self::Inactive,
        Self::Orphan,
        Self::Abandoned,
    ];

    /// The word in the tag.
    pub const fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Live => "live",
            Self::Soaking => "soaking",
            Self::Inactive => "inactive",
            Self::Orphan => "orphan",
            Self::Abandoned => "abandoned",
        }
    }
}

pub(super) fn write_key(mark: &KeyMark) -> String {
    let mut text = format!("v1 state={}", mark.stage.word());
    let mut add = |name: &str, value: &str| {
        // Writing to a `String` cannot fail.
        write!(text, " {name}={value}").unwrap_or_default();
    };
    if !mark.run.as_str().is_empty() {
        add("run", mark.run.as_str());
    }
    if let Some(replaces) = &mark.replaces {
        add("replaces", replaces.as_str());
    }
    if let Some(base) = &mark.base {
        add("base", base.as_str());
    }
    add("at", &mark.at.to_string());
    add("since", &mark.since.to_string());
    if mark.short {
        add("short", "yes");
    }
    text
}

pub(super) fn read_key(text: &str) -> Option<KeyMark> {
    let mut words = words(text)?;
    let state = words.remove("state")?;
    let mark = KeyMark {
        stage: Stage::ALL.into_iter().find(|stage| stage.word() == state)?,
        run: RunId::new(words.remove("run").unwrap_or_default()),
        replaces: optional(&mut words, "replaces", |text| text.parse().ok())?,
        base: optional(&mut words, "base", |text| Some(VersionId::new(text)))?,
        at: words.remove("at")?.parse().ok()?,
        since: words.remove("since")?.parse().ok()?,
        short: optional(&mut words, "short", |text| (text == "yes").then_some(()))?.is_some(),
    };
    words.is_empty().then_some(mark)
}

pub(super) fn write_intent(intent: &Intent) -> String {
    let known: Vec<_> = intent
        .known
        .iter()
        .map(crate::key::AccessKeyId::as_str)
        .collect();
    format!(
        "v1 at={} base={} known={}",
        intent.at,
        intent.base,
        known.join(&BETWEEN.to_string())
    )
}

pub(super) fn read_intent(text: &str) -> Option<Intent> {
    let mut words = words(text)?;
    let known = words.remove("known")?;
    let known: Option<BTreeSet<_>> = known
        .split(BETWEEN)
        .filter(|key| !key.is_empty())
        .map(|key| key.parse().ok())
        .collect();
    let intent = Intent {
        at: words.remove("at")?.parse().ok()?,
        base: VersionId::new(words.remove("base").filter(|base| !base.is_empty())?),
        known: known?,
    };
    words.is_empty().then_some(intent)
}

/// The words after the version, each once.
fn words(text: &str) -> Option<BTreeMap<&str, &str>> {
    let rest = text.strip_prefix("v1 ")?;
    let mut words = BTreeMap::new();
    for word in rest.split(' ') {
        let (name, value) = word.split_once('=')?;
        if words.insert(name, value).is_some() {
            return None;
        }
    }
    Some(words)
}

/// An absent word is `Some(None)`, one that cannot be read is `None`.
#[expect(clippy::option_option, reason = "absent and unreadable are two things")]
fn optional<T>(
    words: &mut BTreeMap<&str, &str>,
    name: &str,
    read: impl FnOnce(&str) -> Option<T>,
) -> Option<Option<T>> {
    match words.remove(name) {
        None => Some(None),
        Some(text) => read(text).map(Some),
    }
}
