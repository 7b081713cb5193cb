//! Joins two sockets: what connects to the one is connected to the other.
//!
//! A Unix socket has no network namespace, so it is the door between a cell and the world: one
//! forwarder on each side of it makes a TCP connection through the wall.

use std::io;
use std::net::SocketAddr;
use std::os::unix::net::UnixListener as StdUnixListener;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncWrite, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::task::JoinSet;

/// One end of a forwarder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(in crate::kubernetes) enum Endpoint {
    /// An address in the network of whoever uses it.
    Tcp(SocketAddr),
    /// A socket file.
    Unix(PathBuf),
}

/// A socket that accepts connections.
#[derive(Debug)]
pub(in crate::kubernetes) enum Listener {
    /// On an address.
    Tcp(TcpListener),
    /// On a file.
    Unix(UnixListener),
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

impl Endpoint {
    /// Starts to listen. Must be called inside a runtime, which then drives the socket.
    pub(in crate::kubernetes) fn listen(&self) -> io::Result<Listener> {
        match self {
            Self::Tcp(address) => {
                let listener = std::net::TcpListener::bind(address)?;
                listener.set_nonblocking(true)?;
                TcpListener::from_std(listener).map(Listener::Tcp)
            }
            Self::Unix(path) => {
                let listener = StdUnixListener::bind(path)?;
                listener.set_nonblocking(true)?;
                UnixListener::from_std(listener).map(Listener::Unix)
            }
        }
    }

    async fn connect(&self) -> io::Result<Box<dyn Stream>> {
        Ok(match self {
            Self::Tcp(address) => {
                let stream = TcpStream::connect(address).await?;
                stream.set_nodelay(true)?;
                Box::new(stream)
            }
            Self::Unix(path) => Box::new(UnixStream::connect(path).await?),
        })
    }
}

impl Listener {
    async fn accept(&self) -> io::Result<Box<dyn Stream>> {
        Ok(match self {
            Self::Tcp(listener) => {
                let (stream, _) = listener.accept().await?;
                stream.set_nodelay(true)?;
                Box::new(stream)
            }
            Self::Unix(listener) => Box::new(listener.accept().await?.0),
        })
    }
}

/// Forwards every connection that `listener` accepts to `target`, until dropped; then the
/// connections end too.
pub(in crate::kubernetes) async fn forward(listener: Listener, target: Endpoint) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                // A failed accept is the client's loss: it went away in the meantime.
                let Ok(stream) = accepted else { continue };
                connections.spawn(join(stream, target.clone()));
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

/// Both ends learn of an error by the end of their stream, as over a real network.
async fn join(mut from: Box<dyn Stream>, target: Endpoint) {
    if let Ok(mut to) = target.connect().await {
        drop(copy_bidirectional(&mut from, &mut to).await);
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use tempfile::TempDir;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::{TcpListener, TcpStream};

    use super::{Endpoint, Listener, forward};

    fn local() -> SocketAddr {
        ([127, 0, 0, 1], 0).into()
    }

    /// Starts a forwarder from a free port; returns the port.
    async fn from_free_port(target: Endpoint) -> SocketAddr {
        let listener = TcpListener::bind(local()).await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(forward(Listener::Tcp(listener), target));
        address
    }

    #[tokio::test]
    async fn two_forwarders_carry_a_connection_through_a_socket_file_and_back() {
        let directory = TempDir::new().unwrap();
        let door = Endpoint::Unix(directory.path().join("door"));
        let server = TcpListener::bind(local()).await.unwrap();
        let inside = Endpoint::Tcp(server.local_addr().unwrap());
        tokio::spawn(forward(door.listen().unwrap(), inside));
        let outside = from_free_port(door).await;

        let mut client = TcpStream::connect(outside).await.unwrap();
        client.write_all(b"ping").await.unwrap();
        client.shutdown().await.unwrap();
        let (mut served, _) = server.accept().await.unwrap();
        let mut request = String::new();
        served.read_to_string(&mut request).await.unwrap();
        assert_eq!(request, "ping", "half a close is passed on");
        served.write_all(b"pong").await.unwrap();
        drop(served);
        let mut answer = String::new();
        client.read_to_string(&mut answer).await.unwrap();
        assert_eq!(answer, "pong");
    }

    #[tokio::test]
    async fn a_target_that_refuses_ends_the_connection() {
        let closed = TcpListener::bind(local())
            .await
            .unwrap()
            .local_addr()
            .unwrap();
        let outside = from_free_port(Endpoint::Tcp(closed)).await;
        let mut client = TcpStream::connect(outside).await.unwrap();
        assert_eq!(client.read(&mut [0; 8]).await.unwrap_or(0), 0);
    }
}
