//! Reads an answer's body, decompressed as it comes, and stops at the limits.

use std::io::{self, Write};

use flate2::write::GzDecoder;

use super::Limits;
use super::failure::Failure;
use crate::verdict;

/// Below this many bytes any ratio is harmless.
const RATIO_FROM_BYTES: usize = 1 << 20;

/// A body that grows.
#[derive(Debug)]
pub(super) enum Body {
    /// As it was sent.
    Plain(Sink),
    /// Compressed.
    Gzip(Box<GzDecoder<Sink>>),
}

/// Takes bytes up to the limits.
#[derive(Debug)]
pub(super) struct Sink {
    bytes: Vec<u8>,
    /// How many bytes came over the network.
    received: usize,
    limits: Limits,
    over: Option<String>,
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let size = self.bytes.len().saturating_add(bytes.len());
        if size > self.limits.body {
            self.over = Some(too_large(self.limits.body));
        } else if size > RATIO_FROM_BYTES && size > self.received.saturating_mul(self.limits.ratio)
        {
            let ratio = self.limits.ratio;
            self.over = Some(format!("expands to more than {ratio} times what was sent"));
        }
        if self.over.is_some() {
            return Err(io::Error::other("over a limit"));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What is said of too large a body.
pub(super) fn too_large(limit: usize) -> String {
    format!("answers with more than {limit} bytes")
}

impl Body {
    /// An empty one of that `Content-Encoding`.
    pub(super) fn new(encoding: Option<&str>, limits: Limits) -> Result<Self, Failure> {
        let sink = Sink {
            bytes: Vec::new(),
            received: 0,
            limits,
            over: None,
        };
        let encoding = encoding.map(|it| it.trim().to_ascii_lowercase());
        match encoding.as_deref() {
            None | Some("" | "identity") => Ok(Self::Plain(sink)),
            Some("gzip" | "x-gzip") => Ok(Self::Gzip(Box::new(GzDecoder::new(sink)))),
            Some(other) => Err(Failure::not_the_file(format!(
                "answers with the encoding `{}`, which was not asked for",
                other.escape_debug()
            ))),
        }
    }

    /// Takes what came.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let sink = self.sink();
        sink.received = sink.received.saturating_add(bytes.len());
        let written = match self {
            Self::Plain(sink) => sink.write_all(bytes),
            Self::Gzip(decoder) => decoder.write_all(bytes),
        };
        written.map_err(|_| self.failure())
    }

    /// How many bytes came over the network.
    pub(super) fn received(&mut self) -> usize {
        self.sink().received
    }

    /// All of it.
    pub(super) fn finish(mut self) -> Result<Vec<u8>, Failure> {
        if let Self::Gzip(decoder) = &mut self
            && decoder.try_finish().is_err()
        {
            return Err(self.failure());
        }
        Ok(std::mem::take(&mut self.sink().bytes))
    }

    fn sink(&mut self) -> &mut Sink {
        match self {
            Self::Plain(sink) => sink,
            Self::Gzip(decoder) => decoder.get_mut(),
        }
    }

    fn failure(&mut self) -> Failure {
        match self.sink().over.take() {
            Some(text) => Failure::lasting(verdict::UPSTREAM_TOO_LARGE, text),
            // A cut-off stream may come whole the next time.
            None => Failure::passing(
                verdict::UPSTREAM_NOT_THE_FILE,
                "answers with gzip that is damaged or cut off",
            ),
        }
    }
}

/// Refuses what cannot be a file of dashboards: nothing, and a page.
pub(super) fn check_shape(bytes: &[u8]) -> Result<(), Failure> {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match text.trim_ascii_start().first() {
        None => Err(Failure::not_the_file("is empty")),
        Some(b'<') => Err(Failure::not_the_file("is a web page (it begins with `<`)")),
        Some(_) => Ok(()),
    }
}
