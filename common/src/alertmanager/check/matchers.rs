//! Matchers: `name = "value"`, in the two grammars of which Alertmanager tries both.

use super::regex;
use super::values::Fault;

const HINT: &str =
    "write name, one of = != =~ !~, and the value, in double quotes if it has other signs";

/// Reads a text of matchers and says how many it holds.
///
/// # Errors
/// When neither grammar takes it.
pub(super) fn read(text: &str) -> Result<usize, Fault> {
    // What classic matchers cannot hold is told last: that is how Alertmanager tells it.
    utf8(text).or_else(|_| classic(text))
}

const MALFORMED: Fault = ("is no matcher", HINT);

/// Whether the operator before a value asks for a regular expression.
type IsRegex = bool;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Open,
    Close,
    Comma,
    Operator(IsRegex),
    /// A name or a value; nothing if what it stands for is not worked out.
    Word(Option<String>),
}

/// The grammar of names and values in UTF-8.
fn utf8(text: &str) -> Result<usize, Fault> {
    let tokens = tokens(text).ok_or(MALFORMED)?;
    let (is_open, mut rest) = match tokens.as_slice() {
        [] | [Token::Open, Token::Close] => return Ok(0),
        [Token::Open, rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    let mut found = 0;
    loop {
        let [
            Token::Word(_),
            Token::Operator(is_regex),
            Token::Word(value),
            after @ ..,
        ] = rest
        else {
            return Err(MALFORMED);
        };
        if let (true, Some(value)) = (*is_regex, value) {
            sound(value)?;
        }
        found += 1;
        let after = match after {
            [Token::Comma, after @ ..] => match after {
                [Token::Word(_), ..] => {
                    rest = after;
                    continue;
                }
                end => end,
            },
            end => end,
        };
        return match (is_open, after) {
            (false, []) | (true, [Token::Close]) => Ok(found),
            _ => Err(MALFORMED),
        };
    }
}

fn sound(expression: &str) -> Result<(), Fault> {
    regex::fault(expression).map_or(Ok(()), Err)
}

fn is_reserved(c: char) -> bool {
    c.is_whitespace() || "{}!=~,\\\"'`".contains(c)
}

fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(c) = rest.chars().next() {
        let (token, after) = match c {
            '{' => (Token::Open, rest.strip_prefix('{')?),
            '}' => (Token::Close, rest.strip_prefix('}')?),
            ',' => (Token::Comma, rest.strip_prefix(',')?),
            '=' | '!' => {
                let (is_regex, after) = operator(rest)?;
                (Token::Operator(is_regex), after)
            }
            '"' => {
                let (value, after) = quoted(rest.strip_prefix('"')?)?;
                (Token::Word(value), after)
            }
            other if is_reserved(other) => return None,
            _ => {
                let end = rest.find(is_reserved).unwrap_or(rest.len());
                let (word, after) = rest.split_at_checked(end)?;
                (Token::Word(Some(word.to_owned())), after)
            }
        };
        tokens.push(token);
        rest = after.trim_start();
    }
    Some(tokens)
}

fn operator(text: &str) -> Option<(IsRegex, &str)> {
    for (sign, is_regex) in [("=~", true), ("!~", true), ("!=", false), ("=", false)] {
        if let Some(after) = text.strip_prefix(sign) {
            return Some((is_regex, after));
        }
    }
    None
}

/// Reads on behind an opening quote, as Go unquotes.
fn quoted(text: &str) -> Option<(Option<String>, &str)> {
    let mut value = String::new();
    let mut is_plain = true;
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        match c {
            '"' => return Some((is_plain.then_some(value), characters.as_str())),
            '\n' => return None,
            '\\' => match characters.next()? {
                same @ ('\\' | '"') => value.push(same),
                'n' => value.push('\n'),
                't' => value.push('\t'),
                'r' => value.push('\r'),
                'a' | 'b' | 'f' | 'v' | 'x' | 'u' | 'U' | '0'..='7' => is_plain = false,
                _ => return None,
            },
            other => value.push(other),
        }
    }
    None
}

/// The grammar of before: values without quotes may hold nearly anything.
fn classic(text: &str) -> Result<usize, Fault> {
    let text = text.strip_prefix('{').unwrap_or(text);
    let text = text.strip_suffix('}').unwrap_or(text);
    let (mut is_quoted, mut is_escaped) = (false, false);
    let (mut parts, mut part) = (Vec::new(), String::new());
    for c in text.chars() {
        match c {
            ',' if !is_quoted => {
                parts.push(std::mem::take(&mut part));
                continue;
            }
            ',' => {}
            '"' if is_escaped => is_escaped = false,
            '"' => is_quoted = !is_quoted,
            '\\' => is_escaped = !is_escaped,
            _ => is_escaped = false,
        }
        part.push(c);
    }
    if !part.trim().is_empty() {
        parts.push(part.trim().to_owned());
    }
    parts.iter().try_for_each(|part| classic_matcher(part))?;
    Ok(parts.len())
}

fn classic_matcher(text: &str) -> Result<(), Fault> {
    let text = text.trim_ascii();
    let is_first = |c: char| c.is_ascii_alphabetic() || c == '_' || c == ':';
    if !text.starts_with(is_first) {
        return Err(MALFORMED);
    }
    let rest = text.trim_start_matches(|c: char| is_first(c) || c.is_ascii_digit());
    let (is_regex, value) = operator(rest.trim_ascii_start()).ok_or(MALFORMED)?;
    let value = classic_value(value.trim_ascii()).ok_or((
        "is no matcher: quotes are not closed, or stand in the middle of the value",
        HINT,
    ))?;
    if is_regex { sound(&value) } else { Ok(()) }
}

fn classic_value(raw: &str) -> Option<String> {
    let inner = raw.strip_prefix('"');
    let mut expects_quote = inner.is_some();
    let mut characters = inner.unwrap_or(raw).chars();
    let mut value = String::new();
    while let Some(c) = characters.next() {
        match c {
            '\\' => match characters.next() {
                Some('n') => value.push('\n'),
                Some(same @ ('"' | '\\')) => value.push(same),
                Some(other) => {
                    value.push('\\');
                    value.push(other);
                }
                None => value.push('\\'),
            },
            '"' => {
                if !expects_quote || !characters.as_str().is_empty() {
                    return None;
                }
                expects_quote = false;
            }
            other => value.push(other),
        }
    }
    (!expects_quote).then_some(value)
}
