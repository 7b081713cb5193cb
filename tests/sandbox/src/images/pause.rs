//! The program that holds a pod's namespaces open.

use anyhow::Result;

use super::{File, small};

/// The kernel delivers to the first process of a namespace only signals that it handles, so that the
/// runtime's SIGKILL ends it; parking costs nothing.
const SOURCE: &str = "fn main() { loop { std::thread::park(); } }\n";

/// The program at `/bin/pause`.
pub(super) async fn program() -> Result<File> {
    small::program("pause", SOURCE).await
}
