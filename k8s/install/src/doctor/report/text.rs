//! For a terminal: a line for each check, then what is not well, the worst first.

use std::io::{self, Write};

use super::{Check, Finding, Report, Severity};
use crate::screen::{self, Colour, Painted};

impl Report {
    /// Writes it for a terminal.
    ///
    /// # Errors
    /// When `out` takes no more.
    pub fn render(&self, out: &mut dyn Write) -> io::Result<()> {
        let Self {
            cluster,
            expected_from,
            ..
        } = self;
        let name = Painted::new(cluster.as_str(), Colour::Bold);
        let at = self.at.strftime("%Y-%m-%d %H:%M:%SZ");
        writeln!(out, "{name}  {at}")?;
        screen::paragraph(out, &["expected: ".into()], expected_from)?;
        writeln!(out)?;
        self.checks.iter().try_for_each(|it| line(it, out))?;
        let findings = self.findings();
        if !findings.is_empty() {
            writeln!(out)?;
        }
        for (_, finding) in findings {
            block(finding, out)?;
        }
        let colour = match self.checks.iter().filter_map(Check::worst).min() {
            None => Colour::Green,
            Some(severity) => colour(severity),
        };
        writeln!(out, "\n{}", Painted::new(self.verdict(), colour))
    }
}

/// Columns of the longest word for an area.
const AREA: usize = 12;

fn line(check: &Check, out: &mut dyn Write) -> io::Result<()> {
    let sign = match check.worst() {
        None => Painted::new("✓", Colour::Green),
        Some(severity) => Painted::new(severity.sign(), colour(severity)),
    };
    let word = format!(" {:AREA$}  ", check.area.word());
    let well = match (check.well.as_str(), check.worst()) {
        ("", Some(severity)) => severity.word(),
        (well, _) => well,
    };
    screen::paragraph(out, &[sign, word.into()], well)?;
    let details = check.details.iter();
    let details: Vec<Vec<Painted>> = details
        .map(|row| row.iter().map(|cell| cell.as_str().into()).collect())
        .collect();
    screen::columns(out, AREA + 4, &details)
}

fn block(finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
    let Finding {
        severity,
        object,
        text,
        said,
        mend,
        ..
    } = finding;
    let head = Painted::new(
        format!("{} {}", severity.sign(), severity.word()),
        colour(*severity),
    );
    let object = Painted::new(object.as_str(), Colour::Bold);
    writeln!(out, "{head}  {object}")?;
    screen::paragraph(out, &["    ".into()], text)?;
    for (what, words) in said {
        screen::paragraph(out, &[format!("    {what}: ").into()], words)?;
    }
    // On one line whatever its length, to be copied.
    let word = match severity {
        Severity::Wrong | Severity::Warning => "mend",
        Severity::Unseen => "hint",
    };
    writeln!(
        out,
        "    {word}: {}",
        Painted::new(mend.as_str(), Colour::Bold)
    )
}

const fn colour(severity: Severity) -> Colour {
    match severity {
        Severity::Wrong => Colour::Red,
        Severity::Unseen | Severity::Warning => Colour::Yellow,
    }
}
