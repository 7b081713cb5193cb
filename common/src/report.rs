//! One record of a run, and its views: exit status, termination message, log line, metrics.

mod state;
mod termination;

use jiff::Timestamp;

use crate::exit::Exit;
use crate::fault::Failure;

pub use state::{Timetable, finish_families, start_families};
pub use termination::termination_message;

/// What a run came to, as one word of a closed list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The work was done.
    Ok,
    /// There was nothing to do.
    Noop,
    /// Not done, and as it should be: a later run goes on.
    InProgress,
    /// Another run holds the Lease.
    SkippedLocked,
    /// Not done.
    Failed,
    /// A signal came first.
    Interrupted,
    /// The inner deadline came first.
    Deadline,
}

impl Outcome {
    /// The closed list, in the order in which it is pushed.
    pub const ALL: [Self; 7] = [
        Self::Ok,
        Self::Noop,
        Self::InProgress,
        Self::SkippedLocked,
        Self::Failed,
        Self::Interrupted,
        Self::Deadline,
    ];

    /// The word in logs, reports and the metric label.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Noop => "noop",
            Self::InProgress => "in_progress",
            Self::SkippedLocked => "skipped_locked",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
            Self::Deadline => "deadline",
        }
    }
}

/// What went wrong and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Stable kebab-case word.
    pub code: String,
    /// The error chain in one line.
    pub error: String,
    /// One imperative sentence.
    pub hint: Option<String>,
}

/// How a run ended. Whoever returns one has already decided what the whole run amounts to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conclusion {
    /// The exit status.
    pub exit: Exit,
    /// The word for it.
    pub outcome: Outcome,
    /// Present whenever `exit` is not 0.
    pub problem: Option<Problem>,
    /// How many effects the run had: groups written, objects changed.
    pub changes: u64,
    /// Whether pushed metrics were delivered and read back; `None` when nothing was to be pushed.
    pub pushed: Option<bool>,
}

impl Conclusion {
    /// The work was done with so many effects.
    pub fn done(changes: u64) -> Self {
        Self {
            exit: Exit::Done,
            outcome: Outcome::Ok,
            problem: None,
            changes,
            pushed: None,
        }
    }

    /// The run failed with this problem.
    pub fn failed(exit: Exit, problem: Problem) -> Self {
        Self {
            exit,
            outcome: Outcome::Failed,
            problem: Some(problem),
            changes: 0,
            pushed: None,
        }
    }
}

impl From<Failure> for Conclusion {
    fn from(failure: Failure) -> Self {
        let fault = failure.fault();
        let problem = Problem {
            code: fault.code().to_owned(),
            error: failure.chain(),
            hint: fault.hint(),
        };
        Self::failed(fault.exit(), problem)
    }
}

/// Whether the command writes to the world or only shows what it would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Writes.
    Run,
    /// Reads and shows.
    Plan,
}

impl Mode {
    /// The word in logs and in `monitoring_job_info`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Plan => "plan",
        }
    }
}

/// Who runs: the same for every log line and every view of a run.
#[derive(Debug, Clone)]
pub struct Identity {
    /// Name of the binary, which is also the job label of its metrics.
    pub job: &'static str,
    /// Version of the binary.
    pub version: &'static str,
    /// Source revision that the image was built from, or `unknown`.
    pub revision: String,
    /// Unique for this run: the pod's name in a cluster, otherwise start time and process id.
    pub run: String,
    /// `CLUSTER`, or empty.
    pub cluster: String,
    /// `POD_NAMESPACE`, or empty.
    pub namespace: String,
    /// `POD_NAME`, or empty.
    pub pod: String,
    /// `CRONJOB_NAME`; absent for a run from a terminal.
    pub cronjob: Option<String>,
    /// See [`Mode`].
    pub mode: Mode,
}

/// Facts of a finished run that its views are made from.
#[derive(Debug, Clone)]
pub struct RunRecord {
    /// When the process started.
    pub started: Timestamp,
    /// When the work was over.
    pub finished: Timestamp,
    /// Exit status as a number; 101 after a panic.
    pub status: u8,
    /// What it came to.
    pub conclusion: Conclusion,
    /// The next slot of the schedule, if one is known.
    pub next_run: Option<Timestamp>,
    /// Remote calls by service, operation and result.
    pub api_calls: Vec<(crate::aws::CallKind, u64)>,
}

impl RunRecord {
    /// Length of the run; zero when the clock went backwards.
    pub fn duration_ms(&self) -> u64 {
        let elapsed = self.finished.as_millisecond() - self.started.as_millisecond();
        u64::try_from(elapsed).unwrap_or(0)
    }
}
