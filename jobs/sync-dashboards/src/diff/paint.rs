//! Colours: a second carrier of what a sign says already.

use std::io::{self, Write};

/// What a stretch of text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Plain,
    Name,
    Old,
    OldMark,
    New,
    NewMark,
    Warning,
    Quiet,
}

impl Tone {
    const fn code(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Name => Some("1"),
            Self::Old => Some("31"),
            Self::OldMark => Some("1;4;31"),
            Self::New => Some("32"),
            Self::NewMark => Some("1;4;32"),
            Self::Warning => Some("33"),
            Self::Quiet => Some("2"),
        }
    }

    /// Writes the text in this tone, if colours are wanted.
    pub(super) fn write(self, text: &str, colour: bool, out: &mut dyn Write) -> io::Result<()> {
        match self.code() {
            Some(code) if colour && !text.is_empty() => {
                write!(out, "\u{1b}[{code}m{text}\u{1b}[0m")
            }
            _ => write!(out, "{text}"),
        }
    }
}
