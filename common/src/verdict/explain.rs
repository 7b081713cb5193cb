//! What a job's command `explain CODE` shows: entries of its tables, in one form for all jobs.

use std::io::{self, Write};

use super::{Verdict, shared};
use crate::fault::Failure;
use crate::output::print;
use crate::trouble::Trouble;
use crate::yaml::did_you_mean;

/// What is said of one code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The stable word.
    pub code: &'static str,
    /// How a run ends with it, or how much it matters: `ends with 3`.
    pub weight: String,
    /// What it means, in one sentence.
    pub meaning: &'static str,
    /// What to do.
    pub remedy: &'static str,
}

/// A job's own verdicts, and after them those that any job can end with.
pub fn entries(own: &[Verdict]) -> Vec<Entry> {
    let own = own.iter().map(|it| Entry {
        code: it.code,
        weight: format!("ends with {}", it.exit.status()),
        meaning: it.meaning,
        remedy: it.remedy,
    });
    let shared = shared::ALL.iter().map(|it| Entry {
        code: it.code,
        weight: format!("ends with {}", it.status()),
        meaning: it.meaning,
        remedy: it.remedy,
    });
    own.chain(shared).collect()
}

/// Prints the entry of `code`, or all of them.
///
/// # Errors
/// When there is no such code: then `unknown`, with the code that was probably meant, or else `hint`,
/// as what to do. And when stdout cannot be written.
pub fn explain(
    code: Option<&str>,
    entries: &[Entry],
    unknown: Verdict,
    hint: &str,
) -> Result<(), Failure> {
    let chosen: Vec<_> = entries
        .iter()
        .filter(|it| code.is_none_or(|code| it.code == code))
        .collect();
    if let (Some(code), true) = (code, chosen.is_empty()) {
        return Err(no_such_code(code, entries, unknown, hint).into());
    }
    print(|out| chosen.iter().try_for_each(|it| it.render(out)))?;
    Ok(())
}

impl Entry {
    fn render(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{}  {}", self.code, self.weight)?;
        writeln!(out, "  {}\n  {}", self.meaning, self.remedy)
    }
}

fn no_such_code(code: &str, entries: &[Entry], unknown: Verdict, hint: &str) -> Trouble {
    let hint = match did_you_mean(code, entries.iter().map(|it| it.code)) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => hint.to_owned(),
    };
    Trouble {
        hint: Some(hint),
        ..unknown.because(format!("`{}` is no code of this job", code.escape_debug()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::Exit;

    const LOST: Verdict = Verdict {
        code: "lost",
        exit: Exit::Drift,
        alert: "JobFailed",
        meaning: "It is lost.",
        remedy: "look for it",
    };

    #[test]
    fn an_entry_says_how_a_run_ends_what_it_means_and_what_to_do() {
        let entries = entries(&[LOST]);
        let mut text = Vec::new();
        entries[0].render(&mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        assert_eq!(text, "lost  ends with 3\n  It is lost.\n  look for it\n");
        assert_eq!(entries.len(), 1 + shared::ALL.len());
    }

    #[test]
    fn a_slip_is_told_what_was_probably_meant() {
        let entries = entries(&[LOST]);
        let hint = |code| no_such_code(code, &entries, LOST, "list them").hint;
        assert_eq!(hint("losst").as_deref(), Some("did you mean `lost`?"));
        assert_eq!(hint("zzzzzzzzzz").as_deref(), Some("list them"));
    }
}
