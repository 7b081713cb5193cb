//! Dashboards as upstream publishes them, in small.

mod bundle;
mod generation;
#[cfg(test)]
mod tests;

pub use bundle::{Panel, board, bundle};
pub use generation::{Change, Generation, HISTORY, generation};
