//! Whether families, written as text, would be taken by a Pushgateway.
//!
//! It looks at one body. A type that contradicts what other groups hold is only known to the
//! gateway itself.

use std::collections::{BTreeMap, BTreeSet};

use super::model::{Family, Labels};
use super::name::{is_label_name, is_metric_name};
use super::render::sample_name;
use super::series::{self, Misshapen};

/// One reason for which a Pushgateway or Prometheus would refuse the text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Invalid {
    /// Two families share a name, or one is named like a sample of another.
    #[error("family `{name}` occurs twice")]
    FamilyTwice {
        /// The name they share.
        name: String,
    },
    /// Not `[a-zA-Z_:][a-zA-Z0-9_:]*`.
    #[error("`{name}` is not a metric name")]
    MetricName {
        /// What was found instead.
        name: String,
    },
    /// Not `[a-zA-Z_][a-zA-Z0-9_]*`.
    #[error("`{name}`, a label of `{family}`, is not a label name")]
    LabelName {
        /// Where.
        family: String,
        /// What was found instead.
        name: String,
    },
    /// Names that start with `__` belong to Prometheus.
    #[error("label `{name}` of `{family}` starts with two underscores, which is reserved")]
    ReservedLabel {
        /// Where.
        family: String,
        /// The label.
        name: String,
    },
    /// One sample names a label twice.
    #[error("a sample of `{family}` has the label `{name}` twice")]
    DuplicateLabel {
        /// Where.
        family: String,
        /// The label.
        name: String,
    },
    /// Two samples have the same labels.
    #[error("series `{family}{labels}` occurs twice")]
    DuplicateSeries {
        /// Where.
        family: String,
        /// The labels of the later sample.
        labels: Labels,
    },
    /// A sample of a histogram or summary has a name that such families do not have.
    #[error("`{name}` is no name for a sample of the {kind} `{family}`")]
    SampleName {
        /// Where.
        family: String,
        /// `histogram` or `summary`.
        kind: &'static str,
        /// The sample's name.
        name: String,
    },
    /// A bucket without `le`, or a quantile without `quantile`.
    #[error("a sample of `{family}` lacks the label `{label}` with a number")]
    MissingBound {
        /// Where.
        family: String,
        /// `le` or `quantile`.
        label: &'static str,
    },
}

impl Invalid {
    /// The name of the family that cannot be pushed.
    pub fn family(&self) -> &str {
        match self {
            Self::FamilyTwice { name } | Self::MetricName { name } => name,
            Self::LabelName { family, .. }
            | Self::ReservedLabel { family, .. }
            | Self::DuplicateLabel { family, .. }
            | Self::DuplicateSeries { family, .. }
            | Self::SampleName { family, .. }
            | Self::MissingBound { family, .. } => family,
        }
    }
}

/// Checks names, labels and series of `families`.
///
/// # Errors
/// Every reason for a refusal, sorted and each once.
pub fn validate(families: &[Family]) -> Result<(), Vec<Invalid>> {
    let mut found = BTreeSet::new();
    check_families(families, &mut found);
    for family in families {
        check_labels(family, &mut found);
        check_series(family, &mut found);
    }
    if found.is_empty() {
        Ok(())
    } else {
        Err(found.into_iter().collect())
    }
}

fn check_families(families: &[Family], found: &mut BTreeSet<Invalid>) {
    let mut owners = BTreeMap::new();
    for family in families {
        if !is_metric_name(&family.name) {
            found.insert(Invalid::MetricName {
                name: family.name.clone(),
            });
        }
        let suffixed = family
            .kind
            .suffixes()
            .iter()
            .map(|suffix| family.name.clone() + suffix);
        for name in std::iter::once(family.name.clone()).chain(suffixed) {
            let times: &mut u32 = owners.entry(name).or_default();
            *times = times.saturating_add(1);
        }
    }
    let twice = owners.into_iter().filter(|&(_, times)| times > 1);
    found.extend(twice.map(|(name, _)| Invalid::FamilyTwice { name }));
}

fn check_labels(family: &Family, found: &mut BTreeSet<Invalid>) {
    for sample in &family.samples {
        for (position, label) in series::written_labels(family.kind, &sample.labels).enumerate() {
            let (family_name, name) = (|| family.name.clone(), || label.name.to_string());
            if !is_label_name(&label.name) {
                found.insert(Invalid::LabelName {
                    family: family_name(),
                    name: name(),
                });
            } else if label.name.starts_with("__") {
                found.insert(Invalid::ReservedLabel {
                    family: family_name(),
                    name: name(),
                });
            }
            let mut earlier = series::written_labels(family.kind, &sample.labels).take(position);
            if earlier.any(|other| other.name == label.name) {
                found.insert(Invalid::DuplicateLabel {
                    family: family_name(),
                    name: name(),
                });
            }
        }
    }
}

fn check_series(family: &Family, found: &mut BTreeSet<Invalid>) {
    for (_, later) in series::duplicates(family) {
        if let Some(sample) = family.samples.get(later) {
            let labels = sample.labels.clone();
            found.insert(Invalid::DuplicateSeries {
                family: family.name.clone(),
                labels,
            });
        }
    }
    for (index, sample) in family.samples.iter().enumerate() {
        let family_name = || family.name.clone();
        let Err(misshapen) = series::check_shape(family, index) else {
            continue;
        };
        found.insert(match misshapen {
            Misshapen::Name => Invalid::SampleName {
                family: family_name(),
                kind: family.kind.as_str(),
                name: sample_name(family, sample).to_owned(),
            },
            Misshapen::Bound(label) => Invalid::MissingBound {
                family: family_name(),
                label,
            },
        });
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Family, Kind, Label, Labels, NAME_LABEL, Sample};
    use super::validate;

    fn family(name: &str, kind: Kind, series: &[&[(&str, &str)]]) -> Family {
        let labels = |pairs: &[(&str, &str)]| -> Labels {
            pairs
                .iter()
                .map(|&(name, value)| Label::new(name, value))
                .collect()
        };
        let sample = |pairs: &&[(&str, &str)]| Sample {
            labels: labels(pairs),
            value: 1.0,
        };
        Family {
            name: name.into(),
            kind,
            help: String::new(),
            samples: series.iter().map(sample).collect(),
        }
    }

    fn complaints(families: &[Family]) -> Vec<String> {
        validate(families)
            .err()
            .unwrap_or_default()
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn good_families_of_every_kind_pass() {
        let families = [
            family("a:b", Kind::Gauge, &[&[("x", "1")], &[("x", "2")], &[]]),
            family("empty", Kind::Counter, &[]),
            family(
                "h",
                Kind::Histogram,
                &[
                    &[(NAME_LABEL, "h_bucket"), ("le", "+Inf")],
                    &[(NAME_LABEL, "h_sum")],
                    &[(NAME_LABEL, "h_count")],
                ],
            ),
            family(
                "s",
                Kind::Summary,
                &[&[("quantile", "0.5")], &[(NAME_LABEL, "s_sum")]],
            ),
        ];
        assert_eq!(complaints(&families), [""; 0]);
    }

    #[test]
    fn every_fault_is_reported_once() {
        let families = [
            family("9a", Kind::Gauge, &[&[("x-y", "1")], &[("x-y", "2")]]),
            family(
                "b",
                Kind::Gauge,
                &[&[("x", "1"), ("x", "2")], &[("__x", "1")]],
            ),
            family(
                "c",
                Kind::Gauge,
                &[&[("x", "1"), ("y", "2")], &[("y", "2"), ("x", "1")]],
            ),
            family("c", Kind::Counter, &[]),
            family("d", Kind::Gauge, &[&[(NAME_LABEL, "e")]]),
            family(
                "h",
                Kind::Histogram,
                &[&[], &[(NAME_LABEL, "h_bucket"), ("le", "1x")]],
            ),
            family("h_sum", Kind::Gauge, &[]),
        ];
        assert_eq!(
            complaints(&families),
            [
                "family `c` occurs twice",
                "family `h_sum` occurs twice",
                "`9a` is not a metric name",
                "`x-y`, a label of `9a`, is not a label name",
                "label `__x` of `b` starts with two underscores, which is reserved",
                "label `__name__` of `d` starts with two underscores, which is reserved",
                "a sample of `b` has the label `x` twice",
                "series `c{y=\"2\",x=\"1\"}` occurs twice",
                "`h` is no name for a sample of the histogram `h`",
                "a sample of `h` lacks the label `le` with a number",
            ]
        );
    }
}
