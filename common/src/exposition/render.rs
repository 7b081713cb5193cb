//! Families → text.
//!
//! Nothing is checked here: [`validate`](super::validate()) first.

use std::fmt::{self, Write as _};
use std::io;

use super::model::{Family, Kind, Label, Labels, NAME_LABEL, Sample};

/// Bytes gathered before they are handed on, so that the writer may be an encoder or a socket.
const CHUNK_BYTES: usize = 16 * 1024;

/// Writes `families` in the text format 0.0.4, in the given order and without timestamps.
///
/// The text is streamed in pieces of some 16 KiB; `out` needs no buffer of its own. An empty help
/// makes no `HELP` line; leading blanks of a help are not written, because no reader keeps them.
///
/// # Errors
/// Whatever `out` answers.
pub fn render<'a>(
    families: impl IntoIterator<Item = &'a Family>,
    out: &mut impl io::Write,
) -> io::Result<()> {
    let mut text = String::with_capacity(CHUNK_BYTES + 1024);
    for family in families {
        push_header(&mut text, family);
        for sample in &family.samples {
            push_sample(&mut text, family, sample);
            if text.len() >= CHUNK_BYTES {
                out.write_all(text.as_bytes())?;
                text.clear();
            }
        }
    }
    out.write_all(text.as_bytes())
}

fn push_header(text: &mut String, family: &Family) {
    let help = family.help.trim_start_matches([' ', '\t']);
    if !help.is_empty() {
        push(text, &["# HELP ", &family.name, " "]);
        push_escaped(text, help, |byte| matches!(byte, b'\\' | b'\n'));
        text.push('\n');
    }
    push(
        text,
        &["# TYPE ", &family.name, " ", family.kind.as_str(), "\n"],
    );
}

fn push_sample(text: &mut String, family: &Family, sample: &Sample) {
    text.push_str(sample_name(family, sample));
    push_labels(text, &sample.labels, |label| {
        is_sample_name(family.kind, &label.name)
    });
    text.push(' ');
    // Writing to a `String` cannot fail.
    write!(text, "{}", Number(sample.value)).unwrap_or_default();
    text.push('\n');
}

fn push_labels(text: &mut String, labels: &Labels, hidden: impl Fn(&Label) -> bool) {
    let mut separator = "{";
    for label in labels.iter().filter(|label| !hidden(label)) {
        push(text, &[separator, &label.name, "=\""]);
        push_escaped(text, &label.value, |byte| {
            matches!(byte, b'\\' | b'\n' | b'"')
        });
        text.push('"');
        separator = ",";
    }
    if separator == "," {
        text.push('}');
    }
}

fn push(text: &mut String, parts: &[&str]) {
    for part in parts {
        text.push_str(part);
    }
}

fn push_escaped(text: &mut String, raw: &str, special: impl Fn(u8) -> bool) {
    // Almost no value needs it, and copying a whole slice is many times faster.
    if !raw.bytes().any(&special) {
        return text.push_str(raw);
    }
    for char in raw.chars() {
        if u8::try_from(char).is_ok_and(&special) {
            text.push('\\');
        }
        text.push(if char == '\n' { 'n' } else { char });
    }
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

/// `{a="b"}` as in the text format; nothing when there are no labels.
impl fmt::Display for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        push_labels(&mut text, self, |_| false);
        f.write_str(&text)
    }
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

#[cfg(test)]
mod tests {
    use super::super::{Family, Kind, Label, Labels, Number, Sample, render};

    #[test]
    fn a_family_is_written_as_help_type_and_samples() {
        let labels = Labels::new(vec![
            Label::new("job", "aws_es"),
            Label::new("instance", ""),
        ]);
        let families = [
            Family {
                name: "aws_es_nodes_maximum".into(),
                kind: Kind::Gauge,
                help: "  Nodes \\ of a \"domain\"\nin use".into(),
                samples: vec![
                    Sample { labels, value: 3.0 },
                    Sample {
                        labels: Labels::new(vec![Label::new("tag", "a\\b\"c\nd")]),
                        value: 0.25,
                    },
                    Sample {
                        labels: Labels::default(),
                        value: f64::NEG_INFINITY,
                    },
                ],
            },
            Family {
                name: "a:b".into(),
                kind: Kind::Untyped,
                help: String::new(),
                samples: vec![],
            },
        ];
        let mut text = Vec::new();
        render(&families, &mut text).unwrap();
        assert_eq!(
            String::from_utf8(text).unwrap(),
            r#"# HELP aws_es_nodes_maximum Nodes \\ of a "domain"\nin use
# TYPE aws_es_nodes_maximum gauge
aws_es_nodes_maximum{job="aws_es",instance=""} 3
aws_es_nodes_maximum{tag="a\\b\"c\nd"} 0.25
aws_es_nodes_maximum -Inf
# TYPE a:b untyped
"#
        );
    }

    #[test]
    fn numbers_are_as_short_as_reading_them_back_allows() {
        let table = [
            (0.0, "0"),
            (-0.0, "-0"),
            (1.0, "1"),
            (0.1 + 0.2, "0.30000000000000004"),
            (1_763_985_600.0, "1763985600"),
            (9_007_199_254_740_993.0, "9007199254740992"),
            (1e16, "1e16"),
            (-1.5e300, "-1.5e300"),
            (0.00001, "0.00001"),
            (0.000_009, "9e-6"),
            (f64::MIN_POSITIVE, "2.2250738585072014e-308"),
            (5e-324, "5e-324"),
            (f64::MAX, "1.7976931348623157e308"),
            (f64::NAN, "NaN"),
            (f64::INFINITY, "+Inf"),
            (f64::NEG_INFINITY, "-Inf"),
        ];
        for (value, text) in table {
            assert_eq!(Number(value).to_string(), text);
        }
    }

    #[test]
    fn a_writer_that_fails_stops_the_rendering() {
        struct Full;
        impl std::io::Write for Full {
            fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
                Err(std::io::ErrorKind::StorageFull.into())
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
        let family = Family {
            name: "a".into(),
            kind: Kind::Gauge,
            help: String::new(),
            samples: vec![],
        };
        assert_eq!(
            render([&family], &mut Full).unwrap_err().kind(),
            std::io::ErrorKind::StorageFull
        );
    }
}
