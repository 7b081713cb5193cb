//! Stands for raw.githubusercontent.com and api.github.com, on loopback and without TLS: files by
//! reference and path, commits by reference, `ETag`s, gzip, rate limits; and what goes wrong with them
//! ([`Fault`]).
//!
//! Both hosts are one address here: paths that begin with `/repos/` are the API's. It knows what was
//! published and nothing else; it has no git objects, so the API's answers lack blob ids.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use common::clock::Clock;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

mod answer;
mod fault;
mod server;
mod state;

pub use fault::Fault;
pub use state::Seen;

use self::state::State;

/// How an upstream is to be.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Whose files it has, as `OWNER/NAME`.
    pub repository: String,
    /// Requests to the API in an hour from someone without a token; with one it is 5000.
    pub hourly: u32,
    /// What the API reckons the end of its hour from.
    pub clock: Clock,
}

impl Default for Options {
    /// A free loopback port, kube-prometheus, 60 requests an hour, the system's clock.
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            repository: "prometheus-operator/kube-prometheus".to_owned(),
            hourly: 60,
            clock: Clock::system(),
        }
    }
}

/// A running upstream. It has a thread of its own, so that a test may block while a child process
/// talks to it. Dropping it stops it.
#[derive(Debug)]
pub struct Upstream {
    addr: SocketAddr,
    state: Arc<State>,
    stop: CancellationToken,
    thread: Option<JoinHandle<()>>,
}

impl Upstream {
    /// Starts one that has nothing yet. The port accepts connections when this returns.
    ///
    /// # Errors
    /// When the address cannot be bound.
    pub fn start(options: Options) -> io::Result<Self> {
        let listener = std::net::TcpListener::bind(options.listen)?;
        listener.set_nonblocking(true)?;
        let addr = listener.local_addr()?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let state = Arc::new(State::new(options));
        let stop = CancellationToken::new();
        let listener = {
            let _guard = runtime.enter();
            TcpListener::from_std(listener)?
        };
        let serving = server::serve(listener, Arc::clone(&state), stop.clone());
        let thread = thread::Builder::new()
            .name("upstream".to_owned())
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

    /// The base of all its URLs, without a slash at the end.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Lets `path` have these bytes at `commit`, and `reference`, a branch or tag or the commit itself,
    /// name that commit. A branch moves by publishing it again.
    pub fn publish(&self, reference: &str, commit: &str, path: &str, bytes: impl Into<Vec<u8>>) {
        let mut inner = self.state.lock();
        for name in [reference, commit] {
            inner.references.insert(name.to_owned(), commit.to_owned());
        }
        let file = (commit.to_owned(), path.to_owned());
        inner.files.insert(file, bytes.into().into());
    }

    /// Lets the next request that no earlier call claims meet this fault.
    pub fn queue(&self, fault: Fault) {
        self.state.lock().queued.push_back(fault);
    }

    /// Lets every request meet this fault for which none is queued.
    pub fn stand(&self, fault: Fault) {
        self.state.lock().standing = Some(fault);
    }

    /// Ends all faults.
    pub fn clear_faults(&self) {
        let mut inner = self.state.lock();
        inner.queued.clear();
        inner.standing = None;
    }

    /// Every request so far, in the order of arrival.
    pub fn requests(&self) -> Vec<Seen> {
        self.state.lock().seen.clone()
    }

    /// Forgets all requests.
    pub fn clear_requests(&self) {
        self.state.lock().seen.clear();
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.stop.cancel();
        if let Some(thread) = self.thread.take() {
            // A panic of the server has been printed by then; the test fails by its own means.
            drop(thread.join());
        }
    }
}

/// Bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a `String` cannot fail.
        write!(text, "{byte:02x}").unwrap_or_default();
        text
    })
}
