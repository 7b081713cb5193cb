//! Tests of the edits.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::{bump_chart, write_digest};
use crate::checkout;
use crate::images::Digest;

const VALUES: &str = "\
# The cluster.
cluster: prod-e1-1

# Which image.
image:
  repository: registry.local/app
  # The newest.
  digest: sha256:00 # written by a release

pushgateway:
  image:
    digest: sha256:11
";

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in ["values", "chart"] {
        fs::create_dir(folder.path().join(name)).unwrap();
    }
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn read(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(name)).unwrap()
}

#[test]
fn only_the_one_line_of_each_file_changes() {
    let files = [("values/a.yaml", VALUES), ("values/b.yaml", VALUES)];
    let folder = folder(&files);
    let digest = Digest::of(b"image");
    let edits = write_digest(folder.path(), &digest).unwrap();
    let expected = VALUES.replace("sha256:00", &digest.to_string());
    for (name, _) in files {
        assert_eq!(read(folder.path(), name), expected);
    }
    assert_eq!(edits.len(), 2);
    assert_eq!(edits[0].before, "sha256:00");
    assert!(edits.iter().all(super::Edit::is_change));

    let again = write_digest(folder.path(), &digest).unwrap();
    assert!(!again.iter().any(super::Edit::is_change));
    assert_eq!(read(folder.path(), "values/a.yaml"), expected);
}

#[test]
fn nothing_is_written_when_one_file_lacks_the_line() {
    let lacks = "cluster: b\npushgateway:\n  image:\n    digest: sha256:11\n";
    let folder = folder(&[("values/a.yaml", VALUES), ("values/b.yaml", lacks)]);
    let error = write_digest(folder.path(), &Digest::of(b"image")).unwrap_err();
    let text = format!("{error:#}");
    assert!(
        text.contains("values/b.yaml: the line is missing"),
        "{text}"
    );
    assert_eq!(read(folder.path(), "values/a.yaml"), VALUES);
}

#[test]
fn a_line_that_stands_twice_is_refused() {
    let twice = VALUES.replace("  # The newest.", "  digest: sha256:22");
    let folder = folder(&[("values/a.yaml", &twice)]);
    let error = write_digest(folder.path(), &Digest::of(b"image")).unwrap_err();
    let text = format!("{error:#}");
    assert!(text.contains("lines 7 and 8 both say which"), "{text}");
}

#[test]
fn a_folder_without_values_is_named() {
    let folder = folder(&[]);
    let error = write_digest(folder.path(), &Digest::of(b"image")).unwrap_err();
    assert!(error.to_string().ends_with("values holds no values"));
}

#[test]
fn the_charts_version_counts_up() {
    let chart = "apiVersion: v2\nname: jobs\nversion: 0.1.9 # of the chart\nkubeVersion: \">=1\"\n";
    let folder = folder(&[("chart/Chart.yaml", chart)]);
    let edit = bump_chart(folder.path()).unwrap();
    assert_eq!(
        (edit.before.as_str(), edit.after.as_str()),
        ("0.1.9", "0.1.10")
    );
    let expected = chart.replace("0.1.9", "0.1.10");
    assert_eq!(read(folder.path(), "chart/Chart.yaml"), expected);
}

#[test]
fn a_version_of_another_form_is_refused() {
    let folder = folder(&[("chart/Chart.yaml", "version: 1.0.0-rc.1\n")]);
    let text = format!("{:#}", bump_chart(folder.path()).unwrap_err());
    assert!(
        text.contains("`1.0.0-rc.1` is not of three numbers"),
        "{text}"
    );
}

/// What the release does to this very checkout, on a copy.
#[test]
fn the_projects_own_files_have_the_lines() {
    let copied = ["values/prod-e1-1.yaml", "values/remoting-prod-e1-1.yaml"];
    let folder = folder(&[]);
    for name in copied.into_iter().chain(["chart/Chart.yaml"]) {
        let text = fs::read_to_string(checkout::file("k8s").join(name)).unwrap();
        fs::write(folder.path().join(name), text).unwrap();
    }
    let digest = Digest::of(b"image").to_string();
    let edits = write_digest(folder.path(), &Digest::of(b"image")).unwrap();
    assert_eq!(edits.len(), copied.len());
    for (name, edit) in copied.into_iter().zip(edits) {
        let old = fs::read_to_string(checkout::file("k8s").join(name)).unwrap();
        let new = read(folder.path(), name);
        let differ: Vec<_> = old
            .lines()
            .zip(new.lines())
            .filter(|(a, b)| a != b)
            .collect();
        assert_eq!(old.lines().count(), new.lines().count());
        assert_eq!(differ.len(), 1, "{name}");
        let (before, after) = differ[0];
        assert_eq!(before.replace(&edit.before, &digest), after);
    }
    bump_chart(folder.path()).unwrap();
}
