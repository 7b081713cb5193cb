//! Rules that say what a field has to be. That all clusters have the same can be the very fault.

use std::collections::BTreeMap;

use super::Case;
use super::fields::{Fields, field};
use crate::compare::{Slot, same, sides};
use crate::declared::lookup::at;
use crate::declared::rules::Active;
use crate::declared::{Objects, Template};
use crate::difference::{Class, Difference};
use crate::finding::Presence;
use crate::node::Node;
use crate::path::{Path, Pattern};

impl<'a, 'r> Case<'a, 'r> {
    /// The object of each cluster, where it is and was read.
    fn roots(self) -> impl Iterator<Item = Option<&'a Node>> {
        let sides = self.presence.iter().zip(self.sides.iter().copied());
        sides.map(|(presence, side)| side.filter(|_| *presence == Presence::Here))
    }

    /// Whether the object is somewhere where it was not read.
    pub(super) fn is_unread(self) -> bool {
        let mut sides = self.presence.iter().zip(self.sides);
        sides.any(|(presence, side)| *presence == Presence::Here && side.is_none())
    }

    /// Each place that a rule names in any cluster, with what the clusters have there. A rule that names
    /// one object and one field demands that the field is there; one with `*` speaks of what there is.
    pub(super) fn places(
        self,
        objects: &Objects,
        pattern: &Pattern,
    ) -> BTreeMap<Path, Vec<Slot<'a>>> {
        let nowhere = |root: Option<&Node>| match root {
            Some(_) => Slot::Absent,
            None => Slot::NoObject,
        };
        let nowhere: Vec<Slot<'a>> = self.roots().map(nowhere).collect();
        let mut places = BTreeMap::new();
        for (cluster, root) in self.roots().enumerate() {
            for (path, node) in root.into_iter().flat_map(|root| at(root, pattern)) {
                let slots: &mut Vec<_> = places.entry(path).or_insert_with(|| nowhere.clone());
                if let Some(slot) = slots.get_mut(cluster) {
                    *slot = Slot::Here(node);
                }
            }
        }
        let read_anywhere = self.roots().any(|root| root.is_some());
        if places.is_empty() && read_anywhere && objects.names(self.object) {
            places.extend(pattern.literal().map(|path| (path, nowhere)));
        }
        places
    }

    /// What the template says must be there, in every cluster that has the object.
    pub(super) fn template(
        self,
        active: Active<'r>,
        template: &Template,
        path: &Path,
        slots: &[Slot<'_>],
        fields: &mut Fields,
    ) {
        self.rules.used(active, self.object, path);
        let mut expected = Vec::new();
        let mut class = Class::Value;
        for (slot, vars) in slots.iter().zip(self.vars) {
            let fits = match slot {
                Slot::NoObject => true,
                Slot::Absent => {
                    class = Class::Presence;
                    false
                }
                Slot::Here(node) => node
                    .as_leaf()
                    .is_some_and(|leaf| template.matches(vars, &leaf.text)),
            };
            if !fits {
                let value = template.expand_shown(vars);
                expected.push(format!("`{value}` in {}", vars.cluster()));
            }
        }
        if expected.is_empty() {
            fields.explain(active, |it| it == path);
            return;
        }
        let id = &active.rule.id;
        fields.broken.get_or_insert_with(|| id.clone());
        if fields.all.iter().all(|it| it.difference.path != *path) {
            fields.all.push(field(Difference {
                path: path.clone(),
                class,
                sides: sides(class, slots),
            }));
        }
        fields.are_wrong(path, &format!("{id} expects {}", expected.join(", ")));
    }

    /// No two clusters that have the object may have the same there.
    pub(super) fn distinct(
        self,
        active: Active<'r>,
        path: &Path,
        slots: &[Slot<'_>],
        fields: &mut Fields,
    ) {
        self.rules.used(active, self.object, path);
        let alike = slots.iter().find_map(|one| {
            let alike = slots.iter().enumerate();
            let alike = alike.filter(|(_, other)| is_same(one, other));
            let alike: Vec<usize> = alike.map(|(cluster, _)| cluster).collect();
            (alike.len() > 1).then_some(alike)
        });
        let Some(alike) = alike else {
            fields.explain(active, |it| it.is_within(path));
            return;
        };
        let id = &active.rule.id;
        let clusters = self.names(&alike);
        let text = format!("`{path}` is the same in {clusters}, where {id} expects it to differ");
        fields.not_distinct.get_or_insert((id.clone(), text));
        fields.are_wrong(path, &format!("{id} expects it to differ everywhere"));
    }
}

/// Two clusters without a field are as one there.
fn is_same(one: &Slot<'_>, other: &Slot<'_>) -> bool {
    match (one, other) {
        (Slot::Here(one), Slot::Here(other)) => same(one, other),
        (Slot::Absent, Slot::Absent) => true,
        (Slot::Here(_) | Slot::Absent | Slot::NoObject, _) => false,
    }
}
