//! `explain`: what a code means and what to do about it.

use common::fault::Failure;
use common::output::print;
use common::report::Conclusion;
use common::trouble::Trouble;
use common::verdict::shared;
use common::yaml::did_you_mean;

use crate::cli::ExplainArgs;
use crate::validate::codes;
use crate::verdict;

/// Prints one entry of the tables, or all.
///
/// # Errors
/// When there is no such code, or stdout cannot be written.
pub fn explain(args: &ExplainArgs) -> Result<Conclusion, Failure> {
    let chosen = |code: &str| args.code.as_deref().is_none_or(|asked| asked == code);
    let entries: Vec<_> = entries().filter(|it| chosen(it.code)).collect();
    if let (Some(code), true) = (&args.code, entries.is_empty()) {
        let known = self::entries().map(|it| it.code);
        let hint = match did_you_mean(code, known) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => "`explain` alone lists all of them".to_owned(),
        };
        let text = format!("`{}` is no code of this job", code.escape_debug());
        return Err(Trouble {
            hint: Some(hint),
            ..verdict::NO_SUCH_CODE.because(text)
        }
        .into());
    }
    print(|out| {
        for it in entries {
            writeln!(out, "{}  {}", it.code, it.weight)?;
            writeln!(out, "  {}\n  {}", it.meaning, it.remedy)?;
        }
        Ok(())
    })?;
    Ok(Conclusion::done(0))
}

/// What is said of one code.
struct Entry {
    code: &'static str,
    /// How a run ends with it, or how much it matters.
    weight: String,
    meaning: &'static str,
    remedy: &'static str,
}

/// This job's own verdicts, those that any job can end with, and what checks find.
fn entries() -> impl Iterator<Item = Entry> {
    let own = verdict::ALL.iter().map(|it| Entry {
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
    let findings = codes::ALL.iter().map(|it| Entry {
        code: it.code,
        weight: format!("{} of a check", it.level.word()),
        meaning: it.meaning,
        remedy: it.remedy,
    });
    own.chain(shared).chain(findings)
}
