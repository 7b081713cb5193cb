//! The program that compares clusters. Its exit status is its verdict, so it is looked at here where the
//! other scenes insist on success; and of a long report a part is shown.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use tokio::process::Command;
use tokio::time::{Instant, sleep, timeout};

use super::super::stage::Stage;
use crate::checkout;
use crate::programs;
use crate::tools::progress::Progress;

const NAME: &str = "check-consistency";

/// No command of the scene takes longer.
const PATIENCE: Duration = Duration::from_mins(1);

/// What it says of rules that are loaded and not evaluated so far.
const TOO_EARLY: &str = "run again after the next evaluation";

/// Until then they are.
const PAUSE: Duration = Duration::from_millis(250);

/// Characters of a line that are shown.
const WIDTH: usize = 150;

/// The built binary and the configuration that it finds in its environment.
#[derive(Debug)]
pub(super) struct Program {
    path: PathBuf,
    config: PathBuf,
}

/// How a command ended, and what it printed.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: i32,
    stdout: String,
    stderr: String,
}

/// The built binary alone.
#[derive(Debug)]
pub(super) struct Built(PathBuf);

impl Built {
    /// Where cargo puts what it builds.
    pub(super) fn target(&self) -> Result<&Path> {
        let target = self.0.parent().and_then(Path::parent);
        target.context("the binary is in no directory")
    }

    /// The program as it reads the configuration `config`.
    pub(super) fn with(&self, config: &Path) -> Program {
        Program {
            path: self.0.clone(),
            config: config.to_owned(),
        }
    }
}

/// Builds the binary.
pub(super) async fn build() -> Result<Built> {
    let progress = Progress::building(NAME);
    let built = tokio::task::spawn_blocking(|| programs::build(NAME));
    let path = built.await.context("the build was interrupted")??;
    progress.done();
    Ok(Built(path))
}

impl Program {
    /// Runs it, shows the command, what `part` leaves of the report, and the status, and returns the whole
    /// report. Any other status than `status` ends the scene.
    pub(super) async fn show(
        &self,
        words: &str,
        status: i32,
        part: impl FnOnce(&str) -> String,
    ) -> Result<String> {
        Stage::command(&format!("{NAME} {words}"));
        let text = self.expect(words, status).await?;
        Stage::quote(&part(&text));
        Stage::line(format_args!("    (exit status {status})"));
        Ok(text)
    }

    /// Runs it, writes its report to `file`, and returns the report. Any other status than `status` ends
    /// the scene.
    pub(super) async fn save(&self, words: &str, status: i32, file: &Path) -> Result<String> {
        let shown = file.strip_prefix(checkout::file("")).unwrap_or(file);
        Stage::command(&format!("{NAME} {words} > {}", shown.display()));
        let text = self.expect(words, status).await?;
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder).with_context(|| format!("creating {}", folder.display()))?;
        }
        fs::write(file, &text).with_context(|| format!("writing {}", file.display()))?;
        Stage::line(format_args!("    (exit status {status})"));
        Ok(text)
    }

    /// Rules that Prometheus has loaded a moment ago cannot be judged yet: then it is run again, as it says.
    async fn expect(&self, words: &str, status: i32) -> Result<String> {
        let started = Instant::now();
        loop {
            let answer = self.ask(words).await?;
            if answer.status == status {
                return Ok(answer.stdout);
            }
            if !answer.stderr.contains(TOO_EARLY) || started.elapsed() > PATIENCE {
                Stage::quote(&answer.stdout);
                Stage::quote(&answer.stderr);
                bail!("it ended with {} and not with {status}", answer.status)
            }
            sleep(PAUSE).await;
        }
    }

    /// Runs it and shows nothing.
    pub(super) async fn ask(&self, words: &str) -> Result<Answer> {
        let mut command = Command::new(&self.path);
        command
            .args(words.split(' '))
            .current_dir(checkout::file(""))
            .env("CONFIG_FILE", &self.config)
            .env("LOG_FORMAT", "text")
            .env_remove("DRIFT_EXIT_CODE")
            .env_remove("PUSHGATEWAY_URL")
            .stdin(Stdio::null())
            .kill_on_drop(true);
        let output = timeout(PATIENCE, command.output())
            .await
            .with_context(|| format!("{NAME} is still busy after a minute"))?
            .with_context(|| format!("starting {}", self.path.display()))?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ok(Answer {
            status: output.status.code().context("a signal ended it")?,
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        })
    }
}

/// The first and the last lines of a report, and how many are between them.
pub(super) fn ends(first: usize, last: usize, text: &str) -> String {
    let lines: Vec<&str> = text.trim_end().lines().collect();
    let tail = lines.len().saturating_sub(last);
    let (head, tail) = lines.split_at(tail);
    let left = head.len().saturating_sub(first);
    let mut part: Vec<String> = head.iter().take(first).map(|line| narrow(line)).collect();
    if left > 0 {
        part.push(format!("… {left} more lines"));
    }
    part.extend(tail.iter().map(|line| narrow(line)));
    part.join("\n")
}

/// The paragraph of a report that begins with this line, which is not its first.
pub(super) fn paragraph(begins: &str, text: &str) -> String {
    let lines = text.lines().skip_while(|line| *line != begins);
    let lines = lines.take_while(|line| !line.is_empty()).map(narrow);
    let lines: Vec<String> = ["…".to_owned()].into_iter().chain(lines).collect();
    lines.join("\n")
}

/// What a wide terminal holds of a line.
fn narrow(line: &str) -> String {
    if line.chars().count() <= WIDTH {
        return line.to_owned();
    }
    line.chars().take(WIDTH).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::{WIDTH, ends, paragraph};

    #[test]
    fn what_is_left_out_is_counted() {
        let text = "a\nb\nc\nd\ne\n";
        assert_eq!(ends(1, 2, text), "a\n… 2 more lines\nd\ne");
        assert_eq!(ends(5, 0, text), "a\nb\nc\nd\ne");
        assert_eq!(ends(4, 9, text), "a\nb\nc\nd\ne");
    }

    #[test]
    fn long_lines_are_cut_at_a_character() {
        let text = "ä".repeat(WIDTH + 2);
        assert_eq!(ends(1, 0, &text), format!("{}…", "ä".repeat(WIDTH)));
    }

    #[test]
    fn a_paragraph_ends_at_an_empty_line() {
        assert_eq!(paragraph("b", "a\n\nb\n  c\n\nd\n"), "…\nb\n  c");
        assert_eq!(paragraph("x", "a\n\nb\n"), "…");
    }
}
