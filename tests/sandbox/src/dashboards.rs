//! Dashboards as upstream publishes them, in small, and a stage for the job that syncs them: an
//! upstream, two real API servers with exactly the job's rights, and a way to put them far away.

mod bundle;
mod delay;
mod generation;
mod stage;
#[cfg(test)]
mod tests;

pub use bundle::{Panel, board, bundle};
pub use delay::Delay;
pub use generation::{Change, Generation, HISTORY, generation};
pub use stage::{GROUP, NAMESPACE, PATH, Stage, USER};
