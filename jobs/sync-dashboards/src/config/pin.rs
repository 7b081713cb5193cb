//! Writes another pin into a configuration file: two values, and nothing else of it.

use crate::digest::Digest;
use crate::pin::{Pin, Reference};

/// The text with the new pin in it. `None` when the two values do not stand in it as plain text, each
/// on a line of its own, once: then a person has to write them.
pub fn replace(text: &str, old: &Pin, reference: &Reference, sha256: &Digest) -> Option<String> {
    let text = value(text, "ref", old.reference.as_str(), reference.as_str())?;
    value(
        &text,
        "sha256",
        &old.sha256.to_string(),
        &sha256.to_string(),
    )
}

/// Replaces the value of the only line `KEY: OLD`.
fn value(text: &str, key: &str, old: &str, new: &str) -> Option<String> {
    let mut places = lines(text).filter_map(|(start, line)| {
        let rest = line.trim_start().strip_prefix(key)?.strip_prefix(':')?;
        let bare = rest.trim_start().trim_start_matches(['"', '\'']);
        let after = bare.strip_prefix(old)?;
        let ends = after
            .chars()
            .next()
            .is_none_or(|c| c.is_whitespace() || c == '"' || c == '\'');
        let from = start + line.len() - bare.len();
        ends.then_some(from..from + old.len())
    });
    let place = places.next()?;
    if places.next().is_some() {
        return None;
    }
    let mut text = text.to_owned();
    text.replace_range(place, new);
    Some(text)
}

/// Every line with where it starts.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split_inclusive('\n').scan(0, |next, line| {
        let start = *next;
        *next += line.len();
        Some((start, line))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pin(reference: &str) -> Pin {
        Pin {
            reference: reference.parse().unwrap(),
            sha256: Digest::of(reference),
        }
    }

    #[test]
    fn only_the_two_values_change() {
        let (old, new) = (pin("v0.17.0"), pin("v0.18.0"));
        let file = |pin: &Pin, quote: &str| {
            format!(
                "# pins v0.17.0\r\nsource:\r\n  ref: {quote}{}{quote} # the release\r\n  sha256: {}\r\nexclude: [ref]\r\n",
                pin.reference, pin.sha256
            )
        };
        for quote in ["", "\"", "'"] {
            let replaced = replace(&file(&old, quote), &old, &new.reference, &new.sha256);
            assert_eq!(replaced, Some(file(&new, quote)));
        }
    }

    #[test]
    fn what_cannot_be_found_for_certain_is_left_to_a_person() {
        let (old, new) = (pin("main"), pin("v0.18.0"));
        for text in [
            String::new(),
            format!("source: {{ref: main, sha256: {}}}\n", old.sha256),
            format!("ref: main\nref: main\nsha256: {}\n", old.sha256),
            format!("ref: mainline\nsha256: {}\n", old.sha256),
        ] {
            assert_eq!(
                replace(&text, &old, &new.reference, &new.sha256),
                None,
                "{text}"
            );
        }
    }
}
