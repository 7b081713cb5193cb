//! What Helm says: all of it where that is what was asked for, and of a failure the end.

use std::fs::File;
use std::io::{self, Read as _, Seek as _};
use std::process::{ExitStatus, Stdio};

/// Of what Helm says when it fails, so many characters are shown: the end.
const SHOWN_CHARACTERS: usize = 2000;

/// What a program says, kept in a file that has no name.
#[derive(Debug)]
pub(super) struct Said(File);

impl Said {
    /// Nothing yet.
    pub(super) fn new() -> io::Result<Self> {
        tempfile::tempfile().map(Self)
    }

    /// Where the program writes to.
    pub(super) fn end(&self) -> io::Result<Stdio> {
        self.0.try_clone().map(Stdio::from)
    }

    /// All of it.
    pub(super) fn text(mut self) -> io::Result<String> {
        self.0.rewind()?;
        let mut bytes = Vec::new();
        self.0.read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

/// Why it failed: in its own words, and by how it ended where they do not tell.
pub(super) fn why(status: ExitStatus, said: String) -> String {
    if said.is_empty() {
        status.to_string()
    } else if status.code().is_none() {
        // Killed, it says nothing of that.
        format!("{status}; {said}")
    } else {
        said
    }
}

/// The end of what it said, in one line.
pub(super) fn shortened(said: &str) -> String {
    let lines: Vec<&str> = said.lines().map(str::trim).collect();
    // What it logs before its error says the same.
    let error = lines.iter().position(|line| line.starts_with("Error: "));
    let lines = lines.into_iter().skip(error.unwrap_or(0));
    let lines = lines.filter(|line| !line.is_empty());
    let text = lines.collect::<Vec<_>>().join("; ");
    let text = text.trim_start_matches("Error: ");
    let characters = text.chars().count();
    if characters <= SHOWN_CHARACTERS {
        return text.to_owned();
    }
    let end: String = text.chars().skip(characters - SHOWN_CHARACTERS).collect();
    format!("…{end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_without_words_is_told_by_its_status() {
        use std::os::unix::process::ExitStatusExt as _;
        let (one, killed) = (ExitStatus::from_raw(1 << 8), ExitStatus::from_raw(9));
        assert_eq!(why(one, "timed out".to_owned()), "timed out");
        assert_eq!(why(one, String::new()), "exit status: 1");
        assert_eq!(why(killed, String::new()), "signal: 9 (SIGKILL)");
        assert_eq!(
            why(killed, "timed out".to_owned()),
            "signal: 9 (SIGKILL); timed out"
        );
    }

    #[test]
    fn what_helm_says_is_one_line_and_of_much_the_end() {
        assert_eq!(
            shortened("level=WARN msg=\"failed\"\nError: UPGRADE FAILED:\n\n  timed out\n"),
            "UPGRADE FAILED:; timed out"
        );
        let long = format!("{}end", "é".repeat(3000));
        let short = shortened(&long);
        assert!(short.starts_with("…é") && short.ends_with("éend"));
        assert_eq!(short.chars().count(), SHOWN_CHARACTERS + 1);
    }
}
