//! The table against the sources of this crate.

use std::collections::BTreeSet;
use std::path::Path;

use super::*;

/// Every string in the `fn code(&self)` of a fault, file by file.
fn codes_below(directory: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.ends_with("verdict") {
            // This module speaks of such functions and has none.
        } else if path.is_dir() {
            codes_below(&path, found);
        } else if path.extension().is_some_and(|it| it == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            for body in text.split("fn code(&self) -> &'static str {").skip(1) {
                let body = body.split("\n    }").next().unwrap();
                let strings = body.split('"').skip(1).step_by(2);
                found.extend(strings.map(str::to_owned));
            }
        }
    }
}

#[test]
fn every_code_of_a_fault_in_this_crate_is_in_the_table_and_no_other() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = BTreeSet::new();
    codes_below(&source, &mut found);
    assert!(found.contains("aws-denied"), "{found:?}");
    // These are no faults: how a run can end all the same.
    let endings = [
        "interrupted",
        "deadline",
        "panic",
        "usage",
        "runtime",
        "lease-held",
    ];
    let mut source = String::new();
    for file in ["process.rs", "process/usage.rs"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(file);
        source.push_str(&std::fs::read_to_string(path).unwrap());
    }
    for ending in endings {
        // A held Lease is told by the jobs that take one.
        let literal = format!("\"{ending}\"");
        assert!(
            ending == "lease-held" || source.contains(&literal),
            "{ending}"
        );
        found.insert(ending.to_owned());
    }
    let table: BTreeSet<_> = ALL.iter().map(|it| it.code.to_owned()).collect();
    assert_eq!(table, found);
    assert_eq!(table.len(), ALL.len(), "a code stands there twice");
}

#[test]
fn everything_is_said() {
    for shared in ALL {
        assert!(shared.meaning.ends_with('.'), "{}", shared.code);
        assert!(!shared.remedy.ends_with('.'), "{}", shared.code);
        assert_eq!(find(shared.code), Some(*shared));
    }
}

#[test]
fn the_status_is_that_of_the_fault() {
    use crate::aws::SetUpError;
    use crate::cluster::ConnectError;
    use crate::fault::Fault;

    let faults: [&dyn Fault; 3] = [
        &SetUpError::NoRegion,
        &ConnectError::NotInCluster,
        &ConnectError::Merge,
    ];
    for fault in faults {
        let shared = find(fault.code()).unwrap();
        assert_eq!(shared.exit, Some(fault.exit()), "{}", shared.code);
    }
    assert_eq!(find("panic").unwrap().status(), 101);
}
