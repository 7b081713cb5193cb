//! The tables of what each program can find wrong.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::Result;
use common::exit::Exit;
use common::verdict::shared;
use sandbox::checkout;

use super::{INSTALLER, of_job, page};

#[test]
fn the_tables_of_verdicts_are_those_in_the_code() -> Result<()> {
    let all = [
        (
            of_job("rotate-credentials")?,
            rotate_credentials::verdict::ALL,
        ),
        (of_job("sync-dashboards")?, sync_dashboards::verdict::ALL),
        (
            of_job("check-consistency")?,
            check_consistency::verdict::ALL,
        ),
        (page(INSTALLER)?, install_monitoring::verdict::ALL),
    ];
    for (page, verdicts) in all {
        let program = page.lines().next().unwrap_or_default();
        for verdict in verdicts {
            let (code, status, remedy) = (verdict.code, verdict.exit.status(), verdict.remedy);
            let row = format!("| `{code}` | {status} | {remedy} |\n");
            assert!(page.contains(&row), "{program}: {row}");
        }
        let known = |code: &str| verdicts.iter().any(|it| it.code == code) || is_shared(code);
        for (code, _) in codes(&page) {
            assert!(known(&code), "{program} has no {code}");
        }
    }
    Ok(())
}

/// Whether any program can end with it.
fn is_shared(code: &str) -> bool {
    shared::find(code).is_some()
}

/// The first two cells of each row with a code and a status.
fn codes(page: &str) -> BTreeSet<(String, u8)> {
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.filter_map(|row| {
        let (code, rest) = row.split_once("` | ")?;
        let (status, _) = rest.split_once(" | ")?;
        let is_code = code.chars().all(|c| c.is_ascii_lowercase() || c == '-');
        Some((code.to_owned(), status.parse().ok()?)).filter(|_| is_code)
    })
    .collect()
}

/// What is written between quotation marks.
fn literals(text: &str) -> impl Iterator<Item = &str> {
    text.split('"').skip(1).step_by(2)
}

/// The words for faults in the exporter's sources, tests left out. It has no table of them.
fn words_of_the_exporter(folder: &Path, found: &mut BTreeSet<String>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            words_of_the_exporter(&path, found)?;
            continue;
        }
        let source = fs::read_to_string(&path)?;
        let program = source.split("#[cfg(test)]").next().unwrap_or_default();
        for rest in program.split("fn code(&self)").skip(1) {
            let body = rest.split("\n    }\n").next().unwrap_or_default();
            found.extend(literals(body).map(str::to_owned));
        }
        for rest in program.split("conclusion(").skip(1) {
            // A call, and no definition.
            if rest.trim_start().starts_with("Exit::") {
                found.extend(literals(rest).next().map(str::to_owned));
            }
        }
    }
    Ok(())
}

#[test]
fn the_table_of_what_an_export_can_find_wrong_is_complete() -> Result<()> {
    let documented = codes(&of_job("export-cloudwatch")?);
    let mut words = BTreeSet::new();
    words_of_the_exporter(&checkout::file("jobs/export-cloudwatch/src"), &mut words)?;
    for word in ["budget-exceeded", "foreign-group", "metric-forbidden"] {
        assert!(words.contains(word), "{word} is not found in {words:?}");
    }
    words.retain(|word| !is_shared(word));
    let named: BTreeSet<String> = documented.iter().map(|(code, _)| code.clone()).collect();
    assert_eq!(named, words);
    for (code, exit) in [
        ("budget-exceeded", Exit::Drift),
        ("family-refused", Exit::HalfDone),
        ("foreign-group", Exit::Drift),
        ("incomplete-answer", Exit::Transient),
        ("metric-forbidden", Exit::Denied),
        ("unknown-namespace", Exit::Config),
    ] {
        let row = (code.to_owned(), exit.status());
        assert!(documented.contains(&row), "{row:?}");
    }
    Ok(())
}
