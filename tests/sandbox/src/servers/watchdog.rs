//! Ends our servers when this process is killed and can no longer do it itself.
//!
//! `PR_SET_PDEATHSIG` would need `unsafe` between fork and exec, and fires as soon as the *thread*
//! that started the server ends, which for a test thread is too early. So one shell waits at the
//! end of a pipe: the kernel closes the pipe when this process ends, however it ends.

use std::fmt::Display;
use std::io::{self, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{ChildStdin, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use rustix::process::Pid;

/// Keeps a list of process ids and one of directories; at the end of its input, ends the ones and
/// removes the others. A terminal's Ctrl-C must not end the watchdog before its time.
const SCRIPT: &str = r#"
trap '' INT TERM HUP
pids=
directories=
while IFS=' ' read -r change what; do
  case $change in
    watch) pids="$pids $what" ;;
    forget)
      kept=
      for each in $pids; do [ "$each" = "$what" ] || kept="$kept $each"; done
      pids=$kept ;;
    remove)
      directories="$directories$what
" ;;
  esac
done
if [ -n "$pids" ]; then
  kill -TERM $pids
  sleep 3
  kill -KILL $pids
fi
printf %s "$directories" | while IFS= read -r each; do rm -rf -- "$each"; done
"#;

static PIPE: Mutex<Option<ChildStdin>> = Mutex::new(None);

/// From now on `pid` dies with this process.
pub(super) fn watch(pid: Pid) -> io::Result<()> {
    tell("watch", pid.as_raw_nonzero())
}

/// `pid` is gone; the number may belong to another process tomorrow.
pub(super) fn forget(pid: Pid) -> io::Result<()> {
    tell("forget", pid.as_raw_nonzero())
}

/// The temporary `directory` goes at the latest when this process does.
pub(super) fn remove(directory: &Path) -> io::Result<()> {
    tell("remove", directory.display())
}

fn tell(change: &str, what: impl Display) -> io::Result<()> {
    let mut pipe = PIPE.lock().unwrap_or_else(PoisonError::into_inner);
    let pipe = match pipe.as_mut() {
        Some(pipe) => pipe,
        None => pipe.insert(start()?),
    };
    writeln!(pipe, "{change} {what}")
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
