//! What is not given to the parser, because it would fall over or misread it instead of saying no.

use common::promql::Place;

/// Longest expression, in bytes; the longest of the kube-prometheus rules has 1 kB.
const LONGEST: usize = 16 * 1024;

/// Most words and signs: the parser's functions call themselves for each level of a tree.
const MOST_SIGNS: usize = 1_000;

/// Greatest number. More seconds fit no duration, and the parser does not look.
const GREATEST: f64 = 1e18;

/// Most digits of one part of a duration: the parser takes what fits no 32 bits for 0.
const MOST_DIGITS: usize = 9;

/// Whether an expression without comments can be given to the parser.
pub(super) fn fits(text: &str) -> bool {
    let mut place = Place::default();
    let mut signs = 0_usize;
    let mut word = String::new();
    // Whether a duration is due: in brackets, or behind `offset`.
    let (mut bracket, mut offset) = (false, false);
    if text.len() > LONGEST {
        return false;
    }
    // A blank at the end ends the last word.
    for c in text.chars().chain([' ']) {
        if place.in_string() {
            // Such an escape stands for a byte, and the parser makes a character of it.
            if place.is_escaped() && (c == 'x' || c.is_ascii_digit()) {
                return false;
            }
            place.pass(c);
            continue;
        }
        place.pass(c);
        if belongs(&word, c) {
            word.push(c);
            continue;
        }
        if !word.is_empty() {
            if !is_harmless(&word, bracket || offset) {
                return false;
            }
            offset = word.eq_ignore_ascii_case("offset");
            signs += 1;
            word.clear();
        }
        match c {
            '[' => bracket = true,
            ']' => bracket = false,
            _ => {}
        }
        signs += usize::from(!c.is_whitespace());
        if signs > MOST_SIGNS {
            return false;
        }
    }
    true
}

/// Whether a character goes on a name or a number, `1e+9` for one.
fn belongs(word: &str, c: char) -> bool {
    let exponent = || word.starts_with(|c: char| c.is_ascii_digit()) && word.ends_with(['e', 'E']);
    c.is_ascii_alphanumeric()
        || matches!(c, '_' | ':' | '.')
        || (matches!(c, '+' | '-') && exponent())
}

fn is_harmless(word: &str, duration: bool) -> bool {
    match word.parse::<f64>() {
        // `Inf` and `NaN` are numbers, but not of seconds.
        Ok(number) if number.is_nan() || number.is_infinite() => !duration,
        Ok(number) => number <= GREATEST,
        Err(_) if word.starts_with(|c: char| c.is_ascii_digit()) => word
            .split(|c: char| !c.is_ascii_digit())
            .all(|digits| digits.len() <= MOST_DIGITS),
        Err(_) => true,
    }
}
