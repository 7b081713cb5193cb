//! Tables, and the naive model that [`select`] must agree with.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::subsequence;

use super::super::listed::Shape;
use super::super::resources::Resource;
use super::super::testing::{dimensions, rule, values};
use super::super::why::{Filtering, Finding};
use super::select;
use crate::config::{JavaRegex, Rule, Select, TagSelect};

fn shape(metrics: &[&[(&str, &str)]]) -> Shape {
    Shape {
        metric_name: "M".into(),
        dimensions: metrics
            .iter()
            .flat_map(|it| it.iter().map(|(name, _)| (*name).into()))
            .collect(),
        listed: u64::try_from(metrics.len()).unwrap(),
        metrics: metrics
            .iter()
            .map(|pairs| dimensions(pairs).into())
            .collect(),
    }
}

fn patterns(select: &[(&str, &[&str])]) -> Select {
    let compile = |sources: &[&str]| {
        sources
            .iter()
            .map(|source| JavaRegex::full_match(source).unwrap())
            .collect()
    };
    Select::Patterns(
        select
            .iter()
            .map(|&(key, it)| (key.to_owned(), compile(it)))
            .collect(),
    )
}

fn tags(dimension: &str, filtering: bool) -> TagSelect {
    TagSelect {
        resource_type: "x:y".into(),
        resource_id_dimension: dimension.into(),
        tags: filtering.then(Vec::new),
        arn_pattern: JavaRegex::find("(.*)").unwrap(),
    }
}

fn resources(ids: &[&str]) -> Vec<Resource> {
    let resource = |id: &&str| Resource {
        arn: (*id).into(),
        id: (*id).into(),
        tags: Vec::new(),
    };
    ids.iter().map(resource).collect()
}

fn selecting(select: Select) -> Rule {
    Rule {
        select,
        ..rule(1, "N", "M", Some(&["A", "B"]))
    }
}

/// `A` and `B` of the metrics that are kept.
fn kept(rule: &Rule, shape: &Shape, ids: &[&str]) -> Vec<String> {
    let (metrics, _) = select(rule, shape, &resources(ids));
    let text = |metric: &crate::metric::Metric| {
        let values: Vec<_> = metric.dimensions.iter().map(|it| &*it.value).collect();
        values.concat()
    };
    metrics.iter().map(text).collect()
}

fn four() -> Shape {
    shape(&[
        &[("A", "1"), ("B", "x")],
        &[("A", "2"), ("B", "x")],
        &[("A", "1"), ("B", "y")],
        &[("A", "12"), ("B", "X")],
    ])
}

#[test]
fn values_are_alternatives_and_names_a_conjunction() {
    let kept = |select| kept(&selecting(select), &four(), &[]);
    assert_eq!(kept(Select::Any), ["1x", "2x", "1y", "12X"]);
    assert_eq!(kept(values(&[("A", &["1", "2"])])), ["1x", "2x", "1y"]);
    assert_eq!(kept(values(&[("A", &["1"]), ("B", &["x"])])), ["1x"]);
    assert_eq!(kept(values(&[("B", &["X"])])), ["12X"], "case matters");
    assert_eq!(kept(values(&[("A", &[])])), [""; 0]);
}

#[test]
fn a_pattern_matches_the_whole_value() {
    let kept = |select| kept(&selecting(select), &four(), &[]);
    assert_eq!(kept(patterns(&[("A", &["1"])])), ["1x", "1y"]);
    assert_eq!(
        kept(patterns(&[("A", &["1.*", "2"])])),
        ["1x", "2x", "1y", "12X"]
    );
    assert_eq!(
        kept(patterns(&[("A", &["1.*"]), ("B", &["(?i)x"])])),
        ["1x", "12X"]
    );
}

#[test]
fn a_key_that_the_metric_lacks_does_not_filter() {
    let kept = |select| kept(&selecting(select), &four(), &[]);
    assert_eq!(kept(values(&[("Z", &["1"])])), ["1x", "2x", "1y", "12X"]);
    assert_eq!(kept(patterns(&[("Z", &["1"])])), ["1x", "2x", "1y", "12X"]);
}

#[test]
fn tags_filter_only_when_there_is_a_tag_selection() {
    let mut rule = selecting(Select::Any);
    rule.tag_select = Some(tags("A", false));
    assert_eq!(kept(&rule, &four(), &["2"]), ["1x", "2x", "1y", "12X"]);
    rule.tag_select = Some(tags("A", true));
    assert_eq!(kept(&rule, &four(), &["2", "12"]), ["2x", "12X"]);
    rule.tag_select = Some(tags("Z", true));
    assert_eq!(kept(&rule, &four(), &[]), ["1x", "2x", "1y", "12X"]);
}

#[test]
fn an_empty_answer_says_what_emptied_it() {
    let finding = |rule: &Rule, shape: &Shape| select(rule, shape, &resources(&["9"])).1;
    let empty = |listed| Shape {
        listed,
        ..shape(&[])
    };
    assert_eq!(
        finding(&selecting(Select::Any), &empty(0)),
        Finding::NothingListed
    );
    assert_eq!(
        finding(&selecting(Select::Any), &empty(3)),
        Finding::OtherDimensions { listed: 3 }
    );
    let filtered = |by: Filtering, seen: &[&str]| Finding::AllFiltered {
        exact: 4,
        by,
        seen: seen.iter().map(|&value| value.to_owned()).collect(),
        distinct: seen.len(),
    };
    // The second key rejects one metric more than the first leaves it.
    let select = values(&[("A", &["1", "2"]), ("B", &["z"])]);
    assert_eq!(
        finding(&selecting(select), &four()),
        filtered(
            Filtering::Select {
                dimension: "B".into()
            },
            &["X", "x", "y"]
        )
    );
    let mut rule = selecting(Select::Any);
    rule.tag_select = Some(tags("A", true));
    assert_eq!(
        finding(&rule, &four()),
        filtered(
            Filtering::Tags {
                dimension: "A".into(),
                resources: 1
            },
            &["1", "12", "2"]
        )
    );
    rule.tag_select = None;
    assert_eq!(
        finding(&rule, &four()),
        Finding::Selected {
            listed: 4,
            exact: 4,
            kept: 4
        }
    );
}

#[test]
fn only_some_of_many_values_are_shown() {
    let names: Vec<String> = (10..30).map(|number| number.to_string()).collect();
    let metrics: Vec<Vec<(&str, &str)>> = names.iter().map(|name| vec![("A", &**name)]).collect();
    let metrics: Vec<&[(&str, &str)]> = metrics.iter().map(Vec::as_slice).collect();
    let (_, finding) = select(&selecting(values(&[("A", &["no"])])), &shape(&metrics), &[]);
    let Finding::AllFiltered { seen, distinct, .. } = finding else {
        panic!("{finding:?}")
    };
    assert_eq!(
        (seen.join(" "), distinct),
        ("10 11 12 13 14".to_owned(), 20)
    );
}

const NAMES: [&str; 3] = ["A", "B", "C"];
const VALUES: [&str; 4] = ["1", "2", "12", "x"];

fn choices() -> impl Strategy<Value = Vec<(&'static str, Vec<&'static str>)>> {
    let one = |name| subsequence(VALUES.to_vec(), 0..3).prop_map(move |values| (name, values));
    subsequence(vec!["A", "B", "C", "Z"], 0..4)
        .prop_flat_map(move |names| names.into_iter().map(one).collect::<Vec<_>>())
}

proptest! {
    #[test]
    fn select_agrees_with_the_definition(
        metrics in vec(vec(proptest::sample::select(&VALUES[..]), 3), 0..20),
        choices in choices(),
        by_pattern in any::<bool>(),
        ids in proptest::option::of(subsequence(VALUES.to_vec(), 0..4)),
    ) {
        let metrics: Vec<Vec<_>> =
            metrics.iter().map(|values| NAMES.into_iter().zip(values.iter().copied()).collect()).collect();
        let metrics: Vec<&[(&str, &str)]> = metrics.iter().map(Vec::as_slice).collect();
        let borrowed: Vec<(&str, &[&str])> = choices.iter().map(|(n, v)| (*n, &v[..])).collect();
        let mut rule = selecting(if by_pattern { patterns(&borrowed) } else { values(&borrowed) });
        rule.tag_select = ids.as_ref().map(|_| tags("B", true));

        let model = metrics.iter().filter(|metric| {
            let value = |name| metric.iter().find(|(own, _)| *own == name).map(|(_, value)| value);
            let chosen = choices.iter().all(|(name, accepted)| {
                value(*name).is_none_or(|value| accepted.contains(value))
            });
            chosen && ids.as_ref().is_none_or(|ids| ids.contains(value("B").unwrap()))
        });
        let model: Vec<_> = model.map(|metric| dimensions(metric)).collect();
        let shape = shape(&metrics);
        let (found, finding) = select(&rule, &shape, &resources(&ids.clone().unwrap_or_default()));
        prop_assert_eq!(found.is_empty(), !matches!(finding, Finding::Selected { .. }));
        let found: Vec<_> = found.iter().map(|metric| metric.dimensions.to_vec()).collect();
        prop_assert_eq!(found, model);
    }
}
