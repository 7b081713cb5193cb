//! One-to-one assignment of what was to what is.

use std::collections::{BTreeMap, VecDeque};

/// Which old item is which new one. Every item has at most one partner.
#[derive(Debug)]
pub(super) struct Pairing<'i, T> {
    old: &'i [T],
    new: &'i [T],
    partner: Vec<Option<usize>>,
    taken: Vec<bool>,
}

impl<'i, T> Pairing<'i, T> {
    /// Nothing is paired yet.
    pub(super) fn new(old: &'i [T], new: &'i [T]) -> Self {
        Self {
            old,
            new,
            partner: vec![None; old.len()],
            taken: vec![false; new.len()],
        }
    }

    /// Pairs what is still alone and has the same key; where several have it, in their order. An item
    /// without a key stays alone.
    pub(super) fn by<K: Ord>(&mut self, key: impl Fn(&T) -> Option<K>) -> &mut Self {
        let mut free: BTreeMap<K, VecDeque<usize>> = BTreeMap::new();
        for (index, item) in self.new.iter().enumerate() {
            if self.taken.get(index) == Some(&false)
                && let Some(key) = key(item)
            {
                free.entry(key).or_default().push_back(index);
            }
        }
        for (item, partner) in self.old.iter().zip(&mut self.partner) {
            if partner.is_some() {
                continue;
            }
            *partner = key(item).and_then(|key| free.get_mut(&key)?.pop_front());
            if let Some(taken) = partner.and_then(|index| self.taken.get_mut(index)) {
                *taken = true;
            }
        }
        self
    }

    /// The new index of an old item.
    pub(super) fn partner(&self, old: usize) -> Option<usize> {
        self.partner.get(old).copied().flatten()
    }

    /// All pairs in the old order.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&'i T, &'i T)> {
        let partners = self.old.iter().zip(&self.partner);
        partners.filter_map(|(old, partner)| Some((old, self.new.get((*partner)?)?)))
    }

    /// Old items without a partner.
    pub(super) fn removed(&self) -> impl Iterator<Item = &'i T> {
        let partners = self.old.iter().zip(&self.partner);
        partners.filter_map(|(old, partner)| partner.is_none().then_some(old))
    }

    /// New items without a partner.
    pub(super) fn added(&self) -> impl Iterator<Item = &'i T> {
        let taken = self.new.iter().zip(&self.taken);
        taken.filter_map(|(new, taken)| (!taken).then_some(new))
    }

    /// Whether the pairs stand in another order than before.
    pub(super) fn reordered(&self) -> bool {
        !self.partner.iter().flatten().is_sorted()
    }
}
