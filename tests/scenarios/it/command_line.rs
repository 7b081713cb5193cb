//! The command line as people and programs meet it: help, mistakes, formats, pipes, variables.

mod variables;

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use scenarios::job::{Finished, Job};
use scenarios::scheduled::CONTENT;
use scenarios::text::redact;
use scenarios::world::World;
use serde_json::Value;

const CONFIG: &str = "
region: us-east-1
metrics:
- {aws_namespace: AWS/ES, aws_metric_name: Nodes, aws_dimensions: [DomainName], aws_statistics: [Average]}
- {aws_namespace: AWS/EFS, aws_metric_name: ClientConnections, aws_dimensions: [FileSystemId], aws_statistics: [Average]}
";

const BAD_CONFIG: &str = "
region: us-east-1
period_second: 60
metrics:
- {aws_namespace: AWS/ES, aws_metric_name: Nodes, aws_dimension: [DomainName]}
- {aws_namespace: AWS/EFS, aws_statistics: [Averag]}
- {aws_namespace: AWS/RDS, aws_metric_name: CPUUtilization, range_seconds: ten minutes}
";

async fn command<const N: usize>(arguments: [&str; N]) -> Result<Finished> {
    Job::exporter(arguments)?.run().await
}

/// The same without any variable that stands for a flag, as on a fresh terminal.
async fn bare(arguments: &[&str]) -> Result<Finished> {
    let job = Job::exporter(arguments.iter().copied())?;
    job.env("LOG_FORMAT", "").run().await
}

/// A directory with one file.
struct File {
    path: PathBuf,
    _directory: tempfile::TempDir,
}

impl File {
    fn new(text: &str) -> Result<Self> {
        let directory = tempfile::tempdir()?;
        let path = directory.path().join("cloudwatch.yaml");
        std::fs::write(&path, text)?;
        Ok(Self {
            path,
            _directory: directory,
        })
    }

    fn path(&self) -> String {
        self.path.to_string_lossy().into_owned()
    }

    /// `text` without the directory, which is another one in each run.
    fn anywhere(&self, text: &str) -> String {
        redact(&text.replace(&self.path(), "cloudwatch.yaml"))
    }
}

/// What a person reads on both streams.
fn streams(run: &Finished) -> String {
    format!(
        "status {}\n--- stdout\n{}--- stderr\n{}",
        run.status, run.stdout, run.stderr
    )
}

fn keys(value: &Value) -> Result<Vec<&str>> {
    let object = value.as_object().context("an object")?;
    Ok(object.keys().map(String::as_str).collect())
}

#[tokio::test]
async fn every_command_has_a_help() -> Result<()> {
    let top = bare(&["--help"]).await?;
    assert_eq!((top.status, top.stderr.as_str()), (0, ""));
    insta::assert_snapshot!("help", top.stdout);
    let words: Vec<&str> = top.stdout.split_whitespace().collect();
    let words = words.join(" ");
    let (_, statuses) = words.split_once("Exit status:").context("exit statuses")?;
    for status in common::exit::Exit::ALL {
        let named = format!(" {} ", status.status());
        assert!(statuses.contains(&named), "{status:?} in {statuses}");
    }
    for name in ["lint", "plan", "fetch", "run", "explain"] {
        let help = bare(&[name, "--help"]).await?;
        assert_eq!((help.status, help.stderr.as_str()), (0, ""), "{name}");
        insta::assert_snapshot!(format!("help_{name}"), help.stdout);
    }
    Ok(())
}

#[tokio::test]
async fn usage_errors_end_with_2_and_say_what_was_meant() -> Result<()> {
    let lines: [&[&str]; 9] = [
        &[],
        &["rum"],
        &["run"],
        &["plan", "--config", "f.yml", "--evry", "5m"],
        &["plan", "--config", "f.yml", "--every", "5"],
        &["plan", "--config", "f.yml", "--budget-usd-month", "$5"],
        &["fetch", "--config", "f.yml", "--at", "yesterday"],
        &["fetch", "--config", "f.yml", "--calls", "none"],
        &["explain", "--config", "f.yml", "--rule", "first"],
    ];
    let mut read = String::new();
    for line in lines {
        let run = Job::exporter(line.iter().copied())?.run().await?;
        assert_eq!(run.status, 2, "{line:?}");
        assert_eq!(run.stdout, "", "{line:?}");
        writeln!(
            read,
            "$ export-cloudwatch {}\n{}",
            line.join(" "),
            run.stderr
        )?;
    }
    insta::assert_snapshot!(read);
    Ok(())
}

#[tokio::test]
async fn a_cluster_that_nobody_knows_ends_with_2_whatever_is_asked_of_it() -> Result<()> {
    for command in [&["status"][..], &["doctor"], &["uninstall", "--plan"], &[]] {
        let line = [command, &["--cluster", "prod-e1"]].concat();
        let run = Job::installer(line.iter().copied())?.run().await?;
        assert_eq!(run.status, 2, "{line:?}: {}", run.stderr);
        assert_eq!(run.stdout, "", "{line:?}");
        for words in ["has no prod-e1.yaml", "did you mean `--cluster prod-e1-1`?"] {
            assert!(run.stderr.contains(words), "{line:?}: {}", run.stderr);
        }
    }
    Ok(())
}

#[tokio::test]
async fn version_is_data() -> Result<()> {
    let run = command(["--version"]).await?;
    let expected = format!("export-cloudwatch {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!((run.status, run.stdout), (0, expected));
    Ok(())
}

#[tokio::test]
async fn lint_passes_a_good_file() -> Result<()> {
    let run = command(["lint", "k8s/chart/files/cloudwatch.yaml"]).await?;
    insta::assert_snapshot!(streams(&run));
    Ok(())
}

#[tokio::test]
async fn lint_shows_every_mistake_of_a_file_at_once() -> Result<()> {
    let file = File::new(BAD_CONFIG)?;
    let run = command(["lint", &file.path()]).await?;
    assert_eq!(run.status, 2);
    insta::assert_snapshot!(file.anywhere(&streams(&run)));
    Ok(())
}

#[tokio::test]
async fn lint_in_json_has_one_entry_a_mistake() -> Result<()> {
    let file = File::new(BAD_CONFIG)?;
    let run = command(["lint", "-o", "json", &file.path()]).await?;
    assert_eq!(run.status, 2);
    let document: Value = serde_json::from_str(&run.stdout)?;
    assert_eq!(keys(&document)?, ["file", "rules", "problems"]);
    let problems = document["problems"].as_array().context("an array")?;
    let places: Vec<_> = problems
        .iter()
        .map(|problem| (problem["line"].as_u64(), problem["column"].as_u64()))
        .collect();
    let expected = [(3, 1), (5, 51), (6, 3), (6, 45), (7, 76)];
    assert_eq!(
        places,
        expected.map(|(line, column)| (Some(line), Some(column)))
    );
    for problem in problems {
        assert_eq!(
            keys(problem)?,
            ["severity", "line", "column", "message", "hint"]
        );
        assert_eq!(problem["severity"], "error");
    }
    Ok(())
}

#[tokio::test]
async fn lint_in_json_is_a_document_for_a_file_that_cannot_be_read_too() -> Result<()> {
    let run = command(["lint", "-o", "json", "/does/not/exist.yaml"]).await?;
    assert_eq!(run.status, 2);
    let document: Value = serde_json::from_str(&run.stdout)?;
    assert_eq!(keys(&document)?, ["file", "rules", "problems"]);
    let problem = &document["problems"][0];
    assert_eq!(
        keys(problem)?,
        ["severity", "line", "column", "message", "hint"]
    );
    assert_eq!(problem["severity"], "error");
    let told = format!(
        "error: {}\n",
        problem["message"].as_str().unwrap_or_default()
    );
    assert!(run.stderr.starts_with(&told), "{}", run.stderr);
    Ok(())
}

#[tokio::test]
async fn lint_in_json_is_a_document_for_a_good_file_too() -> Result<()> {
    let file = File::new(CONFIG)?;
    let run = command(["lint", "-o", "json", &file.path()]).await?;
    assert_eq!(run.status, 0, "{}", run.stderr);
    let document: Value = serde_json::from_str(&run.stdout)?;
    assert_eq!(document["rules"], 2);
    assert_eq!(document["problems"], Value::Array(Vec::new()));
    Ok(())
}

#[tokio::test]
async fn an_unknown_key_is_an_error_and_with_lax_a_warning() -> Result<()> {
    let file = File::new("region: us-east-1\nmetrics: []\nset_timestamps: false\n")?;
    let strict = command(["lint", &file.path()]).await?;
    let lax = command(["lint", "--lax", &file.path()]).await?;
    assert_eq!((strict.status, lax.status), (2, 0));
    insta::assert_snapshot!(file.anywhere(&format!("{}\n{}", streams(&strict), streams(&lax))));
    Ok(())
}

#[tokio::test]
async fn plan_and_explain_in_json_have_the_keys_that_programs_rely_on() -> Result<()> {
    let world = World::start(CONTENT, CONFIG).await?;
    let plan = world
        .job("plan", &["-o", "json", "--every", "5m"])?
        .run()
        .await?;
    assert_eq!((plan.status, plan.stderr.as_str()), (0, ""));
    let plan: Value = serde_json::from_str(&plan.stdout)?;
    let explained = world.job("explain", &["-o", "json"])?.run().await?;
    assert_eq!((explained.status, explained.stderr.as_str()), (0, ""));
    let explained: Value = serde_json::from_str(&explained.stdout)?;
    let lines = [
        ("plan", keys(&plan)?),
        ("plan.rules[0]", keys(&plan["rules"][0])?),
        ("plan.price", keys(&plan["price"])?),
        ("plan.recurring", keys(&plan["recurring"])?),
        ("explain[0]", keys(&explained[0])?),
    ];
    let lines = lines.map(|(path, keys)| format!("{path}: {}", keys.join(", ")));
    insta::assert_snapshot!(lines.join("\n"));
    assert_eq!(explained.as_array().map(Vec::len), Some(2));
    Ok(())
}

#[tokio::test]
async fn a_configuration_that_cannot_be_read_is_named() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let missing = directory.path().join("cloudwatch.yml");
    let (missing, directory) = (
        missing.to_string_lossy(),
        directory.path().to_string_lossy(),
    );
    let mut read = String::new();
    for (arguments, class) in [
        (["lint", &missing], "config-unreadable"),
        (["lint", &directory], "config-unreadable"),
    ] {
        let run = command(arguments).await?;
        assert_eq!((run.status, run.stdout.as_str()), (2, ""));
        assert_eq!(run.termination["class"], class);
        read += &run.stderr;
    }
    let run = Job::exporter([
        "run",
        "--config",
        &missing,
        "--pushgateway",
        "http://127.0.0.1:1",
    ])?;
    let run = run.run().await?;
    assert_eq!((run.status, run.stdout.as_str()), (2, ""));
    read += &run.stderr;
    insta::assert_snapshot!(redact(&read.replace(&*directory, "/etc/export-cloudwatch")));
    Ok(())
}

#[tokio::test]
async fn a_namespace_or_a_rule_that_does_not_exist_is_an_error_before_any_call() -> Result<()> {
    let world = World::start(CONTENT, CONFIG).await?;
    let mut read = String::new();
    for (command, more) in [
        ("fetch", ["--only", "AWS/EFC"]),
        ("fetch", ["--only", "Custom/Billing"]),
        ("explain", ["--rule", "99"]),
        ("explain", ["--rule", "0"]),
    ] {
        let run = world.job(command, &more)?.run().await?;
        assert_eq!((run.status, run.stdout.as_str()), (2, ""), "{more:?}");
        writeln!(read, "$ {command} {}\n{}", more.join(" "), run.stderr)?;
    }
    insta::assert_snapshot!(redact(&read));
    assert_eq!(world.sim.calls().totals().calls, 0);
    Ok(())
}

#[tokio::test]
async fn a_reader_that_has_seen_enough_is_no_error() -> Result<()> {
    let world = World::company().await?;
    let whole = world.job("fetch", &[])?.run().await?;
    // More than a pipe holds, so that the program meets the closed end.
    assert!(whole.stdout.len() > 70_000, "{} bytes", whole.stdout.len());
    for (command, more) in [
        ("fetch", [].as_slice()),
        ("plan", &[]),
        ("explain", &["-o", "json"]),
    ] {
        let mut running = world.job(command, more)?.start()?;
        running.close_stdout();
        let run = running.finish().await?;
        assert_eq!((run.status, run.stderr.as_str()), (0, ""), "{command}");
    }
    Ok(())
}
