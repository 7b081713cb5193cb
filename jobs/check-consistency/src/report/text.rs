//! For a terminal, or for a log: a block for each object, the worst first, and at the end what it comes
//! to.

mod finding;

use std::io::{self, Write};

use common::output::counted;

use super::View;
use super::paint::Tone;
use super::safe;
use super::summary::{self, Coverage, Gaps, Judgement};
use super::words;
use crate::survey::{RuleUse, Survey};

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
    let mut told = words::worst_first(survey)
        .into_iter()
        .filter(|finding| summary::is_told(survey, finding, options.all))
        .peekable();
    let gaps = summary::gaps(survey);
    if told.peek().is_some() || !gaps.is_empty() {
        writeln!(text.out)?;
    }
    told.try_for_each(|finding| text.finding(finding))?;
    gaps.iter().try_for_each(|gap| text.gap(gap))?;
    text.tail()
}

/// Writes the objects of a survey and nothing around them.
///
/// # Errors
/// When `out` takes no more.
pub fn objects(survey: &Survey, options: &View, out: &mut dyn Write) -> io::Result<()> {
    let mut text = Text {
        survey,
        view: *options,
        out,
    };
    survey
        .findings
        .iter()
        .try_for_each(|finding| text.finding(finding))
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
        for index in words::order(self.survey) {
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
        Ok(())
    }

    fn aside(&mut self, what: &[String]) -> io::Result<()> {
        if what.is_empty() {
            return Ok(());
        }
        let aside = format!("  ({})", what.join(", "));
        self.paint(Tone::Quiet, &aside)
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
            let objects = counted(gap.undecided, "object");
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
        let quiet = words::quiet(self.survey);
        if !quiet.is_empty() {
            writeln!(self.out, "{}", quiet.join(", "))?;
        }
        for rule in &self.survey.rules {
            self.rule(rule)?;
        }
        for warning in words::warnings(self.survey) {
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
        let Some(state) = words::rule_state(self.survey, rule) else {
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
