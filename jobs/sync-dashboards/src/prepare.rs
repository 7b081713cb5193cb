//! From the fetched bytes to the wanted set. Pure.

use std::collections::{BTreeMap, BTreeSet};

use common::trouble::Trouble;

use crate::bundle;
use crate::config::Config;
use crate::dashboard::Dashboard;
use crate::desired::{Desired, Provenance};
use crate::digest::{BlobId, Digest};
use crate::finding::{self, Finding, Level};
use crate::key::Key;
use crate::pin::Reference;
use crate::validate::{self, codes};

/// Reads a bundle, transforms and checks what is in it.
///
/// # Errors
/// When the file as a whole cannot be used.
pub fn prepare(
    config: &Config,
    reference: &Reference,
    origin: &str,
    bytes: &[u8],
) -> Result<Desired, Trouble> {
    let read = bundle::read(origin, bytes)?;
    let mut desired = Desired {
        provenance: Provenance {
            place: config.source.place.clone(),
            reference: reference.clone(),
            file: Digest::of(bytes),
            blob: BlobId::of(bytes),
            transform: config.transforms.digest(),
        },
        dashboards: BTreeMap::new(),
        rejected: BTreeMap::new(),
        excluded: BTreeSet::new(),
        unreadable: read.refused,
        warnings: BTreeMap::new(),
    };
    for (key, text) in read.entries {
        if config.excludes.covers(&key) {
            desired.excluded.insert(key);
            continue;
        }
        match one(config, &key, &text) {
            Ok((dashboard, warnings)) => {
                if !warnings.is_empty() {
                    desired.warnings.insert(key.clone(), warnings);
                }
                desired.dashboards.insert(key, dashboard);
            }
            Err(findings) => {
                desired.rejected.insert(key, findings);
            }
        }
    }
    collisions(&mut desired);
    Ok(desired)
}

/// Transforms and checks one dashboard.
fn one(config: &Config, key: &Key, text: &str) -> Result<(Dashboard, Vec<Finding>), Vec<Finding>> {
    let unreadable = |error: crate::dashboard::JsonError| {
        vec![Finding::new(
            Level::Error,
            "not-json",
            "",
            error.to_string(),
        )]
    };
    let upstream = Digest::of(text);
    let applied = config.transforms.apply(key, text).map_err(unreadable)?;
    let (dashboard, value) =
        Dashboard::read(key.clone(), applied.text, upstream).map_err(unreadable)?;
    let mut findings = validate::one(&dashboard, &value, &config.rules);
    findings.extend(applied.notes);
    if finding::has_error(&findings) {
        findings.retain(|finding| finding.level == Level::Error);
        return Err(findings);
    }
    findings.retain(|finding| finding.level == Level::Warning);
    Ok((dashboard, findings))
}

/// Rejects dashboards of one bundle that Grafana could not tell apart.
fn collisions(desired: &mut Desired) {
    let identities = desired
        .dashboards
        .values()
        .map(|dashboard| validate::Identity {
            key: dashboard.key.as_str(),
            uid: dashboard.uid.as_deref().unwrap_or_default(),
            title: &dashboard.title,
            folder: "",
            owner: dashboard.key.as_str(),
        });
    let found = validate::set(identities);
    for collision in &found {
        for owner in &collision.owners {
            if let Ok(key) = Key::parse(owner) {
                desired.dashboards.remove(&key);
                desired.warnings.remove(&key);
                let finding = codes::COLLISION.at("", collision.to_string());
                desired.rejected.entry(key).or_default().push(finding);
            }
        }
    }
}
