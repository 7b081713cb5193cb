//! What a migration will do, as one value: the plan, and what a person should know besides.

use std::io::{self, Write};

use common::trouble::Trouble;
use serde::Serialize;

use crate::doctor::selection::LeftOut;
use crate::manifest::Item;
use crate::mend::Mend;
use crate::migration::{Exposed, instead};
use crate::objects::Change;
use crate::plan::Plan;
use crate::stack;

/// What becomes of everything.
#[derive(Debug, Serialize)]
pub(super) struct Migration {
    #[serde(flatten)]
    pub(super) plan: Plan,
    /// What the chart builds on and the cluster lacks.
    pub(super) missing: Vec<String>,
    /// For each object that is deleted, what stands in for it.
    pub(super) instead: Vec<(String, &'static str)>,
    /// Rules and monitors that Prometheus would take no more.
    pub(super) left_out: Vec<LeftOut>,
    /// Records with passwords in them, which are deleted at the end.
    pub(super) exposed: Vec<Exposed>,
}

impl Migration {
    /// Nothing besides a plan.
    pub(super) fn of(plan: Plan) -> Self {
        Self {
            plan,
            missing: Vec::new(),
            instead: Vec::new(),
            left_out: Vec::new(),
            exposed: Vec::new(),
        }
    }

    /// Refuses what cannot be carried out.
    ///
    /// # Errors
    /// When something is missing, or belongs to others, or a volume would go.
    pub(super) fn check(&self) -> Result<(), Trouble> {
        stack::require(&self.missing)?;
        self.plan.check_takeover()
    }
}

/// Each object that goes, with what stands in for it.
pub(super) fn deleted(plan: &Plan, before: &[Item]) -> Vec<(String, &'static str)> {
    let objects = plan.objects.iter();
    let deleted = objects.filter(|object| object.change == Change::Delete);
    deleted
        .map(|object| {
            let id = &object.id;
            let of = before.iter().find(|item| {
                let place = item.id.namespace.as_ref().or(id.namespace.as_ref());
                item.id.kind == id.kind
                    && item.id.name == id.name
                    && item.id.group == id.group
                    && place == id.namespace.as_ref()
            });
            let source = of.map_or("", |item| item.source.as_str());
            (id.to_string(), instead(source, id))
        })
        .collect()
}

/// What the plan itself does not tell, for a terminal.
///
/// # Errors
/// When `out` takes no more.
pub(super) fn text(migration: &Migration, mend: Mend<'_>, out: &mut dyn Write) -> io::Result<()> {
    if !migration.instead.is_empty() {
        writeln!(out, "\nin place of what is deleted:")?;
    }
    for (object, instead) in &migration.instead {
        writeln!(out, "  {object}: {instead}")?;
    }
    if !migration.left_out.is_empty() {
        writeln!(out, "\nwhat the new Prometheus would leave out:")?;
    }
    for object in &migration.left_out {
        writeln!(out, "  {}: {}", object.title(), object.text())?;
        writeln!(out, "    mend: {}", object.mend(mend))?;
    }
    if !migration.exposed.is_empty() {
        writeln!(
            out,
            "\nrecords of Helm with passwords in plain text, deleted at the end:"
        )?;
    }
    for record in &migration.exposed {
        writeln!(
            out,
            "  {} (chart version {}): {}",
            record.secret,
            record.version,
            [record.values.as_slice(), &record.secrets]
                .concat()
                .join(", ")
        )?;
    }
    for missing in &migration.missing {
        writeln!(out, "first: install k8s/stack; the cluster lacks {missing}")?;
    }
    Ok(())
}
