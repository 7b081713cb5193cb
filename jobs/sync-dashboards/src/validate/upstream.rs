//! Upstream's dashboards of six references, for tests.

use serde_json::Value;

use crate::dashboard::{Dashboard, panels};
use crate::digest::Digest;
use crate::key::Key;

/// The references that are kept.
pub(crate) const REFS: [&str; 6] = [
    "v0.1.0",
    "v0.8.0",
    "v0.13.0",
    "main-2023-05-15",
    "v0.15.0",
    "main-2026-08-10",
];

/// The dashboards of one; none, and a printed line, where the data are not there.
pub(crate) fn load(name: &str) -> Option<Vec<(Dashboard, Value)>> {
    let root = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/data/kube-prometheus"
    );
    let Ok(text) =
        std::fs::read_to_string(format!("{root}/{name}/grafana-dashboardDefinitions.yaml"))
    else {
        println!("skipped: no data of upstream for {name}");
        return None;
    };
    let mut found: Vec<(Key, String)> = Vec::new();
    let mut indent = None;
    for line in text.lines() {
        let trimmed = line.trim_start();
        let depth = line.len() - trimmed.len();
        match indent {
            Some(inner) if trimmed.is_empty() || depth >= inner => {
                let (_, text) = found.last_mut().unwrap();
                text.push_str(line.get(inner..).unwrap_or_default());
                text.push('\n');
            }
            _ => {
                indent = None;
                if let Some(key) = trimmed
                    .strip_suffix(": |-")
                    .and_then(|key| Key::parse(key).ok())
                {
                    found.push((key, String::new()));
                    indent = Some(depth + 2);
                }
            }
        }
    }
    let read = |(key, text): (Key, String)| {
        let digest = Digest::of(&text);
        Dashboard::read(key, text, digest).unwrap()
    };
    Some(found.into_iter().map(read).collect())
}

/// All expressions of a dashboard's panels.
pub(crate) fn expressions(dashboard: &Value) -> Vec<String> {
    panels::all(dashboard)
        .iter()
        .flat_map(|panel| panel.expressions().map(str::to_owned).collect::<Vec<_>>())
        .collect()
}
