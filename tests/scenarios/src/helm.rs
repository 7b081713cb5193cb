//! Runs Helm on charts, with nothing of the machine in it.

use std::path::Path;
use std::process::Stdio;

use anyhow::{Context as _, Result, bail, ensure};
use sandbox::tools::{Tool, Tools};
use tempfile::TempDir;
use tokio::process::Command;

/// The version of the API servers that the sandbox runs.
const KUBERNETES: &str = "1.34.4";

/// Runs it with the words of a command, a chart and further arguments. Returns what it printed.
///
/// # Errors
/// When it is not to be had, or fails; the text has its words.
pub async fn run(command: &[&str], chart: &Path, more: &[&str]) -> Result<String> {
    let program = Tools::from_process()?.locate(Tool::Helm).await?;
    // Whatever plugins and repositories the machine has, they stay out.
    let home = TempDir::new()?;
    let output = Command::new(program)
        .args(command)
        .arg(chart)
        .args(more)
        .env_clear()
        .env("HOME", home.path())
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .context("running helm")?;
    let stdout = String::from_utf8(output.stdout)?;
    let stderr = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{stdout}{stderr}");
    Ok(stdout)
}

/// The same for a chart of ours, with a file of values.
///
/// # Errors
/// As [`run`].
pub async fn with_values(
    command: &[&str],
    chart: &Path,
    values: &Path,
    more: &[&str],
) -> Result<String> {
    let values = values.to_str().context("a path that is no text")?;
    let common = ["--namespace", "monitoring", "--kube-version", KUBERNETES];
    let arguments = [&common[..], &["--values", values], more].concat();
    run(command, chart, &arguments).await
}

/// What a chart is with these values, without the spaces that Helm leaves in empty lines.
///
/// # Errors
/// As [`run`].
pub async fn template(release: &str, chart: &Path, values: &Path, more: &[&str]) -> Result<String> {
    let text = with_values(&["template", release], chart, values, more).await?;
    let mut lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    lines.push("");
    Ok(lines.join("\n"))
}

/// Whether the schema of a chart's values refuses each of these: what it is, as `--set` has it, and a word of the
/// refusal.
///
/// # Errors
/// When one is taken, or refused for another reason; the text says which.
pub async fn refuses(
    release: &str,
    chart: &Path,
    values: &Path,
    wrong: &[(&str, &str, &str)],
) -> Result<()> {
    for (what, value, word) in wrong {
        // A comma would begin another value.
        let set = value.replace(',', "\\,");
        let rendered = with_values(&["template", release], chart, values, &["--set", &set]).await;
        let Err(error) = rendered else {
            bail!("{what} was taken: {value}")
        };
        let told = error.to_string();
        let is_by_schema = told.contains("don't meet the specifications");
        ensure!(is_by_schema && told.contains(word), "{what}: {told}");
    }
    Ok(())
}
