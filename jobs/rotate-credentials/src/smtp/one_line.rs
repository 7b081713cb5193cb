//! A TCP stream that never hands out more than one line at a time.
//!
//! The mail library reads ahead, and keeps what it has read when TLS begins. Somebody in between
//! could therefore send answers in the clear behind the go-ahead for STARTTLS, and the library would
//! take them for answers of the encrypted conversation: a login would look granted that the server
//! has never seen. With this stream nothing is read ahead, so what was sent in the clear reaches the
//! TLS handshake, which fails.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// Bytes that are looked at ahead. TLS records take several reads; they are few and small here.
const AHEAD: usize = 512;

/// See the module.
pub(super) struct OneLineAtATime(TcpStream);

impl OneLineAtATime {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self(stream)
    }
}

impl AsyncRead for OneLineAtATime {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let mut ahead = [0; AHEAD];
        let mut peeked = ReadBuf::new(&mut ahead);
        ready!(self.0.poll_peek(cx, &mut peeked))?;
        let peeked = peeked.filled();
        let line_end = peeked.iter().position(|byte| *byte == b'\n');
        let line = line_end.map_or(peeked.len(), |end| end + 1);
        let mut taken = [0; AHEAD];
        let most = line.min(buffer.remaining());
        let mut taken = ReadBuf::new(taken.get_mut(..most).unwrap_or_default());
        ready!(Pin::new(&mut self.0).poll_read(cx, &mut taken))?;
        buffer.put_slice(taken.filled());
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for OneLineAtATime {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

impl AsyncTokioStream for OneLineAtATime {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.0.peer_addr()
    }
}

impl fmt::Debug for OneLineAtATime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OneLineAtATime").field(&self.0).finish()
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::{TcpListener, TcpStream};

    use super::{AHEAD, OneLineAtATime};

    /// What single reads of at most `size` bytes return until the end.
    async fn reads(sent: &[u8], size: usize) -> Vec<Vec<u8>> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).await;
        let (mut server, _) = listener.accept().await.unwrap();
        server.write_all(sent).await.unwrap();
        drop(server);
        let mut stream = OneLineAtATime::new(stream.unwrap());
        let mut reads = Vec::new();
        loop {
            let mut buffer = vec![0; size];
            let read = stream.read(&mut buffer).await.unwrap();
            if read == 0 {
                return reads;
            }
            buffer.truncate(read);
            reads.push(buffer);
        }
    }

    #[tokio::test]
    async fn a_read_ends_with_the_line() {
        let sent = b"220 go\r\n250 forged\r\nhalf";
        let expected: [&[u8]; 3] = [b"220 go\r\n", b"250 forged\r\n", b"half"];
        assert_eq!(reads(sent, 8192).await, expected);
    }

    #[tokio::test]
    async fn small_buffers_and_long_lines_lose_nothing() {
        let sent: Vec<u8> = (0..=255).cycle().take(3 * AHEAD).collect();
        for size in [1, 7, 8192] {
            assert_eq!(reads(&sent, size).await.concat(), sent, "{size}");
        }
    }
}
