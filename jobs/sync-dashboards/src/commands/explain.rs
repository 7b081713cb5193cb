//! `explain`: what a code means and what to do about it.

use common::fault::Failure;
use common::report::Conclusion;
use common::verdict::explain::{self, Entry};

use crate::cli::ExplainArgs;
use crate::validate::codes;
use crate::verdict;

/// Prints one entry of the tables, or all.
///
/// # Errors
/// When there is no such code, or stdout cannot be written.
pub fn explain(args: &ExplainArgs) -> Result<Conclusion, Failure> {
    let mut entries = explain::entries(verdict::ALL);
    entries.extend(findings());
    let hint = "`explain` alone lists all of them";
    explain::explain(args.code.as_deref(), &entries, verdict::NO_SUCH_CODE, hint)?;
    Ok(Conclusion::done(0))
}

/// What checks find.
fn findings() -> impl Iterator<Item = Entry> {
    codes::ALL.iter().map(|it| Entry {
        code: it.code,
        weight: format!("{} of a check", it.level.word()),
        meaning: it.meaning,
        remedy: it.remedy,
    })
}
