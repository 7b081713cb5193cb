//! The Prometheus text format 0.0.4: a model of metric families, a renderer, a strict parser and
//! a validator.
//!
//! One renderer serves the exported data and a job's own gauges. The parser is at least as strict
//! as a Pushgateway, so that what it accepts is not refused there. It reads neither `OpenMetrics`
//! nor the quoted names of newer releases, and knows nothing of timestamps beyond refusing them.
//!
//! Format: <https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format>

mod intern;
mod model;
mod name;
mod parse;
mod render;
mod series;
mod validate;

pub(crate) use intern::Interner;
pub use model::{Family, Kind, Label, Labels, NAME_LABEL, Sample};
pub use name::{is_label_name, is_metric_name};
pub use parse::{ParseError, Problem, Timestamps, parse, parse_with};
pub use render::{Number, render};
pub(crate) use series::number;
pub use validate::{Invalid, validate};
