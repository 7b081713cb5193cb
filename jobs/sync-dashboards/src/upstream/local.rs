//! Origins on this machine: a file, a directory, a clone.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;
use std::process::Stdio;

use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::Command;

use super::body::{check_shape, too_large};
use super::failure::Failure;
use super::{Http, Limits};
use crate::pin::{Place, Reference};
use crate::verdict;

/// How much of git's complaint is read, in bytes.
const COMPLAINT_LIMIT: usize = 4096;

/// Reads a regular file of at most `limit` bytes. Anything else is an error: a pipe would be waited for.
pub(super) fn read_file(path: &Path, limit: usize) -> io::Result<Vec<u8>> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a file"));
    }
    let mut bytes = Vec::new();
    let one_more = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    File::open(path)?.take(one_more).read_to_end(&mut bytes)?;
    if bytes.len() > limit {
        let text = format!("larger than {limit} bytes");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, text));
    }
    Ok(bytes)
}

/// A file's bytes.
pub(super) fn file(path: &Path, limits: Limits) -> Result<Vec<u8>, Failure> {
    let bytes = read_file(path, limits.body).map_err(|error| {
        let verdict = if error.kind() == io::ErrorKind::FileTooLarge {
            verdict::UPSTREAM_TOO_LARGE
        } else {
            verdict::UPSTREAM_SOURCE
        };
        Failure::lasting(verdict, format!("cannot be read: {error}"))
    })?;
    check_shape(&bytes)?;
    Ok(bytes)
}

/// The file in a directory: at its path in the repository, or directly in it.
pub(super) fn directory(path: &Path, place: &Place, limits: Limits) -> Result<Vec<u8>, Failure> {
    let deep = path.join(&place.path);
    let name = Path::new(&place.path).file_name();
    match name.map(|name| path.join(name)) {
        Some(flat) if !deep.exists() && flat.exists() => file(&flat, limits),
        Some(_) | None => file(&deep, limits),
    }
}

/// The file in a clone, at that reference.
pub(super) async fn git_file(
    path: &Path,
    place: &Place,
    reference: &Reference,
    http: &Http,
    limits: Limits,
) -> Result<Vec<u8>, Failure> {
    let object = format!("{reference}:{}", place.path);
    let args = ["cat-file", "blob", "--end-of-options", &object];
    let bytes = git(path, &args, http, limits).await?;
    check_shape(&bytes)?;
    Ok(bytes)
}

/// What git prints. It is started without a shell, sees nothing of our environment but where programs and
/// its settings are, asks nobody and fetches nothing.
pub(super) async fn git(
    path: &Path,
    args: &[&str],
    http: &Http,
    limits: Limits,
) -> Result<Vec<u8>, Failure> {
    let source = |text: String| Failure::lasting(verdict::UPSTREAM_SOURCE, text);
    let mut command = Command::new("git");
    command.arg("-C").arg(path).args(args).env_clear();
    for name in ["PATH", "HOME"] {
        if let Some(value) = http.env.get(name) {
            command.env(name, value);
        }
    }
    command
        .envs([("LC_ALL", "C"), ("GIT_TERMINAL_PROMPT", "0")])
        .envs([("GIT_OPTIONAL_LOCKS", "0"), ("GIT_NO_LAZY_FETCH", "1")])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    let mut child = command
        .spawn()
        .map_err(|error| source(format!("git cannot be started: {error}")))?;
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let work = async {
        let (out, err) = tokio::join!(drain(out, limits.body), drain(err, COMPLAINT_LIMIT));
        let out = out.map_err(|error| source(format!("git's answer is not read: {error}")))?;
        if out.len() > limits.body {
            let text = too_large(limits.body);
            return Err(Failure::lasting(verdict::UPSTREAM_TOO_LARGE, text));
        }
        let ended = child.wait().await;
        match ended {
            Ok(status) if status.success() => Ok(out),
            Ok(_) => Err(complaint(&err.unwrap_or_default())),
            Err(error) => Err(source(format!("git cannot be waited for: {error}"))),
        }
    };
    let ended = tokio::time::timeout(limits.total, work).await;
    ended.unwrap_or_else(|_| Err(source("git does not end within the time limit".to_owned())))
}

/// Reads one byte more than the limit, so that more can be told, and lets go of the pipe.
async fn drain(pipe: Option<impl AsyncRead + Unpin>, limit: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(pipe) = pipe {
        let limit = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
        pipe.take(limit).read_to_end(&mut bytes).await?;
    }
    Ok(bytes)
}

/// Whether git lacks the repository or what is wanted of it.
fn complaint(text: &[u8]) -> Failure {
    let text = String::from_utf8_lossy(text);
    let line = text.lines().next().unwrap_or("git fails without a word");
    let line: String = line.chars().filter(|c| !c.is_control()).take(300).collect();
    let unusable = [
        "not a git repository",
        "cannot change to",
        "dubious ownership",
    ];
    let verdict = if unusable.iter().any(|it| line.contains(it)) {
        verdict::UPSTREAM_SOURCE
    } else {
        verdict::UPSTREAM_MISSING
    };
    Failure::lasting(verdict, line)
}
