//! The narrator: announces each step and its length, and quotes what programs print.

use std::fmt::Display;
use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::time::Instant;

// `anstream` drops these where stdout is no terminal.
const BOLD: &str = "\u{1b}[1m";
const DIM: &str = "\u{1b}[2m";
const GREEN: &str = "\u{1b}[32m";
const RED: &str = "\u{1b}[31m";
const PLAIN: &str = "\u{1b}[0m";

/// Where a scene is played.
#[derive(Debug)]
pub(super) struct Stage {
    started: Instant,
    step: usize,
    steps: usize,
}

impl Stage {
    /// A stage for a scene of so many steps.
    pub(super) fn new(steps: usize) -> Self {
        Self {
            started: Instant::now(),
            step: 0,
            steps,
        }
    }

    /// Announces `title`, does `work`, and says how long it took.
    pub(super) async fn step<T>(
        &mut self,
        title: &str,
        usually: &str,
        work: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        self.step += 1;
        let (step, steps) = (self.step, self.steps);
        anstream::println!("\n{BOLD}[{step}/{steps}] {title}{PLAIN} {DIM}({usually}){PLAIN}");
        let started = Instant::now();
        let result = work
            .await
            .with_context(|| format!("step {step}, {title}"))?;
        anstream::println!("      {DIM}done in {}{PLAIN}", seconds(started.elapsed()));
        Ok(result)
    }

    /// Shows what a program printed.
    pub(super) fn quote(text: &str) {
        for line in text.trim_end().lines() {
            anstream::println!("      {DIM}|{PLAIN} {line}");
        }
    }

    /// Shows the command line that a person would type.
    pub(super) fn command(line: &str) {
        anstream::println!("      {GREEN}${PLAIN} {line}");
    }

    /// A headline between steps.
    pub(super) fn heading(text: &str) {
        anstream::println!("\n{BOLD}{text}{PLAIN}");
    }

    /// One line of a result.
    pub(super) fn line(text: impl Display) {
        anstream::println!("  {text}");
    }

    /// One line that says whether something is as it should be, in words and in colour.
    pub(super) fn check(good: bool, text: impl Display) {
        let (colour, word) = if good { (GREEN, "ok ") } else { (RED, "BAD") };
        anstream::println!("  {colour}{word}{PLAIN} {text}");
    }

    /// Something is missing.
    pub(super) fn fault(what: &str) {
        anstream::println!("\n{RED}missing:{PLAIN} {what}");
    }

    /// All is there.
    pub(super) fn success(&self) {
        let elapsed = seconds(self.started.elapsed());
        anstream::println!("\n{GREEN}Everything is there.{PLAIN} The demo took {elapsed}.");
    }

    /// What still runs, and how to end it.
    pub(super) fn addresses(addresses: &[(&str, String)]) {
        Self::heading("Still running");
        for (name, address) in addresses {
            Self::line(format_args!("{name:<14} {address}"));
        }
        anstream::println!("\nCtrl-C stops them all.");
    }
}

/// `0.38 s`, `12.4 s`.
pub(super) fn seconds(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds < 10.0 {
        format!("{seconds:.2} s")
    } else {
        format!("{seconds:.1} s")
    }
}
