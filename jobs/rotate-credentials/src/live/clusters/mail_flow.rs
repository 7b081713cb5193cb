//! Mails since a moment that an earlier run noted: the counters of all replicas now, against those
//! in the note. Pure.
//!
//! A note reads `<RFC 3339> <accepted> <failed> <processes>`. It is written anew whenever the
//! difference to it would not mean anything, and the count begins there.

use std::fmt::{self, Write as _};
use std::str::FromStr;

use common::cluster::ClusterName;
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use crate::world::MailFlow;

/// What annotations' names may have at most.
const NAME_LIMIT: usize = 63;

/// Counters, summed over all replicas since each of them started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Counted {
    /// Mails that the mail server took.
    accepted: u64,
    /// Attempts that failed.
    failed: u64,
    /// Names the processes that counted: those of others are another count.
    processes: String,
}

/// What one replica has counted since it started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Counters {
    /// Attempts that came to an end.
    pub(super) attempts: u64,
    /// Those of them that failed.
    pub(super) failed: u64,
    /// When the process started, by its own clock.
    pub(super) started: Timestamp,
}

/// Counters at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Baseline {
    at: Timestamp,
    counted: Counted,
}

impl Counted {
    /// Sums up; each replica with the uid of its pod.
    pub(super) fn of<'r>(replicas: impl IntoIterator<Item = (&'r str, Counters)>) -> Self {
        let mut hash = Sha256::new();
        let (mut attempts, mut failed) = (0_u64, 0_u64);
        for (uid, counters) in replicas {
            attempts = attempts.saturating_add(counters.attempts);
            failed = failed.saturating_add(counters.failed);
            hash.update(format!("{uid} {}\n", counters.started));
        }
        Self {
            accepted: attempts.saturating_sub(failed),
            failed,
            processes: hex(&hash.finalize(), 6),
        }
    }
}

/// Under which name a cluster's note is kept.
pub(super) fn note_name(cluster: &ClusterName) -> String {
    let name = format!("mail.{cluster}");
    if name.len() <= NAME_LIMIT && name.ends_with(|c: char| c.is_ascii_alphanumeric()) {
        return name;
    }
    let hash = Sha256::digest(cluster.as_str());
    format!("mail.{}", hex(&hash, 16))
}

/// The first `count` bytes as hexadecimal digits.
fn hex(bytes: &[u8], count: usize) -> String {
    let mut text = String::new();
    for byte in bytes.iter().take(count) {
        // Writing to a `String` cannot fail.
        write!(text, "{byte:02x}").unwrap_or_default();
    }
    text
}

/// What the counters say now, and the note to write if the count begins anew.
///
/// It does when there is no note, a key has begun to soak since, a replica was restarted, or an
/// attempt failed: mails before it do not tell of those after it.
pub(super) fn judge(
    before: Option<Baseline>,
    counted: Counted,
    now: Timestamp,
    soaking_since: Option<Timestamp>,
) -> (MailFlow, Option<Baseline>) {
    let afresh = |counted| Some(Baseline { at: now, counted });
    let Some(Baseline { at, counted: then }) = before else {
        return (MailFlow::Unknown, afresh(counted));
    };
    let comparable = at <= now
        && soaking_since.is_none_or(|since| at >= since)
        && then.processes == counted.processes
        && then.failed <= counted.failed;
    if !comparable {
        return (MailFlow::Unknown, afresh(counted));
    }
    if counted.failed > then.failed {
        return (MailFlow::Refused { since: at }, afresh(counted));
    }
    match counted.accepted.checked_sub(then.accepted) {
        Some(sent) => (MailFlow::Flowing { since: at, sent }, None),
        None => (MailFlow::Unknown, afresh(counted)),
    }
}

impl fmt::Display for Baseline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Counted {
            accepted,
            failed,
            processes,
        } = &self.counted;
        write!(f, "{} {accepted} {failed} {processes}", self.at)
    }
}

/// A note that means nothing to us.
#[derive(Debug)]
pub(super) struct NoBaseline;

impl FromStr for Baseline {
    type Err = NoBaseline;

    fn from_str(text: &str) -> Result<Self, NoBaseline> {
        let words: Vec<&str> = text.split(' ').collect();
        let [at, accepted, failed, processes] = words.as_slice() else {
            return Err(NoBaseline);
        };
        Ok(Self {
            at: at.parse().map_err(|_| NoBaseline)?,
            counted: Counted {
                accepted: accepted.parse().map_err(|_| NoBaseline)?,
                failed: failed.parse().map_err(|_| NoBaseline)?,
                processes: (*processes).to_owned(),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Timestamp {
        let noon: Timestamp = "2026-11-24T12:00:00Z".parse().unwrap();
        noon + jiff::SignedDuration::from_mins(minute)
    }

    fn counted(attempts: u64, failed: u64) -> Counted {
        let started = at(-600);
        Counted::of([(
            "a",
            Counters {
                attempts,
                failed,
                started,
            },
        )])
    }

    #[expect(clippy::unnecessary_wraps, reason = "as a look finds it and leaves it")]
    fn baseline(minute: i64, counted: Counted) -> Option<Baseline> {
        Some(Baseline {
            at: at(minute),
            counted,
        })
    }

    #[test]
    fn mails_count_from_the_note_on_and_only_those_that_were_taken() {
        let before = baseline(0, counted(7, 2));
        assert_eq!(
            judge(before.clone(), counted(7, 2), at(60), Some(at(0))),
            (
                MailFlow::Flowing {
                    since: at(0),
                    sent: 0
                },
                None
            )
        );
        assert_eq!(
            judge(before, counted(10, 2), at(60), Some(at(0))),
            (
                MailFlow::Flowing {
                    since: at(0),
                    sent: 3
                },
                None
            )
        );
    }

    #[test]
    fn the_count_begins_anew_when_the_old_one_says_nothing() {
        let now = || counted(10, 2);
        let restarted = Counted::of([(
            "a",
            Counters {
                attempts: 10,
                failed: 2,
                started: at(-1),
            },
        )]);
        let replaced = Counted::of([(
            "b",
            Counters {
                attempts: 10,
                failed: 2,
                started: at(-600),
            },
        )]);
        let scaled = Counted::of([
            (
                "a",
                Counters {
                    attempts: 10,
                    failed: 2,
                    started: at(-600),
                },
            ),
            (
                "b",
                Counters {
                    attempts: 0,
                    failed: 0,
                    started: at(-600),
                },
            ),
        ]);
        for (before, why) in [
            (None, "there is no note"),
            (baseline(-1, counted(7, 2)), "a key soaks since"),
            (baseline(61, counted(7, 2)), "the note is of the future"),
            (baseline(0, restarted), "the process is another"),
            (baseline(0, replaced), "the pod is another"),
            (baseline(0, scaled), "the replicas are others"),
            (baseline(0, counted(30, 2)), "fewer were taken"),
            (baseline(0, counted(7, 3)), "fewer failed"),
        ] {
            let (flow, note) = judge(before, now(), at(60), Some(at(0)));
            assert_eq!(
                (flow, note),
                (MailFlow::Unknown, baseline(60, now())),
                "{why}"
            );
        }
    }

    #[test]
    fn one_failed_attempt_is_told_and_outweighs_any_that_did_not() {
        let (flow, note) = judge(baseline(0, counted(7, 2)), counted(99, 3), at(60), None);
        assert_eq!(flow, MailFlow::Refused { since: at(0) });
        assert_eq!(note, baseline(60, counted(99, 3)));
    }

    #[test]
    fn a_note_is_read_as_it_was_written_and_nothing_else_is() {
        let note = baseline(0, counted(7, 2)).unwrap();
        insta::assert_snapshot!(note, @"2026-11-24T12:00:00Z 5 2 bd674ad35542");
        assert_eq!(note.to_string().parse::<Baseline>().ok(), Some(note));
        for text in [
            "",
            "now 1 2 x",
            "2026-11-24T12:00:00Z 5 2",
            "2026-11-24T12:00:00Z -5 2 x",
        ] {
            assert!(text.parse::<Baseline>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_name_that_no_annotation_can_have_is_kept_by_its_hash() {
        let name = |text: &str| note_name(&text.parse().unwrap());
        assert_eq!(name("prod-e1-1"), "mail.prod-e1-1");
        let long = [name(&"a".repeat(59)), name(&"a".repeat(60)), name("a-")];
        for name in &long {
            assert_eq!(name.len(), 37, "{name}");
        }
        assert_ne!(long[0], long[1]);
    }
}
