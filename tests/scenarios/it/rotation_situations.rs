//! Situations that are no failure of a run: clusters in two regions, a follower, a cluster that is
//! away for a week.
// Marks what follows as test code, in which unwrapping, indexing and panics are welcome.
#![cfg(test)]

mod follower;
mod regions;
