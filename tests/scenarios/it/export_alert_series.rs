//! The 13 series and the 14 alerts that the company lives by, through a real Pushgateway and a real
//! Prometheus.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context as _, Result};
use common::exposition::{Sample, Timestamps, parse_with};
use sandbox::checkout;
use sandbox::servers::{Prometheus, ScrapeTarget, Setup};
use sandbox::tools::Tools;
use scenarios::world::World;

const PATIENCE: Duration = Duration::from_secs(30);

/// Name and number of series.
const SERIES: [(&str, usize); 13] = [
    ("aws_elasticache_engine_cpuutilization_average", 14),
    ("aws_elasticache_curr_connections_average", 14),
    ("aws_efs_client_connections_sum", 5),
    ("aws_es_free_storage_space_average", 12),
    ("aws_es_cpuutilization_average", 12),
    ("aws_es_jvmmemory_pressure_average", 12),
    ("aws_es_cluster_status_red_average", 2),
    ("aws_es_cluster_status_yellow_average", 2),
    ("aws_lambda_errors_minimum", 8),
    ("aws_lambda_duration_average", 8),
    ("aws_dynamodb_throttled_requests_average", 6),
    ("aws_dynamodb_consumed_read_capacity_units_sample_count", 1),
    ("aws_dynamodb_system_errors_average", 6),
];

/// Series whose values the content states as numbers.
const STATED: [(&str, f64); 6] = [
    (
        r#"aws_efs_client_connections_sum{file_system_id="fs-0da12c5381f11d884"}"#,
        18.0,
    ),
    (
        r#"aws_es_cluster_status_red_average{domain_name="prod-buildsense"}"#,
        0.0,
    ),
    (
        r#"aws_lambda_errors_minimum{resource="prod-buildsense-dynamodb-to-es:live"}"#,
        0.0,
    ),
    (
        r#"aws_lambda_duration_average{resource="prod-buildsense-dynamodb-to-es:live"}"#,
        83.0,
    ),
    ("aws_dynamodb_throttled_requests_average", 0.0),
    (
        r#"aws_dynamodb_consumed_read_capacity_units_sample_count{table_name="prod-runinfo-v1"}"#,
        24.0,
    ),
];

async fn prometheus(world: &World) -> Result<Prometheus> {
    let setup = Setup {
        targets: vec![ScrapeTarget::pushgateway(world.gateway.address())],
        rule_files: vec![checkout::file("k8s/chart/files/rules/aws-alerts.yaml").canonicalize()?],
        ..Setup::default()
    };
    Prometheus::start(&Tools::from_process()?, &setup).await
}

fn is_there(samples: &[(BTreeMap<String, String>, f64)]) -> bool {
    !samples.is_empty()
}

#[tokio::test]
async fn all_series_of_the_alerts_reach_prometheus_with_their_values() -> Result<()> {
    let world = World::company().await?;
    let fetched = world.job("fetch", &[])?.run().await?;
    assert_eq!(fetched.status, 0, "{}", fetched.stderr);
    let fetched = parse_with(fetched.stdout.as_bytes(), Timestamps::Refused)?;
    let run = world.run(&[]).await?;
    assert_eq!(run.status, 0, "{}", run.stderr);
    let prometheus = prometheus(&world).await?;
    for (name, count) in SERIES {
        let samples = prometheus.wait_for(name, is_there, PATIENCE).await?;
        assert_eq!(samples.len(), count, "{name}");
        let family = fetched.iter().find(|family| family.name == name);
        let family = family.with_context(|| format!("{name} in what fetch prints"))?;
        for (labels, value) in &samples {
            // Of ours, whatever Prometheus adds: the empty `instance` is none, and not the gateway's.
            let is_it = |sample: &&Sample| {
                let mut own = sample.labels.iter().filter(|label| !label.value.is_empty());
                own.all(|label| labels.get(&*label.name).map(String::as_str) == Some(&*label.value))
            };
            let found: Vec<_> = family.samples.iter().filter(is_it).collect();
            assert_eq!(found.len(), 1, "{name} {labels:?}");
            assert_eq!(
                found[0].value.to_bits(),
                value.to_bits(),
                "{name} {labels:?}"
            );
            assert_eq!(labels.get("instance"), None, "{name}");
        }
    }
    for (series, value) in STATED {
        let samples = prometheus.instant(series).await?;
        assert!(is_there(&samples), "{series}");
        for (labels, actual) in samples {
            assert!((actual - value).abs() < 1e-9, "{labels:?} is {actual}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn the_alerts_are_loaded_and_none_fires_on_a_healthy_account() -> Result<()> {
    let world = World::company().await?;
    assert_eq!(world.run(&[]).await?.status, 0);
    let prometheus = prometheus(&world).await?;
    prometheus
        .wait_for("aws_lambda_errors_minimum", is_there, PATIENCE)
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
    let alerts = prometheus.wait_for(pending, is_there, PATIENCE).await?;
    // A domain of any name is told, and the account has two.
    assert_eq!(alerts.len(), 2, "{alerts:?}");
    Ok(())
}
