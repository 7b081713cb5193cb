//! When the last success of a job is too old: a value of the job, and of the rules nothing else.

use std::fs;

use anyhow::{Context as _, Result};
use sandbox::checkout;
use serde_json::{Value, json};

use super::CLUSTERS;
use super::documents::documents;
use super::helm::render;

/// The series that says it, for each job.
const RECORD: &str = "cronjob:monitoring_stale_after:seconds";

/// More than any job's period, and no job's default.
const LIMIT: u32 = 200_000;

/// The names of all jobs, of whatever cluster.
fn jobs() -> Result<Vec<String>> {
    let values = documents(&fs::read_to_string(checkout::file(
        "k8s/chart/values.yaml",
    ))?)?;
    let values = values.first().context("no values")?;
    let jobs = values["jobs"].as_object().context("no jobs")?;
    Ok(jobs.keys().cloned().collect())
}

/// Writes the limit into the rules that say when a job is stale. Returns how many there are.
fn write_limit(manifests: &mut [Value], job: &str) -> usize {
    let rules: Vec<&mut Value> = manifests
        .iter_mut()
        .filter(|manifest| manifest["kind"] == "PrometheusRule")
        .filter_map(|manifest| manifest.pointer_mut("/spec/groups")?.as_array_mut())
        .flatten()
        .filter_map(|group| group.get_mut("rules")?.as_array_mut())
        .flatten()
        .filter(|rule| rule["record"] == RECORD && rule["labels"]["cronjob"] == job)
        .collect();
    let written = rules.len();
    for rule in rules {
        rule["expr"] = json!(format!("vector({LIMIT})"));
    }
    written
}

#[tokio::test]
async fn another_limit_is_in_the_rule_of_its_job_and_nowhere_else() -> Result<()> {
    for cluster in CLUSTERS {
        let whole = documents(&render(cluster, &[]).await?)?;
        for job in jobs()? {
            let mut expected = whole.clone();
            let runs = whole
                .iter()
                .any(|it| it["kind"] == "CronJob" && it["metadata"]["name"] == job.as_str());
            let written = write_limit(&mut expected, &job);
            assert_eq!(written, usize::from(runs), "{cluster}: {job}");
            assert_eq!(expected != whole, runs, "{cluster}: {job}");
            let set = format!("jobs.{job}.staleAfterSeconds={LIMIT}");
            let rendered = documents(&render(cluster, &["--set", &set]).await?)?;
            assert!(rendered == expected, "{cluster}: {set}");
        }
    }
    Ok(())
}
