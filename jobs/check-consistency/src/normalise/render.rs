//! A normal form as text, for people.

use std::fmt::Write as _;

use common::stranger::is_hidden;

use crate::node::{Item, Leaf, Meaning, Node};

/// The normal form in the manner of YAML. Secrets are `(secret)`, control characters are escaped; where a
/// scalar's meaning has a spelling of its own, it stands behind the scalar.
pub fn render(root: &Node) -> String {
    let mut out = String::new();
    block(root, 0, &mut out);
    out
}

/// A value on lines of its own.
fn block(node: &Node, depth: usize, out: &mut String) {
    match node {
        Node::Leaf(leaf) => {
            indent(depth, out);
            scalar(leaf, out);
            out.push('\n');
        }
        Node::Map(fields) => {
            for (name, value) in fields {
                indent(depth, out);
                out.push_str(&word(name));
                out.push(':');
                behind(value, depth, out);
            }
        }
        Node::List(list) => {
            for item in &list.items {
                self::item(item, depth, out);
            }
        }
        Node::Document { root, .. } => block(root, depth, out),
    }
}

/// A value behind `name:`.
fn behind(value: &Node, depth: usize, out: &mut String) {
    match value {
        Node::Leaf(leaf) => {
            out.push(' ');
            scalar(leaf, out);
            out.push('\n');
        }
        Node::Map(fields) if fields.is_empty() => out.push_str(" {}\n"),
        Node::List(list) if list.items.is_empty() => out.push_str(" []\n"),
        Node::Map(_) | Node::List(_) => {
            out.push('\n');
            block(value, depth + 1, out);
        }
        Node::Document { root, .. } => {
            out.push_str(" # a document");
            behind(root, depth, out);
        }
    }
}

fn item(item: &Item, depth: usize, out: &mut String) {
    indent(depth, out);
    out.push('-');
    match &item.node {
        Node::Map(fields) if !fields.is_empty() => {
            let mut inner = String::new();
            block(&item.node, depth + 1, &mut inner);
            // The first field stands on the line of the dash.
            out.push(' ');
            out.push_str(inner.trim_start());
        }
        Node::Leaf(_) | Node::Map(_) | Node::List(_) | Node::Document { .. } => {
            behind(&item.node, depth, out);
        }
    }
}

fn scalar(leaf: &Leaf, out: &mut String) {
    let written = match &leaf.meaning {
        Meaning::Secret(_) => {
            out.push_str("(secret)");
            Ok(())
        }
        Meaning::Null => {
            out.push_str("null");
            Ok(())
        }
        Meaning::Text(_) | Meaning::Expression(_) => {
            out.push_str(&word(&leaf.text));
            Ok(())
        }
        Meaning::Bool(_) | Meaning::Number(_) => {
            out.push_str(&escaped(&leaf.text));
            Ok(())
        }
        Meaning::Quantity(value) | Meaning::Schedule(value) | Meaning::Image(value) => {
            out.push_str(&word(&leaf.text));
            if *value == leaf.text {
                Ok(())
            } else {
                write!(out, " # {}", escaped(value))
            }
        }
        Meaning::Milliseconds(value) => {
            out.push_str(&word(&leaf.text));
            write!(out, " # {value} ms")
        }
        Meaning::Bytes(value) => {
            out.push_str(&word(&leaf.text));
            write!(out, " # {value} bytes")
        }
    };
    // Writing to a String cannot fail.
    debug_assert!(written.is_ok());
    if let Some(note) = leaf.note {
        out.push_str(" # ");
        out.push_str(note);
    }
}

/// A text as it is where it cannot be taken for anything else, and in quotes otherwise.
fn word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:@+".contains(c);
    let starts_as_word = text.starts_with(|c: char| c.is_ascii_alphabetic() || "_./".contains(c));
    let reserved = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    if starts_as_word
        && text.chars().all(plain)
        && !text.ends_with(':')
        && !reserved.iter().any(|it| it.eq_ignore_ascii_case(text))
    {
        return text.to_owned();
    }
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            _ => push_escaped(c, &mut quoted),
        }
    }
    quoted.push('"');
    quoted
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    text.chars().for_each(|c| push_escaped(c, &mut out));
    out
}

/// What a terminal would obey, and what turns or hides the text around it, is shown by its number.
fn push_escaped(c: char, out: &mut String) {
    if is_hidden(c) {
        out.extend(c.escape_unicode());
    } else {
        out.push(c);
    }
}

fn indent(depth: usize, out: &mut String) {
    out.extend(std::iter::repeat_n("  ", depth));
}
