//! Statistics as CloudWatch spells them, and the two lists that ask for them.

use std::fmt;

use common::yaml::{Cursor, Fields, Problem, did_you_mean};

use super::list;

mod syntax;

/// One statistic of a metric.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Statistic {
    /// Sum of all values of a bin.
    Sum,
    /// Number of values of a bin.
    SampleCount,
    /// Smallest value of a bin.
    Minimum,
    /// Largest value of a bin.
    Maximum,
    /// Mean of a bin.
    Average,
    /// Percentiles, trimmed means and their kin, as written.
    Extended(Box<str>),
}

impl Statistic {
    /// The five basic ones, in the order that series are written in.
    pub const BASIC: [Self; 5] = [
        Self::Sum,
        Self::SampleCount,
        Self::Minimum,
        Self::Maximum,
        Self::Average,
    ];

    /// What CloudWatch is sent.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Sum => "Sum",
            Self::SampleCount => "SampleCount",
            Self::Minimum => "Minimum",
            Self::Maximum => "Maximum",
            Self::Average => "Average",
            Self::Extended(statistic) => statistic,
        }
    }

    fn basic(text: &str) -> Option<Self> {
        Self::BASIC
            .into_iter()
            .find(|statistic| statistic.as_str() == text)
    }
}

impl fmt::Display for Statistic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What people write for a basic statistic and CloudWatch does not know.
const SYNONYMS: [(&str, &str); 9] = [
    ("count", "SampleCount"),
    ("n", "SampleCount"),
    ("samples", "SampleCount"),
    ("avg", "Average"),
    ("mean", "Average"),
    ("min", "Minimum"),
    ("max", "Maximum"),
    ("total", "Sum"),
    ("median", "p50"),
];

/// Units of CloudWatch (and the per-second ones): they stand next to the statistics in its console.
const UNITS: [&str; 8] = [
    "Seconds",
    "Milliseconds",
    "Microseconds",
    "Bytes",
    "Kilobytes",
    "Megabytes",
    "Gigabytes",
    "Percent",
];

/// What a rule asks for: without `aws_statistics` all five basic ones, unless
/// `aws_extended_statistics` is present.
pub(super) fn read(fields: &mut Fields<'_>) -> Vec<Statistic> {
    let basic = fields.get_or_null("aws_statistics");
    let extended = fields.get_or_null("aws_extended_statistics");
    let mut asked = Asked::default();
    match (&basic, &extended) {
        (None, None) => return Statistic::BASIC.to_vec(),
        (Some(list), _) => asked.basic(list),
        (None, Some(_)) => {}
    }
    if let Some(list) = extended.as_ref().filter(|list| !list.is_null()) {
        asked.extended(list);
    }
    if asked.statistics.is_empty() && !asked.refused {
        let rule = fields.cursor();
        let position = basic
            .or(extended)
            .map_or(rule.position(), |list| list.position());
        let message = format!("`{}` asks for no statistic", rule.path());
        rule.report(Problem::error(position, message).hint(
            "without `aws_statistics` and `aws_extended_statistics` a rule gets all five basic ones",
        ));
    }
    asked.in_order()
}

/// Statistics in file order while they are read.
#[derive(Default)]
struct Asked {
    statistics: Vec<Statistic>,
    /// Whether something was asked for that is reported as an error.
    refused: bool,
}

impl Asked {
    /// The items of a list. One that is refused is a mistake of its own, not an absence.
    fn texts<'d>(&mut self, list: &Cursor<'d>) -> Vec<(String, Cursor<'d>)> {
        let Some(items) = list.items() else {
            self.refused = true;
            return Vec::new();
        };
        let asked = items.len();
        let texts = list::texts(items);
        self.refused |= texts.len() < asked;
        texts
    }

    fn basic(&mut self, list: &Cursor<'_>) {
        for (text, item) in self.texts(list) {
            if let Some(statistic) = Statistic::basic(&text) {
                self.add(statistic, &item);
            } else {
                let problem = item.problem(format!(
                    "must be Sum, SampleCount, Minimum, Maximum or Average, not `{text}`"
                ));
                self.refused = true;
                item.report(advice(&text).into_iter().fold(problem, Problem::hint));
            }
        }
    }

    fn extended(&mut self, list: &Cursor<'_>) {
        for (text, item) in self.texts(list) {
            if let Some(statistic) = Statistic::basic(&text) {
                let message =
                    format!("`{text}` is not an extended statistic; it is read all the same");
                let problem = Problem::warning(item.position(), message);
                item.report(problem.hint("move it to `aws_statistics`"));
                self.add(statistic, &item);
            } else if let Err(malformed) = syntax::check(&text) {
                let problem = item.problem(format!(
                    "is no extended statistic of CloudWatch: `{text}` {malformed}"
                ));
                self.refused = true;
                item.report(problem.hint(advice_extended(&text)));
            } else {
                self.add(Statistic::Extended(text.into()), &item);
            }
        }
    }

    fn add(&mut self, statistic: Statistic, item: &Cursor<'_>) {
        if self.statistics.contains(&statistic) {
            let message = format!("`{statistic}` is asked for twice; it counts once");
            item.report(Problem::warning(item.position(), message));
        } else {
            self.statistics.push(statistic);
        }
    }

    /// The basic ones in their fixed order, then the extended ones.
    fn in_order(self) -> Vec<Statistic> {
        let mut basic = Statistic::BASIC.to_vec();
        basic.retain(|statistic| self.statistics.contains(statistic));
        let is_extended = |statistic: &Statistic| matches!(statistic, Statistic::Extended(_));
        basic
            .into_iter()
            .chain(self.statistics.into_iter().filter(is_extended))
            .collect()
    }
}

fn advice(text: &str) -> Option<String> {
    if syntax::check(text).is_ok() {
        return Some("it belongs in `aws_extended_statistics`".to_owned());
    }
    let lower = text.to_lowercase();
    if let Some((_, known)) = SYNONYMS.iter().find(|(synonym, _)| *synonym == lower) {
        let place = if *known == "p50" {
            " in `aws_extended_statistics`"
        } else {
            ""
        };
        return Some(format!("CloudWatch calls it `{known}`{place}"));
    }
    if UNITS
        .iter()
        .any(|unit| lower.starts_with(&unit.to_lowercase()))
    {
        return Some(
            "that is a unit, which needs no mention; statistics are Sum, Average and the like"
                .to_owned(),
        );
    }
    let basic = Statistic::BASIC;
    did_you_mean(text, basic.iter().map(Statistic::as_str))
        .map(|known| format!("did you mean `{known}`?"))
}

fn advice_extended(text: &str) -> String {
    let lower = text.to_lowercase();
    let bare = lower.trim_end_matches('%').replace([' ', '_'], "");
    if syntax::check(&bare).is_ok() {
        return format!("did you mean `{bare}`?");
    }
    let upper = text.to_uppercase().replace(' ', "");
    if syntax::check(&upper).is_ok() {
        return format!("did you mean `{upper}`?");
    }
    "write p99, p99.9, tm90, TM(2%:98%), PR(:300) or IQM".to_owned()
}

#[cfg(test)]
mod tests;
