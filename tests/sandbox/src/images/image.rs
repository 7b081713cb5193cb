//! One image: a layer, and what is said about it.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result};
use common::env::Env;

use super::archive::archive;
use super::manifest::{self, Blob, Labels, USER};
use super::packing::Packing;
use super::suite::{self, Profile};
use super::{Digest, File, Name, Reference, pause};

/// An image in memory.
#[derive(Debug, Clone)]
pub struct Image {
    reference: Reference,
    manifest: Blob,
    config: Blob,
    layer: Blob,
    packing: Packing,
    unpacked_bytes: usize,
}

impl Image {
    /// An image of these files, for programs that need nothing else: with an own user, hosts looked up
    /// in files and DNS, and `/tmp`. `entrypoint` is the program and its first arguments; it may be empty.
    ///
    /// # Errors
    /// When `name` is not `registry/path:tag`, or two files are to lie in one place.
    pub fn of_files(name: &str, entrypoint: &[&str], files: Vec<File>) -> Result<Self> {
        Self::packed(name, entrypoint, files, &Labels::new(), Packing::Fast)
    }

    /// The image of the suite: all its programs, built now with `profile`. No entrypoint: each CronJob
    /// names its program.
    ///
    /// # Errors
    /// When the build fails, or the certificate authorities of this machine are not found.
    pub async fn suite(name: &str, profile: Profile, env: &Env) -> Result<Self> {
        Self::suite_that_trusts("", name, profile, env).await
    }

    /// The same whose programs also trust servers that `authority` (PEM) vouches for.
    ///
    /// # Errors
    /// As [`suite`](Self::suite).
    pub(crate) async fn suite_that_trusts(
        authority: &str,
        name: &str,
        profile: Profile,
        env: &Env,
    ) -> Result<Self> {
        let content = suite::content(profile, authority, env).await?;
        let packing = match profile {
            Profile::Release | Profile::Auditable => Packing::Small,
            Profile::Dev => Packing::Fast,
        };
        Self::packed(name, &[], content.files, &content.labels, packing)
    }

    /// The image of a program that does nothing until it is killed, to hold a pod's namespaces.
    ///
    /// # Errors
    /// When the Rust compiler cannot be started or cannot link statically.
    pub async fn pause(name: &str) -> Result<Self> {
        let program = pause::program().await?;
        Self::of_files(name, &["/bin/pause"], vec![program])
    }

    pub(super) fn packed(
        name: &str,
        entrypoint: &[&str],
        mut files: Vec<File>,
        labels: &Labels,
        packing: Packing,
    ) -> Result<Self> {
        let name: Name = name.parse()?;
        files.extend(base()?);
        let unpacked = archive(&files).with_context(|| format!("packing {name}"))?;
        let layer = Blob::of(packing.pack(&unpacked)?);
        let config = manifest::config(entrypoint, labels, &Digest::of(&unpacked))?;
        let manifest = manifest::manifest(&config, &layer, packing, labels)?;
        let digest = manifest.digest.clone();
        Ok(Self {
            reference: Reference { name, digest },
            manifest,
            config,
            layer,
            packing,
            unpacked_bytes: unpacked.len(),
        })
    }

    /// What to call it.
    pub fn reference(&self) -> &Reference {
        &self.reference
    }

    /// Bytes that a registry sends for it.
    pub fn compressed_bytes(&self) -> usize {
        self.layer.bytes.len() + self.config.bytes.len() + self.manifest.bytes.len()
    }

    /// Bytes of its files, with tar's headers and padding.
    pub fn unpacked_bytes(&self) -> usize {
        self.unpacked_bytes
    }

    /// The tar of its files.
    pub(super) fn unpack(&self) -> Result<Vec<u8>> {
        self.packing.unpack(&self.layer.bytes)
    }

    /// Writes it as one tar in the OCI image layout, which `ctr images import` and `skopeo copy
    /// oci-archive:` take. The file appears whole or not at all.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<Reference> {
        let layout = br#"{"imageLayoutVersion":"1.0.0"}"#;
        let mut files = vec![
            File::bytes("/oci-layout", layout)?,
            File::bytes(
                "/index.json",
                manifest::index(&self.manifest, &self.reference)?,
            )?,
        ];
        for blob in [&self.manifest, &self.config, &self.layer] {
            let place = format!("/blobs/sha256/{}", blob.digest.digits());
            files.push(File::bytes(&place, blob.bytes.as_slice())?);
        }
        let bytes = archive(&files)?;
        let doing = || format!("writing {}", path.display());
        let directory = path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty());
        let directory = directory.unwrap_or(Path::new("."));
        let mut file = tempfile::NamedTempFile::new_in(directory).with_context(doing)?;
        file.write_all(&bytes).with_context(doing)?;
        file.persist(path).with_context(doing)?;
        readable(path).with_context(doing)?;
        Ok(self.reference.clone())
    }
}

/// A temporary file is its owner's alone; an image may be read by all.
fn readable(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o644))
}

/// What every image holds besides its programs.
fn base() -> Result<Vec<File>> {
    let passwd = format!("root:x:0:0:root:/:/none\nnonroot:x:{USER}:{USER}:nonroot:/tmp:/none\n");
    let group = format!("root:x:0:\nnonroot:x:{USER}:\n");
    Ok(vec![
        File::bytes("/etc/passwd", passwd)?,
        File::bytes("/etc/group", group)?,
        File::bytes("/etc/nsswitch.conf", "hosts: files dns\n")?,
        File::directory("/tmp", 0o1777)?,
    ])
}

#[cfg(test)]
mod tests;
