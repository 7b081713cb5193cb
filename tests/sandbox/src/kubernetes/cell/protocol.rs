//! What the two sides of a cell say to each other: one line of JSON an order, one an answer.

use std::net::Ipv4Addr;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::forward::Endpoint;

/// Something that is to be done inside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(in crate::kubernetes) enum Order {
    /// Add this address to the loopback interface.
    Address(Ipv4Addr),
    /// Listen and forward until the cell ends.
    Forward {
        /// Where to listen.
        from: Endpoint,
        /// Where to connect.
        to: Endpoint,
    },
    /// Start a program. The one that had its name must have ended.
    Start(Program),
    /// Send a signal to the program of this name.
    Signal(String, Signal),
    /// End the program of this name and wait until it is gone. One that has ended is fine.
    End(String),
    /// Tell whether the program of this name runs.
    State(String),
}

/// A program with all that it gets. It inherits nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Program {
    /// What orders call it.
    pub(crate) name: String,
    /// Its file.
    pub(crate) file: PathBuf,
    pub(crate) arguments: Vec<String>,
    pub(crate) environment: Vec<(String, String)>,
    /// The file that gets its output, appended.
    pub(crate) log: PathBuf,
}

/// The signals that a scenario needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(in crate::kubernetes) enum Signal {
    /// SIGSTOP: it keeps its sockets and says nothing.
    Stop,
    /// SIGCONT.
    Continue,
}

/// What became of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(in crate::kubernetes) enum Answer {
    /// It is done; the program of [`Order::State`] runs.
    Done,
    /// The program of [`Order::State`] has ended like this.
    Ended(String),
    /// It could not be done, for this reason.
    Failed(String),
}
