//! The JSON of an image, by the OCI image specification 1.1.
//!
//! Written by hand, field by field: the bytes are what the digest is of, so that no library's idea of
//! optional fields may change them.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::packing::Packing;
use super::{Digest, Reference};

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";

/// As whom programs run: the user and group of `/etc/passwd` that own nothing.
pub(super) const USER: u32 = 65532;

/// Names that people and tools find in the configuration and in the manifest.
pub(super) type Labels = BTreeMap<String, String>;

/// A blob by name and size.
#[derive(Debug, Clone)]
pub(super) struct Blob {
    pub(super) digest: Digest,
    pub(super) bytes: Vec<u8>,
}

impl Blob {
    pub(super) fn of(bytes: Vec<u8>) -> Self {
        let digest = Digest::of(&bytes);
        Self { digest, bytes }
    }

    fn descriptor(&self, kind: &str) -> Value {
        let (digest, size) = (self.digest.to_string(), self.bytes.len());
        json!({"mediaType": kind, "digest": digest, "size": size})
    }
}

/// How the runtime starts a container; `unpacked` is the digest of the layer before compression.
pub(super) fn config(entrypoint: &[&str], labels: &Labels, unpacked: &Digest) -> Result<Blob> {
    let mut process = json!({
        "User": format!("{USER}:{USER}"),
        "Env": ["PATH=/bin"],
        "WorkingDir": "/",
    });
    if !entrypoint.is_empty() {
        set(&mut process, "Entrypoint", json!(entrypoint));
    }
    if !labels.is_empty() {
        set(&mut process, "Labels", json!(labels));
    }
    blob(&json!({
        "created": "1970-01-01T00:00:00Z",
        "architecture": architecture(),
        "os": "linux",
        "config": process,
        "rootfs": {"type": "layers", "diff_ids": [unpacked.to_string()]},
        "history": [{"created": "1970-01-01T00:00:00Z", "created_by": "cargo image"}],
    }))
}

/// What ties configuration and layer together; its digest is the image's.
pub(super) fn manifest(
    config: &Blob,
    layer: &Blob,
    packing: Packing,
    labels: &Labels,
) -> Result<Blob> {
    let mut manifest = json!({
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": config.descriptor(CONFIG),
        "layers": [layer.descriptor(packing.media_type())],
    });
    if !labels.is_empty() {
        set(&mut manifest, "annotations", json!(labels));
    }
    blob(&manifest)
}

/// The list of a layout: the one manifest under both names that pods use, by tag and by digest.
/// containerd names what it imports by `io.containerd.image.name`; other tools choose by `ref.name`.
pub(super) fn index(manifest: &Blob, reference: &Reference) -> Result<Vec<u8>> {
    let named = |annotations: Value| {
        let mut entry = manifest.descriptor(MANIFEST);
        let platform = json!({"architecture": architecture(), "os": "linux"});
        set(&mut entry, "platform", platform);
        set(&mut entry, "annotations", annotations);
        entry
    };
    let by_tag = json!({
        "io.containerd.image.name": reference.name.to_string(),
        "org.opencontainers.image.ref.name": reference.name.tag(),
    });
    let by_digest = json!({"io.containerd.image.name": reference.to_string()});
    let list = json!({
        "schemaVersion": 2,
        "mediaType": INDEX,
        "manifests": [named(by_tag), named(by_digest)],
    });
    Ok(blob(&list)?.bytes)
}

/// The word of the Go world for what these programs are compiled for.
fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

fn set(object: &mut Value, key: &str, value: Value) {
    if let Some(fields) = object.as_object_mut() {
        fields.insert(key.to_owned(), value);
    }
}

fn blob(value: &Value) -> Result<Blob> {
    let bytes = serde_json::to_vec(value).context("writing the image's JSON")?;
    Ok(Blob::of(bytes))
}
