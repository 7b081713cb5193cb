//! The one table of everything that this job itself can find wrong: code, exit status, alert, what
//! it means and what to do. `explain CODE` prints it, alert rules are checked against it.
//!
//! Codes of what can happen to any job (`aws-…`, `cluster-…`, `usage`) are in
//! [`common::verdict::shared`].

pub use common::verdict::Verdict;

/// The verdict of that code.
pub fn of(code: &str) -> Option<Verdict> {
    Verdict::find(ALL, code)
}

common::verdicts! {
    USER_MISSING = "user-missing", Config, "RCConfig",
        "The IAM user does not exist.",
        "create the user, or correct `user:` in the configuration";
    SECRET_MISSING = "secret-missing", Config, "RCConfig",
        "The secret does not exist in Secrets Manager.",
        "create the secret or correct `secret:` in the configuration, then run `init`";
    SECRET_DELETED = "secret-deleted", Config, "RCConfig",
        "The secret is scheduled for deletion.",
        "run `aws secretsmanager restore-secret --region us-east-1 --secret-id prod/monitoring`, or everything that reads it breaks when it goes";
    SECRET_ROTATED_BY_AWS = "secret-rotated-by-aws", Config, "RCConfig",
        "Secrets Manager or another service rotates the secret by itself.",
        "run `aws secretsmanager cancel-rotate-secret --region us-east-1 --secret-id prod/monitoring`: two rotations of one secret undo each other";
    SECRET_REPLICA = "secret-replica", Config, "RCConfig",
        "The secret is a replica; its primary lies in another region.",
        "set `secret.region` to the primary's region";
    SECRET_MALFORMED = "secret-malformed", Config, "RCConfig",
        "The secret is not a JSON object with a usable pair in it.",
        "correct the named member with `aws secretsmanager put-secret-value --region us-east-1 --secret-id prod/monitoring --secret-string file://secret.json`; `init` makes a pair where there is none";
    SECRET_TOO_LARGE = "secret-too-large", Config, "RCConfig",
        "With the new pair the secret would be larger than Secrets Manager takes.",
        "move other programs' members out of the secret";
    KEY_OF_OTHER_USER = "key-of-other-user", Config, "RCConfig",
        "The key in the secret belongs to another IAM user.",
        "correct `user:` in the configuration or the pair in the secret";
    TAG_REFUSED = "tag-refused", Config, "RCConfig",
        "IAM refuses a tag: the user has 50, or the value is not allowed.",
        "remove tags that nobody needs from the user";
    SMTP_PROTOCOL = "smtp-protocol", Config, "RCConfig",
        "The mail server offers no encryption or no login, or objects to the mail's form.",
        "check host, port and sender in the configuration";
    SMTP_SENDER = "smtp-sender-not-verified", Config, "RCConfig",
        "SES knows the sender's address as not verified.",
        "verify the identity in SES, or correct `mail.from`";
    SMTP_NOT_SUBSCRIBED = "smtp-not-subscribed", Config, "RCConfig",
        "The account has no SES in this region.",
        "correct the smarthost's region, or enable SES there";
    ALERTMANAGER_SECRET = "alertmanager-secret", Config, "RCConfig",
        "The Secret that Alertmanager is configured from is missing, immutable or empty.",
        "install the cluster's monitoring again; this job never creates the Secret";
    TEMPLATE = "alertmanager-template", Config, "RCConfig",
        "Alertmanager's template is missing or cannot be filled.",
        "install the chart again, or add the missing member to the secret";
    NOT_POSSIBLE = "not-possible", Config, "RCConfig",
        "What was asked for cannot be done with the keys and versions that exist.",
        "run `status` and choose one of the keys that it shows";
    DENIED_BY_SES = "smtp-denied", Denied, "RCDenied",
        "The user may not send mail.",
        "allow `ses:SendRawEmail` on the sending identity for the user";
    KMS_DENIED = "kms-denied", Denied, "RCDenied",
        "The secret's encryption key refuses.",
        "allow `kms:GenerateDataKey` and `kms:Decrypt` on the secret's key";
    CLOCK_SKEW = "clock-skew", Transient, "RCClockSkew",
        "This machine's clock is wrong, so nothing is destroyed.",
        "set the node's clock; the next run goes on";
    INCONSISTENT = "iam-inconsistent", Transient, "RCJobFailed",
        "IAM does not list the current key, yet it logs in.",
        "run again in a minute; IAM's readings can lag";
    LAST_USED_UNKNOWN = "last-used-unknown", Transient, "RCJobFailed",
        "IAM does not say when the old key was last used.",
        "run again; nothing is deactivated before IAM answers";
    TOO_FRESH = "key-not-yet-valid", Transient, "RCJobFailed",
        "SES does not know the new key yet.",
        "run again in a few minutes; after 15 minutes it counts as broken";
    SMTP_BUSY = "smtp-busy", Transient, "RCJobFailed",
        "The mail server asks to come back later.",
        "run again later; see SES's sending quota and reputation if it stays";
    SMTP_UNREACHABLE = "smtp-unreachable", Transient, "RCJobFailed",
        "The mail server does not answer, or not with a certificate that is trusted.",
        "check the network policy, the smarthost and the machine's certificates";
    NEW_KEY_UNCLEAR = "new-key-unclear", Transient, "RCOrphan",
        "AWS did not answer, so a key may exist whose secret nobody has.",
        "run again in 15 minutes: such a key is found, deactivated and deleted";
    UNSTORED = "new-pair-unstored", Transient, "RCOrphan",
        "The new pair may not have been stored.",
        "run again: a stored pair is gone on with, a lost one is cleaned up";
    OVERTAKEN = "overtaken", Transient, "RCJobFailed",
        "Somebody changes the same objects at the same time.",
        "find out who else works on the secret or the user's keys; the next run decides anew";
    LEASE_LOST = "lease-lost", Transient, "RCJobFailed",
        "Another run took over.",
        "look at the other run; nothing is to be done here";
    CURRENT_KEY_GONE = "current-key-gone", Drift, "RCCurrentKeyGone",
        "The key in the secret was deleted or disabled by somebody, and no way out is left.",
        "look in CloudTrail who did it; delete a key that is not in the secret with `aws iam delete-access-key --user-name prod-monitoring-email-user --access-key-id AKID`, so that a new one can be made";
    FOREIGN_KEY = "foreign-key", Drift, "RCForeignKey",
        "A key of the user is not ours, and the rotation needs its place.",
        "delete it if nobody uses it, or `adopt` it, or give its owner a user of their own";
    ORPHAN_BLOCKED = "orphan-blocked", Drift, "RCOrphan",
        "A key is ours by all evidence and its secret is lost; the configuration leaves it to a person.",
        "delete the key with `aws iam delete-access-key --user-name prod-monitoring-email-user --access-key-id AKID`, then run again";
    FOREIGN_PENDING = "foreign-pending", Drift, "RCForeignPending",
        "The secret has an AWSPENDING version that this job did not write.",
        "find out who works on it, then remove the label with `aws secretsmanager update-secret-version-stage --region us-east-1 --secret-id prod/monitoring --version-stage AWSPENDING --remove-from-version-id ID`";
    PENDING_DISABLED = "pending-key-disabled", Drift, "RCForeignPending",
        "The new key was disabled by somebody before it became current.",
        "run `abort` to give it up, or activate it again";
    ROLLED_BACK = "rolled-back", Drift, "RCRolledBack",
        "Somebody moved the secret back to the old pair.",
        "run `resume`: the pair that you went back to stays, and the newer key is retired";
    PROBE_FAILED = "probe-failed", Drift, "RCProbeFailed",
        "SES refuses the new pair although it had time to learn it.",
        "check the user's SES rights and the smarthost's region, then run again, or `abort`";
    MAIL_AUTH_FAILING = "mail-auth-failing", Drift, "RCMailAuthFailing",
        "SES refuses the pair that the secret holds: mail is broken or about to be.",
        "compare key and secret, and put the right secret into the current version; or `rollback --to` an older key that still works";
    CONFIG_DRIFT = "config-drift", Drift, "RCConfigDrift",
        "The written Alertmanager configuration differs from its template in more than the login.",
        "install the cluster's monitoring again so that template and Secret agree";
    OLD_KEY_USED = "old-key-still-used", Drift, "RCOldKeyStillUsed",
        "Somebody else sends mail with the old key.",
        "give them the new pair; the old key goes once it was unused for the whole soak";
    NO_MAIL_PROOF = "no-mail-proof", Drift, "RCNoMailProof",
        "No mail was counted with the new pair, so the old key stays.",
        "see whether the cluster sends its canary mail; `policy.mail_proof: off` if it has none";
    REACTIVATED = "reactivated", Drift, "RCReactivated",
        "Somebody activated a key that this job had deactivated.",
        "find out who needs it, then run `resume`: it is retired again once nobody uses it";
    GUARD = "guard-refused", Drift, "RCStuck",
        "A guard refuses a step that is due.",
        "read which of its conditions failed";
    REPAIRED = "reactivated-for-running", HalfDone, "RCReactivated",
        "A deactivated key was in use again; it was reactivated so that mail goes on.",
        "find out what restored the old configuration (Helm, GitOps) and stop it";
    NOT_CONVERGED = "not-converged", HalfDone, "RCHalfDone",
        "A cluster does not run what was written to it.",
        "look at the named replicas and at the operator; the old key stays active meanwhile";
    RELOAD_FAILED = "reload-failed", HalfDone, "AlertmanagerFailedReload",
        "A replica refuses the new configuration and runs on with the old one.",
        "read the replica's log; correct the template";
    PEER_UNREACHABLE = "cluster-left-behind", HalfDone, "RCClusterUnreachable",
        "A cluster cannot be reached while a rotation is under way.",
        "restore the access to it; until then the old key stays active";
    FLAPPING = "flapping", HalfDone, "RCFlapping",
        "Something writes the old configuration back again and again.",
        "stop the named field manager from writing the Secret";
}

#[cfg(test)]
mod tests {
    #[test]
    fn codes_are_unique_and_everything_is_said() {
        common::verdict::assert_sound(super::ALL);
    }
}
