//! What the kernel says about a process.
//!
//! The peak is `VmHWM` and not the `ru_maxrss` of `wait4`: the latter begins with the resident set of
//! the process that started it, so a small program would be charged with the size of this one.

use std::fmt::Display;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result};
use rustix::io::Errno;
use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
use tokio::time::Instant;

/// `/proc/<pid>/stat` counts in these, on every architecture that this suite runs on.
const TICK: Duration = Duration::from_millis(10);

/// A finished child.
#[derive(Debug)]
pub(crate) struct Finished {
    /// From its start until it was gone.
    pub(crate) wall: Duration,
    pub(crate) cpu: Duration,
    pub(crate) peak: u64,
    pub(crate) status: ExitStatus,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

/// Runs `command` to its end.
///
/// The child's peak is looked up before each piece of its output is taken: as long as there is
/// more than a pipe holds, it waits meanwhile and cannot end. A peak that it reaches after its last
/// output would be missed.
pub(crate) fn measured(command: &mut Command, directory: &Path) -> Result<Finished> {
    let log = directory.join("stderr.log");
    let stderr = fs::File::create(&log).with_context(|| format!("creating {}", log.display()))?;
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(stderr);
    let started = Instant::now();
    let mut child = command.spawn().context("starting the program")?;
    let pid = Pid::from_child(&child);
    let id = Id::of(child.id());
    let mut output = child.stdout.take().context("the output is piped")?;
    let mut stdout = Vec::new();
    let mut piece = vec![0; 64 * 1024];
    let mut peak = 0;
    loop {
        let length = output
            .read(&mut piece)
            .context("reading the program's output")?;
        peak = id.peak().unwrap_or_default().max(peak);
        let Some(read) = piece.get(..length).filter(|read| !read.is_empty()) else {
            break;
        };
        stdout.extend_from_slice(read);
    }
    // Ended but not yet reaped: its times are final and still to be read.
    let without_reaping = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    while matches!(waitid(WaitId::Pid(pid), without_reaping), Err(Errno::INTR)) {}
    let wall = started.elapsed();
    let cpu = id.cpu()?;
    let status = child.wait().context("waiting for the program")?;
    let stderr = fs::read_to_string(&log).with_context(|| format!("reading {}", log.display()))?;
    Ok(Finished {
        wall,
        cpu,
        peak,
        status,
        stdout,
        stderr,
    })
}

/// A process, by its directory below `/proc`.
#[derive(Debug, Clone)]
pub(crate) struct Id(PathBuf);

impl Id {
    pub(crate) fn of(pid: impl Display) -> Self {
        Self(PathBuf::from(format!("/proc/{pid}")))
    }

    /// The largest resident set so far, in bytes; nothing of a process that has ended.
    pub(crate) fn peak(&self) -> Option<u64> {
        peak_in(&fs::read_to_string(self.0.join("status")).ok()?)
    }

    /// User and system time so far, of all threads.
    pub(crate) fn cpu(&self) -> Result<Duration> {
        let file = self.0.join("stat");
        let stat =
            fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?;
        let whole =
            ticks_in(&stat).with_context(|| format!("{} has no times", file.display()))? * TICK;
        // Exact to the nanosecond, but without threads that have ended: whichever is more.
        Ok(self.live_threads().unwrap_or_default().max(whole))
    }

    fn live_threads(&self) -> Option<Duration> {
        let mut sum = Duration::ZERO;
        for thread in fs::read_dir(self.0.join("task")).ok()? {
            let text = fs::read_to_string(thread.ok()?.path().join("schedstat"));
            let text = text.unwrap_or_default();
            let spent = text
                .split_whitespace()
                .next()
                .and_then(|text| text.parse().ok());
            sum += Duration::from_nanos(spent.unwrap_or_default());
        }
        Some(sum)
    }
}

fn peak_in(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

/// The sum of the fields `utime` and `stime`. The name before them is in parentheses and may hold
/// anything.
fn ticks_in(stat: &str) -> Option<u32> {
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut times = after_name.split_whitespace().skip(11);
    let mut next = || times.next()?.parse::<u32>().ok();
    Some(next()? + next()?)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::{Id, measured, peak_in, ticks_in};

    #[test]
    fn a_child_s_output_times_and_peak_are_its_own() {
        let directory = tempfile::tempdir().unwrap();
        // Some 100 kB of output, more than a pipe holds.
        let script = "i=0; while [ $i -lt 5000 ]; do echo 0123456789012345678; i=$((i+1)); done; \
                      echo done >&2; exit 3";
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]);
        let ballast = vec![1_u8; 64_000_000];
        let finished = measured(&mut command, directory.path()).unwrap();
        drop(ballast);
        assert_eq!(finished.stdout.len(), 100_000);
        assert_eq!(finished.stderr, "done\n");
        assert_eq!(finished.status.code(), Some(3));
        assert!(finished.cpu.as_micros() > 0 && finished.cpu <= finished.wall);
        assert!(
            (100_000..20_000_000).contains(&finished.peak),
            "a shell is small, whatever its parent holds: {}",
            finished.peak
        );
    }

    #[test]
    fn one_s_own_peak_and_time_can_be_read() {
        let own = Id::of(std::process::id());
        assert!(own.peak().unwrap() > 1_000_000);
        assert!(own.cpu().unwrap().as_nanos() > 0);
    }

    #[test]
    fn the_kernel_s_lines_are_read_by_name_and_place() {
        assert_eq!(
            peak_in("Name:\tx\nVmPeak:\t 9 kB\nVmHWM:\t   15976 kB\n"),
            Some(16_359_424)
        );
        assert_eq!(peak_in("Name:\tx\nState:\tZ (zombie)\n"), None);
        let stat = "77 (a) b (c)) S 1 77 77 0 -1 4194560 900 0 2 0 13 4 0 0 20 0 1 0 123";
        assert_eq!(ticks_in(stat), Some(17));
        assert_eq!(ticks_in("77 (a) S 1"), None);
    }
}
