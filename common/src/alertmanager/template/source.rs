//! Where the scalars of a text stand, in bytes, so that one can be replaced and nothing else moves.

use std::collections::BTreeMap;
use std::ops::Range;

use granit_parser::{Event, Parser, ScalarStyle};

use super::MARK;
use crate::yaml::Position;

/// A scalar with placeholders as it stands in the source.
#[derive(Debug, Clone)]
pub(in super::super) struct Written {
    /// As the tree has it.
    pub(in super::super) position: Position,
    /// What a quoted scalar takes the place of: the whole scalar, or the `|` or `>` of a block.
    pub(in super::super) replaced: Range<usize>,
    /// What goes with it: the lines of a block.
    pub(in super::super) removed: Range<usize>,
}

/// Every scalar of a text that holds a mark.
#[derive(Debug, Default)]
pub(super) struct Scalars {
    written: BTreeMap<Position, Written>,
    covered: Vec<Range<usize>>,
}

impl Scalars {
    /// Reads a text that is YAML.
    pub(super) fn of(text: &str) -> Self {
        // The tree does not count a byte order mark either.
        let body = text.strip_prefix('\u{feff}').unwrap_or(text);
        let shift = text.len() - body.len();
        let mut scalars = Self::default();
        let options = granit_parser::options! { emit_comments: false };
        for event in Parser::new_from_str_with_options(body, options) {
            let Ok((event, span)) = event else {
                // The caller has parsed the text before. What is not found is not replaced.
                break;
            };
            let (Event::Scalar(value, style, ..), Some(range)) = (event, span.byte_range()) else {
                continue;
            };
            if !value.contains(MARK) {
                continue;
            }
            let start = span.tag_start().unwrap_or(span.start);
            let position = Position {
                line: start.line(),
                column: start.col() + 1,
            };
            scalars.covered.push(moved(&range, shift));
            let parts = match style {
                ScalarStyle::Plain | ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => {
                    Some((range.clone(), range.end..range.end))
                }
                ScalarStyle::Literal | ScalarStyle::Folded => block(body, &range),
            };
            if let Some((replaced, removed)) = parts {
                let (replaced, removed) = (moved(&replaced, shift), moved(&removed, shift));
                scalars.written.insert(
                    position,
                    Written {
                        position,
                        replaced,
                        removed,
                    },
                );
            }
        }
        scalars
    }

    /// The scalar that starts there.
    pub(super) fn at(&self, position: Position) -> Option<&Written> {
        self.written.get(&position)
    }

    /// Whether this byte belongs to one of them.
    pub(super) fn covers(&self, offset: usize) -> bool {
        self.covered.iter().any(|range| range.contains(&offset))
    }
}

fn moved(range: &Range<usize>, by: usize) -> Range<usize> {
    range.start + by..range.end + by
}

/// The indicator of a block scalar and its lines. The parser's span of a block begins with its
/// first line and ends where the next token does.
///
/// The rest of the indicator's line stays, so that its comment does.
fn block(text: &str, content: &Range<usize>) -> Option<(Range<usize>, Range<usize>)> {
    let before = text.get(..content.start)?.trim_end();
    let header_end = before.len();
    let header_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let header = before.get(header_start..)?;
    let (offset, length) = header
        .char_indices()
        .filter(|(_, c)| matches!(c, '|' | '>'))
        .find_map(|(offset, _)| Some((offset, indicator(header.get(offset..)?)?)))?;
    let start = header_start + offset;
    let first_line = header_end + text.get(header_end..)?.find('\n')? + 1;
    let last = text.get(first_line..content.end)?.trim_end();
    let last_end = first_line + last.len();
    let end = text
        .get(last_end..)?
        .find('\n')
        .map_or(text.len(), |newline| last_end + newline + 1);
    Some((start..start + length, first_line..end))
}

/// The length of a block scalar's indicator, if `text` is one up to the end of its line.
fn indicator(text: &str) -> Option<usize> {
    let after = text.get(1..)?;
    let rest = after.trim_start_matches(|c: char| matches!(c, '+' | '-' | '1'..='9'));
    let length = text.len() - rest.len();
    let comment = rest.trim_start();
    let ends = comment.is_empty() || (comment.starts_with('#') && comment.len() < rest.len());
    (ends && length <= 3).then_some(length)
}

/// Line and column of a byte.
pub(super) fn position(text: &str, offset: usize) -> Position {
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let column = before.get(line_start..).unwrap_or_default().chars().count() + 1;
    Position {
        line: before.matches('\n').count() + 1,
        column,
    }
}
