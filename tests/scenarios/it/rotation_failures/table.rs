//! The failure table: what goes wrong, how a run ends by it, who hears of it, and which test shows
//! it. Rows and numbers are those of the reference that the job was built from.

use Subject::{Clusters, Emergency, Iam, Mail, Process, Retirement, Secret};

/// A test that shows rows on a company of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject {
    Iam,
    Emergency,
    Secret,
    Mail,
    Clusters,
    Retirement,
    Process,
}

/// One row.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) number: u8,
    pub(super) trigger: &'static str,
    /// Where it is shown.
    pub(super) subject: Subject,
    /// Every way in which a run ends that meets it.
    pub(super) endings: &'static [Ending],
}

/// How a run ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ending {
    pub(super) exit: i32,
    /// The termination message's `class`, which is the fault's code.
    pub(super) class: &'static str,
    /// Who hears of it by that code; empty for a run that did what it should.
    pub(super) alert: &'static str,
}

const fn row(
    number: u8,
    trigger: &'static str,
    subject: Subject,
    endings: &'static [Ending],
) -> Row {
    Row {
        number,
        trigger,
        subject,
        endings,
    }
}

const fn end(exit: i32, class: &'static str, alert: &'static str) -> Ending {
    Ending { exit, class, alert }
}

/// The run did what it should.
const DONE: Ending = end(0, "done", "");

/// Every row.
#[rustfmt::skip]
pub(super) const ROWS: &[Row] = &[
    row(1, "IAM throttled or broken", Iam, &[end(1, "aws-throttled", "RCJobFailed"), end(1, "aws-server-error", "RCJobFailed")]),
    row(2, "IAM denied", Iam, &[end(4, "aws-denied", "RCDenied")]),
    row(3, "no such user", Iam, &[end(2, "user-missing", "RCConfig")]),
    row(4, "no such secret", Secret, &[end(2, "secret-missing", "RCConfig")]),
    row(5, "secret scheduled for deletion", Secret, &[end(2, "secret-deleted", "RCConfig")]),
    row(6, "secret rotated by AWS or owned by a service", Secret, &[end(2, "secret-rotated-by-aws", "RCConfig")]),
    row(7, "secret is a replica", Secret, &[end(2, "secret-replica", "RCConfig")]),
    row(8, "secret malformed", Secret, &[end(2, "secret-malformed", "RCConfig")]),
    row(9, "secret too large with the pair", Secret, &[end(2, "secret-too-large", "RCConfig")]),
    row(10, "KMS denied", Secret, &[end(4, "kms-denied", "RCDenied"), DONE]),
    row(11, "the key is another user's", Iam, &[end(2, "key-of-other-user", "RCConfig")]),
    row(12, "current key deleted", Emergency, &[DONE, end(1, "key-not-yet-valid", "RCJobFailed"), end(3, "current-key-gone", "RCCurrentKeyGone")]),
    row(13, "current key disabled", Emergency, &[DONE, end(3, "rolled-back", "RCRolledBack")]),
    row(14, "a foreign key in the way", Iam, &[end(3, "foreign-key", "RCForeignKey"), DONE]),
    row(15, "AWS allows no further key", Iam, &[end(3, "foreign-key", "RCForeignKey")]),
    row(16, "answer to the creation lost", Iam, &[end(1, "new-key-unclear", "RCOrphan"), DONE]),
    row(17, "answer to the store lost", Secret, &[DONE]),
    row(18, "other data under our token", Secret, &[end(3, "foreign-pending", "RCForeignPending")]),
    row(19, "AWSPENDING foreign or empty", Secret, &[end(3, "foreign-pending", "RCForeignPending")]),
    row(20, "a label moved meanwhile", Secret, &[DONE]),
    row(21, "a person went back to the old pair", Secret, &[end(3, "rolled-back", "RCRolledBack")]),
    row(22, "login refused, key fresh", Mail, &[end(1, "key-not-yet-valid", "RCJobFailed")]),
    row(23, "login refused, key not fresh", Mail, &[end(3, "probe-failed", "RCProbeFailed")]),
    row(24, "login with the current key refused", Mail, &[end(3, "mail-auth-failing", "RCMailAuthFailing")]),
    row(25, "no login or no encryption offered", Mail, &[end(2, "smtp-protocol", "RCConfig")]),
    row(26, "user may not send", Mail, &[end(4, "smtp-denied", "RCDenied")]),
    row(27, "sender not verified", Mail, &[end(2, "smtp-sender-not-verified", "RCConfig")]),
    row(28, "mail server busy, quota, sending paused", Mail, &[end(1, "smtp-busy", "RCJobFailed")]),
    row(29, "account without SES", Mail, &[end(2, "smtp-not-subscribed", "RCConfig")]),
    row(30, "certificate not trusted, or silence", Mail, &[end(1, "smtp-unreachable", "RCJobFailed")]),
    row(31, "mail server of another region", Mail, &[end(2, "config-invalid", "RCConfig")]),
    row(32, "a cluster cannot be reached", Clusters, &[end(1, "cluster-unreachable", "RCClusterUnreachable"), end(5, "cluster-left-behind", "RCClusterUnreachable")]),
    row(33, "a cluster denies", Clusters, &[end(4, "cluster-denied", "RCDenied")]),
    row(34, "source Secret missing or immutable", Clusters, &[end(2, "alertmanager-secret", "RCConfig")]),
    row(35, "the write overtaken by another", Clusters, &[DONE]),
    row(36, "live configuration differs beyond the login", Clusters, &[end(3, "config-drift", "RCConfigDrift")]),
    row(37, "operator paused", Clusters, &[end(5, "not-converged", "RCHalfDone")]),
    row(38, "a replica refuses to reload", Clusters, &[end(5, "reload-failed", "AlertmanagerFailedReload")]),
    row(39, "a replica is missing", Clusters, &[end(5, "not-converged", "RCHalfDone")]),
    row(40, "something writes the old login back", Clusters, &[end(5, "flapping", "RCFlapping")]),
    row(41, "old key used after convergence", Retirement, &[end(3, "old-key-still-used", "RCOldKeyStillUsed")]),
    row(42, "last use unreadable", Retirement, &[end(1, "last-used-unknown", "RCJobFailed")]),
    row(43, "a person activated the retired key", Retirement, &[end(3, "reactivated", "RCReactivated")]),
    row(44, "a cluster runs a deactivated key", Retirement, &[end(5, "reactivated-for-running", "RCReactivated")]),
    row(45, "no room for a tag", Iam, &[end(2, "tag-refused", "RCConfig")]),
    row(46, "our mark edited by hand", Iam, &[end(3, "foreign-key", "RCForeignKey")]),
    row(47, "our clock is wrong", Process, &[end(1, "clock-skew", "RCClockSkew")]),
    row(48, "a second run", Process, &[DONE]),
    row(49, "SIGTERM, or out of time", Process, &[end(1, "interrupted", "RCStuck"), end(5, "interrupted", "RCStuck"), end(1, "deadline", "RCStuck")]),
    row(50, "a panic", Process, &[end(101, "panic", "RCJobFailed")]),
    // No run of its own ends by these: rules see them in what every run pushes.
    row(51, "a run is missed", Process, &[DONE]),
    row(52, "a key is too old for whatever reason", Process, &[DONE]),
];

/// The alerts of codes that every job of the suite has.
pub(super) const COMMON: &[Ending] = &[
    end(1, "aws-throttled", "RCJobFailed"),
    end(1, "aws-server-error", "RCJobFailed"),
    end(4, "aws-denied", "RCDenied"),
    end(2, "config-invalid", "RCConfig"),
    end(1, "cluster-unreachable", "RCClusterUnreachable"),
    end(4, "cluster-denied", "RCDenied"),
    end(1, "interrupted", "RCStuck"),
    // While something is written that is not proven.
    end(5, "interrupted", "RCStuck"),
    end(1, "deadline", "RCStuck"),
    end(101, "panic", "RCJobFailed"),
];
