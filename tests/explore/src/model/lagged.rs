//! A value whose readers may see what it was a while ago.

use super::Seconds;

/// Longer than any lag that is modelled: what is older need not be kept.
pub(super) const KEPT: Seconds = 120;

/// A value and what it was, oldest first. Never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lagged<T> {
    now: T,
    before: Vec<(Seconds, T)>,
}

impl<T: Clone> Lagged<T> {
    /// A value that nobody saw otherwise.
    pub fn new(value: T) -> Self {
        Self {
            now: value,
            before: Vec::new(),
        }
    }

    /// What it is.
    pub fn now(&self) -> &T {
        &self.now
    }

    /// Changes it at `now`.
    pub fn set(&mut self, value: T, now: Seconds) {
        let old = std::mem::replace(&mut self.now, value);
        self.before.retain(|(until, _)| *until > now - KEPT);
        self.before.push((now, old));
    }

    /// What a reader sees who sees the state of `then`.
    pub fn at(&self, then: Seconds) -> &T {
        self.before
            .iter()
            .find(|(until, _)| then < *until)
            .map_or(&self.now, |(_, value)| value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_sees_what_was_then() {
        let mut value = Lagged::new('a');
        value.set('b', 100);
        value.set('c', 110);
        let seen: String = [99, 100, 109, 110, 500]
            .iter()
            .map(|at| *value.at(*at))
            .collect();
        assert_eq!(seen, "abbcc");
    }

    #[test]
    fn only_what_a_reader_may_still_see_is_kept() {
        let mut value = Lagged::new(0);
        for at in 1..1000 {
            value.set(at, at);
        }
        assert!(value.before.len() <= 121);
        assert_eq!(*value.at(900), 900);
    }
}
