//! The guides for people: `k8s/OPERATIONS.md` has a heading for each alert and each exit status and none
//! besides, everything that leads to it arrives, and each command in it and in the pages beside it can be
//! typed: programs judge their own flags, what a command names is in the rendered chart, and people on call
//! have the rights to what the guide tells them.

mod commands;
mod first_pair;
mod flags;
mod guide;
mod links;
mod mails;
mod names;
mod pasted;
mod rights;

use std::fs;

use anyhow::{Context as _, Result};
use sandbox::checkout;

/// The guide to operations.
const GUIDE: &str = "k8s/OPERATIONS.md";

/// The way from the older chart.
const MIGRATION: &str = "k8s/MIGRATION.md";

/// What the chart stands on.
const STACK: &str = "k8s/stack/README.md";

/// The pages that are pasted as they stand, and take the cluster from a line that they begin with.
const PASTED: [&str; 3] = [GUIDE, MIGRATION, STACK];

/// Its text names commands as hints and transcripts do: only its blocks are typed.
const README: &str = "README.md";

/// The pages whose commands are checked.
const PAGES: [&str; 10] = [
    GUIDE,
    MIGRATION,
    README,
    "k8s/chart/README.md",
    "k8s/grafana/README.md",
    "k8s/grafana/dashboards/company/README.md",
    "k8s/iam/README.md",
    "k8s/images/RELEASE.md",
    "k8s/rbac/README.md",
    STACK,
];

/// Pages that are looked up rather than typed: their links are checked, and elsewhere what they say.
const REFERENCES: [&str; 7] = [
    "common/README.md",
    "jobs/check-consistency/README.md",
    "jobs/export-cloudwatch/README.md",
    "jobs/rotate-credentials/README.md",
    "jobs/sync-dashboards/README.md",
    "k8s/INSTALLING.md",
    "tests/README.md",
];

/// What the pages call the clusters, after the line that they begin with.
const VARIABLES: [(&str, &str); 2] = [("$cluster", "prod-e1-1"), ("$other", "remoting-prod-e1-1")];

fn page(path: &str) -> Result<String> {
    fs::read_to_string(checkout::file(path)).context(path.to_owned())
}

/// The commands of a page that people type, in its order.
fn typed(path: &str) -> Result<Vec<commands::Words>> {
    let text = page(path)?;
    Ok(if path == README {
        let blocks = commands::blocks(&text);
        blocks.iter().flat_map(commands::Block::commands).collect()
    } else {
        commands::commands(&text)
    })
}

/// The name by which a heading is linked to, as GitHub makes it.
fn anchor(heading: &str) -> String {
    let words = heading.trim().to_lowercase();
    let kept = words.chars().filter_map(|it| match it {
        ' ' => Some('-'),
        it if it.is_alphanumeric() || it == '-' || it == '_' => Some(it),
        _ => None,
    });
    kept.collect()
}

/// The headings of a page: their level and text. What is in a block of code is none.
fn headings(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut code = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            code = !code;
        }
        let level = line.chars().take_while(|it| *it == '#').count();
        if let (false, 1.., Some(rest)) = (code, level, line.get(level..))
            && let Some(heading) = rest.strip_prefix(' ')
        {
            found.push((level, heading.trim().to_owned()));
        }
    }
    found
}

#[test]
fn headings_are_linked_to_as_github_does() {
    assert_eq!(
        anchor("Status 137 or 143: killed"),
        "status-137-or-143-killed"
    );
    assert_eq!(anchor("JobFailed"), "jobfailed");
    assert_eq!(anchor("From `a`, b and c"), "from-a-b-and-c");
    let text = "# A\n```sh\n# no heading\n```\n### B: c\n#no heading\n";
    let expected = [(1, "A".to_owned()), (3, "B: c".to_owned())];
    assert_eq!(headings(text), expected);
}
