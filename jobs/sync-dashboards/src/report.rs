//! What people and programs are shown of a run.

pub mod conclusion;
pub mod document;
pub mod metrics;
pub mod text;

use crate::desired::Desired;
use crate::sync::Ended;

/// Everything that a report is made of.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// The command, such as `plan`.
    pub command: &'static str,
    /// The wanted set.
    pub desired: &'a Desired,
    /// Where the bytes came from, for people.
    pub origin: &'a str,
    /// What became of each target.
    pub targets: &'a [Ended],
    /// How far the watched branch is ahead.
    pub behind: Option<&'a Behind>,
}

/// What a look at the watched branch or tag has shown.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Behind {
    /// Which branch or tag.
    pub reference: String,
    /// How many dashboards there are not as the pin has them; absent when that could not be seen.
    pub dashboards: Option<usize>,
    /// Why it could not be seen.
    pub trouble: Option<String>,
}
