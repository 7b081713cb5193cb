//! What goes wrong at one boundary of a run: before the first look, or between the guard of an
//! effect and its call.

use std::fmt;

use common::exit::Exit;
use common::trouble::Trouble;
use rotate_credentials::verdict;

use crate::actors::Actor;
use crate::model::unreachable;

/// One fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fault {
    /// The process dies before the call.
    CrashBefore,
    /// It dies after the call, before the answer.
    CrashAfter,
    /// The call is made, its answer is lost.
    LostApplied,
    /// The call is not made, and no answer says so: a time-out, throttling, a server's error.
    LostUnapplied,
    /// From here on no call that changes something is made, and none is answered.
    Outage,
    /// This call is made; from here on none is answered.
    OutageAfter,
    /// The call is refused for lack of rights.
    Denied,
    /// The call is refused because of what it asks for.
    Invalid,
    /// From here on the run cannot see something.
    Blind(Blind),
    /// Another run, from its beginning to its end, while this one stands still.
    SecondRun,
    /// The same, which dies after so many effects.
    SecondRunDies(u8),
    /// Somebody does something.
    Actor(Actor),
    /// Somebody does something before the last look that the effect is preceded by.
    Early(Actor),
}

/// What a run cannot see from a boundary on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Blind {
    /// IAM answers with a server's error.
    Iam,
    /// IAM refuses to be read.
    IamDenied,
    /// IAM does not say when keys were used.
    LastUsed,
    /// Secrets Manager answers with a server's error.
    Secret,
    /// Secrets Manager refuses to be read.
    SecretDenied,
    /// A cluster does not answer.
    Cluster(usize),
    /// A cluster refuses to be read.
    ClusterDenied(usize),
    /// The mail server asks to come back later.
    MailBusy,
    /// It refuses every login.
    MailRefuses,
    /// It lets nobody send.
    MailDenied,
    /// Our clock is two minutes fast.
    Clock,
    /// Another run takes the Lease.
    Lease,
}

impl Blind {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Iam,
        Self::IamDenied,
        Self::LastUsed,
        Self::Secret,
        Self::SecretDenied,
        Self::Cluster(0),
        Self::Cluster(1),
        Self::ClusterDenied(0),
        Self::ClusterDenied(1),
        Self::MailBusy,
        Self::MailRefuses,
        Self::MailDenied,
        Self::Clock,
        Self::Lease,
    ];

    /// The same for lack of rights, where there is such a thing.
    #[must_use]
    pub const fn denied(self) -> Self {
        match self {
            Self::Iam => Self::IamDenied,
            Self::Secret => Self::SecretDenied,
            Self::Cluster(index) => Self::ClusterDenied(index),
            Self::IamDenied
            | Self::LastUsed
            | Self::SecretDenied
            | Self::ClusterDenied(_)
            | Self::MailBusy
            | Self::MailRefuses
            | Self::MailDenied
            | Self::Clock
            | Self::Lease => self,
        }
    }

    /// The cluster that it hides, if it does.
    pub const fn cluster(self) -> Option<usize> {
        if let Self::Cluster(index) | Self::ClusterDenied(index) = self {
            Some(index)
        } else {
            None
        }
    }

    /// The trouble that a read fails with.
    pub fn trouble(self) -> Trouble {
        let of = |exit, code, text: &str| Trouble {
            exit,
            code,
            text: text.to_owned(),
            hint: None,
        };
        match self {
            Self::Cluster(_) => unreachable(),
            Self::IamDenied | Self::SecretDenied => of(Exit::Denied, "aws-denied", "AccessDenied"),
            Self::ClusterDenied(_) => of(Exit::Denied, "cluster-denied", "403"),
            Self::MailBusy => verdict::SMTP_BUSY.because("454"),
            Self::MailDenied => verdict::DENIED_BY_SES.because("554"),
            Self::Lease => verdict::LEASE_LOST.because("another holder"),
            Self::Iam | Self::LastUsed | Self::Secret | Self::MailRefuses | Self::Clock => {
                of(Exit::Transient, "aws-transient", "ServiceUnavailable")
            }
        }
    }
}

impl Fault {
    /// What can happen before a run looks at anything.
    pub fn at_start() -> impl Iterator<Item = Self> {
        let blind = Blind::ALL.into_iter().map(Self::Blind);
        blind.chain(Actor::ALL.into_iter().map(Self::Actor))
    }

    /// What can happen at an effect.
    pub fn at_effect() -> impl Iterator<Item = Self> {
        let call = [
            Self::CrashBefore,
            Self::CrashAfter,
            Self::LostApplied,
            Self::LostUnapplied,
            Self::Outage,
            Self::OutageAfter,
            Self::Denied,
            Self::Invalid,
            Self::SecondRun,
            Self::SecondRunDies(1),
            Self::SecondRunDies(2),
            Self::SecondRunDies(4),
        ];
        call.into_iter().chain(Self::at_start())
    }

    /// What can happen between a decision and the last look before its effect.
    pub fn before_last_look() -> impl Iterator<Item = Self> {
        Actor::ALL.into_iter().map(Self::Early)
    }

    /// Who acts, if somebody does.
    pub const fn actor(self) -> Option<Actor> {
        if let Self::Actor(actor) | Self::Early(actor) = self {
            Some(actor)
        } else {
            None
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}
