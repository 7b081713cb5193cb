//! What the job's README says of the outcome: its lists of metrics and of standings.

use std::collections::BTreeSet;

use super::README;
use crate::finding::{Standing, Unknown};

#[test]
fn the_readme_has_every_metric() {
    let (_, paragraph) = README
        .split_once("**What it pushes.** `monitoring_consistency_`")
        .unwrap();
    let (consistency, peer) = paragraph.split_once("`monitoring_peer_`").unwrap();
    let peer = peer.split("\n\n").next().unwrap();
    let documented = |text: &str, prefix: &str| -> BTreeSet<String> {
        let words = text.split('`').skip(1).step_by(2);
        let names = words.map(|word| word.split('{').next().unwrap_or_default());
        names.map(|name| format!("{prefix}{name}")).collect()
    };
    for (text, prefix) in [
        (consistency, "monitoring_consistency_"),
        (peer, "monitoring_peer_"),
    ] {
        let pushed = common::metrics::ALL.iter().map(|metric| metric.name);
        let pushed: BTreeSet<_> = pushed.filter(|name| name.starts_with(prefix)).collect();
        let documented = documented(text, prefix);
        let documented: BTreeSet<_> = documented.iter().map(String::as_str).collect();
        assert_eq!(documented, pushed);
    }
}

#[test]
fn the_readme_has_every_standing() {
    let (_, section) = README.split_once("\n## How something stands\n").unwrap();
    let section = section.split("\n\nA run").next().unwrap();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `"));
    let documented: Vec<_> = rows
        .map(|row| {
            let cells: Vec<_> = row.split('|').map(str::trim).collect();
            (
                cells[0].trim_end_matches('`').to_owned(),
                cells[2].to_owned(),
            )
        })
        .collect();
    let all = [
        Standing::Equal,
        Standing::Explained,
        Standing::Ignored,
        Standing::Cosmetic,
        Standing::Settling,
        Standing::Different,
        Standing::Missing,
        Standing::Unexpected,
        Standing::Terminating,
        Standing::NotDistinct,
        Standing::Stale,
        Standing::NotLoaded,
        Standing::Failing,
        Standing::Unknown(Unknown::Timeout),
    ];
    let expected = all.map(|standing| {
        let counts = match (standing.is_drift(), standing.is_unknown()) {
            (true, _) => "drift",
            (false, true) => "incomplete",
            (false, false) => "consistent",
        };
        (standing.word().to_owned(), counts.to_owned())
    });
    assert_eq!(documented, expected);
}
