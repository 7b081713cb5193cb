//! Names and words in the form that their owners accept, so that a slip is told here and not by a
//! call in the middle of a run.

use crate::cluster::ClusterName;
use crate::fault::Fault as _;
use crate::ses::Region;
use crate::yaml::{Cursor, Fields, Problem, did_you_mean};

/// What `read` makes of the key, or of its default when it is absent.
pub fn or_default(
    fields: &mut Fields<'_>,
    key: &'static str,
    default: &str,
    read: impl FnOnce(&Cursor<'_>) -> Option<String>,
) -> Option<String> {
    match fields.get(key) {
        Some(cursor) => read(&cursor),
        None => Some(default.to_owned()),
    }
}

/// A field that may be absent; `None` when it is there and was refused.
pub fn optional<T>(
    fields: &mut Fields<'_>,
    key: &'static str,
    read: impl FnOnce(&Cursor<'_>) -> Option<T>,
) -> Option<Option<T>> {
    match fields.get(key) {
        None => Some(None),
        Some(section) => read(&section).map(Some),
    }
}

/// The items of a list. All are read, so that all mistakes in them are told; `None` when one was refused.
pub fn each<T>(list: &Cursor<'_>, read: impl FnMut(&Cursor<'_>) -> Option<T>) -> Option<Vec<T>> {
    let read: Vec<_> = list.items()?.iter().map(read).collect();
    read.into_iter().collect()
}

/// The item at `index`, and the number (from 1, as messages count) of the first before it that is the same in
/// some respect. Items that were refused are like no other.
pub fn twin<T>(
    items: &[Option<T>],
    index: usize,
    same: impl Fn(&T, &T) -> bool,
) -> Option<(&T, usize)> {
    let this = items.get(index)?.as_ref()?;
    let mut earlier = items.iter().take(index);
    let twin = earlier.position(|it| it.as_ref().is_some_and(|it| same(this, it)))?;
    Some((this, twin + 1))
}

/// Any text.
pub fn string(cursor: &Cursor<'_>) -> Option<String> {
    cursor.string()
}

/// True or false.
pub fn boolean(cursor: &Cursor<'_>) -> Option<bool> {
    cursor.boolean()
}

/// Text that is not empty and has no blanks around it.
pub fn text(cursor: &Cursor<'_>) -> Option<String> {
    let text = cursor.string()?;
    if !text.is_empty() && text.trim() == text {
        return Some(text);
    }
    cursor.error("must be a name, without blanks around it");
    None
}

/// The name of a Kubernetes object or namespace.
pub fn object(cursor: &Cursor<'_>) -> Option<String> {
    let name = cursor.string()?;
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.');
    let edge = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let fits = name.starts_with(edge) && name.ends_with(edge) && name.chars().all(allowed);
    if fits && name.len() <= 253 {
        return Some(name);
    }
    let problem = cursor.problem("is not the name of a Kubernetes object");
    cursor.report(problem.hint("use lower-case letters, digits, `-` and `.`"));
    None
}

/// The name of a cluster.
pub fn cluster(cursor: &Cursor<'_>) -> Option<ClusterName> {
    match cursor.string()?.parse::<ClusterName>() {
        Ok(name) => Some(name),
        Err(error) => {
            let problem = cursor.problem("is not the name of a cluster");
            cursor.report(error.hint().into_iter().fold(problem, Problem::hint));
            None
        }
    }
}

/// The code of an AWS region.
pub fn region(cursor: &Cursor<'_>) -> Option<Region> {
    match Region::parse(&cursor.string()?) {
        Ok(region) => Some(region),
        Err(error) => {
            let problem = cursor.problem("is not the code of an AWS region");
            cursor.report(error.hint().into_iter().fold(problem, Problem::hint));
            None
        }
    }
}

/// One of a few words.
pub fn choice<T: Copy>(cursor: &Cursor<'_>, words: &[(&str, T)]) -> Option<T> {
    let text = cursor.source_text()?;
    if let Some((_, value)) = words.iter().find(|(word, _)| *word == text) {
        return Some(*value);
    }
    let known: Vec<_> = words.iter().map(|(word, _)| *word).collect();
    let problem = cursor.problem(format_args!("must be {}, not `{text}`", known.join(" or ")));
    let meant = did_you_mean(&text, known);
    cursor.report(match meant {
        Some(word) => problem.hint(format!("did you mean `{word}`?")),
        None => problem,
    });
    None
}

#[cfg(test)]
mod tests {
    use super::twin;

    #[test]
    fn the_first_that_is_the_same_is_the_twin_and_nothing_is_like_what_was_refused() {
        let items = [Some(1), None, Some(2), Some(1), None, Some(1)];
        let twins: Vec<_> = (0..7)
            .map(|index| twin(&items, index, |a, b| a == b))
            .collect();
        let again = Some((&1, 1));
        assert_eq!(twins, [None, None, None, again, None, again, None]);
    }
}
