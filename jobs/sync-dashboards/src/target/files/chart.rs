//! The chart around the folder: its version, which is raised when its content changes, and its content.

use std::cmp::Ordering;
use std::fmt;
use std::ops::Range;
use std::path::Path;

use common::trouble::Trouble;

use super::Bump;
use crate::digest::Digest;
use crate::verdict;

/// `Chart.yaml`, of which only the version is ever changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Manifest {
    pub(super) text: String,
    /// Where in [`Self::text`] the version is, without quotes.
    place: Range<usize>,
    pub(super) version: Version,
}

/// A semantic version; what stands after `+` does not count and is not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Version {
    major: u64,
    minor: u64,
    patch: u64,
    pre: Option<String>,
}

impl Manifest {
    /// Finds the version. Comments, quotes, line ends and everything else stay as they are.
    pub(super) fn read(path: &Path, bytes: Vec<u8>) -> Result<Self, Trouble> {
        let malformed =
            |text: &str| verdict::CHART_MALFORMED.because(format!("{}: {text}", path.display()));
        let text = String::from_utf8(bytes).map_err(|_| malformed("not UTF-8 text"))?;
        let mut places = Vec::new();
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            if let Some(rest) = line.strip_prefix("version:") {
                places.push(start + "version:".len()..start + "version:".len() + rest.len());
            }
            start += line.len();
        }
        let [place] = places.as_slice() else {
            let lines = places.len();
            return Err(malformed(&format!("{lines} lines `version:`, not one")));
        };
        let value = text.get(place.clone()).unwrap_or_default();
        let place = value_in(value)
            .map(|range| place.start + range.start..place.start + range.end)
            .ok_or_else(|| malformed("no value after `version:` on its line"))?;
        let value = text.get(place.clone()).unwrap_or_default();
        let version = Version::parse(value).ok_or_else(|| {
            malformed(&format!(
                "`version: {}` is not of the form X.Y.Z",
                value.escape_debug()
            ))
        })?;
        Ok(Self {
            text,
            place,
            version,
        })
    }

    /// The text with another version.
    pub(super) fn with(&self, version: &Version) -> String {
        let mut text = self.text.clone();
        text.replace_range(self.place.clone(), &version.to_string());
        text
    }

    /// The text without its version.
    pub(super) fn rest(&self) -> String {
        let mut text = self.text.clone();
        text.replace_range(self.place.clone(), "");
        text
    }
}

/// The value on the rest of a line, without blanks, quotes and comment.
fn value_in(rest: &str) -> Option<Range<usize>> {
    let value = rest.trim_start_matches([' ', '\t']);
    // `version:1.0` is no key with a value.
    let blanks = rest.len() - value.len();
    if blanks == 0 {
        return None;
    }
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
    let (start, length, after) = if let Some(quote) = quote {
        let inner = value.get(1..)?;
        let length = inner.find(quote)?;
        (blanks + 1, length, inner.get(length + 1..)?)
    } else {
        let length = value.find([' ', '\t', '\r', '\n']).unwrap_or(value.len());
        (blanks, length, value.get(length..)?)
    };
    let is_over = after.trim().is_empty() || after.trim_start().starts_with('#');
    (length > 0 && is_over).then(|| start..start + length)
}

impl Version {
    /// Nothing when it is none.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (text, build) = match text.split_once('+') {
            Some((text, build)) => (text, Some(build)),
            None => (text, None),
        };
        let (core, pre) = match text.split_once('-') {
            Some((core, pre)) => (core, Some(pre)),
            None => (text, None),
        };
        let is_part = |part: &str| {
            !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        };
        let fits = |suffix: Option<&str>| suffix.is_none_or(|it| it.split('.').all(is_part));
        if !fits(pre) || !fits(build) {
            return None;
        }
        let mut numbers = core.split('.').map(|part| {
            let digits = part.bytes().all(|b| b.is_ascii_digit());
            let plain = part == "0" || !part.starts_with('0');
            part.parse::<u64>().ok().filter(|_| digits && plain)
        });
        let (major, minor, patch) = (numbers.next()??, numbers.next()??, numbers.next()??);
        if numbers.next().is_some() {
            return None;
        }
        Some(Self {
            major,
            minor,
            patch,
            pre: pre.map(str::to_owned),
        })
    }

    /// The next one.
    pub(super) fn raised(&self, bump: Bump) -> Self {
        let mut next = Self {
            pre: None,
            ..self.clone()
        };
        match bump {
            Bump::None => return self.clone(),
            // What comes before 1.3.0 is followed by 1.3.0.
            Bump::Patch if self.pre.is_some() => {}
            Bump::Patch => next.patch = self.patch.saturating_add(1),
            Bump::Minor if self.pre.is_some() && self.patch == 0 => {}
            Bump::Minor => {
                next.minor = self.minor.saturating_add(1);
                next.patch = 0;
            }
        }
        next
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        let core = |it: &Self| (it.major, it.minor, it.patch);
        core(self)
            .cmp(&core(other))
            .then_with(|| match (&self.pre, &other.pre) {
                (None, None) => Ordering::Equal,
                (None, Some(_)) => Ordering::Greater,
                (Some(_), None) => Ordering::Less,
                (Some(one), Some(two)) => pre_releases(one, two),
            })
    }
}

/// Part by part: numbers by their value and before words.
fn pre_releases(one: &str, two: &str) -> Ordering {
    let part = |part: &str| match part.parse::<u64>() {
        Ok(number) => (0, number, String::new()),
        Err(_) => (1, 0, part.to_owned()),
    };
    one.split('.').map(part).cmp(two.split('.').map(part))
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)?;
        match &self.pre {
            Some(pre) => write!(f, "-{pre}"),
            None => Ok(()),
        }
    }
}

/// Of all that the chart holds, by path, without its version.
pub(super) fn content<'a>(
    files: impl Iterator<Item = (String, &'a [u8])>,
    manifest: &Manifest,
) -> Digest {
    let texts = files.flat_map(|(path, bytes)| [path, Digest::of(bytes).to_string()]);
    let texts: Vec<_> = texts.chain([manifest.rest()]).collect();
    Digest::of_all(texts.iter().map(String::as_str))
}
