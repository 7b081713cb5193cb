//! The key behind the mail: how old it is, and whether its rotation goes on.

use jiff::{SignedDuration, Timestamp};

use super::report::{Area, Check, Finding};
use crate::mend::Mend;
use crate::screen;
use crate::seen::pushgateway::{Group, Rotation, rotation};
use crate::seen::{CREDENTIALS_NAMESPACE, Seen};

/// The age from which on a key should have been rotated, as the alert `EmailCredentialOld` has it.
pub const KEY_OLD: SignedDuration = SignedDuration::from_hours(45 * 24);

/// As the alert `EmailCredentialAboutToBeDeleted` has it.
const LAST_CALL: SignedDuration = SignedDuration::from_hours(55 * 24);

const TITLE: &str = "access key behind the mail";

/// Judges what the rotation has pushed. Only the cluster whose rotation may write knows the key's age.
pub(super) fn judge(groups: &Seen<Vec<Group>>, now: Timestamp, mend: Mend<'_>) -> Check {
    let groups = match groups {
        Ok(groups) => groups,
        Err(why) => return Check::unseen(Area::Key, TITLE, why),
    };
    let Rotation { key_created, phase } = rotation(groups);
    let age = key_created.map(|at| now.duration_since(at));
    let mut findings = Vec::new();
    let run = || mend.run(CREDENTIALS_NAMESPACE, "rotate-credentials");
    match age {
        Some(age) if age > LAST_CALL => {
            let text = format!(
                "it is {} old, and the company's watcher deletes old keys: mail stops with it",
                screen::about(age)
            );
            findings.push(Finding::wrong(TITLE, text, run()));
        }
        Some(age) if age > KEY_OLD => {
            let text = format!("it is {} old, and is rotated at 40 d", screen::about(age));
            findings.push(Finding::warning(TITLE, text, run()));
        }
        Some(_) | None => {}
    }
    if phase.as_deref() == Some("blocked") {
        let plan = mend.run(CREDENTIALS_NAMESPACE, "rotate-credentials-plan");
        let text = "the rotation is blocked and waits for a person";
        findings.push(Finding::wrong("rotation of the mail's key", text, plan));
    }
    let age = match age {
        Some(age) => format!("{} old", screen::span(age)),
        None => "age is not told in this cluster".to_owned(),
    };
    let phase = phase.map_or_else(String::new, |phase| format!(", phase {phase}"));
    Check {
        area: Area::Key,
        well: format!("{age}{phase}"),
        details: Vec::new(),
        findings,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::report::Severity;

    const MEND: Mend<'_> = Mend::of("c");

    #[test]
    fn an_old_key_warns_and_one_that_will_be_deleted_is_wrong() {
        let now: Timestamp = "2026-11-29T12:00:00Z".parse().unwrap();
        let check = |days: i64, phase| {
            let created = now - SignedDuration::from_hours(days * 24);
            judge(
                &Ok(vec![Group::sample_of_rotation(created, phase)]),
                now,
                MEND,
            )
        };
        assert_eq!(check(41, "idle").well, "41 d old, phase idle");
        assert_eq!(check(41, "soak").worst(), None);
        assert_eq!(check(46, "soak").worst(), Some(Severity::Warning));
        assert_eq!(check(56, "soak").worst(), Some(Severity::Wrong));
        assert_eq!(check(1, "blocked").worst(), Some(Severity::Wrong));
        let follower = judge(&Ok(vec![]), now, MEND);
        assert_eq!(follower.findings, []);
        assert_eq!(follower.well, "age is not told in this cluster");
    }
}
