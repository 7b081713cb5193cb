//! The audit trail: one entry for each effect, which the log and the JSON report hold.
//!
//! CloudTrail can be laid beside it by the name of the run, which every AWS call carries as its
//! application id, together with the effect and the key. AWS's request id is in the text of an error;
//! of an effect that was made it is not kept.

use serde::Serialize;

use super::decision;
use crate::engine::Told;
use crate::guard::Checklist;
use crate::key::AccessKeyId;
use crate::outside::EffectError;
use crate::plan::{Next, Plan};
use crate::step::Step;

/// One effect, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// The row of the table that asked for it, or the command.
    pub row: &'static str,
    /// What was done.
    pub effect: String,
    /// To which object.
    pub object: String,
    /// Why.
    pub because: String,
    /// The access key that it is about.
    pub akid: Option<AccessKeyId>,
    /// What the object was before, for what moves.
    pub from: Option<String>,
    /// What it is now.
    pub to: Option<String>,
    /// Conditions that were seen to hold.
    pub guard: Vec<&'static str>,
    /// What became of it.
    pub result: Result,
    /// Why it failed.
    pub error: Option<String>,
}

/// What became of an effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Result {
    /// It was made.
    Done,
    /// It was refused; nothing changed.
    Refused,
    /// Somebody else was first; nothing changed.
    Overtaken,
    /// No answer came: it may have been made.
    Unclear,
}

impl Result {
    /// The word in the log.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Overtaken => "overtaken",
            Self::Unclear => "unclear",
        }
    }

    /// The word at the beginning of a line.
    pub const fn headline(self) -> &'static str {
        match self {
            Self::Done => "DID",
            Self::Refused => "REFUSED",
            Self::Overtaken => "OVERTAKEN",
            Self::Unclear => "UNCLEAR",
        }
    }
}

impl Entry {
    /// What became of a step.
    ///
    /// A created pair is stored without a decision in between: that is row 31's whenever it happens.
    pub fn of_step(plan: &Plan, step: &Step, done: &Told) -> Self {
        let is_decided = matches!(
            &plan.next,
            Next::Act(next) if next.verb() == step.verb() && next.object() == step.object()
        );
        let (row, because, guard) = if is_decided {
            (plan.row, plan.because.as_str(), plan.guard.as_ref())
        } else {
            ("31", "the new pair is in this process alone", None)
        };
        let conditions = guard.into_iter().flat_map(Checklist::conditions);
        let (from, to) = moved(step);
        let created = done.as_ref().ok().and_then(Option::as_ref);
        let told = done.as_ref().map(|_| ()).map_err(Clone::clone);
        let entry = Self {
            akid: akid(step).cloned(),
            from,
            to,
            guard: conditions.map(|it| it.name.text()).collect(),
            ..Self::new(row, (step.verb(), step.object()), because, &told)
        };
        entry.creating(created)
    }

    /// Names the key that the effect created, if it did.
    #[must_use]
    pub fn creating(self, key: Option<&AccessKeyId>) -> Self {
        match key {
            None => self,
            Some(key) => Self {
                object: format!("{}, {}", self.object, key.short()),
                akid: Some(key.clone()),
                to: Some("Active".to_owned()),
                ..self
            },
        }
    }

    /// What became of an effect that is no step of the table.
    pub fn new(
        row: &'static str,
        (effect, object): (String, String),
        because: &str,
        done: &std::result::Result<(), EffectError>,
    ) -> Self {
        let (result, error) = match done {
            Ok(()) => (Result::Done, None),
            Err(EffectError::Refused(trouble)) => (Result::Refused, Some(trouble.to_string())),
            Err(EffectError::Overtaken) => (Result::Overtaken, None),
            Err(EffectError::Unclear(trouble)) => (Result::Unclear, Some(trouble.to_string())),
        };
        Self {
            row,
            effect,
            object,
            because: because.to_owned(),
            akid: None,
            from: None,
            to: None,
            guard: Vec::new(),
            result,
            error,
        }
    }

    /// The line on stdout.
    pub fn line(&self) -> String {
        let error = match &self.error {
            Some(error) => format!(": {error}"),
            None => String::new(),
        };
        let word = self.result.headline();
        let Self {
            row,
            effect,
            object,
            because,
            ..
        } = self;
        let place = decision::place(row);
        format!("{word} {place}  {effect}: {object}  ({because}){error}")
    }

    /// One event in the log.
    pub fn log(&self) {
        tracing::info!(
            row = self.row,
            effect = self.effect.as_str(),
            object = self.object.as_str(),
            because = self.because.as_str(),
            akid = self.akid.as_ref().map(AccessKeyId::as_str),
            from = self.from.as_deref(),
            to = self.to.as_deref(),
            guard = self.guard.join("; "),
            result = self.result.word(),
            error = self.error.as_deref(),
            "effect"
        );
    }
}

/// The key that a step is about.
fn akid(step: &Step) -> Option<&AccessKeyId> {
    match step {
        Step::Mark { key, .. }
        | Step::Unmark { key }
        | Step::Store { key, .. }
        | Step::Restore { key, .. }
        | Step::Activate { key } => Some(key),
        Step::Promote(proof) => Some(proof.key()),
        Step::Deactivate(proof) => Some(proof.key()),
        Step::Delete(proof) => Some(proof.key()),
        Step::Announce { .. }
        | Step::Withdraw { .. }
        | Step::Create(_)
        | Step::DropPending { .. }
        | Step::Roll(_) => None,
    }
}

/// What an object was before and is now.
fn moved(step: &Step) -> (Option<String>, Option<String>) {
    let both = |from: &str, to: &str| (Some(from.to_owned()), Some(to.to_owned()));
    match step {
        Step::Mark { mark, .. } => (None, Some(mark.stage.word().to_owned())),
        Step::Store { base, version, .. } => both(base.as_str(), version.as_str()),
        Step::Promote(proof) => both(proof.base().as_str(), proof.pending().as_str()),
        Step::Restore { to, from, .. } => both(from.as_str(), to.as_str()),
        Step::Activate { .. } => both("Inactive", "Active"),
        Step::Deactivate(_) => both("Active", "Inactive"),
        Step::Roll(proof) => (Some(proof.revision().to_owned()), None),
        Step::Unmark { .. }
        | Step::Announce { .. }
        | Step::Withdraw { .. }
        | Step::Create(_)
        | Step::DropPending { .. }
        | Step::Delete(_) => (None, None),
    }
}

#[cfg(test)]
mod tests {
    use common::exit::Exit;

    use super::*;
    use crate::plan::plan;
    use crate::policy::Policy;
    use crate::sample::{id, soaked, staged, trouble, version};
    use crate::world::World;

    fn next(world: &World) -> (Plan, Step) {
        let plan = plan(world, &Policy::default());
        match &plan.next {
            Next::Act(step) => (plan.clone(), step.clone()),
            Next::Probe { .. }
            | Next::LookAgain { .. }
            | Next::Poll { .. }
            | Next::Rest { .. }
            | Next::Stop(_) => panic!("{plan:?}"),
        }
    }

    #[test]
    fn an_entry_says_what_moved_from_where_to_where_and_why_it_was_allowed() {
        let mut world = staged();
        world.allow('N');
        let (plan, step) = next(&world);
        let entry = Entry::of_step(&plan, &step, &Ok(None));
        assert_eq!((entry.row, entry.result), ("14", Result::Done));
        assert_eq!(entry.akid, Some(id('N')));
        assert_eq!(entry.from.as_deref(), Some(version('1').as_str()));
        let pending = world.store.known().unwrap().pending.clone().unwrap();
        assert_eq!(entry.to.as_deref(), Some(pending.version.as_str()));
        assert!(entry.guard.contains(&"a mail is accepted"), "{entry:?}");
        let line = entry.line();
        assert!(
            line.starts_with("DID row 14  make it AWSCURRENT: version "),
            "{line}"
        );
    }

    #[test]
    fn an_effect_that_failed_says_so_and_why() {
        let (plan, step) = next(&soaked());
        for (error, word) in [
            (
                EffectError::Refused(trouble("denied", Exit::Denied)),
                "REFUSED",
            ),
            (
                EffectError::Unclear(trouble("slow", Exit::Transient)),
                "UNCLEAR",
            ),
            (EffectError::Overtaken, "OVERTAKEN"),
        ] {
            let entry = Entry::of_step(&plan, &step, &Err(error));
            let line = entry.line();
            assert!(
                line.starts_with(&format!("{word} row 22  deactivate: AKIA")),
                "{line}"
            );
            assert_eq!(entry.error.is_some(), word != "OVERTAKEN");
        }
    }

    #[test]
    fn a_created_key_is_named_in_the_line_and_in_the_entry() {
        let (plan, _) = next(&soaked());
        let what = ("create".to_owned(), "a new access key".to_owned());
        let entry = Entry::new(plan.row, what, "this run has announced it", &Ok(()));
        let entry = entry.creating(Some(&id('N')));
        assert_eq!(entry.akid, Some(id('N')));
        let line = entry.line();
        let named = format!("create: a new access key, {}  (", id('N').short());
        assert!(line.contains(&named), "{line}");
    }

    #[test]
    fn a_pair_that_is_stored_right_after_its_creation_is_row_31s() {
        let (plan, _) = next(&soaked());
        let step = Step::Store {
            key: id('N'),
            base: version('1'),
            version: version('2'),
        };
        let entry = Entry::of_step(&plan, &step, &Ok(None));
        assert_eq!(entry.row, "31");
        assert!(
            entry.guard.is_empty(),
            "the conditions were those of another step"
        );
    }
}
