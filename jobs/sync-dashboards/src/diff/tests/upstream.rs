use std::collections::BTreeMap;
use std::path::Path;

use crate::diff::{SetDiff, Verbosity, markdown, sets, text};
use crate::key::Key;

/// Reads the block scalars of a definitions file; `None` when the data is not there.
fn texts(version: &str) -> Option<BTreeMap<Key, String>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/kube-prometheus");
    let path = folder
        .join(version)
        .join("grafana-dashboardDefinitions.yaml");
    let Ok(file) = std::fs::read_to_string(&path) else {
        eprintln!("skipped: no {}", path.display());
        return None;
    };
    let mut texts: BTreeMap<Key, String> = BTreeMap::new();
    let mut open = None;
    for line in file.lines() {
        if let Some(name) = line
            .strip_prefix("    ")
            .and_then(|line| line.strip_suffix(": |-"))
        {
            open = Some(Key::parse(name).unwrap());
        } else if let (Some(key), Some(line)) = (&open, line.strip_prefix("      ")) {
            let text = texts.entry(key.clone()).or_default();
            text.push_str(line);
            text.push('\n');
        } else if !line.is_empty() {
            open = None;
        }
    }
    Some(texts)
}

fn between(old: &str, new: &str) -> Option<SetDiff> {
    let (old, new) = (texts(old)?, texts(new)?);
    let old: BTreeMap<Key, &str> = old.iter().map(|(k, v)| (k.clone(), v.as_str())).collect();
    let new: BTreeMap<Key, &str> = new.iter().map(|(k, v)| (k.clone(), v.as_str())).collect();
    Some(sets(&old, &new))
}

fn printed(set: &SetDiff, verbosity: Verbosity) -> String {
    let mut out = Vec::new();
    let style = text::Style {
        verbosity,
        colour: false,
    };
    text::render(set, style, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn years_of_upstream_are_told_in_numbers() {
    for (old, new, told) in [
        (
            "v0.15.0",
            "main-2026-08-10",
            "28 changed, 1 new, 4 with the same meaning",
        ),
        ("v0.8.0", "main-2023-05-15", "22 changed, 3 new, 1 gone"),
    ] {
        let Some(set) = between(old, new) else { return };
        let text = printed(&set, Verbosity::Summary);
        assert_eq!(text.lines().last(), Some(told), "{old} to {new}");
        let mut out = Vec::new();
        markdown::render(&set, Verbosity::Panels, &mut out).unwrap();
        assert!(out.len() < 65_536, "too long for GitHub: {}", out.len());
    }
}

/// As upstream did on 2026-07-13 in 32 dashboards at once.
#[test]
fn versions_of_plug_ins_share_one_line() {
    let Some(old) = texts("main-2026-08-10") else {
        return;
    };
    let versioned =
        |text: &String| text.replace("\"pluginVersion\": \"v", "\"pluginVersion\": \"w");
    let new: BTreeMap<Key, String> = old
        .iter()
        .map(|(key, text)| (key.clone(), versioned(text)))
        .collect();
    let differ = old
        .iter()
        .filter(|(key, text)| new.get(*key) != Some(text))
        .count();
    let same = old.len() - differ;
    assert!(differ > 20, "{differ}");
    let set = sets(&borrow(&old), &borrow(&new));
    assert!(set.is_empty());
    let text = printed(&set, Verbosity::Everything);
    let first = format!("= {differ} dashboards: pluginVersion only\n");
    assert!(text.starts_with(&first), "{text}");
    assert_eq!(set.unchanged, same);
}

fn borrow(texts: &BTreeMap<Key, String>) -> BTreeMap<Key, &str> {
    texts
        .iter()
        .map(|(key, text)| (key.clone(), text.as_str()))
        .collect()
}
