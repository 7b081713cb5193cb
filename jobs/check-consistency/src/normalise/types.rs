//! Where an object has something other than plain text: types, lists and empty values.
//!
//! Everywhere else a text is a text, a list has an order, and an empty mapping is not an absent one.
//! Places are fields from the root, `*` for one step of any kind, and `**` at the start for any number of
//! steps. Documents in texts have kinds of their own ([`super::document`]). All of it stands in [`table`].

mod table;

use table::{EMPTY, LISTS, Row, TYPES};

/// What a scalar is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Quantity,
    PrometheusDuration,
    GoDuration,
    Bytes,
    Schedule,
    Expression,
    Image,
}

/// How the items of a list are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lists {
    /// By these fields, in any order.
    Keyed(&'static [&'static str]),
    /// By these fields, and their order has a meaning.
    OrderedKeyed(&'static [&'static str]),
    /// By their names; ordered only if a value uses that of an earlier one.
    Environment,
    /// By themselves, in any order.
    Set,
    /// In order, whatever the schema says.
    Ordered,
    /// Rules of Prometheus: in order, known by what they alert on or record.
    Rules,
}

/// The type of the scalar at a place.
pub(super) fn of_scalar(kind: &str, path: &[&str]) -> Option<Type> {
    find(TYPES, kind, path)
}

/// What is known about the list at a place.
pub(super) fn of_list(kind: &str, path: &[&str]) -> Option<Lists> {
    find(LISTS, kind, path)
}

/// Whether what is empty at a place is the same as what is not there.
pub(super) fn empty_is_absent(kind: &str, path: &[&str]) -> bool {
    find(EMPTY, kind, path).is_some()
}

fn find<T: Copy>(table: &[Row<T>], kind: &str, path: &[&str]) -> Option<T> {
    let row = table.iter().find(|(kinds, place, _)| {
        (kinds.is_empty() || kinds.contains(&kind)) && fits(place, path)
    })?;
    Some(row.2)
}

fn fits(place: &str, path: &[&str]) -> bool {
    let (steps, path) = match place.strip_prefix("**/") {
        None => (place, path),
        Some(steps) => {
            let count = steps.split('/').count();
            let Some(rest) = path
                .len()
                .checked_sub(count)
                .and_then(|from| path.get(from..))
            else {
                return false;
            };
            (steps, rest)
        }
    };
    steps.split('/').count() == path.len()
        && steps
            .split('/')
            .zip(path)
            .all(|(step, name)| step == "*" || step == *name)
}
