//! What was found in one cluster.

mod document;
mod text;

use common::exit::Exit;
use common::fault::Failure;
use common::report::Conclusion;
use common::trouble::Trouble;
use jiff::Timestamp;

use crate::screen;
use crate::verdict;

pub use document::Document;

/// Everything that was looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The cluster's name.
    pub cluster: String,
    /// When it was looked at.
    pub at: Timestamp,
    /// Where it was known from what should be there, in words.
    pub expected_from: String,
    /// Each check, in the order in which it is shown.
    pub checks: Vec<Check>,
}

/// What a check is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Area {
    /// Which release of the chart is in force.
    Release,
    /// That every object of the installation is there.
    Objects,
    /// The `CronJob`s and their runs.
    Jobs,
    /// The operator, its definitions, and kube-state-metrics.
    Operator,
    /// Rules that Prometheus evaluates.
    Rules,
    /// What Prometheus scrapes.
    Monitors,
    /// Rules and monitors that the chart does not bring.
    Others,
    /// Groups of the Pushgateway.
    Pushgateway,
    /// What the Alertmanagers run.
    Alertmanager,
    /// Whether mail goes out.
    Mail,
    /// The key behind the mail.
    Key,
    /// What the jobs may do.
    Rights,
    /// A mail that was asked for.
    TestMail,
}

impl Area {
    /// The word on the screen and in documents.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Objects => "objects",
            Self::Jobs => "jobs",
            Self::Operator => "operator",
            Self::Rules => "rules",
            Self::Monitors => "monitors",
            Self::Others => "others",
            Self::Pushgateway => "pushgateway",
            Self::Alertmanager => "alertmanager",
            Self::Mail => "mail",
            Self::Key => "key",
            Self::Rights => "rights",
            Self::TestMail => "test mail",
        }
    }
}

/// How bad it is. The worst comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// A person must look.
    Wrong,
    /// Nobody knows how it is.
    Unseen,
    /// It works, and should not stay like this.
    Warning,
}

impl Severity {
    /// The word on the screen.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Wrong => "wrong",
            Self::Unseen => "could not look",
            Self::Warning => "warning",
        }
    }

    /// The sign before a line.
    pub const fn sign(self) -> &'static str {
        match self {
            Self::Wrong => "✗",
            Self::Unseen => "?",
            Self::Warning => "!",
        }
    }
}

/// One thing that is not as it should be, or could not be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// What it is about, such as `CronJob monitoring/check-consistency`.
    pub object: String,
    /// One sentence without its full stop.
    pub text: String,
    /// What the object itself says about it, such as the error of its last run.
    pub said: Vec<(&'static str, String)>,
    /// The command that mends it; for what could not be looked at, what to do to see it.
    pub mend: String,
    /// Whether it could not be looked at for want of a right.
    pub refused: bool,
}

impl Finding {
    /// Something that is wrong.
    pub fn wrong(
        object: impl Into<String>,
        text: impl Into<String>,
        mend: impl Into<String>,
    ) -> Self {
        Self {
            severity: Severity::Wrong,
            object: object.into(),
            text: text.into(),
            said: Vec::new(),
            mend: mend.into(),
            refused: false,
        }
    }

    /// Something that works and should not stay like this.
    pub fn warning(
        object: impl Into<String>,
        text: impl Into<String>,
        mend: impl Into<String>,
    ) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::wrong(object, text, mend)
        }
    }

    /// Something that could not be looked at.
    pub fn unseen(object: impl Into<String>, why: &Trouble) -> Self {
        let mend = why.hint.clone();
        Self {
            severity: Severity::Unseen,
            refused: why.exit == Exit::Denied,
            ..Self::wrong(
                object,
                why.text.clone(),
                mend.unwrap_or_else(|| "run again".to_owned()),
            )
        }
    }

    /// Adds what the object says, if it says anything.
    #[must_use]
    pub fn saying(mut self, what: &'static str, words: &str) -> Self {
        if !words.is_empty() {
            self.said.push((what, words.to_owned()));
        }
        self
    }
}

/// What came of one check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What it is about.
    pub area: Area,
    /// What is well, in a few words; empty when nothing was seen.
    pub well: String,
    /// Lines that go with it, in columns.
    pub details: Vec<Vec<String>>,
    /// What is not.
    pub findings: Vec<Finding>,
}

impl Check {
    /// A check of which nothing could be seen.
    pub fn unseen(area: Area, object: impl Into<String>, why: &Trouble) -> Self {
        Self {
            area,
            well: String::new(),
            details: Vec::new(),
            findings: vec![Finding::unseen(object, why)],
        }
    }

    /// The worst of its findings; `None` when all is well.
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|it| it.severity).min()
    }
}

impl Area {
    /// Whether it may come right by itself in the minutes after an installation, while operator, kubelet and
    /// reloaders are at work.
    const fn settles(self) -> bool {
        match self {
            Self::Operator | Self::Rules | Self::Monitors | Self::Alertmanager => true,
            Self::Release
            | Self::Objects
            | Self::Jobs
            | Self::Others
            | Self::Pushgateway
            | Self::Mail
            | Self::Key
            | Self::Rights
            | Self::TestMail => false,
        }
    }
}

impl Report {
    /// Without some checks, for whoever has reason not to go by them.
    #[must_use]
    pub fn without(mut self, areas: &[Area]) -> Self {
        self.checks.retain(|check| !areas.contains(&check.area));
        self
    }

    /// Whether nothing is left that time alone may mend: of what is wrong, what settles, and of what could
    /// not be looked at, all but what is not permitted.
    pub fn is_settled(&self) -> bool {
        self.findings().iter().all(|(area, it)| match it.severity {
            Severity::Wrong => !area.settles(),
            Severity::Unseen => it.refused,
            Severity::Warning => true,
        })
    }

    /// All findings, the worst first and else in the order of the checks.
    pub fn findings(&self) -> Vec<(Area, &Finding)> {
        let mut all: Vec<_> = self
            .checks
            .iter()
            .flat_map(|check| check.findings.iter().map(|it| (check.area, it)))
            .collect();
        all.sort_by_key(|(_, finding)| finding.severity);
        all
    }

    /// How many findings of a severity there are.
    pub fn count(&self, severity: Severity) -> usize {
        let findings = self.checks.iter().flat_map(|check| &check.findings);
        findings.filter(|it| it.severity == severity).count()
    }

    /// What it comes to, in words.
    pub fn verdict(&self) -> String {
        let parts = [
            (Severity::Wrong, "is wrong", "are wrong"),
            (
                Severity::Unseen,
                "could not be looked at",
                "could not be looked at",
            ),
            (Severity::Warning, "deserves a look", "deserve a look"),
        ];
        let said: Vec<_> = parts
            .into_iter()
            .filter_map(|(severity, one, many)| match self.count(severity) {
                0 => None,
                1 => Some(format!("1 thing {one}")),
                count => Some(format!("{count} things {many}")),
            })
            .collect();
        if said.is_empty() {
            "all is well".to_owned()
        } else {
            said.join(", ")
        }
    }

    /// What the run comes to: what is wrong decides; what could not be seen is never well.
    pub fn conclusion(&self) -> Conclusion {
        let findings = self.findings();
        let Some((_, first)) = findings
            .iter()
            .find(|(_, it)| it.severity != Severity::Warning)
        else {
            return Conclusion::done(0);
        };
        let unseen = findings
            .iter()
            .filter(|(_, it)| it.severity == Severity::Unseen);
        let found = match first.severity {
            Severity::Wrong | Severity::Warning => verdict::WRONG,
            Severity::Unseen if unseen.clone().all(|(_, it)| it.refused) => verdict::UNSEEN_DENIED,
            Severity::Unseen => verdict::UNSEEN,
        };
        let Self { cluster, .. } = self;
        let text = format!(
            "{cluster}: {}; first: {}: {}",
            self.verdict(),
            first.object,
            screen::clip(&first.text, 200)
        );
        let trouble = Trouble {
            hint: Some(first.mend.clone()),
            ..found.because(text)
        };
        Failure::from(trouble).into()
    }
}

#[cfg(test)]
mod tests;
