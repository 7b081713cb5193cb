//! Texts with `*` in them.

/// A text in which `*` stands for any characters, none included. It matches whole texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Glob {
    /// What stands between the stars; one piece when there is none.
    pieces: Vec<String>,
}

impl Glob {
    /// Reads a text as it is.
    pub(crate) fn new(text: &str) -> Self {
        Self {
            pieces: text.split('*').map(str::to_owned).collect(),
        }
    }

    /// Reads a text whose pieces between the stars are spelled in some way.
    pub(crate) fn spelled<E>(
        text: &str,
        read: impl FnMut(&str) -> Result<String, E>,
    ) -> Result<Self, E> {
        let pieces = text.split('*').map(read).collect::<Result<_, _>>()?;
        Ok(Self { pieces })
    }

    /// Whether a whole text is one of those that are meant.
    pub(crate) fn matches(&self, text: &str) -> bool {
        fits(&self.pieces, text)
    }

    /// The only text that matches, if there is but one.
    pub(crate) fn literal(&self) -> Option<&str> {
        match self.pieces.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }

    /// Whether every text matches.
    pub(crate) fn is_any(&self) -> bool {
        self.pieces.len() > 1 && self.pieces.iter().all(String::is_empty)
    }
}

/// Whether a whole text consists of these pieces in this order, with anything between them, but nothing
/// before the first and after the last.
pub(crate) fn fits<S: AsRef<str>>(pieces: &[S], text: &str) -> bool {
    let Some((first, others)) = pieces.split_first() else {
        return text.is_empty();
    };
    let Some(mut rest) = text.strip_prefix(first.as_ref()) else {
        return false;
    };
    let Some((last, between)) = others.split_last() else {
        return rest.is_empty();
    };
    // The first place is always good enough: it leaves the most for what follows.
    for piece in between {
        match rest.split_once(piece.as_ref()) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last.as_ref())
}
