//! Families → text.
//!
//! Nothing is checked here: [`validate`](super::validate()) first.

use std::fmt;
use std::io::{self, Write};

use super::model::{Family, Kind, Label, NAME_LABEL, Sample};

/// Bytes gathered before they are handed on, so that the writer may be an encoder or a socket.
const CHUNK_BYTES: usize = 16 * 1024;

/// Writes `families` in the text format 0.0.4, in the given order and without timestamps.
///
/// The text is streamed in pieces of some 16 KiB; `out` needs no buffer of its own. An empty help
/// makes no `HELP` line; leading blanks of a help are not written, because no reader keeps them.
///
/// # Errors
/// Whatever `out` answers.
pub fn render(families: &[Family], out: &mut impl Write) -> io::Result<()> {
    let mut text = Vec::with_capacity(CHUNK_BYTES + 1024);
    for family in families {
        push_header(&mut text, family);
        for sample in &family.samples {
            push_sample(&mut text, family, sample);
            if text.len() >= CHUNK_BYTES {
                out.write_all(&text)?;
                text.clear();
            }
        }
    }
    out.write_all(&text)
}

fn push_header(text: &mut Vec<u8>, family: &Family) {
    let help = family.help.trim_start_matches([' ', '\t']);
    if !help.is_empty() {
        push(text, &["# HELP ", &family.name, " "]);
        push_escaped(text, help, |byte| byte == b'\\' || byte == b'\n');
        push(text, &["\n"]);
    }
    push(
        text,
        &["# TYPE ", &family.name, " ", family.kind.as_str(), "\n"],
    );
}

fn push_sample(text: &mut Vec<u8>, family: &Family, sample: &Sample) {
    push(text, &[sample_name(family, sample)]);
    let mut separator = "{";
    for Label { name, value } in &sample.labels {
        if is_sample_name(family.kind, name) {
            continue;
        }
        push(text, &[separator, name, "=\""]);
        push_escaped(text, value, |byte| matches!(byte, b'\\' | b'\n' | b'"'));
        push(text, &["\""]);
        separator = ",";
    }
    push(text, &[if separator == "," { "} " } else { " " }]);
    push_value(text, sample.value);
    push(text, &["\n"]);
}

/// The name that the sample is written under.
pub(super) fn sample_name<'a>(family: &'a Family, sample: &'a Sample) -> &'a str {
    sample
        .labels
        .iter()
        .find(|label| is_sample_name(family.kind, &label.name))
        .map_or(&family.name, |label| &label.value)
}

/// Whether the label `name` is the sample's own name rather than a label. Only kinds whose
/// samples have several names are asked, which keeps the search off the common path.
pub(super) fn is_sample_name(kind: Kind, name: &str) -> bool {
    !kind.suffixes().is_empty() && name == NAME_LABEL
}

fn push(text: &mut Vec<u8>, parts: &[&str]) {
    for part in parts {
        text.extend_from_slice(part.as_bytes());
    }
}

fn push_escaped(text: &mut Vec<u8>, raw: &str, special: impl Fn(u8) -> bool) {
    if !raw.bytes().any(&special) {
        return push(text, &[raw]);
    }
    for byte in raw.bytes() {
        if special(byte) {
            text.push(b'\\');
        }
        text.push(if byte == b'\n' { b'n' } else { byte });
    }
}

fn push_value(text: &mut Vec<u8>, value: f64) {
    // Writing to a `Vec` cannot fail.
    write!(text, "{}", Number(value)).unwrap_or_default();
}

/// A float as the text format writes it: the fewest digits that read back as the same float, with
/// an exponent where that is shorter than the zeros.
#[derive(Debug, Clone, Copy)]
pub struct Number(pub f64);

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(value) = *self;
        let magnitude = value.abs();
        if value.is_nan() {
            f.write_str("NaN")
        } else if value.is_infinite() {
            f.write_str(if value > 0.0 { "+Inf" } else { "-Inf" })
        } else if magnitude == 0.0 || (1e-5..1e16).contains(&magnitude) {
            write!(f, "{value}")
        } else {
            write!(f, "{value:e}")
        }
    }
}
