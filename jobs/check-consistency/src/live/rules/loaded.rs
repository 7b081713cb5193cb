//! What `GET /api/v1/rules` says, by the file that it was loaded from.

use std::collections::BTreeMap;

use common::number;
use jiff::Timestamp;
use serde::Deserialize;

use super::declared::RuleObject;
use crate::live::gap;
use crate::survey::Gap;

/// The first release that answers page by page; older ones send everything at once.
const PAGING_SINCE: u32 = 3;

/// Characters of a UID, as it ends the operator's file names.
const UID_CHARS: usize = 36;

#[derive(Deserialize)]
struct Answer {
    data: Data,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    groups: Option<Vec<RawGroup>>,
    group_next_token: Option<String>,
}

#[derive(Deserialize)]
struct RawGroup {
    name: String,
    file: String,
    /// In seconds.
    #[serde(default)]
    interval: f64,
    rules: Option<Vec<RawRule>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawRule {
    r#type: String,
    name: String,
    query: String,
    /// In seconds; recording rules have none.
    duration: Option<f64>,
    /// In seconds; absent from older releases.
    keep_firing_for: Option<f64>,
    labels: Option<BTreeMap<String, String>>,
    #[serde(default)]
    health: String,
    last_error: Option<String>,
    last_evaluation: Option<String>,
}

/// All that is loaded, by the name of the file without its folders.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Files(BTreeMap<String, File>);

/// One file: its groups by name.
#[derive(Debug, Default, PartialEq)]
pub(super) struct File(pub(super) BTreeMap<String, Group>);

#[derive(Debug, Default, PartialEq)]
pub(super) struct Group {
    pub(super) interval_ms: u64,
    pub(super) rules: Vec<Rule>,
}

/// A rule that is loaded.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Rule {
    pub(super) alerts: bool,
    pub(super) name: String,
    pub(super) query: String,
    pub(super) pending_ms: u64,
    /// Absent when the server does not say it.
    pub(super) keep_ms: Option<u64>,
    pub(super) labels: BTreeMap<String, String>,
    pub(super) health: Health,
    /// Absent before the first evaluation.
    pub(super) evaluated: Option<Timestamp>,
}

/// How the last evaluation went.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Health {
    Good,
    /// With what the server says about it.
    Bad(String),
    /// There was none so far.
    Pending,
}

/// Who has made a file.
#[derive(Debug, PartialEq)]
pub(super) enum Origin<'a> {
    /// The operator, from an object of this name in the namespace.
    Object(&'a str),
    /// The operator, from an object of another namespace.
    OtherNamespace,
    Unknown,
}

impl Files {
    /// Adds the groups of an answer. `Some`: the token of the next page.
    pub(super) fn add(&mut self, what: &str, answer: &str) -> Result<Option<String>, Gap> {
        let Answer { data } =
            serde_json::from_str(answer).map_err(|error| gap::not_json(what, &error))?;
        for raw in data.groups.unwrap_or_default() {
            let file = raw.file.rsplit('/').next().unwrap_or(&raw.file);
            let file = self.0.entry(file.to_owned()).or_default();
            let group = file.0.entry(raw.name).or_default();
            group.interval_ms = milliseconds(raw.interval);
            let rules = raw.rules.unwrap_or_default().into_iter();
            group.rules.extend(rules.map(RawRule::read));
        }
        Ok(data.group_next_token.filter(|token| !token.is_empty()))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &File)> {
        self.0.iter().map(|(name, file)| (name.as_str(), file))
    }

    /// The file that the operator makes of an object; without the UID as its older releases name it.
    pub(super) fn of(&self, object: &RuleObject) -> Vec<(&str, &File)> {
        let declared = &object.metadata;
        let (namespace, name, uid) = (&declared.namespace, &declared.name, &declared.uid);
        let names = [
            format!("{namespace}-{name}-{uid}.yaml"),
            format!("{namespace}-{name}.yaml"),
        ];
        let files = names.iter().filter_map(|name| self.0.get_key_value(name));
        files.map(|(name, file)| (name.as_str(), file)).collect()
    }
}

impl File {
    pub(super) fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.0.values().flat_map(|group| &group.rules)
    }
}

impl RawRule {
    fn read(self) -> Rule {
        // The year 1 stands for never.
        let evaluated = self.last_evaluation.and_then(|time| time.parse().ok());
        let evaluated = evaluated.filter(|time: &Timestamp| *time > Timestamp::UNIX_EPOCH);
        let health = match self.health.as_str() {
            "ok" => Health::Good,
            "unknown" | "" => Health::Pending,
            _ => Health::Bad(self.last_error.unwrap_or_default()),
        };
        Rule {
            alerts: self.r#type == "alerting",
            name: self.name,
            query: self.query,
            pending_ms: self.duration.map_or(0, milliseconds),
            keep_ms: self.keep_firing_for.map(milliseconds),
            labels: self.labels.unwrap_or_default(),
            health,
            evaluated,
        }
    }
}

/// Whether a release answers page by page. One that is not understood is asked for everything at once,
/// which every release knows.
pub(super) fn has_pages(version: &str) -> bool {
    let major = version.trim_start_matches('v').split('.').next();
    let major = major.and_then(|major| major.parse::<u32>().ok());
    major.is_some_and(|major| major >= PAGING_SINCE)
}

/// Reads a file's name, `NAMESPACE-NAME-UID.yaml`. Of two namespaces of which one's name begins with the
/// other's, the shorter one may be given a file of the longer one.
pub(super) fn made_by_operator<'a>(file: &'a str, namespace: &str) -> Origin<'a> {
    let stem = file.strip_suffix(".yaml").unwrap_or(file);
    let split = stem.len().checked_sub(UID_CHARS + 1);
    let split = split.and_then(|at| stem.split_at_checked(at));
    let Some((object, _)) = split.filter(|(_, uid)| is_uid(uid)) else {
        return Origin::Unknown;
    };
    let name = object.strip_prefix(namespace);
    match name.and_then(|name| name.strip_prefix('-')) {
        Some(name) if !name.is_empty() => Origin::Object(name),
        Some(_) | None => Origin::OtherNamespace,
    }
}

/// A hyphen and five groups of hexadecimal digits.
fn is_uid(text: &str) -> bool {
    let mut groups = text.split('-').map(str::len);
    let lengths = [0, 8, 4, 4, 4, 12];
    let hex = |c: char| c.is_ascii_hexdigit() || c == '-';
    lengths.iter().all(|length| groups.next() == Some(*length))
        && groups.next().is_none()
        && text.chars().all(hex)
}

fn milliseconds(seconds: f64) -> u64 {
    number::to_u64((seconds * 1000.0).round())
}
