//! Access keys of an IAM user, as far as anything but their secret goes.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::Serialize;

/// Id of a long-lived access key: `AKIA` and 16 capital letters or digits. It is no secret.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct AccessKeyId(String);

/// What was given is no access key id. The text is not quoted: it can be a secret in the wrong place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an access key id: it is `AKIA` and 16 capital letters or digits")]
pub struct NotAnAccessKeyId;

impl AccessKeyId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `AKIA…` and the last four characters, for tables that people read.
    pub fn short(&self) -> String {
        format!("AKIA…{}", self.last_four())
    }

    /// The last four characters, which a person types to confirm.
    pub fn last_four(&self) -> &str {
        self.0.get(self.0.len().saturating_sub(4)..).unwrap_or("")
    }
}

impl FromStr for AccessKeyId {
    type Err = NotAnAccessKeyId;

    fn from_str(text: &str) -> Result<Self, NotAnAccessKeyId> {
        let rest = text.strip_prefix("AKIA").ok_or(NotAnAccessKeyId)?;
        let valid = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit();
        if rest.len() == 16 && rest.chars().all(valid) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotAnAccessKeyId)
        }
    }
}

impl fmt::Display for AccessKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether a key may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyStatus {
    /// It authenticates.
    Active,
    /// It was switched off and can be switched on again.
    Inactive,
    /// `Expired`, or a status that this program does not know: not active, and not ours to change.
    Other,
}

/// When a key was last used, as IAM knows it: in steps of about 15 minutes and with a delay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LastUsed {
    /// Never since it was created.
    Never,
    /// At this time, by this service in this region.
    At {
        /// When.
        at: Timestamp,
        /// Such as `ses`.
        service: String,
        /// Such as `us-east-1`.
        region: String,
    },
    /// IAM did not say. Never taken for `Never`.
    Unknown,
}

impl LastUsed {
    /// Whether it is known that nobody used the key after `instant`.
    pub fn quiet_since(&self, instant: Timestamp) -> Option<bool> {
        match self {
            Self::Never => Some(true),
            Self::At { at, .. } => Some(*at <= instant),
            Self::Unknown => None,
        }
    }
}

/// One access key of the user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Key {
    /// Its id.
    pub id: AccessKeyId,
    /// Whether it may be used.
    pub status: KeyStatus,
    /// When it was created.
    pub created: Timestamp,
    /// When it was last used.
    pub last_used: LastUsed,
}

impl Key {
    /// Whether it authenticates, once it is propagated.
    pub fn is_active(&self) -> bool {
        self.status == KeyStatus::Active
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_akia_and_sixteen_capitals_or_digits() {
        let id: AccessKeyId = "AKIAIOSFODNN7EXAMPLE".parse().unwrap();
        assert_eq!(id.short(), "AKIA…MPLE");
        for wrong in [
            "",
            "AKIA",
            "ASIAIOSFODNN7EXAMPLE",
            "AKIAIOSFODNN7EXAMPL",
            "AKIAIOSFODNN7EXAMPLEX",
            "AKIAIOSFODNN7EXAMPLé",
            "AKIAiosfodnn7example",
            " AKIAIOSFODNN7EXAMPLE",
        ] {
            assert_eq!(
                wrong.parse::<AccessKeyId>(),
                Err(NotAnAccessKeyId),
                "{wrong}"
            );
        }
    }

    #[test]
    fn an_unknown_last_use_answers_neither_yes_nor_no() {
        let noon: Timestamp = "2026-11-24T12:00:00Z".parse().unwrap();
        let used = LastUsed::At {
            at: noon,
            service: "ses".into(),
            region: "us-east-1".into(),
        };
        assert_eq!(LastUsed::Unknown.quiet_since(noon), None);
        assert_eq!(LastUsed::Never.quiet_since(noon), Some(true));
        assert_eq!(used.quiet_since(noon), Some(true));
        assert_eq!(
            used.quiet_since(noon - jiff::SignedDuration::from_secs(1)),
            Some(false)
        );
    }
}
