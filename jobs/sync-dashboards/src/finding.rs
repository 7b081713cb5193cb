//! Something that a check has found in a dashboard.

use std::fmt;

use serde::Serialize;

/// How much it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Worth knowing.
    Info,
    /// The dashboard works, and somebody should look.
    Warning,
    /// The dashboard is not written anywhere.
    Error,
}

impl Level {
    /// The word in reports and metric labels.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// One finding. `Display`: `panels[3] "CPU": …`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How much it matters.
    pub level: Level,
    /// Stable and kebab-case, such as `panel-id-twice`.
    pub code: &'static str,
    /// Where in the dashboard, such as `panels[3] "CPU"`; empty for all of it.
    pub at: String,
    /// What is wrong.
    pub text: String,
    /// What to do, in one imperative sentence.
    pub hint: Option<String>,
}

impl Finding {
    /// A finding without a hint.
    pub fn new(
        level: Level,
        code: &'static str,
        at: impl Into<String>,
        text: impl Into<String>,
    ) -> Self {
        Self {
            level,
            code,
            at: at.into(),
            text: text.into(),
            hint: None,
        }
    }

    /// Says what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.at.is_empty() {
            write!(f, "{}: ", self.at)?;
        }
        f.write_str(&self.text)
    }
}

/// Whether one of them is an error.
pub fn has_error(findings: &[Finding]) -> bool {
    findings.iter().any(|finding| finding.level == Level::Error)
}
