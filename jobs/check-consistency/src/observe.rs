//! Reads the clusters: what there is, page by page, and of each object only a digest; in full only
//! what is asked for.
//!
//! Nothing is decided here about what differs. What could not be read is a
//! [`Gap`](crate::survey::Gap) and never an empty list.

mod caller;
mod census;
mod details;
mod digest;
mod gap;
mod look;
mod merge;
mod names;
mod pages;
#[cfg(test)]
mod testing;

pub use census::{Census, Collision, Key, Seen, is_never_compared};
pub use details::details;
pub use digest::{Digest, Versions};
pub use gap::{failed, not_connected};
pub use look::{FamilyLook, Looked, again, look, serves};
pub use merge::{Merged, merge};
