//! The chart's routing tree, filled with dummies, in the judgement of `amtool`.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use common::alertmanager::{Filled, SmtpLogin, Template, smtp_users};
use common::secret::SecretString;
use sandbox::checkout;
use sandbox::servers::Amtool;
use sandbox::tools::{Tool, Tools};
use tempfile::TempDir;

const TEMPLATE: &str = "k8s/chart/files/alertmanager-template.yaml";

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

fn template() -> Result<Template> {
    let text = fs::read_to_string(checkout::file(TEMPLATE))?;
    Ok(Template::parse(TEMPLATE, &text)?)
}

fn filled() -> Result<Filled> {
    let template = template()?;
    let fields: Vec<&str> = template.fields().collect();
    let expected = [
        "deadmanssnitch",
        "pagerduty_integration_key",
        "slack-webhook",
    ];
    ensure!(fields == expected, "{fields:?}");
    let login = SmtpLogin {
        username: "AKIAEXAMPLE".to_owned(),
        password: "dummy".into(),
    };
    let secret = |field: &str| Some(SecretString::from(format!("https://{field}.example/x")));
    Ok(template.fill(&login, secret)?)
}

fn file() -> Result<(TempDir, PathBuf, Tools)> {
    let directory = TempDir::new()?;
    let file = directory.path().join("alertmanager.yaml");
    fs::write(&file, filled()?.expose())?;
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
    let amtool = tools.locate(Tool::Amtool).await?;
    for (labels, receivers) in ROUTES {
        let output = Command::new(&amtool)
            .args(["config", "routes", "test", "--config.file"])
            .arg(&file)
            .args(labels)
            .output()
            .context("running amtool")?;
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(printed.trim(), receivers, "{labels:?}");
    }
    Ok(())
}

#[test]
fn alertmanager_template_of_the_chart_sends_all_its_mail_with_the_login() -> Result<()> {
    let smarthost = "email-smtp.us-east-1.amazonaws.com:587".parse()?;
    assert_eq!(template()?.mail_without_login(&smarthost)?, [""; 0]);
    let users = smtp_users(filled()?.expose(), &smarthost)?;
    assert!(users.are_only("AKIAEXAMPLE"), "{users:?}");
    Ok(())
}
