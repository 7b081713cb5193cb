//! What the monitoring of a cluster lacks: what should be there is a value ([`Installation`]), what is
//! there is read by [`crate::seen`], and pure functions hold one against the other.
//!
//! | module | holds |
//! | --- | --- |
//! | [`installation`] | what should be there, from the chart or from the cluster itself |
//! | [`report`] | what was found, as text and as JSON, and the exit status |
//! | `examine` | all checks of one cluster, in order |
//! | one module a check | `(expected, seen) -> Check` |
//! | [`test_mail`] | a mail through each Alertmanager |

mod alertmanagers;
mod examine;
mod gateway;
pub mod installation;
mod jobs;
mod mail;
mod monitors;
mod objects;
mod operator;
mod release;
pub mod report;
mod rights;
mod rotation;
mod rules;
pub mod selection;
pub mod test_mail;

pub use examine::{View, examine};
pub use installation::Installation;
pub use mail::CANARY_ATTEMPTS;
pub use release::Release;
pub use report::{Area, Check, Finding, Report, Severity};
pub use rotation::KEY_OLD;
