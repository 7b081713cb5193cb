//! How secrets are written in a content file.
//!
//! ```yaml
//! secrets:
//!   - name: prod/monitoring
//!     account: 123456789012        # default: the first account
//!     region: us-east-1            # default: the file's
//!     kms_key: arn:aws:kms:us-east-1:123456789012:key/k   # default: the key that AWS manages
//!     rotation_enabled: true       # default: false
//!     owning_service: rds          # default: none
//!     primary_region: us-west-2    # default: none, not replicated
//!     deleted: 2026-12-01T00:00:00Z   # when it goes; default: never
//!     versions:
//!       - id: 3b1c0c3f-7a52-4d0f-9f64-1d8f6f2f0a11   # default: drawn from the seed
//!         created: 2026-10-14T08:00:00Z
//!         stages: [AWSCURRENT]
//!         text: '{"a": "b"}'       # or `binary:` in Base64, or neither: a version without value
//! ```

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use common::yaml::{Cursor, Fields};
use jiff::Timestamp;

use super::instant::instant;
use super::read::{Home, each, text};
use crate::aws::secrets::SecretValue;

/// A secret at the start.
#[derive(Debug, Clone)]
pub(crate) struct SecretContent {
    pub(crate) account: Arc<str>,
    pub(crate) region: Arc<str>,
    pub(crate) name: String,
    pub(crate) kms_key: Option<String>,
    pub(crate) rotation_enabled: bool,
    pub(crate) owning_service: Option<String>,
    pub(crate) primary_region: Option<String>,
    pub(crate) deleted: Option<Timestamp>,
    pub(crate) versions: Vec<VersionContent>,
}

/// A version at the start.
#[derive(Debug, Clone)]
pub(crate) struct VersionContent {
    /// Drawn when absent.
    pub(crate) id: Option<String>,
    pub(crate) value: Option<SecretValue>,
    pub(crate) created: Timestamp,
    pub(crate) stages: Vec<String>,
}

/// Reads the list of secrets. Names are unique over all accounts and regions, so that a name is
/// enough for a person.
pub(super) fn secrets(home: &Home<'_>, list: &Cursor<'_>) -> Vec<SecretContent> {
    let mut secrets: Vec<SecretContent> = Vec::new();
    for item in list.items().unwrap_or_default() {
        let Some(secret) = secret(home, &item) else {
            continue;
        };
        if secrets.iter().any(|it| it.name == secret.name) {
            item.error(format!("repeats the secret {}", secret.name));
        }
        secrets.push(secret);
    }
    secrets
}

fn secret(home: &Home<'_>, item: &Cursor<'_>) -> Option<SecretContent> {
    let mut fields = item.fields()?;
    let mut optional = |name| fields.get(name).and_then(|it| it.string());
    let [region, kms_key, owning_service, primary_region] =
        ["region", "kms_key", "owning_service", "primary_region"].map(&mut optional);
    let name = fields.required("name").and_then(|it| it.string());
    let account = home.account(fields.get("account"));
    let rotation = fields.get("rotation_enabled").and_then(|it| it.boolean());
    let deleted = fields.get("deleted").and_then(|it| instant(&it));
    let versions = fields.get("versions").map(|it| versions(&it));
    fields.deny_unknown();
    Some(SecretContent {
        account: account?,
        region: region.map_or_else(|| Arc::clone(home.region), Into::into),
        name: name?,
        kms_key,
        rotation_enabled: rotation.unwrap_or(false),
        owning_service,
        primary_region,
        deleted,
        versions: versions.unwrap_or_default(),
    })
}

fn versions(list: &Cursor<'_>) -> Vec<VersionContent> {
    let versions = each(list, version);
    let mut seen: Vec<&String> = Vec::new();
    for label in versions
        .iter()
        .flat_map(|it| it.stages.iter().chain(&it.id))
    {
        if seen.contains(&label) {
            list.error(format!("have `{label}` twice"));
        }
        seen.push(label);
    }
    versions
}

fn version(item: &Cursor<'_>) -> Option<VersionContent> {
    let mut fields = item.fields()?;
    let id = fields.get("id").and_then(|it| id(&it));
    let created = fields.required("created").and_then(|it| instant(&it));
    let stages = fields.get("stages").map(|it| each(&it, text));
    let value = value(&mut fields);
    fields.deny_unknown();
    Some(VersionContent {
        id,
        value,
        created: created?,
        stages: stages.unwrap_or_default(),
    })
}

fn id(value: &Cursor<'_>) -> Option<String> {
    let id = value.string()?;
    if (32..=64).contains(&id.chars().count()) {
        return Some(id);
    }
    value.error("must have 32 to 64 characters");
    None
}

fn value(fields: &mut Fields<'_>) -> Option<SecretValue> {
    let text = fields.get("text");
    let binary = fields.get("binary");
    if text.is_some() && binary.is_some() {
        fields.cursor().error("must have either text or binary");
    }
    if let Some(text) = text {
        return text.string().map(SecretValue::Text);
    }
    let binary = binary?;
    STANDARD
        .decode(binary.string()?)
        .map(SecretValue::Binary)
        .map_err(|_| binary.error("must be Base64"))
        .ok()
}
