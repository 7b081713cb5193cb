//! Colours: a second carrier of what a sign or a word says already.

use std::fmt;

use crate::guard::Truth;

/// A colour of the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Colour {
    Green,
    Red,
    Yellow,
    Bold,
}

impl Colour {
    const fn code(self) -> &'static str {
        match self {
            Self::Green => "32",
            Self::Red => "31",
            Self::Yellow => "33",
            Self::Bold => "1",
        }
    }
}

/// Text with or without a colour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Painted {
    pub(super) text: String,
    pub(super) colour: Option<Colour>,
}

impl Painted {
    pub(super) fn new(text: impl Into<String>, colour: Colour) -> Self {
        Self {
            text: text.into(),
            colour: Some(colour),
        }
    }

    /// `✓`, `✗` or `?`.
    pub(super) fn sign(holds: Option<bool>) -> Self {
        match holds {
            Some(true) => Self::new("✓", Colour::Green),
            Some(false) => Self::new("✗", Colour::Red),
            None => Self::new("?", Colour::Yellow),
        }
    }

    pub(super) fn truth(truth: &Truth) -> Self {
        Self::sign(match truth {
            Truth::Yes => Some(true),
            Truth::No(_) => Some(false),
            Truth::Unknown(_) => None,
        })
    }

    /// Columns that it takes.
    pub(super) fn width(&self) -> usize {
        self.text.chars().count()
    }
}

impl<T: Into<String>> From<T> for Painted {
    fn from(text: T) -> Self {
        Self {
            text: text.into(),
            colour: None,
        }
    }
}

impl fmt::Display for Painted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.colour {
            None => f.write_str(&self.text),
            Some(colour) => write!(f, "\u{1b}[{}m{}\u{1b}[0m", colour.code(), self.text),
        }
    }
}
