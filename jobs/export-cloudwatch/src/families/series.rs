//! Which label lists are one series.

#![expect(
    clippy::disallowed_types,
    reason = "label lists are looked up, and numbered in their order"
)]

use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use common::exposition::{Label, Labels};

/// Label lists of a group, numbered in the order of their first appearance.
#[derive(Debug, Default)]
pub(super) struct SeriesTable {
    numbers: HashMap<Identity, usize>,
    labels: Vec<Labels>,
}

impl SeriesTable {
    /// The number of the series with these labels. The list that came first is the one kept.
    pub(super) fn number(&mut self, labels: Labels) -> usize {
        let next = self.labels.len();
        let number = *self.numbers.entry(Identity(labels.clone())).or_insert(next);
        if number == next {
            self.labels.push(labels);
        }
        number
    }

    /// All lists, by number.
    pub(super) fn into_labels(self) -> Vec<Labels> {
        self.labels
    }
}

/// Labels as Prometheus compares them: their order does not count, and an empty one is absent.
#[derive(Debug)]
struct Identity(Labels);

impl Identity {
    fn labels(&self) -> impl Iterator<Item = &Label> {
        self.0.iter().filter(|label| !label.value.is_empty())
    }
}

impl PartialEq for Identity {
    fn eq(&self, other: &Self) -> bool {
        // Names are unique within a list, so equal counts and inclusion make equal sets.
        self.0 == other.0
            || (self.labels().count() == other.labels().count()
                && self
                    .labels()
                    .all(|label| other.labels().any(|found| found == label)))
    }
}

impl Eq for Identity {}

impl Hash for Identity {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let sum = self.labels().fold(0_u64, |sum, label| {
            let mut hasher = DefaultHasher::new();
            label.hash(&mut hasher);
            sum.wrapping_add(hasher.finish())
        });
        state.write_u64(sum);
    }
}

#[cfg(test)]
mod tests {
    use common::exposition::{Label, Labels};

    use super::SeriesTable;

    #[test]
    fn order_and_empty_labels_do_not_make_another_series() {
        let labels = |pairs: &[(&str, &str)]| -> Labels {
            pairs
                .iter()
                .map(|&(name, value)| Label::new(name, value))
                .collect()
        };
        let mut table = SeriesTable::default();
        assert_eq!(table.number(labels(&[("a", "1"), ("b", "2")])), 0);
        assert_eq!(table.number(labels(&[("a", "2"), ("b", "1")])), 1);
        assert_eq!(
            table.number(labels(&[("b", "2"), ("c", ""), ("a", "1")])),
            0
        );
        assert_eq!(table.number(labels(&[("a", "1")])), 2);
        assert_eq!(table.into_labels().len(), 3);
    }
}
