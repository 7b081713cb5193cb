//! What the parser's errors mean to the person who wrote the file, and which tags are understood.

use granit_parser::{ErrorKind, ScanError};

use super::node::{Position, Tag};
use super::problem::{Problem, Problems};

/// Turns an error of the parser into a problem with advice where experience has some.
pub(super) fn explain(error: &ScanError, text: &str) -> Problem {
    let marker = error.marker();
    let position = Position {
        line: marker.line(),
        column: marker.col() + 1,
    };
    let problem = Problem::error(position, format!("not valid YAML: {}", error.info()));
    match advice(error.kind(), text, position) {
        Some(advice) => problem.hint(advice),
        None => problem,
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the parser's words say enough about the rest"
)]
fn advice(kind: &ErrorKind, text: &str, position: Position) -> Option<String> {
    let line = text
        .lines()
        .nth(position.line.saturating_sub(1))
        .unwrap_or_default();
    // Wherever the parser notices it, a tab in front of a line is the first thing to mend.
    if line.starts_with(|c: char| c.is_whitespace())
        && line
            .chars()
            .take_while(|c| c.is_whitespace())
            .any(|c| c == '\t')
    {
        return Some("indent with spaces; YAML does not allow tabs there".to_owned());
    }
    let advice = match kind {
        ErrorKind::UnknownQuotedScalarEscape
        | ErrorKind::InvalidQuotedScalarHexEscape
        | ErrorKind::InvalidUnicodeEscape => {
            "in double quotes a backslash starts an escape; write a regular expression in single quotes, such as '\\d+'"
        }
        ErrorKind::UnknownAnchor | ErrorKind::MissingAnchorOrAliasName => {
            "a value that begins with `*` or `&` must be quoted, such as '*.example'"
        }
        ErrorKind::UnexpectedCharacter { character } if character.is_control() => {
            "the file holds a control character, which YAML does not allow: delete it; is this really a text file?"
        }
        ErrorKind::UnexpectedCharacter { .. } => {
            "a value that begins with `%`, `@` or a backquote must be quoted, such as '%d'"
        }
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabInPlainScalar
        | ErrorKind::TabAtBlockScalarStart => "indent with spaces; YAML does not allow tabs there",
        ErrorKind::MappingValueNotAllowed => {
            "a value that contains `: ` must be quoted; a key must be indented like its neighbours"
        }
        ErrorKind::ExpectedBlockMappingKey
        | ErrorKind::ExpectedBlockSequenceEntry
        | ErrorKind::InvalidIndentation
        | ErrorKind::SimpleKeyExpected => {
            "check the indentation of this line and the colons of the lines before it"
        }
        ErrorKind::UnclosedQuotedScalar => "close the quote that opens here",
        ErrorKind::UnclosedFlowCollection { .. }
        | ErrorKind::InvalidColonPlacement
        | ErrorKind::ExpectedFlowSequenceSeparator
        | ErrorKind::ExpectedFlowMappingSeparator
        | ErrorKind::MismatchedFlowCollectionEnd { .. } => {
            "check that every `[` and `{` is closed, with a comma between the items"
        }
        ErrorKind::RecursionLimitExceeded => "flatten the file: no key of it is nested this deeply",
        _ => return None,
    };
    Some(advice.to_owned())
}

/// The tag of a scalar, unless it is one that is not understood, which is reported.
pub(super) fn scalar_tag(
    tag: &granit_parser::Tag,
    position: Position,
    problems: &mut Problems,
) -> Option<Tag> {
    match tag.core_suffix() {
        Some("str") => Some(Tag::Str),
        Some("int") => Some(Tag::Int),
        Some("float") => Some(Tag::Float),
        Some("bool") => Some(Tag::Bool),
        Some("null") => Some(Tag::Null),
        _ if tag.original() == "!" => Some(Tag::Str),
        _ => {
            refuse(tag, position, problems);
            None
        }
    }
}

/// Reports the tag of a list or mapping unless it is `expected`.
pub(super) fn expect_tag(
    tag: &granit_parser::Tag,
    expected: &str,
    position: Position,
    problems: &mut Problems,
) {
    if tag.core_suffix() != Some(expected) && tag.original() != "!" {
        refuse(tag, position, problems);
    }
}

fn refuse(tag: &granit_parser::Tag, position: Position, problems: &mut Problems) {
    problems.push(
        Problem::error(
            position,
            format!("the tag `{}` is not supported here", tag.original()),
        )
        .hint("remove the tag; quote the value if it begins with `!`"),
    );
}
