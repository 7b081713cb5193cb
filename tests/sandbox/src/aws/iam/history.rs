//! A value and everything it has been, so that a read may see the past.

use jiff::Timestamp;

/// A value that remembers when it changed.
#[derive(Debug, Clone)]
pub(crate) struct History<T> {
    first: T,
    /// In the order of the changes.
    later: Vec<(Timestamp, T)>,
}

impl<T: Clone> History<T> {
    /// A value that has always been so.
    pub(crate) const fn new(first: T) -> Self {
        Self {
            first,
            later: Vec::new(),
        }
    }

    /// The value after all changes.
    pub(crate) fn latest(&self) -> &T {
        self.later.last().map_or(&self.first, |(_, state)| state)
    }

    /// The value after the changes up to `at`, that instant included.
    pub(crate) fn as_of(&self, at: Timestamp) -> &T {
        self.later
            .iter()
            .rev()
            .find(|(since, _)| *since <= at)
            .map_or(&self.first, |(_, state)| state)
    }

    /// Changes the value at `at`.
    pub(crate) fn change(&mut self, at: Timestamp, change: impl FnOnce(&mut T)) {
        let mut state = self.latest().clone();
        change(&mut state);
        self.later.push((at, state));
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::History;

    #[test]
    fn the_past_is_what_it_was() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let mut history = History::new(vec!["a"]);
        history.change(at(10), |it| it.push("b"));
        history.change(at(10), |it| it.push("c"));
        history.change(at(20), Vec::clear);
        assert_eq!(history.as_of(at(9)), &["a"]);
        assert_eq!(history.as_of(at(10)), &["a", "b", "c"]);
        assert_eq!(history.as_of(at(19)), &["a", "b", "c"]);
        assert_eq!(history.as_of(at(20)), history.latest());
    }
}
