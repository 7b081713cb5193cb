//! Logins that were written into clusters lately, by this run and those before it: a cluster that is
//! written again and again has somebody who writes it back.

use std::fmt;

use common::cluster::ClusterName;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

/// What is older says nothing about today.
const DAY: SignedDuration = SignedDuration::from_hours(24);
/// More in a day is no rotation.
const USUAL: usize = 3;
/// More are not kept: the oldest go first.
const KEPT: usize = 20;

/// One write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Roll {
    /// When.
    pub at: Timestamp,
    /// Where.
    pub cluster: ClusterName,
    /// Who had written before, as the managed fields said.
    pub over: Option<String>,
}

/// The writes of the last day, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Rolls(Vec<Roll>);

impl Rolls {
    /// Reads what an earlier run noted; what cannot be read is left out.
    pub fn read(note: &str) -> Self {
        let roll = |text: &str| {
            let mut words = text.splitn(3, ' ');
            Some(Roll {
                at: words.next()?.parse().ok()?,
                cluster: words.next()?.parse().ok()?,
                over: words.next().map(str::to_owned),
            })
        };
        Self(note.split(';').filter_map(roll).collect())
    }

    /// Adds a write, and forgets what is older than a day.
    pub fn add(&mut self, roll: Roll) {
        let since = roll.at - DAY;
        self.0.retain(|old| old.at > since);
        self.0.push(roll);
        let surplus = self.0.len().saturating_sub(KEPT);
        self.0.drain(..surplus);
    }

    /// A cluster that was written more often in the day before `now` than a rotation explains, how
    /// often, and who wrote it in between.
    pub fn flapping(&self, now: Timestamp) -> Option<(&ClusterName, usize, Option<&str>)> {
        let since = now - DAY;
        let lately = || self.0.iter().filter(|roll| roll.at > since);
        lately().rev().find_map(|newest| {
            let times = lately().filter(|it| it.cluster == newest.cluster).count();
            (times > USUAL).then_some((&newest.cluster, times, newest.over.as_deref()))
        })
    }
}

/// As it is noted.
impl fmt::Display for Rolls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, Roll { at, cluster, over }) in self.0.iter().enumerate() {
            let between = if index == 0 { "" } else { ";" };
            write!(f, "{between}{at} {cluster}")?;
            if let Some(over) = over {
                write!(f, " {}", over.replace(';', ","))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roll(hour: i64, cluster: &str) -> Roll {
        Roll {
            at: Timestamp::from_second(hour * 3600).unwrap(),
            cluster: cluster.parse().unwrap(),
            over: (hour % 2 == 0).then(|| "helm; upgrade".to_owned()),
        }
    }

    fn rolls(hours: &[i64]) -> Rolls {
        let mut rolls = Rolls::default();
        for hour in hours {
            rolls.add(roll(*hour, "a"));
        }
        rolls
    }

    #[test]
    fn four_writes_in_a_day_are_somebody_elses_doing() {
        let at = |hour: i64| Timestamp::from_second(hour * 3600).unwrap();
        assert_eq!(rolls(&[1, 2, 3]).flapping(at(4)), None);
        let four = rolls(&[1, 2, 3, 4]);
        let (cluster, times, over) = four.flapping(at(5)).unwrap();
        assert_eq!(
            (cluster.as_str(), times, over),
            ("a", 4, Some("helm; upgrade"))
        );
        assert_eq!(four.flapping(at(25)), None);
        let mut two = rolls(&[1, 2, 3]);
        two.add(roll(4, "b"));
        assert_eq!(two.flapping(at(5)), None);
    }

    #[test]
    fn what_is_noted_is_read_back_and_stays_short() {
        let many = rolls(&(0..40).collect::<Vec<_>>());
        let back = Rolls::read(&many.to_string());
        assert_eq!(back.to_string(), many.to_string());
        assert!(many.0.len() <= KEPT);
        assert_eq!(Rolls::read("nonsense;;1 2 3"), Rolls::default());
    }
}
