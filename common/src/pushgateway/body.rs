//! The body of a push, written once and compressed when that pays.

use std::io::{self, Write};

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::exposition::{Family, render};

/// Smaller bodies fit into a few packets as they are.
const PLAIN_BYTES_MAX: usize = 8 * 1024;

/// A rendered push.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Body {
    /// Text.
    Plain(Vec<u8>),
    /// Text, gzipped.
    Gzip(Vec<u8>),
}

impl Body {
    /// Renders `families`. The text of a large push never exists as a whole: it is compressed
    /// while it is written.
    pub(super) fn render<'a>(families: impl IntoIterator<Item = &'a Family>) -> Self {
        let mut writer = Writer::Plain(Vec::new());
        let written = render(families, &mut writer).and_then(|()| writer.finish());
        #[expect(
            clippy::expect_used,
            reason = "neither a Vec nor an encoder into one fails"
        )]
        written.expect("memory takes every byte")
    }
}

enum Writer {
    Plain(Vec<u8>),
    Gzip(Box<GzEncoder<Vec<u8>>>),
}

impl Writer {
    fn finish(self) -> io::Result<Body> {
        match self {
            Self::Plain(text) => Ok(Body::Plain(text)),
            Self::Gzip(encoder) => encoder.finish().map(Body::Gzip),
        }
    }
}

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Self::Plain(text) = self
            && text.len().saturating_add(bytes.len()) > PLAIN_BYTES_MAX
        {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
            encoder.write_all(text)?;
            *self = Self::Gzip(Box::new(encoder));
        }
        match self {
            Self::Plain(text) => text.write(bytes),
            Self::Gzip(encoder) => encoder.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::{Body, PLAIN_BYTES_MAX};
    use crate::exposition::{Family, Kind, Label, Labels, Sample, render};

    fn family(samples: u32) -> Family {
        let sample = |n: u32| Sample {
            labels: Labels::new(vec![Label::new("n", n.to_string())]),
            value: n.into(),
        };
        let samples = (0..samples).map(sample).collect();
        Family {
            name: "a".into(),
            kind: Kind::Gauge,
            help: String::new(),
            samples,
        }
    }

    #[test]
    fn only_large_bodies_are_compressed_and_none_is_changed() {
        for samples in [0, 1, 600, 700, 3_000, 20_000] {
            let families = [family(samples)];
            let mut text = Vec::new();
            render(&families, &mut text).unwrap();
            match Body::render(&families) {
                Body::Plain(body) => {
                    assert!(body.len() <= PLAIN_BYTES_MAX);
                    assert_eq!(body, text);
                }
                Body::Gzip(body) => {
                    assert!(text.len() > PLAIN_BYTES_MAX && body.len() < text.len());
                    let mut back = Vec::new();
                    flate2::read::GzDecoder::new(&*body)
                        .read_to_end(&mut back)
                        .unwrap();
                    assert_eq!(back, text);
                }
            }
        }
    }
}
