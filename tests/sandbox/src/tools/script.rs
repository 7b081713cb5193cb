//! Small programs that tests put in the place of real ones.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Writes an executable shell script.
///
/// Another process does the writing: a file that this one has open for writing may be inherited by
/// whatever a test beside this one is just starting, and cannot be executed until that has closed
/// it ("text file busy").
pub(crate) fn program(directory: &Path, name: &str, script: &str) -> PathBuf {
    let path = directory.join(name);
    let mut shell = Command::new("/bin/sh")
        .args(["-c", "cat >\"$0\" && chmod 755 \"$0\""])
        .arg(&path)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let text = format!("#!/bin/sh\n{script}\n");
    shell
        .stdin
        .take()
        .unwrap()
        .write_all(text.as_bytes())
        .unwrap();
    assert!(shell.wait().unwrap().success());
    path
}
