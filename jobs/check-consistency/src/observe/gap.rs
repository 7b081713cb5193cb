//! Why something of a cluster could not be read, for each way in which that happens.

use std::time::Duration;

use common::cancel::Cause;
use common::cluster::{ClusterError, Kind};
use common::exit::Exit;
use common::trouble::Trouble;

use crate::finding::Unknown;
use crate::object::Kind as ObjectKind;
use crate::survey::Gap;
use crate::verdict::INCOMPLETE;

/// What follows from a call that failed for good.
pub fn failed(error: &ClusterError) -> Gap {
    let reason = match error.kind {
        Kind::Unreachable | Kind::Untrusted => Unknown::Unreachable,
        Kind::Timeout => Unknown::Timeout,
        Kind::Unauthorized => Unknown::Unauthorized,
        Kind::Denied => Unknown::Forbidden,
        Kind::Expired => Unknown::ExpiredList,
        Kind::TooLarge => Unknown::TooLarge,
        Kind::Undecodable => Unknown::Garbled,
        Kind::NotFound | Kind::Conflict | Kind::Invalid | Kind::Throttled | Kind::Server => {
            Unknown::ServerError
        }
    };
    Gap {
        reason,
        trouble: Trouble::of(error),
    }
}

/// What follows when there is not even a client for the cluster.
pub fn not_connected(trouble: &Trouble) -> Gap {
    let reason = match trouble.exit {
        Exit::Denied => Unknown::Unauthorized,
        Exit::Done | Exit::Transient | Exit::Config | Exit::Drift | Exit::HalfDone => {
            Unknown::Unreachable
        }
    };
    Gap {
        reason,
        trouble: trouble.clone(),
    }
}

/// The cluster's time was over before everything was read.
pub(super) fn out_of_time(cluster: &str, limit: Duration) -> Gap {
    let text = format!("{cluster}: not everything was read within {limit:?}");
    let hint = "look at the API server's load, or raise limits.per_cluster";
    gap(Unknown::Timeout, "cluster-timeout", text, hint)
}

/// The run was told to stop.
pub(super) fn stopped(cluster: &str, cause: Option<Cause>) -> Gap {
    let (code, text, hint) = match cause {
        Some(Cause::Deadline) => (
            "deadline",
            "the run's time was over before it was read",
            "run it again; if it stays, raise activeDeadlineSeconds or --deadline",
        ),
        Some(Cause::Signal) | None => (
            "interrupted",
            "the run was stopped before it was read",
            "run it again",
        ),
    };
    gap(Unknown::Stopped, code, format!("{cluster}: {text}"), hint)
}

/// A server that names a page as the next one that it has shown before.
pub(super) fn going_round(cluster: &str, kind: &ObjectKind) -> Gap {
    let text = format!("{cluster}: the list of {kind} comes back to a page that was read");
    let hint = "run again; if it stays, look at what stands before the API server";
    gap(Unknown::ExpiredList, "cluster-garbled-answer", text, hint)
}

/// Something in a list that is no object. `place` quotes nothing of it.
pub(super) fn no_object(cluster: &str, kind: &ObjectKind, place: &str) -> Gap {
    let text = format!("{cluster}: in the list of {kind} there is what is no object: {place}");
    let hint = "check that the address is that of an API server and not of a proxy";
    gap(Unknown::Garbled, "cluster-garbled-answer", text, hint)
}

/// A list that is not there though the server says that it serves the kind.
pub(super) fn not_found(cluster: &str, kind: &ObjectKind) -> Gap {
    let text = format!("{cluster}: it says that it serves {kind}, and its list is not found");
    let hint = "run again; if it stays, look at what serves this kind and at what stands before it";
    gap(Unknown::ServerError, "cluster-server-error", text, hint)
}

/// The server does not know what it serves of a group.
pub(super) fn stale(cluster: &str, group: &str) -> Gap {
    let text = format!("{cluster}: the server itself does not know what {group} has now");
    let hint = "look at the APIService of this group and at what serves it";
    gap(Unknown::StaleDiscovery, "cluster-server-error", text, hint)
}

/// A cluster whose namespace `kube-system` has no uid.
pub(super) fn no_identity(cluster: &str) -> Gap {
    let text = format!("{cluster}: its namespace kube-system has no uid");
    let hint = "check that the address is that of an API server and not of a proxy";
    gap(Unknown::Garbled, "cluster-garbled-answer", text, hint)
}

/// No version of a kind is served by every cluster that has it.
pub(super) fn version_skew(kind: &ObjectKind) -> Gap {
    let mut trouble = INCOMPLETE.because(format!(
        "no version of {kind} is served by all clusters that have it"
    ));
    trouble.hint = Some("bring the kind's definition to one version in all clusters".to_owned());
    Gap {
        reason: Unknown::VersionSkew,
        trouble,
    }
}

/// A kind that no cluster serves: where nothing can be, a slip in the configuration looks like equality.
pub(super) fn served_nowhere(kind: &ObjectKind) -> Gap {
    let mut trouble = INCOMPLETE.because(format!("no cluster serves {kind}, which is selected"));
    trouble.hint = Some("correct its group and name in `select`".to_owned());
    Gap {
        reason: Unknown::NotComparable,
        trouble,
    }
}

fn gap(reason: Unknown, code: &'static str, text: String, hint: &str) -> Gap {
    Gap {
        reason,
        trouble: Trouble {
            exit: Exit::Transient,
            code,
            text,
            hint: Some(hint.to_owned()),
        },
    }
}
