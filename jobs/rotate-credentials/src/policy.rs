//! How patient and how strict the rotation is. Every value can be configured; those that guard
//! against loss have a floor, which the configuration enforces.

use jiff::SignedDuration;
use serde::Serialize;

/// Durations and choices that the plan depends on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Policy {
    /// A key strictly older than this is rotated.
    pub rotate_after: SignedDuration,
    /// How long the old key must be unused, from convergence on, before it is deactivated.
    pub soak: SignedDuration,
    /// How long it stays deactivated before it is deleted.
    pub grace: SignedDuration,
    /// The same for a key that never served anybody.
    pub short_grace: SignedDuration,
    /// Age from which a key that nobody claims may be taken for our own lost one.
    pub orphan_settle: SignedDuration,
    /// What happens to such a key.
    pub orphans: Orphans,
    /// Distance of the two readings that make a negative fact of IAM count.
    pub reread: SignedDuration,
    /// A refused login means "too fresh" while the key is younger than this.
    pub fresh: SignedDuration,
    /// How long a fresh key is probed within one run.
    pub probe_window: SignedDuration,
    /// How long one cluster may take to run what was written.
    pub proof_timeout: SignedDuration,
    /// Distance of two looks at a cluster.
    pub poll: SignedDuration,
    /// How wrong "last used" can be.
    pub use_margin: SignedDuration,
    /// How far our clock may be off before nothing is destroyed.
    pub skew_limit: SignedDuration,
    /// How long an announcement to create a key is good.
    pub intent_valid: SignedDuration,
    /// Whether a mail from each cluster must be counted before the old key is deactivated.
    pub mail_proof: MailProof,
    /// How long a cluster may take to send a mail that is counted.
    pub mail_patience: SignedDuration,
    /// Hour of the day (UTC) in which a run also tries the login when nothing is to be done.
    pub self_check_hour: Option<i8>,
}

/// What happens to a key that is, by all evidence, our own whose secret was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Orphans {
    /// It is deactivated, and deleted a day later.
    Quarantine,
    /// A person decides.
    Block,
}

/// Whether a mail from each cluster must be counted before the old key is deactivated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum MailProof {
    /// It must.
    Required,
    /// The clusters send no canary mail.
    Off,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            rotate_after: SignedDuration::from_hours(40 * 24),
            soak: SignedDuration::from_hours(24),
            grace: SignedDuration::from_hours(7 * 24),
            short_grace: SignedDuration::from_hours(24),
            orphan_settle: SignedDuration::from_mins(15),
            orphans: Orphans::Quarantine,
            reread: SignedDuration::from_secs(60),
            fresh: SignedDuration::from_mins(15),
            probe_window: SignedDuration::from_mins(5),
            proof_timeout: SignedDuration::from_mins(10),
            poll: SignedDuration::from_secs(10),
            use_margin: SignedDuration::from_mins(30),
            skew_limit: SignedDuration::from_secs(60),
            intent_valid: SignedDuration::from_secs(60),
            mail_proof: MailProof::Required,
            mail_patience: SignedDuration::from_hours(2),
            self_check_hour: Some(6),
        }
    }
}
