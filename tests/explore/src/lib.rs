//! Exhaustive fault injection on the rotation of credentials.
//!
//! The job's own table, guards, loop and effects run here against a world in memory, and everything
//! goes wrong that can: at every boundary of every run the process dies, answers get lost, AWS
//! refuses, a second run comes in between, and people do what people do. After every effect and every
//! event of the model the invariants are checked, and every story must end well.
//!
//! [`model`] is that world, [`runner`] a run's view of it, [`faults`] and [`actors`] what goes wrong,
//! [`invariants`] what must hold all the same, [`search`] the way through all of it, and [`lies`] the
//! proof that the search finds what a broken guard does.

pub mod actors;
pub mod faults;
pub mod invariants;
pub mod lies;
pub mod model;
pub mod run;
pub mod runner;
pub mod search;
