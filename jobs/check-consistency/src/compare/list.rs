//! Lists: by keys where every item has one, by place otherwise.

use std::collections::{BTreeMap, BTreeSet};

use super::{Slot, Walk, same};
use crate::difference::{Class, Side};
use crate::node::{List, Node};
use crate::path::Segment;

/// What tells an item apart: fields and their values.
type Key = Vec<(String, String)>;

/// The keys of a list's items in order, if every item has one of its own.
pub(crate) fn unique_keys(list: &List) -> Option<Vec<&Key>> {
    let keys = keys(list)?;
    let apart: BTreeSet<_> = keys.iter().collect();
    (apart.len() == keys.len()).then_some(keys)
}

fn keys(list: &List) -> Option<Vec<&Key>> {
    list.items.iter().map(|item| item.key.as_ref()).collect()
}

fn has_key_twice(list: &List) -> bool {
    let mut met = BTreeSet::new();
    let mut keys = list.items.iter().filter_map(|item| item.key.as_ref());
    !keys.all(|key| met.insert(key))
}

impl Walk {
    pub(super) fn lists(&mut self, lists: &[Option<&List>], slots: &[Slot<'_>]) {
        let present = || lists.iter().copied().flatten();
        let ordered = present().any(|list| list.ordered);
        let unique: Option<Vec<_>> = per_list(lists, unique_keys);
        if let Some(keys) = unique {
            self.by_key(lists, &keys, ordered);
        } else if present().any(|list| list.keyed) && present().any(has_key_twice) {
            // Lists that are equal item by item as they stand are so whatever is meant by them.
            let first = present().next();
            if present().any(|list| Some(list) != first) {
                self.found(Class::DuplicateKey, slots);
            }
        } else {
            self.by_place(lists, ordered);
        }
    }

    fn by_key(&mut self, lists: &[Option<&List>], keys: &[Option<Vec<&Key>>], ordered: bool) {
        if ordered && !one_order(keys) {
            self.found_with(Class::Order, key_sides(keys));
        }
        let items: Vec<Option<BTreeMap<&Key, &Node>>> = lists
            .iter()
            .map(|list| {
                let items = list.as_ref()?.items.iter();
                let items = items.filter_map(|item| Some((item.key.as_ref()?, &item.node)));
                Some(items.collect())
            })
            .collect();
        let mut met = BTreeSet::new();
        for key in keys.iter().flatten().flatten().copied() {
            if !met.insert(key) {
                continue;
            }
            let slots: Vec<_> = items
                .iter()
                .map(|items| match items {
                    Some(items) => items.get(key).map_or(Slot::Absent, |it| Slot::Here(it)),
                    None => Slot::NoObject,
                })
                .collect();
            self.step(Segment::Item(key.clone()), &slots);
        }
    }

    /// By place, after what is the same at the beginning and at the end.
    fn by_place(&mut self, lists: &[Option<&List>], ordered: bool) {
        let items: Vec<Option<Vec<&Node>>> = lists
            .iter()
            .map(|list| {
                let mut items: Vec<_> = list.as_ref()?.items.iter().collect();
                if !ordered {
                    items.sort_by_key(|item| &item.key);
                }
                Some(items.into_iter().map(|item| &item.node).collect())
            })
            .collect();
        let present: Vec<&Vec<&Node>> = items.iter().flatten().collect();
        let shortest = present.iter().map(|it| it.len()).min().unwrap_or_default();
        let longest = present.iter().map(|it| it.len()).max().unwrap_or_default();
        let begin = (0..shortest)
            .take_while(|at| all_same(present.iter().filter_map(|it| it.get(*at).copied())))
            .count();
        let end = (0..shortest - begin)
            .take_while(|back| {
                all_same(
                    present
                        .iter()
                        .filter_map(|it| it.iter().rev().nth(*back).copied()),
                )
            })
            .count();
        for place in begin..longest - end {
            let slots: Vec<_> = items
                .iter()
                .map(|items| match items {
                    Some(items) => items
                        .get(place)
                        .filter(|_| place < items.len() - end)
                        .map_or(Slot::Absent, |it| Slot::Here(it)),
                    None => Slot::NoObject,
                })
                .collect();
            self.step(Segment::Index(place), &slots);
        }
    }
}

/// Something of every list that is here, if all of them have it.
fn per_list<'n, T>(
    lists: &[Option<&'n List>],
    part: impl Fn(&'n List) -> Option<T>,
) -> Option<Vec<Option<T>>> {
    let part = |list: Option<&'n List>| match list {
        Some(list) => part(list).map(Some),
        None => Some(None),
    };
    lists.iter().copied().map(part).collect()
}

/// Whether the items that any two lists have in common stand in one order in both.
fn one_order(keys: &[Option<Vec<&Key>>]) -> bool {
    let present: Vec<_> = keys.iter().flatten().collect();
    let common = |of: &[&'_ Key], with: &[&Key]| -> Vec<Key> {
        let with: BTreeSet<_> = with.iter().collect();
        let common = of.iter().filter(|key| with.contains(key));
        common.map(|key| (*key).clone()).collect()
    };
    present.iter().enumerate().all(|(index, one)| {
        let others = present.iter().skip(index + 1);
        others
            .into_iter()
            .all(|other| common(one, other) == common(other, one))
    })
}

/// The keys in their order, as JSON.
fn key_sides(keys: &[Option<Vec<&Key>>]) -> Vec<Side> {
    let text = |key: &&Key| {
        let pairs: Vec<_> = key
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        serde_json::Value::String(pairs.join(","))
    };
    let side = |keys: &Option<Vec<&Key>>| match keys {
        Some(keys) => {
            Side::Shown(serde_json::Value::Array(keys.iter().map(text).collect()).to_string())
        }
        None => Side::NoObject,
    };
    keys.iter().map(side).collect()
}

fn all_same<'n>(mut nodes: impl Iterator<Item = &'n Node>) -> bool {
    nodes
        .next()
        .is_none_or(|first| nodes.all(|node| same(first, node)))
}
