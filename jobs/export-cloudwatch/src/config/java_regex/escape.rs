//! What follows a backslash, and character properties.

use super::source::{Source, Unit};
use super::{JavaRegexError, Reason};

/// The meaning of an escape that may stand inside and outside of a class.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Escape {
    /// One character.
    Character(char),
    /// A set of characters, as the items of a class.
    Set { items: String, negated: bool },
}

const HORIZONTAL: &str =
    r"\x{20}\x{09}\x{A0}\x{1680}\x{180E}\x{2000}-\x{200A}\x{202F}\x{205F}\x{3000}";
pub(super) const VERTICAL: &str = r"\x{0A}-\x{0D}\x{85}\x{2028}\x{2029}";
const SPACE: &str = r"\x{20}\x{09}-\x{0D}";
const PUNCTUATION: &str = r"\x{21}-\x{2F}\x{3A}-\x{40}\x{5B}-\x{60}\x{7B}-\x{7E}";

/// Reads what follows `backslash`.
pub(super) fn read(source: &mut Source, backslash: Unit) -> Result<Escape, JavaRegexError> {
    let unit = source
        .take()
        .ok_or_else(|| backslash.error(Reason::UnfinishedEscape))?;
    let set = |items: &str, negated| {
        Ok(Escape::Set {
            items: items.to_owned(),
            negated,
        })
    };
    let character = |code| character(code, backslash).map(Escape::Character);
    match unit.c {
        'd' => set("0-9", false),
        'D' => set("0-9", true),
        'w' => set("0-9A-Z_a-z", false),
        'W' => set("0-9A-Z_a-z", true),
        's' => set(SPACE, false),
        'S' => set(SPACE, true),
        'h' => set(HORIZONTAL, false),
        'H' => set(HORIZONTAL, true),
        'v' => set(VERTICAL, false),
        'V' => set(VERTICAL, true),
        'p' => Ok(Escape::Set {
            items: property(source, backslash)?,
            negated: false,
        }),
        'P' => Ok(Escape::Set {
            items: property(source, backslash)?,
            negated: true,
        }),
        't' => character(0x09),
        'n' => character(0x0A),
        'r' => character(0x0D),
        'f' => character(0x0C),
        'a' => character(0x07),
        'e' => character(0x1B),
        'c' => match source.take() {
            Some(control) => character(u32::from(control.c) ^ 64),
            None => Err(backslash.error(Reason::UnfinishedEscape)),
        },
        '0' => character(octal(source, backslash)?),
        'x' => character(hexadecimal(source, backslash)?),
        'u' => character(utf_16(source, backslash)?),
        'N' | 'X' => Err(backslash.error(Reason::UnsupportedEscape(unit.c))),
        c if c.is_ascii_alphanumeric() => Err(backslash.error(Reason::UnknownEscape(c))),
        c => Ok(Escape::Character(c)),
    }
}

fn character(code: u32, backslash: Unit) -> Result<char, JavaRegexError> {
    char::from_u32(code).ok_or_else(|| backslash.error(Reason::NoSuchCharacter))
}

/// `\0n`, `\0nn`, or `\0mnn` with m up to 3.
fn octal(source: &mut Source, backslash: Unit) -> Result<u32, JavaRegexError> {
    let mut value = 0;
    let mut digits = 0;
    while let Some(digit) = source.peek().and_then(|unit| unit.c.to_digit(8)) {
        if digits == 3 || value * 8 + digit > 0o377 {
            break;
        }
        value = value * 8 + digit;
        digits += 1;
        source.take();
    }
    if digits == 0 {
        Err(backslash.error(Reason::UnfinishedEscape))
    } else {
        Ok(value)
    }
}

/// `\xhh` or `\x{h…h}`.
fn hexadecimal(source: &mut Source, backslash: Unit) -> Result<u32, JavaRegexError> {
    if !source.eat('{') {
        return digits(source, 2, backslash);
    }
    let code = source.take_while(|c| c.is_ascii_hexdigit());
    if !source.eat('}') {
        return Err(backslash.error(Reason::UnfinishedEscape));
    }
    u32::from_str_radix(&code, 16).map_err(|_| backslash.error(Reason::NoSuchCharacter))
}

/// `\uhhhh`, or two of them that form a surrogate pair.
fn utf_16(source: &mut Source, backslash: Unit) -> Result<u32, JavaRegexError> {
    let high = digits(source, 4, backslash)?;
    if (0xD800..0xDC00).contains(&high) && source.eat_str("\\u") {
        let low = digits(source, 4, backslash)?;
        if (0xDC00..0xE000).contains(&low) {
            return Ok(0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00));
        }
        return Err(backslash.error(Reason::NoSuchCharacter));
    }
    Ok(high)
}

fn digits(source: &mut Source, count: usize, backslash: Unit) -> Result<u32, JavaRegexError> {
    let mut value = 0;
    for _ in 0..count {
        let digit = source.take().and_then(|unit| unit.c.to_digit(16));
        value = value * 16 + digit.ok_or_else(|| backslash.error(Reason::UnfinishedEscape))?;
    }
    Ok(value)
}

/// The items that `\p…` stands for.
fn property(source: &mut Source, backslash: Unit) -> Result<String, JavaRegexError> {
    let name = if source.eat('{') {
        let name = source.take_while(|c| c != '}');
        if !source.eat('}') {
            return Err(backslash.error(Reason::UnfinishedEscape));
        }
        name
    } else {
        let letter = source
            .take()
            .ok_or_else(|| backslash.error(Reason::UnfinishedEscape))?;
        letter.c.to_string()
    };
    items_of(&name).ok_or_else(|| backslash.error(Reason::UnknownProperty(name)))
}

fn items_of(name: &str) -> Option<String> {
    if let Some(items) = posix(name) {
        return Some(items.to_owned());
    }
    if let Some((key, value)) = name.split_once('=') {
        return match key.to_ascii_lowercase().as_str() {
            "sc" | "script" => script(value),
            "gc" | "general_category" => category(value),
            _ => None,
        };
    }
    match name.strip_prefix("Is") {
        Some(name) => category(name)
            .or_else(|| binary(name))
            .or_else(|| script(name)),
        None => category(name),
    }
}

/// Java's POSIX classes: ASCII only.
fn posix(name: &str) -> Option<&'static str> {
    Some(match name {
        "Lower" => "a-z",
        "Upper" => "A-Z",
        "ASCII" => r"\x{00}-\x{7F}",
        "Alpha" => "A-Za-z",
        "Digit" => "0-9",
        "Alnum" => "0-9A-Za-z",
        "Punct" => PUNCTUATION,
        "Graph" => r"\x{21}-\x{7E}",
        "Print" => r"\x{20}-\x{7E}",
        "Blank" => r"\x{20}\x{09}",
        "Cntrl" => r"\x{00}-\x{1F}\x{7F}",
        "XDigit" => "0-9A-Fa-f",
        "Space" => SPACE,
        _ => return None,
    })
}

/// General categories. `Cs` is missing: no text here holds half a character.
fn category(name: &str) -> Option<String> {
    const CATEGORIES: &[&str] = &[
        "L", "Lu", "Ll", "Lt", "Lm", "Lo", "M", "Mn", "Mc", "Me", "N", "Nd", "Nl", "No", "P", "Pc",
        "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "S", "Sm", "Sc", "Sk", "So", "Z", "Zs", "Zl", "Zp",
        "C", "Cc", "Cf", "Co", "Cn",
    ];
    CATEGORIES.contains(&name).then(|| format!(r"\p{{{name}}}"))
}

/// Binary properties, by Java's name after `Is`; case does not count.
fn binary(name: &str) -> Option<String> {
    let property = match name.to_ascii_lowercase().as_str() {
        "alphabetic" => "Alphabetic",
        "ideographic" => "Ideographic",
        "letter" => "L",
        "lowercase" => "Lowercase",
        "uppercase" => "Uppercase",
        "titlecase" => "Lt",
        "punctuation" => "P",
        "control" => "Cc",
        "white_space" => "White_Space",
        "digit" => "Nd",
        _ => return None,
    };
    Some(format!(r"\p{{{property}}}"))
}

/// Scripts are too many to list: the engine is asked whether it knows this one.
fn script(name: &str) -> Option<String> {
    let is_name = name
        .bytes()
        .all(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    let property = format!(r"\p{{Script={name}}}");
    (is_name && fancy_regex::Regex::new(&property).is_ok()).then_some(property)
}
