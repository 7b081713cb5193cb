//! Warnings: what is valid and most likely not what its author wants.

use common::yaml::{Document, Fields, Key, Position, Problem};

use super::settings::Settings;
use super::{Rule, RuleNumber, Select};

const DAY: u32 = 86_400;

/// How long CloudWatch keeps bins shorter than a minute.
const SUB_MINUTE_RETENTION: u32 = 3 * 3600;

/// From this age on, in seconds, CloudWatch only answers periods that are a multiple of the second
/// number. Youngest first.
const COARSER_BINS: [(u32, u32); 2] = [(15 * DAY, 300), (63 * DAY, 3600)];

/// CloudWatch keeps nothing for longer.
const RETENTION: u32 = 455 * DAY;

/// Warnings about one rule by itself.
pub(super) fn rule(rule: &Rule, settings: Settings, fields: &mut Fields<'_>) {
    if let Some((message, hint)) = window(rule) {
        let places = [
            settings.period_seconds,
            settings.range_seconds,
            settings.delay_seconds,
        ];
        let set = places.iter().filter_map(|setting| setting.at).max();
        let position = set.unwrap_or_else(|| fields.cursor().position());
        fields
            .cursor()
            .report(Problem::warning(position, message).hint(hint));
    }
    tag_dimension(rule, fields);
    selection(rule, fields);
}

/// Windows for which CloudWatch returns no data, and no error either: what is wrong, what to do.
fn window(rule: &Rule) -> Option<(String, String)> {
    let Rule {
        period_seconds: period,
        range_seconds: range,
        delay_seconds: delay,
        ..
    } = *rule;
    let age = delay.saturating_add(range);
    if range < period {
        return Some((
            format!(
                "a window of {range} seconds seldom holds a whole period of {period} seconds: most runs will find nothing"
            ),
            format!("set `range_seconds` to {period} or more"),
        ));
    }
    if age > RETENTION {
        return Some((
            format!(
                "the window begins {age} seconds ago, CloudWatch keeps nothing for longer than 455 days ({RETENTION} seconds)"
            ),
            "choose a smaller `range_seconds` or `delay_seconds`".to_owned(),
        ));
    }
    if period < 60 && age > SUB_MINUTE_RETENTION {
        return Some((
            format!(
                "the window begins {age} seconds ago, where CloudWatch has no periods below 60 seconds: it keeps them for 3 hours ({SUB_MINUTE_RETENTION} seconds)"
            ),
            "set `period_seconds` to 60 or more".to_owned(),
        ));
    }
    let too_fine =
        |&&(from, multiple): &&(u32, u32)| age > from && !period.is_multiple_of(multiple);
    let &(from, multiple) = COARSER_BINS.iter().rev().find(too_fine)?;
    Some((
        format!(
            "the window begins {} days ago, where CloudWatch has no periods of {period} seconds: from {} days on it keeps multiples of {multiple}",
            age / DAY,
            from / DAY,
        ),
        format!("set `period_seconds` to a multiple of {multiple}"),
    ))
}

/// Conditions that filter nothing or everything.
fn selection(rule: &Rule, fields: &mut Fields<'_>) {
    let key = match rule.select {
        Select::Any => return,
        Select::Values(_) => "aws_dimension_select",
        Select::Patterns(_) => "aws_dimension_select_regex",
    };
    let Some(position) = fields.key(key).map(|key| key.position) else {
        return;
    };
    let Some(dimensions) = &rule.dimensions else {
        let message = format!("`{key}` has no effect without `aws_dimensions`");
        let hint = "list the names of the metric's dimensions in `aws_dimensions`";
        return fields
            .cursor()
            .report(Problem::warning(position, message).hint(hint));
    };
    let empty = match &rule.select {
        Select::Any => Vec::new(),
        Select::Values(select) => empty(select),
        Select::Patterns(select) => empty(select),
    };
    for (name, _) in fields
        .get(key)
        .and_then(|select| select.entries())
        .unwrap_or_default()
    {
        let Key { text, position, .. } = name;
        if !dimensions.contains(text) {
            let message =
                format!("`{text}` is not in `aws_dimensions`; this condition filters nothing");
            fields.cursor().report(Problem::warning(*position, message));
        } else if empty.contains(&text.as_str()) {
            let message = format!("no value is selected for `{text}`: the rule will find nothing");
            fields.cursor().report(Problem::warning(*position, message));
        }
    }
}

fn empty<T>(select: &[(String, Vec<T>)]) -> Vec<&str> {
    let without = select.iter().filter(|(_, values)| values.is_empty());
    without.map(|(name, _)| name.as_str()).collect()
}

fn tag_dimension(rule: &Rule, fields: &Fields<'_>) {
    let Some(select) = &rule.tag_select else {
        return;
    };
    let dimension = &select.resource_id_dimension;
    let known = rule
        .dimensions
        .as_ref()
        .is_some_and(|names| names.contains(dimension));
    if let Some(key) = fields.key("aws_tag_select").filter(|_| !known) {
        let message = format!(
            "the tags filter by `{dimension}`, which is not in `aws_dimensions`: every metric passes"
        );
        fields
            .cursor()
            .report(Problem::warning(key.position, message));
    }
}

/// Keeps the first of identical rules, and warns about rules that write each other's series.
pub(super) fn merge_identical(rules: Vec<(Rule, Position)>, document: &Document) -> Vec<Rule> {
    let mut kept: Vec<Rule> = Vec::new();
    for (rule, position) in rules {
        let report = |message: String, hint: &str| {
            document.report(Problem::warning(position, message).hint(hint));
        };
        if let Some(twin) = kept.iter().find(|other| is_identical(other, &rule)) {
            report(
                format!(
                    "rule {} repeats {}; it counts once",
                    rule.number,
                    name(twin)
                ),
                "remove one of the two",
            );
            continue;
        }
        if let Some(other) = kept.iter().find(|other| same_series(other, &rule)) {
            report(
                format!(
                    "rule {} writes the same series as {}",
                    rule.number,
                    name(other)
                ),
                "of each series the newest value is kept; ask for different statistics or dimensions",
            );
        }
        kept.push(rule);
    }
    kept
}

fn name(rule: &Rule) -> String {
    format!("rule {} in line {}", rule.number, rule.line)
}

fn is_identical(one: &Rule, other: &Rule) -> bool {
    let without_place = |rule: &Rule| Rule {
        number: RuleNumber::new(0),
        line: 0,
        ..rule.clone()
    };
    without_place(one) == without_place(other)
}

/// Same metrics, and a statistic in common.
fn same_series(one: &Rule, other: &Rule) -> bool {
    one.namespace == other.namespace
        && one.metric_name == other.metric_name
        && sorted(one.dimensions.as_ref()) == sorted(other.dimensions.as_ref())
        && one.select == other.select
        && one.tag_select == other.tag_select
        && one
            .statistics
            .iter()
            .any(|statistic| other.statistics.contains(statistic))
}

fn sorted(names: Option<&Vec<String>>) -> Option<Vec<&String>> {
    let mut names: Vec<_> = names?.iter().collect();
    names.sort();
    Some(names)
}
