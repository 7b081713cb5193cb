//! What becomes of the fields of an object.

use super::{Case, counts};
use crate::declared::What;
use crate::declared::lookup::{at_path, below};
use crate::declared::rules::{Active, ignored_before};
use crate::difference::{Class, Difference};
use crate::finding::Field;
use crate::node::Node;
use crate::path::{Path, Pattern, Segment};

/// What checksums are explained by: the fields that they are made of.
const CHECKSUM: &str = "checksum";

/// The fields of an object and what became of them.
#[derive(Debug, Default)]
pub(super) struct Fields {
    /// All of them.
    pub(super) all: Vec<Field>,
    /// The first rule whose template does not fit.
    pub(super) broken: Option<String>,
    /// The first rule by which a field has to differ and does not, and which that is.
    pub(super) not_distinct: Option<(String, String)>,
    /// Whether there is a rule that could not be applied, because the object was not read in detail.
    pub(super) unread: bool,
    /// Where a field is not what a rule says: no other rule explains it.
    wrong: Vec<Path>,
}

impl<'r> Case<'_, 'r> {
    /// Applies the rules in their order: the first that explains a field has it. One that says what a
    /// field has to be is asked in any case, unless the field is ignored by one before.
    pub(super) fn fields(self, differences: Vec<Difference>) -> Fields {
        let mut fields = Fields {
            all: differences.into_iter().map(field).collect(),
            ..Fields::default()
        };
        let ignored = self.rules.ignored_fields(self.object);
        for active in self.rules.active() {
            match &active.rule.what {
                What::Template {
                    objects,
                    path,
                    value,
                } if objects.matches(self.object) => {
                    for (path, slots) in self.places(objects, path) {
                        if !ignored_before(&ignored, active, &path) {
                            self.template(active, value, &path, &slots, &mut fields);
                        }
                    }
                    fields.unread |= self.is_unread();
                }
                What::Distinct { objects, path } if objects.matches(self.object) => {
                    for (path, slots) in self.places(objects, path) {
                        if !ignored_before(&ignored, active, &path) {
                            self.distinct(active, &path, &slots, &mut fields);
                        }
                    }
                    fields.unread |= self.is_unread();
                }
                What::Ignore {
                    objects,
                    path: Some(pattern),
                } if objects.matches(self.object) => {
                    for path in fields.explain(active, |path| pattern.matches(path)) {
                        self.rules.used(active, self.object, &path);
                    }
                }
                What::OnlyIn { .. }
                | What::Template { .. }
                | What::Distinct { .. }
                | What::SameSecret { .. }
                | What::Ignore { .. } => {}
            }
        }
        self.ignored_piecewise(&ignored, &mut fields);
        fields.checksums();
        self.notes(&mut fields.all);
        fields
    }

    /// A mapping that one side has and another has not is one difference. It is explained when every field
    /// in it is ignored.
    fn ignored_piecewise(self, ignored: &[(Active<'r>, &Pattern)], fields: &mut Fields) {
        let Fields { all, wrong, .. } = fields;
        for field in all {
            let path = &field.difference.path;
            let presence = field.difference.class == Class::Presence;
            if !presence || field.rule.is_some() || wrong.contains(path) {
                continue;
            }
            let mut used = Vec::new();
            let covered = self.sides.iter().flatten().all(|root| {
                let node = at_path(root, path);
                node.is_none_or(|node| is_covered(node, path, ignored, &mut used))
            });
            if !covered {
                continue;
            }
            used.sort_by_key(|active| active.index);
            used.dedup_by_key(|active| active.index);
            for active in &used {
                self.rules.used(*active, self.object, path);
            }
            field.rule = used.first().map(|active| active.rule.id.clone());
        }
    }

    /// What is known about the scalars themselves.
    fn notes(self, fields: &mut [Field]) {
        for field in fields {
            let roots = self.sides.iter().flatten();
            let mut nodes = roots.filter_map(|root| at_path(root, &field.difference.path));
            let note = nodes.find_map(|node| node.as_leaf()?.note);
            if let Some(note) = note {
                add_note(field, note);
            }
        }
    }
}

impl Fields {
    /// Explains what no rule has explained before, and says which fields that are.
    pub(super) fn explain(
        &mut self,
        active: Active<'_>,
        meant: impl Fn(&Path) -> bool,
    ) -> Vec<Path> {
        let mut explained = Vec::new();
        for field in &mut self.all {
            let path = &field.difference.path;
            if field.rule.is_none() && !self.wrong.contains(path) && meant(path) {
                field.rule = Some(active.rule.id.clone());
                explained.push(path.clone());
            }
        }
        explained
    }

    /// The differences at a place and below it are not what they have to be, whatever explains them.
    pub(super) fn are_wrong(&mut self, path: &Path, note: &str) {
        for field in &mut self.all {
            if !field.difference.path.is_within(path) {
                continue;
            }
            field.rule = None;
            if matches!(field.difference.class, Class::Cosmetic | Class::Defaulted) {
                field.difference.class = Class::Value;
            }
            add_note(field, note);
            self.wrong.push(field.difference.path.clone());
        }
    }

    /// Checksums in a pod template follow from something else: where all other differences of the object are
    /// explained, so are they. Beside other drift they stay, for nobody knows which of it they come from;
    /// and alone they are the only trace of what differs, which may be a Secret that is not read.
    fn checksums(&mut self) {
        if self.all.iter().all(|field| field.rule.is_none()) {
            return;
        }
        let follows = |field: &Field| {
            let path = &field.difference.path;
            is_checksum(path) && !self.wrong.contains(path)
        };
        if !self.all.iter().filter(|it| counts(it)).all(follows) {
            return;
        }
        for field in &mut self.all {
            if counts(field) {
                field.rule = Some(CHECKSUM.to_owned());
            }
        }
    }
}

pub(super) fn field(difference: Difference) -> Field {
    Field {
        difference,
        rule: None,
        note: None,
        fingerprint: None,
        age: None,
    }
}

fn add_note(field: &mut Field, note: &str) {
    match &mut field.note {
        Some(known) => known.extend(["; ", note]),
        None => field.note = Some(note.to_owned()),
    }
}

/// Whether all that is in a node is ignored, and by which rules.
fn is_covered<'r>(
    node: &Node,
    path: &Path,
    ignored: &[(Active<'r>, &Pattern)],
    used: &mut Vec<Active<'r>>,
) -> bool {
    if let Some((active, _)) = ignored.iter().find(|(_, it)| it.matches(path)) {
        used.push(*active);
        return true;
    }
    let mut below = below(node).into_iter().peekable();
    below.peek().is_some()
        && below.all(|(segment, node)| is_covered(node, &path.with(segment), ignored, used))
}

fn is_checksum(path: &Path) -> bool {
    match path.0.as_slice() {
        [
            ..,
            Segment::Field(template),
            Segment::Field(metadata),
            Segment::Field(annotations),
            Segment::Field(name),
        ] => {
            template == "template"
                && metadata == "metadata"
                && annotations == "annotations"
                && name.starts_with("checksum/")
        }
        _ => false,
    }
}
