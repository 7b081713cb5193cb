//! The Dockerfile, which no test here can run: what can be known of it without an engine.
//!
//! A check reads the text and returns complaints; each has defects planted that it must find.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

use anyhow::Result;
use sandbox::checkout;
use sandbox::images::{EmptyRoot, Image, PROGRAMS, SBOM_LABEL, suite_labels};

/// Where what is compiled lies.
const COMPILED: [&str; 3] = ["common", "jobs", "k8s/install"];

/// What the last stage may do: nothing that needs a program.
const WITHOUT_PROGRAMS: [&str; 7] = ["FROM", "ARG", "LABEL", "COPY", "ENV", "WORKDIR", "USER"];

fn text() -> Result<String> {
    Ok(fs::read_to_string(checkout::file("k8s/images/Dockerfile"))?)
}

/// Keyword and the rest, continued lines joined.
fn instructions(text: &str) -> Vec<(String, String)> {
    let lines = text
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'));
    let joined = lines.collect::<Vec<_>>().join("\n").replace("\\\n", " ");
    joined
        .lines()
        .filter_map(|line| line.trim().split_once(' '))
        .map(|(keyword, rest)| (keyword.to_owned(), rest.trim().to_owned()))
        .collect()
}

fn last_stage(text: &str) -> Vec<(String, String)> {
    let mut instructions = instructions(text);
    let last = instructions
        .iter()
        .rposition(|(keyword, _)| keyword == "FROM");
    instructions.split_off(last.unwrap_or_default())
}

/// What is copied from the checkout.
fn sources(text: &str) -> Vec<String> {
    let copies = instructions(text)
        .into_iter()
        .filter(|(keyword, rest)| keyword == "COPY" && !rest.starts_with("--from="));
    copies
        .flat_map(|(_, rest)| {
            let mut words: Vec<String> = rest.split_whitespace().map(str::to_owned).collect();
            words.pop();
            words
        })
        .collect()
}

fn check_sources(text: &str) -> Vec<String> {
    let sources = sources(text);
    let mut complaints: Vec<String> = sources
        .iter()
        .filter(|source| !checkout::file(source).exists())
        .map(|source| format!("{source} does not exist"))
        .collect();
    let covered = |path: &Path| sources.iter().any(|source| path.starts_with(source));
    let needed = COMPILED.into_iter().flat_map(included);
    complaints.extend(
        needed
            .filter(|path| !covered(path))
            .map(|path| format!("{} is compiled in and not copied", path.display())),
    );
    complaints
}

/// The files below `folder` and those that they include outside of their tests, from the top.
fn included(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::from(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(checkout::file("").join(&folder)).unwrap() {
            let path = folder.join(entry.unwrap().file_name());
            let real = checkout::file("").join(&path);
            if real.is_dir() {
                folders.push(path);
                continue;
            }
            let of_tests = path.ends_with("tests.rs") || path.iter().any(|it| it == "tests");
            if path.extension().is_some_and(|it| it == "rs") && !of_tests {
                let source = fs::read_to_string(&real).unwrap();
                let program = source.split("#[cfg(test)]").next().unwrap_or_default();
                let names = ["include_str!(", "include_bytes!("]
                    .into_iter()
                    .flat_map(|call| program.split(call).skip(1))
                    .filter_map(|rest| rest.split('"').nth(1));
                found.extend(names.map(|name| plain(&folder.join(name))));
            }
            found.push(path);
        }
    }
    found
}

/// Without `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        if component == Component::ParentDir {
            plain.pop();
        } else {
            plain.push(component);
        }
    }
    plain
}

fn check_bases(text: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut comment = String::new();
    for line in text.lines() {
        if let Some(words) = line.strip_prefix('#') {
            comment.push_str(words);
            continue;
        }
        if let Some(base) = line
            .strip_prefix("FROM ")
            .map(|rest| rest.split(' ').next().unwrap())
            && base != "scratch"
        {
            let digits = base.split_once("@sha256:").map(|(_, digits)| digits);
            match digits {
                Some(zeros) if zeros.len() == 64 && zeros.bytes().all(|it| it == b'0') => {
                    if !comment.contains("PLACEHOLDER") {
                        complaints.push(format!("the digest of {base} is none and not called so"));
                    }
                }
                Some(digits) if digits.len() == 64 => {}
                Some(_) | None => complaints.push(format!("{base} is not pinned by digest")),
            }
        }
        comment.clear();
    }
    complaints
}

fn check_last_stage(text: &str) -> Vec<String> {
    let stage = last_stage(text);
    let mut complaints = Vec::new();
    if !stage
        .iter()
        .any(|it| *it == ("FROM".to_owned(), "scratch".to_owned()))
    {
        complaints.push("the image is not from scratch".to_owned());
    }
    for (keyword, rest) in &stage {
        let from_outside = keyword == "COPY" && !rest.starts_with("--from=build ");
        if !WITHOUT_PROGRAMS.contains(&keyword.as_str()) || from_outside {
            complaints.push(format!("the last stage has {keyword} {rest}"));
        }
    }
    if stage
        .last()
        .is_none_or(|it| *it != ("USER".to_owned(), "65532:65532".to_owned()))
    {
        complaints.push("the user at the end is not 65532:65532".to_owned());
    }
    complaints
}

fn check_build(text: &str) -> Vec<String> {
    let expected: BTreeSet<&str> = PROGRAMS.into();
    let instructions = instructions(text);
    let build = instructions
        .iter()
        .find(|(_, rest)| rest.contains("cargo auditable build"));
    let Some((_, build)) = build else {
        return vec!["nothing is built".to_owned()];
    };
    let mut complaints = Vec::new();
    let after_package = build.split("--package ").skip(1);
    let built: BTreeSet<&str> = after_package
        .filter_map(|rest| rest.split([' ', ';']).next())
        .collect();
    if built != expected {
        complaints.push(format!("built are {built:?}"));
    }
    let list = build
        .split_once("for name in ")
        .and_then(|(_, rest)| rest.split_once(';'));
    let kept: BTreeSet<&str> = list.map_or("", |(list, _)| list).split(' ').collect();
    if kept != expected {
        complaints.push(format!("kept are {kept:?}"));
    }
    for flag in [
        "--release",
        "--locked",
        "--target ",
        "-Ctarget-feature=+crt-static",
    ] {
        if !build.contains(flag) {
            complaints.push(format!("the build lacks {flag}"));
        }
    }
    complaints
}

/// The same words about the image and the same small files in it as in that of `cargo image`.
fn check_likeness(text: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    let labels = suite_labels(Some("$REVISION".to_owned()));
    let stage = last_stage(text);
    let said = stage
        .iter()
        .find(|(keyword, _)| keyword == "LABEL")
        .map(|(_, rest)| rest);
    let said = said.map_or("", String::as_str);
    for (name, value) in labels.iter().filter(|(name, _)| *name != SBOM_LABEL) {
        let value = if name.ends_with(".version") {
            "$VERSION"
        } else {
            value
        };
        let label = format!("{name}=\"{value}\"");
        if !said.contains(&label) {
            complaints.push(format!("the label {label} is missing"));
        }
    }
    let image = Image::of_files("registry.local/empty:v1", &[], Vec::new()).unwrap();
    let root = EmptyRoot::of(&image).unwrap();
    for path in ["/etc/passwd", "/etc/group", "/etc/nsswitch.conf"] {
        let content = fs::read_to_string(root.path(path)).unwrap();
        let printed = format!("printf '{}' >/image{path}", content.replace('\n', "\\n"));
        if !text.contains(&printed) {
            complaints.push(format!("{path} is not made by {printed}"));
        }
    }
    complaints
}

type Check = fn(&str) -> Vec<String>;

/// A text that is replaced by another, and a word of the complaint.
type Defect = (&'static str, &'static str, &'static str);

fn holds(check: Check, defects: &[Defect]) -> Result<()> {
    let text = text()?;
    let complaints = check(&text);
    assert!(complaints.is_empty(), "{complaints:#?}");
    for (old, new, word) in defects {
        assert!(text.contains(old), "{old}");
        let complaints = check(&text.replace(old, new));
        let found = complaints.iter().any(|it| it.contains(word));
        assert!(found, "{old} as {new}: {complaints:?}");
    }
    Ok(())
}

#[test]
fn it_copies_what_is_there_and_what_is_compiled() -> Result<()> {
    let defects = [
        ("COPY common", "COPY shared", "shared does not exist"),
        ("COPY k8s/rbac k8s/rbac\n", "", "k8s/rbac"),
        (
            "COPY jobs jobs\n",
            "",
            "jobs/export-cloudwatch/src/main.rs is compiled",
        ),
    ];
    holds(check_sources, &defects)
}

#[test]
fn its_bases_are_pinned_or_called_placeholders() -> Result<()> {
    let zeros = "0000000000000000000000000000000000000000000000000000000000000000";
    let defects = [
        ("# PLACEHOLDER", "# A digest", "is none and not called so"),
        (
            "slim-bookworm@sha256:",
            "slim-bookworm@sha512:",
            "not pinned",
        ),
        (zeros, "00", "not pinned"),
    ];
    holds(check_bases, &defects)
}

#[test]
fn the_image_has_no_shell_and_an_own_user() -> Result<()> {
    let defects = [
        ("FROM scratch", "FROM debian:12", "not from scratch"),
        ("USER 65532:65532\n", "", "the user at the end"),
        (
            "WORKDIR /\nUSER",
            "RUN chmod 1777 /tmp\nUSER",
            "the last stage has RUN",
        ),
        (
            "COPY --from=build /image/ /",
            "COPY target/release /bin",
            "the last stage has COPY",
        ),
    ];
    holds(check_last_stage, &defects)
}

#[test]
fn it_builds_and_keeps_every_program() -> Result<()> {
    let defects = [
        ("      --package install-monitoring \\\n", "", "built are"),
        ("in check-consistency ", "in ", "kept are"),
        (" --locked --bins", " --bins", "lacks --locked"),
        ("+crt-static", "+avx", "crt-static"),
    ];
    holds(check_build, &defects)
}

#[test]
fn it_is_like_the_image_that_is_tested() -> Result<()> {
    let defects = [
        (
            "image.title=\"monitoring-jobs\"",
            "image.title=\"jobs\"",
            "image.title",
        ),
        ("image.revision", "image.ref", "image.revision"),
        ("hosts: files dns", "hosts: dns files", "/etc/nsswitch.conf"),
    ];
    holds(check_likeness, &defects)
}
