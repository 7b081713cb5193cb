//! What a job itself can find wrong, as one table: code, exit status, alert, what it means and what
//! to do. Each job writes its own with [`verdicts!`](crate::verdicts); [`shared`] are the codes that
//! any job can end with.

pub mod explain;
pub mod shared;

use crate::exit::Exit;
use crate::trouble::Trouble;

/// A verdict: its stable code and what it says to an operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// Stable and kebab-case: label of `monitoring_job_last_fault`.
    pub code: &'static str,
    /// The status that a run ends with when this decides it.
    pub exit: Exit,
    /// The alert that tells a person.
    pub alert: &'static str,
    /// What it means, in one sentence.
    pub meaning: &'static str,
    /// What to do, in one imperative sentence.
    pub remedy: &'static str,
}

impl Verdict {
    /// This verdict with the particulars of one case.
    pub fn because(self, text: impl Into<String>) -> Trouble {
        Trouble {
            exit: self.exit,
            code: self.code,
            text: text.into(),
            hint: Some(self.remedy.to_owned()),
        }
    }

    /// The verdict of that code in a job's table.
    pub fn find(table: &[Self], code: &str) -> Option<Self> {
        table.iter().copied().find(|verdict| verdict.code == code)
    }
}

/// Writes the table of a job: a constant for each verdict, and `ALL`.
#[macro_export]
macro_rules! verdicts {
    ($($name:ident = $code:literal, $exit:ident, $alert:literal, $meaning:literal, $remedy:literal;)*) => {
        $(
            #[doc = $meaning]
            pub const $name: $crate::verdict::Verdict = $crate::verdict::Verdict {
                code: $code,
                exit: $crate::exit::Exit::$exit,
                alert: $alert,
                meaning: $meaning,
                remedy: $remedy,
            };
        )*
        /// All of them.
        pub const ALL: &[$crate::verdict::Verdict] = &[$($name),*];
    };
}

/// Fails unless every code of a table is unique and everything is said. For the tests of the jobs.
pub fn assert_sound(table: &[Verdict]) {
    for (index, verdict) in table.iter().enumerate() {
        let code = verdict.code;
        let kebab = |c: char| c.is_ascii_lowercase() || c == '-';
        assert!(code.chars().all(kebab), "{code}");
        assert!(verdict.meaning.ends_with('.'), "{code}");
        assert!(!verdict.remedy.ends_with('.'), "{code}");
        let mut later = table.iter().skip(index + 1);
        assert!(later.all(|other| other.code != code), "{code}");
    }
}
