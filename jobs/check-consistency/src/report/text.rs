//! For a terminal, or for a log: a block for each object, the worst first, and at the end what it comes
//! to.

use std::io::{self, Write};

use jiff::Timestamp;

use super::View;
use super::paint::Tone;
use super::safe::{self, FIELD_LIMIT};
use super::summary::{self, Coverage, Gaps, Judgement, count};
use super::values;
use crate::difference::{Class, Side};
use crate::finding::{Age, Field, Finding, Presence, Standing};
use crate::survey::{RuleUse, Survey};

/// Longest line on which all values of a field stand; longer ones get a line for each value.
const WIDTH: usize = 160;

/// Writes the survey as plain text.
///
/// # Errors
/// When `out` takes no more.
pub fn text(survey: &Survey, options: &View, out: &mut dyn Write) -> io::Result<()> {
    let mut text = Text {
        survey,
        view: *options,
        out,
    };
    text.head()?;
    for finding in summary::worst_first(survey) {
        if text.is_told(finding) {
            text.finding(finding)?;
        }
    }
    text.gaps()?;
    text.tail()
}

struct Text<'a, 'out> {
    survey: &'a Survey,
    view: View,
    out: &'out mut dyn Write,
}

impl Text<'_, '_> {
    fn paint(&mut self, tone: Tone, text: &str) -> io::Result<()> {
        tone.write(text, self.view.colour, self.out)
    }

    fn head(&mut self) -> io::Result<()> {
        for index in summary::order(self.survey) {
            let Some(cluster) = self.survey.clusters.get(index) else {
                continue;
            };
            write!(self.out, "cluster ")?;
            self.paint(Tone::Name, &safe::line(&cluster.name))?;
            if self.survey.baseline == Some(index) {
                write!(self.out, " (baseline)")?;
            }
            match (&cluster.trouble, &cluster.version) {
                (Some(trouble), _) => {
                    write!(self.out, "  ")?;
                    self.paint(Tone::Unknown, "not seen")?;
                    write!(self.out, ": {}", safe::line(&trouble.text))?;
                }
                (None, Some(version)) => write!(self.out, "  {}", safe::line(version))?,
                (None, None) => write!(self.out, "  version unknown")?,
            }
            writeln!(self.out)?;
        }
        writeln!(self.out)
    }

    fn is_told(&self, finding: &Finding) -> bool {
        match finding.standing {
            Standing::Equal | Standing::Explained | Standing::Ignored | Standing::Cosmetic => {
                self.view.all
            }
            Standing::Unknown(_) => self.view.all || !summary::is_covered(self.survey, finding),
            Standing::Different
            | Standing::Missing
            | Standing::Unexpected
            | Standing::Terminating
            | Standing::NotDistinct
            | Standing::Stale
            | Standing::NotLoaded
            | Standing::Failing => true,
        }
    }

    fn finding(&mut self, finding: &Finding) -> io::Result<()> {
        let tone = tone(finding.standing);
        let head = format!(
            "{} {:12}",
            summary::sign(finding.standing),
            summary::word(finding.standing)
        );
        self.paint(tone, &head)?;
        write!(self.out, " ")?;
        self.paint(Tone::Name, &safe::line(&finding.object.to_string()))?;
        write!(self.out, "  [{}]", safe::line(&finding.family))?;
        let mut aside = Vec::new();
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
            let line = format!("    {} explained by rules", count(explained.len(), "field"));
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
        for index in summary::order(self.survey) {
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
            .map(|(presence, names)| format!("{}: {}", summary::place(presence), names.join(", ")))
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
        aside.extend(field.fingerprint.as_ref().map(|print| short(print)));
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
        let excerpts = values::excerpts(&difference.sides);
        let mut groups: Vec<(&Side, String, bool, Vec<String>)> = Vec::new();
        for index in summary::order(self.survey) {
            let Some(side) = difference.sides.get(index) else {
                continue;
            };
            let mut name = self.cluster(index);
            if self.survey.baseline == Some(index) {
                name.push_str(" (baseline)");
            }
            match groups.iter_mut().find(|(there, ..)| *there == side) {
                Some((.., names)) => names.push(name),
                None => {
                    let shown = values::side(side, excerpts.get(index).and_then(Option::as_ref));
                    let differs = summary::differs(self.survey, difference, index);
                    groups.push((side, shown, differs, vec![name]));
                }
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

    fn aside(&mut self, what: &[String]) -> io::Result<()> {
        if what.is_empty() {
            return Ok(());
        }
        let aside = format!("  ({})", what.join(", "));
        self.paint(Tone::Quiet, &aside)
    }

    fn gaps(&mut self) -> io::Result<()> {
        for gap in summary::gaps(self.survey) {
            self.gap(&gap)?;
        }
        Ok(())
    }

    fn gap(&mut self, gap: &Gaps<'_>) -> io::Result<()> {
        let head = format!("? {:12}", "not seen");
        self.paint(Tone::Unknown, &head)?;
        write!(self.out, " ")?;
        let what = format!("{} in {}", gap.what(), gap.cluster);
        self.paint(Tone::Name, &safe::line(&what))?;
        self.aside(&[gap.reason.word().to_owned()])?;
        writeln!(self.out, "\n    {}", safe::line(&gap.trouble.text))?;
        if gap.undecided > 0 {
            let objects = count(gap.undecided, "object");
            writeln!(
                self.out,
                "    nobody can say anything of {objects} because of it"
            )?;
        }
        if let Some(hint) = &gap.trouble.hint {
            writeln!(self.out, "    hint: {}", safe::line(hint))?;
        }
        Ok(())
    }

    fn tail(&mut self) -> io::Result<()> {
        writeln!(self.out)?;
        let quiet = summary::quiet(self.survey);
        if !quiet.is_empty() {
            writeln!(self.out, "{}", quiet.join(", "))?;
        }
        for rule in &self.survey.rules {
            self.rule(rule)?;
        }
        for warning in summary::warnings(self.survey) {
            self.paint(Tone::Unknown, "warning")?;
            writeln!(self.out, ": {}", safe::line(&warning))?;
        }
        let coverage = Coverage::of(self.survey).to_string();
        writeln!(self.out, "{}", safe::line(&coverage))?;
        let judgement = Judgement::of(self.survey);
        let tone = match judgement {
            Judgement::Consistent => Tone::Good,
            Judgement::Drift(_) | Judgement::DriftAndIncomplete(_) => Tone::Drift,
            Judgement::Nothing | Judgement::Incomplete => Tone::Unknown,
        };
        self.paint(tone, &judgement.to_string())?;
        writeln!(self.out)
    }

    /// A rule that needs attention: it was not applied, or had nothing to apply to.
    fn rule(&mut self, rule: &RuleUse) -> io::Result<()> {
        let Some(state) = summary::rule_state(rule) else {
            return Ok(());
        };
        writeln!(
            self.out,
            "rule {} {state}: {} ({})",
            safe::line(&rule.id),
            safe::line(&rule.summary),
            safe::line(&rule.reason)
        )
    }

    fn cluster(&self, index: usize) -> String {
        let cluster = self.survey.clusters.get(index);
        cluster.map_or_else(|| "?".to_owned(), |cluster| safe::line(&cluster.name))
    }
}

const fn tone(standing: Standing) -> Tone {
    match standing {
        Standing::Equal | Standing::Explained | Standing::Ignored | Standing::Cosmetic => {
            Tone::Quiet
        }
        Standing::Unknown(_) => Tone::Unknown,
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
    format!("since {}", summary::ago(now, age.first_seen))
}

/// The first digits of a fingerprint.
pub(super) fn short(fingerprint: &str) -> String {
    safe::line(&fingerprint.chars().take(8).collect::<String>())
}
