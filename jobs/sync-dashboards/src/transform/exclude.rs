//! Which dashboards are left out.

use crate::key::Key;

/// Patterns of names without `.json`; `*` stands for any characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excludes(Vec<String>);

/// More stars say nothing more, and take long to compare.
const MOST_STARS: usize = 4;

/// Not a pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is no pattern of a dashboard's name with at most {MOST_STARS} stars", .0.escape_debug())]
pub struct ExcludeError(String);

impl Default for Excludes {
    /// What runs where a managed cluster does not show it.
    fn default() -> Self {
        Self(
            ["etcd", "controller-manager", "scheduler"]
                .map(str::to_owned)
                .into(),
        )
    }
}

impl Excludes {
    /// Checks patterns.
    ///
    /// # Errors
    /// When one has characters that no name has.
    pub fn parse(patterns: &[String]) -> Result<Self, ExcludeError> {
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-*".contains(c);
        match patterns.iter().find(|pattern| {
            !(1..=100).contains(&pattern.len())
                || !pattern.chars().all(allowed)
                || pattern.matches('*').count() > MOST_STARS
        }) {
            Some(wrong) => Err(ExcludeError(wrong.clone())),
            None => Ok(Self(patterns.to_vec())),
        }
    }

    /// Whether a dashboard is left out.
    pub fn covers(&self, key: &Key) -> bool {
        self.0.iter().any(|pattern| matches(pattern, key.base()))
    }
}

fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((head, tail)) => name.strip_prefix(head).is_some_and(|rest| {
            let starts = rest.char_indices().map(|(at, _)| at).chain([rest.len()]);
            starts
                .filter_map(|at| rest.get(at..))
                .any(|rest| matches(tail, rest))
        }),
    }
}
