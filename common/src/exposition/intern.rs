//! One allocation for each distinct string and label list that a document repeats.

use std::collections::HashSet;
use std::sync::Arc;

use super::model::{Label, Labels};

/// The strings and label lists met so far.
#[derive(Debug, Default)]
pub(crate) struct Interner {
    strings: HashSet<Arc<str>>,
    lists: HashSet<Labels>,
}

impl Interner {
    /// The shared copy of `text`.
    pub(crate) fn text(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.strings.get(text) {
            return Arc::clone(known);
        }
        let new: Arc<str> = text.into();
        self.strings.insert(Arc::clone(&new));
        new
    }

    /// The shared copy of `labels`.
    pub(crate) fn labels(&mut self, labels: &[Label]) -> Labels {
        if let Some(known) = self.lists.get(labels) {
            return known.clone();
        }
        let new = Labels::new(labels.to_vec());
        self.lists.insert(new.clone());
        new
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{Interner, Label};

    #[test]
    fn equal_text_and_equal_lists_are_held_once() {
        let mut interner = Interner::default();
        let (first, second) = (interner.text("aws_es"), interner.text("aws_es"));
        assert!(Arc::ptr_eq(&first, &second));
        let list = [Label {
            name: interner.text("job"),
            value: first,
        }];
        let (first, second) = (interner.labels(&list), interner.labels(&list));
        assert!(std::ptr::eq(first.as_ptr(), second.as_ptr()));
    }
}
