//! Says what takes long: one moving line on a terminal, plain single lines elsewhere.

use std::fmt::Display;
use std::io::IsTerminal as _;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use tokio::time::Instant;

/// Prints one line to stderr, past the test harness's capture: what is skipped or slow must be
/// seen in passing tests too.
pub(crate) fn say(line: &str) {
    anstream::eprintln!("sandbox: {line}");
}

/// One step that takes a while.
#[derive(Debug)]
pub(crate) struct Progress {
    what: String,
    started: Instant,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// Announces `what` and how long it usually takes.
    pub(crate) fn start(what: impl Into<String>, usually: Duration) -> Self {
        let length = format!("takes about {} s", usually.as_secs().max(1));
        Self::announce(what.into(), &length)
    }

    /// Announces that programs of this workspace are built: seconds where they are there already, minutes where
    /// all that they stand on is to be compiled first.
    pub(crate) fn building(programs: impl Display) -> Self {
        let length = "up to ten minutes when nothing is built yet";
        Self::announce(format!("building {programs}"), length)
    }

    fn announce(what: String, length: &str) -> Self {
        let announced = format!("{what} ({length})");
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new_spinner();
            // The template is a constant; the default style is a fair stand-in if it were wrong.
            if let Ok(style) =
                ProgressStyle::with_template("sandbox: {spinner} {msg}, {elapsed} so far")
            {
                bar.set_style(style);
            }
            bar.set_message(announced.clone());
            bar.enable_steady_tick(Duration::from_millis(100));
            bar
        });
        if bar.is_none() {
            say(&announced);
        }
        Self {
            what,
            started: Instant::now(),
            bar,
        }
    }

    /// Shows how far a download has come; only a terminal sees it.
    pub(crate) fn received(&self, bytes: u64, total: Option<u64>) {
        if let Some(bar) = &self.bar {
            let megabytes = |bytes: u64| bytes / 1_000_000;
            let of = total.map_or(String::new(), |total| format!(" of {}", megabytes(total)));
            bar.set_message(format!("{}: {}{of} MB", self.what, megabytes(bytes)));
        }
    }

    /// Says that it is done and how long it took.
    pub(crate) fn done(self) {
        let line = format!(
            "{}: done in {:.1} s",
            self.what,
            self.started.elapsed().as_secs_f64()
        );
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        say(&line);
    }
}

/// A step that fails leaves its line to the error that follows.
impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
