//! The shape of the document, field by field in the order in which they are written.

use std::collections::BTreeMap;

use common::trouble::Trouble;
use jiff::Timestamp;
use serde::Serialize;

#[derive(Debug, Serialize)]
pub(super) struct Document<'a> {
    pub(super) schema: &'static str,
    pub(super) at: Timestamp,
    pub(super) verdict: Verdict,
    pub(super) clusters: Vec<Cluster<'a>>,
    pub(super) coverage: Covered,
    pub(super) parts: Vec<PartRead<'a>>,
    pub(super) counts: BTreeMap<&'static str, usize>,
    pub(super) objects: Vec<Object<'a>>,
    pub(super) rules: Vec<Rule<'a>>,
    pub(super) warnings: &'a [String],
    pub(super) converged: usize,
    pub(super) undetailed: usize,
    pub(super) remembered: bool,
}

#[derive(Debug, Serialize)]
pub(super) struct Verdict {
    pub(super) word: &'static str,
    pub(super) text: String,
}

#[derive(Debug, Serialize)]
pub(super) struct Cluster<'a> {
    pub(super) name: &'a str,
    pub(super) baseline: bool,
    pub(super) version: Option<&'a str>,
    pub(super) identity: Option<&'a str>,
    pub(super) trouble: Option<&'a Trouble>,
    pub(super) peer: Option<Peer<'a>>,
}

#[derive(Debug, Serialize)]
pub(super) struct Peer<'a> {
    pub(super) watchdog_since: Option<Timestamp>,
    pub(super) watchdog_seen: Option<Timestamp>,
    pub(super) replicas: Vec<Replica<'a>>,
}

#[derive(Debug, Serialize)]
pub(super) struct Replica<'a> {
    pub(super) name: &'a str,
    pub(super) same_user: bool,
}

#[derive(Debug, Serialize)]
pub(super) struct Covered {
    pub(super) text: String,
    pub(super) families: Share,
    pub(super) clusters: Share,
    pub(super) parts_missing: usize,
    pub(super) objects_undecided: usize,
}

#[derive(Debug, Serialize)]
pub(super) struct Share {
    pub(super) complete: usize,
    pub(super) all: usize,
}

#[derive(Debug, Serialize)]
pub(super) struct PartRead<'a> {
    pub(super) family: &'a str,
    pub(super) kind: String,
    pub(super) cluster: &'a str,
    pub(super) read: Option<usize>,
    pub(super) reason: Option<&'static str>,
    pub(super) trouble: Option<&'a Trouble>,
}

#[derive(Debug, Serialize)]
pub(super) struct Object<'a> {
    pub(super) family: &'a str,
    pub(super) group: &'a str,
    pub(super) kind: &'a str,
    pub(super) namespace: Option<&'a str>,
    pub(super) name: &'a str,
    pub(super) standing: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<&'static str>,
    pub(super) presence: BTreeMap<&'a str, &'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) hint: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rule: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) known: Option<Known>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) fields: Vec<Differing<'a>>,
    #[serde(skip_serializing_if = "is_zero")]
    pub(super) fields_left_out: usize,
}

#[derive(Debug, Serialize)]
pub(super) struct Known {
    pub(super) first_seen: Timestamp,
    pub(super) age_seconds: i64,
    pub(super) runs: u64,
}

#[derive(Debug, Serialize)]
pub(super) struct Differing<'a> {
    pub(super) path: String,
    pub(super) class: &'static str,
    pub(super) sides: Vec<Shown<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rule: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) note: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) fingerprint: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) known: Option<Known>,
}

/// `state` is `value`, `secret`, `absent` or `no-object`.
#[derive(Debug, Serialize)]
pub(super) struct Shown<'a> {
    pub(super) cluster: &'a str,
    pub(super) state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) value: Option<String>,
    /// Whether the value is longer than what is shown of it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) cut: bool,
    /// Of a secret: the same number for equal ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) group: Option<usize>,
}

#[derive(Debug, Serialize)]
pub(super) struct Rule<'a> {
    pub(super) id: &'a str,
    pub(super) summary: &'a str,
    pub(super) reason: &'a str,
    pub(super) expires: Option<jiff::civil::Date>,
    pub(super) expired: bool,
    pub(super) used: usize,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
const fn is_zero(number: &usize) -> bool {
    *number == 0
}
