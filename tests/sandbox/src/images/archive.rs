//! Tar files that depend on their content alone.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail};
use tar::{Builder, EntryType, Header};

use super::file::{Content, File};

/// A tar of these files and of the directories above them: sorted by path, without times, without
/// owners but root. Same files in any order, same bytes.
///
/// # Errors
/// When two files have one place, or something lies below a file.
pub(super) fn archive(files: &[File]) -> Result<Vec<u8>> {
    let mut entries: BTreeMap<&str, (u32, &Content)> = BTreeMap::new();
    for file in files {
        let former = entries.insert(file.path(), (file.mode(), file.content()));
        if former.is_some_and(|former| former != (file.mode(), file.content())) {
            bail!("two things are to lie at /{}", file.path())
        }
    }
    for file in files {
        for (end, _) in file.path().match_indices('/') {
            let parent = file.path().get(..end).unwrap_or_default();
            let (_, content) = entries
                .entry(parent)
                .or_insert((0o755, &Content::Directory));
            if **content != Content::Directory {
                bail!("/{} is to lie below a file", file.path())
            }
        }
    }
    let mut builder = Builder::new(Vec::new());
    for (path, (mode, content)) in entries {
        append(&mut builder, path, mode, content).with_context(|| format!("packing /{path}"))?;
    }
    Ok(builder.into_inner()?)
}

fn append(builder: &mut Builder<Vec<u8>>, path: &str, mode: u32, content: &Content) -> Result<()> {
    let mut header = Header::new_ustar();
    header.set_mode(mode);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    match content {
        Content::Bytes(bytes) => {
            header.set_entry_type(EntryType::Regular);
            header.set_size(u64::try_from(bytes.len())?);
            builder.append_data(&mut header, path, bytes.as_slice())?;
        }
        Content::Directory => {
            header.set_entry_type(EntryType::Directory);
            header.set_size(0);
            builder.append_data(&mut header, format!("{path}/"), std::io::empty())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::archive;
    use crate::images::File;

    fn file(path: &str, text: &str) -> File {
        File::bytes(path, text).unwrap()
    }

    #[test]
    fn the_order_of_the_files_changes_nothing() {
        let one = [file("/b", "B"), file("/a/x", "X"), file("/a/y", "Y")];
        let [b, x, y] = one.clone();
        assert_eq!(archive(&one).unwrap(), archive(&[y, b, x]).unwrap());
    }

    #[test]
    fn it_holds_what_it_was_given_and_the_directories_above() {
        let tmp = File::directory("/tmp", 0o1777).unwrap();
        let long = format!("/etc/{}/name", "long".repeat(40));
        let bytes = archive(&[file(&long, "L"), file("/etc/b/c", "C"), tmp]).unwrap();
        let mut seen = Vec::new();
        for entry in tar::Archive::new(bytes.as_slice()).entries().unwrap() {
            let mut entry = entry.unwrap();
            let path = entry.path().unwrap().display().to_string();
            let header = entry.header().clone();
            assert_eq!(header.mtime().unwrap(), 0);
            assert_eq!((header.uid().unwrap(), header.gid().unwrap()), (0, 0));
            let mut text = String::new();
            entry.read_to_string(&mut text).unwrap();
            seen.push((path, header.mode().unwrap(), text));
        }
        let below = long.trim_start_matches('/').trim_end_matches("name");
        let expected = [
            ("etc/", 0o755, ""),
            ("etc/b/", 0o755, ""),
            ("etc/b/c", 0o644, "C"),
            (below, 0o755, ""),
            (long.trim_start_matches('/'), 0o644, "L"),
            ("tmp/", 0o1777, ""),
        ];
        let expected = expected.map(|(path, mode, text)| (path.to_owned(), mode, text.to_owned()));
        assert_eq!(seen, expected);
    }

    #[test]
    fn one_place_holds_one_thing() {
        let refusal = |files: &[File]| archive(files).unwrap_err().to_string();
        let twice = refusal(&[file("/a", "A"), file("/a", "B")]);
        assert_eq!(twice, "two things are to lie at /a");
        let below = refusal(&[file("/a", "A"), file("/a/b", "B")]);
        assert_eq!(below, "/a/b is to lie below a file");
        let same = archive(&[file("/a", "A"), file("/a", "A")]).unwrap();
        assert_eq!(same, archive(&[file("/a", "A")]).unwrap());
    }
}
