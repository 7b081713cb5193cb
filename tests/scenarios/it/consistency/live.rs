//! What runs: real Prometheus servers, Alertmanagers and Pushgateways behind the API servers' proxies.

use std::time::Duration;

use anyhow::Result;
use sandbox::monitoring::{HOME, Stage, object, rule};
use sandbox::tools::Tools;
use scenarios::wait;
use serde_json::{Value, json};

use super::{OTHER, World, assert_ended, told};

/// Everything that can be looked at; the other cluster is where the buddy watch looks.
const LIVE: &str = "\
live:
  prometheus: {service: prod-monitoring-prometheus-prometheus, port: 80, watchdog: Watchdog}
  alertmanager: {selector: alertmanager=prod-monitoring-prometheus-alertmanager, same_file: true}
  definitions: [prometheusrules.monitoring.coreos.com, prometheuses.monitoring.coreos.com]
  charts: true
  images: [app.kubernetes.io/name=prometheus]
  pushgateway: {service: prod-monitoring-prometheus-pushgateway, port: 9091, stale_after: 10m, reap: true}
";

/// What is told of things that run: how each stands and what is said of it.
fn live(document: &Value) -> Vec<(String, String, String)> {
    let objects = document["objects"].as_array().unwrap().iter();
    let live = objects.filter(|it| it["family"].as_str().unwrap().starts_with("live/"));
    let consistent = ["equal", "explained"];
    let open = live.filter(|it| !consistent.contains(&it["standing"].as_str().unwrap()));
    open.map(|it| {
        let text = |key: &str| it[key].as_str().unwrap_or_default().to_owned();
        (text("family"), text("standing"), text("text"))
    })
    .collect()
}

#[tokio::test]
async fn what_runs_is_looked_at_as_well_as_what_is_declared() -> Result<()> {
    let tools = Tools::from_process()?;
    let stage = Stage::start(&tools).await?;
    let stage = Box::pin(stage.with_alertmanagers()).await?;
    let stage = Box::pin(stage.with_prometheus()).await?;
    let world = World::on(stage.with_pushgateways().await?);
    let config = world.configured(LIVE)?;

    // Rules are evaluated, and the watchdog fires, a moment after the start.
    wait::until("everything runs as declared", async || {
        let (document, _) = world.look(&config).await?;
        Ok(live(&document).is_empty())
    })
    .await?;
    let (document, finished) = world.look(&config).await?;
    assert_ended(&finished, 0, None);
    assert_eq!(told(&document), [], "{document:#}");
    let families: Vec<_> = document["parts"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|part| part["family"].as_str().unwrap().starts_with("live/"))
        .map(|part| part["family"].as_str().unwrap())
        .collect();
    for family in [
        "rules",
        "prometheus",
        "alertmanager",
        "versions",
        "images",
        "pushgateway",
    ] {
        let family = format!("live/{family}");
        assert_eq!(
            families.iter().filter(|it| **it == family).count(),
            2,
            "{families:?}"
        );
    }
    for cluster in document["clusters"].as_array().unwrap() {
        let seen = cluster["peer"]["watchdog_seen"].as_str();
        assert!(
            seen.is_some(),
            "nobody watches itself from a terminal: {cluster:#}"
        );
    }

    // Declared and equal in both clusters, and not what one of the servers has loaded.
    let core = rule("core-alerts-rules");
    for cluster in [HOME, OTHER] {
        let mut groups = world.stage.get(cluster, &core).await?["spec"]["groups"].clone();
        groups[0]["rules"][2]["for"] = json!("25m");
        let spec = json!({"spec": {"groups": groups}});
        world.stage.patch(cluster, &core, &spec).await?;
    }
    world.stage.prometheus(HOME)?.sync().await?;
    let (document, finished) = world.look(&config).await?;
    assert_ended(&finished, 3, Some("drift"));
    let told = live(&document);
    assert_eq!(told.len(), 1, "{told:?}");
    let (family, standing, text) = &told[0];
    assert_eq!(
        (family.as_str(), standing.as_str()),
        ("live/rules", "not-loaded")
    );
    assert!(
        text.contains("CoreDNSDown") && text.contains(OTHER),
        "{text}"
    );
    world.stage.prometheus(OTHER)?.sync().await?;
    wait::until("the rules are loaded", async || {
        Ok(live(&world.look(&config).await?.0).is_empty())
    })
    .await?;

    // An Alertmanager that runs something else than its twin, and than those of the other cluster.
    let secret = object("api/v1", "secrets", "alertmanager-prod-monitoring");
    let held = world.stage.get(OTHER, &secret).await?;
    let configuration = held["data"]["alertmanager.yaml"].as_str().unwrap();
    let another = another_user(configuration)?;
    let data = json!({"data": {"alertmanager.yaml": another}});
    world.stage.patch(OTHER, &secret, &data).await?;
    wait::until("the Alertmanagers send mail as somebody else", async || {
        let (document, _) = world.look(&config).await?;
        Ok(live(&document)
            .iter()
            .any(|(family, ..)| family == "live/alertmanager"))
    })
    .await?;
    let (document, finished) = world.look(&config).await?;
    assert_ended(&finished, 3, Some("drift"));
    let everything = format!("{document}{}{}", finished.stderr, finished.termination);
    for user in [
        "AKIASANDBOX000000001",
        "AKIASANDBOX000000002",
        "not-a-password",
    ] {
        assert!(!everything.contains(user), "{user} is shown");
    }
    let data = json!({"data": {"alertmanager.yaml": configuration}});
    world.stage.patch(OTHER, &secret, &data).await?;
    wait::until("they are the same again", async || {
        Ok(live(&world.look(&config).await?.0).is_empty())
    })
    .await?;

    // A group that nobody has written for long is told, and goes where the run pushes to.
    let gateway = world.stage.pushgateway(HOME)?;
    let url = gateway.url().to_owned();
    push(&url, "aws_es", "aws_es_nodes_average 3\n").await?;
    push(&url, "backup", "backup_done 1\n").await?;
    let (document, finished) = world.look(&config).await?;
    assert_ended(&finished, 0, None);
    assert_eq!(live(&document), []);
    let words = ["run", "--pushgateway", &url];
    let run = world.run(&words, &config).await?;
    assert_ended(&run, 0, None);
    assert_eq!(run.termination["pushed"], true);
    let pushed = gateway.exposition().await?;
    for series in [
        "aws_es_nodes_average",
        "backup_done",
        "monitoring_consistency_complete{",
        "monitoring_consistency_items{",
        "monitoring_consistency_drift{",
        "monitoring_peer_reachable{",
        "monitoring_peer_watchdog_seen_timestamp_seconds{",
    ] {
        assert!(pushed.contains(series), "no {series} in {pushed}");
    }

    // 34: a Pushgateway that is gone changes nothing but a warning.
    let nowhere = "http://127.0.0.1:9";
    let run = world
        .run(&["run", "--pushgateway", nowhere], &config)
        .await?;
    assert_ended(&run, 0, None);
    assert_eq!(run.termination["pushed"], false);
    assert!(run.stdout.contains("consistent"), "{}", run.stdout);
    assert!(run.stderr.contains("not delivered"), "{}", run.stderr);

    // 30: a server that is down is a gap, and what it would have said is unknown.
    world.stage.prometheus(OTHER)?.stop()?;
    let (document, finished) = world.look(&config).await?;
    assert_ended(&finished, 1, Some("incomplete"));
    let parts = document["parts"].as_array().unwrap().iter();
    let missing: Vec<_> = parts
        .filter(|part| !part["reason"].is_null())
        .map(|part| part["family"].as_str().unwrap())
        .collect();
    assert!(missing.contains(&"live/rules"), "{missing:?}");
    assert!(missing.contains(&"live/watchdog"), "{missing:?}");
    Ok(())
}

/// The same configuration of Alertmanager, with another login.
fn another_user(configuration: &str) -> Result<String> {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    let text = String::from_utf8(STANDARD.decode(configuration)?)?;
    Ok(STANDARD.encode(text.replace("AKIASANDBOX000000001", "AKIASANDBOX000000002")))
}

async fn push(url: &str, job: &str, text: &'static str) -> Result<()> {
    let client = reqwest::Client::builder()
        .timeout(Duration::from_secs(10))
        .build()?;
    let put = client.put(format!("{url}/metrics/job/{job}")).body(text);
    put.send().await?.error_for_status()?;
    Ok(())
}
