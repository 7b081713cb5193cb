use super::{
    Hider, announces_secret, assigns_secret, holds_secret, is_secret, is_secret_setting,
    is_secret_word, sets_secret,
};

#[test]
fn no_two_hiders_give_the_same_digest() {
    let (one, other) = (Hider::new().unwrap(), Hider::new().unwrap());
    assert_ne!(one.digest("a", b"b"), other.digest("a", b"b"));
    assert_eq!(one.digest("a", b"b"), one.digest("a", b"b"));
}

#[test]
fn a_digest_tells_values_and_places_apart() {
    let hider = Hider::new().unwrap();
    let all = [
        ("a", "bc"),
        ("ab", "c"),
        ("abc", ""),
        ("", "abc"),
        ("a", "bd"),
    ];
    for (at, one) in all.iter().enumerate() {
        for other in all.iter().skip(at + 1) {
            assert_ne!(
                hider.digest(one.0, one.1.as_bytes()),
                hider.digest(other.0, other.1.as_bytes()),
                "{one:?} {other:?}"
            );
        }
    }
}

#[test]
fn a_hider_does_not_print_its_key() {
    assert_eq!(format!("{:?}", Hider::new().unwrap()), "Hider { .. }");
}

#[test]
fn a_word_in_a_name_makes_it_secret() {
    for name in [
        "PASSWORD",
        "db-pass",
        "CLIENT_SECRET",
        "x-token",
        "API_KEY",
        "api-key",
        "apiKey",
        "apikey",
        "private.pem",
        "aws-credentials",
        "slack-webhook",
        "SLACK_API_URL",
        "PAGERDUTY_ROUTING_KEY",
        "service-key",
        "api_url",
    ] {
        assert!(is_secret_word(name), "{name}");
    }
    for name in [
        "",
        "user",
        "api",
        "key",
        "prometheus-operator-validated",
        "role-arn",
        "GRAFANA_API_URL",
        "sort_key",
    ] {
        assert!(!is_secret_word(name), "{name}");
    }
}

#[test]
fn a_field_is_secret_by_its_name_or_by_where_it_stands() {
    let table: [(&str, &[&str], bool); 36] = [
        ("Secret", &["data", "x"], true),
        ("Secret", &["data", "alertmanager.yaml"], true),
        ("Secret", &["type"], false),
        ("Secret", &["metadata", "labels", "a"], false),
        ("ConfigMap", &["data", "SMTP_PASSWORD"], true),
        ("ConfigMap", &["data", "webhook.yaml"], false),
        ("ConfigMap", &["data", "LOG_LEVEL"], false),
        ("alertmanager", &["global", "smtp_auth_password"], true),
        ("alertmanager", &["global", "smtp_auth_secret"], true),
        ("alertmanager", &["global", "slack_api_url"], true),
        ("alertmanager", &["global", "smtp_auth_username"], true),
        (
            "alertmanager",
            &["receivers", "*", "slack_configs", "*", "api_url"],
            true,
        ),
        (
            "alertmanager",
            &["receivers", "*", "pagerduty_configs", "*", "routing_key"],
            true,
        ),
        (
            "alertmanager",
            &["receivers", "*", "pagerduty_configs", "*", "service_key"],
            true,
        ),
        (
            "alertmanager",
            &["receivers", "*", "opsgenie_configs", "*", "api_key"],
            true,
        ),
        (
            "alertmanager",
            &["receivers", "*", "telegram_configs", "*", "bot_token"],
            true,
        ),
        (
            "alertmanager",
            &["receivers", "*", "webhook_configs", "*", "url"],
            true,
        ),
        (
            "alertmanager",
            &["receivers", "*", "pagerduty_configs", "*", "url"],
            false,
        ),
        (
            "alertmanager",
            &["http_config", "basic_auth", "password"],
            true,
        ),
        ("alertmanager", &["http_config", "bearer_token"], true),
        (
            "alertmanager",
            &["http_config", "authorization", "credentials"],
            true,
        ),
        ("x/Y", &["spec", "token"], true),
        ("x/Y", &["metadata", "annotations", "a/api-key"], true),
        ("x/Y", &["metadata", "annotations", "a/b"], false),
        (
            "x/Y",
            &["spec", "podMetadata", "annotations", "a/token"],
            true,
        ),
        (
            "x/Y",
            &["groups", "*", "rules", "*", "annotations", "token"],
            true,
        ),
        (
            "x/Y",
            &["groups", "*", "rules", "*", "annotations", "summary"],
            false,
        ),
        (
            "alertmanager",
            &["http_config", "http_headers", "X-Scope", "values"],
            true,
        ),
        (
            "alertmanager",
            &["http_config", "http_headers", "X-Scope", "files"],
            false,
        ),
        (
            "alertmanager",
            &["http_config", "headers", "X-Api-Key"],
            true,
        ),
        (
            "alertmanager",
            &["http_config", "headers", "X-Auth-Key"],
            true,
        ),
        ("alertmanager", &["http_config", "headers", "Accept"], false),
        (
            "alertmanager",
            &["http_config", "proxy_connect_header", "X"],
            true,
        ),
        ("ConfigMap", &["binaryData", "x"], true),
        ("x/Y", &["spec", "routingKey"], true),
        ("x/Y", &["spec", "automountServiceAccountToken"], false),
    ];
    for (kind, path, secret) in table {
        assert_eq!(is_secret(kind, path), secret, "{kind} {path:?}");
    }
    assert!(!is_secret("x/Y", &[]));
}

#[test]
fn a_text_can_hold_a_secret_whatever_its_name() {
    for text in [
        "https://user:password@host/path",
        "see http://token@host now",
        "https://host/path?a=b&access_token=x",
        "https://hooks.slack.com/services/T0/B0/x",
        "post to nosnch.in/abc",
        "-----BEGIN RSA PRIVATE KEY-----\nabc",
        "--smtp-password=hunter2",
        "-token=x",
    ] {
        assert!(holds_secret(text), "{text}");
    }
    for text in [
        "https://host/path",
        "https://host/path?a=b",
        "what about the token? a=b",
        "mail a@b about http://host",
        "--web.config-file=/a",
        "--token-file=/a",
        "--password",
        "a --password=x in prose",
    ] {
        assert!(!holds_secret(text), "{text}");
    }
}

#[test]
fn a_file_that_assigns_a_password_holds_a_secret() {
    for text in [
        "[smtp]\npassword = x",
        "a=1\nSMTP_TOKEN=y\n",
        "  api-key: z",
        "# password: x",
        "- token: x",
        "{\"a\": 1, \"apiKey\": \"x\"",
        "global:\n  slack_api_url: https://x/y\n{{ x }}",
        "- routing_key: x",
        "service_key = x",
        "SLACK_API_URL=https://x/y",
        "api_url: https://x/y",
        "tokens:\n  one: x",
        "tokens:\n\n- x",
        "webhook_configs:\n- url: https://x/y",
    ] {
        assert!(assigns_secret(text), "{text}");
    }
    for text in [
        "",
        "[secret]\na=b",
        "password =\n",
        "password\n: x",
        "level = info",
        "a: token",
        "tokens:\nother: x",
        "secretKeyRef:\n  name: x",
    ] {
        assert!(!assigns_secret(text), "{text}");
    }
}

#[test]
fn a_setting_that_says_where_a_secret_is_is_none() {
    for name in [
        "db_password",
        "dbPassword",
        "webhook_url",
        "slack-token",
        "clientSecret",
    ] {
        assert!(is_secret_setting(name), "{name}");
    }
    for name in [
        "password_file",
        "token_url",
        "secretName",
        "token-path",
        "secretRef",
        "user",
    ] {
        assert!(!is_secret_setting(name), "{name}");
    }
}

#[test]
fn a_flag_can_announce_a_secret() {
    for (item, announces) in [
        ("--password", true),
        ("-token", true),
        ("--password=x", false),
        ("--password-file", false),
        ("password", false),
        ("--user", false),
    ] {
        assert_eq!(announces_secret(item), announces, "{item}");
    }
}

#[test]
fn a_line_can_set_a_secret() {
    for text in [
        "export DB_PASSWORD=x",
        "export DB_PASSWORD=x && run",
        "java -Ddb.password=x -jar a.jar",
        "PASSWORD='x'",
        r#"{"user": "a", "password": "x"}"#,
        r#"{"password":"x"}"#,
        r#"{"a":"{\"password\":\"x\"}"}"#,
        "{'apiKey' : 'x'}",
        "{password: x}",
        "{user: a, password: x}",
        "password: x",
        "curl -H 'Authorization: Bearer x' https://host",
        r#"{"routing_key":"x"}"#,
    ] {
        assert!(sets_secret(text), "{text}");
    }
    for text in [
        "",
        "the token: it expires",
        "password",
        "password:",
        "PASSWORD=",
        "a=b",
        "--token-file=/a",
        "token == x",
        "token=~x",
        r#"{"secretName": "x"}"#,
        "ä=b: ö",
    ] {
        assert!(!sets_secret(text), "{text}");
    }
}
