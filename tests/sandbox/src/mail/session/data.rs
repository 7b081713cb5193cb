//! The message behind DATA: up to the lone dot, without the dots that the client doubled.

use std::io;

use tokio::io::{AsyncBufRead, AsyncBufReadExt as _};

/// Reads a message. `None` when it is larger than `limit` bytes: it is still read to its end, since
/// the client listens only then.
pub(super) async fn read(
    stream: &mut (impl AsyncBufRead + Unpin),
    limit: usize,
) -> io::Result<Option<String>> {
    let mut message = Vec::new();
    let mut line = Vec::new();
    let mut too_long = false;
    loop {
        line.clear();
        stream.read_until(b'\n', &mut line).await?;
        if !line.ends_with(b"\n") {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if line == b".\r\n" {
            let text = String::from_utf8_lossy(&message).into_owned();
            return Ok((!too_long).then_some(text));
        }
        let unstuffed = line.strip_prefix(b".").unwrap_or(&line);
        too_long |= message.len() + unstuffed.len() > limit;
        if !too_long {
            message.extend_from_slice(unstuffed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::read;

    #[tokio::test]
    async fn a_doubled_dot_is_one_and_a_lone_one_is_the_end() {
        let mut wire: &[u8] = b"a\r\n..\r\n..b\r\n.\nc\r\n.\r\nNOOP\r\n";
        let message = read(&mut wire, 100).await.unwrap().unwrap();
        assert_eq!(message, "a\r\n.\r\n.b\r\n\nc\r\n");
        assert_eq!(wire, b"NOOP\r\n", "the next command is left");
    }

    #[tokio::test]
    async fn a_message_over_the_limit_is_read_to_its_end_and_refused() {
        let mut wire: &[u8] = b"1234\r\n5678\r\n.\r\nQUIT\r\n";
        assert_eq!(read(&mut wire, 11).await.unwrap(), None);
        assert_eq!(wire, b"QUIT\r\n");
    }

    #[tokio::test]
    async fn a_client_that_goes_away_has_sent_nothing() {
        let mut wire: &[u8] = b"half a mess";
        assert!(read(&mut wire, 100).await.is_err());
    }
}
