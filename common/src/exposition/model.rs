//! Metric families as values, independent of any wire format.
//!
//! The types hold whatever they are given; [`validate`](super::validate()) says whether a
//! Pushgateway would take it.

use std::borrow::Borrow;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// The label that a sample of a histogram or summary carries when its name is not its family's:
/// `__name__="x_bucket"` in family `x`. It is written as the sample's name, never as a label.
pub const NAME_LABEL: &str = "__name__";

/// One `name="value"` pair. Both parts are shared, because the same few strings repeat in
/// thousands of series.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Label {
    /// `[a-zA-Z_][a-zA-Z0-9_]*`.
    pub name: Arc<str>,
    /// Any text. Empty means the same as an absent label.
    pub value: Arc<str>,
}

impl Label {
    /// A label from its two parts.
    pub fn new(name: impl Into<Arc<str>>, value: impl Into<Arc<str>>) -> Self {
        Self {
            name: name.into(),
            value: value.into(),
        }
    }
}

/// The labels of a series, in the order in which they are written.
///
/// A clone shares the allocation: the statistics of one metric hold one list between them.
/// Two lists are equal when they hold the same labels in the same order.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Labels(Arc<[Label]>);

impl Labels {
    /// Takes the labels in the given order.
    pub fn new(labels: Vec<Label>) -> Self {
        Self(labels.into())
    }

    /// The value of the first label called `name`.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|label| &*label.name == name)
            .map(|label| &*label.value)
    }
}

/// Iteration, length and sorting come from the slice.
impl Deref for Labels {
    type Target = [Label];

    fn deref(&self) -> &[Label] {
        &self.0
    }
}

impl Borrow<[Label]> for Labels {
    fn borrow(&self) -> &[Label] {
        &self.0
    }
}

impl FromIterator<Label> for Labels {
    fn from_iter<I: IntoIterator<Item = Label>>(labels: I) -> Self {
        Self(labels.into_iter().collect())
    }
}

impl<'a> IntoIterator for &'a Labels {
    type Item = &'a Label;
    type IntoIter = std::slice::Iter<'a, Label>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

/// Pairs instead of nested structs, so that failed assertions stay readable.
impl fmt::Debug for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map()
            .entries(self.0.iter().map(|label| (&label.name, &label.value)))
            .finish()
    }
}

/// One value of one series. It has no timestamp: a Pushgateway refuses them.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// What tells the series from the others of its family.
    pub labels: Labels,
    /// Any float, including `NaN` and the infinities.
    pub value: f64,
}

/// The `TYPE` of a family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A value that goes up and down.
    Gauge,
    /// A value that only grows.
    Counter,
    /// Buckets, a sum and a count; see [`NAME_LABEL`].
    Histogram,
    /// Quantiles, a sum and a count; see [`NAME_LABEL`].
    Summary,
    /// Nothing is said about the value.
    Untyped,
}

impl Kind {
    /// The word in a `TYPE` line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gauge => "gauge",
            Self::Counter => "counter",
            Self::Histogram => "histogram",
            Self::Summary => "summary",
            Self::Untyped => "untyped",
        }
    }

    /// The kind that `word` names, in any case, as the Pushgateway reads it.
    pub fn from_word(word: &str) -> Option<Self> {
        [
            Self::Gauge,
            Self::Counter,
            Self::Histogram,
            Self::Summary,
            Self::Untyped,
        ]
        .into_iter()
        .find(|kind| kind.as_str().eq_ignore_ascii_case(word))
    }

    /// The endings that sample names of such a family may add to the family's name.
    pub(super) const fn suffixes(self) -> &'static [&'static str] {
        match self {
            Self::Histogram => &["_bucket", "_sum", "_count"],
            Self::Summary => &["_sum", "_count"],
            Self::Gauge | Self::Counter | Self::Untyped => &[],
        }
    }
}

/// All series of one metric name.
#[derive(Debug, Clone, PartialEq)]
pub struct Family {
    /// `[a-zA-Z_:][a-zA-Z0-9_:]*`.
    pub name: String,
    /// What the values mean.
    pub kind: Kind,
    /// One paragraph for people; empty when there is nothing to say.
    pub help: String,
    /// The series, in the order in which they are written.
    pub samples: Vec<Sample>,
}

#[cfg(test)]
mod tests {
    use super::{Kind, Label, Labels};

    #[test]
    fn a_clone_of_labels_shares_the_allocation() {
        let labels = Labels::new(vec![
            Label::new("job", "aws_es"),
            Label::new("instance", ""),
        ]);
        let clone = labels.clone();
        assert!(std::ptr::eq(&raw const labels[0], &raw const clone[0]));
        assert_eq!(clone.get("job"), Some("aws_es"));
        assert_eq!(clone.get("absent"), None);
        assert_eq!(
            format!("{labels:?}"),
            r#"{"job": "aws_es", "instance": ""}"#
        );
    }

    #[test]
    fn type_words_are_read_in_any_case_and_nothing_else_is_read() {
        assert_eq!(Kind::from_word("GAUGE"), Some(Kind::Gauge));
        assert_eq!(Kind::from_word("untyped"), Some(Kind::Untyped));
        assert_eq!(Kind::from_word("gauge "), None);
        assert_eq!(Kind::from_word("info"), None);
    }
}
