//! The 13 series and the 14 alerts that the company lives by, through a real Pushgateway and a real
//! Prometheus.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context as _, Result};
use sandbox::checkout;
use sandbox::servers::{Prometheus, ScrapeTarget, Setup};
use sandbox::tools::Tools;
use scenarios::world::World;

const PATIENCE: Duration = Duration::from_secs(30);

/// Name, number of series, and the value of one of them as the content states it.
const SERIES: [(&str, usize, &str, f64); 13] = [
    (
        "aws_elasticache_engine_cpuutilization_average",
        14,
        "",
        f64::NAN,
    ),
    ("aws_elasticache_curr_connections_average", 14, "", f64::NAN),
    (
        "aws_efs_client_connections_sum",
        5,
        r#"file_system_id="fs-0da12c5381f11d884""#,
        18.0,
    ),
    ("aws_es_free_storage_space_average", 12, "", f64::NAN),
    ("aws_es_cpuutilization_average", 12, "", f64::NAN),
    ("aws_es_jvmmemory_pressure_average", 12, "", f64::NAN),
    (
        "aws_es_cluster_status_red_average",
        2,
        r#"domain_name="prod-buildsense""#,
        0.0,
    ),
    (
        "aws_es_cluster_status_yellow_average",
        2,
        r#"domain_name="prod-buildsense""#,
        0.0,
    ),
    (
        "aws_lambda_errors_minimum",
        8,
        r#"resource="prod-buildsense-dynamodb-to-es:live""#,
        0.0,
    ),
    (
        "aws_lambda_duration_average",
        8,
        r#"resource="prod-buildsense-dynamodb-to-es:live""#,
        83.0,
    ),
    ("aws_dynamodb_throttled_requests_average", 6, "", 0.0),
    (
        "aws_dynamodb_consumed_read_capacity_units_sample_count",
        1,
        r#"table_name="prod-runinfo-v1""#,
        24.0,
    ),
    ("aws_dynamodb_system_errors_average", 6, "", 0.0),
];

async fn prometheus(world: &World) -> Result<Prometheus> {
    let setup = Setup {
        targets: vec![ScrapeTarget::pushgateway(world.gateway.address())],
        rule_files: vec![checkout::file("k8s/chart/files/rules/aws-alerts.yaml").canonicalize()?],
        ..Setup::default()
    };
    Prometheus::start(&Tools::from_process()?, &setup).await
}

#[tokio::test]
async fn all_series_of_the_alerts_reach_prometheus_with_their_values() -> Result<()> {
    let world = World::company().await?;
    let run = world.run(&[]).await?;
    assert_eq!(run.status, 0, "{}", run.stderr);
    let prometheus = prometheus(&world).await?;
    for (name, count, matcher, value) in SERIES {
        let found = |samples: &[(BTreeMap<String, String>, f64)]| !samples.is_empty();
        let samples = prometheus.wait_for(name, found, PATIENCE).await?;
        assert_eq!(samples.len(), count, "{name}");
        let job = name.split('_').take(2).collect::<Vec<_>>().join("_");
        for (labels, _) in &samples {
            assert_eq!(labels.get("job"), Some(&job), "{name}");
            assert_eq!(
                labels.get("instance"),
                None,
                "{name}: not the gateway's address"
            );
        }
        if !value.is_nan() {
            let one = prometheus.instant(&format!("{name}{{{matcher}}}")).await?;
            let (_, actual) = one
                .first()
                .with_context(|| format!("{name}{{{matcher}}}"))?;
            assert!(
                (actual - value).abs() < 1e-9,
                "{name}{{{matcher}}} is {actual}"
            );
        }
    }
    Ok(())
}

#[tokio::test]
async fn the_alerts_are_loaded_and_none_fires_on_a_healthy_account() -> Result<()> {
    let world = World::company().await?;
    assert_eq!(world.run(&[]).await?.status, 0);
    let prometheus = prometheus(&world).await?;
    let there = |samples: &[(BTreeMap<String, String>, f64)]| !samples.is_empty();
    prometheus
        .wait_for("aws_lambda_errors_minimum", there, PATIENCE)
        .await?;
    // Before the series came, absence was pending; the next evaluation of each group ends that.
    let settled = async {
        loop {
            let rules = prometheus.rules().await?;
            if rules
                .iter()
                .all(|rule| rule.state.as_deref() == Some("inactive"))
            {
                break anyhow::Ok(rules);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let rules = tokio::time::timeout(PATIENCE, settled)
        .await
        .context("an alert stays active")??;
    assert_eq!(rules.len(), 14);
    for rule in rules {
        assert_eq!(rule.health, "ok", "{}: {:?}", rule.name, rule.last_error);
    }
    Ok(())
}

#[tokio::test]
async fn an_alert_is_pending_as_soon_as_its_metric_is_bad() -> Result<()> {
    let world = World::company().await?;
    let content = std::fs::read_to_string(checkout::file("tests/sandbox/content/company.yaml"))?;
    let sick = content.replace(
        "ClusterStatus.red: { unit: Count, constant: 0",
        "ClusterStatus.red: { unit: Count, constant: 1",
    );
    assert_ne!(
        sick, content,
        "the content no longer states the cluster's status like this"
    );
    world.publish(&sick)?;
    assert_eq!(world.run(&[]).await?.status, 0);
    let prometheus = prometheus(&world).await?;
    let pending = r#"ALERTS{alertname="ESClusterCritical",alertstate="pending"}"#;
    let alerts = prometheus
        .wait_for(pending, |alerts| !alerts.is_empty(), PATIENCE)
        .await?;
    assert_eq!(alerts.len(), 1);
    Ok(())
}
