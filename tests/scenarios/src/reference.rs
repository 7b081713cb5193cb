//! Reference vectors: tables that were recorded from the programs which this suite must agree with.
//!
//! They are kept beside the checkout, not in it, so a test that wants them also brings a small
//! table of its own.

use std::io::Write as _;
use std::path::{Path, PathBuf};

/// The folder of the vectors, beside the checkout.
const FOLDER: &str = "shared/reference";

/// The vector file `name`; `None` when it is not there, which is said on stderr.
pub fn file(name: &str) -> Option<PathBuf> {
    let file = beside_checkout()?.join(FOLDER).join(name);
    if file.is_file() {
        return Some(file);
    }
    // Not `eprintln!`: the test harness would swallow it.
    let notice = format!(
        "SKIPPED: reference vectors {name}: there is no {}\n",
        file.display()
    );
    std::io::stderr()
        .write_all(notice.as_bytes())
        .unwrap_or_default();
    None
}

fn beside_checkout() -> Option<&'static Path> {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(3)
}

#[cfg(test)]
mod tests {
    use super::{beside_checkout, file};

    #[test]
    fn the_vectors_are_looked_for_beside_the_checkout() {
        let checkout = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let beside = checkout
            .canonicalize()
            .unwrap()
            .parent()
            .unwrap()
            .to_owned();
        assert_eq!(beside_checkout().unwrap().canonicalize().unwrap(), beside);
    }

    #[test]
    fn a_file_that_is_not_there_is_none() {
        assert_eq!(file("no-such-file.tsv"), None);
    }
}
