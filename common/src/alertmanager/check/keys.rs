//! The keys that Alertmanager 0.28 knows, level by level.

use super::shape::Shape::{
    Any, Boolean, Count, Duration, Each, GoDuration, HostPort, Keys, LabelMap, Labels, Matchers,
    RegexMap, Routes, Text, TextMap, Texts, Url, Wait,
};
use super::shape::Table;

pub(super) const ROOT: Table = &[
    ("global", Keys(GLOBAL)),
    ("route", Keys(ROUTE)),
    ("inhibit_rules", Each(INHIBIT_RULE)),
    ("receivers", Each(RECEIVER)),
    ("templates", Texts),
    ("mute_time_intervals", Each(NAMED_INTERVAL)),
    ("time_intervals", Each(NAMED_INTERVAL)),
];

const GLOBAL: Table = &[
    ("resolve_timeout", Duration),
    ("http_config", Keys(HTTP)),
    ("jira_api_url", Url),
    ("smtp_from", Text),
    ("smtp_hello", Text),
    ("smtp_smarthost", HostPort),
    ("smtp_auth_username", Text),
    ("smtp_auth_password", Text),
    ("smtp_auth_password_file", Text),
    ("smtp_auth_secret", Text),
    ("smtp_auth_identity", Text),
    ("smtp_require_tls", Boolean),
    ("smtp_tls_config", Keys(TLS)),
    ("slack_api_url", Url),
    ("slack_api_url_file", Text),
    ("pagerduty_url", Url),
    ("opsgenie_api_url", Url),
    ("opsgenie_api_key", Text),
    ("opsgenie_api_key_file", Text),
    ("wechat_api_url", Url),
    ("wechat_api_secret", Text),
    ("wechat_api_corp_id", Text),
    ("victorops_api_url", Url),
    ("victorops_api_key", Text),
    ("victorops_api_key_file", Text),
    ("telegram_api_url", Url),
    ("webex_api_url", Url),
    ("rocketchat_api_url", Url),
    ("rocketchat_token", Text),
    ("rocketchat_token_file", Text),
    ("rocketchat_token_id", Text),
    ("rocketchat_token_id_file", Text),
];

/// Keys of `global` that exclude each other.
pub(super) const GLOBAL_PAIRS: [(&str, &str); 4] = [
    ("slack_api_url", "slack_api_url_file"),
    ("opsgenie_api_key", "opsgenie_api_key_file"),
    ("victorops_api_key", "victorops_api_key_file"),
    ("smtp_auth_password", "smtp_auth_password_file"),
];

pub(super) const ROUTE: Table = &[
    ("receiver", Text),
    ("group_by", Labels),
    ("match", LabelMap),
    ("match_re", RegexMap),
    ("matchers", Matchers),
    ("mute_time_intervals", Texts),
    ("active_time_intervals", Texts),
    ("continue", Boolean),
    ("routes", Routes),
    ("group_wait", Duration),
    ("group_interval", Wait),
    ("repeat_interval", Wait),
];

const INHIBIT_RULE: Table = &[
    ("source_match", LabelMap),
    ("source_match_re", RegexMap),
    ("source_matchers", Matchers),
    ("target_match", LabelMap),
    ("target_match_re", RegexMap),
    ("target_matchers", Matchers),
    ("equal", Labels),
];

const NAMED_INTERVAL: Table = &[("name", Text), ("time_intervals", Each(INTERVAL))];

const INTERVAL: Table = &[
    ("times", Each(&[("start_time", Text), ("end_time", Text)])),
    ("weekdays", Texts),
    ("days_of_month", Texts),
    ("months", Texts),
    ("years", Texts),
    ("location", Text),
];

const RECEIVER: Table = &[
    ("name", Text),
    ("discord_configs", Any),
    ("email_configs", Each(EMAIL)),
    ("pagerduty_configs", Each(PAGERDUTY)),
    ("slack_configs", Each(SLACK)),
    ("webhook_configs", Each(WEBHOOK)),
    ("opsgenie_configs", Any),
    ("wechat_configs", Any),
    ("pushover_configs", Any),
    ("victorops_configs", Any),
    ("sns_configs", Any),
    ("telegram_configs", Any),
    ("webex_configs", Any),
    ("msteams_configs", Any),
    ("msteamsv2_configs", Any),
    ("jira_configs", Any),
    ("rocketchat_configs", Any),
];

const EMAIL: Table = &[
    ("send_resolved", Boolean),
    ("to", Text),
    ("from", Text),
    ("hello", Text),
    ("smarthost", HostPort),
    ("auth_username", Text),
    ("auth_password", Text),
    ("auth_password_file", Text),
    ("auth_secret", Text),
    ("auth_identity", Text),
    ("headers", TextMap),
    ("html", Text),
    ("text", Text),
    ("require_tls", Boolean),
    ("tls_config", Keys(TLS)),
];

const PAGERDUTY: Table = &[
    ("send_resolved", Boolean),
    ("http_config", Keys(HTTP)),
    ("service_key", Text),
    ("service_key_file", Text),
    ("routing_key", Text),
    ("routing_key_file", Text),
    ("url", Url),
    ("client", Text),
    ("client_url", Text),
    ("description", Text),
    ("details", TextMap),
    (
        "images",
        Each(&[("src", Text), ("alt", Text), ("href", Text)]),
    ),
    ("links", Each(&[("href", Text), ("text", Text)])),
    ("source", Text),
    ("severity", Text),
    ("class", Text),
    ("component", Text),
    ("group", Text),
];

const SLACK: Table = &[
    ("send_resolved", Boolean),
    ("http_config", Keys(HTTP)),
    ("api_url", Url),
    ("api_url_file", Text),
    ("channel", Text),
    ("username", Text),
    ("color", Text),
    ("title", Text),
    ("title_link", Text),
    ("pretext", Text),
    ("text", Text),
    (
        "fields",
        Each(&[("title", Text), ("value", Text), ("short", Boolean)]),
    ),
    ("short_fields", Boolean),
    ("footer", Text),
    ("fallback", Text),
    ("callback_id", Text),
    ("icon_emoji", Text),
    ("icon_url", Text),
    ("image_url", Text),
    ("thumb_url", Text),
    ("link_names", Boolean),
    ("mrkdwn_in", Texts),
    ("actions", Each(SLACK_ACTION)),
];

const SLACK_ACTION: Table = &[
    ("type", Text),
    ("text", Text),
    ("url", Text),
    ("style", Text),
    ("name", Text),
    ("value", Text),
    (
        "confirm",
        Keys(&[
            ("text", Text),
            ("title", Text),
            ("ok_text", Text),
            ("dismiss_text", Text),
        ]),
    ),
];

const WEBHOOK: Table = &[
    ("send_resolved", Boolean),
    ("http_config", Keys(HTTP)),
    ("url", Url),
    ("url_file", Text),
    ("max_alerts", Count),
    ("timeout", GoDuration),
];

const HTTP: Table = &[
    ("basic_auth", Any),
    ("authorization", Any),
    ("oauth2", Any),
    ("bearer_token", Text),
    ("bearer_token_file", Text),
    ("tls_config", Keys(TLS)),
    ("follow_redirects", Boolean),
    ("enable_http2", Boolean),
    ("proxy_url", Text),
    ("no_proxy", Text),
    ("proxy_from_environment", Boolean),
    ("proxy_connect_header", Any),
    ("http_headers", Any),
];

const TLS: Table = &[
    ("ca", Text),
    ("cert", Text),
    ("key", Text),
    ("ca_file", Text),
    ("cert_file", Text),
    ("key_file", Text),
    ("ca_ref", Text),
    ("cert_ref", Text),
    ("key_ref", Text),
    ("server_name", Text),
    ("insecure_skip_verify", Boolean),
    ("min_version", Text),
    ("max_version", Text),
];
