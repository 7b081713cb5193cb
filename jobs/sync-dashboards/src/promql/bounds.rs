//! What is not even given to the parser, because it would fall over instead of saying no.

/// Longest expression, in bytes. Upstream's longest has 2 kB.
const LENGTH_LIMIT: usize = 16 * 1024;

/// Most signs between words: the parser's functions call themselves for each level of a tree.
const SIGNS_LIMIT: usize = 1_000;

/// Greatest number; more seconds than these fit no duration, and the parser does not look.
const NUMBER_LIMIT: f64 = 1e18;

/// Says what is too much of an expression.
pub(super) fn check(expr: &str) -> Result<(), &'static str> {
    if expr.len() > LENGTH_LIMIT {
        return Err("longer than 16 KiB");
    }
    let mut signs = 0_usize;
    let mut quote = None;
    let mut escaped = false;
    let mut word = String::new();
    // A blank at the end ends the last word.
    for c in expr.chars().chain([' ']) {
        if let Some(open) = quote {
            if escaped {
                escaped = false;
            } else if c == '\\' && open != '`' {
                escaped = true;
            } else if c == open {
                quote = None;
            }
            continue;
        }
        if belongs(&word, c) {
            word.push(c);
            continue;
        }
        if word
            .parse::<f64>()
            .is_ok_and(|number| number > NUMBER_LIMIT)
        {
            return Err("a number above 10^18");
        }
        // Words such as `or` are operators too.
        signs += usize::from(!word.is_empty()) + usize::from(!c.is_whitespace());
        if signs > SIGNS_LIMIT {
            return Err("more than 1000 words and signs");
        }
        word.clear();
        if matches!(c, '"' | '\'' | '`') {
            quote = Some(c);
        }
    }
    Ok(())
}

/// Whether it goes on a name or a number, `1e+9` for one.
fn belongs(word: &str, c: char) -> bool {
    let exponent = || word.starts_with(|c: char| c.is_ascii_digit()) && word.ends_with(['e', 'E']);
    c.is_ascii_alphanumeric()
        || matches!(c, '_' | ':' | '.')
        || matches!(c, '+' | '-') && exponent()
}
