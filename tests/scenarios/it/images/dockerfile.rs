//! The Dockerfile, which no test here can run: what can be known of it without an engine.
//!
//! A check reads the text and returns complaints; each has defects planted that it must find.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, Result};
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

/// Bases that can be pulled as they stand: a full version, or a digest that is one. Whoever wants a
/// certain base names it by `--build-arg`.
fn check_bases(text: &str) -> Vec<String> {
    let instructions = instructions(text);
    let argument = |name: &str| {
        let begin = format!("{name}=");
        instructions
            .iter()
            .take_while(|(keyword, _)| keyword != "FROM")
            .find_map(|(_, rest)| rest.strip_prefix(&begin))
    };
    let mut complaints = Vec::new();
    for (_, rest) in instructions.iter().filter(|(keyword, _)| keyword == "FROM") {
        let named = rest.split(' ').next().unwrap_or_default();
        if named == "scratch" {
            continue;
        }
        let Some(base) = named.strip_prefix('$').and_then(argument) else {
            complaints.push(format!("{named} cannot be replaced by --build-arg"));
            continue;
        };
        let (name, digest) = base.split_once("@sha256:").unwrap_or((base, ""));
        let tag = name.rsplit_once(':').map_or("", |(_, tag)| tag);
        let version = tag.split('-').next().unwrap_or_default();
        if version
            .split('.')
            .filter(|it| it.parse::<u32>().is_ok())
            .count()
            != 3
        {
            complaints.push(format!("{base} is of no full version"));
        }
        if !digest.is_empty() && digest.bytes().all(|it| it == b'0') {
            complaints.push(format!("the digest of {base} is none"));
        }
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
fn its_bases_can_be_pulled_as_they_stand() -> Result<()> {
    let zeros =
        "slim-bookworm@sha256:0000000000000000000000000000000000000000000000000000000000000000";
    let defects = [
        (
            "1.95.0-slim-bookworm\nFROM",
            "latest\nFROM",
            "no full version",
        ),
        ("slim-bookworm", zeros, "is none"),
        (
            "FROM $BASE",
            "FROM docker.io/library/rust:1.95.0",
            "by --build-arg",
        ),
    ];
    holds(check_bases, &defects)
}

/// What `Dockerfile.dockerignore` leaves in.
fn sent() -> Result<Vec<String>> {
    let path = checkout::file("k8s/images/Dockerfile.dockerignore");
    let text = fs::read_to_string(path)?;
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let (all, left): (Vec<&str>, Vec<&str>) = lines.partition(|line| *line == "*");
    assert_eq!(all.len(), 1, "everything else is left out: {text}");
    let left = left.into_iter().map(|line| line.strip_prefix('!'));
    let left: Option<Vec<&str>> = left.collect();
    let left = left.context("a line that leaves something out")?;
    Ok(left.into_iter().map(str::to_owned).collect())
}

#[test]
fn what_is_copied_is_sent_and_nothing_else() -> Result<()> {
    let copied: BTreeSet<String> = sources(&text()?).into_iter().collect();
    assert_eq!(sent()?.into_iter().collect::<BTreeSet<_>>(), copied);
    Ok(())
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
