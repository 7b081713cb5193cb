//! A loopback port that stays ours while nobody listens on it.
//!
//! A server that is down refuses connections, and when it is up again it has the same port. The
//! kernel allows several sockets with `SO_REUSEADDR` on one address as long as none of them listens,
//! so one that never does keeps the port from everyone else.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::TcpSocket;

use super::cell::forward::Listener;

/// More than a job has open at once.
const BACKLOG: u32 = 128;

/// A reserved port.
#[derive(Debug)]
pub(super) struct Port {
    address: SocketAddr,
    _reservation: TcpSocket,
}

impl Port {
    /// Reserves a free port of 127.0.0.1.
    pub(super) fn reserve() -> io::Result<Self> {
        let reservation = bound((Ipv4Addr::LOCALHOST, 0).into())?;
        Ok(Self {
            address: reservation.local_addr()?,
            _reservation: reservation,
        })
    }

    /// Where it is.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Accepts connections from now on. Must be called inside a runtime.
    pub(super) fn listen(&self) -> io::Result<Listener> {
        bound(self.address)?.listen(BACKLOG).map(Listener::Tcp)
    }
}

fn bound(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;
    use std::net::{TcpListener, TcpStream};

    use super::Port;

    #[tokio::test]
    async fn a_reserved_port_refuses_listens_and_refuses_again() {
        let port = Port::reserve().unwrap();
        let refused = || TcpStream::connect(port.address()).unwrap_err().kind();
        for _ in 0..3 {
            assert_eq!(refused(), ErrorKind::ConnectionRefused);
            let listener = port.listen().unwrap();
            TcpStream::connect(port.address()).unwrap();
            drop(listener);
        }
        assert_eq!(refused(), ErrorKind::ConnectionRefused);
        assert_eq!(
            TcpListener::bind(port.address())
                .map(drop)
                .err()
                .map(|error| error.kind()),
            None,
            "who asks for exactly this port may have it; a free port is never this one"
        );
    }
}
