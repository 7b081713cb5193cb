//! A Lease that is no longer ours.

use crate::cluster::ClusterError;
use crate::exit::Exit;
use crate::fault::Fault;

/// This run may have no further effect: another one may be at work.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LeaseLost {
    /// Somebody else holds it.
    #[error("the Lease {lease} was taken over by `{holder}`")]
    TakenOver {
        /// Its name.
        lease: String,
        /// Who.
        holder: String,
    },
    /// Nobody holds it, although we did.
    #[error("somebody has cleared the holder of the Lease {lease}")]
    Cleared {
        /// Its name.
        lease: String,
    },
    /// It could not be renewed for so long that another run may take it.
    #[error("the Lease {lease} could not be renewed for {seconds} s")]
    NotRenewed {
        /// Its name.
        lease: String,
        /// Since the last success.
        seconds: u64,
        /// The last failure.
        #[source]
        source: Box<ClusterError>,
    },
}

impl Fault for LeaseLost {
    fn exit(&self) -> Exit {
        match self {
            Self::TakenOver { .. } | Self::Cleared { .. } => Exit::Transient,
            Self::NotRenewed { source, .. } => source.exit(),
        }
    }

    fn code(&self) -> &'static str {
        "lease-lost"
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::TakenOver { .. } => Some("wait for the other run to end, then run again".into()),
            Self::Cleared { .. } => {
                Some("make sure that no other run is at work, run again".into())
            }
            Self::NotRenewed { source, .. } => source.hint(),
        }
    }
}

/// A Lease could not be written.
#[derive(Debug, thiserror::Error)]
pub enum LeaseError {
    /// It is no longer ours.
    #[error(transparent)]
    Lost(LeaseLost),
    /// The call failed; it may still be ours.
    #[error(transparent)]
    Call(ClusterError),
}

impl Fault for LeaseError {
    fn exit(&self) -> Exit {
        match self {
            Self::Lost(error) => error.exit(),
            Self::Call(error) => error.exit(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Lost(error) => error.code(),
            Self::Call(error) => error.code(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Lost(error) => error.hint(),
            Self::Call(error) => error.hint(),
        }
    }
}
