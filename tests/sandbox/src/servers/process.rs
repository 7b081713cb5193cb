//! One child process: log file, signals, and an end that is never left to chance.

use std::fs::{self, OpenOptions};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};

use super::watchdog;

/// Time between SIGTERM and SIGKILL.
const GRACE: Duration = Duration::from_secs(5);

/// Log lines that accompany a failure.
const TAIL: usize = 20;

/// A running child process. It is stopped on drop, and by a watchdog when this process is killed.
///
/// The child leads a process group of its own: Ctrl-C on the terminal reaches only us, and we
/// stop the servers in order.
#[derive(Debug)]
pub struct Process {
    name: String,
    pid: Pid,
    log: PathBuf,
    life: Arc<Life>,
}

/// Whether the child still runs. Signals are sent under the lock, and the child is reaped under
/// it, so no signal can reach a stranger that got the same process id.
#[derive(Debug, Default)]
struct Life {
    end: Mutex<Option<End>>,
    ended: Condvar,
}

#[derive(Debug, Clone, Copy)]
struct End {
    /// Unknown only when something else in this process reaped the child.
    status: Option<ExitStatus>,
}

impl Life {
    fn lock(&self) -> MutexGuard<'_, Option<End>> {
        self.end.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Process {
    /// Starts `command` with its output appended to the file `log`.
    ///
    /// # Errors
    /// When the program cannot be started, the log not opened, or the watchdog not be told.
    pub fn spawn(name: &str, mut command: Command, log: &Path) -> Result<Self> {
        let open = || OpenOptions::new().create(true).append(true).open(log);
        let stdout = open().with_context(|| format!("opening {}", log.display()))?;
        let stderr = stdout.try_clone().context("sharing the log file")?;
        let child = command
            .stdin(Stdio::null())
            .stdout(stdout)
            .stderr(stderr)
            .process_group(0)
            .spawn()
            .with_context(|| format!("starting {name}"))?;
        let pid = Pid::from_child(&child);
        let life = Arc::new(Life::default());
        thread::Builder::new()
            .name(format!("{name} {}", child.id()))
            .spawn({
                let life = Arc::clone(&life);
                move || reap(child, pid, &life)
            })
            .context("starting the thread that waits for the process")?;
        let process = Self {
            name: name.to_owned(),
            pid,
            log: log.to_owned(),
            life,
        };
        watchdog::watch(pid).context("telling the watchdog")?;
        Ok(process)
    }

    /// The process id.
    pub fn id(&self) -> i32 {
        self.pid.as_raw_nonzero().get()
    }

    /// The file that holds everything it printed.
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// Whether it has not ended yet.
    pub fn is_running(&self) -> bool {
        self.life.lock().is_none()
    }

    /// Stops it: SIGTERM, after a grace of five seconds SIGKILL. Returns when it is gone.
    pub fn stop(&self) {
        self.signal(Signal::TERM);
        let running = |end: &mut Option<End>| end.is_none();
        let waited = self
            .life
            .ended
            .wait_timeout_while(self.life.lock(), GRACE, running);
        let (end, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
        drop(end);
        if timeout.timed_out() {
            self.kill();
        }
    }

    /// Ends it at once with SIGKILL, as a machine's memory killer would. Returns when it is gone.
    pub fn kill(&self) {
        self.signal(Signal::KILL);
        let running = |end: &mut Option<End>| end.is_none();
        drop(self.life.ended.wait_while(self.life.lock(), running));
    }

    /// The last lines of its log, with how it ended if it has.
    pub fn tail(&self) -> String {
        let state = match *self.life.lock() {
            None => "is running".to_owned(),
            Some(End {
                status: Some(status),
            }) => format!("ended with {status}"),
            Some(End { status: None }) => "ended".to_owned(),
        };
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        let tail = lines
            .get(lines.len().saturating_sub(TAIL)..)
            .unwrap_or(&[])
            .join("\n    ");
        format!(
            "{} {state}; end of {}:\n    {tail}",
            self.name,
            self.log.display()
        )
    }

    /// Sends `signal` unless the process has ended.
    fn signal(&self, signal: Signal) {
        let end = self.life.lock();
        if end.is_none() {
            // Until it is reaped, which needs the lock, the id cannot be anyone else's; the call
            // can only fail for a process that is ending by itself.
            kill_process(self.pid, signal).unwrap_or_default();
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if thread::panicking() {
            anstream::eprintln!("{}", self.tail());
        }
        self.stop();
    }
}

/// Waits for the end, then reaps under the lock.
fn reap(mut child: Child, pid: Pid, life: &Life) {
    let without_reaping = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    while matches!(waitid(WaitId::Pid(pid), without_reaping), Err(Errno::INTR)) {}
    let mut end = life.lock();
    *end = Some(End {
        status: child.wait().ok(),
    });
    // A closed pipe means that the watchdog is gone; then nothing is left to be told.
    watchdog::forget(pid).unwrap_or_default();
    life.ended.notify_all();
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use rustix::process::{Pid, test_kill_process};
    use tempfile::TempDir;
    use tokio::time::Instant;

    use super::Process;

    fn shell(script: &str, directory: &TempDir) -> Process {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]);
        Process::spawn("script", command, &directory.path().join("log")).unwrap()
    }

    fn exists(id: i32) -> bool {
        test_kill_process(Pid::from_raw(id).unwrap()).is_ok()
    }

    /// Starts a script and waits until it has printed something.
    fn started(script: &str, directory: &TempDir) -> Process {
        let process = shell(script, directory);
        while std::fs::read(process.log()).unwrap().is_empty() {
            std::thread::yield_now();
        }
        process
    }

    #[test]
    fn a_dropped_process_is_gone() {
        let directory = TempDir::new().unwrap();
        let process = started("echo up; exec sleep 60", &directory);
        let id = process.id();
        assert!(process.is_running() && exists(id));
        let before = Instant::now();
        drop(process);
        assert!(!exists(id));
        assert!(before.elapsed().as_secs() < 4, "SIGTERM was enough");
    }

    #[test]
    fn a_process_that_ignores_sigterm_is_killed_after_the_grace() {
        let directory = TempDir::new().unwrap();
        let process = started(
            "trap '' TERM; echo up; while true; do sleep 1; done",
            &directory,
        );
        let (id, before) = (process.id(), Instant::now());
        process.stop();
        assert!(!exists(id) && !process.is_running());
        assert!(before.elapsed() >= super::GRACE);
    }

    #[test]
    fn the_tail_tells_how_it_ended_and_what_it_said_last() {
        let directory = TempDir::new().unwrap();
        let process = shell(
            "for i in $(seq 30); do echo line $i; done; echo bad >&2; exit 3",
            &directory,
        );
        while process.is_running() {
            std::thread::yield_now();
        }
        let tail = process.tail();
        assert!(
            tail.starts_with("script ended with exit status: 3; end of "),
            "{tail}"
        );
        assert!(
            tail.ends_with("line 30\n    bad") && !tail.contains("line 11\n"),
            "{tail}"
        );
        process.stop(); // nothing happens to whoever may have that id now
    }
}
