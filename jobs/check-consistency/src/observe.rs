//! Reads the clusters: what there is, page by page, and of each object only a digest; in full only
//! what is asked for.

pub mod census;
pub mod digest;
mod names;
