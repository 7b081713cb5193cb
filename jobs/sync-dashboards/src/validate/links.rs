//! Links from one dashboard to another: `/d/<uid>`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::codes::{LINK_TO_EXCLUDED, LINK_TO_UNKNOWN};
use super::identity::is_uid;
use super::texts::{self, Tally};
use crate::finding::Finding;
use crate::key::Key;

/// Warns of links to dashboards that will not be there.
///
/// `wanted` is the whole set, `excluded` has the uids of upstream's other dashboards, and `elsewhere`
/// the uids that something else brings.
pub fn links<'d>(
    wanted: impl IntoIterator<Item = (&'d Key, &'d Value)>,
    excluded: &BTreeMap<String, Key>,
    elsewhere: &BTreeSet<String>,
) -> BTreeMap<Key, Vec<Finding>> {
    let wanted: Vec<_> = wanted.into_iter().collect();
    let uid = |(_, value): &(&Key, &'d Value)| value.get("uid").and_then(Value::as_str);
    let here: BTreeSet<&str> = wanted.iter().filter_map(uid).collect();
    let mut found: BTreeMap<Key, Vec<Finding>> = BTreeMap::new();
    for (key, value) in wanted {
        let (mut to_excluded, mut to_unknown) = (Tally::default(), Tally::default());
        texts::each(value, &[], None, &mut |key, text| {
            let target = if texts::is_link(key) {
                target(text)
            } else {
                None
            };
            let Some(uid) = target.filter(|uid| !here.contains(uid)) else {
                return;
            };
            if let Some(key) = excluded.get(uid) {
                to_excluded.add(key.to_string(), "links");
            } else if !elsewhere.contains(uid) {
                to_unknown.add(uid.to_owned(), "links");
            }
        });
        let mut findings = to_excluded.findings(LINK_TO_EXCLUDED, |key| {
            format!("leads to {key}, which is excluded")
        });
        findings.extend(to_unknown.findings(LINK_TO_UNKNOWN, |uid| {
            format!("leads to the unknown uid `{uid}`")
        }));
        if !findings.is_empty() {
            found.insert(key.clone(), findings);
        }
    }
    found
}

/// The uid that an address of the same Grafana leads to.
fn target(address: &str) -> Option<&str> {
    let path = address.strip_prefix('.').unwrap_or(address);
    let path = path.strip_prefix('/').unwrap_or(path);
    let uid = path
        .strip_prefix("d/")?
        .split(['/', '?', '#', '&'])
        .next()?;
    is_uid(uid).then_some(uid)
}
