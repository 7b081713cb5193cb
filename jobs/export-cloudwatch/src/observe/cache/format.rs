//! The cache file: lines of tab-separated fields, the first of which says what the line is.
//!
//! ```text
//! export-cloudwatch listings 2          magic and version
//! scope  SHA-256                        whose listings these are
//! s      TEXT                           a string; the n-th such line is string n
//! d      NAME VALUE NAME VALUE …        a dimension list, as numbers of strings
//! pages  REQUEST… COUNT AT              what a listing took; 0: more than one page
//! list   REQUEST… COUNT AT EXPIRES      a listing; its shapes follow
//! shape  METRIC LISTED DIMENSION…       one kind of metric; its metrics follow
//! m      LIST LIST …                    the metrics, as numbers of dimension lists
//! end    SHA-256                        of all bytes before this line
//! ```
//!
//! `REQUEST…` is namespace, metric name (`-` for all), `recent` or `any`, the number of filters, and
//! for each its name and value (`-` for any). Everything that is text is a number of a string, so
//! each of the few strings that make up ten thousand metrics stands in the file, and later in
//! memory, once. A backslash, tab or line break within a string is escaped.

mod read;
mod write;

use sha2::{Digest as _, Sha256};

pub(super) use self::read::read;
pub(super) use self::write::write;

/// The first line. Another version has another number.
const MAGIC: &str = "export-cloudwatch listings 2";

/// Why a cache file is not used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// Another version, or no cache at all.
    #[error("it was not written by this version")]
    Foreign,
    /// It belongs to another account or region.
    #[error("it belongs to another account or region")]
    OtherScope,
    /// The end is missing or does not fit the rest.
    #[error("it is damaged")]
    Damaged,
    /// The checksum holds and yet a line makes no sense.
    #[error("line {0} makes no sense")]
    Line(usize),
}

fn escape(text: &str) -> String {
    text.replace('\\', r"\\")
        .replace('\t', r"\t")
        .replace('\n', r"\n")
        .replace('\r', r"\r")
}

fn unescape(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        out.push(match char {
            '\\' => match chars.next()? {
                '\\' => '\\',
                't' => '\t',
                'n' => '\n',
                'r' => '\r',
                _ => return None,
            },
            other => other,
        });
    }
    Some(out)
}

/// SHA-256 in hexadecimal digits.
pub(super) fn checksum(bytes: &[u8]) -> String {
    let digits =
        |byte: &u8| [byte >> 4, byte & 0xf].map(|digit| char::from_digit(digit.into(), 16));
    Sha256::digest(bytes)
        .iter()
        .flat_map(digits)
        .flatten()
        .collect()
}
