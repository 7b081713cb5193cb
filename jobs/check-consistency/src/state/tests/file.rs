//! Memory in a file.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::super::{Memory, Store};
use super::memory;
use super::store::{NEWER, loaded, saved};

#[tokio::test]
async fn a_file_is_for_its_owner_alone_and_is_replaced_as_a_whole() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("memory.json");
    let store = Store::File(path.clone());
    let found = loaded(&store).await;
    assert!(!found.known && found.warning.is_some());
    let new = memory("a", "08:00:00");
    saved(&store, found, &new).await.unwrap();
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let found = loaded(&store).await;
    assert_eq!((&found.memory, found.known), (&new, true));
    saved(&store, found, &Memory::default()).await.unwrap();
    assert_eq!(loaded(&store).await.memory, Memory::default());
    assert_eq!(
        names(directory.path()),
        ["memory.json"],
        "nothing is left over"
    );
}

#[tokio::test]
async fn a_damaged_file_is_written_anew_and_a_newer_one_stays() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("memory.json");
    let store = Store::File(path.clone());
    fs::write(&path, [0xff, 0xfe]).unwrap();
    let found = loaded(&store).await;
    assert!(!found.known);
    saved(&store, found, &Memory::default()).await.unwrap();
    assert!(loaded(&store).await.known);

    let before = loaded(&store).await;
    fs::write(&path, NEWER).unwrap();
    saved(&store, loaded(&store).await, &Memory::default())
        .await
        .unwrap();
    let trouble = saved(&store, before, &Memory::default()).await.unwrap_err();
    assert_eq!(trouble.code, "state-newer");
    assert_eq!(fs::read_to_string(&path).unwrap(), NEWER);
}

#[tokio::test]
async fn a_file_that_cannot_be_there_is_told_with_its_path() {
    let directory = tempfile::tempdir().unwrap();
    let nowhere = Store::File(directory.path().join("no/memory.json"));
    let found = loaded(&nowhere).await;
    let trouble = saved(&nowhere, found, &Memory::default())
        .await
        .unwrap_err();
    assert_eq!(trouble.code, "state-unusable");
    assert!(trouble.text.contains("no/memory.json"), "{trouble}");
    // A directory is no file.
    let wrong = Store::File(directory.path().to_owned());
    let found = loaded(&wrong).await;
    let warning = found.warning.clone().unwrap();
    assert!(
        warning.starts_with("ages are not known: reading"),
        "{warning}"
    );
    assert!(saved(&wrong, found, &Memory::default()).await.is_err());
}

fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let name = |entry: fs::DirEntry| entry.file_name().into_string().unwrap();
    entries.map(|entry| name(entry.unwrap())).collect()
}
