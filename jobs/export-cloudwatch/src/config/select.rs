//! `aws_dimensions` and the two ways to select their values.

use common::yaml::{Cursor, Fields, Key, Problem};

use super::{JavaRegex, JavaRegexError, list};

/// Which values of the dimensions a rule wants. Names that a metric lacks do not filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Select {
    /// No condition.
    Any,
    /// One of the values, exactly; every name must match. File order, no name twice.
    Values(Vec<(String, Vec<String>)>),
    /// One of the patterns, whole value; every name must match. File order, no name twice.
    Patterns(Vec<(String, Vec<JavaRegex>)>),
}

/// The exact set of dimensions that a rule reads.
pub(super) fn dimensions(fields: &mut Fields<'_>) -> Option<Vec<String>> {
    list::distinct(&fields.get("aws_dimensions")?)
}

/// The one selection that a rule has.
pub(super) fn select(fields: &mut Fields<'_>) -> Select {
    let values = fields.get_or_null("aws_dimension_select");
    let patterns = fields.get_or_null("aws_dimension_select_regex");
    match (values, patterns) {
        (None, None) => Select::Any,
        (Some(values), None) => exact(&values),
        (None, Some(patterns)) => regex(&patterns),
        (Some(_), Some(_)) => {
            let keys = ["aws_dimension_select", "aws_dimension_select_regex"];
            let second = keys
                .into_iter()
                .filter_map(|name| fields.key(name))
                .map(|key| key.position);
            if let Some(position) = second.max() {
                fields.cursor().report(
                    Problem::error(
                        position,
                        "Must not provide aws_dimension_select and aws_dimension_select_regex at the same time",
                    )
                    .hint("remove one; a pattern without special characters selects exactly itself"),
                );
            }
            Select::Any
        }
    }
}

fn exact(select: &Cursor<'_>) -> Select {
    if select.is_null() {
        return Select::Any;
    }
    let entry =
        |(key, values): (&Key, Cursor<'_>)| Some((key.text.clone(), list::distinct(&values)?));
    let names: Vec<_> = list::lists(select).into_iter().filter_map(entry).collect();
    if names.is_empty() {
        Select::Any
    } else {
        Select::Values(names)
    }
}

fn regex(select: &Cursor<'_>) -> Select {
    if select.is_null() {
        return Select::Any;
    }
    let entry = |(key, patterns): (&Key, Cursor<'_>)| {
        let patterns = list::texts(patterns.items()?);
        let compile = |(text, item): (String, Cursor<'_>)| {
            compiled(&item, &text, JavaRegex::full_match(&text))
        };
        Some((
            key.text.clone(),
            patterns.into_iter().filter_map(compile).collect(),
        ))
    };
    let names: Vec<_> = list::lists(select).into_iter().filter_map(entry).collect();
    if names.is_empty() {
        Select::Any
    } else {
        Select::Patterns(names)
    }
}

/// A pattern, or an error that points into it.
pub(super) fn compiled(
    cursor: &Cursor<'_>,
    pattern: &str,
    result: Result<JavaRegex, JavaRegexError>,
) -> Option<JavaRegex> {
    match result {
        Ok(regex) => Some(regex),
        Err(JavaRegexError { position, reason }) => {
            let place = position.map_or_else(String::new, |at| format!(" at character {at}"));
            cursor.error(format!(
                "is no usable pattern{place} of `{pattern}`: {reason}"
            ));
            None
        }
    }
}
