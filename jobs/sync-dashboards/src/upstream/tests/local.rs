//! Origins on this machine.

use std::path::Path;
use std::process::Command;

use super::*;

fn git(path: &Path, args: &[&str]) -> String {
    let done = Command::new("git")
        .arg("-C")
        .arg(path)
        .args([
            "-c",
            "user.name=a",
            "-c",
            "user.email=a@b",
            "-c",
            "tag.gpgSign=false",
        ])
        .args(args)
        .output()
        .unwrap();
    assert!(done.status.success(), "{done:?}");
    String::from_utf8(done.stdout).unwrap().trim().to_owned()
}

/// A repository whose tag `v1` holds the file and whose branch `main` another.
fn repository(path: &Path) -> String {
    git(path, &["init", "-q", "-b", "main"]);
    std::fs::create_dir(path.join("manifests")).unwrap();
    for (bytes, tag) in [(FILE, Some("v1")), (OTHER, None)] {
        std::fs::write(path.join("manifests/file.yaml"), bytes).unwrap();
        git(path, &["add", "."]);
        git(path, &["commit", "-q", "--no-gpg-sign", "-m", "x"]);
        if let Some(tag) = tag {
            git(path, &["tag", "-a", "-m", "x", tag]);
        }
    }
    git(path, &["rev-parse", "v1^{commit}"])
}

fn clone_at(path: &Path) -> Source {
    source(
        vec![Origin::Git {
            path: path.to_owned(),
        }],
        None,
    )
}

#[tokio::test]
async fn a_clone_gives_the_file_at_a_commit_a_tag_and_a_branch() {
    let directory = tempdir().unwrap();
    let commit = repository(directory.path());
    let source = clone_at(directory.path());
    for reference in [commit.as_str(), "v1"] {
        let fetched = fetch(&source, reference).await.unwrap();
        assert_eq!(fetched.bytes, FILE, "{reference}");
        assert_eq!(
            fetched.origin,
            format!("{} (git)", directory.path().display())
        );
    }
    assert_eq!(look(&source, "main").await.unwrap().bytes, OTHER);
    assert_eq!(
        fetch(&source, "main").await.unwrap_err().code,
        "digest-mismatch"
    );
    let http = http(&source, &[]);
    let told = resolve(
        &source,
        &"v1".parse().unwrap(),
        &http,
        &Cancellation::default(),
    )
    .await;
    assert_eq!(told.unwrap().unwrap().as_str(), commit);
}

#[tokio::test]
async fn a_bare_clone_is_as_good_and_our_environment_does_not_lead_elsewhere() {
    let directory = tempdir().unwrap();
    let (work, bare) = (directory.path().join("work"), directory.path().join("bare"));
    std::fs::create_dir(&work).unwrap();
    repository(&work);
    git(directory.path(), &["clone", "-q", "--bare", "work", "bare"]);
    let source = clone_at(&bare);
    let http = http(&source, &[("GIT_DIR", "/nowhere")]);
    let fetched = pinned(&source, &pin("v1"), &http, &Cancellation::default()).await;
    assert_eq!(fetched.unwrap().bytes, FILE);
}

#[tokio::test]
async fn what_a_clone_lacks_is_told_apart_from_no_clone() {
    let directory = tempdir().unwrap();
    let empty = tempdir().unwrap();
    repository(directory.path());
    let mut source = clone_at(directory.path());
    assert_eq!(
        fetch(&source, "v2").await.unwrap_err().code,
        "upstream-missing"
    );
    source.limits.body = 10;
    assert_eq!(
        fetch(&source, "v1").await.unwrap_err().code,
        "upstream-too-large"
    );
    source.limits = limits();
    // A directory has no bytes.
    source.place.path = "manifests".to_owned();
    assert_eq!(
        fetch(&source, "v1").await.unwrap_err().code,
        "upstream-missing"
    );
    for nowhere in [empty.path(), &empty.path().join("x")] {
        let trouble = fetch(&clone_at(nowhere), "v1").await.unwrap_err();
        assert_eq!(trouble.code, "upstream-source", "{trouble}");
    }
}

#[tokio::test]
async fn files_and_directories_are_read_within_the_limits() {
    let directory = tempdir().unwrap();
    let root = directory.path();
    let flat = root.join("file.yaml");
    let file = |path: &Path| {
        source(
            vec![Origin::File {
                path: path.to_owned(),
            }],
            None,
        )
    };
    let folder = source(
        vec![Origin::Directory {
            path: root.to_owned(),
        }],
        None,
    );
    assert_eq!(
        fetch(&folder, COMMIT).await.unwrap_err().code,
        "upstream-source"
    );
    assert_eq!(
        fetch(&file(&flat), COMMIT).await.unwrap_err().code,
        "upstream-source"
    );
    assert_eq!(
        fetch(&file(root), COMMIT).await.unwrap_err().code,
        "upstream-source"
    );
    std::fs::write(&flat, FILE).unwrap();
    assert_eq!(fetch(&file(&flat), COMMIT).await.unwrap().bytes, FILE);
    assert_eq!(fetch(&folder, COMMIT).await.unwrap().bytes, FILE);
    std::fs::create_dir(root.join("manifests")).unwrap();
    std::fs::write(root.join("manifests/file.yaml"), OTHER).unwrap();
    assert_eq!(look(&folder, "main").await.unwrap().bytes, OTHER);
    let mut small = file(&flat);
    small.limits.body = FILE.len() - 1;
    assert_eq!(
        fetch(&small, COMMIT).await.unwrap_err().code,
        "upstream-too-large"
    );
    std::fs::write(&flat, "").unwrap();
    assert_eq!(
        fetch(&file(&flat), COMMIT).await.unwrap_err().code,
        "upstream-not-the-file"
    );
}

#[tokio::test]
async fn origins_that_know_the_reference_are_asked_before_those_that_hold_one_version() {
    let directory = tempdir().unwrap();
    let flat = directory.path().join("file.yaml");
    std::fs::write(&flat, OTHER).unwrap();
    let server = Server::script(&[ok(FILE), with(404, "", b"")]).await;
    let source = source(vec![Origin::File { path: flat }, raw(&server)], None);
    assert_eq!(look(&source, "main").await.unwrap().bytes, FILE);
    let found = look(&source, "main").await.unwrap();
    assert_eq!(found.bytes, OTHER);
    assert!(
        found.notes[1].ends_with("holds one version, which may not be `main`"),
        "{:?}",
        found.notes
    );
}
