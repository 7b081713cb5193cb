//! Where the metrics of a rule come from: nowhere, its own select, or a listing.
//!
//! Pure, and the exporter's decision, except that a repeated dimension name or value counts once,
//! and that a product beyond all reason is listed and filtered instead.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::listing::{Activity, Need};
use crate::config::{Rule, Select};
use crate::metric::{Dimension, Metric};

/// Longest value in a dimension filter; AWS rejects a request with a longer or an empty one.
const MAX_VALUE_CHARS: usize = 1024;

/// Most combinations of a product. AWS bills a query for each of them whether the metric exists or
/// not, so beyond this number a listing is cheaper by far.
const MAX_PRODUCT: usize = 100_000;

/// How a rule finds its metrics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Decision {
    /// `aws_dimensions` is absent: one metric without dimensions, no call.
    NoDimensions,
    /// The select names every value of every dimension: all combinations, no call.
    Product(Product),
    /// Listed and filtered.
    Listing(Need),
}

/// Decides for one rule.
///
/// `lag_seconds` is how far the end of the windows lies behind the present besides the rule's own
/// delay: 0, unless a run looks at the past.
pub(super) fn decide(rule: &Rule, lag_seconds: u64) -> Decision {
    let Some(names) = &rule.dimensions else {
        return Decision::NoDimensions;
    };
    match Product::of(rule, &distinct(names)) {
        Some(product) => Decision::Product(product),
        None => Decision::Listing(Need {
            namespace: rule.namespace.as_str().into(),
            metric_name: rule.metric_name.as_str().into(),
            dimensions: names.iter().map(|name| name.as_str().into()).collect(),
            pinned: pinned(rule, names),
            activity: Activity::of(rule, lag_seconds),
        }),
    }
}

/// All combinations of the values of some dimensions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    /// Dimensions in file order, each with its values in file order, without repetitions.
    axes: Vec<(Arc<str>, Vec<Arc<str>>)>,
}

impl Product {
    fn of(rule: &Rule, names: &[&str]) -> Option<Self> {
        let Select::Values(select) = &rule.select else {
            return None;
        };
        if names.is_empty() || names.len() != select.len() || rule.tag_select.is_some() {
            return None;
        }
        let axes = names.iter().map(|&name| {
            let (_, values) = select.iter().find(|(key, _)| key == name)?;
            Some((
                name.into(),
                distinct(values).into_iter().map(Into::into).collect(),
            ))
        });
        Some(Self {
            axes: axes.collect::<Option<_>>()?,
        })
        .filter(|it| it.size() <= MAX_PRODUCT)
    }

    /// How many combinations there are.
    pub fn size(&self) -> usize {
        self.axes
            .iter()
            .map(|(_, values)| values.len())
            .fold(1, usize::saturating_mul)
    }

    /// The metrics; the last dimension varies fastest.
    pub fn metrics(&self, namespace: &Arc<str>, name: &Arc<str>) -> Vec<Metric> {
        let mut rows: Vec<Vec<Dimension>> = vec![Vec::new()];
        for (dimension, values) in &self.axes {
            let extended = rows.iter().flat_map(|row| {
                values.iter().map(|value| {
                    let name = Arc::clone(dimension);
                    let next = Dimension {
                        name,
                        value: Arc::clone(value),
                    };
                    row.iter().cloned().chain([next]).collect()
                })
            });
            rows = extended.collect();
        }
        rows.into_iter()
            .map(|row| Metric {
                namespace: Arc::clone(namespace),
                name: Arc::clone(name),
                dimensions: row.into(),
            })
            .collect()
    }
}

/// The dimensions of which the select accepts one single value: AWS can filter by it, if it is one
/// that AWS would take.
fn pinned(rule: &Rule, names: &[String]) -> BTreeSet<(Arc<str>, Arc<str>)> {
    let Select::Values(select) = &rule.select else {
        return BTreeSet::new();
    };
    let single = select
        .iter()
        .filter(|(key, _)| names.contains(key))
        .filter_map(|(key, values)| match distinct(values).as_slice() {
            [value] if (1..=MAX_VALUE_CHARS).contains(&value.chars().count()) => {
                Some((key.as_str().into(), (*value).into()))
            }
            _ => None,
        });
    single.collect()
}

fn distinct(texts: &[String]) -> Vec<&str> {
    let mut seen = BTreeSet::new();
    texts
        .iter()
        .map(String::as_str)
        .filter(|text| seen.insert(*text))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{rule, values};
    use super::{Decision, decide};
    use crate::config::{JavaRegex, Rule, Select, TagSelect};

    /// A change to a rule whose select is incomplete.
    type Change<'a> = &'a dyn Fn(&mut Rule);

    fn product(rule: &Rule) -> Vec<String> {
        let Decision::Product(product) = decide(rule, 0) else {
            panic!("{:?}", decide(rule, 0))
        };
        let metrics = product.metrics(&"N".into(), &"M".into());
        assert_eq!(product.size(), metrics.len());
        metrics
            .iter()
            .map(|metric| metric.to_string().split_off("N M {".len()))
            .collect()
    }

    #[test]
    fn absent_dimensions_need_no_listing_and_an_empty_list_needs_one() {
        assert_eq!(decide(&rule(1, "N", "M", None), 0), Decision::NoDimensions);
        assert!(matches!(
            decide(&rule(1, "N", "M", Some(&[])), 0),
            Decision::Listing(_)
        ));
    }

    #[test]
    fn a_complete_select_is_a_product_whose_last_dimension_varies_fastest() {
        let mut rule = rule(1, "N", "M", Some(&["B", "A"]));
        rule.select = values(&[("A", &["1", "2"]), ("B", &["x", "y"])]);
        assert_eq!(
            product(&rule),
            ["B=x, A=1}", "B=x, A=2}", "B=y, A=1}", "B=y, A=2}"]
        );
    }

    #[test]
    fn repeated_names_and_values_count_once() {
        let mut rule = rule(1, "N", "M", Some(&["A", "A"]));
        rule.select = values(&[("A", &["1", "2", "1"])]);
        assert_eq!(product(&rule), ["A=1}", "A=2}"]);
    }

    #[test]
    fn an_empty_list_of_values_empties_the_product() {
        let mut rule = rule(1, "N", "M", Some(&["A", "B"]));
        rule.select = values(&[("A", &[]), ("B", &["x"])]);
        assert!(matches!(decide(&rule, 0), Decision::Product(p) if p.size() == 0));
    }

    #[test]
    fn anything_short_of_a_complete_select_of_values_is_listed() {
        let complete = |rule: &mut Rule| rule.select = values(&[("A", &["1"]), ("B", &["2"])]);
        let cases: [(&str, Change); 6] = [
            ("no select", &|_| {}),
            ("a key is missing", &|rule| {
                rule.select = values(&[("A", &["1"])]);
            }),
            ("a key is another one", &|rule| {
                rule.select = values(&[("A", &["1"]), ("C", &["2"])]);
            }),
            ("a key too many", &|rule| {
                rule.select = values(&[("A", &["1"]), ("B", &["2"]), ("C", &["3"])]);
            }),
            ("patterns", &|rule| {
                let pattern = || vec![JavaRegex::full_match("1").unwrap()];
                rule.select =
                    Select::Patterns(vec![("A".into(), pattern()), ("B".into(), pattern())]);
            }),
            ("tags", &|rule| {
                complete(rule);
                rule.tag_select = Some(TagSelect {
                    resource_type: "s3:".into(),
                    resource_id_dimension: "A".into(),
                    tags: None,
                    arn_pattern: JavaRegex::find("(.*)").unwrap(),
                });
            }),
        ];
        for (name, change) in cases {
            let mut rule = rule(1, "N", "M", Some(&["A", "B"]));
            change(&mut rule);
            assert!(matches!(decide(&rule, 0), Decision::Listing(_)), "{name}");
        }
        let mut rule = rule(1, "N", "M", Some(&["A", "B"]));
        complete(&mut rule);
        assert!(matches!(decide(&rule, 0), Decision::Product(_)));
    }

    #[test]
    fn only_single_values_of_wanted_dimensions_are_pinned() {
        let mut rule = rule(1, "N", "M", Some(&["A", "B", "C"]));
        rule.select = values(&[
            ("A", &["1", "1"]),
            ("B", &["2", "3"]),
            ("C", &[""]),
            ("X", &["4"]),
        ]);
        let Decision::Listing(need) = decide(&rule, 0) else {
            panic!()
        };
        assert_eq!(need.pinned, [("A".into(), "1".into())].into());
    }

    #[test]
    fn a_product_beyond_all_reason_is_listed_instead() {
        let axis: Vec<String> = (0..400).map(|number| number.to_string()).collect();
        let mut rule = rule(1, "N", "M", Some(&["A", "B"]));
        let mut select = vec![("A".to_owned(), axis.clone()), ("B".to_owned(), axis)];
        rule.select = Select::Values(select.clone());
        assert!(matches!(decide(&rule, 0), Decision::Listing(_)));
        select[1].1.truncate(250);
        rule.select = Select::Values(select);
        assert!(matches!(decide(&rule, 0), Decision::Product(p) if p.size() == 100_000));
    }
}
