//! Programs with nothing but their image around them.
//!
//! The image's layer is unpacked into a directory, which becomes the root of a process in its own user
//! namespace: as user 65532, without capabilities, without `/proc` and `/dev`. That needs no root on
//! most systems. It is not what a container runtime does (files belong to the process's own user here),
//! but what is missing in an image is missing here.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context as _, Result};
use tar::Archive;
use tempfile::TempDir;
use tokio::process::Command;

use super::Image;
use super::manifest::USER;

/// The unpacked files of an image. Dropping it removes them.
#[derive(Debug)]
pub struct EmptyRoot(TempDir);

impl EmptyRoot {
    /// Unpacks what a registry would send.
    ///
    /// # Errors
    /// When the files cannot be written.
    pub fn of(image: &Image) -> Result<Self> {
        let directory = tempfile::tempdir().context("a directory for an unpacked image")?;
        let bytes = image.unpack()?;
        let mut layer = Archive::new(bytes.as_slice());
        layer.set_preserve_permissions(true);
        layer.set_preserve_ownerships(false);
        layer
            .unpack(directory.path())
            .context("unpacking an image")?;
        Ok(Self(directory))
    }

    /// Where a file of the image is outside.
    pub fn path(&self, inside: &str) -> PathBuf {
        self.0.path().join(inside.trim_start_matches('/'))
    }

    /// Adds a file, as the kubelet adds `/etc/hosts` and mounts configuration.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn mount(&self, inside: &str, bytes: &[u8]) -> Result<()> {
        let path = self.path(inside);
        let parent = path.parent().unwrap_or(Path::new("/"));
        fs::create_dir_all(parent).with_context(|| format!("creating {}", parent.display()))?;
        fs::write(&path, bytes).with_context(|| format!("writing {}", path.display()))
    }

    /// A program of the image, about to be started with an empty environment.
    pub fn command(&self, program: &str) -> Command {
        let user = USER.to_string();
        let mut command = Command::new("unshare");
        command
            .args(["--user", "--map-user", &user, "--map-group", &user])
            .arg("--root")
            .arg(self.0.path())
            .args(["--wd", "/", "--", program])
            .env_clear()
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }
}
