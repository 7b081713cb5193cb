//! Receivers, and what `global` has for them.

use super::assert_told;

#[test]
fn a_mistake_in_receivers_is_told_with_its_place_and_what_to_write() {
    for (old, new, at, message, hint) in [
        (
            "send_resolved: true",
            "send_resolved: \"true\"",
            "\"true\"",
            "`receivers[1].slack_configs[1].send_resolved` must be true or false, not text",
            "write true or false, without quotes",
        ),
        (
            "name: mail",
            "name: ops",
            "ops\n    email",
            "there is another receiver of the name `ops`",
            "give it another name",
        ),
        (
            "  - name: ops\n    slack",
            "  - slack",
            "slack_configs",
            "`receivers[1]` must have the key `name`",
            "add `name:`",
        ),
        (
            "to: ops@example.com",
            "to: ''",
            "to: ''",
            "`receivers[2].email_configs[1]` must have the key `to`",
            "add `to:`",
        ),
        (
            "  smtp_from: a@example.com\n",
            "",
            "to: ops@",
            "`receivers[2].email_configs[1]` has no `from`, and `global` no `smtp_from`",
            "add one of them",
        ),
        (
            "  slack_api_url: https://hooks.example.com/x\n",
            "",
            "channel: \"",
            "`receivers[1].slack_configs[1]` has no `api_url`, `api_url_file`, and `global` no `slack_api_url`, `slack_api_url_file`",
            "add one of them",
        ),
        (
            "https://hooks.example.com/x",
            "hooks.example.com/x",
            "hooks.example",
            "`global.slack_api_url` is not an address that begins with http:// or https://",
            "write https:// and what follows it",
        ),
        (
            "url: https://example.com/x",
            "url: https:///x",
            "https:///x",
            "`receivers[2].webhook_configs[1].url` names no server",
            "write https:// and what follows it",
        ),
        (
            "url: https://example.com/x",
            "url: https://example.com:port/x",
            "https://example.com:port",
            "`receivers[2].webhook_configs[1].url` has a port that is no number",
            "write a number behind the colon",
        ),
        (
            "url: https://example.com/x",
            "max_alerts: 1",
            "max_alerts",
            "`receivers[2].webhook_configs[1]` has none of `url`, `url_file`",
            "add one of them",
        ),
        (
            "url: https://example.com/x",
            "url: https://example.com/x\n        max_alerts: -1",
            "-1\ntime",
            "`receivers[2].webhook_configs[1].max_alerts` must be a whole number from 0, not a number",
            "write a number, without quotes",
        ),
        (
            "url: https://example.com/x",
            "url: https://example.com/x\n        timeout: 1d",
            "1d",
            "`receivers[2].webhook_configs[1].timeout` must be a duration, not text",
            "write numbers with units up to hours, such as 30s or 1m30s",
        ),
        (
            "url: https://example.com/x",
            "url: https://example.com/x\n        url_file: /x",
            "/x\ntime",
            "`receivers[2].webhook_configs[1]` has both `url` and `url_file`",
            "remove one of the two",
        ),
        (
            "mail.example.com:587",
            "mail.example.com",
            "mail.example.com",
            "`global.smtp_smarthost` has no port",
            "write server:port, such as smtp.example.com:587",
        ),
        (
            "routing_key: abc",
            "client: abc",
            "client",
            "`receivers[1].pagerduty_configs[1]` has none of `routing_key`, `routing_key_file`, `service_key`, `service_key_file`",
            "add one of them",
        ),
        (
            "          - title: cluster\n            value",
            "          - value",
            "value:",
            "`receivers[1].slack_configs[1].fields[1]` must have the key `title`",
            "add `title:`",
        ),
        (
            "{Subject: s}",
            "{Subject: s, subject: t}",
            "subject: t",
            "`receivers[2].email_configs[1]` has the header `subject` twice",
            "remove one of the two: capitals make no difference",
        ),
        (
            "{Subject: s}",
            "[Subject]",
            "[Subject]",
            "`receivers[2].email_configs[1].headers` must be a mapping, not a list",
            "write `key: value`, one pair a line",
        ),
    ] {
        assert_told(old, new, at, message, hint);
    }
}
