//! `explain`: what a code means and what to do about it.

use common::exit::Exit;
use common::fault::Failure;
use common::output::print;
use common::report::Conclusion;
use common::trouble::Trouble;
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
    let verdicts: Vec<_> = verdict::ALL.iter().filter(|it| chosen(it.code)).collect();
    let findings: Vec<_> = codes::ALL.iter().filter(|it| chosen(it.code)).collect();
    if let (Some(code), true, true) = (&args.code, verdicts.is_empty(), findings.is_empty()) {
        let known = verdict::ALL.iter().map(|it| it.code);
        let known = known.chain(codes::ALL.iter().map(|it| it.code));
        let hint = match did_you_mean(code, known) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => "`explain` alone lists all of them".to_owned(),
        };
        return Err(Trouble {
            exit: Exit::Config,
            code: "no-such-code",
            text: format!("`{}` is no code of this job", code.escape_debug()),
            hint: Some(hint),
        }
        .into());
    }
    print(|out| {
        for it in verdicts {
            writeln!(out, "{}  ends with {}", it.code, it.exit.status())?;
            writeln!(out, "  {}\n  {}", it.meaning, it.remedy)?;
        }
        for it in findings {
            writeln!(out, "{}  {} of a check", it.code, it.level.word())?;
            writeln!(out, "  {}\n  {}", it.meaning, it.remedy)?;
        }
        Ok(())
    })?;
    Ok(Conclusion::done(0))
}
