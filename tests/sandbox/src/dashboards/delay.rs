//! Distance: a TCP forwarder whose bytes arrive later, as they were.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

const CHUNK: usize = 16 * 1024;
/// Chunks under way at once: more than a test sends in a round trip.
const UNDER_WAY: usize = 256;

/// A forwarder to a server that is `latency` away and back. It has a thread of its own; dropping it
/// ends its connections.
#[derive(Debug)]
pub struct Delay {
    addr: SocketAddr,
    connections: Arc<AtomicUsize>,
    stop: CancellationToken,
    thread: Option<JoinHandle<()>>,
}

impl Delay {
    /// Starts one in front of `target`, on a free port of 127.0.0.1. `latency` is a whole round trip:
    /// each direction takes half of it, and a connection's first bytes wait for one more, as they would
    /// for the handshake of TCP. Bytes are never held back for others: only late.
    ///
    /// # Errors
    /// When there is no port.
    pub fn start(target: SocketAddr, latency: Duration) -> io::Result<Self> {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let addr = listener.local_addr()?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let listener = {
            let _guard = runtime.enter();
            TcpListener::from_std(listener)?
        };
        let connections = Arc::new(AtomicUsize::new(0));
        let stop = CancellationToken::new();
        let serving = serve(
            listener,
            target,
            latency,
            Arc::clone(&connections),
            stop.clone(),
        );
        let thread = thread::Builder::new()
            .name("delay".to_owned())
            .spawn(move || runtime.block_on(serving))?;
        Ok(Self {
            addr,
            connections,
            stop,
            thread: Some(thread),
        })
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// How many connections were accepted.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

impl Drop for Delay {
    fn drop(&mut self) {
        self.stop.cancel();
        if let Some(thread) = self.thread.take() {
            // A panic of the forwarder has been printed by then; the test fails by its own means.
            drop(thread.join());
        }
    }
}

async fn serve(
    listener: TcpListener,
    target: SocketAddr,
    latency: Duration,
    connections: Arc<AtomicUsize>,
    stop: CancellationToken,
) {
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let Ok((client, _)) = accepted else { continue };
        connections.fetch_add(1, Ordering::Relaxed);
        // A connection that breaks is closed, which is all that its client can learn.
        tokio::spawn(async move { join(client, target, latency).await.unwrap_or_default() });
    }
}

async fn join(client: TcpStream, target: SocketAddr, latency: Duration) -> io::Result<()> {
    let connected = Instant::now() + latency;
    let server = TcpStream::connect(target).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let half = latency / 2;
    tokio::try_join!(
        carry(from_client, to_server, half, connected),
        carry(from_server, to_client, half, connected),
    )?;
    Ok(())
}

/// Carries bytes one way, each chunk `time` after it came and `time` after `earliest`.
async fn carry(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    time: Duration,
    earliest: Instant,
) -> io::Result<()> {
    let (sender, mut receiver) = mpsc::channel::<(Instant, Vec<u8>)>(UNDER_WAY);
    let reading = async move {
        loop {
            let mut chunk = Vec::with_capacity(CHUNK);
            let read = from.read_buf(&mut chunk).await?;
            let due = Instant::now().max(earliest) + time;
            if read == 0 || sender.send((due, chunk)).await.is_err() {
                return io::Result::Ok(());
            }
        }
    };
    let writing = async move {
        while let Some((due, chunk)) = receiver.recv().await {
            sleep_until(due).await;
            to.write_all(&chunk).await?;
        }
        to.shutdown().await
    };
    tokio::try_join!(reading, writing)?;
    Ok(())
}
