//! What is found out about one object, or about one thing that runs: the unit of every report.

use jiff::Timestamp;

use crate::difference::Difference;
use crate::object::ObjectName;

/// How one object stands, over all clusters.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The family it was selected by: the `id` in the configuration, or `live/…`.
    pub family: String,
    /// Which object.
    pub object: ObjectName,
    /// How it stands.
    pub standing: Standing,
    /// Where it is, in the order of the configuration's clusters.
    pub presence: Vec<Presence>,
    /// The fields that differ, whatever was made of them. Empty when the object was not read in detail.
    pub fields: Vec<Field>,
    /// What it is, in words, where fields do not say it: one line without values that are secret.
    pub text: Option<String>,
    /// What to do about it, one imperative sentence.
    pub hint: Option<String>,
    /// The declared difference that made it what it is, as [`RuleUse::id`](crate::survey::RuleUse).
    pub rule: Option<String>,
    /// Since when it is known, for drift.
    pub age: Option<Age>,
}

/// A field that differs, and what was made of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// The difference.
    pub difference: Difference,
    /// The declared difference that explains it, if one does.
    pub rule: Option<String>,
    /// What is known about it beside, such as who wrote it last.
    pub note: Option<String>,
    /// What it is remembered by; no value goes into it.
    pub fingerprint: Option<String>,
    /// Since when it is known.
    pub age: Option<Age>,
}

/// How long a drift is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Age {
    /// When it was first seen; never in the future.
    pub first_seen: Timestamp,
    /// In how many runs it was seen, this one included.
    pub occurrences: u64,
}

/// Whether an object is in a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// It is.
    Here,
    /// It is not.
    Absent,
    /// It is being deleted.
    Terminating,
    /// Nobody could look.
    Unknown,
    /// Nobody was to look.
    NotAsked,
}

/// How an object stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// The same everywhere.
    Equal,
    /// Every difference is declared.
    Explained,
    /// Declared not to be looked at.
    Ignored,
    /// The same but for blanks or defaults.
    Cosmetic,
    /// Drift that is known for too short a time to count.
    Settling,
    /// Fields differ.
    Different,
    /// Not where it has to be.
    Missing,
    /// Where it must not be.
    Unexpected,
    /// Being deleted.
    Terminating,
    /// The same where it has to differ.
    NotDistinct,
    /// Something that runs has not done its work for too long.
    Stale,
    /// Declared, but not what runs.
    NotLoaded,
    /// Something that runs says that it fails.
    Failing,
    /// Nobody can say.
    Unknown(Unknown),
}

/// Why nobody can say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unknown {
    /// No connection.
    Unreachable,
    /// The cluster does not know who asks.
    Unauthorized,
    /// The cluster knows who asks and says no.
    Forbidden,
    /// No answer in time.
    Timeout,
    /// A list that changed faster than it could be read.
    ExpiredList,
    /// No version of the kind is served by all clusters.
    VersionSkew,
    /// An answer that is not understood.
    Garbled,
    /// Two items of a list with the same key.
    DuplicateKey,
    /// An object or a page beyond the limits.
    TooLarge,
    /// A declared difference that could not be applied.
    RuleError,
    /// An API group of which the server itself does not know what it serves.
    StaleDiscovery,
    /// It changed while it was looked at, or a rollout was under way.
    NotSettled,
    /// A list that was not empty last time.
    SuspiciousEmpty,
    /// A schedule whose time zone only the controller knows.
    ControllerTimezone,
    /// Something without which nothing can be said, such as a digest that names no platform.
    NotComparable,
    /// The server failed in another way.
    ServerError,
    /// The run was told to stop.
    Stopped,
}

impl Unknown {
    /// All of them.
    pub const ALL: [Self; 17] = [
        Self::Unreachable,
        Self::Unauthorized,
        Self::Forbidden,
        Self::Timeout,
        Self::ExpiredList,
        Self::VersionSkew,
        Self::Garbled,
        Self::DuplicateKey,
        Self::TooLarge,
        Self::RuleError,
        Self::StaleDiscovery,
        Self::NotSettled,
        Self::SuspiciousEmpty,
        Self::ControllerTimezone,
        Self::NotComparable,
        Self::ServerError,
        Self::Stopped,
    ];

    /// The word in reports.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Unauthorized => "unauthorized",
            Self::Forbidden => "forbidden",
            Self::Timeout => "timeout",
            Self::ExpiredList => "expired-list",
            Self::VersionSkew => "version-skew",
            Self::Garbled => "garbled",
            Self::DuplicateKey => "duplicate-key",
            Self::TooLarge => "too-large",
            Self::RuleError => "rule-error",
            Self::StaleDiscovery => "stale-discovery",
            Self::NotSettled => "not-settled",
            Self::SuspiciousEmpty => "suspicious-empty",
            Self::ControllerTimezone => "controller-timezone",
            Self::NotComparable => "not-comparable",
            Self::ServerError => "server-error",
            Self::Stopped => "stopped",
        }
    }
}

impl Standing {
    /// The word in reports and in the label `result`. All that nobody can say is one word there.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Equal => "equal",
            Self::Explained => "explained",
            Self::Ignored => "ignored",
            Self::Cosmetic => "cosmetic",
            Self::Settling => "settling",
            Self::Different => "different",
            Self::Missing => "missing",
            Self::Unexpected => "unexpected",
            Self::Terminating => "terminating",
            Self::NotDistinct => "not-distinct",
            Self::Stale => "stale",
            Self::NotLoaded => "not-loaded",
            Self::Failing => "failing",
            Self::Unknown(_) => "unknown",
        }
    }

    /// Whether a person must look.
    pub const fn is_drift(self) -> bool {
        match self {
            Self::Equal
            | Self::Explained
            | Self::Ignored
            | Self::Cosmetic
            | Self::Settling
            | Self::Unknown(_) => false,
            Self::Different
            | Self::Missing
            | Self::Unexpected
            | Self::Terminating
            | Self::NotDistinct
            | Self::Stale
            | Self::NotLoaded
            | Self::Failing => true,
        }
    }

    /// Whether nobody can say.
    pub const fn is_unknown(self) -> bool {
        self.unknown().is_some()
    }

    /// Why nobody can say, where that is so.
    pub const fn unknown(self) -> Option<Unknown> {
        if let Self::Unknown(reason) = self {
            Some(reason)
        } else {
            None
        }
    }
}
