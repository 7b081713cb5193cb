//! The checksums of `Cargo.lock`.

use std::collections::BTreeMap;

use super::tree::Crate;

/// The SHA-256 of each crate's archive; `None` for those of this workspace. Cargo writes the file: one
/// `[[package]]` a crate, one `key = "value"` a line.
pub(super) fn checksums(text: &str) -> BTreeMap<Crate, Option<String>> {
    let blocks = text.split("[[package]]").skip(1);
    let read = blocks.filter_map(|block| {
        let package = Crate {
            name: value(block, "name")?,
            version: value(block, "version")?,
        };
        Some((package, value(block, "checksum")))
    });
    read.collect()
}

fn value(block: &str, key: &str) -> Option<String> {
    let start = format!("{key} = \"");
    let value = |line: &str| Some(line.strip_prefix(&start)?.strip_suffix('"')?.to_owned());
    block.lines().find_map(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crates_have_checksums_and_ours_have_none() {
        let text = "\
version = 4

[[package]]
name = \"common\"
version = \"0.1.0\"
dependencies = [
 \"jiff\",
]

[[package]]
name = \"jiff\"
version = \"0.2.46\"
source = \"registry\"
checksum = \"00ff\"
";
        let sums = checksums(text);
        let of = |name: &str, version: &str| {
            sums.get(&Crate {
                name: name.to_owned(),
                version: version.to_owned(),
            })
        };
        assert_eq!(of("common", "0.1.0"), Some(&None));
        assert_eq!(of("jiff", "0.2.46"), Some(&Some("00ff".to_owned())));
        assert_eq!(of("jiff", "1.0.0"), None);
    }
}
