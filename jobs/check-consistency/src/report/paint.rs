//! Colours: a second carrier of what a word says already.

use std::io::{self, Write};

/// What a stretch of text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Name,
    Drift,
    Unknown,
    Good,
    Quiet,
}

impl Tone {
    const fn code(self) -> &'static str {
        match self {
            Self::Name => "1",
            Self::Drift => "1;31",
            Self::Unknown => "1;33",
            Self::Good => "32",
            Self::Quiet => "2",
        }
    }

    /// Writes the text in this tone, if colours are wanted.
    pub(super) fn write(self, text: &str, colour: bool, out: &mut dyn Write) -> io::Result<()> {
        if colour && !text.is_empty() {
            write!(out, "\u{1b}[{}m{text}\u{1b}[0m", self.code())
        } else {
            out.write_all(text.as_bytes())
        }
    }
}
