//! The words that can be explained, without looking at anything.

use std::io::{self, Write};

use common::exit::Exit;
use common::verdict::shared::{self, Shared};
use common::yaml::did_you_mean;
use serde_json::{Value, json};

use crate::plan::{Phase, Row, TABLE};
use crate::report::diagram;
use crate::report::steps::{STEPS, StepWord};
use crate::verdict::{self, Verdict};
use common::trouble::Trouble;

/// Something that has a name.
#[derive(Debug, Clone, Copy)]
pub(super) enum Word {
    /// Of a verdict.
    Code(Verdict),
    /// Of what can happen to any job.
    Shared(Shared),
    /// Of the table.
    Row(&'static Row),
    /// What the table does not hold because it comes before it.
    RowZero,
    /// An effect.
    Step(&'static StepWord),
    /// Where a rotation stands.
    Phase(Phase),
    /// How phases follow each other.
    Diagram,
}

impl Word {
    /// Everything that `text` names: a step and a phase can have the same name. Case does not count.
    pub(super) fn find(text: &str) -> Result<Vec<Self>, Trouble> {
        let wanted = text.trim().to_ascii_lowercase();
        let wanted = wanted
            .strip_prefix("row ")
            .or_else(|| wanted.strip_prefix("row-"))
            .unwrap_or(&wanted);
        let step = STEPS.iter().find(|step| step.name == wanted);
        let phase = Phase::ALL.into_iter().find(|phase| phase.word() == wanted);
        let meanings = [
            Self::code(wanted),
            Self::row(wanted),
            step.map(Self::Step),
            phase.map(Self::Phase),
            (wanted == "diagram").then_some(Self::Diagram),
        ];
        let words: Vec<_> = meanings.into_iter().flatten().collect();
        if words.is_empty() {
            Err(unknown(text))
        } else {
            Ok(words)
        }
    }

    /// A verdict, or what any job can end with, by its code. Where both have it, the verdict says more.
    pub(super) fn code(code: &str) -> Option<Self> {
        let own = OWN.iter().find(|own| own.code == code);
        verdict::of(code).map(Self::Code).or_else(|| {
            own.copied()
                .or_else(|| shared::find(code))
                .map(Self::Shared)
        })
    }

    /// A row by its number.
    pub(super) fn row(number: &str) -> Option<Self> {
        if number == "0" {
            return Some(Self::RowZero);
        }
        TABLE.iter().find(|row| row.number == number).map(Self::Row)
    }

    /// No word was given, and no configuration either.
    pub(super) fn missing() -> Trouble {
        trouble(
            "there is nothing to explain".to_owned(),
            "give a word, or --config for the decision of this moment",
        )
    }

    /// For people.
    pub(super) fn render(&self, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Code(verdict) => {
                writeln!(out, "{}  {}", verdict.code, verdict.meaning)?;
                writeln!(out, "  what to do: {}", verdict.remedy)?;
                let exit = verdict.exit;
                writeln!(out, "  exit: {} ({})", exit.status(), exit.class())?;
                writeln!(out, "  alert: {}", verdict.alert)
            }
            Self::Shared(shared) => {
                writeln!(out, "{}  {}", shared.code, shared.meaning)?;
                writeln!(out, "  what to do: {}", shared.remedy)?;
                let class = shared.exit.map_or("panic", Exit::class);
                writeln!(out, "  exit: {} ({class})", shared.status())
            }
            Self::Row(row) => {
                writeln!(
                    out,
                    "row {}  when {}: {}",
                    row.number, row.facts, row.effect
                )?;
                let phases: Vec<_> = diagram::phases_of(row.number).map(Phase::word).collect();
                if phases.is_empty() {
                    writeln!(out, "  in any phase")
                } else {
                    writeln!(out, "  phase: {}", phases.join(", "))
                }
            }
            Self::RowZero => writeln!(out, "row 0  {ROW_ZERO}"),
            Self::Step(step) => {
                writeln!(out, "{}  {}", step.name, step.what)?;
                writeln!(out, "  rows: {}", step.rows.join(", "))?;
                if step.conditions.is_empty() {
                    return writeln!(out, "  no guard: it can lose nothing");
                }
                writeln!(out, "  only when all of this is known to hold:")?;
                step.conditions
                    .iter()
                    .try_for_each(|condition| writeln!(out, "    {}", condition.text()))
            }
            Self::Phase(phase) => {
                writeln!(out, "{}  {}", phase.word(), diagram::meaning(*phase))?;
                diagram::rows_of(*phase)
                    .iter()
                    .filter_map(|number| TABLE.iter().find(|row| row.number == *number))
                    .try_for_each(|row| {
                        writeln!(
                            out,
                            "  row {:<3} {} → {}",
                            row.number, row.facts, row.effect
                        )
                    })
            }
            Self::Diagram => diagram::render(out),
        }
    }

    /// For programs.
    pub(super) fn document(&self) -> Value {
        match self {
            Self::Code(verdict) => json!({
                "kind": "code", "word": verdict.code, "meaning": verdict.meaning,
                "remedy": verdict.remedy, "exit": verdict.exit.status(),
                "class": verdict.exit.class(), "alert": verdict.alert,
            }),
            Self::Shared(shared) => json!({
                "kind": "code", "word": shared.code, "meaning": shared.meaning,
                "remedy": shared.remedy, "exit": shared.status(),
                "class": shared.exit.map_or("panic", Exit::class), "alert": null,
            }),
            Self::Row(row) => json!({
                "kind": "row", "word": row.number, "facts": row.facts,
                "effect": row.effect,
                "phases": diagram::phases_of(row.number).collect::<Vec<_>>(),
            }),
            Self::RowZero => json!({ "kind": "row", "word": "0", "facts": ROW_ZERO }),
            Self::Step(step) => json!({
                "kind": "step", "word": step.name, "meaning": step.what,
                "rows": step.rows, "conditions": step.conditions,
            }),
            Self::Phase(phase) => json!({
                "kind": "phase", "word": phase, "meaning": diagram::meaning(*phase),
                "rows": diagram::rows_of(*phase),
            }),
            Self::Diagram => json!({
                "kind": "diagram",
                "phases": Phase::ALL.map(|phase| {
                    json!({ "phase": phase, "rows": diagram::rows_of(phase) })
                }),
            }),
        }
    }
}

/// How the commands of a person end, besides the verdicts.
const OWN: &[Shared] = &[
    Shared {
        code: "step-due",
        exit: Some(Exit::Drift),
        meaning: "A step is due, and `plan` was asked to say so by its status.",
        remedy: "run `apply`, or wait for the CronJob to do it",
    },
    Shared {
        code: "not-confirmed",
        exit: Some(Exit::Config),
        meaning: "The confirmation is not the end of the key.",
        remedy: "let a second person read the key's last four characters",
    },
    Shared {
        code: "unknown-word",
        exit: Some(Exit::Config),
        meaning: "There is no such word to explain.",
        remedy: "run `explain diagram`: it shows phases and rows",
    },
];

const ROW_ZERO: &str = "the user or the secret cannot be used or was not seen, so nothing is decided; \
                        the code of the reason tells more";

fn unknown(text: &str) -> Trouble {
    let codes = verdict::ALL.iter().map(|verdict| verdict.code);
    let codes = codes.chain(shared::ALL.iter().map(|shared| shared.code));
    let steps = STEPS.iter().map(|step| step.name);
    let phases = Phase::ALL.iter().map(|phase| phase.word());
    let words = codes.chain(steps).chain(phases).chain(["diagram"]);
    match did_you_mean(text, words) {
        Some(word) => trouble(
            format!("`{text}` is neither a code nor a row, a step or a phase"),
            &format!("did you mean `{word}`?"),
        ),
        None => trouble(
            format!("`{text}` is neither a code nor a row, a step or a phase"),
            "`explain diagram` shows phases and rows; the README has all codes",
        ),
    }
}

fn trouble(text: String, hint: &str) -> Trouble {
    Trouble {
        exit: Exit::Config,
        code: "unknown-word",
        text,
        hint: Some(hint.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(word: &str) -> String {
        let mut out = Vec::new();
        for word in Word::find(word).unwrap() {
            word.render(&mut out).unwrap();
        }
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_code_row_step_and_phase_is_explained() {
        for verdict in verdict::ALL {
            let text = text(verdict.code);
            assert!(text.contains(verdict.remedy), "{text}");
            assert!(text.contains(verdict.alert), "{text}");
        }
        for shared in shared::ALL.iter().chain(OWN) {
            let text = text(shared.code);
            let own = verdict::of(shared.code).map(|own| own.remedy);
            assert!(text.contains(own.unwrap_or(shared.remedy)), "{text}");
        }
        for row in TABLE {
            assert!(text(row.number).contains(row.effect));
        }
        for step in STEPS {
            assert!(text(step.name).contains(step.what));
        }
        for phase in Phase::ALL {
            assert!(text(phase.word()).contains(diagram::meaning(phase)));
        }
    }

    #[test]
    fn a_step_and_a_phase_of_one_name_are_both_told() {
        let both = text("Promote");
        assert!(both.contains("promote  moves AWSCURRENT"), "{both}");
        assert!(
            both.contains("promote  the new pair becomes current"),
            "{both}"
        );
    }

    #[test]
    fn a_misspelt_word_is_answered_with_the_right_one() {
        let hint = |word: &str| Word::find(word).unwrap_err().hint.unwrap();
        assert_eq!(hint("forein-key"), "did you mean `foreign-key`?");
        assert_eq!(hint("deactivat"), "did you mean `deactivate`?");
        assert_eq!(hint("aws-denyed"), "did you mean `aws-denied`?");
        assert!(hint("xyzzyplugh").contains("diagram"));
    }

    #[test]
    fn what_any_job_can_end_with_is_explained_as_what_it_is() {
        assert_eq!(
            text("aws-denied"),
            "aws-denied  AWS refuses the call to this identity.\n  what to do: allow the named action for \
             the identity that `aws sts get-caller-identity` shows\n  exit: 4 (denied)\n"
        );
        assert!(text("panic").ends_with("  exit: 101 (panic)\n"));
    }

    #[test]
    fn the_readme_of_common_has_every_code_with_its_status_and_remedy() {
        let readme = include_str!("../../../../../common/README.md");
        for shared in shared::ALL
            .iter()
            .filter(|it| verdict::of(it.code).is_none())
        {
            let (code, status, remedy) = (shared.code, shared.status(), shared.remedy);
            let row = format!("| `{code}` | {status} | {remedy} |\n");
            assert!(readme.contains(&row), "{row}");
        }
    }

    #[test]
    fn what_is_told_says_when_and_what_to_do() {
        insta::assert_snapshot!(text("deactivate"));
        insta::assert_snapshot!("row_22", text("Row 22"));
        insta::assert_snapshot!("foreign_key", text("foreign-key"));
    }
}
