//! What goes wrong on request: which connections are struck, at which stage, and how.

use std::time::Duration;

use super::reply::Reply;

/// A fault and the connections it strikes: all, unless narrowed.
///
/// ```
/// use sandbox::mail::{Fault, Reply, Stage};
///
/// // The first connection is turned away, the second is served.
/// let busy = Fault::answer(Stage::Greeting, Reply::TOO_MANY_CONNECTIONS).connections(1, Some(1));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    kind: FaultKind,
    /// First and last connection that is struck, counted from 1 since the fault was added.
    connections: (u64, Option<u64>),
}

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FaultKind {
    /// This answer instead of the one that is due. 421 also ends the connection.
    Answer {
        /// When.
        at: Stage,
        /// The answer.
        reply: Reply,
    },
    /// No answer at all, while the connection stays open.
    Silent {
        /// From when.
        at: Stage,
    },
    /// The connection ends instead of an answer.
    Cut {
        /// When.
        at: Stage,
    },
    /// The connection ends after the answer.
    CutAfter {
        /// After which.
        at: Stage,
    },
    /// Every answer comes this much later.
    Slow(Duration),
    /// STARTTLS is neither offered nor understood.
    WithoutStartTls,
    /// STARTTLS is not offered and everything is accepted in the clear, as somebody in between would
    /// have it who wants the password.
    Stripped,
    /// No mechanism is offered, and AUTH is not understood.
    WithoutAuth,
    /// Behind the go-ahead for TLS come more answers in the clear, as somebody in between would forge
    /// them: one to EHLO, and a granted login.
    ForgedAnswers,
}

/// What the server is about to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The connection itself.
    Greeting,
    /// EHLO or HELO.
    Hello,
    /// STARTTLS.
    StartTls,
    /// The end of a login.
    Auth,
    /// MAIL.
    Mail,
    /// RCPT.
    Recipient,
    /// DATA.
    Data,
    /// The dot behind the message.
    Message,
}

impl Fault {
    /// A fault that strikes every connection.
    pub const fn new(kind: FaultKind) -> Self {
        Self {
            kind,
            connections: (1, None),
        }
    }

    /// An answer in place of the due one.
    pub const fn answer(at: Stage, reply: Reply) -> Self {
        Self::new(FaultKind::Answer { at, reply })
    }

    /// Strikes only these connections, counted from 1 since the fault was added; without `last`, all
    /// from `first` on.
    #[must_use]
    pub const fn connections(mut self, first: u64, last: Option<u64>) -> Self {
        self.connections = (first, last);
        self
    }
}

/// The faults in force, each with the number of connections it has seen.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<(Fault, u64)>);

impl Faults {
    pub(super) fn new(faults: Vec<Fault>) -> Self {
        Self(faults.into_iter().map(|fault| (fault, 0)).collect())
    }

    pub(super) fn add(&mut self, fault: Fault) {
        self.0.push((fault, 0));
    }

    /// Counts a connection and returns what strikes it.
    pub(super) fn strike(&mut self) -> Struck {
        let struck = self.0.iter_mut().filter_map(|(fault, seen)| {
            *seen += 1;
            let (first, last) = fault.connections;
            let hit = first <= *seen && last.is_none_or(|last| *seen <= last);
            hit.then(|| fault.kind.clone())
        });
        Struck(struck.collect())
    }
}

/// What strikes one connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Struck(Vec<FaultKind>);

/// What becomes of the answer that is due.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// It is given.
    Due,
    /// This one is given.
    Instead(Reply),
    Silence,
    Cut,
}

impl Struck {
    pub(super) fn turn(&self, stage: Stage) -> Turn {
        let turn = self.0.iter().find_map(|kind| match kind {
            FaultKind::Answer { at, reply } if *at == stage => Some(Turn::Instead(reply.clone())),
            FaultKind::Silent { at } if *at == stage => Some(Turn::Silence),
            FaultKind::Cut { at } if *at == stage => Some(Turn::Cut),
            FaultKind::Answer { .. }
            | FaultKind::Silent { .. }
            | FaultKind::Cut { .. }
            | FaultKind::CutAfter { .. }
            | FaultKind::Slow(_)
            | FaultKind::WithoutStartTls
            | FaultKind::Stripped
            | FaultKind::WithoutAuth
            | FaultKind::ForgedAnswers => None,
        });
        turn.unwrap_or(Turn::Due)
    }

    pub(super) fn cut_after(&self, stage: Stage) -> bool {
        self.0.contains(&FaultKind::CutAfter { at: stage })
    }

    pub(super) fn has(&self, kind: &FaultKind) -> bool {
        self.0.contains(kind)
    }

    pub(super) fn delay(&self) -> Duration {
        let delay = self.0.iter().find_map(|kind| match kind {
            FaultKind::Slow(delay) => Some(*delay),
            FaultKind::Answer { .. }
            | FaultKind::Silent { .. }
            | FaultKind::Cut { .. }
            | FaultKind::CutAfter { .. }
            | FaultKind::WithoutStartTls
            | FaultKind::Stripped
            | FaultKind::WithoutAuth
            | FaultKind::ForgedAnswers => None,
        });
        delay.unwrap_or_default()
    }
}
