//! Mistakes in the chart's configuration of Alertmanager: `amtool` is the second opinion on each, and on what only
//! looks like one.

use std::fs;

use anyhow::Result;
use common::alertmanager::Template;
use sandbox::servers::Amtool;
use sandbox::tools::Tools;
use scenarios::alertmanager::{TEMPLATE, filled, template};
use tempfile::TempDir;

/// What is written in place of what.
type Edit = (&'static str, &'static str);

const MISTAKES: [Edit; 29] = [
    ("receiver: email-canary\n", "receiver: email-canaryy\n"),
    ("group_wait: 30s", "group_wait: 30x"),
    ("group_interval: 5m", "group_interval: 0s"),
    (
        "group_by: [alertname, cluster, service]",
        "group_by: [alertname, alertname]",
    ),
    (
        "group_by: [alertname, cluster, service]",
        "group_by: [alertname, ...]",
    ),
    ("repeat_interval: 4h", "repaet_interval: 4h"),
    ("smtp_require_tls: true", "smtp_require_tls: 'true'"),
    ("smtp_require_tls: true", "smtp_requires_tls: true"),
    ("resolve_timeout: 5m", "resolve_timeout: 5 minutes"),
    (
        "[alertname = Watchdog]",
        "[alertname == Watchdog, Watchdog]",
    ),
    ("[alertname = Watchdog]", "alertname = Watchdog"),
    (
        "KubeJobFailed|KubeJobNotCompleted",
        "(KubeJobFailed|KubeJobNotCompleted",
    ),
    ("namespace =~ monitoring.*", "namespace =~ *monitoring"),
    ("continue: true", "continue: always"),
    ("equal: [namespace]", "equal: namespace"),
    ("target_matchers:", "targets:"),
    ("  - name: \"null\"\n", ""),
    ("  - name: test-mail\n", "  - name: email\n"),
    (
        "to: success@simulator.amazonses.com",
        "two: success@simulator.amazonses.com",
    ),
    ("send_resolved: false", "send_resolved: never"),
    (
        "- url: \"@@secret/deadmanssnitch@@\"",
        "- url: \"x@@secret/deadmanssnitch@@\"",
    ),
    (
        "- url: \"@@secret/deadmanssnitch@@\"",
        "- uri: \"@@secret/deadmanssnitch@@\"",
    ),
    (
        "          - title: cluster\n",
        "          - titel: cluster\n",
    ),
    ("routing_key:", "routing_keys:"),
    ("route:\n", "rout:\n"),
    (
        "  receiver: slack-devops # never",
        "  matchers: [a = b]\n  receiver: slack-devops # never",
    ),
    (
        "inhibit_rules:",
        "time_intervals: [{name: nights, time_intervals: [{weekdays: ['friday:monday']}]}]\n\ninhibit_rules:",
    ),
    (
        "      matchers: [severity = critical]\n",
        "      matchers: [severity = critical]\n      mute_time_intervals: [nights]\n",
    ),
    ("  smtp_from: prometheus-alerts@toolchain.com\n", ""),
];

const NO_MISTAKES: [Edit; 15] = [
    ("group_wait: 30s", "group_wait: 1m30s"),
    ("receiver: email-canary\n", "receiver: ''\n"),
    (
        "matchers: [alertname = EmailCanary]",
        "match: {alertname: EmailCanary}",
    ),
    (
        "matchers: [alertname = EmailCanary]",
        "match_re: {alertname: 'Email.*|'}",
    ),
    (
        "[alertname = Watchdog]",
        "['{alertname=\"Watchdog\", severity!~\"a|b\",}', 'c.d = \"é\"']",
    ),
    ("[state = testing]", "[state=~^\\d+$, 'job=\"\\w\"']"),
    ("continue: true", "continue: yes"),
    (
        "group_by: [alertname, cluster, service]",
        "group_by: ['...']",
    ),
    (
        "inhibit_rules:",
        "mute_time_intervals:\n  - name: nights\n    time_intervals:\n      - times: [{start_time: 00:00, end_time: 24:00}]\n        months: [january:3]\n        days_of_month: [-1]\n        location: Europe/Berlin\n\ninhibit_rules:",
    ),
    ("send_resolved: false", "send_resolved: off"),
    (
        "- url: \"@@secret/deadmanssnitch@@\"",
        "- url: \"@@secret/deadmanssnitch@@?x=y\"\n        max_alerts: 5\n        timeout: 10s",
    ),
    (
        "  - name: \"null\"\n",
        "  - name: \"null\"\n    telegram_configs: [{bot_token: x, chat_id: 1}]\n",
    ),
    (
        "smtp_require_tls: true",
        "smtp_require_tls: true\n  http_config: {follow_redirects: no, tls_config: {min_version: TLS12}}",
    ),
    (
        "- url: \"@@secret/deadmanssnitch@@\"",
        "- url_file: /etc/alertmanager/snitch",
    ),
    ("slack_api_url: ", "slack_api_url_file: "),
];

/// Asserts of each edit of the chart's file that both judges take it, or that neither does.
async fn assert_judged(edits: &[Edit], is_sound: bool) -> Result<()> {
    let amtool = Amtool::locate(&Tools::from_process()?).await?;
    let directory = TempDir::new()?;
    let file = directory.path().join("alertmanager.yaml");
    let original = template()?;
    for &(old, new) in edits {
        let text = original.replacen(old, new, 1);
        assert_ne!(text, original, "{old}");
        let filled = filled(&text)?;
        fs::write(&file, filled.expose())?;
        let theirs = amtool.check_config(&file).await;
        assert_eq!(theirs.is_ok(), is_sound, "{new}: {theirs:?}");
        let ours = Template::parse(TEMPLATE, &text)?.mistakes(&filled);
        assert_eq!(ours.is_empty(), is_sound, "{new}: {ours:?} {theirs:?}");
    }
    Ok(())
}

#[test]
fn the_chart_has_no_mistake() -> Result<()> {
    let text = template()?;
    let mistakes = Template::parse(TEMPLATE, &text)?.mistakes(&filled(&text)?);
    assert!(mistakes.is_empty(), "{mistakes:?}");
    Ok(())
}

#[tokio::test]
async fn what_alertmanager_refuses_is_refused_before_it_sees_it() -> Result<()> {
    assert_judged(&MISTAKES, false).await
}

#[tokio::test]
async fn what_alertmanager_takes_is_not_refused() -> Result<()> {
    assert_judged(&NO_MISTAKES, true).await
}
