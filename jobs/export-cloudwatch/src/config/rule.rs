//! One entry of `metrics:`.

use std::fmt;

use common::yaml::{Cursor, Document};

use super::keys::{self, Level};
use super::settings::Settings;
use super::{Select, Statistic, TagSelect, UnknownKeys, lint, list, select, statistic, tag_select};

/// 1-based position of a rule in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleNumber(usize);

impl RuleNumber {
    /// Counted from 1.
    pub const fn new(number: usize) -> Self {
        Self(number)
    }

    /// The number, counted from 1.
    pub const fn get(self) -> usize {
        self.0
    }
}

impl fmt::Display for RuleNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What to read for one metric name, with the file's defaults filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Position in the file.
    pub number: RuleNumber,
    /// 1-based line of the rule's first key.
    pub line: usize,
    /// Such as `AWS/ES`.
    pub namespace: String,
    /// Such as `CPUUtilization`.
    pub metric_name: String,
    /// HELP text of every statistic; absent: generated.
    pub help: Option<String>,
    /// `None`: exactly one query without dimensions and no listing. `Some` of an empty list: list,
    /// and keep metrics without dimensions. Otherwise the exact set of dimension names.
    pub dimensions: Option<Vec<String>>,
    /// Which dimension values to keep.
    pub select: Select,
    /// Which resources to keep, by tag.
    pub tag_select: Option<TagSelect>,
    /// Sum, `SampleCount`, Minimum, Maximum, Average in this order, then extended ones in file
    /// order; no duplicates, at least one.
    pub statistics: Vec<Statistic>,
    /// Length of a bin.
    pub period_seconds: u32,
    /// Length of the window.
    pub range_seconds: u32,
    /// The window ends this long ago.
    pub delay_seconds: u32,
    /// Whether samples carry CloudWatch's timestamp where the output has room for one.
    pub set_timestamp: bool,
    /// How long a listing may be reused; 0: not at all.
    pub list_metrics_cache_ttl_seconds: u32,
    /// Whether to warn when a listing leaves no metric.
    pub warn_on_empty_list_dimensions: bool,
}

/// Reads a rule. `None`: errors have been reported.
pub(super) fn read(
    document: &Document,
    item: &Cursor<'_>,
    number: RuleNumber,
    inherited: Settings,
    unknown: UnknownKeys,
) -> Option<Rule> {
    let errors = document.errors();
    let mut fields = item.fields()?;
    let namespace = fields.get("aws_namespace");
    let metric_name = fields.get("aws_metric_name");
    let required = [
        ("aws_namespace", &namespace),
        ("aws_metric_name", &metric_name),
    ];
    let missing = keys::missing(required);
    let [namespace, metric_name] =
        [namespace, metric_name].map(|name| name.and_then(|name| list::name(&name)));
    let help = fields.get("help").and_then(|help| help.string());
    let settings = inherited.read(&mut fields);
    let dimensions = select::dimensions(&mut fields);
    let select = select::select(&mut fields);
    let tag_select = tag_select::read(&mut fields, unknown);
    let statistics = statistic::read(&mut fields);

    keys::require(
        "aws_namespace and aws_metric_name",
        missing,
        &fields,
        unknown,
    );
    keys::check(Level::Rule, &fields, unknown);

    let rule = Rule {
        number,
        line: item.position().line,
        namespace: namespace?,
        metric_name: metric_name?,
        help,
        dimensions,
        select,
        tag_select,
        statistics,
        period_seconds: settings.period_seconds.value,
        range_seconds: settings.range_seconds.value,
        delay_seconds: settings.delay_seconds.value,
        set_timestamp: settings.set_timestamp,
        list_metrics_cache_ttl_seconds: settings.list_metrics_cache_ttl_seconds,
        warn_on_empty_list_dimensions: settings.warn_on_empty_list_dimensions,
    };
    if document.errors() > errors {
        return None;
    }
    lint::rule(&rule, settings, &mut fields);
    Some(rule)
}
