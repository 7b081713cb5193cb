//! The table: row numbers and facts as the reference states them, and the function that decides.
//!
//! Row 31 stands first here, because a pair that exists in memory alone is stored before anything
//! else is thought of. Row 30 stands before 28: an announcement is taken back before a foreign key
//! ends the run, or that key would look like our own lost one later. Row 1 stands after 4, which a
//! held rotation may do. Rows 0 and 2 are decided before the table is reached, as far as they are
//! about what could not be read.

use super::{Decision, rows};
use crate::facts::Facts;

/// One row.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// Its number in the reference.
    pub number: &'static str,
    /// When it matches.
    pub facts: &'static str,
    /// What it does then.
    pub effect: &'static str,
    pub(super) decide: fn(&Facts<'_>) -> Option<Decision>,
}

const fn row(
    number: &'static str,
    facts: &'static str,
    effect: &'static str,
    decide: fn(&Facts<'_>) -> Option<Decision>,
) -> Row {
    Row {
        number,
        facts,
        effect,
        decide,
    }
}

/// Every row. The first that matches decides.
#[rustfmt::skip]
pub const TABLE: &[Row] = &[
    row("31", "a created pair is in memory", "store it as AWSPENDING; refused: mark the key orphan", rows::create::store),
    row("2", "our clock is wrong", "stop", rows::refuse::skew),
    row("4a", "an inactive key marked `inactive` is in use", "mark it soaking", rows::repair::mark),
    row("4b", "an inactive key marked `soaking` is in use", "activate it", rows::repair::activate),
    row("1", "a person holds the rotation, or another run has the Lease", "rest", rows::refuse::held),
    row("3", "AWSPENDING on the current version or pair", "remove the label", rows::pending::leftover),
    row("5", "the current key is gone, and we did not do it", "look twice, try its login: emergency", rows::emergency::confirm),
    row("6", "emergency, no pending pair, an earlier key of ours works", "move AWSCURRENT back to it", rows::emergency::restore),
    row("7", "somebody moved the secret back", "stop until `resume`", rows::refuse::rolled_back),
    row("8", "AWSPENDING is not ours or has no value", "stop", rows::refuse::foreign_pending),
    row("9", "the pending key is gone", "remove the label", rows::pending::key_gone),
    row("10", "the pending key is inactive", "stop", rows::refuse::pending_disabled),
    row("11", "the pending key replaces another than the current one", "remove the label", rows::pending::superseded),
    row("12", "the pending key has no mark", "mark it new", rows::pending::mark),
    row("13", "the secret was edited since the pair was stored", "store it again on the new text", rows::pending::rebase),
    row("14", "the pending pair is complete", "try it, then make it AWSCURRENT", rows::pending::promote),
    row("15", "the current key is marked as anything but live", "mark it live", rows::roll::mark_live),
    row("16", "a cluster has another login", "write the current one", rows::roll::write),
    row("17", "a cluster was written and is not proven", "wait for it, 10 minutes at most", rows::roll::wait),
    row("18", "a cluster is unreachable or unproven", "stop; nothing is deactivated", rows::roll::incomplete),
    row("19", "all proven, the old key is active and not marked as soaking", "mark it soaking", rows::retire::begin_soak),
    row("20", "a key of ours never became current", "mark it abandoned", rows::retire::abandon),
    row("21", "the old key was used during the soak", "begin the soak anew", rows::retire::still_used),
    row("22", "the soak is over", "deactivate the old key", rows::retire::deactivate),
    row("23", "a key of ours is inactive and not marked so", "mark it inactive", rows::retire::mark_inactive),
    row("24", "a key is ours by all evidence and its secret is lost", "mark it orphan, then deactivate it", rows::orphan::quarantine),
    row("25", "somebody activated a key that we deactivated", "stop until `resume`", rows::retire::reactivated),
    row("26", "the grace is over", "delete the key", rows::retire::delete),
    row("27", "marks without key, announcements without key", "remove them", rows::retire::clean_up),
    row("30", "this run has announced a key", "create it", rows::create::create),
    row("28", "a foreign key, and a rotation is due", "stop", rows::create::foreign),
    row("29", "a rotation is due and nothing stands in its way", "announce it", rows::create::announce),
    row("32", "nothing else", "rest", rows::settled),
];
