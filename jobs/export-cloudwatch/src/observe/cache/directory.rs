//! The files of a cache directory: their names, how they are replaced, and when they go.

use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

const PREFIX: &str = "listings-";

/// Digits of the scope's checksum in a name.
const DIGITS: usize = 16;

/// A file that was not written for so long is one of an account, region or key that is gone.
const ABANDONED: Duration = Duration::from_hours(14 * 24);

/// The name of the file for the scope with this checksum.
pub(super) fn file_name(scope: &str) -> String {
    format!("{PREFIX}{scope:.DIGITS$}.txt")
}

/// A reader sees the old file or the new one, never a part. A torn write after a crash of the
/// machine is caught by the checksum.
pub(super) fn replace(file: &Path, text: &[u8]) -> io::Result<()> {
    if let Some(directory) = file.parent() {
        fs::create_dir_all(directory)?;
    }
    let draft = file.with_extension(format!("{}.tmp", std::process::id()));
    let written = fs::write(&draft, text).and_then(|()| fs::rename(&draft, file));
    if written.is_err() {
        // What matters is the first error; the draft may not even exist.
        fs::remove_file(&draft).unwrap_or_default();
    }
    written
}

/// Removes the abandoned files beside `written`, whose time is the file system's own "now". Nothing
/// depends on it, so what cannot be removed is left to the next run.
pub(super) fn sweep(written: &Path) {
    if let Err(error) = try_sweep(written) {
        tracing::debug!("abandoned listings were left: {error}");
    }
}

fn try_sweep(written: &Path) -> io::Result<()> {
    let now = fs::metadata(written)?.modified()?;
    let Some(directory) = written.parent() else {
        return Ok(());
    };
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let age = now.duration_since(entry.metadata()?.modified()?);
        // The time of a file that is newer than ours has no age.
        if is_ours(&entry.file_name().to_string_lossy()) && age.is_ok_and(|age| age > ABANDONED) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Whether this program gives such names: to listings, and to drafts that a crash has left.
fn is_ours(name: &str) -> bool {
    let Some((digits, extension)) = name
        .strip_prefix(PREFIX)
        .and_then(|rest| rest.split_once('.'))
    else {
        return false;
    };
    let process = extension.strip_suffix(".tmp").unwrap_or_default();
    digits.len() == DIGITS
        && digits.chars().all(|c| c.is_ascii_hexdigit())
        && (extension == "txt" || process.parse::<u32>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_our_own_making_are_ours() {
        let scope = super::super::format::checksum(b"account");
        let name = file_name(&scope);
        assert_eq!(name.len(), "listings-0123456789abcdef.txt".len());
        assert!(is_ours(&name) && is_ours("listings-0123456789abcdef.4711.tmp"));
        for foreign in [
            "listings.txt",
            "listings-2026.txt",
            "listings-0123456789abcdef",
            "listings-0123456789abcdef.txt.bak",
            "listings-0123456789abcdef.tmp",
            "listings-0123456789abcdeg.txt",
            "my-listings-0123456789abcdef.txt",
        ] {
            assert!(!is_ours(foreign), "{foreign}");
        }
    }

    #[test]
    fn what_nobody_has_written_for_two_weeks_is_removed_and_nothing_else() {
        let directory = tempfile::tempdir().unwrap();
        let file = |name: &str, days_old: u64| {
            let path = directory.path().join(name);
            fs::write(&path, "").unwrap();
            let now = fs::metadata(&path).unwrap().modified().unwrap();
            let then = now - Duration::from_hours(24 * days_old);
            let file = fs::File::options().write(true).open(&path).unwrap();
            file.set_modified(then).unwrap();
            path
        };
        let abandoned = [
            file("listings-0000000000000001.txt", 15),
            file("listings-0000000000000002.7.tmp", 15),
        ];
        let kept = [
            file("listings-0000000000000003.txt", 13),
            file("notes.txt", 400),
        ];
        let written = file("listings-0000000000000004.txt", 0);
        sweep(&written);
        assert!(abandoned.iter().all(|path| !path.exists()));
        assert!(kept.iter().all(|path| path.exists()) && written.exists());
    }
}
