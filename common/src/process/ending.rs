//! The last words of a run: log line, error text, termination message, exit status.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::PANIC_STATUS;
use crate::env::Env;
use crate::report::{Identity, Mode, Problem, RunRecord, termination_message};
use crate::telemetry::LogFormat;

/// Where the kubelet looks for a container's termination message by default.
const DEFAULT_TERMINATION_LOG: &str = "/dev/termination-log";

/// Knows where and how to say how a run ended.
pub(super) struct Ending {
    identity: Identity,
    format: LogFormat,
    termination_log: TerminationLog,
}

enum TerminationLog {
    /// Named by `TERMINATION_LOG`: created if need be, and a failure is worth a warning.
    Named(PathBuf),
    /// The kubelet's default: written only where the kubelet has put it.
    Default,
}

impl Ending {
    /// `format` is a decided one.
    pub(super) fn new(format: LogFormat, identity: &Identity, env: &Env) -> Self {
        let termination_log = env
            .get("TERMINATION_LOG")
            .map_or(TerminationLog::Default, |path| {
                TerminationLog::Named(path.into())
            });
        Self {
            identity: identity.clone(),
            format,
            termination_log,
        }
    }

    /// Says it all and gives the status to end with. The closing line is the last one of the log.
    pub(super) fn finish(&self, record: &RunRecord) -> ExitCode {
        self.leave_message(record);
        self.log(record);
        if let Some(problem) = &record.conclusion.problem
            && self.format == LogFormat::Text
            && record.status != PANIC_STATUS
        {
            // A closed stderr leaves nobody to tell.
            write_problem(&mut anstream::stderr(), problem).unwrap_or_default();
        }
        ExitCode::from(record.status)
    }

    /// Leaves the termination message alone, in place of an earlier one; a failure is a warning.
    pub(super) fn leave_message(&self, record: &RunRecord) {
        let message = termination_message(&self.identity, record);
        let written = match &self.termination_log {
            TerminationLog::Named(path) => OpenOptions::new()
                .create(true)
                .write(true)
                .truncate(true)
                .open(path),
            TerminationLog::Default => OpenOptions::new()
                .write(true)
                .truncate(true)
                .open(Path::new(DEFAULT_TERMINATION_LOG)),
        }
        .and_then(|mut file| file.write_all(message.as_bytes()));
        if let (TerminationLog::Named(path), Err(error)) = (&self.termination_log, written) {
            tracing::warn!(
                "termination message not written to {}: {error}",
                path.display()
            );
        }
    }

    fn log(&self, record: &RunRecord) {
        let conclusion = &record.conclusion;
        let outcome = conclusion.outcome.word();
        let (code, duration_ms, changes) =
            (record.status, record.duration_ms(), conclusion.changes);
        // On a terminal the error text below says it better, and a plan needs no closing line.
        let for_people = self.format == LogFormat::Text;
        match &conclusion.problem {
            Some(Problem {
                code: fault,
                error,
                hint,
            }) if !for_people => tracing::error!(
                outcome,
                code,
                duration_ms,
                changes,
                fault = fault.as_str(),
                error = error.as_str(),
                hint = hint.as_deref().unwrap_or_default(),
                "run finished"
            ),
            _ if for_people && self.identity.mode == Mode::Plan => {
                tracing::debug!(outcome, code, duration_ms, changes, "run finished");
            }
            _ => tracing::info!(outcome, code, duration_ms, changes, "run finished"),
        }
    }
}

fn write_problem(out: &mut impl std::io::Write, problem: &Problem) -> std::io::Result<()> {
    writeln!(out, "error: {}", problem.error)?;
    if let Some(hint) = &problem.hint {
        writeln!(out, "\nhint: {hint}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_followed_by_what_to_do() {
        let mut out = Vec::new();
        let problem = Problem {
            code: "aws-denied".into(),
            error: "cloudwatch ListMetrics: AccessDenied".into(),
            hint: Some("allow it".into()),
        };
        write_problem(&mut out, &problem).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "error: cloudwatch ListMetrics: AccessDenied\n\nhint: allow it\n"
        );
    }
}
