//! Keeps account of what a subject has shown, so that no row is claimed and left out.

use std::fmt;

use scenarios::job::Finished;

use super::table::{Ending, ROWS, Row, Subject};

/// What has been shown of a subject's rows.
#[derive(Debug)]
pub(super) struct Shown {
    subject: Subject,
    endings: Vec<(u8, Ending)>,
}

impl Shown {
    /// Nothing yet.
    pub(super) fn of(subject: Subject) -> Self {
        Self {
            subject,
            endings: Vec::new(),
        }
    }

    /// Fails unless `run` ended with this class as the row says, and said so in these words. A run
    /// that did what it should is asked for its words on stdout.
    #[track_caller]
    pub(super) fn expect(&mut self, number: u8, run: &Finished, class: &str, words: &str) {
        let seen = Seen(run);
        let row = ROWS.iter().find(|row| row.number == number);
        let row = row.expect("a row of the table");
        assert_eq!(row.subject, self.subject, "row {number} belongs elsewhere");
        let ending = row.endings.iter().find(|ending| {
            ending.class == class && ending.exit == run.status && run.termination["class"] == class
        });
        let ending = ending.unwrap_or_else(|| panic!("row {number} is not {class}: {seen}"));
        let code = run.termination["code"].as_i64();
        assert_eq!(code, Some(run.status.into()), "row {number}: {seen}");
        let said = if ending.exit == 0 {
            run.stdout.as_str()
        } else {
            run.termination["error"].as_str().unwrap_or_default()
        };
        assert!(said.contains(words), "row {number} lacks `{words}`: {seen}");
        if ending.exit != 0 {
            // Each mistake of a file has a hint of its own.
            let hint = run.termination["hint"].as_str().unwrap_or_default();
            let hinted = !hint.is_empty() || said.contains("\nhint: ");
            assert!(hinted, "row {number} says not what to do: {seen}");
        }
        self.endings.push((number, *ending));
    }

    /// Fails unless every ending of every row of the subject was shown.
    #[track_caller]
    pub(super) fn complete(&self) {
        let claimed = ROWS.iter().filter(|row| row.subject == self.subject);
        let each = |row: &'static Row| row.endings.iter().map(|ending| (row.number, *ending));
        let missing: Vec<_> = claimed
            .flat_map(each)
            .filter(|ending| !self.endings.contains(ending))
            .collect();
        assert!(missing.is_empty(), "not shown: {missing:?}");
    }
}

/// A run for a person who has to find out why it did not end as expected.
struct Seen<'r>(&'r Finished);

impl fmt::Display for Seen<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let run = self.0;
        let (status, message) = (run.status, &run.termination_text);
        write!(
            f,
            "{status} {message}\n{}\n{}",
            run.stdout.trim_end(),
            run.stderr.trim_end()
        )
    }
}
