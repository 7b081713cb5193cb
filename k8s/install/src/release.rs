//! What Helm keeps of a release: one Secret for each revision.
//!
//! The older charts put passwords into their values and manifests, so nothing of a record prints.

mod back;
mod state;

use std::fmt;
use std::io::Read as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use common::cluster::{Cluster, Kind};
use common::fault::Failure;
use common::secret::{ExposeSecret as _, SecretString};
use common::trouble::Trouble;
use flate2::read::GzDecoder;
use jiff::Timestamp;
use k8s_openapi::api::core::v1::Secret;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::api::ApiResource;
use serde::Deserialize;
use serde_json::Value;

use crate::installation::NAMESPACE;
use crate::verdict;

pub use back::{Back, Past, way_back};
pub use state::{Standing, Wish, refuse, settled};

/// No record is larger; what claims to be is no record.
const RECORD_LIMIT_BYTES: u64 = 64 << 20;

/// The key in each Secret.
const KEY: &str = "release";

/// The kind of Secrets, for the client.
pub fn secrets() -> ApiResource {
    ApiResource::erase::<Secret>(&())
}

/// A revision as its Secret is labelled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// Counted from 1.
    pub number: u32,
    /// Helm's word: `deployed`, `superseded`, `failed`, `pending-upgrade` …
    pub status: String,
    /// Name of the Secret.
    pub secret: String,
    /// When Helm began with it.
    pub begun: Option<Timestamp>,
}

/// What a revision was made of.
pub struct Record {
    /// Name of the chart.
    pub chart: String,
    /// Its version.
    pub version: String,
    /// The values that were given, beyond those of the chart.
    pub values: Value,
    /// What Helm says of it: `Upgrade complete`, `Rollback to 3` …
    pub description: String,
    manifest: SecretString,
}

#[derive(Deserialize)]
struct Stored {
    #[serde(default)]
    chart: Chart,
    #[serde(default)]
    config: Value,
    #[serde(default)]
    manifest: String,
    #[serde(default)]
    info: Info,
}

#[derive(Default, Deserialize)]
struct Info {
    #[serde(default)]
    description: String,
}

#[derive(Default, Deserialize)]
struct Chart {
    #[serde(default)]
    metadata: Metadata,
}

#[derive(Default, Deserialize)]
struct Metadata {
    #[serde(default)]
    name: String,
    #[serde(default)]
    version: String,
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record")
            .field("chart", &self.chart)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

impl Revision {
    /// Whether it was in force once.
    pub fn was_deployed(&self) -> bool {
        matches!(self.status.as_str(), "deployed" | "superseded")
    }
}

impl Record {
    /// The manifest. It can hold Secrets: show names of objects, never their fields.
    pub fn manifest(&self) -> &str {
        self.manifest.expose_secret()
    }

    /// Whether both make the same of a cluster.
    pub fn is_as(&self, other: &Self) -> bool {
        self.chart == other.chart
            && self.version == other.version
            && self.manifest() == other.manifest()
    }

    /// Reads what a Secret holds: JSON, compressed, in Base64.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let packed = STANDARD.decode(bytes).ok()?;
        let mut text = Vec::new();
        if packed.starts_with(&[0x1f, 0x8b]) {
            let mut unpack = GzDecoder::new(packed.as_slice()).take(RECORD_LIMIT_BYTES);
            unpack.read_to_end(&mut text).ok()?;
        } else {
            text = packed;
        }
        let stored: Stored = serde_json::from_slice(&text).ok()?;
        Some(Self {
            chart: stored.chart.metadata.name,
            version: stored.chart.metadata.version,
            values: stored.config,
            description: stored.info.description,
            manifest: stored.manifest.into(),
        })
    }
}

/// The revisions of a release, the oldest first. Reads no values.
///
/// # Errors
/// When the call fails.
pub async fn history(api: &Cluster, release: &str) -> Result<Vec<Revision>, Failure> {
    let selector = format!("owner=helm,name={release}");
    let listed = api.list_metadata(&secrets(), NAMESPACE, &selector).await?;
    let mut revisions: Vec<Revision> = listed
        .into_iter()
        .filter_map(|secret| {
            let labels = secret.metadata.labels?;
            Some(Revision {
                number: labels.get("version")?.parse().ok()?,
                status: labels.get("status")?.clone(),
                secret: secret.metadata.name?,
                begun: secret.metadata.creation_timestamp.map(|Time(at)| at),
            })
        })
        .collect();
    revisions.sort_unstable_by_key(|revision| revision.number);
    Ok(revisions)
}

/// What a revision was made of.
///
/// # Errors
/// When it cannot be read.
pub async fn record(api: &Cluster, revision: &Revision) -> Result<Record, Failure> {
    let secret = api.get_secret(NAMESPACE, &revision.secret).await?;
    let record = secret.value(KEY).and_then(Record::decode);
    record.ok_or_else(|| unreadable(revision).into())
}

/// Deletes the record of a revision. One that is gone already is fine: Helm keeps ten.
///
/// # Errors
/// When the call fails.
pub async fn forget(api: &Cluster, secret: &str) -> Result<(), Failure> {
    match api.delete_named(&secrets(), Some(NAMESPACE), secret).await {
        Err(error) if error.kind != Kind::NotFound => Err(error.into()),
        Ok(()) | Err(_) => Ok(()),
    }
}

fn unreadable(revision: &Revision) -> Trouble {
    let text = format!(
        "the Secret {} in {NAMESPACE} is no record of Helm",
        revision.secret
    );
    verdict::RELEASE_UNREADABLE.because(text)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use serde_json::json;

    use super::*;

    fn packed(text: &str) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text.as_bytes()).unwrap();
        STANDARD.encode(encoder.finish().unwrap()).into_bytes()
    }

    #[test]
    fn a_record_is_unpacked_compressed_or_not() {
        let text = json!({
            "name": "prod-monitoring",
            "chart": {"metadata": {"name": "old", "version": "45.25.0"}, "templates": []},
            "config": {"password": "hunter2"},
            "manifest": "---\nkind: X\n",
            "info": {"description": "Rollback to 3"},
        })
        .to_string();
        let plain = STANDARD.encode(&text).into_bytes();
        for bytes in [packed(&text), plain] {
            let record = Record::decode(&bytes).unwrap();
            assert_eq!((&*record.chart, &*record.version), ("old", "45.25.0"));
            assert_eq!(record.manifest(), "---\nkind: X\n");
            assert_eq!(record.values["password"], "hunter2");
            assert_eq!(record.description, "Rollback to 3");
        }
        for wrong in [&b"?"[..], &packed("no JSON"), b""] {
            assert!(Record::decode(wrong).is_none());
        }
    }
}
