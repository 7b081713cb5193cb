//! How much memory a process and all that it started hold.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context as _, Result};

/// Bytes of resident memory of all descendants of `ancestor`, pages that several share counted for
/// each, and the number of those processes.
pub(super) fn of_descendants(ancestor: i32) -> Result<(u64, usize)> {
    let mut children: BTreeMap<i32, Vec<i32>> = BTreeMap::new();
    let processes = fs::read_dir("/proc").context("listing processes")?;
    for process in processes {
        let name = process.context("listing processes")?.file_name();
        let Some(id) = name.to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        // One that has ended meanwhile holds nothing.
        if let Some(parent) = parent(id) {
            children.entry(parent).or_default().push(id);
        }
    }
    let (mut bytes, mut number) = (0, 0);
    let mut left = children.remove(&ancestor).unwrap_or_default();
    while let Some(id) = left.pop() {
        bytes += resident(id).unwrap_or_default();
        number += 1;
        left.extend(children.remove(&id).unwrap_or_default());
    }
    Ok((bytes, number))
}

/// The fourth field of `stat`; the second is a name in parentheses that may hold anything.
fn parent(id: i32) -> Option<i32> {
    let text = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let (_, rest) = text.rsplit_once(')')?;
    rest.split_whitespace().nth(1)?.parse().ok()
}

/// The kernel counts in units of 1024 bytes.
fn resident(id: i32) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().trim_end_matches("kB").trim_end().parse().ok()?;
    Some(kibibytes * 1024)
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::of_descendants;

    #[test]
    fn a_child_of_a_child_counts_and_a_stranger_does_not() {
        let mut shell = Command::new("/bin/sh")
            .args(["-c", "sleep 60 & echo up; read end; kill $!"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut up = String::new();
        let mut printed = std::io::BufReader::new(shell.stdout.take().unwrap());
        std::io::BufRead::read_line(&mut printed, &mut up).unwrap();
        let id = i32::try_from(shell.id()).unwrap();
        let (bytes, number) = of_descendants(id).unwrap();
        assert_eq!(number, 1);
        assert!(bytes > 0);
        drop(shell.stdin.take());
        shell.wait().unwrap();
    }
}
