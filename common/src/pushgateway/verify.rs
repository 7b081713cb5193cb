//! The proof that a push arrived: what was sent against what is held.
//!
//! A Pushgateway whose consistency check is off answers 202 to a push that it then drops, so a
//! successful answer alone proves nothing.

use std::collections::BTreeMap;
use std::fmt;

use super::error::GatewayError;
use super::readback::{Detail, StoredGroup};
use super::{Gateway, GroupKey};
use crate::exit::Exit;
use crate::exposition::Family;
use crate::fault::Fault;

/// Differences that the text of a mismatch names; it counts the rest.
const DIFFERENCES_SHOWN: usize = 5;

/// What a group should hold after a push.
#[derive(Debug, Clone, PartialEq)]
pub struct Expected {
    group: GroupKey,
    /// Number of samples of each family. A family without samples leaves no trace.
    counts: BTreeMap<String, usize>,
    /// Push time of the group before the push, by the Pushgateway's clock.
    pushed_before: Option<f64>,
}

impl Expected {
    /// After a `PUT`: these families and no other.
    ///
    /// Histograms and summaries count one sample each metric there, not one each line here; this
    /// comparison is for gauges, counters and untyped families.
    pub fn after_put<'a>(group: &GroupKey, families: impl IntoIterator<Item = &'a Family>) -> Self {
        let counts = families
            .into_iter()
            .map(|f| (f.name.clone(), f.samples.len()));
        let counts = counts.filter(|&(_, count)| count > 0).collect();
        Self {
            group: group.clone(),
            counts,
            pushed_before: None,
        }
    }

    /// The group's push time must have moved on from this one, read before the push. Both are the
    /// Pushgateway's own, so that its clock need not agree with ours.
    #[must_use]
    pub fn newer_than(self, push_time_seconds: Option<f64>) -> Self {
        Self {
            pushed_before: push_time_seconds,
            ..self
        }
    }
}

/// What the Pushgateway holds is not what was pushed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub struct ReadbackMismatch {
    /// All differences, in the order of what was expected.
    pub differences: Vec<Difference>,
}

/// One difference between a push and what is held.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Difference {
    /// The group does not exist.
    #[error("group `{group}` is missing")]
    GroupMissing {
        /// Which.
        group: GroupKey,
    },
    /// The latest push to the group was dropped.
    #[error("the last push to group `{group}` was not taken")]
    PushDropped {
        /// Which.
        group: GroupKey,
    },
    /// The group has not been written since it was looked at before the push.
    #[error("group `{group}` has not been written by this push")]
    Stale {
        /// Which.
        group: GroupKey,
    },
    /// The family has another number of samples; 0 when it is missing.
    #[error("`{family}` in group `{group}` has {found} samples, not {expected}")]
    Samples {
        /// Where.
        group: GroupKey,
        /// Which.
        family: String,
        /// How many were pushed.
        expected: usize,
        /// How many are held.
        found: usize,
    },
    /// Another group holds the family with another type. A Pushgateway that does not check pushes
    /// takes that, and from then on answers every scrape with an error.
    #[error(
        "`{family}` has another type in group `{other}` than in group `{group}`, so that nothing at \
         all can be scraped"
    )]
    Kinds {
        /// Where it was pushed.
        group: GroupKey,
        /// Which.
        family: String,
        /// Where it is something else.
        other: GroupKey,
    },
    /// The group holds a family that was not pushed.
    #[error("`{family}` in group `{group}` was not pushed")]
    Unexpected {
        /// Where.
        group: GroupKey,
        /// Which.
        family: String,
    },
}

impl fmt::Display for ReadbackMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the Pushgateway does not hold what was pushed")?;
        let mut separator = ": ";
        for difference in self.differences.iter().take(DIFFERENCES_SHOWN) {
            write!(f, "{separator}{difference}")?;
            separator = "; ";
        }
        match self.differences.len().checked_sub(DIFFERENCES_SHOWN) {
            None | Some(0) => Ok(()),
            Some(more) => write!(f, "; and {more} more"),
        }
    }
}

/// A push could not be proven.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// What is held could not be read.
    #[error(transparent)]
    Read(#[from] GatewayError),
    /// It was read and differs.
    #[error(transparent)]
    Mismatch(#[from] ReadbackMismatch),
}

impl Fault for VerifyError {
    fn exit(&self) -> Exit {
        match self {
            Self::Read(error) => error.exit(),
            Self::Mismatch(error) => error.exit(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Read(error) => error.code(),
            Self::Mismatch(error) => error.code(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Read(error) => error.hint(),
            Self::Mismatch(error) => error.hint(),
        }
    }
}

impl Fault for ReadbackMismatch {
    fn exit(&self) -> Exit {
        Exit::Transient
    }

    fn code(&self) -> &'static str {
        "push-readback"
    }

    fn hint(&self) -> Option<String> {
        Some(
            "look for another writer of the group, and for --push.disable-consistency-check on the \
             Pushgateway, with which it drops bad pushes silently and keeps contradictory ones"
                .into(),
        )
    }
}

impl Gateway {
    /// Reads back and compares; see [`compare`].
    ///
    /// # Errors
    /// When nothing can be read, or it is not what was pushed.
    pub async fn verify(&self, expected: &[Expected]) -> Result<(), VerifyError> {
        let stored = self.stored(|_| Detail::Counts).await?;
        Ok(compare(expected, &stored)?)
    }
}

/// Compares the expected groups with the ones of the same labels in `stored`; others matter only
/// where they give a family another type.
///
/// # Errors
/// Every difference.
pub fn compare(expected: &[Expected], stored: &[StoredGroup]) -> Result<(), ReadbackMismatch> {
    let differences: Vec<_> = expected
        .iter()
        .flat_map(|expected| differences(expected, stored))
        .collect();
    if differences.is_empty() {
        Ok(())
    } else {
        Err(ReadbackMismatch { differences })
    }
}

fn differences(expected: &Expected, stored: &[StoredGroup]) -> Vec<Difference> {
    let group = || expected.group.clone();
    let Some(held) = stored.iter().find(|held| held.key == expected.group) else {
        return vec![Difference::GroupMissing { group: group() }];
    };
    let mut found = Vec::new();
    if !held.last_push_successful {
        found.push(Difference::PushDropped { group: group() });
    }
    // A group that was never written successfully has push time 0.
    let before = expected.pushed_before.unwrap_or(0.0);
    if held.push_time_seconds <= before {
        found.push(Difference::Stale { group: group() });
    }
    for (family, &count) in &expected.counts {
        let in_group = held.family(family);
        let held = in_group.map_or(0, |stored| stored.sample_count);
        if held != count {
            found.push(Difference::Samples {
                group: group(),
                family: family.clone(),
                expected: count,
                found: held,
            });
        }
        let kind_in = |group: &StoredGroup| group.family(family).map(|f| f.family.kind);
        let kind = in_group.map(|stored| stored.family.kind);
        let contradicts = |other: &&StoredGroup| {
            kind.is_some() && kind_in(other).is_some_and(|other| Some(other) != kind)
        };
        if let Some(other) = stored.iter().find(contradicts) {
            found.push(Difference::Kinds {
                group: group(),
                family: family.clone(),
                other: other.key.clone(),
            });
        }
    }
    let names = held.families.iter().map(|stored| &stored.family.name);
    let extra = names.filter(|name| !expected.counts.contains_key(*name));
    found.extend(extra.map(|name| Difference::Unexpected {
        group: group(),
        family: name.clone(),
    }));
    found
}

#[cfg(test)]
mod tests {
    use super::super::{GroupKey, StoredFamily, StoredGroup};
    use super::{Expected, compare};
    use crate::exposition::{Family, Kind, Labels, Sample};

    const BEFORE: Option<f64> = Some(1_763_985_600.0);

    fn family(name: &str, samples: usize) -> Family {
        let samples = vec![
            Sample {
                labels: Labels::default(),
                value: 1.0
            };
            samples
        ];
        Family {
            name: name.into(),
            kind: Kind::Gauge,
            help: String::new(),
            samples,
        }
    }

    fn stored(job: &str, families: &[(&str, usize)]) -> StoredGroup {
        let family = |&(name, sample_count): &(&str, usize)| StoredFamily {
            family: family(name, 0),
            sample_count,
        };
        StoredGroup {
            key: GroupKey::new(job, []).unwrap(),
            last_push_successful: true,
            push_time_seconds: 1_763_985_600.25,
            families: families.iter().map(family).collect(),
        }
    }

    fn expected(job: &str, families: &[Family]) -> Expected {
        Expected::after_put(&GroupKey::new(job, []).unwrap(), families).newer_than(BEFORE)
    }

    fn complaint(expected: &[Expected], stored: &[StoredGroup]) -> String {
        compare(expected, stored).unwrap_err().to_string()
    }

    #[test]
    fn the_same_names_and_counts_with_a_newer_push_time_are_proof() {
        let families = [family("a", 2), family("b", 1), family("nothing", 0)];
        let held = [
            stored("x", &[("a", 2), ("b", 1)]),
            stored("foreign", &[("c", 9)]),
        ];
        assert_eq!(compare(&[expected("x", &families)], &held), Ok(()));
        assert_eq!(compare(&[expected("x", &[])], &[stored("x", &[])]), Ok(()));
    }

    #[test]
    fn a_family_of_another_type_elsewhere_is_a_difference() {
        let mut foreign = stored("foreign", &[("a", 1), ("c", 1)]);
        let held = [stored("x", &[("a", 2)]), foreign.clone()];
        let pushed = [expected("x", &[family("a", 2)])];
        assert_eq!(compare(&pushed, &held), Ok(()));
        for other in &mut foreign.families {
            other.family.kind = Kind::Counter;
        }
        assert_eq!(
            complaint(&pushed, &[stored("x", &[("a", 2)]), foreign]),
            "the Pushgateway does not hold what was pushed: `a` has another type in group `foreign` \
             than in group `x`, so that nothing at all can be scraped"
        );
    }

    #[test]
    fn every_difference_is_named() {
        let families = [family("a", 2), family("b", 1)];
        let mut held = stored("x", &[("a", 1), ("z", 1)]);
        held.last_push_successful = false;
        held.push_time_seconds = 1_763_985_590.0;
        assert_eq!(
            complaint(
                &[expected("x", &families), expected("y", &families)],
                &[held]
            ),
            "the Pushgateway does not hold what was pushed: the last push to group `x` was not taken; \
             group `x` has not been written by this push; `a` in group `x` has 1 samples, not 2; \
             `b` in group `x` has 0 samples, not 1; `z` in group `x` was not pushed; and 1 more"
        );
        assert_eq!(
            complaint(&[expected("y", &[])], &[]),
            "the Pushgateway does not hold what was pushed: group `y` is missing"
        );
    }
}
