//! Why something of a cluster could not be seen.

use common::exit::Exit;
use common::trouble::Trouble;

use crate::finding::Unknown;
use crate::observe;
use crate::survey::Gap;

/// A call that failed.
pub(super) use crate::observe::failed;

/// The code of an answer that is not understood: one of those that no job owns.
const GARBLED: &str = "cluster-garbled-answer";

/// A cluster that nobody could connect to.
pub(super) fn not_connected(trouble: Option<&Trouble>) -> Gap {
    let unknown = || Trouble {
        exit: Exit::Transient,
        code: "cluster-unreachable",
        text: "there is no connection to the cluster".to_owned(),
        hint: None,
    };
    observe::not_connected(&trouble.cloned().unwrap_or_else(unknown))
}

/// An answer that is none of its sender's kind. `why` quotes nothing of it.
pub(super) fn garbled(what: &str, why: &str) -> Gap {
    Gap {
        reason: Unknown::Garbled,
        trouble: Trouble {
            exit: Exit::Transient,
            code: GARBLED,
            text: format!("{what}: the answer is not understood: {why}"),
            hint: Some("look at what answers there: it may be something else".to_owned()),
        },
    }
}

/// An answer that is no JSON, or not in the shape that it should have.
pub(super) fn not_json(what: &str, error: &serde_json::Error) -> Gap {
    // The text of the error quotes values.
    let (line, column) = (error.line(), error.column());
    garbled(what, &format!("line {line}, column {column}"))
}

/// No answer in time.
pub(super) fn late(what: &str) -> Gap {
    Gap {
        reason: Unknown::Timeout,
        trouble: Trouble {
            exit: Exit::Transient,
            code: "cluster-timeout",
            text: format!("{what}: no answer within the time limit"),
            hint: Some("see whether it runs and is not overloaded".to_owned()),
        },
    }
}

/// A cluster without the kind that says what should run.
pub(super) fn no_kind(cluster: &str, kind: &str) -> Gap {
    Gap {
        reason: Unknown::NotComparable,
        trouble: Trouble {
            exit: Exit::Config,
            code: "cluster-not-found",
            text: format!("{cluster}: it has no {kind}, and nobody can say what should run"),
            hint: Some("install its definition, or do not ask about it".to_owned()),
        },
    }
}

/// A service that no cluster has: what it would say is compared with nothing.
pub(super) fn no_service(namespace: &str, service: &str) -> Gap {
    Gap {
        reason: Unknown::NotComparable,
        trouble: Trouble {
            exit: Exit::Config,
            code: "cluster-not-found",
            text: format!("no cluster has the service {namespace}/{service}"),
            hint: Some("correct its name in the configuration, or do not ask about it".to_owned()),
        },
    }
}

/// The run was told to stop.
pub(super) fn stopped(what: &str) -> Gap {
    Gap {
        reason: Unknown::Stopped,
        trouble: Trouble {
            exit: Exit::Transient,
            code: "interrupted",
            text: format!("{what}: the run was told to stop"),
            hint: None,
        },
    }
}
