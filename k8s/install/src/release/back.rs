//! Where going back leads to. Pure.
//!
//! A rollback makes a new revision with the content of an old one, and may fail in between. Counting numbers
//! would lead the second attempt forward again, to what the first one left.

use super::{Record, Revision};

/// A revision as going back sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Past {
    number: u32,
    /// Whether it was in force once.
    was_deployed: bool,
    /// Whether it is now.
    is_deployed: bool,
    /// Whether it was made by going back.
    is_rollback: bool,
    /// The number of the first revision with the same content.
    content: u32,
}

/// Where going back leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Back {
    /// To this revision.
    To(u32),
    /// What is in force is that revision already.
    Already(u32),
}

impl Back {
    /// The number of the revision.
    pub fn to(self) -> u32 {
        match self {
            Self::To(number) | Self::Already(number) => number,
        }
    }
}

impl Past {
    /// The revisions of a history with their records; one whose record cannot be read is like no other.
    pub fn of(history: &[Revision], records: &[Option<Record>]) -> Vec<Self> {
        let all = || history.iter().zip(records);
        let past = all().map(|(revision, record)| {
            let first = all().find_map(|(first, other)| {
                let both = record.as_ref().zip(other.as_ref());
                let is_same = both.is_some_and(|(one, other)| one.is_as(other));
                is_same.then_some(first.number)
            });
            Self {
                number: revision.number,
                was_deployed: revision.was_deployed(),
                is_deployed: revision.status == "deployed",
                is_rollback: record
                    .as_ref()
                    .is_some_and(|it| is_rollback(&it.description)),
                content: first.unwrap_or(revision.number),
            }
        });
        past.collect()
    }
}

/// Where going back leads to: to the revision that is asked for; to the one that an earlier attempt has gone
/// to, whatever became of that attempt; else to the newest before the present one that was in force.
pub fn way_back(history: &[Past], asked: Option<u32>) -> Option<Back> {
    let (newest, earlier) = history.split_last()?;
    let mut candidates = earlier.iter().rev().filter(|past| past.was_deployed);
    let to = if let Some(number) = asked {
        candidates.find(|past| past.number == number)?
    } else {
        let mut again = candidates.clone().filter(|_| newest.is_rollback);
        let again = again.find(|past| past.content == newest.content);
        again.or_else(|| candidates.next())?
    };
    Some(if newest.is_deployed && newest.content == to.content {
        Back::Already(to.number)
    } else {
        Back::To(to.number)
    })
}

/// `Rollback to 1` while it is made and when it was; of one that failed Helm says `Rollback "…" failed` or
/// `Release "…" failed`. Of an upgrade it says `Upgrade …` or `Preparing upgrade`.
fn is_rollback(description: &str) -> bool {
    description.starts_with("Rollback") || description.starts_with("Release ")
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde_json::json;

    use super::*;

    const UPGRADE: &str = "Upgrade complete";
    const UPGRADE_FAILED: &str = "Upgrade \"prod-monitoring\" failed: x";
    const BACK: &str = "Rollback to 1";
    const BACK_FAILED: &str = "Rollback \"prod-monitoring\" failed: x";
    const BACK_LATE: &str = "Release \"prod-monitoring\" failed: timed out";

    /// Status, content and description of a revision.
    type Told = (&'static str, &'static str, &'static str);

    /// Revisions from 1 on.
    fn history(revisions: &[Told]) -> Vec<Past> {
        let (mut history, mut records) = (Vec::new(), Vec::new());
        for (number, (status, content, description)) in (1..).zip(revisions) {
            history.push(Revision {
                number,
                status: (*status).to_owned(),
                secret: format!("v{number}"),
                begun: None,
            });
            let text = json!({
                "chart": {"metadata": {"name": "monitoring-jobs", "version": "0.2.0"}},
                "manifest": content,
                "info": {"description": description},
            });
            records.push(Record::decode(STANDARD.encode(text.to_string()).as_bytes()));
        }
        Past::of(&history, &records)
    }

    #[test]
    fn it_goes_back_to_the_newest_that_was_in_force_or_to_the_one_asked_for() {
        let four = history(&[
            ("superseded", "a", UPGRADE),
            ("failed", "b", UPGRADE_FAILED),
            ("superseded", "c", UPGRADE),
            ("deployed", "d", UPGRADE),
        ]);
        assert_eq!(way_back(&four, None), Some(Back::To(3)));
        assert_eq!(way_back(&four, Some(1)), Some(Back::To(1)));
        for wrong in [2, 4, 5] {
            assert_eq!(way_back(&four, Some(wrong)), None, "{wrong}");
        }
        // Of the last but one the content is none that was in force before, so an old chart that was
        // installed again is left for the one before it.
        let table: [(&[Told], Option<Back>); 6] = [
            (&[], None),
            (&[("deployed", "a", UPGRADE)], None),
            (
                &[
                    ("deployed", "a", UPGRADE),
                    ("pending-upgrade", "b", "Preparing upgrade"),
                ],
                Some(Back::To(1)),
            ),
            (
                &[("deployed", "a", UPGRADE), ("failed", "b", UPGRADE_FAILED)],
                Some(Back::To(1)),
            ),
            (
                &[
                    ("superseded", "a", UPGRADE),
                    ("superseded", "b", UPGRADE),
                    ("deployed", "a", UPGRADE),
                ],
                Some(Back::To(2)),
            ),
            (
                &[
                    ("superseded", "a", UPGRADE),
                    ("deployed", "b", UPGRADE),
                    ("failed", "a", UPGRADE_FAILED),
                ],
                Some(Back::To(2)),
            ),
        ];
        for (revisions, expected) in table {
            assert_eq!(
                way_back(&history(revisions), None),
                expected,
                "{revisions:?}"
            );
        }
    }

    #[test]
    fn a_second_attempt_never_goes_forward_to_what_the_first_one_left() {
        let bad = ("superseded", "b", UPGRADE);
        let good = ("superseded", "a", UPGRADE);
        let table: [(&[Told], Back); 7] = [
            // The wait timed out, with the bad one still noted as deployed or not.
            (
                &[good, ("deployed", "b", UPGRADE), ("failed", "a", BACK_LATE)],
                Back::To(1),
            ),
            (&[good, bad, ("failed", "a", BACK_FAILED)], Back::To(1)),
            (
                &[
                    good,
                    bad,
                    ("failed", "a", BACK_FAILED),
                    ("failed", "a", BACK_LATE),
                ],
                Back::To(1),
            ),
            // Helm was killed.
            (
                &[
                    good,
                    ("deployed", "b", UPGRADE),
                    ("pending-rollback", "a", BACK),
                ],
                Back::To(1),
            ),
            // Helm came to its end, and the Secret was not filled; or somebody does it a second time.
            (&[good, bad, ("deployed", "a", BACK)], Back::Already(1)),
            // Helm went back by itself when an upgrade failed.
            (
                &[
                    good,
                    ("failed", "b", UPGRADE_FAILED),
                    ("deployed", "a", BACK),
                ],
                Back::Already(1),
            ),
            // Another upgrade that failed after a rollback: what was in force is the rollback.
            (
                &[
                    good,
                    bad,
                    ("deployed", "a", BACK),
                    ("failed", "c", UPGRADE_FAILED),
                ],
                Back::To(3),
            ),
        ];
        for (revisions, expected) in table {
            let history = history(revisions);
            assert_eq!(way_back(&history, None), Some(expected), "{revisions:?}");
        }
        let done = history(&[good, bad, ("deployed", "a", BACK)]);
        assert_eq!(way_back(&done, Some(1)), Some(Back::Already(1)));
        assert_eq!(way_back(&done, Some(2)), Some(Back::To(2)));
    }

    #[test]
    fn a_record_that_cannot_be_read_is_like_no_other() {
        let revision = |number| Revision {
            number,
            status: "deployed".to_owned(),
            secret: String::new(),
            begun: None,
        };
        let past = Past::of(&[revision(1), revision(2)], &[None, None]);
        assert_eq!(way_back(&past, None), Some(Back::To(1)));
    }
}
