//! A clock that the sandbox drives: faster than real time, and forward by days at once.
//!
//! The file holds three words: a real instant, the sandbox's instant at that moment, and how many
//! of the sandbox's seconds pass in a real one. It is replaced by renaming, and read at every look,
//! so that all processes see a jump at the same time.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{Clock, Source};

/// The variable that names the file.
pub const VARIABLE: &str = "SANDBOX_CLOCK";

/// How often a sleeper looks whether time has jumped.
const LOOK: Duration = Duration::from_millis(5);

/// Reads the clock. Clones share it.
#[derive(Debug, Clone)]
pub struct Dial(Arc<Face>);

#[derive(Debug)]
struct Face {
    path: PathBuf,
    /// What was read last: a file that cannot be read for a moment does not stop the time.
    last: Mutex<Setting>,
}

/// One state of the file.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Setting {
    real: Timestamp,
    shown: Timestamp,
    rate: f64,
}

impl Dial {
    /// The clock in `path`. A file that cannot be read shows the system's time.
    pub fn open(path: impl Into<PathBuf>) -> Self {
        let now = Clock::system().now();
        let last = Setting {
            real: now,
            shown: now,
            rate: 1.0,
        };
        Self(Arc::new(Face {
            path: path.into(),
            last: Mutex::new(last),
        }))
    }

    /// What it shows.
    pub fn now(&self) -> Timestamp {
        let mut last = self.0.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(setting) = read(&self.0.path) {
            *last = setting;
        }
        last.at(Clock::system().now())
    }

    /// Waits until it has gone on by `duration`.
    pub async fn sleep(&self, duration: Duration) {
        let span = SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX);
        let until = self.now().saturating_add(span).unwrap_or(Timestamp::MAX);
        while self.now() < until {
            tokio::time::sleep(LOOK).await;
        }
    }
}

impl Setting {
    fn at(self, real: Timestamp) -> Timestamp {
        let passed = real.duration_since(self.real).as_secs_f64() * self.rate;
        SignedDuration::try_from_secs_f64(passed)
            .ok()
            .and_then(|passed| self.shown.checked_add(passed).ok())
            .unwrap_or(self.shown)
    }
}

fn read(path: &Path) -> Option<Setting> {
    let text = fs::read_to_string(path).ok()?;
    let mut words = text.split_ascii_whitespace();
    Some(Setting {
        real: words.next()?.parse().ok()?,
        shown: words.next()?.parse().ok()?,
        rate: words.next()?.parse().ok()?,
    })
}

/// Sets the clock. Who holds it is the sandbox.
#[derive(Debug)]
pub struct Crown {
    dial: Dial,
    rate: f64,
}

impl Crown {
    /// Starts a clock in `path` at `start`; `rate` of its seconds pass in a real one.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn start(path: impl Into<PathBuf>, start: Timestamp, rate: f64) -> io::Result<Self> {
        let crown = Self {
            dial: Dial::open(path),
            rate,
        };
        crown.set(start)?;
        Ok(crown)
    }

    /// The clock for this process.
    pub fn clock(&self) -> Clock {
        Clock(Source::Driven(self.dial.clone()))
    }

    /// The file, for [`VARIABLE`] of other processes.
    pub fn path(&self) -> &Path {
        &self.dial.0.path
    }

    /// Jumps by `duration`.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn advance(&self, duration: SignedDuration) -> io::Result<()> {
        let now = self.dial.now();
        self.set(now.saturating_add(duration).unwrap_or(now))
    }

    /// Jumps to `instant`.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn set(&self, instant: Timestamp) -> io::Result<()> {
        let path = self.path();
        let next = path.with_extension("next");
        let real = Clock::system().now();
        fs::write(&next, format!("{real} {instant} {}\n", self.rate))?;
        fs::rename(&next, path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_jump_is_seen_by_everyone_and_wakes_sleepers() {
        let directory = tempfile::tempdir().unwrap();
        let start: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let crown = Crown::start(directory.path().join("clock"), start, 1.0).unwrap();
        let other = Dial::open(crown.path());
        // The first to be polled is the sleeper: it sleeps when the clock jumps.
        let jump = async { crown.advance(SignedDuration::from_hours(24)).unwrap() };
        tokio::join!(other.sleep(Duration::from_hours(24)), jump);
        let shown = other.now().duration_since(start);
        assert!(shown >= SignedDuration::from_hours(24), "{shown}");
        assert!(shown < SignedDuration::from_hours(25), "{shown}");
    }

    #[test]
    fn time_passes_at_its_rate() {
        let start: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let setting = Setting {
            real: start,
            shown: start,
            rate: 3600.0,
        };
        let second = SignedDuration::from_secs(1);
        let shown = setting.at(start.checked_add(second).unwrap());
        assert_eq!(shown.to_string(), "2026-01-01T01:00:00Z");
    }
}
