//! The block of one object: how it stands, where it is, and a line for each field.

use std::io;

use common::output::counted;
use jiff::Timestamp;

use super::super::paint::Tone;
use super::super::safe::{self, FIELD_LIMIT};
use super::super::values;
use super::super::words;
use super::Text;
use crate::difference::{Class, Side};
use crate::finding::{Age, Field, Finding, Presence, Standing};

/// Longest line on which all values of a field stand; longer ones get a line for each value.
const WIDTH: usize = 160;

impl Text<'_, '_> {
    pub(super) fn finding(&mut self, finding: &Finding) -> io::Result<()> {
        let tone = tone(finding.standing);
        let head = format!(
            "{} {:12}",
            words::sign(finding.standing),
            finding.standing.word()
        );
        self.paint(tone, &head)?;
        write!(self.out, " ")?;
        self.paint(Tone::Name, &safe::line(&finding.object.to_string()))?;
        write!(self.out, "  [{}]", safe::line(&finding.family))?;
        let mut aside = Vec::new();
        if let Standing::Unknown(reason) = finding.standing {
            aside.push(reason.word().to_owned());
        }
        aside.extend(finding.rule.as_ref().map(|rule| format!("by {rule}")));
        aside.extend(finding.age.map(|age| since(self.survey.at, age)));
        self.aside(&aside)?;
        writeln!(self.out)?;
        self.places(finding)?;
        if let Some(text) = &finding.text {
            writeln!(self.out, "    {}", safe::line(text))?;
        }
        let (told, explained): (Vec<_>, Vec<_>) = finding
            .fields
            .iter()
            .partition(|field| self.view.all || field.rule.is_none());
        for field in told.iter().take(FIELD_LIMIT) {
            self.field(field)?;
        }
        if told.len() > FIELD_LIMIT {
            writeln!(self.out, "    …and {} more", told.len() - FIELD_LIMIT)?;
        }
        if !explained.is_empty() {
            let line = format!(
                "    {} explained by rules",
                counted(explained.len(), "field")
            );
            self.paint(Tone::Quiet, &line)?;
            writeln!(self.out)?;
        }
        if let Some(hint) = &finding.hint {
            writeln!(self.out, "    hint: {}", safe::line(hint))?;
        }
        Ok(())
    }

    /// Where the object is, if it is not everywhere.
    fn places(&mut self, finding: &Finding) -> io::Result<()> {
        let everywhere = |presence: &Presence| *presence == Presence::Here;
        if finding.presence.iter().all(everywhere) {
            return Ok(());
        }
        let mut places: Vec<(Presence, Vec<String>)> = Vec::new();
        for index in words::order(self.survey) {
            let Some(presence) = finding.presence.get(index) else {
                continue;
            };
            let name = self.cluster(index);
            match places.iter_mut().find(|(place, _)| place == presence) {
                Some((_, names)) => names.push(name),
                None => places.push((*presence, vec![name])),
            }
        }
        let places: Vec<_> = places
            .into_iter()
            .map(|(presence, names)| format!("{}: {}", words::place(presence), names.join(", ")))
            .collect();
        writeln!(self.out, "    {}", places.join("  "))
    }

    fn field(&mut self, field: &Field) -> io::Result<()> {
        let difference = &field.difference;
        let path = safe::line(&difference.path.to_string());
        let sides = self.sides(field);
        let mut aside = Vec::new();
        if difference.class != Class::Value {
            aside.push(difference.class.word().to_owned());
        }
        aside.extend(
            field
                .rule
                .as_ref()
                .map(|rule| format!("explained by {rule}")),
        );
        aside.extend(field.age.map(|age| since(self.survey.at, age)));
        aside.extend(field.fingerprint.as_ref().map(|print| words::short(print)));
        write!(self.out, "    {path}")?;
        let width: usize = sides.iter().map(|side| side.chars().count() + 2).sum();
        if path.chars().count() + width > WIDTH {
            self.aside(&aside)?;
            for side in sides {
                write!(self.out, "\n        {side}")?;
            }
        } else {
            for side in sides {
                write!(self.out, "  {side}")?;
            }
            self.aside(&aside)?;
        }
        writeln!(self.out)?;
        if let Some(note) = &field.note {
            writeln!(self.out, "        {}", safe::line(note))?;
        }
        Ok(())
    }

    /// `prod-e1-1, staging: 20m`, clusters with the same value together, the baseline first.
    fn sides(&self, field: &Field) -> Vec<String> {
        let difference = &field.difference;
        let order = words::order(self.survey);
        let sides = values::in_order(&order, &difference.sides);
        let excerpts = values::excerpts(&sides);
        let mut groups: Vec<(&Side, String, bool, Vec<String>)> = Vec::new();
        for index in order {
            let Some(side) = sides.get(index) else {
                continue;
            };
            let mut name = self.cluster(index);
            if self.survey.baseline == Some(index) {
                name.push_str(" (baseline)");
            }
            if let Some((.., names)) = groups.iter_mut().find(|(there, ..)| *there == side) {
                names.push(name);
            } else {
                let shown = values::side(side, excerpts.get(index).and_then(Option::as_ref));
                let differs = words::differs(self.survey, difference, index);
                groups.push((side, shown, differs, vec![name]));
            }
        }
        groups
            .into_iter()
            .map(|(_, shown, differs, names)| {
                let mark = if differs { " (differs)" } else { "" };
                format!("{}: {shown}{mark}", names.join(", "))
            })
            .collect()
    }
}

const fn tone(standing: Standing) -> Tone {
    match standing {
        Standing::Equal | Standing::Explained | Standing::Ignored | Standing::Cosmetic => {
            Tone::Quiet
        }
        Standing::Settling | Standing::Unknown(_) => Tone::Unknown,
        Standing::Different
        | Standing::Missing
        | Standing::Unexpected
        | Standing::Terminating
        | Standing::NotDistinct
        | Standing::Stale
        | Standing::NotLoaded
        | Standing::Failing => Tone::Drift,
    }
}

fn since(now: Timestamp, age: Age) -> String {
    format!("since {}", words::ago(now, age.first_seen))
}
