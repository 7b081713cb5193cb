//! What identifies a finished directory of the cache.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use super::catalog::{Flavour, Module, Reports};

/// One directory of the cache: a name, a version, and a stamp of everything that went into it.
///
/// The directory's name is for people. The stamp decides whether it still is what is asked for:
/// a dependency raised without a new version of the tool makes the old build stale.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    name: &'static str,
    version: &'static str,
    stamp: String,
}

impl Entry {
    /// The file inside a directory that holds its stamp.
    pub(crate) const STAMP: &'static str = ".made-from";

    /// An entry made from `inputs`, in this order.
    pub(crate) fn new(name: &'static str, version: &'static str, inputs: &[&str]) -> Self {
        let mut digest = Sha256::new();
        for input in inputs {
            digest.update(input.len().to_be_bytes());
            digest.update(input);
        }
        Self {
            name,
            version,
            stamp: hex(&digest.finalize()),
        }
    }

    pub(super) fn of_module(module: &Module) -> Self {
        let mut inputs = vec![module.go_mod, module.go_sum];
        if let Reports::Variables(variables) = module.reports {
            inputs.extend(variables);
        }
        // A plain one adds nothing, so that what was built before there were others is still good.
        match module.flavour {
            Flavour::Plain => {}
            Flavour::Tags(tags) | Flavour::Seccomp(tags) => inputs.push(tags),
        }
        Self::new(module.name, module.version, &inputs)
    }

    /// `<name>-<version>`.
    pub(crate) fn directory(&self) -> String {
        format!("{}-{}", self.name, self.version)
    }

    pub(crate) fn stamp(&self) -> &str {
        &self.stamp
    }
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a `String` cannot fail.
        write!(text, "{byte:02x}").unwrap_or_default();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::Entry;

    #[test]
    fn the_directory_is_named_for_people_and_the_stamp_covers_every_input() {
        let entry = Entry::new("pushgateway", "1.11.1", &["ab", "c"]);
        assert_eq!(entry.directory(), "pushgateway-1.11.1");
        assert_eq!(entry.stamp().len(), 64);
        assert_eq!(
            entry.stamp(),
            Entry::new("pushgateway", "1.11.1", &["ab", "c"]).stamp()
        );
        assert_ne!(
            entry.stamp(),
            Entry::new("pushgateway", "1.11.1", &["a", "bc"]).stamp()
        );
        assert_ne!(
            entry.stamp(),
            Entry::new("pushgateway", "1.11.1", &["ab"]).stamp()
        );
    }
}
