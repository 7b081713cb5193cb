//! The report for people: one line for the source, one for each target, one for each dashboard that is
//! not as it should be.

use std::collections::BTreeMap;
use std::io::{self, Write};

use common::output::counted;

use super::View;
use crate::diff;
use crate::sync::Ended;
use crate::target::{Action, Item, State};

impl View<'_> {
    /// Writes the report.
    ///
    /// # Errors
    /// When `out` cannot be written.
    pub fn render(&self, out: &mut dyn Write) -> io::Result<()> {
        self.head(out)?;
        for target in self.targets {
            writeln!(out)?;
            self.target(target, out)?;
        }
        Ok(())
    }

    fn head(&self, out: &mut dyn Write) -> io::Result<()> {
        let desired = self.desired;
        let provenance = &desired.provenance;
        write!(
            out,
            "sync-dashboards {}  {}@{}  {}",
            self.command,
            provenance.place.repository,
            short(provenance.reference.as_str()),
            counted(desired.dashboards.len(), "dashboard"),
        )?;
        if !desired.excluded.is_empty() {
            write!(out, ", {} excluded", desired.excluded.len())?;
        }
        let rejected = desired.rejected.len() + desired.unreadable.len();
        if rejected > 0 {
            write!(out, ", {rejected} rejected")?;
        }
        writeln!(out, "  from {}", self.origin)?;
        match self.behind {
            None => {}
            Some(behind) => match (behind.dashboards, &behind.trouble) {
                (Some(0), _) => writeln!(out, "{} is as the pin", behind.reference)?,
                (Some(ahead), _) => writeln!(
                    out,
                    "{} differs in {}: `pin {}` shows it",
                    behind.reference,
                    counted(ahead, "dashboard"),
                    behind.reference
                )?,
                (None, trouble) => writeln!(
                    out,
                    "{} was not seen: {}",
                    behind.reference,
                    trouble.as_deref().unwrap_or("no answer")
                )?,
            },
        }
        for (key, findings) in &desired.rejected {
            for finding in findings {
                writeln!(out, "  ! {key} is not written: {finding}")?;
            }
        }
        for finding in &desired.unreadable {
            writeln!(out, "  ! {finding}")?;
        }
        Ok(())
    }

    fn target(&self, target: &Ended, out: &mut dyn Write) -> io::Result<()> {
        if let Some(trouble) = &target.trouble {
            writeln!(out, "{}  ✗ {trouble}", target.target)?;
            if target.items.is_empty() {
                return Ok(());
            }
        } else {
            let well = target
                .items
                .iter()
                .all(|item| item.action != Action::Refuse);
            let sign = if well && target.refusal.is_none() {
                "✓"
            } else {
                "!"
            };
            writeln!(out, "{}  {sign} {}", target.target, summary(target))?;
        }
        let shown: Vec<_> = target
            .items
            .iter()
            .filter(|item| {
                item.action != Action::Keep
                    || item.state == State::Reformatted
                    || item.state == State::Orphan
            })
            .collect();
        let width = shown.iter().map(|item| item.key.base().len()).max();
        for item in shown {
            self.item(target, item, width.unwrap_or(0), out)?;
        }
        for stray in &target.strays {
            writeln!(out, "  ! {stray}")?;
        }
        for note in &target.notes {
            writeln!(out, "  · {note}")?;
        }
        if let Some(refusal) = &target.refusal {
            writeln!(out, "  ! nothing is removed: {refusal}")?;
        }
        Ok(())
    }

    fn item(
        &self,
        target: &Ended,
        item: &Item,
        width: usize,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let sign = match item.action {
            Action::Keep => '·',
            Action::Create => '+',
            Action::Delete => '-',
            Action::Refuse => '!',
            Action::Update | Action::Relabel | Action::Restore | Action::Adopt => '~',
        };
        let mut line = format!(
            "  {sign} {:8} {:width$}",
            item.action.word(),
            item.key.base()
        );
        let change = self.change(target, item);
        if let Some(note) = &item.note {
            line.push_str("  ");
            line.push_str(note);
        }
        if let Some(change) = &change {
            line.push_str("  ");
            line.push_str(&diff::summary(change));
        }
        writeln!(out, "{}", line.trim_end())?;
        for finding in &item.findings {
            writeln!(out, "      {finding}")?;
        }
        match change {
            Some(change) if item.action == Action::Refuse => {
                let style = diff::text::Style {
                    verbosity: diff::Verbosity::Panels,
                    colour: true,
                };
                diff::text::details(&change, style, 6, out)
            }
            Some(_) | None => Ok(()),
        }
    }

    /// What a person has done is read from our text to theirs, an update the other way round.
    fn change(&self, target: &Ended, item: &Item) -> Option<diff::Change> {
        let wanted = self.desired.dashboards.get(&item.key)?.text.as_str();
        let there = target.found.get(&item.key)?.as_str();
        let (old, new) = if item.state == State::Edited {
            (wanted, there)
        } else {
            (there, wanted)
        };
        let side = |text| BTreeMap::from([(item.key.clone(), text)]);
        let mut set = diff::sets(&side(old), &side(new));
        set.changes.remove(&item.key)
    }
}

fn summary(target: &Ended) -> String {
    let states: Vec<_> = State::ALL
        .into_iter()
        .map(|state| (state, target.count(state)))
        .filter(|(_, number)| *number > 0)
        .map(|(state, number)| format!("{number} {}", state.word()))
        .collect();
    let mut text = states.join(", ");
    if text.is_empty() {
        text.push_str("empty");
    }
    if target.changed > 0 {
        let mut items = target.items.iter();
        let done = if items.any(|item| item.action == Action::Adopt) {
            "taken over"
        } else {
            "written"
        };
        text = format!("{text}; {} {done}", counted(target.changed, "dashboard"));
    }
    if target.stopped {
        text += "; stopped before the end";
    }
    text
}

/// A commit's first digits, any other name in full.
fn short(reference: &str) -> &str {
    let commit = reference.len() == 40 && reference.bytes().all(|byte| byte.is_ascii_hexdigit());
    match reference.get(..12) {
        Some(short) if commit => short,
        _ => reference,
    }
}
