//! One moving line on a terminal for work that takes long; nothing anywhere else.

use std::io::IsTerminal as _;

use indicatif::{ProgressBar, ProgressStyle};

/// Counts up to a known total on stderr. Dropping it removes the line.
#[derive(Debug)]
pub struct Progress(ProgressBar);

impl Progress {
    /// Begins at 0 of `total` steps of `what`.
    pub fn start(what: &'static str, total: usize) -> Self {
        if !std::io::stderr().is_terminal() {
            return Self(ProgressBar::hidden());
        }
        let bar = ProgressBar::new(u64::try_from(total).unwrap_or(u64::MAX));
        // The template is a constant; the default style is a fair stand-in if it were wrong.
        if let Ok(style) = ProgressStyle::with_template("{msg} {bar:30} {pos} of {len}, {elapsed}")
        {
            bar.set_style(style);
        }
        bar.set_message(what);
        Self(bar)
    }

    /// One step is done.
    pub fn step(&self) {
        self.0.inc(1);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
