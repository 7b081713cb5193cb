//! Colours: a second carrier of what a word says already.

use std::io::{self, Write};

/// What a stretch of text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Plain,
    Name,
    Drift,
    Unknown,
    Good,
    Quiet,
}

impl Tone {
    const fn code(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Name => Some("1"),
            Self::Drift => Some("1;31"),
            Self::Unknown => Some("1;33"),
            Self::Good => Some("32"),
            Self::Quiet => Some("2"),
        }
    }

    /// Writes the text in this tone, if colours are wanted.
    pub(super) fn write(self, text: &str, colour: bool, out: &mut dyn Write) -> io::Result<()> {
        match self.code() {
            Some(code) if colour && !text.is_empty() => {
                write!(out, "\u{1b}[{code}m{text}\u{1b}[0m")
            }
            Some(_) | None => write!(out, "{text}"),
        }
    }
}
