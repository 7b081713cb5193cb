//! `promtool` and `amtool`: the projects' own judgement of files and expositions.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;
use tokio::time::timeout;

use crate::tools::{Tool, Tools};

/// No check of a file takes longer than this.
const PATIENCE: Duration = Duration::from_mins(2);

/// They live for seconds: memory is let grow to five times what is in use before Go looks for what is not.
/// promtool then takes a fifth less of the processor, and 130 MB at most.
const GARBAGE: (&str, &str) = ("GOGC", "400");

/// Prometheus' checker.
#[derive(Debug, Clone)]
pub struct Promtool(PathBuf);

impl Promtool {
    /// Finds or builds it.
    ///
    /// # Errors
    /// When it is not to be had.
    pub async fn locate(tools: &Tools) -> Result<Self> {
        Ok(Self(tools.locate(Tool::Promtool).await?))
    }

    /// Checks a text exposition, including the naming conventions. Returns what it printed.
    ///
    /// # Errors
    /// When it finds fault; the text says what.
    pub async fn check_metrics(&self, exposition: &str) -> Result<String> {
        run(&self.0, &["check".as_ref(), "metrics".as_ref()], exposition).await
    }

    /// Checks a rule file. Returns what it printed, such as the number of rules.
    ///
    /// # Errors
    /// When it finds fault; the text says what.
    pub async fn check_rules(&self, file: &Path) -> Result<String> {
        run(
            &self.0,
            &["check".as_ref(), "rules".as_ref(), file.as_ref()],
            "",
        )
        .await
    }

    /// Runs the unit tests in a test file. Returns what it printed.
    ///
    /// # Errors
    /// When a test fails; the text holds the differences.
    pub async fn test_rules(&self, file: &Path) -> Result<String> {
        run(
            &self.0,
            &["test".as_ref(), "rules".as_ref(), file.as_ref()],
            "",
        )
        .await
    }
}

/// Alertmanager's checker.
#[derive(Debug, Clone)]
pub struct Amtool(PathBuf);

impl Amtool {
    /// Finds or builds it.
    ///
    /// # Errors
    /// When it is not to be had.
    pub async fn locate(tools: &Tools) -> Result<Self> {
        Ok(Self(tools.locate(Tool::Amtool).await?))
    }

    /// Checks a configuration file with its templates. Returns what it printed.
    ///
    /// # Errors
    /// When it finds fault; the text says what.
    pub async fn check_config(&self, file: &Path) -> Result<String> {
        run(&self.0, &["check-config".as_ref(), file.as_ref()], "").await
    }

    /// Who hears of an alert with these labels, each written `name=value`, by the routes of a configuration
    /// file: the receivers' names with commas between them.
    ///
    /// # Errors
    /// When it cannot read the file or the labels.
    pub async fn receivers(&self, file: &Path, labels: &[impl AsRef<OsStr>]) -> Result<String> {
        let mut arguments = ["config", "routes", "test", "--config.file"]
            .map(OsStr::new)
            .to_vec();
        arguments.push(file.as_os_str());
        arguments.extend(labels.iter().map(AsRef::<OsStr>::as_ref));
        let output = output(&self.0, &arguments, "").await?;
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }
}

/// What a program prints, stdout before stderr.
async fn run(program: &Path, arguments: &[&OsStr], input: &str) -> Result<String> {
    Ok(text(&output(program, arguments, input).await?))
}

fn text(output: &Output) -> String {
    let both = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    String::from_utf8_lossy(&both).into_owned()
}

/// The output of a program that ends well.
async fn output(program: &Path, arguments: &[&OsStr], input: &str) -> Result<Output> {
    let (variable, percent) = GARBAGE;
    let mut child = Command::new(program)
        .args(arguments)
        .env(variable, percent)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("starting {}", program.display()))?;
    let stdin = child.stdin.take();
    let feed = async {
        if let Some(mut stdin) = stdin {
            // A checker that stops reading at the first fault closes the pipe; its verdict counts.
            stdin.write_all(input.as_bytes()).await.unwrap_or_default();
        }
    };
    let both = async { tokio::join!(feed, child.wait_with_output()).1 };
    let output = timeout(PATIENCE, both)
        .await
        .with_context(|| format!("{} is still busy after two minutes", program.display()))?
        .with_context(|| format!("running {}", program.display()))?;
    if output.status.success() {
        return Ok(output);
    }
    let words: Vec<_> = arguments
        .iter()
        .map(|word| word.to_string_lossy())
        .collect();
    bail!(
        "{} {} ended with {}:\n{}",
        program.display(),
        words.join(" "),
        output.status,
        text(&output)
    )
}
