//! Why a rule has the metrics that it has, in words and for programs.

use std::fmt;

use jiff::Timestamp;
use serde::Serialize;

/// What was found for a rule, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Why {
    /// How its metrics were obtained.
    pub source: Source,
    /// What was found.
    pub finding: Finding,
}

/// How the metrics of a rule were obtained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Source {
    /// From the rule itself.
    Config,
    /// From a listing that an earlier run has left.
    Cache {
        /// When it was made.
        fetched_at: Timestamp,
    },
    /// From a listing of this run.
    Calls {
        /// `ListMetrics` calls of that listing.
        calls: u32,
        /// Rules that share it, this one included.
        rules: usize,
    },
}

/// What was found for a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Finding {
    /// The rule has no dimensions: one metric.
    NoDimensions,
    /// The rule names every value of every dimension.
    Product {
        /// Combinations.
        metrics: usize,
    },
    /// Some metrics were listed, and some of them kept.
    Selected {
        /// Metrics of the rule's name with its dimensions or more.
        listed: u64,
        /// Those with exactly its dimensions.
        exact: usize,
        /// Those that also pass its selects.
        kept: usize,
    },
    /// AWS listed no metric of this name with these dimensions.
    NothingListed,
    /// All listed metrics have further dimensions.
    OtherDimensions {
        /// How many were listed.
        listed: u64,
    },
    /// All metrics with the right dimensions were filtered out.
    AllFiltered {
        /// How many there were.
        exact: usize,
        /// What filtered most of them.
        by: Filtering,
        /// Some values of that dimension, sorted.
        seen: Vec<String>,
        /// How many values it has in all.
        distinct: usize,
    },
}

/// What filtered a metric out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Filtering {
    /// `aws_dimension_select` or `aws_dimension_select_regex`.
    Select {
        /// Its key.
        dimension: String,
    },
    /// No resource with the wanted tags has this dimension's value as its id.
    Tags {
        /// The rule's `resource_id_dimension`.
        dimension: String,
        /// How many resources have the tags.
        resources: usize,
    },
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.finding, self.source)
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config => f.write_str("no listing needed"),
            Self::Cache { fetched_at } => write!(f, "cached listing of {fetched_at:.0}"),
            Self::Calls { calls, rules } => {
                write!(f, "{calls} {}", plural(*calls == 1, "call", "calls"))?;
                if *rules > 1 {
                    write!(f, " for {rules} rules")
                } else {
                    Ok(())
                }
            }
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoDimensions => f.write_str("one metric without dimensions"),
            Self::Product { metrics } => {
                let word = plural(*metrics == 1, "combination", "combinations");
                write!(f, "{metrics} {word} of the selected values")
            }
            Self::Selected {
                listed,
                exact,
                kept,
            } => {
                write!(f, "listed {listed}")?;
                if u64::try_from(*exact) != Ok(*listed) {
                    write!(f, ", {exact} with exactly these dimensions")?;
                }
                if kept != exact {
                    write!(f, ", kept {kept}")?;
                }
                Ok(())
            }
            Self::NothingListed => f.write_str("listed 0"),
            Self::OtherDimensions { listed } => {
                write!(f, "listed {listed} but none with exactly these dimensions")
            }
            Self::AllFiltered {
                exact,
                by,
                seen,
                distinct,
            } => {
                write!(
                    f,
                    "all {exact} filtered by {by} (values seen: {}",
                    seen.join(", ")
                )?;
                if *distinct > seen.len() {
                    write!(f, ", … {distinct} in all)")
                } else {
                    f.write_str(")")
                }
            }
        }
    }
}

impl fmt::Display for Filtering {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Select { dimension } => write!(f, "select key {dimension}"),
            Self::Tags {
                dimension,
                resources,
            } => {
                let word = plural(*resources == 1, "resource", "resources");
                write!(
                    f,
                    "tags, as no {dimension} is an id of the {resources} {word} found"
                )
            }
        }
    }
}

const fn plural(one: bool, singular: &'static str, plural: &'static str) -> &'static str {
    if one { singular } else { plural }
}

#[cfg(test)]
mod tests {
    use super::{Filtering, Finding, Source, Why};

    #[test]
    fn each_answer_reads_as_one_phrase() {
        let seen = |values: &[&str]| values.iter().map(|&value| value.to_owned()).collect();
        let fetched_at = "2026-11-24T12:00:00.123Z".parse().unwrap();
        let tags = Filtering::Tags {
            dimension: "QueueName".into(),
            resources: 1,
        };
        for (source, finding, text) in [
            (
                Source::Config,
                Finding::NoDimensions,
                "one metric without dimensions (no listing needed)",
            ),
            (
                Source::Config,
                Finding::Product { metrics: 6 },
                "6 combinations of the selected values (no listing needed)",
            ),
            (
                Source::Calls { calls: 1, rules: 3 },
                Finding::Selected {
                    listed: 9,
                    exact: 4,
                    kept: 2,
                },
                "listed 9, 4 with exactly these dimensions, kept 2 (1 call for 3 rules)",
            ),
            (
                Source::Calls { calls: 2, rules: 1 },
                Finding::NothingListed,
                "listed 0 (2 calls)",
            ),
            (
                Source::Cache { fetched_at },
                Finding::OtherDimensions { listed: 7 },
                "listed 7 but none with exactly these dimensions (cached listing of 2026-11-24T12:00:00Z)",
            ),
            (
                Source::Calls { calls: 1, rules: 1 },
                Finding::AllFiltered {
                    exact: 9,
                    by: Filtering::Select {
                        dimension: "TableName".into(),
                    },
                    seen: seen(&["a", "b"]),
                    distinct: 4,
                },
                "all 9 filtered by select key TableName (values seen: a, b, … 4 in all) (1 call)",
            ),
            (
                Source::Calls { calls: 1, rules: 1 },
                Finding::AllFiltered {
                    exact: 1,
                    by: tags,
                    seen: seen(&["jobs"]),
                    distinct: 1,
                },
                "all 1 filtered by tags, as no QueueName is an id of the 1 resource found \
                 (values seen: jobs) (1 call)",
            ),
        ] {
            assert_eq!(Why { source, finding }.to_string(), text);
        }
    }

    #[test]
    fn programs_read_the_same_as_tags_and_numbers() {
        let why = Why {
            source: Source::Calls { calls: 1, rules: 3 },
            finding: Finding::AllFiltered {
                exact: 9,
                by: Filtering::Select {
                    dimension: "TableName".into(),
                },
                seen: vec!["a".into()],
                distinct: 4,
            },
        };
        assert_eq!(
            serde_json::to_value(&why).unwrap(),
            serde_json::json!({
                "source": {"kind": "calls", "calls": 1, "rules": 3},
                "finding": {
                    "kind": "all_filtered",
                    "exact": 9,
                    "by": {"kind": "select", "dimension": "TableName"},
                    "seen": ["a"],
                    "distinct": 4,
                },
            })
        );
        let nothing = serde_json::to_value(Finding::NothingListed).unwrap();
        assert_eq!(nothing, serde_json::json!({"kind": "nothing_listed"}));
    }
}
