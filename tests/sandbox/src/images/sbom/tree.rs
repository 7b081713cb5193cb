//! What `cargo tree` prints.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use anyhow::{Context as _, Result};

/// A crate by name and version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Crate {
    pub(super) name: String,
    pub(super) version: String,
}

impl Crate {
    /// Its name in the world of all packages.
    pub(super) fn purl(&self) -> String {
        // A plus sign in a version stands for itself in a URL's path, but readers of queries see a space.
        format!(
            "pkg:cargo/{}@{}",
            self.name,
            self.version.replace('+', "%2B")
        )
    }
}

impl fmt::Display for Crate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.version)
    }
}

/// Crates, their licences, and which needs which.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub(super) licences: BTreeMap<Crate, String>,
    pub(super) needs: BTreeMap<Crate, BTreeSet<Crate>>,
}

/// Reads lines of `DEPTH⇥NAME vVERSION …⇥LICENCE`, where `(*)` may stand at the end.
///
/// # Errors
/// When a line is not like that.
pub(super) fn read(text: &str) -> Result<Tree> {
    let mut tree = Tree::default();
    let mut above: Vec<Crate> = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty()) {
        let (depth, package, licence) =
            parse(line).with_context(|| format!("cargo tree printed `{line}`"))?;
        above.truncate(depth);
        if let Some(parent) = above.last() {
            let needed = tree.needs.entry(parent.clone()).or_default();
            needed.insert(package.clone());
        }
        tree.licences.insert(package.clone(), licence.to_owned());
        above.push(package);
    }
    Ok(tree)
}

fn parse(line: &str) -> Option<(usize, Crate, &str)> {
    let mut fields = line.split('\t');
    let depth = fields.next()?.parse().ok()?;
    let mut words = fields.next()?.split(' ');
    let name = words.next()?.to_owned();
    let version = words.next()?.strip_prefix('v')?.to_owned();
    let licence = fields.next()?.trim_end_matches(" (*)");
    Some((depth, Crate { name, version }, licence))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_says_who_needs_whom() {
        let text = "\
0\tapp v0.1.0 (/src/app)\tApache-2.0
1\tjiff v0.2.46\tUnlicense OR MIT
2\tserde v1.0.229\tMIT OR Apache-2.0
3\tserde_derive v1.0.229 (proc-macro)\tMIT OR Apache-2.0
1\tserde v1.0.229\tMIT OR Apache-2.0 (*)

0\tother v0.1.0 (/src/other)\tApache-2.0
1\tserde v1.0.229\tMIT OR Apache-2.0 (*)
";
        let tree = read(text).unwrap();
        let named: Vec<String> = tree.licences.keys().map(|it| it.name.clone()).collect();
        assert_eq!(named, ["app", "jiff", "other", "serde", "serde_derive"]);
        let needs: Vec<String> = tree
            .needs
            .iter()
            .map(|(package, needed)| {
                let needed: Vec<&str> = needed.iter().map(|it| it.name.as_str()).collect();
                format!("{}: {}", package.name, needed.join(" "))
            })
            .collect();
        let expected = [
            "app: jiff serde",
            "jiff: serde",
            "other: serde",
            "serde: serde_derive",
        ];
        assert_eq!(needs, expected);
        assert!(tree.licences.values().all(|licence| !licence.contains('*')));
    }

    #[test]
    fn another_format_is_refused() {
        let error = read("app v0.1.0\n").unwrap_err().to_string();
        assert_eq!(error, "cargo tree printed `app v0.1.0`");
    }
}
