//! What goes wrong between an upstream and its client.

use std::io::Write as _;
use std::time::Duration;

use flate2::{Compress, Compression, Crc, FlushCompress, Status};

/// What one request meets. Faults of a body ignore `If-None-Match`, and leave errors as they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// This status with a line of text, and these headers.
    Status(u16, Vec<(String, String)>),
    /// The page of a captive proxy: 200, `text/html`.
    Html,
    /// Half of the body that `Content-Length` states; then the connection ends.
    Truncated,
    /// At most so many bytes of the file, up to the border of an item, as if they were all of it.
    CutClean(usize),
    /// 200 with nothing.
    Empty,
    /// 302 to this URL.
    Redirect(String),
    /// The right answer, so much later.
    Slow(Duration),
    /// 200 with a megabyte of gzip, asked for or not, that becomes a gigabyte of zeros.
    Bomb,
    /// The connection ends without an answer.
    Refuse,
    /// 429, to be asked again after this time (whole seconds).
    RateLimited {
        /// What `Retry-After` says.
        retry_after: Duration,
    },
}

/// What begins an item in upstream's layout.
const BORDER: &[u8] = b"\n- apiVersion:";

/// At most `limit` bytes of a bundle, without the beginning of an item that does not fit.
pub(super) fn cut_clean(bytes: &[u8], limit: usize) -> &[u8] {
    let kept = bytes.get(..limit).unwrap_or(bytes);
    let border = (0..kept.len())
        .rev()
        .find(|&at| bytes.get(at..).is_some_and(|rest| rest.starts_with(BORDER)));
    border.and_then(|at| kept.get(..=at)).unwrap_or(kept)
}

/// [`cut_clean`] with a limit that is one.
pub(super) fn cut_clean_if(bytes: &[u8], limit: Option<usize>) -> &[u8] {
    match limit {
        Some(limit) if limit < bytes.len() => cut_clean(bytes, limit),
        Some(_) | None => bytes,
    }
}

const CHUNK: usize = 1 << 20;
const CHUNKS: usize = 1024;

/// One gzip member of 1 GiB zeros. Every block is the same after a full flush, so one is made.
pub(super) fn bomb() -> Vec<u8> {
    let zeros = vec![0; CHUNK];
    let mut deflate = Compress::new(Compression::best(), false);
    let mut block = Vec::with_capacity(CHUNK);
    let done = deflate.compress_vec(&zeros, &mut block, FlushCompress::Full);
    debug_assert!(matches!(done, Ok(Status::Ok)), "there is room for it all");
    let mut of_one = Crc::new();
    of_one.update(&zeros);
    let mut sum = Crc::new();
    let mut gzip = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    for _ in 0..CHUNKS {
        gzip.extend_from_slice(&block);
        sum.combine(&of_one);
    }
    // The last block, empty.
    gzip.extend_from_slice(&[3, 0]);
    gzip.extend_from_slice(&sum.sum().to_le_bytes());
    gzip.extend_from_slice(&sum.amount().to_le_bytes());
    gzip
}

pub(super) fn gzip(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes)?;
    encoder.finish()
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use flate2::read::GzDecoder;

    use super::{CHUNK, CHUNKS, bomb, cut_clean};

    #[test]
    fn a_clean_cut_is_at_the_border_of_an_item() {
        let bundle = b"items:\n- apiVersion: v1\n  a: 1\n- apiVersion: v1\n  a: 2\nkind: x\n";
        assert_eq!(cut_clean(bundle, 40), b"items:\n- apiVersion: v1\n  a: 1\n");
        assert_eq!(cut_clean(b"no border", 4), b"no b");
        assert_eq!(cut_clean(b"no border", 400), b"no border");
    }

    #[test]
    fn a_bomb_is_a_megabyte_that_becomes_a_gigabyte() {
        let bomb = bomb();
        assert!(bomb.len() < 2 * CHUNK, "{}", bomb.len());
        let mut decoder = GzDecoder::new(bomb.as_slice());
        let mut buffer = vec![1; CHUNK];
        let mut total = 0;
        loop {
            let read = decoder.read(&mut buffer).unwrap();
            if read == 0 {
                break;
            }
            total += read;
        }
        assert_eq!(total, CHUNK * CHUNKS);
    }
}
