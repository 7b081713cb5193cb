//! Whether a Lease may be taken. Pure: what was seen goes in, what to do comes out.
//!
//! `renewTime` is of no interest: it was written by another clock. A holder is dead when its pod is,
//! or when it has not touched the Lease for as long as it promised to, measured here.

use std::time::Duration;

/// What is known of a Lease at one look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaseFacts {
    /// Who holds it; nobody when it is free.
    pub holder: Option<String>,
    /// What has become of the holder's pod.
    pub pod: HolderPod,
    /// How long the holder may leave the Lease untouched.
    pub duration: Duration,
    /// How this look compares with the first one.
    pub sight: Sight,
}

/// What has become of the pod that a holder's name speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HolderPod {
    /// The holder is a run on a terminal: there is no pod to look up.
    None,
    /// There is no pod of that name, or it is another one.
    Gone,
    /// It has succeeded or failed.
    Finished,
    /// It is there and has not ended.
    Alive,
}

/// How a look at the Lease compares with the first one of this attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// There was no earlier one, or it was long ago.
    First,
    /// Nothing has changed for so long.
    Unchanged(Duration),
    /// Somebody has written to it meanwhile.
    Changed,
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Write our name into it.
    Take(Grounds),
    /// Look again within this time.
    Watch(Duration),
    /// Leave it: somebody is at work.
    Busy,
}

/// Why a Lease may be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grounds {
    /// Nobody holds it.
    Free,
    /// It is ours: the container was started again, or the reply to our write was lost.
    Ours,
    /// The holder's pod has ended.
    HolderGone,
    /// The holder has not renewed it in time.
    Expired,
}

/// Decides for the run that calls itself `me`.
pub fn decide(facts: &LeaseFacts, me: &str) -> Decision {
    match &facts.holder {
        None => return Decision::Take(Grounds::Free),
        Some(holder) if holder == me => return Decision::Take(Grounds::Ours),
        Some(_) => {}
    }
    match (facts.pod, facts.sight) {
        (HolderPod::Gone | HolderPod::Finished, _) => Decision::Take(Grounds::HolderGone),
        (HolderPod::Alive, _) | (HolderPod::None, Sight::Changed) => Decision::Busy,
        (HolderPod::None, Sight::First) => Decision::Watch(facts.duration),
        (HolderPod::None, Sight::Unchanged(seen)) => match facts.duration.checked_sub(seen) {
            Some(left) if !left.is_zero() => Decision::Watch(left),
            Some(_) | None => Decision::Take(Grounds::Expired),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const PROMISED: Duration = Duration::from_mins(5);

    /// Every pod and sight for one holder.
    fn decisions(holder: Option<&str>) -> Vec<(HolderPod, Sight, Decision)> {
        let pods = [
            HolderPod::None,
            HolderPod::Gone,
            HolderPod::Finished,
            HolderPod::Alive,
        ];
        let sights = [
            Sight::First,
            Sight::Unchanged(PROMISED.checked_sub(SECOND).unwrap()),
            Sight::Unchanged(PROMISED),
            Sight::Unchanged(PROMISED + SECOND),
            Sight::Changed,
        ];
        let decide = |pod, sight| {
            let facts = LeaseFacts {
                holder: holder.map(str::to_owned),
                pod,
                duration: PROMISED,
                sight,
            };
            (pod, sight, decide(&facts, "me_1"))
        };
        let of_pod = |pod| sights.map(|sight| decide(pod, sight));
        pods.into_iter().flat_map(of_pod).collect()
    }

    #[test]
    fn a_free_lease_and_ones_own_are_taken_whatever_else_is_seen() {
        for (holder, grounds) in [(None, Grounds::Free), (Some("me_1"), Grounds::Ours)] {
            for (pod, sight, decision) in decisions(holder) {
                assert_eq!(decision, Decision::Take(grounds), "{pod:?} {sight:?}");
            }
        }
    }

    #[test]
    fn of_another_holder_the_pod_decides_and_without_one_the_time() {
        use Decision::{Busy, Take, Watch};
        let gone = Take(Grounds::HolderGone);
        let expired = Take(Grounds::Expired);
        // Columns: first look; unchanged for a second less than promised, as promised, more; changed.
        let table = [
            (
                HolderPod::None,
                [Watch(PROMISED), Watch(SECOND), expired, expired, Busy],
            ),
            (HolderPod::Gone, [gone; 5]),
            (HolderPod::Finished, [gone; 5]),
            (HolderPod::Alive, [Busy; 5]),
        ];
        // The same pod name with another uid is another holder.
        for holder in ["other", "me_2"] {
            let decisions = decisions(Some(holder));
            for (row, (pod, expected)) in decisions.chunks(5).zip(&table) {
                let decided: Vec<_> = row.iter().map(|(_, _, decision)| *decision).collect();
                assert!(row.iter().all(|(of, _, _)| of == pod));
                assert_eq!(decided, expected, "{holder} {pod:?}");
            }
        }
    }
}
