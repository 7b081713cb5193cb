//! The rules of a run: which apply, to what, and how often they did.

use std::cell::RefCell;
use std::collections::BTreeSet;

use jiff::civil::Date;

use super::{Rule, Vars, What};
use crate::object::{Kind, ObjectName};
use crate::path::{Path, Pattern};
use crate::survey::RuleUse;

/// The rules of a run, with counts of their use. A rule whose last day has passed is never applied.
///
/// Everything that could be wrong with a rule is found when the configuration is read: patterns and
/// templates only look at texts and cannot fail later.
#[derive(Debug)]
pub struct Rules<'r> {
    all: Vec<Counted<'r>>,
}

#[derive(Debug)]
struct Counted<'r> {
    rule: &'r Rule,
    expired: bool,
    /// By object and field: who looks twice at an object does not use a rule twice.
    used: RefCell<BTreeSet<(ObjectName, Path)>>,
}

/// A rule that applies.
#[derive(Debug, Clone, Copy)]
pub(super) struct Active<'r> {
    pub(super) index: usize,
    pub(super) rule: &'r Rule,
}

impl<'r> Rules<'r> {
    /// The rules as they stand on a day.
    pub fn new(rules: &'r [Rule], today: Date) -> Self {
        let counted = |rule: &'r Rule| Counted {
            rule,
            expired: rule.is_expired(today),
            used: RefCell::default(),
        };
        Self {
            all: rules.iter().map(counted).collect(),
        }
    }

    /// Whether an object must be read in detail although it is the same everywhere: where a field has to
    /// differ, that may be the very fault.
    pub fn wants(&self, object: &ObjectName) -> bool {
        self.active().any(|it| match &it.rule.what {
            What::Template { objects, .. } | What::Distinct { objects, .. } => {
                objects.matches(object)
            }
            What::OnlyIn { .. } | What::SameSecret { .. } | What::Ignore { .. } => false,
        })
    }

    /// The first rule by which an object is in some clusters only, and the indexes of those.
    pub fn only_in(&self, object: &ObjectName) -> Option<(&'r Rule, &'r [usize])> {
        self.placed(object)
            .map(|(it, clusters)| (it.rule, clusters))
    }

    /// The first rule by which an object is not looked at. Asking is using it.
    pub fn ignores_whole(&self, object: &ObjectName) -> Option<&'r Rule> {
        let active = self.active().find(|it| match &it.rule.what {
            What::Ignore {
                objects,
                path: None,
            } => objects.matches(object),
            What::OnlyIn { .. }
            | What::Template { .. }
            | What::Distinct { .. }
            | What::SameSecret { .. }
            | What::Ignore { .. } => false,
        })?;
        self.used(active, object, &Path::default());
        Some(active.rule)
    }

    /// How many objects, and fields of objects, each rule decided about, in the order of the rules.
    pub fn uses(&self) -> Vec<usize> {
        let uses = self.all.iter().map(|it| it.used.borrow().len());
        uses.collect()
    }

    /// Counts that a rule about a Secret was applied, which happens elsewhere.
    pub fn count(&self, rule: &Rule) {
        let What::SameSecret {
            namespace, name, ..
        } = &rule.what
        else {
            return;
        };
        let secret = ObjectName {
            kind: Kind::new("", "Secret"),
            namespace: Some(namespace.clone()),
            name: name.clone(),
        };
        if let Some(active) = self.active().find(|it| it.rule.id == rule.id) {
            self.used(active, &secret, &Path::default());
        }
    }

    /// Every rule and what became of it, for the report; `vars` are the clusters' in their order.
    pub fn table(&self, vars: &[Vars]) -> Vec<RuleUse> {
        let row = |it: &Counted<'_>| RuleUse {
            id: it.rule.id.clone(),
            summary: it.rule.summary(vars),
            reason: it.rule.reason.clone(),
            expires: it.rule.expires,
            expired: it.expired,
            used: it.used.borrow().len(),
        };
        self.all.iter().map(row).collect()
    }

    pub(super) fn used(&self, active: Active<'_>, object: &ObjectName, path: &Path) {
        if let Some(counted) = self.all.get(active.index) {
            let mut used = counted.used.borrow_mut();
            used.insert((object.clone(), path.clone()));
        }
    }

    pub(super) fn active(&self) -> impl Iterator<Item = Active<'r>> {
        let all = self.all.iter().enumerate();
        all.filter(|(_, it)| !it.expired).map(|(index, it)| Active {
            index,
            rule: it.rule,
        })
    }

    pub(super) fn placed(&self, object: &ObjectName) -> Option<(Active<'r>, &'r [usize])> {
        self.active().find_map(|it| match &it.rule.what {
            What::OnlyIn { clusters, objects } if objects.matches(object) => {
                Some((it, clusters.as_slice()))
            }
            What::OnlyIn { .. }
            | What::Template { .. }
            | What::Distinct { .. }
            | What::SameSecret { .. }
            | What::Ignore { .. } => None,
        })
    }

    /// The rules by which fields of an object are not compared.
    pub(super) fn ignored_fields(&self, object: &ObjectName) -> Vec<(Active<'r>, &'r Pattern)> {
        let ignored = self.active().filter_map(|it| match &it.rule.what {
            What::Ignore { objects, path } if objects.matches(object) => {
                path.as_ref().map(|path| (it, path))
            }
            What::OnlyIn { .. }
            | What::Template { .. }
            | What::Distinct { .. }
            | What::SameSecret { .. }
            | What::Ignore { .. } => None,
        });
        ignored.collect()
    }
}

/// Whether a place is not compared by a rule that stands before another.
pub(super) fn ignored_before(
    ignored: &[(Active<'_>, &Pattern)],
    before: Active<'_>,
    path: &Path,
) -> bool {
    ignored
        .iter()
        .any(|(it, pattern)| it.index < before.index && pattern.matches(path))
}

impl Rule {
    /// Whether its last day has passed.
    pub fn is_expired(&self, today: Date) -> bool {
        self.expires.is_some_and(|last| today > last)
    }

    /// What it says, on one line; `vars` are the clusters' in their order.
    pub fn summary(&self, vars: &[Vars]) -> String {
        match &self.what {
            What::OnlyIn { clusters, objects } => {
                let clusters = super::names(vars, clusters.iter().copied());
                format!("{objects} only in {clusters}")
            }
            What::Template {
                objects,
                path,
                value,
            } => format!("`{path}` of {objects} is `{value}`"),
            What::Distinct { objects, path } => {
                format!("`{path}` of {objects} is different in every cluster")
            }
            What::SameSecret {
                namespace,
                name,
                key,
                path,
            } => match path {
                Some(path) => {
                    format!(
                        "`{path}` in `{key}` of Secret {namespace}/{name} is the same everywhere"
                    )
                }
                None => format!("`{key}` of Secret {namespace}/{name} is the same everywhere"),
            },
            What::Ignore { objects, path } => match path {
                Some(path) => format!("`{path}` of {objects} is not compared"),
                None => format!("{objects}: not compared"),
            },
        }
    }
}
