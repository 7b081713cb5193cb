//! Ends our servers when this process is killed and can no longer do it itself.
//!
//! `PR_SET_PDEATHSIG` would need `unsafe` between fork and exec, and fires as soon as the *thread*
//! that started the server ends, which for a test thread is too early. So one shell waits at the
//! end of a pipe: the kernel closes the pipe when this process ends, however it ends.

use std::io::{self, Write as _};
use std::os::unix::process::CommandExt as _;
use std::process::{ChildStdin, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use rustix::process::Pid;

/// Keeps the list of process ids, and ends what is on it at the end of its input. A terminal's
/// Ctrl-C must not end the watchdog before its time.
const SCRIPT: &str = r#"
trap '' INT TERM HUP
pids=
while read -r change pid; do
  case $change in
    watch) pids="$pids $pid" ;;
    forget)
      kept=
      for each in $pids; do [ "$each" = "$pid" ] || kept="$kept $each"; done
      pids=$kept ;;
  esac
done
[ -n "$pids" ] || exit 0
kill -TERM $pids
sleep 3
kill -KILL $pids
"#;

static PIPE: Mutex<Option<ChildStdin>> = Mutex::new(None);

/// From now on `pid` dies with this process.
pub(super) fn watch(pid: Pid) -> io::Result<()> {
    tell("watch", pid)
}

/// `pid` is gone; the number may belong to another process tomorrow.
pub(super) fn forget(pid: Pid) -> io::Result<()> {
    tell("forget", pid)
}

fn tell(change: &str, pid: Pid) -> io::Result<()> {
    let mut pipe = PIPE.lock().unwrap_or_else(PoisonError::into_inner);
    let pipe = match pipe.as_mut() {
        Some(pipe) => pipe,
        None => pipe.insert(start()?),
    };
    writeln!(pipe, "{change} {}", pid.as_raw_nonzero())
}

fn start() -> io::Result<ChildStdin> {
    let mut child = Command::new("/bin/sh")
        .args(["-c", SCRIPT])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        // A signal to the terminal's foreground group does not reach it.
        .process_group(0)
        .spawn()?;
    child
        .stdin
        .take()
        .ok_or_else(|| io::Error::other("the watchdog has no input"))
}
