//! Paths as text.

use std::fmt::{self, Write as _};

use super::{Path, Segment};

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|segment| segment.fmt(f))
    }
}

impl fmt::Display for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(name) => {
                f.write_char('/')?;
                escape(f, name, &['/', '#', '['])
            }
            Self::Item(keys) => {
                f.write_char('[')?;
                for (index, (key, value)) in keys.iter().enumerate() {
                    if index > 0 {
                        f.write_char(',')?;
                    }
                    escape(f, key, &[']', ',', '='])?;
                    f.write_char('=')?;
                    escape(f, value, &[']', ','])?;
                }
                f.write_char(']')
            }
            Self::Index(index) => write!(f, "/{index}"),
            Self::Document => f.write_char('#'),
        }
    }
}

/// Each character that cannot stand for itself and the digit after `~` that stands for it.
pub(super) const ESCAPES: [(char, char); 7] = [
    ('~', '0'),
    ('/', '1'),
    ('#', '2'),
    ('[', '3'),
    (']', '4'),
    (',', '5'),
    ('=', '6'),
];

fn escape(f: &mut fmt::Formatter<'_>, text: &str, special: &[char]) -> fmt::Result {
    for c in text.chars() {
        let escaped = ESCAPES
            .iter()
            .find(|(it, _)| *it == c && (c == '~' || special.contains(&c)));
        match escaped {
            Some((_, digit)) => write!(f, "~{digit}")?,
            None => f.write_char(c)?,
        }
    }
    Ok(())
}
