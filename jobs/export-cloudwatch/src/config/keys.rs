//! Which keys stand where, and what is said about all others.

use common::yaml::{Cursor, Fields, Key, Problem, did_you_mean};

use super::UnknownKeys;

/// The mappings whose keys are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    /// The file itself.
    File,
    /// An entry of `metrics`.
    Rule,
    /// `aws_tag_select`.
    TagSelect,
}

/// Keys of the file that are not also keys of a rule.
const FILE: &[&str] = &["metrics", "region", "role_arn"];

/// Defaults in the file, overrides in a rule.
const SETTINGS: &[&str] = &[
    "period_seconds",
    "range_seconds",
    "delay_seconds",
    "set_timestamp",
    "use_get_metric_data",
    "list_metrics_cache_ttl",
    "warn_on_empty_list_dimensions",
];

const RULE: &[&str] = &[
    "aws_namespace",
    "aws_metric_name",
    "aws_dimensions",
    "aws_dimension_select",
    "aws_dimension_select_regex",
    "aws_tag_select",
    "aws_statistics",
    "aws_extended_statistics",
    "help",
];

const TAG_SELECT: &[&str] = &[
    "resource_type_selection",
    "resource_id_dimension",
    "tag_selections",
    "arn_resource_id_regexp",
];

/// What this exporter will offer beyond `cloudwatch_exporter`, in the file or in a rule.
const PLANNED: &[&str] = &[
    "regions",
    "roles",
    "include_linked_accounts",
    "account_id",
    "add_labels",
    "region_label",
    "account_label",
    "tag_labels",
    "nil_to_zero",
    "aws_metric_name_regex",
];

impl Level {
    fn keys(self) -> impl Iterator<Item = &'static str> {
        let (own, shared) = match self {
            Self::File => (FILE, SETTINGS),
            Self::Rule => (RULE, SETTINGS),
            Self::TagSelect => (TAG_SELECT, &[][..]),
        };
        own.iter().chain(shared).copied()
    }

    fn place(self) -> &'static str {
        match self {
            Self::File => "at the top of the file",
            Self::Rule => "in an entry of `metrics`",
            Self::TagSelect => "in `aws_tag_select`",
        }
    }
}

/// Reports every key of `fields` that was not read.
pub(super) fn check(level: Level, fields: &Fields<'_>, unknown: UnknownKeys) {
    for key in fields.unread() {
        let (message, hint) = judge(&key.text, level);
        let (problem, otherwise) = match unknown {
            UnknownKeys::Reject => (
                Problem::error(key.position, message),
                "remove it; `--lax` turns unknown keys into warnings",
            ),
            UnknownKeys::Warn => (
                Problem::warning(key.position, format!("{message}; it is ignored")),
                "remove it",
            ),
        };
        fields
            .cursor()
            .report(problem.hint(hint.unwrap_or_else(|| otherwise.to_owned())));
    }
}

/// What is wrong with a key, and what to do if that is known.
fn judge(key: &str, level: Level) -> (String, Option<String>) {
    if PLANNED.contains(&key) || (key, level) == ("role_arn", Level::Rule) {
        let (place, hint) = match key {
            "role_arn" => (
                " in a rule",
                "one role serves the whole file: put it at the top",
            ),
            "regions" => (
                "",
                "one region serves the whole file: write `region` at its top",
            ),
            _ => ("", "remove it"),
        };
        let message = format!("`{key}`{place} is not supported by this release");
        return (message, Some(hint.to_owned()));
    }
    let levels = [Level::File, Level::Rule, Level::TagSelect];
    if let Some(home) = levels
        .into_iter()
        .find(|level| level.keys().any(|known| known == key))
    {
        let (here, there) = (level.place(), home.place());
        return (
            format!("`{key}` has no meaning {here}"),
            Some(format!("it belongs {there}")),
        );
    }
    let message = format!("unknown key `{key}` {}", level.place());
    if key == "use_get_metric_statistics" {
        return (
            message,
            Some("remove it: values always come through GetMetricData".to_owned()),
        );
    }
    let prefixed = format!("aws_{key}");
    let suggestion = level
        .keys()
        .find(|known| *known == prefixed)
        .or_else(|| did_you_mean(key, level.keys()))
        .or_else(|| did_you_mean(key, levels.into_iter().flat_map(Level::keys)));
    (
        message,
        suggestion.map(|known| format!("did you mean `{known}`?")),
    )
}

/// The names without a value.
pub(super) fn missing<const N: usize>(
    required: [(&'static str, &Option<Cursor<'_>>); N],
) -> Vec<&'static str> {
    required
        .into_iter()
        .filter(|(_, value)| value.is_none())
        .map(|(name, _)| name)
        .collect()
}

/// Reports missing keys in `cloudwatch_exporter`'s words, once everything else was read.
pub(super) fn require(
    all: &str,
    mut missing: Vec<&'static str>,
    fields: &Fields<'_>,
    unknown: UnknownKeys,
) {
    missing.retain(|name| !misspelt(name, fields, unknown));
    if !missing.is_empty() {
        let cursor = fields.cursor();
        let (path, missing) = (cursor.path(), missing.join(" and "));
        let message = format!("Must provide {all}: `{path}` lacks {missing}");
        cursor.report(Problem::error(cursor.position(), message));
    }
}

/// Whether the absence of `key` is explained by an unknown key that is reported as an error and
/// looks like it: one mistake, one message. Call it after everything else was read.
pub(super) fn misspelt(key: &'static str, fields: &Fields<'_>, unknown: UnknownKeys) -> bool {
    let looks_alike = |other: &Key| {
        key.strip_prefix("aws_") == Some(&other.text) || did_you_mean(&other.text, [key]).is_some()
    };
    unknown == UnknownKeys::Reject && fields.unread().any(looks_alike)
}
