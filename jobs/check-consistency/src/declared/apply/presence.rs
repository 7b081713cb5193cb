//! Where an object is and where it has to be.

use super::Case;
use crate::declared::names;
use crate::finding::{Presence, Standing, Unknown};
use crate::path::Path;

/// What comes of where an object is.
#[derive(Debug)]
pub(super) enum Whereabouts {
    /// It is where it has to be; the rule that says so if it is not everywhere.
    Right { absent_by: Option<String> },
    /// It is not, or is being deleted.
    Wrong {
        standing: Standing,
        rule: Option<String>,
        text: String,
    },
}

impl Case<'_, '_> {
    pub(super) fn whereabouts(self) -> Whereabouts {
        let placed = self.rules.placed(self.object);
        let rule = placed.map(|(active, _)| active.rule.id.clone());
        let misplaced = match placed {
            Some((active, wanted)) => {
                self.rules.used(active, self.object, &Path::default());
                self.misplaced(wanted, &active.rule.id)
            }
            None => self.missing(),
        };
        if let Some((standing, text)) = misplaced {
            return Whereabouts::Wrong {
                standing,
                rule,
                text,
            };
        }
        let somewhere = |it: &Presence| match it {
            Presence::Here | Presence::Terminating | Presence::Unknown => true,
            Presence::Absent | Presence::NotAsked => false,
        };
        // It was listed somewhere: that it is nowhere proves nothing.
        if !self.presence.iter().any(somewhere) {
            return Whereabouts::Wrong {
                standing: Standing::Unknown(Unknown::NotSettled),
                rule: None,
                text: "is in none of the clusters any more".to_owned(),
            };
        }
        let terminating = self.with(Presence::Terminating);
        if terminating.is_empty() {
            let absent = !self.with(Presence::Absent).is_empty();
            return Whereabouts::Right {
                absent_by: rule.filter(|_| absent),
            };
        }
        Whereabouts::Wrong {
            standing: Standing::Terminating,
            rule: None,
            text: format!("is being deleted in {}", self.names(&terminating)),
        }
    }

    /// Against a rule that says where it has to be.
    fn misplaced(self, wanted: &[usize], id: &str) -> Option<(Standing, String)> {
        let mut missing = self.with(Presence::Absent);
        missing.retain(|at| wanted.contains(at));
        let mut unexpected = self.with(Presence::Here);
        unexpected.retain(|at| !wanted.contains(at));
        let is_missing = || {
            let clusters = self.names(&missing);
            format!("is not in {clusters}, where {id} expects it")
        };
        let is_unexpected = || {
            let clusters = self.names(&unexpected);
            format!("is in {clusters}, where {id} does not expect it")
        };
        match (missing.is_empty(), unexpected.is_empty()) {
            (true, true) => None,
            (false, true) => Some((Standing::Missing, is_missing())),
            (true, false) => Some((Standing::Unexpected, is_unexpected())),
            (false, false) => {
                let text = format!("{}; {}", is_missing(), is_unexpected());
                Some((Standing::Missing, text))
            }
        }
    }

    /// Without such a rule it has to be everywhere.
    fn missing(self) -> Option<(Standing, String)> {
        let (here, absent) = (self.with(Presence::Here), self.with(Presence::Absent));
        if here.is_empty() || absent.is_empty() {
            return None;
        }
        let (here, absent) = (self.names(&here), self.names(&absent));
        Some((Standing::Missing, format!("is in {here}, not in {absent}")))
    }

    /// The clusters in which it stands so.
    fn with(self, presence: Presence) -> Vec<usize> {
        let clusters = self.presence.iter().enumerate();
        let clusters = clusters.filter(|(_, it)| **it == presence);
        clusters.map(|(at, _)| at).collect()
    }

    pub(super) fn names(self, clusters: &[usize]) -> String {
        names(self.vars, clusters.iter().copied())
    }
}
