//! Tests of images.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::Path;

use flate2::read::GzDecoder;
use serde_json::{Value, json};

use super::Image;
use crate::images::{Digest, File, Reference};

fn image(text: &str) -> Image {
    let files = vec![File::bytes("/bin/app", text).unwrap()];
    Image::of_files("registry.local/app:v1", &["/bin/app", "--serve"], files).unwrap()
}

/// The files of a tar by their paths.
fn unpacked(bytes: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in tar::Archive::new(bytes).entries().unwrap() {
        let mut entry = entry.unwrap();
        let path = entry.path().unwrap().display().to_string();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        files.insert(path, bytes);
    }
    files
}

fn written(image: &Image) -> (Reference, BTreeMap<String, Vec<u8>>) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("image.tar");
    let reference = image.write(&path).unwrap();
    (reference, unpacked(&fs::read(path).unwrap()))
}

fn json(files: &BTreeMap<String, Vec<u8>>, path: &str) -> Value {
    serde_json::from_slice(&files[path]).unwrap()
}

/// The place of the blob that a descriptor speaks of; it must be as large as that says.
fn place(files: &BTreeMap<String, Vec<u8>>, descriptor: &Value) -> String {
    let digits = descriptor["digest"]
        .as_str()
        .unwrap()
        .strip_prefix("sha256:")
        .unwrap();
    let place = format!("blobs/sha256/{digits}");
    assert_eq!(json!(files[&place].len()), descriptor["size"]);
    place
}

#[test]
fn same_files_same_digest() {
    let directory = tempfile::tempdir().unwrap();
    let [one, two] = ["one.tar", "two.tar"].map(|name| directory.path().join(name));
    let reference = image("A").write(&one).unwrap();
    assert_eq!(image("A").write(&two).unwrap(), reference);
    assert_eq!(fs::read(one).unwrap(), fs::read(two).unwrap());
    assert_ne!(image("B").reference(), &reference);
}

#[test]
fn every_blob_is_called_by_its_digest() {
    let (_, files) = written(&image("A"));
    let blobs = files
        .iter()
        .filter_map(|(path, bytes)| Some((path.strip_prefix("blobs/sha256/")?, bytes)));
    let blobs: Vec<_> = blobs.filter(|(name, _)| !name.is_empty()).collect();
    assert_eq!(blobs.len(), 3);
    for (name, bytes) in blobs {
        assert_eq!(Digest::of(bytes).digits(), name);
    }
}

#[test]
fn the_layout_leads_from_the_names_to_the_files() {
    let (reference, files) = written(&image("A"));
    assert_eq!(files["oci-layout"], br#"{"imageLayoutVersion":"1.0.0"}"#);
    let index = json(&files, "index.json");
    let entries = index["manifests"].as_array().unwrap();
    let names: Vec<&Value> = entries
        .iter()
        .map(|entry| &entry["annotations"]["io.containerd.image.name"])
        .collect();
    let [by_tag, by_digest] = ["registry.local/app:v1".to_owned(), reference.to_string()];
    assert_eq!(names, [&json!(by_tag), &json!(by_digest)]);
    for entry in entries {
        assert_eq!(entry["digest"], json!(reference.digest.to_string()));
    }

    let manifest = json(&files, &place(&files, &entries[0]));
    let config = json(&files, &place(&files, &manifest["config"]));
    assert_eq!(config["config"]["User"], "65532:65532");
    assert_eq!(
        config["config"]["Entrypoint"],
        json!(["/bin/app", "--serve"])
    );
    let packed = &files[&place(&files, &manifest["layers"][0])];
    let mut layer = Vec::new();
    GzDecoder::new(packed.as_slice())
        .read_to_end(&mut layer)
        .unwrap();
    let digest = Digest::of(&layer).to_string();
    assert_eq!(config["rootfs"]["diff_ids"], json!([digest]));

    let inside = unpacked(&layer);
    assert_eq!(inside["bin/app"], b"A");
    let paths: Vec<&str> = inside.keys().map(String::as_str).collect();
    let expected = [
        "bin/",
        "bin/app",
        "etc/",
        "etc/group",
        "etc/nsswitch.conf",
        "etc/passwd",
        "tmp/",
    ];
    assert_eq!(paths, expected);
}

/// The format changes only on purpose: other bytes are another digest for the same files.
#[test]
fn the_digest_of_these_files_is_known() {
    let digest = image("A").reference().digest.to_string();
    insta::assert_snapshot!(digest, @"sha256:246b86bc06722e0f91d789760b657b26526c7eb928d6bd0687ba5daf44f593bb");
}

#[test]
fn two_things_in_one_place_are_refused() {
    let files = vec![File::bytes("/etc/passwd", "toor:x:0:0::/:/bin/sh").unwrap()];
    let refusal = Image::of_files("registry.local/app:v1", &[], files).unwrap_err();
    let text = format!("{refusal:#}");
    assert!(
        text.contains("two things are to lie at /etc/passwd"),
        "{text}"
    );
}

#[test]
fn a_directory_that_is_missing_is_named() {
    let refusal = image("A").write(Path::new("/nowhere/app.tar")).unwrap_err();
    assert_eq!(refusal.to_string(), "writing /nowhere/app.tar");
}
