//! Which samples are one series, and what the samples of a histogram or summary must look like.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;

use super::model::{Family, Kind, Label, Labels};
use super::render::{is_sample_name, sample_name};

/// Pairs of samples `(earlier, later)` of one family that are the same series.
///
/// Order of labels does not matter, and an empty label is an absent one: so Prometheus reads them.
/// Only the later sample of a pair is unique to it; a series that occurs three times makes two pairs.
pub(super) fn duplicates(family: &Family) -> Vec<(usize, usize)> {
    // Hashes first: sorting label lists themselves took most of the time of a whole validation.
    let state = RandomState::new();
    let mut keyed: Vec<(u64, usize)> = family
        .samples
        .iter()
        .map(|sample| hash(&state, &sample.labels))
        .zip(0..)
        .collect();
    keyed.sort_unstable();
    let mut pairs = Vec::new();
    for run in keyed
        .chunk_by(|a, b| a.0 == b.0)
        .filter(|run| run.len() > 1)
    {
        let mut seen: Vec<(Vec<&Label>, usize)> = Vec::new();
        for &(_, index) in run {
            let Some(sample) = family.samples.get(index) else {
                continue;
            };
            let identity = identity(&sample.labels);
            match seen.iter().find(|(other, _)| *other == identity) {
                Some(&(_, earlier)) => pairs.push((earlier, index)),
                None => seen.push((identity, index)),
            }
        }
    }
    pairs.sort_unstable_by_key(|&(_, later)| later);
    pairs
}

/// The labels that tell a series from others, sorted.
fn identity(labels: &Labels) -> Vec<&Label> {
    let mut identity: Vec<_> = labels
        .iter()
        .filter(|label| !label.value.is_empty())
        .collect();
    identity.sort_unstable();
    identity
}

/// A hash of `identity(labels)` without building it: a sum does not depend on the order.
fn hash(state: &RandomState, labels: &Labels) -> u64 {
    let hashes = labels
        .iter()
        .filter(|label| !label.value.is_empty())
        .map(|l| state.hash_one(l));
    hashes.fold(0, u64::wrapping_add)
}

/// What is wrong with the shape of a histogram's or summary's sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Misshapen {
    /// Its name is not one that a sample of such a family may have.
    Name,
    /// It needs this label, holding a number.
    Bound(&'static str),
}

/// Whether sample number `index` of `family` has the name and the bound that its kind demands.
pub(super) fn check_shape(family: &Family, index: usize) -> Result<(), Misshapen> {
    let Some(sample) = family.samples.get(index) else {
        return Ok(());
    };
    let suffix = sample_name(family, sample).strip_prefix(family.name.as_str());
    let needed = match (family.kind, suffix) {
        (Kind::Gauge | Kind::Counter | Kind::Untyped, _)
        | (Kind::Histogram | Kind::Summary, Some("_sum" | "_count")) => return Ok(()),
        (Kind::Histogram, Some("_bucket")) => "le",
        (Kind::Summary, Some("")) => "quantile",
        (Kind::Histogram | Kind::Summary, _) => return Err(Misshapen::Name),
    };
    let bound = sample.labels.get(needed).and_then(number);
    bound.map(|_| ()).ok_or(Misshapen::Bound(needed))
}

/// The labels of a sample that are written between the braces.
pub(super) fn written_labels(kind: Kind, labels: &Labels) -> impl Iterator<Item = &Label> {
    labels
        .iter()
        .filter(move |label| !is_sample_name(kind, &label.name))
}

/// Reads a value of the text format, with the same limits as a Pushgateway (Go's `ParseFloat`):
/// no sign before `NaN`, and a number too large for a float is an error, not an infinity.
pub(crate) fn number(text: &str) -> Option<f64> {
    let value: f64 = text.parse().ok()?;
    let digits = text.trim_start_matches(['+', '-']);
    let spelt_out = digits.starts_with(['i', 'I']);
    let signed_nan = value.is_nan() && digits.len() != text.len();
    (!signed_nan && value.is_infinite() == spelt_out).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::super::{Family, Kind, Label, Labels, Sample};
    use super::{duplicates, number};

    fn family(series: &[&[(&str, &str)]]) -> Family {
        let labels = |pairs: &[(&str, &str)]| -> Labels {
            pairs
                .iter()
                .map(|&(name, value)| Label::new(name, value))
                .collect()
        };
        Family {
            name: "a".into(),
            kind: Kind::Gauge,
            help: String::new(),
            samples: series
                .iter()
                .map(|s| Sample {
                    labels: labels(s),
                    value: 1.0,
                })
                .collect(),
        }
    }

    #[test]
    fn order_and_empty_labels_do_not_make_another_series() {
        let same = family(&[
            &[("a", "1"), ("b", "2")],
            &[("a", "2"), ("b", "1")],
            &[("b", "2"), ("a", "1")],
            &[("b", "2"), ("c", ""), ("a", "1")],
            &[],
            &[("c", "")],
        ]);
        assert_eq!(duplicates(&same), [(0, 2), (0, 3), (4, 5)]);
    }

    #[test]
    fn values_are_read_as_strictly_as_go_reads_them() {
        for (text, value) in [
            ("1.0E10", 1e10),
            (".5", 0.5),
            ("5.", 5.0),
            ("+1", 1.0),
            ("-0", 0.0),
        ] {
            assert_eq!(number(text), Some(value), "{text}");
        }
        for text in ["+Inf", "inf", "INFINITY"] {
            assert_eq!(number(text), Some(f64::INFINITY), "{text}");
        }
        assert!(number("nan").unwrap().is_nan());
        for text in [
            "", "1e400", "-1e400", "+NaN", "-nan", "0x1p3", "1_000", "1,5", "infinit", "e5",
        ] {
            assert_eq!(number(text), None, "{text}");
        }
    }
}
