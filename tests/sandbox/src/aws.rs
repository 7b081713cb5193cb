//! A simulated AWS on loopback: CloudWatch over its three wire protocols, resource tagging, STS,
//! access keys and tags of IAM users, and Secrets Manager.
//!
//! It enforces the limits that clients meet in production (500 queries a call, pages, retention,
//! quotas, two keys a user) and IAM policies, answers from one readable [`Content`] and an injected
//! clock, breaks on request ([`Fault`]), and keeps a log of every call ([`CallLog`]). It checks no
//! signatures, computes no metric math, encrypts nothing, and accepts no metrics: those are given,
//! not put.
//!
//! The layers, outermost first: `server` (HTTP, broken connections), `dispatch` (which operation,
//! who asks, limits, faults, log), `caller` and `policy` (who it is and what that may do),
//! `protocol` (bytes to [`node`], [`shape`] to bytes), `operations` (typed requests and responses),
//! `world` (content by identity), `series` and `statistic` (values), `ledger` with `iam` and
//! `secrets` (what changes: by calls, and by a person through [`AwsSim::iam`] and
//! [`AwsSim::secrets`]).
//!
//! ```no_run
//! use sandbox::aws::{AwsSim, Content, Fault, FaultKind, Operation, Options};
//!
//! let sim = AwsSim::start(Content::synthetic(100), Options::default())?;
//! sim.inject(Fault::new(FaultKind::Throttle).on(Operation::GetMetricData).calls(1, Some(1)));
//! // … run a client with AWS_ENDPOINT_URL={sim.endpoint()} …
//! assert_eq!(sim.calls().count(Operation::GetMetricData), 2);
//! # Ok::<(), std::io::Error>(())
//! ```

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use common::clock::Clock;
use jiff::SignedDuration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

mod admin;
mod caller;
mod calls;
mod content;
mod dispatch;
mod draw;
mod error;
mod faults;
mod iam;
mod ledger;
mod node;
mod number;
mod operation;
mod operations;
mod policy;
mod protocol;
mod secrets;
mod series;
mod server;
mod shape;
mod state;
mod statistic;
#[cfg(test)]
mod tests;
mod token;
mod traffic;
mod window;
mod world;

pub use calls::{Call, CallLog, Totals};
pub use content::{Content, ContentError, DEFAULT_ACCOUNT, DEFAULT_REGION};
pub use error::ServiceError;
pub use faults::{Fault, FaultKind};
pub use iam::{IamDelays, IamHandle, KeyStatus, KeyUse, KeyView, NewKey};
pub use operation::Operation;
pub use policy::PolicyError;
pub use protocol::Protocol;
pub use secrets::{SecretValue, SecretsHandle};
pub use traffic::{Latency, Limits};

use self::policy::Policy;
use self::state::State;

/// How a simulator behaves, apart from what it holds.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// What time it is. Requests are still answered in real time.
    pub clock: Clock,
    /// How long calls take.
    pub latency: Latency,
    /// How many calls a second are admitted.
    pub limits: Limits,
    /// What goes wrong from the start.
    pub faults: Vec<Fault>,
    /// How late IAM is.
    pub iam: IamDelays,
    /// What ids and secrets are drawn from.
    pub seed: u64,
}

impl Default for Options {
    /// A free loopback port, the system's clock, no added latency, the quotas of AWS, no faults.
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            clock: Clock::system(),
            latency: Latency::default(),
            limits: Limits::AWS,
            faults: Vec::new(),
            iam: IamDelays::default(),
            seed: 0,
        }
    }
}

/// A running simulator. It has a thread of its own, so that a test may block while a child process
/// talks to it. Dropping it stops it.
#[derive(Debug)]
pub struct AwsSim {
    addr: SocketAddr,
    state: Arc<State>,
    stop: CancellationToken,
    thread: Option<JoinHandle<()>>,
}

impl AwsSim {
    /// Starts serving `content`. The port accepts connections when this returns.
    ///
    /// # Errors
    /// When the address cannot be bound.
    pub fn start(content: Content, options: Options) -> io::Result<Self> {
        let listener = std::net::TcpListener::bind(options.listen)?;
        listener.set_nonblocking(true)?;
        let addr = listener.local_addr()?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let state = Arc::new(State::new(content, options));
        let stop = CancellationToken::new();
        let listener = {
            let _guard = runtime.enter();
            TcpListener::from_std(listener)?
        };
        let serving = server::serve(listener, Arc::clone(&state), stop.clone());
        let thread = thread::Builder::new()
            .name("aws-sim".to_owned())
            .spawn(move || runtime.block_on(serving))?;
        Ok(Self {
            addr,
            state,
            stop,
            thread: Some(thread),
        })
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The value for `AWS_ENDPOINT_URL`.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Every call so far.
    pub fn calls(&self) -> CallLog {
        self.state.log().clone()
    }

    /// Empties the call log.
    pub fn clear_calls(&self) {
        *self.state.log() = CallLog::default();
    }

    /// Adds a fault; its count of calls starts now.
    pub fn inject(&self, fault: Fault) {
        self.state.faults().add(fault);
    }

    /// Removes all faults.
    pub fn clear_faults(&self) {
        self.state.set_faults(Vec::new());
    }

    /// Changes the time.
    pub fn set_clock(&self, clock: Clock) {
        self.state.set_clock(clock);
    }

    /// Lets AWS's time be off from the clock by `skew`, in everything it says and stamps.
    pub fn set_skew(&self, skew: SignedDuration) {
        self.state.set_skew(skew);
    }

    /// IAM in a person's hands.
    pub fn iam(&self) -> IamHandle<'_> {
        IamHandle::new(&self.state)
    }

    /// Secrets Manager in a person's hands.
    pub fn secrets(&self) -> SecretsHandle<'_> {
        SecretsHandle::new(&self.state)
    }

    /// Lets calls that are signed with this key id do only what an IAM policy document (JSON)
    /// allows. `GetCallerIdentity` and refusals then name an assumed role.
    ///
    /// # Errors
    /// When the document is invalid or says something that is not enforced here.
    pub fn set_policy(&self, access_key: &str, json: &str) -> Result<(), PolicyError> {
        let policy = Policy::from_json(json)?;
        self.state.ledger().policies().set(access_key, policy);
        Ok(())
    }

    /// Exchanges the world, and starts users, secrets and policies anew from it.
    pub fn set_content(&self, content: Content) {
        self.state.set_content(content);
    }

    /// Serves until the process ends.
    pub fn wait(mut self) {
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

impl Drop for AwsSim {
    fn drop(&mut self) {
        self.stop.cancel();
        if let Some(thread) = self.thread.take() {
            // A panic of the server has been printed by then; the test fails by its own means.
            drop(thread.join());
        }
    }
}
