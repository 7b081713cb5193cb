//! Why a text is refused, and where.

/// The first fault of a text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {problem}")]
pub struct ParseError {
    /// Counted from 1.
    pub line: usize,
    /// Counted from 1, in characters.
    pub column: usize,
    /// What is wrong there.
    pub problem: Problem,
}

/// What is wrong at one place of a text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Bytes that are not UTF-8.
    #[error("invalid UTF-8")]
    Encoding,
    /// The text ends inside a line.
    #[error("the last line lacks its newline")]
    MissingNewline,
    /// A sample or a `HELP` or `TYPE` comment does not name a metric.
    #[error("expected a metric name")]
    MetricName,
    /// A second `HELP` line for one family.
    #[error("second HELP line for `{0}`")]
    SecondHelp(String),
    /// A second `TYPE` line for one family, or one after its samples.
    #[error("second TYPE line for `{0}`, or TYPE after samples")]
    LateType(String),
    /// Not one of the five kinds.
    #[error("unknown metric type `{0}`")]
    UnknownType(String),
    /// A backslash before a character that needs none.
    #[error("invalid escape sequence `\\{0}`")]
    Escape(char),
    /// A backslash at the end of a line.
    #[error("a backslash ends the line")]
    DanglingEscape,
    /// What stands before `=` is not a label name.
    #[error("expected a label name")]
    LabelName,
    /// Names that start with `__` belong to Prometheus.
    #[error("label `{0}` starts with two underscores, which is reserved")]
    ReservedLabel(String),
    /// One sample names a label twice.
    #[error("label `{0}` occurs twice")]
    DuplicateLabel(String),
    /// A label name without a value.
    #[error("expected `=` after the label name")]
    Equals,
    /// A label value without its quote.
    #[error("expected `\"` before the label value")]
    OpeningQuote,
    /// A label value that does not end in its line.
    #[error("the label value does not end")]
    ClosingQuote,
    /// Labels that do not end in their line.
    #[error("expected `,` or `}}` after the label value")]
    ClosingBrace,
    /// Not a float, or beyond its range.
    #[error("expected a float as value, found `{0}`")]
    Value(String),
    /// A timestamp: the Pushgateway refuses every one.
    #[error("timestamps are not allowed, found `{0}`")]
    Timestamp(String),
    /// A Pushgateway takes a blank for the announcement of a timestamp.
    #[error("blanks after the value")]
    TrailingBlank,
    /// Neither nothing nor a timestamp after the value.
    #[error("unexpected text after the value: `{0}`")]
    Trailing(String),
    /// The same name and labels again.
    #[error("the series of line {0} again")]
    DuplicateSeries(usize),
    /// A histogram or summary whose parts are named like a family before it.
    #[error("`{0}`, a part of this histogram or summary, is a family of its own")]
    PartTaken(String),
    /// The bare name of a histogram.
    #[error("`{0}` is no name for a sample of a histogram")]
    SampleName(String),
    /// A bucket without `le`, or a quantile without `quantile`.
    #[error("expected the label `{0}` with a number")]
    MissingBound(&'static str),
}
