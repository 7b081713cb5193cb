//! Why an origin did not give the file, and what several failures amount to.

use std::time::Duration;

use common::cancel::{Cancellation, Cause};
use common::exit::Exit;
use common::trouble::Trouble;

use crate::digest::Digest;
use crate::verdict::{self, Verdict};

/// Why an origin did not give the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) verdict: Verdict,
    /// Follows the origin's name.
    pub(super) text: String,
    pub(super) again: Again,
}

/// Whether asking again may help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Again {
    /// No: the same would be answered.
    Never,
    /// After a pause of our choice.
    Soon,
    /// After the pause that the server asks for.
    After(Duration),
}

impl Failure {
    pub(super) fn lasting(verdict: Verdict, text: impl Into<String>) -> Self {
        Self {
            verdict,
            text: text.into(),
            again: Again::Never,
        }
    }

    pub(super) fn passing(verdict: Verdict, text: impl Into<String>) -> Self {
        Self {
            verdict,
            text: text.into(),
            again: Again::Soon,
        }
    }

    pub(super) fn not_the_file(text: impl Into<String>) -> Self {
        Self::lasting(verdict::UPSTREAM_NOT_THE_FILE, text)
    }
}

/// What an origin has come to.
#[derive(Debug, Clone)]
pub(super) struct Tried {
    /// For people.
    pub(super) origin: String,
    pub(super) end: End,
}

/// How it ended there.
#[derive(Debug, Clone)]
pub(super) enum End {
    /// Without a file.
    Failed(Failure),
    /// With another file than the pinned one.
    Differs(Digest),
}

impl Tried {
    /// One line for people.
    pub(super) fn note(&self) -> String {
        match &self.end {
            End::Failed(failure) => format!("{}: {}", self.origin, failure.text),
            End::Differs(digest) => format!("{}: has sha256 {digest}", self.origin),
        }
    }

    /// Whether the origin has said that it has not what is wanted, rather than nothing of use.
    pub(super) fn is_definite(&self) -> bool {
        match &self.end {
            End::Failed(failure) => failure.verdict == verdict::UPSTREAM_MISSING,
            End::Differs(_) => true,
        }
    }
}

/// What tells most stands first.
const BY_WEIGHT: [Verdict; 6] = [
    verdict::UPSTREAM_MISSING,
    verdict::UPSTREAM_DENIED,
    verdict::UPSTREAM_REDIRECT,
    verdict::UPSTREAM_TOO_LARGE,
    verdict::UPSTREAM_NOT_THE_FILE,
    verdict::UPSTREAM_SOURCE,
];

/// What it amounts to that no origin gave the file: every one of them is named.
pub(super) fn sum(tried: &[Tried], pin: Option<&Digest>) -> Trouble {
    let notes: Vec<_> = tried.iter().map(Tried::note).collect();
    let notes = notes.join("; ");
    let differs = |tried: &Tried| matches!(tried.end, End::Differs(_));
    if let Some(pin) = pin
        && tried.iter().any(differs)
    {
        return verdict::DIGEST_MISMATCH.because(format!("pinned is sha256 {pin}; {notes}"));
    }
    let is = |verdict: &Verdict| {
        let has = |tried: &Tried| matches!(&tried.end, End::Failed(f) if f.verdict == *verdict);
        tried.iter().any(has)
    };
    let heaviest = BY_WEIGHT.into_iter().find(is);
    let verdict = heaviest.unwrap_or(verdict::UPSTREAM_UNREACHABLE);
    if notes.is_empty() {
        return verdict::UPSTREAM_SOURCE.because("`source.from` names no origin");
    }
    verdict.because(notes)
}

/// The run was told to stop.
pub(super) fn stopped(cancel: &Cancellation) -> Trouble {
    let code = match cancel.cause() {
        Some(Cause::Deadline) => "deadline",
        Some(Cause::Signal) | None => "interrupted",
    };
    Trouble {
        exit: Exit::Transient,
        code,
        text: "stopped while fetching the upstream file".to_owned(),
        hint: Some("run it again".to_owned()),
    }
}
