//! The chart's configuration of Alertmanager, filled with dummies: its routes in the judgement of `amtool`, and whom
//! a real Alertmanager holds back.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result};
use common::alertmanager::{Template, smtp_users};
use common::http::Timeouts;
use sandbox::servers::{Alertmanager, Amtool};
use sandbox::tools::Tools;
use scenarios::alertmanager::{LOGIN, TEMPLATE, filled, template};
use scenarios::wait;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::chart::documents::Rendered;

mod mistakes;

/// Labels of an alert, and who hears of it.
const ROUTES: [(&[&str], &str); 11] = [
    (&["alertname=EmailCanary"], "email-canary"),
    (
        &["alertname=EmailCanary", "severity=critical"],
        "email-canary",
    ),
    (&["alertname=Watchdog"], "dead-mans-snitch"),
    (&["alertname=InfoInhibitor"], "null"),
    (&["state=testing"], "slack-alerts-test"),
    (
        &[
            "state=testing",
            "severity=critical",
            "pagerduty=high-severity",
        ],
        "slack-alerts-test",
    ),
    (&["alertname=A", "severity=warning"], "email"),
    (&["alertname=A", "severity=critical"], "slack-devops,email"),
    (
        &["alertname=KubePodNotReady", "severity=warning"],
        "slack-devops,email",
    ),
    (
        &[
            "alertname=A",
            "severity=critical",
            "pagerduty=high-severity",
        ],
        "pagerduty,slack-devops,email",
    ),
    (
        &["alertname=A", "pagerduty=high-severity"],
        "pagerduty,email",
    ),
];

fn file() -> Result<(TempDir, PathBuf, Tools)> {
    let directory = TempDir::new()?;
    let file = directory.path().join("alertmanager.yaml");
    fs::write(&file, filled(&template()?)?.expose())?;
    Ok((directory, file, Tools::from_process()?))
}

#[tokio::test]
async fn alertmanager_template_of_the_chart_passes_amtool_once_it_is_filled() -> Result<()> {
    let (_directory, file, tools) = file()?;
    let amtool = Amtool::locate(&tools).await?;
    let printed = amtool.check_config(&file).await?;
    assert!(
        printed.contains("SUCCESS") && printed.contains(" - 8 receivers"),
        "{printed}"
    );
    Ok(())
}

#[tokio::test]
async fn alertmanager_template_of_the_chart_sends_every_alert_where_it_belongs() -> Result<()> {
    let (_directory, file, tools) = file()?;
    let amtool = Amtool::locate(&tools).await?;
    for (labels, receivers) in ROUTES {
        let actual = amtool.receivers(&file, labels).await?;
        assert_eq!(actual, receivers, "{labels:?}");
    }
    Ok(())
}

/// An alert in a namespace where no warning fires.
fn alone(name: &str, severity: &str, more: &Value) -> Value {
    let mut labels = json!({
        "alertname": name, "severity": severity, "namespace": "alone", "cluster": "prod-e1-1",
    });
    for (label, value) in more.as_object().into_iter().flatten() {
        labels[label] = value.clone();
    }
    json!({"labels": labels})
}

/// Every notice of the chart's own rules.
fn own_notices() -> Result<Vec<Value>> {
    let mut notices = Vec::new();
    for render in Rendered::all()? {
        for object in render.of("PrometheusRule") {
            let groups = object["spec"]["groups"].as_array();
            let rules = groups.into_iter().flatten();
            let rules = rules.flat_map(|group| group["rules"].as_array().into_iter().flatten());
            for rule in rules.filter(|rule| rule["labels"]["severity"] == "info") {
                let name = rule["alert"].as_str().context("a rule without a name")?;
                notices.push(alone(name, "info", &rule["labels"]));
            }
        }
    }
    Ok(notices)
}

/// The notices that an Alertmanager with this configuration holds back, each once.
async fn held_back(configuration: &str) -> Result<Vec<String>> {
    let filled = filled(configuration)?;
    let alertmanager = Alertmanager::start(&Tools::from_process()?, filled.expose()).await?;
    let mut alerts = own_notices()?;
    assert!(alerts.len() > 2, "{alerts:?}");
    let none = Value::Null;
    alerts.extend([
        alone("InfoInhibitor", "none", &none),
        alone("KubeQuotaFullyUsed", "info", &none),
        alone("CPUThrottlingHigh", "info", &none),
        alone("KubePodNotReady", "warning", &none),
        alone("UnderTest", "info", &json!({"state": "testing"})),
        // Of a namespace with a warning, where InfoInhibitor does not fire.
        alone("KubeQuotaAlmostFull", "info", &json!({"namespace": "busy"})),
    ]);
    let patience = Duration::from_secs(30);
    let client = common::http::client(Timeouts {
        connect: patience,
        total: patience,
    })?;
    let url = format!("{}/api/v2/alerts", alertmanager.url());
    let answer = client.post(url).json(&alerts).send().await?;
    answer.error_for_status()?;
    wait::until("a notice is held back", async || {
        Ok(!alertmanager.held_back().await?.is_empty())
    })
    .await?;
    let mut names = alertmanager.held_back().await?;
    names.dedup();
    Ok(names)
}

#[tokio::test]
async fn alertmanager_template_of_the_chart_holds_back_notices_but_for_those_that_are_asked_for()
-> Result<()> {
    let configuration = template()?;
    assert_eq!(held_back(&configuration).await?, ["KubeQuotaFullyUsed"]);
    for (part, instead, name) in [
        (
            "      - type != toolchain-alerts\n",
            "",
            "DashboardsDrifted",
        ),
        (
            "      - type != toolchain-alerts\n",
            "",
            "MonitoringJobSlow",
        ),
        ("      - state != testing\n", "", "UnderTest"),
        (
            "      - alertname != CPUThrottlingHigh\n",
            "",
            "CPUThrottlingHigh",
        ),
        ("      - severity = info\n", "", "KubePodNotReady"),
        ("equal: [namespace]", "equal: []", "KubeQuotaAlmostFull"),
    ] {
        let defect = configuration.replacen(part, instead, 1);
        assert_ne!(defect, configuration, "{part}");
        let names = held_back(&defect).await?;
        assert!(names.iter().any(|it| it == name), "{part}: {names:?}");
    }
    Ok(())
}

#[test]
fn alertmanager_template_of_the_chart_sends_all_its_mail_with_the_login() -> Result<()> {
    let text = template()?;
    let template = Template::parse(TEMPLATE, &text)?;
    let fields: Vec<&str> = template.fields().collect();
    let secrets = [
        "deadmanssnitch",
        "pagerduty_integration_key",
        "slack-webhook",
    ];
    assert_eq!(fields, secrets);
    let smarthost = "email-smtp.us-east-1.amazonaws.com:587".parse()?;
    assert_eq!(template.mail_without_login(&smarthost)?, [""; 0]);
    let users = smtp_users(filled(&text)?.expose(), &smarthost)?;
    assert!(users.are_only(LOGIN.0), "{users:?}");
    Ok(())
}
