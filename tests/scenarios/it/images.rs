//! Images: what runs with nothing but its image around it, and the files that build a release.

mod bill;
mod dockerfile;
mod empty_root;
mod release;
mod suite;
mod workflow;
