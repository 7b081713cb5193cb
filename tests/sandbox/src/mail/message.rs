//! A mail as it was delivered.

use jiff::Timestamp;

/// An accepted mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// The sender of the envelope.
    pub from: String,
    /// The recipients of the envelope.
    pub to: Vec<String>,
    /// The header `Subject`, unfolded but not decoded; empty when there is none.
    pub subject: String,
    /// Headers and body without the dots that the protocol adds; lines end in CRLF.
    pub data: String,
    /// Who was logged in.
    pub user: String,
    /// When, by the server's clock.
    pub at: Timestamp,
}

/// The header's value, its continuation lines joined.
pub(super) fn subject(data: &str) -> String {
    let mut lines = data.split("\r\n").take_while(|line| !line.is_empty());
    let Some(first) = lines.find_map(value_of_subject) else {
        return String::new();
    };
    let more = lines.take_while(|line| line.starts_with([' ', '\t']));
    let mut subject = first.trim().to_owned();
    for line in more {
        subject.push(' ');
        subject.push_str(line.trim());
    }
    subject
}

fn value_of_subject(line: &str) -> Option<&str> {
    let (name, value) = line.split_once(':')?;
    name.eq_ignore_ascii_case("subject").then_some(value)
}

#[cfg(test)]
mod tests {
    use super::subject;

    #[test]
    fn the_subject_is_read_from_the_headers_alone_and_unfolded() {
        let table = [
            (
                "From: a\r\nSubject: one\r\n two\r\nTo: b\r\n\r\nbody",
                "one two",
            ),
            ("SUBJECT:x\r\n\r\n", "x"),
            ("From: a\r\n\r\nSubject: of the body", ""),
            ("", ""),
        ];
        for (data, expected) in table {
            assert_eq!(subject(data), expected, "{data:?}");
        }
    }
}
