//! Every alert of the chart through the chart's routing tree.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use anyhow::Result;
use sandbox::servers::Amtool;
use sandbox::tools::Tools;
use scenarios::alertmanager::{filled, template};
use tempfile::TempDir;

use super::{alerts, names};

/// Labels that other alerts come with: upstream's about failed Jobs, and those that ask for a test mail.
const OF_OTHERS: [(&[&str], &str); 12] = [
    (
        &[
            "alertname=KubeJobFailed",
            "namespace=monitoring",
            "severity=warning",
        ],
        "null",
    ),
    (
        &[
            "alertname=KubeJobNotCompleted",
            "namespace=monitoring-credentials",
            "severity=warning",
        ],
        "null",
    ),
    (
        &[
            "alertname=KubeJobFailed",
            "namespace=default",
            "severity=warning",
        ],
        "email",
    ),
    (
        &[
            "alertname=KubePodNotReady",
            "namespace=monitoring",
            "severity=warning",
        ],
        "slack-devops,email",
    ),
    (
        &[
            "alertname=KubePodCrashLooping",
            "namespace=prod",
            "severity=warning",
        ],
        "slack-devops,email",
    ),
    (
        &[
            "alertname=CPUThrottlingHigh",
            "namespace=prod",
            "severity=info",
        ],
        "slack-devops,email",
    ),
    // Under test: to nobody else, however bad it is.
    (
        &[
            "alertname=Tried",
            "state=testing",
            "severity=critical",
            "pagerduty=high-severity",
        ],
        "slack-alerts-test",
    ),
    // Asked for by a person: to the company's addresses, each alone, and else to nobody.
    (
        &[
            "alertname=InstallTestMail",
            "test_mail_to=a.b+c@toolchain.com",
            "severity=none",
        ],
        "test-mail",
    ),
    (
        &[
            "alertname=InstallTestMail",
            "test_mail_to=ops@toolchain.com.example.com",
        ],
        "null",
    ),
    (
        &[
            "alertname=InstallTestMail",
            "test_mail_to=\"a@example.com, b@toolchain.com\"",
        ],
        "null",
    ),
    (&["alertname=InstallTestMail", "severity=critical"], "null"),
    // Ours has another name.
    (
        &[
            "alertname=JobFailed",
            "namespace=monitoring",
            "severity=warning",
        ],
        "email",
    ),
];

/// Who hears of an alert with these labels.
fn expected(name: &str, labels: &BTreeMap<String, String>) -> &'static str {
    let pages = labels.get("pagerduty").map(String::as_str) == Some("high-severity");
    match (name, labels.get("severity").map_or("", String::as_str)) {
        ("EmailCanary", _) => "email-canary",
        ("Watchdog", _) => "dead-mans-snitch",
        ("InfoInhibitor", _) => "null",
        (_, "critical") if pages => "pagerduty,slack-devops,email",
        (_, "critical") => "slack-devops,email",
        // By mail alone; that mail goes out is what the canary is for.
        _ => "email",
    }
}

/// The first alert that goes elsewhere than it should, by its labels.
async fn astray(template: &str) -> Result<Option<String>> {
    let directory = TempDir::new()?;
    let file = directory.path().join("alertmanager.yaml");
    fs::write(&file, filled(template)?.expose())?;
    let amtool = Amtool::locate(&Tools::from_process()?).await?;
    let mut cases: BTreeSet<(Vec<String>, &str)> = BTreeSet::new();
    for name in names()?.0 {
        for alert in alerts(&name)? {
            let labels = alert.labels.iter();
            let mut words: Vec<_> = labels
                .filter(|(label, _)| *label != "code")
                .map(|(label, value)| format!("{label}={value}"))
                .collect();
            words.push(format!("alertname={}", alert.name));
            words.push("namespace=monitoring".to_owned());
            cases.insert((words, expected(&alert.name, &alert.labels)));
        }
    }
    for (labels, receiver) in OF_OTHERS {
        let labels = labels.iter().map(|label| (*label).to_owned()).collect();
        cases.insert((labels, receiver));
    }
    for (labels, expected) in cases {
        let actual = amtool.receivers(&file, &labels).await?;
        if actual != expected {
            return Ok(Some(format!(
                "{labels:?} goes to {actual}, not to {expected}"
            )));
        }
    }
    Ok(None)
}

#[tokio::test]
async fn every_alert_reaches_those_whom_its_severity_says() -> Result<()> {
    assert_eq!(astray(&template()?).await?, None);
    Ok(())
}

#[tokio::test]
async fn a_route_that_is_lost_is_found() -> Result<()> {
    let template = template()?;
    let defects = [
        ("[alertname = EmailCanary]", "[alertname = Emailcanary]"),
        (
            "[alertname =~ KubeJobFailed|KubeJobNotCompleted, namespace =~ monitoring.*]",
            "[alertname = KubeJobFailed]",
        ),
        ("@toolchain[.]com", "@.*"),
        (
            "[alertname = InstallTestMail]",
            "[alertname = InstallTestMails]",
        ),
        ("[alertname = Watchdog]", "[alertname = Watchdogs]"),
        (
            "matchers: [alertname = InfoInhibitor]",
            "matchers: [alertname = InfoInhibitors]",
        ),
        ("[state = testing]", "[state = tested]"),
        ("CPUThrottlingHigh|", ""),
        ("|KubePodCrashLooping|", "|"),
        ("|KubePodNotReady", ""),
        ("[severity = critical]", "[severity = warning]"),
        ("[pagerduty = high-severity]", "[pagerduty = high]"),
    ];
    for (from, to) in defects {
        let defect = template.replace(from, to);
        assert_ne!(defect, template, "{from}");
        assert!(astray(&defect).await?.is_some(), "{from}");
    }
    Ok(())
}
