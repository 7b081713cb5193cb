//! One entry of `metrics:`.

use std::fmt;

use super::{JavaRegex, Statistic, TagSelect};

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
    /// order; no duplicates.
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

/// Which values of the dimensions a rule wants. Names that a metric lacks do not filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Select {
    /// No condition.
    Any,
    /// One of the values, exactly; every name must match. File order.
    Values(Vec<(String, Vec<String>)>),
    /// One of the patterns, whole value; every name must match. File order.
    Patterns(Vec<(String, Vec<JavaRegex>)>),
}
