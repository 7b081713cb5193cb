//! Names that say that what they name is secret.

/// Fields whose value is secret wherever they stand: Alertmanager's, in files and in custom resources.
const FIELDS: &[&str] = &[
    "access_key",
    "access_token",
    "alert_source_token",
    "api_key",
    "api_secret",
    "api_url",
    "app_token",
    "auth_password",
    "auth_secret",
    // With SES the user is the id of an access key.
    "auth_username",
    "bearer_token",
    "bot_token",
    "client_secret",
    "credentials",
    "jira_api_token",
    "opsgenie_api_key",
    "password",
    "proxy_password",
    "routing_key",
    "secret_key",
    "service_key",
    "slack_api_url",
    "slack_app_token",
    "smtp_auth_password",
    "smtp_auth_secret",
    "smtp_auth_username",
    "telegram_bot_token",
    "token",
    "user_key",
    "victorops_api_key",
    "webhook_url",
    "wechat_api_secret",
    // Of custom resources and of Grafana.
    "accessKey",
    "adminPassword",
    "authUsername",
    "apiKey",
    "bearerToken",
    "clientSecret",
    "secretKey",
    "webhookUrl",
    "webhookURL",
];

/// Parts of a name that say that a value is secret, in any case; `_` and `-` do not count.
const WORDS: &[&str] = &[
    "pass",
    "secret",
    "token",
    "apikey",
    "private",
    "credential",
    "webhook",
];

/// Whether a name of an environment variable, an annotation or a key of a file says that its value is
/// secret: `SMTP_PASSWORD`, `x-api-key`.
pub fn is_secret_word(name: &str) -> bool {
    let plain: String = name
        .chars()
        .filter(|c| !matches!(c, '_' | '-'))
        .map(|c| c.to_ascii_lowercase())
        .collect();
    WORDS.iter().any(|word| plain.contains(word))
}

/// Whether a setting of a file is secret by its name. One that says where something is, is not:
/// `password_file`, `token_url`; but the address of a webhook is.
pub fn is_secret_setting(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let place = ["file", "path", "dir", "name", "ref", "url"];
    is_secret_word(&name)
        && (name.contains("webhook") || !place.iter().any(|end| name.ends_with(end)))
}

/// Whether the scalar at a place is secret by its name. The path is the fields from the root of the
/// object, or of the document in a text, with `*` for items of lists; `kind` is the object's as a
/// configuration names it.
///
/// A mapping with such a name is not: a `password` that is a mapping names a Secret and a key of it.
pub fn is_secret(kind: &str, path: &[&str]) -> bool {
    let [above @ .., name] = path else {
        return false;
    };
    if FIELDS.contains(name) {
        return true;
    }
    match (kind, above) {
        // What a Secret holds, and what Grafana encrypts.
        ("Secret", ["data" | "stringData", ..]) | (_, [.., "secureJsonData"]) => true,
        // Keys without a dot are no files: they become environment variables.
        ("ConfigMap", ["data"]) if !name.contains('.') => is_secret_word(name),
        (_, [.., "metadata", "annotations"]) => is_secret_word(name),
        (_, [.., "headers"]) => is_secret_word(name) || name.eq_ignore_ascii_case("authorization"),
        // The address of a webhook is all that one needs to call it.
        (_, [.., "webhook_configs" | "webhookConfigs", "*"]) => *name == "url",
        _ => false,
    }
}
