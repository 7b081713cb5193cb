//! The file that a job is configured with, as far as jobs share it: reading it, names and durations in it,
//! and how a cluster is reached.

pub mod access;
pub mod duration;
pub mod names;

use std::path::{Path, PathBuf};

use crate::exit::Exit;
use crate::fault::Fault;
use crate::yaml::Invalid;

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file could not be read.
    #[error("reading the configuration {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        #[source]
        source: std::io::Error,
    },
    /// The file has errors: all of them.
    #[error(transparent)]
    Invalid(#[from] Invalid),
}

impl Fault for ConfigError {
    fn exit(&self) -> Exit {
        Exit::Config
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Read { .. } => "config-unreadable",
            Self::Invalid(invalid) => invalid.code(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Read { .. } => {
                Some("check the path, its permissions, and that the file is UTF-8 text".to_owned())
            }
            Self::Invalid(_) => None,
        }
    }
}

/// The text of the file.
///
/// # Errors
/// When it cannot be read, or is no UTF-8.
pub fn read(path: &Path) -> Result<String, ConfigError> {
    std::fs::read_to_string(path).map_err(|source| ConfigError::Read {
        path: path.to_owned(),
        source,
    })
}
