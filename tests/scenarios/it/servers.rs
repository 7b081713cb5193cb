//! The sandbox's real servers do what every other scenario relies on.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::Result;
use common::http::Timeouts;
use reqwest::Client;
use sandbox::servers::{
    Alertmanager, Amtool, ConsistencyCheck, Prometheus, Promtool, Pushgateway, ScrapeTarget, Setup,
};
use sandbox::tools::{Tool, Tools};
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

const MINUTE: Duration = Duration::from_mins(1);

fn client() -> Result<Client> {
    let limit = Duration::from_secs(10);
    Ok(common::http::client(Timeouts {
        connect: limit,
        total: limit,
    })?)
}

/// Replaces one group, and returns the status of the answer.
async fn push(gateway: &Pushgateway, job: &str, body: &'static str) -> Result<u16> {
    let url = format!("{}/metrics/job/{job}", gateway.url());
    Ok(client()?
        .put(url)
        .body(body)
        .send()
        .await?
        .status()
        .as_u16())
}

/// Files of the chart that the project ships.
fn chart_file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../k8s/chart/files")
        .join(name)
}

#[tokio::test]
async fn a_push_travels_through_prometheus_to_an_alert_at_alertmanager() -> Result<()> {
    let tools = Tools::from_process()?;
    let gateway = Pushgateway::start(&tools).await?;
    let alertmanager = Alertmanager::start(&tools, Alertmanager::SILENT).await?;
    let files = TempDir::new()?;
    let rules = files.path().join("rules.yaml");
    std::fs::write(
        &rules,
        "groups: [{name: g, rules: [{alert: LevelHigh, expr: level > 5}, {record: twice, expr: level * 2}]}]",
    )?;
    let prometheus = Prometheus::start(
        &tools,
        &Setup {
            targets: vec![ScrapeTarget::pushgateway(gateway.address())],
            rule_files: vec![rules],
            alertmanagers: vec![alertmanager.address()],
            ..Setup::default()
        },
    )
    .await?;
    let body = "# TYPE level gauge\nlevel{instance=\"\",zone=\"a\"} 3\n";
    assert_eq!(push(&gateway, "tank", body).await?, 200);

    let samples = prometheus
        .wait_for("level", |samples| !samples.is_empty(), MINUTE)
        .await?;
    let labels = [("__name__", "level"), ("job", "tank"), ("zone", "a")];
    let labels = labels
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    assert_eq!(
        samples,
        [(labels, 3.0)],
        "pushed labels win, and an empty instance is dropped"
    );
    prometheus
        .wait_for(
            "twice",
            |samples| {
                samples
                    .iter()
                    .any(|(_, value)| *value > 5.9 && *value < 6.1)
            },
            MINUTE,
        )
        .await?;
    let states: Vec<_> = prometheus
        .rules()
        .await?
        .into_iter()
        .map(|rule| (rule.group, rule.name, rule.state))
        .collect();
    let group = || "g".to_owned();
    assert_eq!(
        states,
        [
            (group(), "LevelHigh".to_owned(), Some("inactive".to_owned())),
            (group(), "twice".to_owned(), None)
        ]
    );
    assert_eq!(prometheus.alerts().await?, []);

    assert_eq!(
        push(&gateway, "tank", "# TYPE level gauge\nlevel 7\n").await?,
        200
    );
    prometheus
        .wait_for(
            "ALERTS{alertstate=\"firing\"}",
            |firing| firing.len() == 1,
            MINUTE,
        )
        .await?;
    let alerts = prometheus.alerts().await?;
    assert_eq!((alerts.len(), alerts[0].state.as_str()), (1, "firing"));
    assert_eq!(alerts[0].labels["alertname"], "LevelHigh");
    let started = Instant::now();
    while alertmanager.alert_names().await? != ["LevelHigh"] {
        assert!(
            started.elapsed() < MINUTE,
            "{:?}",
            alertmanager.alert_names().await?
        );
        sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

#[tokio::test]
async fn a_restarted_gateway_is_empty_and_has_the_same_address() -> Result<()> {
    let mut gateway = Pushgateway::start(&Tools::from_process()?).await?;
    let address = gateway.address();
    assert_eq!(
        push(&gateway, "a", "# TYPE kept gauge\nkept 1\n").await?,
        200
    );
    assert!(gateway.exposition().await?.contains("\nkept{"));

    gateway.process().kill();
    assert!(gateway.exposition().await.is_err(), "it is down");
    gateway.restart().await?;
    assert_eq!(gateway.address(), address);
    assert!(!gateway.exposition().await?.contains("kept"));
    Ok(())
}

#[tokio::test]
async fn without_the_consistency_check_a_bad_push_is_accepted_and_lost() -> Result<()> {
    let tools = Tools::from_process()?;
    let twice = "# TYPE x gauge\nx 1\nx 2\n";
    for (check, status) in [(ConsistencyCheck::On, 400), (ConsistencyCheck::Off, 202)] {
        let gateway = Pushgateway::start_with(&tools, check).await?;
        assert_eq!(push(&gateway, "a", twice).await?, status);
    }
    Ok(())
}

#[tokio::test]
async fn a_server_that_refuses_its_configuration_shows_its_last_words() -> Result<()> {
    let error = Alertmanager::start(&Tools::from_process()?, "route: {receiver: nobody}\n").await;
    let text = format!("{:#}", error.unwrap_err());
    assert!(
        text.starts_with("before saying where it listens, alertmanager ended with exit status: 1"),
        "{text}"
    );
    assert!(text.contains("undefined receiver"), "{text}");
    Ok(())
}

#[tokio::test]
async fn promtool_and_amtool_tell_good_from_bad() -> Result<()> {
    let tools = Tools::from_process()?;
    let promtool = Promtool::locate(&tools).await?;
    promtool
        .check_metrics("# HELP a_total A.\n# TYPE a_total counter\na_total 1\n")
        .await?;
    let error = promtool.check_metrics("a 1").await.unwrap_err().to_string();
    assert!(
        error.contains("check metrics ended with exit status: 1"),
        "{error}"
    );

    let files = TempDir::new()?;
    let file = files.path().join("file.yaml");
    std::fs::write(
        &file,
        "groups: [{name: g, rules: [{alert: A, expr: 'up =='}]}]",
    )?;
    assert!(promtool.check_rules(&file).await.is_err());

    let amtool = Amtool::locate(&tools).await?;
    std::fs::write(&file, Alertmanager::SILENT)?;
    amtool.check_config(&file).await?;
    std::fs::write(&file, "route: {receiver: nobody}\n")?;
    let error = amtool.check_config(&file).await.unwrap_err().to_string();
    assert!(error.contains("undefined receiver"), "{error}");
    Ok(())
}

#[tokio::test]
async fn the_chart_s_alerts_pass_promtool_and_their_own_tests() -> Result<()> {
    let promtool = Promtool::locate(&Tools::from_process()?).await?;
    let printed = promtool
        .check_rules(&chart_file("rules/aws-alerts.yaml"))
        .await?;
    assert!(printed.contains("SUCCESS: 14 rules found"), "{printed}");
    promtool
        .test_rules(&chart_file("rules/aws-alerts_test.yaml"))
        .await?;
    Ok(())
}

#[tokio::test]
async fn a_killed_program_takes_its_servers_and_their_files_with_it() -> Result<()> {
    // Built here if need be: the victim is not given the time.
    Tools::from_process()?.locate(Tool::Pushgateway).await?;
    let files = TempDir::new()?;
    let output = files.path().join("output");
    let mut victim = Command::new(env!("CARGO_BIN_EXE_starts-a-server"))
        .stdout(std::fs::File::create(&output)?)
        .stderr(Stdio::null())
        .spawn()?;
    let [server, directory] = loop {
        let text = std::fs::read_to_string(&output)?;
        let words: Vec<&str> = text.split(['<', '>']).collect();
        if let [_, id, _, directory, _] = words[..] {
            break [Path::new("/proc").join(id), PathBuf::from(directory)];
        }
        assert!(
            victim.try_wait()?.is_none(),
            "the victim ended by itself: {text}"
        );
        sleep(Duration::from_millis(20)).await;
    };
    assert!(server.exists() && directory.exists());
    victim.kill()?;
    victim.wait()?;
    let started = Instant::now();
    while server.exists() || directory.exists() {
        assert!(
            started.elapsed() < MINUTE,
            "{} or {}",
            server.display(),
            directory.display()
        );
        sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}
