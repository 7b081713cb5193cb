//! The table of jobs.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::{readme, section};
use crate::chart::documents::Rendered;

/// What a row of the table of jobs says beside the job's name: clusters, schedule, when it is stale, alert.
type Said = (String, [String; 4]);

/// The table of jobs as the README has it.
fn jobs_said(section: &str) -> BTreeSet<Said> {
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `"));
    let cells = rows.map(|row| row.split(" | ").map(str::to_owned).collect::<Vec<_>>());
    cells
        .filter(|cells| cells.len() == 6)
        .map(|cells| {
            let bare = |cell: &str| cell.trim_matches('`').to_owned();
            let alert = cells[5].trim_start_matches('[');
            let alert = alert.split(']').next().unwrap_or_default();
            let said = [
                cells[1].clone(),
                bare(&cells[2]),
                cells[4].clone(),
                alert.to_owned(),
            ];
            (bare(&cells[0]), said)
        })
        .collect()
}

/// Every rule of a cluster.
fn rules(render: &Rendered) -> impl Iterator<Item = &Value> {
    render.of("PrometheusRule").flat_map(|object| {
        let groups = object["spec"]["groups"].as_array().into_iter().flatten();
        groups.flat_map(|group| group["rules"].as_array().into_iter().flatten())
    })
}

/// After how long without a success a job is stale.
fn stale_after(render: &Rendered, job: &str) -> Result<String> {
    let limit = rules(render)
        .filter(|rule| rule["record"] == "cronjob:monitoring_stale_after:seconds")
        .find(|rule| rule["labels"]["cronjob"] == job)
        .and_then(|rule| rule["expr"].as_str()?.strip_prefix("vector("))
        .with_context(|| format!("no rule says when {job} is stale"))?;
    let seconds: u32 = limit.trim_end_matches(')').parse()?;
    Ok(match seconds % 3600 {
        0 => format!("{} h", seconds / 3600),
        _ => format!("{} min", seconds / 60),
    })
}

/// The alert that tells of a run of a job which failed.
fn alert_on_failure(render: &Rendered, job: &str) -> Result<String> {
    let begin = "cronjob:monitoring_newest_run_failed:start_seconds{cronjob";
    let tells = |rule: &&Value| {
        let matcher = rule["expr"]
            .as_str()
            .and_then(|it| it.strip_prefix(begin)?.strip_suffix("\"}"));
        match matcher.and_then(|it| it.split_once("=\"")) {
            Some(("!", other)) => other != job,
            Some((_, one)) => one == job,
            None => false,
        }
    };
    let mut alerts = rules(render).filter(|rule| rule["alert"].is_string());
    let found = alerts.find(tells).and_then(|rule| rule["alert"].as_str());
    let found = found.with_context(|| format!("no alert tells that {job} failed"))?;
    Ok(found.to_owned())
}

/// What the table of jobs has to say: that is in the renders.
fn jobs_rendered(renders: &[Rendered]) -> Result<BTreeSet<Said>> {
    let mut jobs: BTreeMap<(String, String), Vec<&Rendered>> = BTreeMap::new();
    for render in renders {
        for object in render.of("CronJob") {
            let name = object["metadata"]["name"].as_str().context("a name")?;
            let schedule = object["spec"]["schedule"].as_str().context("a schedule")?;
            if !name.ends_with("-plan") {
                let key = (name.to_owned(), schedule.to_owned());
                jobs.entry(key).or_default().push(render);
            }
        }
    }
    let rows = jobs
        .into_iter()
        .map(|((job, schedule), renders)| -> Result<Said> {
            let clusters: Vec<&str> = renders.iter().map(|it| it.cluster.as_str()).collect();
            let render = renders.first().context("no cluster")?;
            let said = [
                clusters.join(", "),
                schedule,
                stale_after(render, &job)?,
                alert_on_failure(render, &job)?,
            ];
            Ok((job, said))
        });
    rows.collect()
}

#[test]
fn the_table_of_jobs_is_what_the_chart_installs() -> Result<()> {
    let readme = readme()?;
    let said = jobs_said(section(&readme, "The jobs")?);
    assert_eq!(said, jobs_rendered(&Rendered::all()?)?);
    Ok(())
}
