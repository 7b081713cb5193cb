//! Whether a release can be changed now. Pure.
//!
//! Helm writes a revision as `pending-…` before it begins, and changes nothing of a release whose newest
//! revision is. Killed, it leaves that for ever. Nobody of ours is at work while we hold the lock, but a Helm
//! that has lost its parent may be, or one that a person has started: so such a revision is waited for, and
//! only then left out.

use std::time::Duration;

use common::trouble::Trouble;
use jiff::Timestamp;

use super::Revision;
use crate::installation::{NAMESPACE, RELEASE};
use crate::mend::Mend;
use crate::verdict;

/// What a release is in the middle of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Nothing.
    Still,
    /// Helm is at work on its newest revision, or was killed in it not long ago.
    AtWork,
    /// Helm was killed in its newest revision: it never works for so long.
    Abandoned,
    /// It is being removed, or that was stopped.
    Leaving,
}

/// What is to be done with a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// It gets another revision.
    Change,
    /// It goes back to a revision.
    GoBack,
    /// It goes.
    Remove,
}

impl Revision {
    /// What the release is in the middle of whose newest revision this is. `longest` is what Helm may take.
    pub fn standing(&self, now: Timestamp, longest: Duration) -> Standing {
        if self.status == "uninstalling" {
            return Standing::Leaving;
        }
        if !self.status.starts_with("pending-") {
            return Standing::Still;
        }
        let age = self.begun.map(|begun| now.duration_since(begun));
        let age = age.and_then(|age| Duration::try_from(age).ok());
        if age.is_some_and(|age| age > longest) {
            Standing::Abandoned
        } else {
            Standing::AtWork
        }
    }
}

/// Parts a history into what counts, and the revisions at its end in which Helm was killed.
pub fn settled(
    mut history: Vec<Revision>,
    now: Timestamp,
    longest: Duration,
) -> (Vec<Revision>, Vec<Revision>) {
    let counts = |revision: &Revision| revision.standing(now, longest) != Standing::Abandoned;
    let end = history.iter().rposition(counts).map_or(0, |last| last + 1);
    let abandoned = history.split_off(end);
    (history, abandoned)
}

/// Refuses what Helm would refuse, or what would interfere with it. `mend` says where the way out is typed.
///
/// # Errors
/// When the release is in the middle of something that does not go with the wish.
pub fn refuse(
    revision: &Revision,
    standing: Standing,
    wish: Wish,
    release: &str,
    longest: Duration,
    mend: Mend<'_>,
) -> Result<(), Trouble> {
    let is_first = revision.status == "pending-install";
    let may = match (standing, wish) {
        (Standing::Still | Standing::Abandoned, _)
        // Going back is the way out that a person chooses who has seen that nobody is at work.
        | (Standing::AtWork, Wish::GoBack)
        // A removal that was stopped goes on.
        | (Standing::Leaving, Wish::Remove) => true,
        // From a first one there is no way back, so removing it is the way out.
        (Standing::AtWork, Wish::Remove) => is_first,
        (Standing::AtWork, Wish::Change) | (Standing::Leaving, Wish::Change | Wish::GoBack) => {
            false
        }
    };
    if may {
        return Ok(());
    }
    let text = format!(
        "revision {} of {release} in {NAMESPACE} is `{}`",
        revision.number, revision.status
    );
    Err(Trouble {
        hint: Some(way_out(standing, is_first, release, longest, mend)),
        ..verdict::RELEASE_PENDING.because(text)
    })
}

fn way_out(
    standing: Standing,
    is_first: bool,
    release: &str,
    longest: Duration,
    mend: Mend<'_>,
) -> String {
    let is_ours = release == RELEASE;
    let uninstall = if is_ours {
        mend.uninstall()
    } else {
        mend.helm("uninstall", release)
    };
    if standing == Standing::Leaving {
        return format!("its removal was stopped: run `{uninstall}` to its end first");
    }
    let way = match (is_ours, is_first) {
        (_, true) => format!("`{uninstall}` clears it away"),
        (true, false) => format!("`{}` goes back", mend.rollback()),
        (false, false) => format!("`{}` goes back", mend.helm("rollback", release)),
    };
    format!(
        "see `{}`: if nobody is at work, {way}; {} minutes after its begin this command goes on by itself",
        mend.helm("history", release),
        longest.as_secs().div_ceil(60)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONGEST: Duration = Duration::from_mins(20);

    const MEND: Mend<'_> = Mend {
        cluster: "c",
        context: "ctx",
        version: None,
    };

    fn now() -> Timestamp {
        "2026-01-02T12:00:00Z".parse().unwrap()
    }

    fn revision(number: u32, status: &str, begun: Option<&str>) -> Revision {
        Revision {
            number,
            status: status.to_owned(),
            secret: format!("v{number}"),
            begun: begun.map(|at| format!("2026-01-02T{at}:00Z").parse().unwrap()),
        }
    }

    #[test]
    fn helm_is_taken_for_dead_only_when_it_cannot_be_at_work() {
        let table = [
            ("deployed", Some("01:00"), Standing::Still),
            ("failed", Some("11:59"), Standing::Still),
            ("superseded", None, Standing::Still),
            ("pending-upgrade", Some("11:41"), Standing::AtWork),
            ("pending-upgrade", Some("11:40"), Standing::AtWork),
            ("pending-upgrade", Some("11:39"), Standing::Abandoned),
            ("pending-install", Some("01:00"), Standing::Abandoned),
            ("pending-rollback", Some("01:00"), Standing::Abandoned),
            // A clock that is behind, and a server that does not say.
            ("pending-upgrade", Some("13:00"), Standing::AtWork),
            ("pending-upgrade", None, Standing::AtWork),
            ("uninstalling", Some("01:00"), Standing::Leaving),
        ];
        for (status, begun, expected) in table {
            let standing = revision(3, status, begun).standing(now(), LONGEST);
            assert_eq!(standing, expected, "{status} {begun:?}");
        }
    }

    #[test]
    fn only_dead_revisions_at_the_end_are_left_out() {
        let parted = |statuses: &[(&str, &str)]| {
            let history = (1..).zip(statuses);
            let history = history.map(|(number, (status, at))| revision(number, status, Some(*at)));
            let (counts, abandoned) = settled(history.collect(), now(), LONGEST);
            (counts.len(), abandoned.len())
        };
        let dead = ("pending-upgrade", "01:00");
        assert_eq!(parted(&[]), (0, 0));
        assert_eq!(parted(&[("deployed", "01:00")]), (1, 0));
        assert_eq!(parted(&[("deployed", "01:00"), dead]), (1, 1));
        assert_eq!(parted(&[dead, ("deployed", "02:00")]), (2, 0));
        assert_eq!(parted(&[("pending-install", "01:00")]), (0, 1));
        let fresh = ("pending-upgrade", "11:55");
        assert_eq!(parted(&[("deployed", "01:00"), fresh]), (2, 0));
    }

    #[test]
    fn what_is_stuck_is_refused_with_the_way_out_of_that_release() {
        use Standing::{Abandoned, AtWork, Leaving, Still};
        use Wish::{Change, GoBack, Remove};
        let ours = RELEASE;
        let grafana = "prod-grafana";
        // What is in the hint, where it is refused.
        let table = [
            ("deployed", Still, Change, ours, None),
            ("pending-upgrade", Abandoned, Change, ours, None),
            (
                "pending-upgrade",
                AtWork,
                Change,
                ours,
                Some("install-monitoring rollback"),
            ),
            (
                "pending-install",
                AtWork,
                Change,
                ours,
                Some("install-monitoring uninstall"),
            ),
            (
                "pending-upgrade",
                AtWork,
                Change,
                grafana,
                Some("helm rollback prod-grafana --namespace monitoring"),
            ),
            (
                "pending-install",
                AtWork,
                Change,
                grafana,
                Some("helm uninstall prod-grafana --namespace monitoring"),
            ),
            ("pending-upgrade", AtWork, GoBack, ours, None),
            (
                "pending-rollback",
                AtWork,
                Remove,
                ours,
                Some("20 minutes after its begin"),
            ),
            ("pending-install", AtWork, Remove, ours, None),
            ("uninstalling", Leaving, Remove, ours, None),
            (
                "uninstalling",
                Leaving,
                Change,
                ours,
                Some("install-monitoring uninstall"),
            ),
            (
                "uninstalling",
                Leaving,
                GoBack,
                ours,
                Some("install-monitoring uninstall"),
            ),
            (
                "uninstalling",
                Leaving,
                Change,
                grafana,
                Some("helm uninstall prod-grafana"),
            ),
        ];
        for (status, standing, wish, release, hint) in table {
            let revision = revision(3, status, None);
            let refused = refuse(&revision, standing, wish, release, LONGEST, MEND);
            let case = format!("{status} {wish:?} {release}");
            match (refused, hint) {
                (Ok(()), None) => {}
                (Err(trouble), Some(words)) => {
                    assert_eq!(trouble.code, "release-pending", "{case}");
                    let said = trouble.hint.unwrap();
                    assert!(said.contains(words), "{case}: {said}");
                    // Whatever is typed is typed about this cluster, whichever context is current.
                    let commands = said.split('`').skip(1).step_by(2);
                    for command in commands {
                        let is_there = ["--cluster c --context ctx", "--kube-context ctx"]
                            .iter()
                            .any(|place| command.contains(place));
                        assert!(is_there, "{case}: {command}");
                    }
                    assert!(
                        release == ours || !said.contains("install-monitoring"),
                        "{case}: {said}"
                    );
                }
                (refused, hint) => panic!("{case}: {refused:?}, not {hint:?}"),
            }
        }
    }
}
