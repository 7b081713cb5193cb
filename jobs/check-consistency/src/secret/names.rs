//! Names that say that what they name is secret.

/// Fields whose value is secret wherever they stand, as [`plain`] has them: Alertmanager's, in files and in
/// custom resources, and Grafana's.
const FIELDS: &[&str] = &[
    "accesstoken",
    "adminpassword",
    "alertsourcetoken",
    "apikey",
    "apisecret",
    "apiurl",
    "apptoken",
    "authpassword",
    "authsecret",
    "bearertoken",
    "bottoken",
    "clientsecret",
    "credentials",
    "jiraapitoken",
    "opsgenieapikey",
    "password",
    "proxypassword",
    "secretkey",
    "slackapptoken",
    "smtpauthpassword",
    "smtpauthsecret",
    "telegrambottoken",
    "token",
    "victoropsapikey",
    "webhookurl",
    "wechatapisecret",
];

/// Ends of such names that no word gives away: `PAGERDUTY_ROUTING_KEY` is as secret as `routing_key`.
const ENDINGS: &[&str] = &[
    "accesskey",
    "accesskeyid",
    // With SES the user is the id of an access key.
    "authusername",
    "routingkey",
    "servicekey",
    "slackapiurl",
    "userkey",
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
/// secret: `SMTP_PASSWORD`, `x-api-key`, `SLACK_API_URL`.
pub fn is_secret_word(name: &str) -> bool {
    let plain = plain(name);
    is_field(&plain) || WORDS.iter().any(|word| plain.contains(word))
}

/// A name without what is spelt in one way here and in another there.
fn plain(name: &str) -> String {
    let counts = |c: &char| !matches!(c, '_' | '-');
    let letters = name.chars().filter(counts);
    letters.map(|c| c.to_ascii_lowercase()).collect()
}

fn is_field(plain: &str) -> bool {
    FIELDS.contains(&plain) || ENDINGS.iter().any(|end| plain.ends_with(end))
}

/// Whether a header of HTTP is secret by its name: `Authorization`, `X-Api-Key`, `Cookie`.
fn is_secret_header(name: &str) -> bool {
    let plain = plain(name);
    is_secret_word(name)
        || plain.contains("auth")
        || plain.contains("cookie")
        || plain.ends_with("key")
}

/// Whether a setting of a file is secret by its name. One that says where something is, is not:
/// `password_file`, `token_url`; but the address of a webhook is.
pub fn is_secret_setting(name: &str) -> bool {
    let plain = plain(name);
    let place = ["file", "path", "dir", "name", "ref", "url"];
    is_field(&plain)
        || (is_secret_word(name)
            && (plain.contains("webhook") || !place.iter().any(|end| plain.ends_with(end))))
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
    if is_field(&plain(name)) {
        return true;
    }
    match (kind, above) {
        // What a Secret holds, what Grafana encrypts, and base64, which nobody can read.
        ("Secret", ["data" | "stringData" | "binaryData", ..])
        | ("ConfigMap", ["binaryData"])
        | (_, [.., "secureJsonData"]) => true,
        // Keys without a dot are no files: they become environment variables.
        ("ConfigMap", ["data"]) if !name.contains('.') => is_secret_word(name),
        // Of objects, of the pods and volumes that they make, and of rules.
        (_, [.., "annotations"]) => is_secret_word(name),
        (_, [.., "headers" | "http_headers" | "httpHeaders"]) => is_secret_header(name),
        (_, [.., "http_headers" | "httpHeaders", _]) => matches!(*name, "values" | "secrets"),
        (_, [.., "proxy_connect_header" | "proxyConnectHeader"]) => true,
        // The address of a webhook is all that one needs to call it.
        (_, [.., "webhook_configs" | "webhookConfigs", "*"]) => *name == "url",
        _ => false,
    }
}
