//! For a terminal: a block for each cluster with a line for each job, then what failed and why.

use std::io::{self, Write};

use common::exit::Exit;
use jiff::{SignedDuration, Timestamp};

use super::{Cluster, JobLine, Pushed, Screen, Standing, State};
use crate::doctor::KEY_OLD;
use crate::screen::{self, Colour, Painted, count};
use crate::seen::Seen;
use crate::seen::cron_jobs::{Run, RunState};
use common::trouble::Trouble;

impl Screen {
    /// Writes it for a terminal of 80 columns.
    ///
    /// # Errors
    /// When `out` takes no more.
    pub fn render(&self, out: &mut dyn Write) -> io::Result<()> {
        for (number, cluster) in self.clusters.iter().enumerate() {
            if number > 0 {
                writeln!(out)?;
            }
            self.cluster(cluster, out)?;
        }
        writeln!(out)?;
        let (wrong, unseen) = (self.wrong(), self.troubles().len());
        let silent = self.silent().len();
        let verdict = match (wrong, unseen) {
            (0, 0) if silent == 0 => Painted::new("all jobs are well", Colour::Green),
            (0, 0) => {
                let clusters = count(silent, "cluster");
                Painted::new(format!("no rule names a job in {clusters}"), Colour::Red)
            }
            (0, unseen) => {
                let text = format!("{} could not be seen", count(unseen, "thing"));
                Painted::new(text, Colour::Yellow)
            }
            (wrong, unseen) => {
                let needs = if wrong == 1 { "needs" } else { "need" };
                let jobs = count(wrong, "job");
                let text = match unseen {
                    0 => format!("{jobs} {needs} a person"),
                    unseen => {
                        let things = count(unseen, "thing");
                        format!("{jobs} {needs} a person, {things} could not be seen")
                    }
                };
                Painted::new(text, Colour::Red)
            }
        };
        let at = self.at.strftime("%Y-%m-%d %H:%M:%SZ");
        writeln!(out, "{at}  {verdict}")
    }

    fn cluster(&self, cluster: &Cluster, out: &mut dyn Write) -> io::Result<()> {
        let name = Painted::new(cluster.name.as_str(), Colour::Bold);
        let state = match &cluster.state {
            Ok(state) => state,
            Err(why) => {
                let word = Painted::new(unseen(why), Colour::Yellow);
                writeln!(out, "{name}  {word}")?;
                return trouble(why, out);
            }
        };
        writeln!(out, "{name}{}", self.pushed(&state.pushed))?;
        if state.jobs.is_empty() {
            let text = "  no rule names a job that should run here: is the chart installed?";
            return writeln!(out, "{}", Painted::new(text, Colour::Red));
        }
        let head = ["", "job", "schedule", "last run", "took", "good", "next"];
        let head = head.map(|word| Painted::new(word, Colour::Dim)).to_vec();
        let rows = state.jobs.iter().map(|job| self.row(job));
        let rows: Vec<_> = std::iter::once(head).chain(rows).collect();
        screen::columns(out, 0, &rows)?;
        Self::words(state, out)?;
        if let Err(why) = &state.pushed {
            let word = Painted::new("? Pushgateway", Colour::Yellow);
            writeln!(out, "{word}: key, phase and drift are not known")?;
            trouble(why, out)?;
        }
        Ok(())
    }

    /// What stands behind the cluster's name.
    fn pushed(&self, pushed: &Seen<Pushed>) -> String {
        let Ok(Pushed {
            rotation,
            drift,
            comparison_complete,
        }) = pushed
        else {
            return String::new();
        };
        let mut parts = Vec::new();
        if let Some(created) = rotation.key_created {
            let age = self.at.duration_since(created);
            let text = format!("key {} old", screen::about(age));
            parts.push(if age > KEY_OLD {
                Painted::new(text, Colour::Red)
            } else {
                text.into()
            });
        }
        if let Some(phase) = &rotation.phase {
            let colour = match phase.as_str() {
                "idle" => Colour::Green,
                "blocked" => Colour::Red,
                _ => Colour::Yellow,
            };
            parts.push(Painted::new(format!("rotation {phase}"), colour));
        }
        match (drift, comparison_complete) {
            (Some(number @ 1..), _) => {
                parts.push(Painted::new(format!("drift {number}"), Colour::Red));
            }
            (_, Some(false)) => {
                parts.push(Painted::new("comparison incomplete", Colour::Yellow));
            }
            (Some(0), _) => parts.push(Painted::new("no drift", Colour::Green)),
            (None, _) => {}
        }
        let parts = parts.iter().map(|part| format!("  {part}"));
        parts.collect()
    }

    fn row(&self, job: &JobLine) -> Vec<Painted> {
        let standing = job.standing(self.at);
        let sign = match standing {
            Standing::Well => Painted::new("✓", Colour::Green),
            Standing::Running => Painted::new("▸", Colour::Green),
            Standing::Failed => Painted::new("!", Colour::Yellow),
            Standing::Suspended | Standing::Stale | Standing::Gone => {
                Painted::new("✗", Colour::Red)
            }
        };
        let name = Painted::from(job.name.as_str());
        let Some(seen) = &job.seen else {
            let gone = Painted::new("gone", Colour::Red);
            return vec![sign, name, gone];
        };
        let ago = |at: Timestamp| screen::about(self.at.duration_since(at));
        let newest = seen.newest();
        let started = newest.and_then(|run| run.started);
        let (last, took) = match newest {
            None => ("none kept".to_owned(), String::new()),
            Some(run) => {
                let when = started.map_or_else(String::new, |at| format!(" {}", ago(at)));
                let took = run.duration().map(length).unwrap_or_default();
                (format!("{}{when}", word(run)), took)
            }
        };
        let good = match seen.succeeded {
            Some(at) => ago(at),
            None => "never".to_owned(),
        };
        let good = match standing {
            Standing::Stale => Painted::new(good, Colour::Red),
            Standing::Well
            | Standing::Running
            | Standing::Failed
            | Standing::Suspended
            | Standing::Gone => good.into(),
        };
        let next = match (seen.suspended, seen.next_run(self.at)) {
            (true, _) => Painted::new("suspended", Colour::Red),
            (false, Some(at)) => format!("in {}", screen::about(at.duration_since(self.at))).into(),
            (false, None) => "never".into(),
        };
        let schedule = screen::clip(&screen::line(&seen.schedule), 14);
        vec![
            sign,
            name,
            schedule.into(),
            last.into(),
            took.into(),
            good,
            next,
        ]
    }

    /// What the newest failures said.
    fn words(state: &State, out: &mut dyn Write) -> io::Result<()> {
        for job in &state.jobs {
            let failure = job.seen.as_ref().and_then(|seen| seen.newest_failure());
            let Some(said) = failure.and_then(|run| run.message.as_ref()) else {
                continue;
            };
            let head = Painted::new(format!("  {}: ", job.name), Colour::Bold);
            screen::paragraph(out, &[head], &said.error)?;
            if !said.hint.is_empty() {
                screen::paragraph(out, &["    hint: ".into()], &said.hint)?;
            }
        }
        Ok(())
    }
}

/// In how far nothing of a cluster was seen.
fn unseen(why: &Trouble) -> &'static str {
    match why.exit {
        // Somebody was there and said no.
        Exit::Denied => "refused",
        Exit::Done | Exit::Transient | Exit::Config | Exit::Drift | Exit::HalfDone => "not reached",
    }
}

fn trouble(why: &Trouble, out: &mut dyn Write) -> io::Result<()> {
    screen::paragraph(out, &["  ".into()], &why.text)?;
    if let Some(hint) = &why.hint {
        screen::paragraph(out, &["  hint: ".into()], hint)?;
    }
    Ok(())
}

/// What a run came to, in at most eight letters.
fn word(run: &Run) -> String {
    if matches!(run.state, RunState::CannotStart(_)) {
        return "no start".to_owned();
    }
    match run.outcome().as_str() {
        "in_progress" => "going on".to_owned(),
        "skipped_locked" => "skipped".to_owned(),
        "interrupted" => "stopped".to_owned(),
        outcome => screen::clip(outcome, 8),
    }
}

/// In tenths of a second below ten of them.
fn length(length: SignedDuration) -> String {
    let tenths = length.as_millis() / 100;
    if tenths < 100 {
        format!("{}.{} s", tenths / 10, tenths % 10)
    } else {
        screen::about(length)
    }
}
