//! The same configuration and the same account through `cloudwatch_exporter` 0.16.0 and through
//! ours: the same series with the same labels and values.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, ensure};
use common::clock::Clock;
use common::exposition::{Family, Timestamps, parse_with};
use jiff::Timestamp;
use sandbox::aws::{AwsSim, Content, Options};
use sandbox::checkout;
use sandbox::peers::CloudwatchExporter;
use sandbox::tools::Tools;
use scenarios::job::Job;

/// The exporter takes "now" from its own clock; a scrape across a minute's end is tried again.
const TRIES: usize = 5;

/// Every series as `name{sorted labels}`, with its value.
fn series(families: &[Family]) -> BTreeMap<String, f64> {
    let mut series = BTreeMap::new();
    for family in families
        .iter()
        .filter(|family| family.name.starts_with("aws_"))
    {
        for sample in &family.samples {
            let mut labels: Vec<String> = sample
                .labels
                .iter()
                .map(|l| format!("{}={:?}", l.name, l.value))
                .collect();
            labels.sort();
            series.insert(
                format!("{}{{{}}}", family.name, labels.join(",")),
                sample.value,
            );
        }
    }
    series
}

async fn compare(content: &str, configuration: &str) -> Result<BTreeMap<String, f64>> {
    let Some(peer) = CloudwatchExporter::locate(&Tools::from_process()?).await? else {
        return Ok(BTreeMap::new());
    };
    let sim = AwsSim::start(
        Content::from_yaml("content.yaml", content)?,
        Options::default(),
    )?;
    let directory = tempfile::tempdir()?;
    let file = directory.path().join("cloudwatch.yaml");
    std::fs::write(&file, configuration)?;
    let clock = Clock::system();
    let minute = |at: Timestamp| at.as_second().div_euclid(60);
    for _ in 0..TRIES {
        let begun = clock.now();
        let theirs = peer.scrape(configuration, &sim.endpoint()).await?;
        let ended = clock.now();
        if minute(begun) != minute(ended) {
            continue;
        }
        let arguments = [
            "fetch",
            "--config",
            &file.to_string_lossy(),
            "--at",
            &ended.to_string(),
        ]
        .map(str::to_owned);
        let job = Job::exporter(arguments)?.env("AWS_ENDPOINT_URL", &sim.endpoint());
        let ours = job.run().await?;
        ensure!(ours.status == 0, "{}", ours.stderr);
        // It repeats HELP and TYPE where two rules write one family, which no Prometheus takes.
        let theirs: String = theirs
            .lines()
            .filter(|line| !line.starts_with('#'))
            .flat_map(|l| [l, "\n"])
            .collect();
        let theirs = parse_with(theirs.as_bytes(), Timestamps::Dropped)
            .context("what cloudwatch_exporter says")?;
        let ours = parse_with(ours.stdout.as_bytes(), Timestamps::Refused)?;
        let (theirs, ours) = (series(&theirs), series(&ours));
        let missing: Vec<_> = theirs
            .iter()
            .filter(|(key, _)| !ours.contains_key(*key))
            .collect();
        let added: Vec<_> = ours
            .iter()
            .filter(|(key, _)| !theirs.contains_key(*key))
            .collect();
        assert!(
            missing.is_empty() && added.is_empty(),
            "missing {missing:#?}, added {added:#?}"
        );
        for (key, value) in &theirs {
            let own = ours.get(key).copied().unwrap_or(f64::NAN);
            let equal = (own - value).abs() <= 1e-9 * value.abs().max(1.0);
            assert!(equal, "{key}: {own} instead of {value}");
        }
        return Ok(ours);
    }
    anyhow::bail!("no scrape of cloudwatch_exporter fitted into one minute")
}

#[tokio::test]
async fn the_companys_configuration_yields_the_same_series() -> Result<()> {
    let read = |path| std::fs::read_to_string(checkout::file(path)).context(path);
    let content = read("tests/sandbox/content/company.yaml")?;
    let series = compare(&content, &read("k8s/chart/files/cloudwatch.yaml")?).await?;
    assert!(
        series.is_empty() || series.len() == 960,
        "{} series",
        series.len()
    );
    Ok(())
}

/// Everything that a rule can say: selects, patterns, tags, other periods, extended statistics,
/// dimensions absent and empty.
#[tokio::test]
async fn every_kind_of_rule_yields_the_same_series() -> Result<()> {
    let read = |path| std::fs::read_to_string(checkout::file(path)).context(path);
    let content = read("tests/scenarios/fixtures/parity-content.yaml")?;
    let configuration = read("tests/scenarios/fixtures/parity-config.yaml")?;
    let series = compare(&content, &configuration).await?;
    assert!(series.is_empty() || series.len() > 40, "{series:#?}");
    Ok(())
}
