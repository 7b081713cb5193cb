//! What goes on beside a test: a thread with a runtime of its own.
//!
//! A test may block while a child process talks to a cluster, and a cluster may outlive the runtime
//! of the test that started it.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::thread::{self, JoinHandle};

use tokio::runtime::{Builder, EnterGuard, Handle};
use tokio::task::AbortHandle;
use tokio_util::sync::CancellationToken;

use super::cell::forward::{Endpoint, Listener, forward};

/// A running thread. Dropping it ends everything that it does.
#[derive(Debug)]
pub(super) struct Background {
    handle: Handle,
    stop: CancellationToken,
    thread: Option<JoinHandle<()>>,
}

/// Something that the thread does. Dropping it ends it.
#[derive(Debug)]
pub(super) struct Task {
    handle: AbortHandle,
    ended: CancellationToken,
}

impl Background {
    /// Starts a thread called `name`.
    pub(super) fn start(name: &str) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let (handle, stop) = (runtime.handle().clone(), CancellationToken::new());
        let stopped = stop.clone();
        let thread = thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || runtime.block_on(stopped.cancelled()))?;
        Ok(Self {
            handle,
            stop,
            thread: Some(thread),
        })
    }

    /// As long as the guard lives, sockets belong to this thread's runtime.
    pub(super) fn enter(&self) -> EnterGuard<'_> {
        self.handle.enter()
    }

    /// Does `work` until it is done or its task is dropped.
    pub(super) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) -> Task {
        let ended = CancellationToken::new();
        let guard = ended.clone().drop_guard();
        let task = self.handle.spawn(async move {
            // Moved in, so that it is dropped after the work, however that ends.
            let _guard = guard;
            work.await;
        });
        Task {
            handle: task.abort_handle(),
            ended,
        }
    }

    /// Forwards connections from `listener` to `target`.
    pub(super) fn forward(&self, listener: Listener, target: Endpoint) -> Task {
        self.spawn(forward(listener, target))
    }

    /// Forwards connections from a free loopback port to `target`.
    pub(super) fn forward_from_free_port(
        &self,
        target: Endpoint,
    ) -> io::Result<(SocketAddr, Task)> {
        let _guard = self.enter();
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let listener = Listener::Tcp(tokio::net::TcpListener::from_std(listener)?);
        Ok((address, self.forward(listener, target)))
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.stop.cancel();
        if let Some(thread) = self.thread.take() {
            // A panic in there has been printed by then; the test fails by its own means.
            drop(thread.join());
        }
    }
}

impl Task {
    /// Ends it, and returns when its sockets are closed.
    pub(super) async fn end(self) {
        self.handle.abort();
        self.ended.cancelled().await;
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.handle.abort();
    }
}
