use std::collections::BTreeSet;

use super::{mistakes, regex};
use crate::alertmanager::{SmtpLogin, Template, tree};
use crate::yaml::Problem;

mod intervals;
mod receivers;
mod routes;

/// Nothing is wrong with this.
const SOUND: &str = r##"global:
  smtp_smarthost: mail.example.com:587
  smtp_from: a@example.com
  slack_api_url: https://hooks.example.com/x
route:
  receiver: ops
  group_by: [alertname]
  group_wait: 30s
  routes:
    - receiver: mail
      matchers: [severity = critical]
      mute_time_intervals: [nights]
      repeat_interval: 4h
inhibit_rules:
  - source_matchers: [alertname = A]
    target_match_re: {severity: info|none}
    equal: [namespace]
receivers:
  - name: ops
    slack_configs:
      - channel: "#ops"
        send_resolved: true
        fields:
          - title: cluster
            value: "x"
    pagerduty_configs:
      - routing_key: abc
  - name: mail
    email_configs:
      - to: ops@example.com
        headers: {Subject: s}
    webhook_configs:
      - url: https://example.com/x
time_intervals:
  - name: nights
    time_intervals:
      - times: [{start_time: "00:00", end_time: "06:00"}]
        weekdays: [monday:friday]
        days_of_month: ["1:5", "-3:-1"]
        months: [may:august]
        years: ["2026"]
"##;

fn found(text: &str) -> Vec<String> {
    let root = tree::read(text).unwrap();
    mistakes(&root, BTreeSet::new()).iter().map(told).collect()
}

fn told(problem: &Problem) -> String {
    let hint = problem.hint.as_deref().unwrap_or("no hint");
    let (line, column, message) = (problem.line, problem.column, &problem.message);
    format!("{line}:{column} {message}; {hint}")
}

fn edited(old: &str, new: &str) -> String {
    let text = SOUND.replacen(old, new, 1);
    assert_ne!(text, SOUND, "{old}");
    text
}

/// That of the sound configuration with `new` in place of `old` this is told of the place where `at` stands.
fn assert_told(old: &str, new: &str, at: &str, message: &str, hint: &str) {
    let text = edited(old, new);
    let (before, _) = text.split_once(at).unwrap();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap().chars().count() + 1;
    let (expected, found) = (format!("{line}:{column} {message}; {hint}"), found(&text));
    assert!(found.contains(&expected), "{expected}\n{found:#?}");
}

#[test]
fn what_alertmanager_takes_is_accepted_however_it_is_written() {
    assert_eq!(found(SOUND), [""; 0]);
    for (old, new) in [
        ("receiver: mail", "receiver: ''"),
        ("group_wait: 30s", "group_wait: 0s"),
        ("group_wait: 30s", "group_wait: 1h30m5s100ms"),
        ("group_wait: 30s", "group_wait: ~"),
        ("group_by: [alertname]", "group_by: [...]"),
        ("group_by: [alertname]", "group_by: [naïve, 'a b', 1]"),
        (
            "[severity = critical]",
            "['{a=b,c!~\"d|e\",}', 'f.g = h', '\"i j\" =~ \"k.*\"']",
        ),
        (
            "[severity = critical]",
            "[a=, 'b=\"\\d\"', 'c =~ ^\\d+[(]$', d=e\\]",
        ),
        ("[severity = critical]", "[severity =~ ')(']"),
        (
            "[severity = critical]",
            "['severity=~\"\\\\Q(\\\\E[[:alpha:]]\"']",
        ),
        ("[severity = critical]", "[]"),
        ("send_resolved: true", "send_resolved: on"),
        ("send_resolved: true", "send_resolved: y"),
        ("routing_key: abc", "service_key: 123"),
        (
            "to: ops@example.com",
            "to: ops@example.com\n        require_tls: no\n        tls_config: {insecure_skip_verify: true, min_version: TLS12}",
        ),
        (
            "url: https://example.com/x",
            "url: HTTP://user:p%40ss@[::1]:80/x?y",
        ),
        (
            "url: https://example.com/x",
            "url: https://example.com/x\n        max_alerts: 10\n        timeout: 1m30s\n        http_config: {follow_redirects: false, bearer_token: x, proxy_url: 'http://p:1'}",
        ),
        ("url: https://example.com/x", "url_file: /etc/x"),
        ("mail.example.com:587", "'[::1]:587'"),
        ("mail.example.com:587", "smtp.example.com:smtp"),
        ("{severity: info|none}", "{severity: ''}"),
        ("may:august", "5:13"),
        ("\"06:00\"", "\"24:00\""),
        (
            "time_intervals:\n  - name: nights",
            "mute_time_intervals:\n  - name: nights",
        ),
        (
            "  - name: mail\n",
            "  - name: mail\n    telegram_configs: [{bot_token: x, chat_id: 1}]\n    pushover_configs: []\n",
        ),
        ("  - name: mail\n", "  -\n  - name: mail\n"),
        ("receivers:", "templates: []\nreceivers:"),
        (
            "  smtp_from: a@example.com",
            "  smtp_from: a@example.com\n  resolve_timeout: 5m\n  http_config: ~\n  opsgenie_api_key: x",
        ),
    ] {
        assert_eq!(found(&edited(old, new)), [""; 0], "{new}");
    }
}

#[test]
fn a_file_that_is_no_configuration_or_has_no_route_is_refused() {
    for (text, message) in [
        ("", "the file must be a mapping, not nothing"),
        ("[]", "the file must be a mapping, not a list"),
        ("receivers: []", "the file must have the key `route`"),
        (
            "route:\nreceivers: []",
            "the file must have the key `route`",
        ),
    ] {
        let found = found(text);
        assert!(
            found.iter().any(|it| it.contains(message)),
            "{text}: {found:?}"
        );
    }
}

#[test]
fn expressions_are_refused_only_for_what_go_refuses() {
    for expression in [
        "",
        "a{2,3}b{x}c{,4}",
        "(?i:c)[]\\]]",
        r"\pN\x{10FF}{2}",
        "(?P<n>d)*?",
        "(?<n>d)+?",
        ")(",
        r"\Q(\E[[:alpha:]]",
        "^*",
        "a|",
        "(|b)",
        "()*",
        r"[^]a[]",
        r"\.\-\_",
        "a{01}*",
        "(?i)b",
        "]}",
    ] {
        assert_eq!(regex::fault(expression), None, "{expression}");
    }
    for expression in [
        "*", "a|*", "(+)", "a**", "a+*", "a{2}{3}", "a{1001}", "a{3,2}", "(", ")", "[", "[]",
        "[^]", r"(a)\1", r"\Z", "a\\", "(?=a)", "(?<!a)", "(?>a)", "(?P=n)",
    ] {
        assert!(regex::fault(expression).is_some(), "{expression}");
    }
}

#[test]
fn places_are_those_of_the_template_and_what_is_filled_in_is_never_shown() {
    let text = "\
global:
  smtp_auth_username: >-
    @@smtp_username@@
  smtp_auth_password: '@@smtp_password@@'
  slack_api_url: '@@secret/slack@@'
route:
  receiver: '@@secret/slack@@'
  group_wait: '@@secret/slack@@'
  routes: [{receiver: b}, {matchers: ['a =~ (@@secret/slack@@']}]
receivers:
  - name: '@@secret/slack@@b'
";
    let login = SmtpLogin {
        username: "hunter1".to_owned(),
        password: "hunter2".into(),
    };
    let template = Template::parse("am.yaml", text).unwrap();
    let filled = template.fill(&login, |_| Some("hunter3".into())).unwrap();
    let found: Vec<String> = template.mistakes(&filled).iter().map(told).collect();
    let places: Vec<&str> = found
        .iter()
        .map(|it| it.split(' ').next().unwrap())
        .collect();
    assert_eq!(
        places,
        ["5:18", "7:13", "8:15", "9:23", "9:39"],
        "{found:#?}"
    );
    assert!(!format!("{:?}", template.mistakes(&filled)).contains("hunter"));
}
