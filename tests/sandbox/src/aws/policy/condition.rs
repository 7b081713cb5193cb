//! Conditions of a statement.

use super::Need;
use super::pattern::matches;

/// How a condition compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    /// One value of the request equals one of the condition's.
    StringEquals,
    /// One value of the request is described by one of the condition's patterns.
    StringLike,
    /// Every value of the request is described by one of the patterns: also when it has none.
    ForAllStringLike,
    /// Whether the request lacks the key.
    Null,
}

impl Operator {
    pub(super) const ALL: [(&str, Self); 4] = [
        ("StringEquals", Self::StringEquals),
        ("StringLike", Self::StringLike),
        ("ForAllValues:StringLike", Self::ForAllStringLike),
        ("Null", Self::Null),
    ];
}

/// One key of one operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Condition {
    pub(super) operator: Operator,
    /// Compared without regard to case.
    pub(super) key: String,
    pub(super) values: Vec<String>,
}

impl Condition {
    pub(super) fn holds(&self, need: &Need) -> bool {
        let present = need
            .context
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(&self.key))
            .map(|(_, values)| values.as_slice());
        let values = present.unwrap_or_default();
        let like = |value: &String| self.values.iter().any(|pattern| matches(pattern, value));
        match self.operator {
            Operator::StringEquals => values.iter().any(|value| self.values.contains(value)),
            Operator::StringLike => values.iter().any(like),
            Operator::ForAllStringLike => values.iter().all(like),
            Operator::Null => {
                let absent = if present.is_none() { "true" } else { "false" };
                self.values.iter().any(|it| it.eq_ignore_ascii_case(absent))
            }
        }
    }
}
