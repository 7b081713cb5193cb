//! Rows 51 and 52: no run ends by them; rules see them in what every run pushes.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use common::exposition::parse;
use jiff::Timestamp;
use sandbox::aws::{Fault, FaultKind, Operation};
use sandbox::company::USER;
use sandbox::servers::Pushgateway;
use sandbox::tools::Tools;
use scenarios::job::Finished;
use scenarios::stage::{DUE, Stage, YOUNG};

use super::super::shown::Shown;

/// What the gateway holds of a metric: its value by the labels that differ.
async fn pushed(gateway: &Pushgateway, name: &str) -> Result<BTreeMap<String, f64>> {
    let families = parse(gateway.exposition().await?.as_bytes())?;
    let samples = families.into_iter().filter(|family| family.name == name);
    let samples = samples.flat_map(|family| family.samples);
    let of = |sample: common::exposition::Sample| {
        let codes = sample.labels.iter();
        let codes = codes.filter(|label| ["code", "phase"].contains(&&*label.name));
        let codes: Vec<_> = codes.map(|label| label.value.to_string()).collect();
        (codes.join(" "), sample.value)
    };
    Ok(samples.map(of).collect())
}

pub(super) async fn schedule_and_age(stage: &Stage, shown: &mut Shown) -> Result<()> {
    let gateway = Pushgateway::start(&Tools::from_process()?).await?;
    let apply = async |policy: &[&str]| -> Result<Finished> {
        let configuration = stage.configuration(policy)?;
        let job = stage.job(&["apply"], &configuration)?.in_a_pod();
        job.env("PUSHGATEWAY_URL", &gateway.url()).run().await
    };
    let one = async |name: &str| -> Result<f64> {
        let values = pushed(&gateway, name).await?;
        let value = values.get("").copied();
        value.with_context(|| format!("{name} was not pushed"))
    };
    let before = stage.company.clock.clock().now();
    let run = apply(&[YOUNG]).await?;
    shown.expect(51, &run, "done", "");
    shown.expect(52, &run, "done", "");
    assert_eq!(run.termination["pushed"], true);
    // Row 51: the next slot, an hour's period, and when it last ran.
    let slot = next_slot(stage.company.clock.clock().now());
    let next = one("monitoring_job_next_run_timestamp_seconds").await?;
    assert!((next - slot).abs() < 3601.0, "{next} {slot}");
    assert!((next % 3600.0 - 17.0 * 60.0).abs() < 0.5, "{next}");
    let period = one("monitoring_job_period_seconds").await?;
    assert!((period - 3600.0).abs() < 0.5, "{period}");
    let started = one("monitoring_job_last_start_timestamp_seconds").await?;
    assert!(started >= before.as_duration().as_secs_f64() - 1.0);

    // Row 52: the age goes on whatever the run ends by.
    let created = stage.company.keys()?[0].created.as_duration().as_secs_f64();
    let age = "monitoring_credentials_key_created_timestamp_seconds";
    assert!((one(age).await? - created).abs() < 0.5);
    let foreign = stage.company.aws.iam().create_key(USER)?;
    let run = apply(&[DUE]).await?;
    assert_eq!(run.termination["class"], "foreign-key");
    assert!((one(age).await? - created).abs() < 0.5, "the oldest counts");
    let faults = pushed(&gateway, "monitoring_job_last_fault").await?;
    assert_eq!(faults, [("foreign-key".to_owned(), 1.0)].into());
    let phases = pushed(&gateway, "monitoring_credentials_phase").await?;
    assert_eq!(phases.get("blocked"), Some(&1.0));
    stage.company.aws.iam().delete_key(USER, &foreign.id)?;

    let denied = Fault::new(FaultKind::AccessDenied).on(Operation::ListUserTags);
    stage.company.aws.inject(denied);
    apply(&[YOUNG]).await?;
    stage.company.aws.clear_faults();
    let faults = pushed(&gateway, "monitoring_job_last_fault").await?;
    assert_eq!(faults, [("aws-denied".to_owned(), 1.0)].into());
    Ok(())
}

/// Seventeen minutes past the hour, after `now`.
fn next_slot(now: Timestamp) -> f64 {
    let seconds = now.as_duration().as_secs_f64();
    let slot = (seconds / 3600.0).floor() * 3600.0 + 17.0 * 60.0;
    if slot > seconds { slot } else { slot + 3600.0 }
}
