//! Keeps one copy of strings and dimension lists that repeat.
//!
//! A node publishes a hundred metrics, all with the same dimensions. Sharing them is what keeps ten
//! thousand metrics within a few hundred kilobytes.

use std::collections::HashSet;
use std::sync::Arc;

use crate::metric::Dimension;

/// Strings and dimension lists seen so far.
#[derive(Debug, Default)]
pub(super) struct Interner {
    strings: HashSet<Arc<str>>,
    lists: HashSet<Arc<[Dimension]>>,
}

impl Interner {
    /// The shared copy of `text`.
    pub(super) fn string(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.strings.get(text) {
            return Arc::clone(known);
        }
        let new: Arc<str> = text.into();
        self.strings.insert(Arc::clone(&new));
        new
    }

    /// The shared copy of a list of `name`, `value` pairs.
    pub(super) fn dimensions<'t>(
        &mut self,
        pairs: impl IntoIterator<Item = (&'t str, &'t str)>,
    ) -> Arc<[Dimension]> {
        let list: Vec<_> = pairs
            .into_iter()
            .map(|(name, value)| Dimension {
                name: self.string(name),
                value: self.string(value),
            })
            .collect();
        if let Some(known) = self.lists.get(list.as_slice()) {
            return Arc::clone(known);
        }
        let new: Arc<[Dimension]> = list.into();
        self.lists.insert(Arc::clone(&new));
        new
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::Interner;

    #[test]
    fn equal_lists_are_one_and_order_makes_another() {
        let mut interner = Interner::default();
        let first = interner.dimensions([("A", "1"), ("B", "2")]);
        let again = interner.dimensions([("A", "1"), ("B", "2")]);
        let turned = interner.dimensions([("B", "2"), ("A", "1")]);
        assert!(Arc::ptr_eq(&first, &again));
        assert!(!Arc::ptr_eq(&first, &turned));
        assert!(Arc::ptr_eq(&first[0].value, &turned[1].value));
    }
}
