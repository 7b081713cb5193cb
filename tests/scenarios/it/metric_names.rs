//! The names in the rules, in the README and on the jobs' pages are names that a run really pushes.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result};
use common::metrics;
use sandbox::checkout;
use scenarios::world::World;

/// The words of `text` that begin like a metric: those of CloudWatch and our own.
fn metrics_in(text: &str) -> BTreeSet<&str> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | ':');
    text.split(|c| !is_part(c))
        .filter(|word| word.starts_with("aws_") || word.starts_with("monitoring_"))
        .collect()
}

/// The rule files, which hold expressions and words for people, and no tests of rules.
fn rules() -> Result<String> {
    let mut rules = String::new();
    for entry in std::fs::read_dir(checkout::file("k8s/chart/files/rules"))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if !name.ends_with("_test.yaml") {
            let text = std::fs::read_to_string(&path);
            rules += &text.with_context(|| path.display().to_string())?;
        }
    }
    Ok(rules)
}

#[tokio::test]
async fn every_metric_of_a_rule_is_pushed() -> Result<()> {
    let world = World::company().await?;
    let run = world.run_job(&[])?.in_a_pod().run().await?;
    assert_eq!(run.status, 0, "{}", run.stderr);
    let mut pushed: BTreeSet<String> = world.families().await?.into_keys().collect();
    // Pushed by runs that have something to tell there.
    pushed.extend(metrics::ALL.iter().map(|metric| metric.name.to_owned()));
    let rules = rules()?;
    let named = metrics_in(&rules);
    assert!(named.len() >= 13, "{named:?}");
    let unknown: Vec<_> = named
        .iter()
        .filter(|name| !pushed.contains(**name))
        .collect();
    assert!(unknown.is_empty(), "{unknown:?}");
    Ok(())
}

#[test]
fn every_metric_of_ours_in_the_readmes_is_registered() -> Result<()> {
    let mut pages = crate::readme::readme()?;
    for job in [
        "export-cloudwatch",
        "rotate-credentials",
        "sync-dashboards",
        "check-consistency",
    ] {
        pages += &crate::readme::of_job(job)?;
    }
    let named = metrics_in(&pages);
    let ours: Vec<_> = named
        .iter()
        .filter(|name| name.starts_with("monitoring_"))
        .collect();
    assert!(!ours.is_empty(), "they name none of them any more");
    for name in ours {
        // `monitoring_job_last_*` stands for all that begin like this.
        let known = |metric: &metrics::Metric| {
            metric.name == *name || (name.ends_with('_') && metric.name.starts_with(*name))
        };
        assert!(metrics::ALL.iter().any(known), "{name}");
    }
    Ok(())
}

#[test]
fn metrics_are_found_between_everything_that_surrounds_them() {
    let text =
        r#"max(aws_es_nodes_sum{job="aws_es"}) - monitoring_job_info_ `monitoring_x`; raws_y"#;
    let found: Vec<_> = metrics_in(text).into_iter().collect();
    assert_eq!(
        found,
        [
            "aws_es",
            "aws_es_nodes_sum",
            "monitoring_job_info_",
            "monitoring_x"
        ]
    );
}
