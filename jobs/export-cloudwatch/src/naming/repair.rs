//! Turns names that Prometheus refuses into names that it takes.

use std::collections::HashSet;
use std::sync::Arc;

/// A metric name that may be written: a leading digit gets an underscore in front.
pub(super) fn metric_name(name: &str) -> String {
    leading_letter(name.to_owned())
}

/// The label that one key (a dimension or a tag) is written as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Slot {
    /// Unique among the labels of a series.
    pub(super) name: Arc<str>,
    /// The earlier key whose label this one would have shared. When both have the same value the
    /// label is left out: it says nothing more.
    pub(super) twin: Option<usize>,
}

/// Gives every key a label of its own.
///
/// `keys` are pairs of an original key and the label that the exporter would write; `taken` are
/// labels that the series already has. Of several keys with one label the first in sorted order
/// keeps it, the others are numbered from 2. The answer depends on the keys alone, never on values,
/// so a label means the same in every series of a family.
pub(super) fn distinct(keys: Vec<(&str, String)>, taken: &[&str]) -> Vec<Slot> {
    let keys: Vec<_> = keys
        .into_iter()
        .map(|(key, name)| (key, leading_letter(name)))
        .collect();
    let mut used: HashSet<String> = taken.iter().map(|&name| name.to_owned()).collect();
    let fixed = used.clone();
    used.extend(keys.iter().map(|(_, name)| name.clone()));

    let mut sorted: Vec<_> = keys.iter().enumerate().collect();
    sorted.sort_by_key(|&(index, (key, name))| (name, key, index));
    let mut slots: Vec<(usize, Slot)> = Vec::with_capacity(keys.len());
    let mut owner: Option<(usize, &str)> = None;
    for (index, (_, name)) in sorted {
        let twin = owner
            .filter(|&(_, owned)| owned == name)
            .map(|(owner, _)| owner);
        if twin.is_none() {
            owner = Some((index, name));
        }
        let name = if twin.is_some() || fixed.contains(name) {
            numbered(name, &mut used)
        } else {
            name.as_str().into()
        };
        slots.push((index, Slot { name, twin }));
    }
    slots.sort_by_key(|&(index, _)| index);
    slots.into_iter().map(|(_, slot)| slot).collect()
}

/// Moves a dimension's label out of the way of one that every series has.
pub(super) fn unreserved(name: String, reserved: &[&str]) -> String {
    if reserved.contains(&name.as_str()) {
        format!("dimension_{name}")
    } else {
        name
    }
}

fn numbered(name: &str, used: &mut HashSet<String>) -> Arc<str> {
    let mut number = 2_u32;
    loop {
        let candidate = format!("{name}_{number}");
        if used.insert(candidate.clone()) {
            return candidate.into();
        }
        number += 1;
    }
}

fn leading_letter(name: String) -> String {
    let valid = name
        .bytes()
        .next()
        .is_some_and(|byte| !byte.is_ascii_digit());
    if valid { name } else { format!("_{name}") }
}

#[cfg(test)]
mod tests {
    use super::{distinct, metric_name};

    fn names(keys: &[(&str, &str)], taken: &[&str]) -> Vec<(String, Option<usize>)> {
        let keys = keys
            .iter()
            .map(|&(key, name)| (key, name.to_owned()))
            .collect();
        distinct(keys, taken)
            .iter()
            .map(|slot| (slot.name.to_string(), slot.twin))
            .collect()
    }

    #[test]
    fn only_a_leading_digit_needs_an_underscore() {
        assert_eq!(metric_name("5xx"), "_5xx");
        assert_eq!(metric_name("x5"), "x5");
        assert_eq!(metric_name(":x"), ":x");
        assert_eq!(metric_name("_x"), "_x");
    }

    #[test]
    fn the_first_key_in_sorted_order_keeps_the_name_wherever_it_stands() {
        let keys = [
            ("foo:bar", "tag_foo_bar"),
            ("other", "tag_other"),
            ("foo/bar", "tag_foo_bar"),
        ];
        assert_eq!(
            names(&keys, &[]),
            [
                ("tag_foo_bar_2".into(), Some(2)),
                ("tag_other".into(), None),
                ("tag_foo_bar".into(), None)
            ]
        );
    }

    #[test]
    fn a_number_never_lands_on_a_name_that_is_in_use() {
        let keys = [("A", "a"), ("a", "a"), ("a_2", "a_2"), ("a ", "a")];
        let found: Vec<_> = names(&keys, &["a_3"])
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        assert_eq!(found, ["a", "a_4", "a_2", "a_5"]);
    }

    #[test]
    fn a_name_that_the_series_already_has_is_numbered_too() {
        assert_eq!(
            names(&[("name", "tag_name")], &["tag_name"]),
            [("tag_name_2".into(), None)]
        );
        assert_eq!(
            names(&[("9", "9"), ("", "")], &[]),
            [("_9".into(), None), ("_".into(), None)]
        );
    }
}
