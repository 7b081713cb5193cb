//! The exit status of every binary: the Job's `podFailurePolicy`, the alerts and the documentation
//! all speak of these numbers.

use std::process::ExitCode;

/// How a run ended, as the operating system and Kubernetes see it.
///
/// A panic is not in this list: Rust ends with 101 by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Exit {
    /// Done, nothing to do, or skipped because another run is at work.
    Done = 0,
    /// Network, throttling, server errors, the deadline or SIGTERM: the same command may succeed later.
    Transient = 1,
    /// Flags, files or schema: running again changes nothing until someone edits them.
    Config = 2,
    /// A person must look: a difference was found, or a guard refused.
    Drift = 3,
    /// Credentials or permissions.
    Denied = 4,
    /// Something was written and the rest could not be finished.
    HalfDone = 5,
}

impl Exit {
    /// Every status, in the order of its number.
    pub const ALL: [Self; 6] = [
        Self::Done,
        Self::Transient,
        Self::Config,
        Self::Drift,
        Self::Denied,
        Self::HalfDone,
    ];

    /// The number that the process ends with.
    pub const fn status(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Transient => 1,
            Self::Config => 2,
            Self::Drift => 3,
            Self::Denied => 4,
            Self::HalfDone => 5,
        }
    }

    /// The stable word for it in logs, reports and metric labels.
    pub const fn class(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Transient => "transient",
            Self::Config => "config",
            Self::Drift => "drift",
            Self::Denied => "denied",
            Self::HalfDone => "half_done",
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.status())
    }
}

#[cfg(test)]
mod tests {
    use super::Exit;

    #[test]
    fn the_numbers_and_words_are_the_contract_that_charts_and_alerts_are_written_against() {
        let table: Vec<_> = Exit::ALL
            .iter()
            .map(|exit| (exit.status(), exit.class()))
            .collect();
        assert_eq!(
            table,
            [
                (0, "done"),
                (1, "transient"),
                (2, "config"),
                (3, "drift"),
                (4, "denied"),
                (5, "half_done")
            ]
        );
    }
}
