//! What a browser would run: scripts in text panels, links that are programs.

use serde_json::Value;

use super::codes::{SCRIPT, TEXT_HTML};
use super::identity::short;
use super::texts;
use crate::dashboard::panels::Panel;
use crate::finding::Finding;

/// Elements that run or embed something, or change where links lead.
const FORBIDDEN: [&str; 8] = [
    "script", "iframe", "frame", "object", "embed", "applet", "base", "meta",
];

pub(super) fn check(dashboard: &Value, panels: &[Panel<'_>]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut look = |value: &Value, skip: &[&str], at: &str| {
        texts::each(value, skip, None, &mut |key, text| {
            if texts::is_link(key) && runs(text) {
                findings.push(SCRIPT.at(at, format!("a link is a program: {:?}", short(text))));
            }
        });
    };
    for panel in panels {
        look(panel.value, &["panels"], &panel.label());
    }
    look(dashboard, &["panels", "rows"], "");
    let rows = dashboard.get("rows").and_then(Value::as_array);
    for (index, row) in rows.into_iter().flatten().enumerate() {
        look(row, &["panels"], &format!("rows[{index}]"));
    }
    findings.extend(
        panels
            .iter()
            .filter(|panel| panel.kind() == "text")
            .filter_map(text),
    );
    findings
}

/// Looks into a text panel of the new form (`options`) or of the old one.
fn text(panel: &Panel<'_>) -> Option<Finding> {
    let word = |key: &str| {
        let old = panel.value.get(key);
        let new = panel
            .value
            .get("options")
            .and_then(|options| options.get(key));
        new.or(old).and_then(Value::as_str)
    };
    if word("mode") == Some("code") {
        return None;
    }
    let content = word("content")?;
    let plain = decoded(content);
    if ["javascript:", "vbscript:"]
        .iter()
        .any(|scheme| squeezed(&plain).contains(scheme))
    {
        return Some(SCRIPT.at(panel.label(), "holds an address that is a program"));
    }
    let mut tags = tags(&plain).peekable();
    tags.peek()?;
    for tag in tags {
        let name = tag
            .split(|c: char| !c.is_ascii_alphanumeric())
            .next()
            .unwrap_or_default();
        if FORBIDDEN.contains(&name) {
            return Some(SCRIPT.at(panel.label(), format!("holds the element <{name}>")));
        }
        if let Some(handler) = handler(&tag) {
            return Some(SCRIPT.at(panel.label(), format!("holds the handler {handler}")));
        }
    }
    Some(TEXT_HTML.at(panel.label(), "holds HTML"))
}

/// The tags of a text, lower case, without their brackets. `<https://…>` is a link of Markdown.
fn tags(text: &str) -> impl Iterator<Item = String> {
    text.split('<').skip(1).filter_map(|part| {
        let part = part.strip_prefix('/').unwrap_or(part);
        let end = part
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '-')
            .unwrap_or(part.len());
        let (name, rest) = part.split_at_checked(end)?;
        let is_tag = name.starts_with(|c: char| c.is_ascii_alphabetic())
            && (rest.is_empty()
                || rest.starts_with(|c: char| c.is_whitespace() || matches!(c, '>' | '/')));
        is_tag.then(|| part.to_ascii_lowercase())
    })
}

/// An attribute that runs something, such as `onclick`. A `>` inside of a quoted value does not end the
/// tag.
fn handler(tag: &str) -> Option<String> {
    let mut quote = None;
    let mut end = tag.len();
    for (index, c) in tag.char_indices() {
        match (quote, c) {
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            (None, '>') => {
                end = index;
                break;
            }
            (None | Some(_), _) => {}
        }
    }
    let tag = tag.get(..end)?;
    let separators = |c: char| c.is_whitespace() || matches!(c, '/' | '"' | '\'');
    let mut parts: Vec<&str> = tag.split('=').collect();
    // What follows the last `=` is a value.
    parts.pop();
    parts.into_iter().find_map(|before| {
        let name = before.trim_end().rsplit(separators).next()?;
        let rest = name.strip_prefix("on")?;
        let is_handler = rest.len() > 2 && rest.chars().all(|c| c.is_ascii_alphabetic());
        is_handler.then(|| name.to_owned())
    })
}

/// Whether following an address runs it.
fn runs(address: &str) -> bool {
    let address = squeezed(&decoded(address));
    ["javascript:", "vbscript:", "data:text/html"]
        .iter()
        .any(|scheme| address.starts_with(scheme))
}

/// Lower case without blanks and control characters, which browsers leave out of a scheme.
fn squeezed(text: &str) -> String {
    let kept = |c: &char| !c.is_whitespace() && !c.is_control();
    text.chars()
        .filter(kept)
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

/// Character references of HTML made characters, as far as they hide a scheme.
fn decoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        if let Some((c, left)) = reference(after) {
            out.push(c);
            rest = left;
        } else {
            out.push('&');
            rest = after;
        }
    }
    out.push_str(rest);
    out
}

/// The character that a reference (without its `&`) stands for, and what follows.
fn reference(text: &str) -> Option<(char, &str)> {
    for (name, c) in [("colon;", ':'), ("Tab;", '\t'), ("NewLine;", '\n')] {
        if let Some(rest) = text.strip_prefix(name) {
            return Some((c, rest));
        }
    }
    let number = text.strip_prefix('#')?;
    let (radix, number) = match number.strip_prefix(['x', 'X']) {
        Some(number) => (16, number),
        None => (10, number),
    };
    let end = number
        .find(|c: char| !c.is_digit(radix))
        .unwrap_or(number.len());
    let (digits, rest) = number.split_at_checked(end)?;
    let c = char::from_u32(u32::from_str_radix(digits, radix).ok()?)?;
    // A bracket that is written so is shown and begins no tag.
    (!matches!(c, '<' | '>')).then_some((c, rest.strip_prefix(';').unwrap_or(rest)))
}
