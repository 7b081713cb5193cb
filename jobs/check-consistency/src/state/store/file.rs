//! Memory in a file.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use common::trouble::Trouble;

use crate::verdict;

use super::{Base, Found, Memory};

/// Reads what is there.
pub(super) fn find(path: &Path) -> Result<Found, Trouble> {
    match fs::read(path) {
        // What is not UTF-8 is no JSON either.
        Ok(bytes) => Ok(Found {
            base: Base::Absent,
            memory: Some(Memory::parse(&String::from_utf8_lossy(&bytes))),
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Found {
            base: Base::Absent,
            memory: None,
        }),
        Err(error) => Err(trouble("reading", path, &error)),
    }
}

/// Writes it whole or not at all, for nobody else to read.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> Result<(), Trouble> {
    write(path, bytes).map_err(|error| trouble("writing", path, &error))
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    // A temporary file is made with the permissions 0600.
    let mut file = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

fn trouble(doing: &str, path: &Path, error: &io::Error) -> Trouble {
    verdict::STATE_UNUSABLE.because(format!("{doing} {}: {error}", path.display()))
}
